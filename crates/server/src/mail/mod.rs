//! Sending e-mails: the one place that does. The mail server is a preference; certificates are checked as those of all other
//! connections to others are.
//!
//! [`send`] sends one message, [`Mailer`] several over one connection. An error says whether another try makes sense.

mod connection;

use std::time::{Duration, SystemTime};

use lettre::{
    Address, Message as Letter,
    message::{
        Attachment as Attached, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::AsyncSmtpConnection,
        extension::ClientId,
    },
};
use vigie_kernel::{Rng, Timestamp};
use vigie_people::preferences::{Mail, mail};

use crate::http::AppState;

/// Longest that connecting, signing in, or handing over one message may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest subject, characters; the rest is left out.
const LONGEST_SUBJECT: usize = 200;

/// What is sent, to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// E-mail address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// What programs show that know no HTML.
    pub text: String,
    /// The same as HTML; whoever makes it escapes what others said.
    pub html: Option<String>,
    /// A file that goes with it.
    pub attachment: Option<Attachment>,
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, plain ASCII.
    pub name: String,
    /// What it is, as in `text/html; charset=utf-8`.
    pub media_type: &'static str,
    /// What is in it.
    pub content: Vec<u8>,
}

/// A message was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The preferences name no mail server.
    #[error("no mail server is set")]
    Off,
    /// This message will never be taken: its address is none, or the mail server said no for good.
    #[error("{0}")]
    Refused(String),
    /// The mail server cannot be reached, is not trusted, does not let this server in, or says *later*.
    #[error("{0}")]
    Unavailable(String),
}

impl MailError {
    /// Whether the same message may be taken later, without anyone changing it.
    pub fn is_worth_a_retry(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// Whether a mail server is set.
pub async fn is_on(state: &AppState) -> Result<bool, vigie_db::DbErr> {
    Ok(!state.preferences.get(state.clock.now()).await?.mail.host.is_empty())
}

/// Sends one message. `Ok`: the mail server took it, and answers for it from now on.
pub async fn send(state: &AppState, message: &Message) -> Result<(), MailError> {
    let mut mailer = Mailer::open(state).await?;
    let sent = mailer.send(message).await;
    mailer.close().await;
    sent
}

/// A connection to the mail server, signed in.
pub struct Mailer {
    state: AppState,
    connection: AsyncSmtpConnection,
    /// The name of this server in front of the sender's address.
    from: Mailbox,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailer({})", self.from)
    }
}

impl Mailer {
    /// Connects and signs in, as the preferences say now.
    pub async fn open(state: &AppState) -> Result<Self, MailError> {
        let unavailable = |error: &dyn std::fmt::Display| MailError::Unavailable(error.to_string());
        let preferences = state.preferences.get(state.clock.now()).await.map_err(|error| unavailable(&error))?;
        let settings = &preferences.mail;
        if settings.host.is_empty() {
            return Err(MailError::Off);
        }
        let address = address(&settings.from).map_err(|error| unavailable(&error))?;
        let from = Mailbox::new(Some(preferences.server_name.clone()), address);
        let opening = async {
            let stream = connection::open(state, settings).await.map_err(|error| format!("{error:#}"))?;
            let hello = ClientId::Domain(connection::own_name());
            let mut connection =
                AsyncSmtpConnection::connect_with_transport(stream, &hello).await.map_err(|error| said(&error))?;
            sign_in(state, settings, &mut connection).await?;
            Ok(connection)
        };
        let opened =
            tokio::time::timeout(PATIENCE, opening).await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let connection = opened.map_err(|why| {
            MailError::Unavailable(format!("the mail server {}:{}: {why}", settings.host, settings.port))
        })?;
        Ok(Self { state: state.clone(), connection, from })
    }

    /// Hands over a message. After [`MailError::Unavailable`] the connection is of no more use.
    pub async fn send(&mut self, message: &Message) -> Result<(), MailError> {
        let letter = written(message, self.from.clone(), self.state.clock.now(), &*self.state.rng)?;
        let (envelope, bytes) = (letter.envelope().clone(), letter.formatted());
        if self.connection.has_broken() {
            // What the mail server had refused ended the connection, not the mails that follow.
            *self = Self::open(&self.state).await?;
        }
        match tokio::time::timeout(PATIENCE, self.connection.send(&envelope, &bytes)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(MailError::Refused(said(&error))),
            Ok(Err(error)) => Err(MailError::Unavailable(said(&error))),
            Err(_) => Err(MailError::Unavailable("no answer in time".to_owned())),
        }
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(2), self.connection.quit()).await;
    }
}

async fn sign_in(state: &AppState, settings: &Mail, connection: &mut AsyncSmtpConnection) -> Result<(), String> {
    if settings.user.is_empty() {
        return Ok(());
    }
    let password = mail::password(&state.db, &state.secrets).await.map_err(|error| error.to_string())?;
    let password = password.ok_or("its user has no password")?;
    let credentials = Credentials::new(settings.user.clone(), password);
    let mechanisms = [Mechanism::Plain, Mechanism::Login];
    connection.auth(&mechanisms, &credentials).await.map(drop).map_err(|error| said(&error))
}

/// What is wrong, with the mail server's own words.
fn said(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    // It comes from outside.
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(500).collect()
}

fn address(text: &str) -> Result<Address, MailError> {
    let refused = |why: &dyn std::fmt::Display| MailError::Refused(format!("{text:?} is no e-mail address: {why}"));
    if !text.is_ascii() {
        return Err(refused(&"it has letters with accents"));
    }
    text.parse::<Address>().map_err(|error| refused(&error))
}

/// The message as it travels (RFC 5322), marked as written by a program (RFC 3834 §5) so that no absence notice answers it.
fn written(message: &Message, from: Mailbox, at: Timestamp, rng: &dyn Rng) -> Result<Letter, MailError> {
    let to = address(message.to.trim())?;
    let subject: String = message.subject.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    let subject: String = subject.trim().chars().take(LONGEST_SUBJECT).collect();
    let id = format!("<{:016x}{:016x}@{}>", rng.next_u64(), rng.next_u64(), from.email.domain());
    let since = Duration::from_millis(u64::try_from(at.millis()).unwrap_or_default());
    let letter = Letter::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(subject)
        .date(SystemTime::UNIX_EPOCH + since)
        .message_id(Some(id))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    let refused = |error: &dyn std::fmt::Display| MailError::Refused(error.to_string());
    let letter = match (&message.attachment, &message.html) {
        (Some(file), html) => {
            let kind = ContentType::parse(file.media_type).map_err(|error| refused(&error))?;
            let attached = Attached::new(file.name.clone()).body(file.content.clone(), kind);
            let mixed = MultiPart::mixed();
            letter.multipart(match html {
                Some(html) => {
                    let words = MultiPart::alternative_plain_html(message.text.clone(), html.clone());
                    mixed.multipart(words).singlepart(attached)
                }
                None => mixed.singlepart(SinglePart::plain(message.text.clone())).singlepart(attached),
            })
        }
        (None, Some(html)) => letter.multipart(MultiPart::alternative_plain_html(message.text.clone(), html.clone())),
        (None, None) => letter.header(ContentType::TEXT_PLAIN).body(message.text.clone()),
    };
    letter.map_err(|error| refused(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_kernel::random::SequenceRng;

    fn letter(to: &str, subject: &str, html: Option<&str>) -> Result<String, MailError> {
        let message = Message {
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "Été\n.\nend".to_owned(),
            html: html.map(str::to_owned),
            attachment: None,
        };
        let from = Mailbox::new(Some("Vigie, \"Été\"".to_owned()), "vigie@example.com".parse().unwrap());
        let at = Timestamp::from_millis(1_790_000_000_000);
        let written = written(&message, from, at, &SequenceRng::new(1))?;
        Ok(String::from_utf8(written.formatted()).unwrap())
    }

    #[test]
    fn what_others_said_adds_no_header_and_no_recipient() {
        let text = letter("a@example.org", "One\r\nBcc: b@example.org", None).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|it| it.starts_with("Bcc")), "{head}");
        assert!(head.contains("Subject: One  Bcc: b@example.org") && head.contains("Auto-Submitted: auto-generated"));
        assert!(head.contains("Date: Mon, 21 Sep 2026 14:13:20 +0000"), "{head}");
        assert!(text.is_ascii(), "every mail server takes it");
        for wrong in ["", "a", "a@", "a@b\r\nRCPT TO:<c@d>", "a@b.example,c@d.example", "<a@b.example>", "é@b.example"]
        {
            assert!(matches!(letter(wrong, "x", None), Err(MailError::Refused(_))), "{wrong}");
        }
    }

    #[test]
    fn a_file_travels_whole_whatever_is_in_it() {
        let content = "<p>Été</p>\r\n.\r\n".repeat(50);
        let message = Message {
            to: "a@example.org".to_owned(),
            subject: "One".to_owned(),
            text: "See the file.".to_owned(),
            html: None,
            attachment: Some(Attachment {
                name: "report.html".to_owned(),
                media_type: "text/html; charset=utf-8",
                content: content.clone().into_bytes(),
            }),
        };
        let from = Mailbox::new(None, "vigie@example.com".parse().unwrap());
        let at = Timestamp::from_millis(1_790_000_000_000);
        let letter = written(&message, from, at, &SequenceRng::new(1)).unwrap();
        let text = String::from_utf8(letter.formatted()).unwrap();
        assert!(text.is_ascii() && text.contains("multipart/mixed") && text.contains("filename=\"report.html\""));
        let part = text.split("filename=\"report.html\"").nth(1).unwrap();
        let encoded: String =
            part.split("\r\n\r\n").nth(1).unwrap().split("--").next().unwrap().split_whitespace().collect();
        let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), content);
    }

    #[test]
    fn html_travels_beside_the_text() {
        let text = letter("a@example.org", "One", Some("<p>Hi</p>")).unwrap();
        assert!(text.contains("multipart/alternative") && text.contains("text/plain") && text.contains("<p>Hi</p>"));
    }
}
