//! `vigie doctor`: looks at what a server needs and says what is wrong, without changing anything.

use std::{io::Write as _, net::TcpListener, path::Path, process::ExitCode};

use vigie_db::{Options, sea_orm};

use crate::{
    admin::{Ask, ask_running},
    config::Config,
    files::read_if_there,
    tls,
};

/// What one look found.
#[derive(Debug)]
enum Finding {
    Good(String),
    Notice(String),
    Bad(String),
}

/// Looks at everything and prints what was found. Fails when something would keep the server from working.
pub(crate) async fn examine(config: anyhow::Result<Config>) -> anyhow::Result<ExitCode> {
    let findings = match config {
        Ok(config) => look(&config).await,
        Err(error) => vec![Finding::Bad(format!("configuration: {error:#}"))],
    };
    let mut out = std::io::stdout().lock();
    let mut bad = false;
    for finding in &findings {
        match finding {
            Finding::Good(words) => writeln!(out, "ok       {words}")?,
            Finding::Notice(words) => writeln!(out, "notice   {words}")?,
            Finding::Bad(words) => {
                bad = true;
                writeln!(out, "PROBLEM  {words}")?;
            }
        }
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::Good("configuration".to_owned()), data_dir(&config.data_dir)];
    let running = running(config).await;
    let runs = matches!(running, Finding::Good(_));
    findings.push(running);
    findings.push(sealing_key(&config.data_dir));
    findings.push(certificate(&config.data_dir));
    findings.push(database(&config.database).await);
    if !runs {
        for address in
            [Some(config.listen), config.agents_listen, config.metrics_listen, config.acme_listen].into_iter().flatten()
        {
            findings.push(match TcpListener::bind(address) {
                Ok(_) => Finding::Good(format!("port: {address} is free")),
                Err(error) => Finding::Bad(format!("port: cannot listen on {address}: {error}")),
            });
        }
    }
    findings
}

fn data_dir(path: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::Notice(format!("data directory: {shown} is not there yet; the first start makes it"))
        }
        Err(error) => Finding::Bad(format!("data directory: {shown}: {error}")),
        Ok(_) if crate::backup::unfinished(path) => Finding::Bad(format!(
            "data directory: a restore into {shown} was not finished; run vigie backup restore again, with --replace"
        )),
        Ok(found) if !found.is_dir() => Finding::Bad(format!("data directory: {shown} is not a directory")),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Finding::Notice(format!("data directory: {shown} is open to other users of this machine; chmod 700 it"))
        }
        Ok(_) => Finding::Good(format!("data directory: {shown}")),
    }
}

/// Any ask shows whether a server answers; this one changes nothing because no user has such a name.
async fn running(config: &Config) -> Finding {
    let nobody = Ask::Token { user: String::new(), name: String::new() };
    match ask_running(&config.data_dir, &nobody).await {
        Ok(Some(_)) => Finding::Good("server: runs".to_owned()),
        Ok(None) => Finding::Notice("server: does not run".to_owned()),
        Err(error) => Finding::Bad(format!("server: {error:#}")),
    }
}

fn sealing_key(data_dir: &Path) -> Finding {
    let path = data_dir.join("sealing.key");
    match read_if_there(&path) {
        Ok(Some(key)) if key.len() == vigie_db::secrets::KEY_LEN => Finding::Good("sealing key".to_owned()),
        Ok(Some(_)) => Finding::Bad(format!("sealing key: {} is damaged", path.display())),
        Ok(None) => Finding::Notice("sealing key: the first start makes it".to_owned()),
        Err(error) => Finding::Bad(format!("sealing key: {}: {error}", path.display())),
    }
}

fn certificate(data_dir: &Path) -> Finding {
    let now = vigie_kernel::Clock::now(&vigie_kernel::SystemClock);
    let folder = data_dir.join("tls");
    if !folder.join("server.pem").exists() {
        return Finding::Notice("certificate: the first start makes it".to_owned());
    }
    match tls::details_in(&folder) {
        Err(error) => Finding::Bad(format!("certificate: {error:#}")),
        Ok((server, ca)) if ca.days_left(now) < 0 => Finding::Bad(format!(
            "certificate: its authority ended {} days ago ({})",
            -ca.days_left(now),
            server.subject
        )),
        Ok((server, _)) if server.days_left(now) < 0 => {
            Finding::Notice("certificate: it has ended; the next start issues it again".to_owned())
        }
        Ok((server, _)) => {
            Finding::Good(format!("certificate: {} more days, for {}", server.days_left(now), server.names.join(", ")))
        }
    }
}

async fn database(options: &Options) -> Finding {
    match options {
        Options::Sqlite(path) if !path.exists() => {
            Finding::Notice(format!("database: {} is not there yet; the first start makes it", path.display()))
        }
        Options::Sqlite(path) => reached(&format!("sqlite://{}?mode=ro", path.display()), "SQLite").await,
        Options::Postgres(url) => reached(url, "PostgreSQL").await,
    }
}

async fn reached(url: &str, engine: &str) -> Finding {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).connect_timeout(std::time::Duration::from_secs(10)).sqlx_logging(false);
    let asked = async { sea_orm::Database::connect(options).await?.ping().await };
    match asked.await {
        Ok(()) => Finding::Good(format!("database: {engine} answers")),
        Err(error) => Finding::Bad(format!("database: {engine}: {error}")),
    }
}
