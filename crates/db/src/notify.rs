//! Wake-ups between the nodes that share a PostgreSQL (`LISTEN`/`NOTIFY`). They carry no data that matters: whoever
//! misses one finds out a little later. A SQLite database belongs to one server, which needs none.

use sea_orm::{ConnectionTrait as _, DbErr, Statement, sqlx::postgres::PgListener};

use crate::{Database, Engine};

/// Hears the other nodes, and this one too.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// The next word. Connects again by itself when the connection is lost; what was said meanwhile is lost.
    pub async fn next(&mut self) -> Result<String, DbErr> {
        let heard = self.0.recv().await.map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(heard.payload().to_owned())
    }
}

impl Database {
    /// Says a word (at most 8,000 bytes) on a channel to all nodes. Nothing happens on SQLite.
    pub async fn notify(&self, channel: &'static str, word: &str) -> Result<(), DbErr> {
        if self.engine() == Engine::Sqlite {
            return Ok(());
        }
        let backend = self.reads().get_database_backend();
        let said = Statement::from_sql_and_values(backend, "SELECT pg_notify($1, $2)", [channel.into(), word.into()]);
        self.reads().query_one_raw(said).await.map(|_| ())
    }

    /// Listens on a channel. None on SQLite.
    pub async fn listen(&self, channel: &'static str) -> Result<Option<Listener>, DbErr> {
        if self.engine() == Engine::Sqlite {
            return Ok(None);
        }
        let failed = |error: sea_orm::SqlxError| DbErr::Custom(error.to_string());
        let pool = self.reads().get_postgres_connection_pool();
        let mut listener = PgListener::connect_with(pool).await.map_err(failed)?;
        listener.listen(channel).await.map_err(failed)?;
        Ok(Some(Listener(listener)))
    }
}
