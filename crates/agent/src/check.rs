//! `vigie-agent check`: the way to the server step by step, each with what was found or why it failed; and what is known of
//! another portal.

use std::io::{self, Write};

use crate::{
    collect,
    config::{self, Connection, Settings},
    moving::Portals,
    portal::{Failure, Finding, Portal, Step, walk},
    sync::{StateDir, enrolment},
};

/// Goes through all steps, writing a line for each; answers whether all are well.
pub fn check(settings: Result<Settings, config::Error>, out: &mut dyn Write) -> io::Result<bool> {
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => {
            tell(out, &Finding { step: Step::Configuration, outcome: Err(error.to_string()) })?;
            return Ok(false);
        }
    };
    let portals = Portals::of(&settings);
    let connection = match portals.connection(&settings) {
        Ok(connection) => connection,
        Err(failure) => {
            tell(out, &Finding { step: Step::Configuration, outcome: Err(failure.to_string()) })?;
            return Ok(false);
        }
    };
    let well = steps(&settings, &portals, &connection, out)?;
    for (what, words) in portals.described() {
        writeln!(out, "note    {what:<14} {words}")?;
    }
    Ok(well)
}

fn steps(settings: &Settings, portals: &Portals, connection: &Connection, out: &mut dyn Write) -> io::Result<bool> {
    let proxy = connection.proxy.as_ref().map(|proxy| format!(", through the proxy {}:{}", proxy.host, proxy.port));
    let found = format!("{} as {}{}", connection.server, connection.client_id, proxy.unwrap_or_default());
    let why = if portals.current.is_some() { "; a portal announced it" } else { "" };
    let found = format!("{found}{why}");
    tell(out, &Finding { step: Step::Configuration, outcome: Ok(found) })?;
    for finding in walk(connection) {
        tell(out, &finding)?;
        if finding.outcome.is_err() {
            return Ok(false);
        }
    }
    let mut portal = match Portal::new(connection) {
        Ok(portal) => portal,
        Err(failure) => {
            tell(out, &Finding { step: Step::Configuration, outcome: Err(failure.to_string()) })?;
            return Ok(false);
        }
    };
    for step in [Step::Answer, Step::SignIn, Step::Key] {
        let found = match step {
            Step::Answer => portal.about(),
            Step::SignIn => portal.sign_in().map(|()| format!("{} is let in", connection.client_id)),
            _ => key(settings, connection, &mut portal),
        };
        let outcome = found.map_err(|failure| failure.to_string());
        let failed = outcome.is_err();
        tell(out, &Finding { step, outcome })?;
        if failed {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Enrolling a known key again changes nothing and answers its agent.
fn key(settings: &Settings, connection: &Connection, portal: &mut Portal) -> Result<String, Failure> {
    let Some(key) = StateDir::peek_key(&settings.state_dir)? else {
        return Ok("none yet: the first synchronisation makes it".to_owned());
    };
    let state = StateDir::peek(&settings.state_dir)
        .map_err(|error| Failure::Local(format!("{}: {error}", settings.state_dir.display())))?
        .unwrap_or_default();
    let Some(own) = state.agent_id.filter(|_| state.server == connection.server) else {
        return Ok("not enrolled here yet: the first synchronisation does it".to_owned());
    };
    let enrolled = portal.enrol(&enrolment(&key, collect::host_name(), settings.tag.as_deref()))?.agent_id;
    if enrolled == own {
        Ok(format!("known as {own}"))
    } else {
        Err(Failure::Local(format!(
            "the server knows this key as {enrolled}, not {own}; the next synchronisation mends it"
        )))
    }
}

fn tell(out: &mut dyn Write, finding: &Finding) -> io::Result<()> {
    match &finding.outcome {
        Ok(found) => writeln!(out, "ok      {:<14} {found}", finding.step),
        Err(why) => writeln!(out, "FAILED  {:<14} {why}", finding.step),
    }
}
