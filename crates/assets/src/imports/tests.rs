//! Imports on both engines: what lines do, what is refused, dry runs, interruptions, and the way back.

use std::{io::Cursor, ops::ControlFlow, sync::Arc, time::Duration};

use vigie_db::{Database, on_both_engines, paging::Page};
use vigie_kernel::{
    Action, CustomerId, EquipmentId, Granted, ImportId, NodeId, Role, UserId, policy, time::ManualClock,
};

use super::{
    Failure, Import, ImportError, Match, NewImport, Options, Plan, State,
    columns::MappingError,
    preview::Preview,
    read::{Hints, Line, Table},
    refusals::{self, Refusal},
    run::{Runner, Surroundings, Went},
    undo,
};
use crate::{
    equipment::{
        Equipment,
        change::{Fields, create, patch},
        detail, life,
        list::{Filter, Sort, list},
    },
    imports, pending,
    testing::{NEVER, TestAgent, act, add_customer, assigned_user, at, edit, hierarchy, rng, see},
};

const ME: UserId = UserId(sea_orm::prelude::Uuid::from_u128(5));

fn node() -> NodeId {
    NodeId(sea_orm::prelude::Uuid::from_u128(9))
}

fn table(text: &str) -> Table {
    Table::open(Box::new(Cursor::new(text.as_bytes().to_vec())), &Hints::default()).unwrap()
}

fn read(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    table(text)
        .each(&mut |line| {
            lines.push(line);
            ControlFlow::Continue(())
        })
        .unwrap();
    lines
}

fn new(text: &str, options: Options, begin: Option<bool>) -> NewImport {
    NewImport {
        id: ImportId::new(at(0), &*rng()),
        user: ME,
        node: node(),
        file_name: "park.csv".to_owned(),
        bytes: text.len() as u64,
        preview: Preview::of(table(text)).unwrap(),
        options,
        begin,
    }
}

async fn begun(db: &Database, granted: Granted, text: &str, options: Options, dry_run: bool) -> Import {
    let import = imports::create(db, granted, act(0), new(text, options, Some(dry_run))).await.unwrap();
    assert_eq!((import.state, import.percent), (State::Waiting, 0));
    let total = i64::try_from(read(text).len()).unwrap();
    assert_eq!(imports::counted(db, import.id, total, Vec::new()).await.unwrap(), Some(0));
    look(db, import.id).await
}

async fn look(db: &Database, id: ImportId) -> Import {
    imports::get(db, &edit(), ME, id).await.unwrap().unwrap()
}

fn runner(db: &Database, granted: Granted, import: &Import) -> Runner {
    let clock = Arc::new(ManualClock::new(at(1)));
    Runner::new(Surroundings { db: db.clone(), granted, actor: act(0).actor, clock, rng: rng() }, import).unwrap()
}

/// Imports a text, in batches of two lines.
async fn run_as(db: &Database, granted: Granted, text: &str, options: Options, dry_run: bool) -> Import {
    let import = begun(db, granted, text, options, dry_run).await;
    let mut runner = runner(db, granted, &import);
    for batch in read(text).chunks(2) {
        assert_eq!(runner.take(batch.to_vec()).await.unwrap(), Went::On);
    }
    imports::done(db, act(2), import.id).await.unwrap();
    look(db, import.id).await
}

async fn run(db: &Database, text: &str) -> Import {
    run_as(db, edit(), text, Options::default(), false).await
}

fn counts(import: &Import) -> [i64; 4] {
    [import.created, import.changed, import.unchanged, import.refused]
}

async fn refused(db: &Database, import: &Import) -> Vec<(i64, String)> {
    refusals_of(db, import).await.into_iter().map(|it| (it.line, it.code)).collect()
}

async fn refusals_of(db: &Database, import: &Import) -> Vec<Refusal> {
    refusals::list(db, &edit(), ME, import.id, &Page::default()).await.unwrap().unwrap().items
}

async fn all(db: &Database) -> Vec<Equipment> {
    let page = Page { limit: 200, ..Page::default() };
    let found = list(db, &see(), &Filter::default(), Sort::Name, &page, NEVER).await.unwrap();
    let mut equipment = Vec::new();
    for item in found.items {
        equipment.push(get(db, item.id).await);
    }
    equipment
}

async fn get(db: &Database, id: EquipmentId) -> Equipment {
    detail::get(db, &see(), id, NEVER).await.unwrap().unwrap()
}

async fn undone(db: &Database, id: ImportId) -> Import {
    imports::begin_undo(db, edit(), act(5), ME, id, node()).await.unwrap();
    while undo::step(db, edit(), act(5), id).await.unwrap() {}
    undo::done(db, act(5), id).await.unwrap();
    look(db, id).await
}

async fn audited(db: &Database, action: &str) -> i64 {
    let text = "SELECT COUNT(*) AS n FROM audit WHERE action = $1";
    crate::sql::number(db.reads(), text, vec![action.into()]).await.unwrap()
}

const PARK: &str = "Nom;Numéro de série;N° d'inventaire;Client;Type;Statut;Emplacement;Utilisateur;Date d'achat;Champ: Étage\n\
    PC-1;S1;A1;Acme;Portable;En service;Paris;Ada;31/12/2024;3\n\
    PC-2;S2;A2;acme;Poste fixe;En stock;;;2024-05-06;\n\
    PC-3;S3;A3;;Imprimante;;;;;\n";

on_both_engines! {
    async fn lines_make_equipment_with_all_their_fields(test: TestDatabase) {
        let default = hierarchy(&test.db).await;
        let acme = add_customer(&test.db, "Acme", false).await;
        let import = run(&test.db, PARK).await;
        assert_eq!((import.state, import.percent, counts(&import)), (State::Done, 100, [3, 0, 0, 0]));
        assert!(import.can_undo);
        let park = all(&test.db).await;
        let first = &park[0];
        assert_eq!((&*first.item.name, &*first.item.serial, &*first.item.asset_number), ("PC-1", "S1", "A1"));
        assert_eq!((&*first.item.kind, &*first.item.status, first.item.customer.id), ("laptop", "in-use", acme));
        assert_eq!((&*first.item.location, &*first.item.person), ("Paris", "Ada"));
        assert_eq!(first.purchase_date.as_deref(), Some("2024-12-31"));
        assert_eq!(first.custom_fields["Étage"], "3");
        assert_eq!((&*park[1].item.status, park[1].item.customer.id), ("in-stock", acme));
        assert_eq!((&*park[2].item.kind, park[2].item.customer.id), ("printer", default));
        assert!(park.iter().all(|it| it.locks.is_empty()), "no agent says otherwise");
        assert_eq!((audited(&test.db, "import.run").await, audited(&test.db, "equipment.create").await), (1, 3));
        let again = run(&test.db, PARK).await;
        assert_eq!(counts(&again), [0, 0, 3, 0], "the same file again changes nothing");
        let found = Filter { q: Some("ada paris".to_owned()), ..Filter::default() };
        let found = list(&test.db, &see(), &found, Sort::Name, &Page::default(), NEVER).await.unwrap();
        assert_eq!(found.items.len(), 1, "what was imported can be searched");
    }

    async fn known_equipment_is_changed_in_the_columns_of_the_file_only(test: TestDatabase) {
        hierarchy(&test.db).await;
        let acme = add_customer(&test.db, "Acme", false).await;
        run(&test.db, PARK).await;
        let import = run(&test.db, "asset number,location,notes,supplier\nA1,Lyon,,[empty]\na2,,,Shop\nA9,Nice,,\n").await;
        assert_eq!(counts(&import), [0, 2, 0, 1]);
        assert_eq!(refused(&test.db, &import).await, [(4, "name-missing".to_owned())]);
        let park = all(&test.db).await;
        assert_eq!((&*park[0].item.location, &*park[0].item.person, park[0].item.customer.id), ("Lyon", "Ada", acme));
        assert_eq!(park[1].supplier, "Shop");
        let by_serial = run(&test.db, "serial,customer,person\nS3,ACME,Bob\n").await;
        assert_eq!(counts(&by_serial), [0, 1, 0, 0]);
        let moved = all(&test.db).await.into_iter().find(|it| it.item.serial == "S3").unwrap();
        assert_eq!((moved.item.customer.id, &*moved.item.person), (acme, "Bob"), "a line that names a customer moves");
        let id = moved.item.id;
        let by_id = run(&test.db, &format!("id,name\n{id},PC-three\neq_00000000000000000000000000000000,x\nnonsense,y\n")).await;
        assert_eq!(counts(&by_id), [0, 1, 0, 2]);
        assert_eq!(get(&test.db, id).await.item.name, "PC-three");
    }

    async fn asset_numbers_are_a_customers_own_and_serials_a_makers(test: TestDatabase) {
        hierarchy(&test.db).await;
        add_customer(&test.db, "Acme", false).await;
        add_customer(&test.db, "Bolt", false).await;
        let first = run(&test.db, "name,customer,asset number,serial,manufacturer\n\
            a,Acme,1,Q7,Dell Inc.\nb,Bolt,1,Q7,HP\n").await;
        assert_eq!(counts(&first), [2, 0, 0, 0]);
        let unclear = run(&test.db, "asset number,location\n1,Paris\n").await;
        assert_eq!(refused(&test.db, &unclear).await, [(2, "match-ambiguous".to_owned())]);
        let clear = run(&test.db, "customer,asset number,location\nBolt,1,Paris\n").await;
        assert_eq!(counts(&clear), [0, 1, 0, 0]);
        let maker = run(&test.db, "serial,manufacturer,location\nq7,Dell,Lyon\n").await;
        assert_eq!(counts(&maker), [0, 1, 0, 0]);
        let two = run(&test.db, "customer,asset number,serial,manufacturer\nBolt,1,Q7,Dell\n").await;
        assert_eq!(refused(&test.db, &two).await, [(2, "match-conflict".to_owned())]);
        let none = Options { by: Match::None, ..Options::default() };
        let made = run_as(&test.db, edit(), "name,customer,asset number\nc,Acme,1\n", none, false).await;
        assert_eq!(counts(&made), [1, 0, 0, 0]);
    }

    async fn lines_that_cannot_be_taken_are_named_with_their_reasons(test: TestDatabase) {
        hierarchy(&test.db).await;
        add_customer(&test.db, "Acme", false).await;
        let text = "name,serial,asset number,customer,type,purchase date\n\
            ok,S1,A1,Acme,laptop,\n\
            no-customer,S2,A2,Nobody,,\n\
            ,S3,A3,,,\n\
            twice,S1,A4,Acme,,\n\
            twice,S5,a1,Acme,,\n\
            type,S6,A6,,spaceship,\n\
            day,S7,A7,,,03/04/2025\n\
            day,S8,A8,,,2025-13-01\n\
            cells,S9,A9,,,,more\n\
            bogus,To be filled by O.E.M.,,,,\n\
            bogus,To be filled by O.E.M.,,,,\n";
        let import = run(&test.db, text).await;
        assert_eq!(counts(&import), [3, 0, 0, 8]);
        let codes = refused(&test.db, &import).await;
        let wanted = [
            (3, "customer-unknown"), (4, "name-missing"), (5, "duplicate"), (6, "duplicate"), (7, "value-unknown"),
            (8, "date-ambiguous"), (9, "date-invalid"), (10, "cells"),
        ];
        assert_eq!(codes, wanted.map(|(line, code)| (line, code.to_owned())));
        let refusals = refusals_of(&test.db, &import).await;
        assert_eq!((refusals[2].column.as_deref(), refusals[2].other_line), (Some("serial"), Some(2)));
        assert_eq!(refusals[2].reason, "serial: S1 stands on line 2, too.");
        assert_eq!(refusals[0].cells[..2], ["no-customer", "S2"]);
    }

    async fn two_lines_about_one_equipment_are_a_mistake(test: TestDatabase) {
        hierarchy(&test.db).await;
        run(&test.db, "name,serial,asset number\na,S1,A1\n").await;
        for dry_run in [true, false] {
            // The first line finds it by its number and changes its serial; the second knows the old serial.
            let text = "serial,asset number,location\nS2,A1,x\n,,y\nS1,,z\n";
            let import = run_as(&test.db, edit(), text, Options::default(), dry_run).await;
            assert_eq!(counts(&import), [0, 1, 0, 2], "dry: {dry_run}");
            assert_eq!(refused(&test.db, &import).await[1], (4, "duplicate".to_owned()));
        }
    }

    async fn a_dry_run_says_what_the_import_does_and_changes_nothing(test: TestDatabase) {
        hierarchy(&test.db).await;
        add_customer(&test.db, "Acme", false).await;
        run(&test.db, PARK).await;
        let before = all(&test.db).await;
        let changes = audited(&test.db, "equipment.change").await;
        let text = "name,serial,customer\nnew,S9,Acme\nrenamed,S1,\nPC-2,S2,\nbad,S8,Nobody\nnew,S9,\n";
        let dry = run_as(&test.db, edit(), text, Options::default(), true).await;
        assert_eq!((dry.state, counts(&dry), dry.can_undo), (State::Done, [1, 1, 1, 2], false));
        assert_eq!(all(&test.db).await, before);
        assert_eq!(audited(&test.db, "equipment.change").await, changes);
        assert!(matches!(imports::begin_undo(&test.db, edit(), act(3), ME, dry.id, node()).await, Err(ImportError::NothingToUndo)));
        let said = refused(&test.db, &dry).await;
        // The same file is then imported for real.
        let begin = |dry_run| {
            let plan = Plan { columns: dry.columns.clone(), options: Options::default(), dry_run };
            imports::begin(&test.db, edit(), act(3), ME, dry.id, plan)
        };
        let again = begin(false).await.unwrap();
        assert_eq!((again.state, again.dry_run, counts(&again)), (State::Waiting, false, [0; 4]));
        assert!(matches!(begin(false).await, Err(ImportError::Running)));
        assert_eq!(imports::next(&test.db, node()).await.unwrap().unwrap().import.id, dry.id);
        imports::counted(&test.db, dry.id, 5, Vec::new()).await.unwrap();
        let mut runner = runner(&test.db, edit(), &look(&test.db, dry.id).await);
        runner.take(read(text)).await.unwrap();
        imports::done(&test.db, act(4), dry.id).await.unwrap();
        let real = look(&test.db, dry.id).await;
        assert_eq!((counts(&real), refused(&test.db, &real).await), ([1, 1, 1, 2], said));
        assert_eq!(all(&test.db).await.len(), 4);
        assert!(matches!(begin(true).await, Err(ImportError::Made)));
    }

    async fn an_import_that_was_interrupted_goes_on_behind_its_last_batch(test: TestDatabase) {
        hierarchy(&test.db).await;
        run(&test.db, "name,serial,location\nold,S0,\n").await;
        let text = "name,serial,location\na,S1,\nold,S0,Paris\nb,S2,\nc,S1,\nd,S2,\ne,S0,\nf,S3,\n";
        let import = begun(&test.db, edit(), text, Options::default(), false).await;
        let lines = read(text);
        runner(&test.db, edit(), &import).take(lines[..2].to_vec()).await.unwrap();
        // The server starts again.
        let done = imports::counted(&test.db, import.id, 7, Vec::new()).await.unwrap().unwrap();
        assert_eq!(done, 2);
        let mut second = runner(&test.db, edit(), &look(&test.db, import.id).await);
        second.remember_equipment().await.unwrap();
        second.remember(&lines[..2]).await.unwrap();
        for batch in lines[2..].chunks(2) {
            second.take(batch.to_vec()).await.unwrap();
        }
        imports::done(&test.db, act(3), import.id).await.unwrap();
        let import = look(&test.db, import.id).await;
        assert_eq!((counts(&import), import.lines_read), ([3, 1, 0, 3], 7));
        let codes: Vec<i64> = refused(&test.db, &import).await.into_iter().map(|it| it.0).collect();
        assert_eq!(codes, [5, 6, 7]);
    }

    async fn undoing_takes_back_all_that_nobody_touched_since(test: TestDatabase) {
        hierarchy(&test.db).await;
        let acme = add_customer(&test.db, "Acme", false).await;
        run(&test.db, "name,serial,location,custom:Floor,custom:Desk\na,S1,Paris,1,x\nb,S2,Paris,,\n").await;
        let before = all(&test.db).await;
        let import = run(&test.db, "name,serial,location,customer,custom:Floor,custom:Desk,purchase date\n\
            aa,S1,Lyon,Acme,2,[empty],2024-01-01\nbb,S2,Lyon,,,,\nnew,S3,,,,,\ntouched,S4,,,,,\ngone,S5,,,,,\n").await;
        assert_eq!(counts(&import), [3, 2, 0, 0]);
        let by_name = async |name: &str| all(&test.db).await.into_iter().find(|it| it.item.name == name).unwrap().item.id;
        let note = Fields { notes: Some("mine".to_owned()), ..Fields::default() };
        patch(&test.db, edit(), act(3), by_name("touched").await, note, NEVER).await.unwrap();
        let place = Fields { location: Some("Nice".to_owned()), ..Fields::default() };
        patch(&test.db, edit(), act(3), by_name("bb").await, place, NEVER).await.unwrap();
        life::delete(&test.db, edit(), act(3), by_name("gone").await).await.unwrap();
        let back = undone(&test.db, import.id).await;
        assert_eq!((back.state, back.percent, back.undone, back.kept), (State::Undone, 100, 3, 2));
        assert!(!back.can_undo);
        let now = all(&test.db).await;
        let names: Vec<&str> = now.iter().map(|it| &*it.item.name).collect();
        assert_eq!(names, ["a", "b", "touched"]);
        assert_eq!(now[0].custom_fields, before[0].custom_fields);
        assert_eq!((now[0].item.customer.id, &now[0].purchase_date), (before[0].item.customer.id, &None));
        assert_ne!(now[0].item.customer.id, acme);
        assert_eq!((&*now[1].item.location, &*now[0].item.location), ("Nice", "Paris"), "what someone set since stays");
        let kept = undo::kept(&test.db, &see(), ME, import.id, &Page::default()).await.unwrap().unwrap();
        let reasons: Vec<_> = kept.items.iter().map(|it| (it.line, it.reason.as_str())).collect();
        assert_eq!(reasons, [(3, "changed-since"), (5, "changed-since")]);
        assert_eq!(kept.items[1].equipment.as_ref().unwrap().name, "touched");
        let again = undone(&test.db, import.id).await;
        assert_eq!((again.undone, again.kept, all(&test.db).await.len()), (3, 2, 3), "again is no harm");
        assert_eq!(audited(&test.db, "import.undo").await, 1);
    }

    async fn what_is_imported_is_a_persons_word_against_the_agents_until_it_is_undone(test: TestDatabase) {
        hierarchy(&test.db).await;
        let mut agent = TestAgent::enrol(&test, 1, 1).await;
        let receipt = agent.sync(0).await;
        let made = pending::create(&test.db, edit(), act(1), receipt.inventory_id, Fields::default(), NEVER).await.unwrap();
        let (id, theirs) = (made.item.id, made.item.name.clone());
        let import = run(&test.db, &format!("id,name,location\n{id},by import,Paris\n")).await;
        assert_eq!(counts(&import), [0, 1, 0, 0]);
        let locked = get(&test.db, id).await;
        assert_eq!((locked.item.name.as_str(), locked.locks.len()), ("by import", 1));
        assert_eq!(locked.locks[0].agent_value, theirs);
        undone(&test.db, import.id).await;
        let back = get(&test.db, id).await;
        assert_eq!((back.item.name, back.locks.len(), &*back.item.location), (theirs, 0, ""));
    }

    async fn an_equipment_that_got_an_agent_since_is_not_taken_away(test: TestDatabase) {
        hierarchy(&test.db).await;
        let import = run(&test.db, "name\nnew\n").await;
        let id = all(&test.db).await[0].item.id;
        let receipt = TestAgent::enrol(&test, 2, 2).await.sync(0).await;
        pending::associate(&test.db, edit(), act(3), receipt.inventory_id, id, NEVER).await.unwrap();
        let back = undone(&test.db, import.id).await;
        assert_eq!((back.undone, back.kept), (0, 1));
        let kept = undo::kept(&test.db, &see(), ME, import.id, &Page::default()).await.unwrap().unwrap();
        assert_eq!(kept.items[0].reason, "has-agent");
    }

    async fn a_line_reaches_no_further_than_the_person(test: TestDatabase) {
        hierarchy(&test.db).await;
        let mine = add_customer(&test.db, "Mine", false).await;
        add_customer(&test.db, "Theirs", false).await;
        let user = assigned_user(&test.db, mine).await;
        let granted = policy::require(user, Role::Operator, Action::EquipmentEdit).unwrap();
        run(&test.db, "name,serial,customer\nhidden,S1,Theirs\n").await;
        let hidden = all(&test.db).await[0].item.id;
        let text = format!("id,name,serial,customer\n,a,S1,Mine\n,b,S2,Theirs\n,c,S3,\n{hidden},d,S4,Mine\n");
        let import = run_as(&test.db, granted, &text, Options::default(), false).await;
        assert_eq!(counts(&import), [1, 0, 0, 3]);
        let codes: Vec<String> = refused(&test.db, &import).await.into_iter().map(|it| it.1).collect();
        assert_eq!(codes, ["customer-unknown", "customer-missing", "id-unknown"]);
        assert_eq!(get(&test.db, hidden).await.item.name, "hidden");
        let options = Options { customer_id: Some(mine), ..Options::default() };
        let import = run_as(&test.db, granted, "name\nc\n", options, false).await;
        assert_eq!(counts(&import), [1, 0, 0, 0]);
        // Whoever is assigned sees their own imports, and nobody else's.
        let see = policy::require(user, Role::Operator, Action::EquipmentEdit).unwrap();
        assert!(imports::get(&test.db, &see, user, import.id).await.unwrap().is_none());
        assert!(imports::list(&test.db, &see, user, &Page::default()).await.unwrap().items.is_empty());
        assert_eq!(imports::list(&test.db, &edit(), ME, &Page::default()).await.unwrap().items.len(), 3);
        assert!(matches!(imports::delete(&test.db, see, act(3), user, import.id).await, Err(ImportError::NotFound)));
    }

    async fn an_import_that_goes_on_can_be_stopped_by_undoing_it(test: TestDatabase) {
        hierarchy(&test.db).await;
        let text = "name\na\nb\nc\nd\n";
        let import = begun(&test.db, edit(), text, Options::default(), false).await;
        let lines = read(text);
        let mut runner = runner(&test.db, edit(), &import);
        runner.take(lines[..2].to_vec()).await.unwrap();
        assert!(matches!(imports::delete(&test.db, edit(), act(2), ME, import.id).await, Err(ImportError::Running)));
        let other = NodeId(sea_orm::prelude::Uuid::from_u128(10));
        imports::begin_undo(&test.db, edit(), act(2), ME, import.id, other).await.unwrap();
        assert_eq!(runner.take(lines[2..].to_vec()).await.unwrap(), Went::Stopped);
        imports::done(&test.db, act(2), import.id).await.unwrap();
        assert_eq!(look(&test.db, import.id).await.state, State::Undoing, "its end comes too late");
        assert!(imports::next(&test.db, other).await.unwrap().is_none(), "whoever makes it undoes it");
        let back = undone(&test.db, import.id).await;
        assert_eq!((back.state, back.undone, all(&test.db).await.len()), (State::Undone, 2, 0));
        imports::delete(&test.db, edit(), act(3), ME, import.id).await.unwrap();
        assert!(imports::get(&test.db, &edit(), ME, import.id).await.unwrap().is_none());
    }

    async fn what_is_past_its_time_is_forgotten(test: TestDatabase) {
        hierarchy(&test.db).await;
        let dry = run_as(&test.db, edit(), "name\na\n", Options::default(), true).await;
        let real = run(&test.db, "name\na\n").await;
        let running = begun(&test.db, edit(), "name\nb\n", Options::default(), false).await;
        assert!(imports::keeps_file(&test.db, dry.id).await.unwrap());
        assert!(!imports::keeps_file(&test.db, real.id).await.unwrap());
        let day = Duration::from_hours(24);
        assert_eq!(imports::expire(&test.db, at(0).plus(day * 6)).await.unwrap(), 0);
        assert_eq!(imports::expire(&test.db, at(0).plus(day * 8)).await.unwrap(), 1);
        assert_eq!(imports::expire(&test.db, at(0).plus(day * 91)).await.unwrap(), 1);
        assert_eq!(look(&test.db, running.id).await.state, State::Running);
        // Its node never comes back.
        let mine = NodeId(sea_orm::prelude::Uuid::from_u128(10));
        assert_eq!(imports::working_nodes(&test.db).await.unwrap(), [node()]);
        imports::take_from(&test.db, node(), mine, at(9)).await.unwrap();
        let failed = look(&test.db, running.id).await;
        assert_eq!((failed.state, failed.error.unwrap().code.as_str()), (State::Failed, "node-gone"));
        assert!(imports::working_nodes(&test.db).await.unwrap().is_empty());
    }

    async fn a_failed_import_says_why_and_what_it_did_until_then_can_be_undone(test: TestDatabase) {
        hierarchy(&test.db).await;
        let text = "name\na\nb\n";
        let import = begun(&test.db, edit(), text, Options::default(), false).await;
        runner(&test.db, edit(), &import).take(read(text)[..1].to_vec()).await.unwrap();
        imports::fail(&test.db, act(2), import.id, Failure::new("io", "The file could not be read.")).await.unwrap();
        let failed = look(&test.db, import.id).await;
        assert_eq!((failed.state, failed.can_undo, failed.percent), (State::Failed, true, 50));
        assert_eq!(undone(&test.db, import.id).await.undone, 1);
        assert!(all(&test.db).await.is_empty());
    }

    async fn what_does_not_fit_is_refused_before_anything_begins(test: TestDatabase) {
        hierarchy(&test.db).await;
        let text = "Room,What\n1,2\n";
        let create = async |options: Options| {
            imports::create(&test.db, edit(), act(0), new(text, options, Some(false))).await.unwrap_err()
        };
        let mapping = |to: &str| Some([("What".to_owned(), Some(to.to_owned()))].into());
        let refused = create(Options { mapping: mapping("colour"), ..Options::default() }).await;
        assert!(matches!(refused, ImportError::Mapping(MappingError::Field(_))));
        let stranger = CustomerId(sea_orm::prelude::Uuid::from_u128(3));
        let refused = create(Options { customer_id: Some(stranger), ..Options::default() }).await;
        assert!(matches!(refused, ImportError::Customer));
        for _ in 0..imports::MOST_FILES {
            imports::create(&test.db, edit(), act(0), new("What\n1\n", Options::default(), None)).await.unwrap();
        }
        assert!(matches!(create(Options::default()).await, ImportError::TooMany));
        let kept = create_by_hand(&test.db).await;
        assert_eq!(all(&test.db).await.iter().map(|it| it.item.id).collect::<Vec<_>>(), [kept]);
    }
}

async fn create_by_hand(db: &Database) -> EquipmentId {
    let fields = Fields { name: Some("by hand".to_owned()), ..Fields::default() };
    create(db, edit(), act(0), fields, NEVER).await.unwrap().item.id
}
