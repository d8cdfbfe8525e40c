//! What notifications say, in French and English. What systems say of themselves is escaped where HTML is made.

use std::fmt::Write as _;

use vigie_fleet::alerts::{
    Alert,
    deliveries::{Outgoing, Told},
    news::Event,
    notices::{Notice, NoticeKind},
    subscriptions::AlertSubscription,
};
use vigie_wire::link::alert::Severity;

use crate::{http::AppState, mail::Message};

fn pick(language: &str, french: &'static str, english: &'static str) -> &'static str {
    if language == "fr" { french } else { english }
}

fn severity(it: Severity, language: &str) -> &'static str {
    match it {
        Severity::Critical => pick(language, "critique", "critical"),
        Severity::Major => pick(language, "majeure", "major"),
        Severity::Minor => pick(language, "mineure", "minor"),
        Severity::Warning => pick(language, "avertissement", "warning"),
        Severity::Information => "information",
    }
}

fn event(it: Event, language: &str) -> &'static str {
    match it {
        Event::Raised => pick(language, "Nouvelle", "Raised"),
        Event::Worse => pick(language, "Aggravée", "Worse"),
        Event::Ended => pick(language, "Terminée", "Ended"),
    }
}

/// What an alert is called.
fn title(alert: &Alert, language: &str) -> String {
    if !alert.title.is_empty() {
        return alert.title.clone();
    }
    let words = match alert.kind.as_str() {
        "unreachable" => pick(language, "Système injoignable", "System unreachable"),
        "unit" => pick(language, "Service arrêté", "Service stopped"),
        "disk" => pick(language, "Disque presque plein", "Disk nearly full"),
        "memory" => pick(language, "Mémoire presque pleine", "Memory nearly full"),
        "certificate" => pick(language, "Certificat en fin de validité", "Certificate near its end"),
        "log" => pick(language, "Journal : trop d’occurrences", "Log: too many matches"),
        "tcp" => pick(language, "Connexion impossible", "Connection impossible"),
        "ping" => pick(language, "Perte de paquets ou gigue", "Packet loss or jitter"),
        "clock" => pick(language, "Horloge décalée", "Clock drifts"),
        _ => return alert.condition.clone(),
    };
    words.to_owned()
}

fn what(alert: &Alert, language: &str) -> String {
    let mut text = title(alert, language);
    if !alert.subject.is_empty() {
        let _ = write!(text, " ({})", alert.subject);
    }
    if !alert.summary.is_empty() && alert.kind != "unreachable" {
        let _ = write!(text, "{}{}", pick(language, " : ", ": "), alert.summary);
    }
    text
}

/// One alert in one line.
pub(super) fn line(told: &Told, language: &str) -> String {
    let alert = &told.alert;
    format!(
        "{} [{}] {} — {}, {}",
        event(told.event, language),
        severity(alert.severity, language),
        what(alert, language),
        alert.system.name,
        alert.customer.name
    )
}

/// How many more there are.
pub(super) fn more(count: u64, language: &str) -> String {
    if language == "fr" { format!("… et {count} autres alertes") } else { format!("… and {count} more alerts") }
}

/// Where the console shows what a notice is about.
pub(super) const fn place(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::PendingEquipment => "/pending",
        NoticeKind::Clone => "/pending?flag=clone",
        NoticeKind::AgentUpdate => "/configuration/agents?tab=updates",
    }
}

/// One notice in one line.
pub(super) fn notice(it: &Notice, language: &str) -> String {
    let (count, one) = (it.count, it.count == 1);
    match (it.kind, language) {
        (NoticeKind::PendingEquipment, "fr") if one => "1 nouvelle machine en attente".to_owned(),
        (NoticeKind::PendingEquipment, "fr") => format!("{count} nouvelles machines en attente"),
        (NoticeKind::PendingEquipment, _) if one => "1 new machine is pending".to_owned(),
        (NoticeKind::PendingEquipment, _) => format!("{count} new machines are pending"),
        (NoticeKind::Clone, "fr") if one => "1 clone probable détecté".to_owned(),
        (NoticeKind::Clone, "fr") => format!("{count} clones probables détectés"),
        (NoticeKind::Clone, _) if one => "1 machine is likely a clone".to_owned(),
        (NoticeKind::Clone, _) => format!("{count} machines are likely clones"),
        (NoticeKind::AgentUpdate, _) => {
            let version = it.data["version"].as_str().unwrap_or_default();
            let refused = it.data["reason"] == "refused";
            if language == "fr" {
                let why = if refused { "une signature a été refusée" } else { "trop d’agents ont échoué" };
                format!("Le déploiement de l’agent {version} s’est arrêté de lui-même : {why}")
            } else {
                let why = if refused { "a signature was refused" } else { "too many agents failed" };
                format!("The roll-out of agent {version} stopped by itself: {why}")
            }
        }
    }
}

/// The subject of a message.
pub(super) fn subject(message: &Outgoing, language: &str) -> String {
    if message.told.is_empty() && message.more == 0 {
        return match message.notices.as_slice() {
            [only] => notice(only, language),
            all if language == "fr" => format!("{} avis", all.len()),
            all => format!("{} notices", all.len()),
        };
    }
    if let ([only], 0) = (message.told.as_slice(), message.more) {
        let customer = &only.alert.customer.name;
        let what = title(&only.alert, language);
        let ended = if only.event == Event::Ended { pick(language, "Terminée — ", "Ended — ") } else { "" };
        return format!("{ended}[{}] {what} — {customer}", severity(only.alert.severity, language));
    }
    let count = message.told.len() as u64 + message.more;
    let worst = message.told.iter().filter(|it| it.event != Event::Ended).map(|it| it.alert.severity).max();
    let worst = worst.map(|it| format!(" [{}]", severity(it, language))).unwrap_or_default();
    if language == "fr" { format!("{count} alertes{worst}") } else { format!("{count} alerts{worst}") }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(it),
        }
    }
    safe
}

/// A message as an e-mail, without whom it is for.
pub(super) fn letter(
    state: &AppState,
    subscription: &AlertSubscription,
    message: &Outgoing,
    language: &str,
) -> Message {
    let url = state.console_url();
    let lines: Vec<String> = message.told.iter().map(|it| line(it, language)).collect();
    let rest = if message.more > 0 { vec![more(message.more, language)] } else { Vec::new() };
    let why = if language == "fr" {
        format!("Message de l’abonnement « {} ».", subscription.name)
    } else {
        format!("Message of the subscription “{}”.", subscription.name)
    };
    let all = pick(language, "Toutes les alertes :", "All alerts:");
    let notices: Vec<_> = message.notices.iter().map(|it| (notice(it, language), place(it.kind))).collect();
    let mut text = String::new();
    for line in lines.iter().chain(&rest) {
        let _ = writeln!(text, "{line}");
    }
    for (line, place) in &notices {
        let _ = writeln!(text, "{line} — {url}{place}");
    }
    let mut html = String::from("<ul>");
    for (told, line) in message.told.iter().zip(&lines) {
        let _ = write!(html, "<li><a href=\"{url}/alerts?alert={}\">{}</a></li>", told.alert.id, escaped(line));
    }
    for (line, place) in &notices {
        let _ = write!(html, "<li><a href=\"{url}{place}\">{}</a></li>", escaped(line));
    }
    html.push_str("</ul>");
    for line in &rest {
        let _ = write!(html, "<p>{}</p>", escaped(line));
    }
    text.push('\n');
    if !lines.is_empty() {
        let _ = writeln!(text, "{all} {url}/alerts");
        let _ = write!(html, "<p>{all} <a href=\"{url}/alerts\">{url}/alerts</a></p>");
    }
    let _ = writeln!(text, "{why}");
    let _ = write!(html, "<p>{}</p>", escaped(&why));
    Message { to: String::new(), subject: subject(message, language), text, html: Some(html), attachment: None }
}
