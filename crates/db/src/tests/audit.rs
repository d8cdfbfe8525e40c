//! The chain of the audit trail: whatever is done to its rows behind the server's back is found.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait as _, DbErr, EntityTrait as _, QueryOrder as _};
use vigie_kernel::{Actor, AuditEntry, SystemRng, Timestamp};

use crate::{
    Database,
    audit::{self, Verdict},
    on_both_engines,
    testing::TestDatabase,
};

const BEGINNING: Timestamp = Timestamp::from_millis(1_790_000_000_000);

async fn write(db: &Database, action: &'static str, minutes: u64, keep: bool) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let at = BEGINNING.plus(Duration::from_mins(minutes));
            for object in ["one", "two"] {
                let actor = Actor::server();
                audit::append(tx, &SystemRng, AuditEntry::new(at, &actor, action, "test").object(object, object));
            }
            if keep { Ok(()) } else { Err(DbErr::Custom("no".into())) }
        })
    })
    .await
}

async fn filled(test: &TestDatabase) -> Vec<audit::Model> {
    test.db.chain_audit_by([7; 32]);
    for minute in 0..5 {
        write(&test.db, "test.keep", minute, true).await.unwrap();
        write(&test.db, "test.take-back", minute, false).await.unwrap_err();
    }
    audit::Entity::find().order_by_asc(audit::Column::Seq).all(test.db.reads()).await.unwrap()
}

async fn sound(db: &Database) -> u64 {
    match audit::verify(db).await.unwrap() {
        Verdict::Sound { rows, .. } => rows,
        other => panic!("{other:?}"),
    }
}

/// Does something to the rows as whoever can write to the database does it.
async fn tamper(db: &Database, text: String) {
    db.write(move |tx| Box::pin(async move { tx.execute_unprepared(&text).await.map(drop) })).await.unwrap();
}

on_both_engines! {
    async fn entries_are_chained_in_order_and_what_was_taken_back_is_not_among_them(test: TestDatabase) {
        assert_eq!(sound(&test.db).await, 0);
        let rows = filled(&test).await;
        assert_eq!(rows.len(), 10);
        assert!(rows.iter().all(|row| row.action == "test.keep"));
        let names: Vec<_> = rows.iter().take(2).map(|row| row.object_name.as_deref()).collect();
        assert_eq!(names, [Some("one"), Some("two")]);
        assert_eq!(sound(&test.db).await, 10);
    }

    async fn many_at_once_are_one_chain(test: TestDatabase) {
        let tasks: Vec<_> = (0..40)
            .map(|at| {
                let db = test.db.clone();
                tokio::spawn(async move { write(&db, "test.keep", at, at % 3 != 0).await })
            })
            .collect();
        for task in tasks {
            let _ = task.await.unwrap();
        }
        assert_eq!(sound(&test.db).await, 52);
    }

    async fn a_changed_row_is_found(test: TestDatabase) {
        let rows = filled(&test).await;
        for (column, value) in [
            ("action", "'test.other'"), ("actor_name", "'someone'"), ("detail", "'{\"a\":1}'"), ("at", "5"),
            ("object_id", "NULL"), ("source_address", "''"),
        ] {
            let (seq, id) = (rows[4].seq, rows[4].id);
            tamper(&test.db, format!("UPDATE audit SET {column} = {value} WHERE seq = {seq}")).await;
            assert!(matches!(audit::verify(&test.db).await.unwrap(), Verdict::Broken { id: found, .. } if found == id), "{column}");
            let back = match column {
                "action" => "'test.keep'".to_owned(),
                "actor_name" => "'vigie'".to_owned(),
                "detail" => "'{}'".to_owned(),
                "at" => rows[4].at.millis().to_string(),
                "object_id" => "'one'".to_owned(),
                _ => "NULL".to_owned(),
            };
            tamper(&test.db, format!("UPDATE audit SET {column} = {back} WHERE seq = {seq}")).await;
            assert_eq!(sound(&test.db).await, 10);
        }
    }

    async fn a_missing_row_is_found_wherever_it_was(test: TestDatabase) {
        let rows = filled(&test).await;
        let (first, middle, last) = (rows[0].seq, rows[5].seq, rows[9].seq);
        tamper(&test.db, format!("DELETE FROM audit WHERE seq = {last}")).await;
        assert_eq!(audit::verify(&test.db).await.unwrap(), Verdict::End);
        tamper(&test.db, format!("DELETE FROM audit WHERE seq = {middle}")).await;
        assert!(matches!(audit::verify(&test.db).await.unwrap(), Verdict::Broken { id, .. } if id == rows[6].id));
        tamper(&test.db, format!("DELETE FROM audit WHERE seq = {first}")).await;
        assert!(matches!(audit::verify(&test.db).await.unwrap(), Verdict::Broken { id, .. } if id == rows[1].id));
    }

    async fn retention_says_where_it_cut_and_another_cut_is_found(test: TestDatabase) {
        let rows = filled(&test).await;
        let before = BEGINNING.plus(Duration::from_mins(2));
        let now = BEGINNING.plus(Duration::from_mins(10));
        let trim = |before| audit::trim(&test.db, Arc::new(SystemRng), now, before);
        assert_eq!(trim(before).await.unwrap(), 4);
        assert_eq!(trim(before).await.unwrap(), 0);
        assert_eq!(sound(&test.db).await, 7, "six, and the one that tells of the cut");
        // Whoever can write cuts more, and moves the beginning to a hash that is there to be read.
        let (seq, hash) = (rows[5].seq, hex::encode(rows[5].hash.clone().unwrap()));
        let anchor = match test.db.engine() {
            crate::Engine::Postgres => format!("decode('{hash}', 'hex')"),
            crate::Engine::Sqlite => format!("x'{hash}'"),
        };
        tamper(&test.db, format!("DELETE FROM audit WHERE seq <= {seq}")).await;
        tamper(&test.db, format!("UPDATE audit_chain SET anchor = {anchor}, anchor_seq = {seq}")).await;
        assert_eq!(audit::verify(&test.db).await.unwrap(), Verdict::Beginning);
    }

    async fn another_key_finds_nothing_right(test: TestDatabase) {
        filled(&test).await;
        let again = Database::open(&test.options).await.unwrap();
        again.chain_audit_by([8; 32]);
        assert!(matches!(audit::verify(&again).await.unwrap(), Verdict::Broken { .. }));
        again.close().await;
    }
}
