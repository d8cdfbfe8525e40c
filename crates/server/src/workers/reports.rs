//! Writes the reports that are due and sends them to whoever is to have them. Of several nodes one does each.

use std::{path::Path, time::Duration};

use vigie_assets::reports::{
    page::Language,
    schedules::{
        self,
        work::{self, Claimed, Outgoing},
    },
};
use vigie_kernel::{Action, Granted, ReportScheduleId, policy};
use vigie_people::users;

use crate::{
    events::Topic,
    files,
    http::AppState,
    mail::{Attachment, MailError, Mailer, Message},
    reports::page,
};

/// How often is looked whether a report is due.
const EVERY: Duration = Duration::from_secs(15);
/// The server's group may read what it keeps.
const FILE_MODE: u32 = 0o640;

pub(super) async fn write(state: AppState) {
    loop {
        if let Err(error) = write_due_reports(&state).await {
            tracing::error!(error = format!("{error:#}"), "reports could not be written; it is tried again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Writes what is due, and sends what is to be sent.
pub async fn write_due_reports(state: &AppState) -> anyhow::Result<()> {
    while let Some(claimed) = work::claim(&state.db, state.clock.now()).await? {
        let name = claimed.name.clone();
        match write_one(state, &claimed).await? {
            Ok(html) => {
                let id = claimed.id;
                if work::written(&state.db, claimed, state.own_act(), &html).await? {
                    keep_file(state, id, html).await?;
                }
            }
            Err(why) => {
                tracing::warn!(name, why, "a report was not written");
                // Whoever is disabled today may be back tomorrow; a customer that is gone is gone.
                let off = why == CUSTOMER_GONE;
                work::failed(&state.db, claimed, state.clock.now(), why.to_owned(), off).await?;
            }
        }
        state.events.changed(&[Topic::Exports]);
    }
    while let Some(out) = work::outgoing(&state.db, state.clock.now()).await? {
        send(state, out).await?;
        state.events.changed(&[Topic::Exports]);
    }
    Ok(())
}

/// Codes that the console has words for.
const OWNER_GONE: &str = "owner-gone";
const OWNER_NOT_ALLOWED: &str = "owner-not-allowed";
const CUSTOMER_GONE: &str = "customer-gone";
const MAIL_OFF: &str = "mail-off";

/// What the owner of a schedule may see now.
async fn granted_to(state: &AppState, claimed: &Claimed) -> anyhow::Result<Result<Granted, &'static str>> {
    let Some(owner) = users::find(&state.db, claimed.user, state.clock.now()).await? else {
        return Ok(Err(OWNER_GONE));
    };
    let granted = owner.role.and_then(|role| policy::require(owner.id, role, Action::EquipmentSee).ok());
    Ok(granted.ok_or(OWNER_NOT_ALLOWED))
}

async fn write_one(state: &AppState, claimed: &Claimed) -> anyhow::Result<Result<String, &'static str>> {
    let granted = match granted_to(state, claimed).await? {
        Ok(granted) => granted,
        Err(why) => return Ok(Err(why)),
    };
    let Some(of) = schedules::name_of(&state.db, &granted, &claimed.narrowed).await? else {
        return Ok(Err(CUSTOMER_GONE));
    };
    let staleness = crate::http::assets::staleness(state).await?;
    let mut summary = vigie_assets::reports::summary(&state.db, &granted, &claimed.narrowed, staleness).await?;
    summary.of = of;
    let language = Language::from_code(&claimed.language).unwrap_or(Language::En);
    Ok(Ok(page(state, &summary, &claimed.name, language, &claimed.time_zone).await?))
}

/// The newest report of each schedule is also a file, for whoever copies it to an intranet.
async fn keep_file(state: &AppState, id: ReportScheduleId, html: String) -> anyhow::Result<()> {
    let folder = state.config.data_dir.join("reports");
    let names: Vec<String> = work::all(&state.db).await?.iter().map(|id| file_name(*id)).collect();
    tokio::task::spawn_blocking(move || {
        files::make_private_dir(&folder)?;
        files::write_file(&folder.join(file_name(id)), html.as_bytes(), FILE_MODE)?;
        forget_others(&folder, &names)
    })
    .await??;
    Ok(())
}

fn file_name(id: ReportScheduleId) -> String {
    format!("{id}.html")
}

/// Files of schedules that were deleted.
fn forget_others(folder: &Path, names: &[String]) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.extension().is_some_and(|it| it == "html") && !names.contains(&name) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn letter(state: &AppState, server: &str, out: &Outgoing, to: &str) -> Message {
    let language = Language::from_code(&out.language).unwrap_or(Language::En);
    let day: String = out.made_at.to_string().chars().take(10).collect();
    let text = language.pick(
        "Le rapport est joint : ouvrez-le dans un navigateur. Chaque chiffre ouvre sa liste dans la console,",
        "The report is attached: open it in a browser. Each figure opens its list in the console,",
    );
    Message {
        to: to.to_owned(),
        subject: format!("{server} : {}", out.name),
        text: format!("{}\r\n\r\n{text}\r\n{}/reports\r\n", out.name, state.console_url()),
        html: None,
        attachment: Some(Attachment {
            name: format!("vigie-{day}.html"),
            media_type: "text/html; charset=utf-8",
            content: out.html.clone(),
        }),
    }
}

async fn send(state: &AppState, out: Outgoing) -> anyhow::Result<()> {
    let server = state.preferences.get(state.clock.now()).await?.server_name.clone();
    let (mut left, mut why) = (Vec::new(), String::new());
    match Mailer::open(state).await {
        Ok(mut mailer) => {
            let mut to = out.to.iter();
            for address in &mut to {
                match mailer.send(&letter(state, &server, &out, address)).await {
                    Ok(()) => {}
                    Err(error) => {
                        why = format!("{address}: {error}");
                        if error.is_worth_a_retry() {
                            // The connection is of no more use: this one and those behind it come later.
                            left.push(address.clone());
                            break;
                        }
                    }
                }
            }
            left.extend(to.cloned());
            mailer.close().await;
        }
        Err(MailError::Off) => MAIL_OFF.clone_into(&mut why),
        Err(error) => {
            why = error.to_string();
            left.clone_from(&out.to);
        }
    }
    if !why.is_empty() {
        tracing::warn!(report = %out.id, why, "a report was not sent to everyone");
    }
    Ok(work::sent(&state.db, out, left, why, state.clock.now()).await?)
}
