//! The agent for Windows as an MSI: built by wixl, with the tables that wixl does not know added by msibuild, signed when there
//! is a certificate.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};

use super::{VERSION, folder, program, release::Releaser, tell};
use crate::{
    shell::{Scratch, command, root, run, target},
    windows,
};

/// What the agent may weigh, bytes.
const LARGEST_AGENT: u64 = 6_000_000;
/// What wixl has no word for: the properties that a package passes on to the installing service, when the former version
/// goes, and that an action undoes another (3410: a program of this package, deferred, as the system, in a rollback, its
/// failure ignored).
const CORRECTIONS: &[&str] = &[
    "UPDATE `Property` SET `Value`='WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;PORTALURL1;CLIENTID;CLIENTSECRET;\
     PROXYENABLED;PROXYURL;PROXYPORT;PROXYUSER;PROXYPASSWORD;TAG;CAFILE' WHERE `Property`='SecureCustomProperties'",
    "UPDATE `InstallExecuteSequence` SET `Sequence`=1501 WHERE `Action`='RemoveExistingProducts'",
    "UPDATE `CustomAction` SET `Type`=3410 WHERE `Action`='UndoTakeOver'",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('DefaultUIFont', 'Normal')",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('ErrorDialog', 'ErrorDlg')",
    "INSERT INTO `InstallUISequence` (`Action`, `Condition`, `Sequence`) VALUES ('LicenceDlg', 'NOT Installed', 1230)",
    "INSERT INTO `InstallUISequence` (`Action`, `Condition`, `Sequence`) VALUES ('MaintenanceDlg', 'Installed', 1240)",
    "INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('ProgressDlg', 1280)",
    "INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('FinishDlg', -1)",
    "INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('UserExitDlg', -2)",
    "INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('FatalDlg', -3)",
];
/// The first of the actions that refuse a property, and their kind: an error with its words.
const REFUSALS_FROM: usize = 110;
const REFUSAL: u32 = 19;

/// What a program and a package are signed with: files in PEM.
#[derive(Debug)]
pub(crate) struct Signature {
    certificate: PathBuf,
    key: PathBuf,
}

impl Signature {
    /// As `VIGIE_SIGN_CERTIFICATE` and `VIGIE_SIGN_KEY` say; none without them.
    fn of_environment() -> anyhow::Result<Option<Self>> {
        let file = |name| std::env::var_os(name).map(PathBuf::from);
        match (file("VIGIE_SIGN_CERTIFICATE"), file("VIGIE_SIGN_KEY")) {
            (Some(certificate), Some(key)) => Ok(Some(Self { certificate, key })),
            (None, None) => Ok(None),
            _ => bail!("VIGIE_SIGN_CERTIFICATE and VIGIE_SIGN_KEY go together"),
        }
    }

    /// Signs a file in its place. A time stamp of `VIGIE_SIGN_TIMESTAMP` keeps it valid after the certificate's end.
    fn sign(&self, file: &Path) -> anyhow::Result<()> {
        let signed = file.with_extension("signed");
        let mut sign = command("osslsigncode", ["sign", "-h", "sha256", "-n", "Vigie Inventory Agent", "-certs"]);
        sign.arg(&self.certificate).arg("-key").arg(&self.key);
        if let Ok(url) = std::env::var("VIGIE_SIGN_TIMESTAMP") {
            sign.args(["-ts", &url]);
        }
        run(sign.arg("-in").arg(file).arg("-out").arg(&signed))
            .context("osslsigncode (apt-get install osslsigncode)")?;
        Ok(fs::rename(&signed, file)?)
    }

    /// A signed copy of the program: what is in the package and what agents fetch are the same.
    fn signed_copy(&self, program: &Path) -> anyhow::Result<PathBuf> {
        let copy = target().join("vigie-agent-signed.exe");
        fs::copy(program, &copy).with_context(|| program.display().to_string())?;
        self.sign(&copy)?;
        Ok(copy)
    }
}

fn build(releaser: &Releaser) -> anyhow::Result<PathBuf> {
    windows::toolchain()?;
    windows::shipped_agent(releaser.public())
}

/// Builds the agent as it is shipped.
pub(crate) fn agent() -> anyhow::Result<PathBuf> {
    build(&Releaser::own()?)
}

/// Builds, packs and signs the agent.
pub(super) fn dist(prebuilt: Option<&Path>) -> anyhow::Result<()> {
    let releaser = Releaser::own()?;
    let agent = program(prebuilt, "vigie-agent.exe", || build(&releaser))?;
    let signature = Signature::of_environment()?;
    let agent = match &signature {
        Some(signature) => signature.signed_copy(&agent)?,
        None => agent,
    };
    let package = folder()?.join(format!("InventoryAgent-{VERSION}.msi"));
    pack(&agent, VERSION, signature.as_ref(), &package)?;
    let [packed, minisig] = releaser.release(&agent, "windows-x86_64")?;
    tell(&[&agent, &package, &packed, &minisig])?;
    if signature.is_none() {
        println!(
            "note: it is not signed: set VIGIE_SIGN_CERTIFICATE and VIGIE_SIGN_KEY (PEM); Windows warns of a package without"
        );
    }
    let size = agent.metadata()?.len();
    ensure!(size <= LARGEST_AGENT, "the agent for Windows has {size} bytes; it may have {LARGEST_AGENT}");
    Ok(())
}

/// Packs a program as the MSI of a version; the program is signed before, the package here.
pub(crate) fn pack(agent: &Path, version: &str, signature: Option<&Signature>, package: &Path) -> anyhow::Result<()> {
    let sources = root().join("packaging/msi");
    let scratch = Scratch::new(&format!("msi-{version}"))?;
    // wixl takes no absolute paths.
    fs::copy(agent, scratch.path().join("vigie-agent.exe")).with_context(|| agent.display().to_string())?;
    fs::copy(sources.join("agent.wxs"), scratch.path().join("agent.wxs"))?;
    let mut wixl =
        command("wixl", ["--arch", "x64", "-D", &format!("Version={version}"), "-D", "Program=vigie-agent.exe"]);
    run(wixl.args(["-o", "agent.msi", "agent.wxs"]).current_dir(scratch.path()))?;
    let mut tables = Vec::new();
    for entry in fs::read_dir(sources.join("tables"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_owned();
        let text = fs::read_to_string(&path)?.replace("@LICENCE@", &licence()?);
        fs::write(scratch.path().join(&name), text.replace('\n', "\r\n"))?;
        tables.push(name);
    }
    tables.sort();
    let mut build = command("msibuild", ["agent.msi"]);
    for table in tables {
        build.arg("-i").arg(table);
    }
    run(build.current_dir(scratch.path()))?;
    let mut build = command("msibuild", ["agent.msi"]);
    for query in CORRECTIONS.iter().map(|query| (*query).to_owned()).chain(refusals(&sources)?) {
        build.args(["-q", &query]);
    }
    let done = build.current_dir(scratch.path()).output().context("msibuild")?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success() && said.trim().is_empty(), "msibuild: {}", said.trim());
    let made = scratch.path().join("agent.msi");
    if let Some(signature) = signature {
        signature.sign(&made)?;
    }
    fs::copy(&made, package).map(drop).with_context(|| format!("cannot write {}", package.display()))
}

/// The actions of `refusals.tsv`: a name, when, and the words, on each line.
fn refusals(sources: &Path) -> anyhow::Result<Vec<String>> {
    let mut queries = Vec::new();
    for (number, line) in fs::read_to_string(sources.join("refusals.tsv"))?.lines().enumerate() {
        let [name, when, words] = line.split('\t').collect::<Vec<_>>()[..] else { bail!("refusals.tsv: {line}") };
        ensure!(!line.contains('\''), "refusals.tsv: no single quotes: {line}");
        let at = REFUSALS_FROM + number;
        queries.push(format!(
            "INSERT INTO `CustomAction` (`Action`, `Type`, `Target`) VALUES ('{name}', {REFUSAL}, '{words}')"
        ));
        queries.push(format!(
            "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('{name}', '{when}', {at})"
        ));
    }
    Ok(queries)
}

/// The licence as the dialog shows it (RTF), on one line.
fn licence() -> anyhow::Result<String> {
    let mut rtf = r"{\rtf1\ansi\deff0{\fonttbl{\f0 Tahoma;}}\fs16 ".to_owned();
    for letter in fs::read_to_string(root().join("LICENSE"))?.chars() {
        match letter {
            '\n' => rtf.push_str(r"\par "),
            '\\' | '{' | '}' => rtf.extend(['\\', letter]),
            ' '..='~' => rtf.push(letter),
            other => write!(rtf, r"\u{}?", u32::from(other))?,
        }
    }
    rtf.push('}');
    Ok(rtf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licence_is_one_line_of_rtf() {
        let rtf = licence().unwrap();
        assert!(rtf.starts_with(r"{\rtf1") && rtf.ends_with('}') && rtf.contains("Apache License"));
        assert!(!rtf.contains(['\n', '\t']));
    }

    #[test]
    fn every_property_is_refused_in_words_that_name_it() {
        let queries = refusals(&root().join("packaging/msi")).unwrap().join("\n");
        for name in ["PORTALURL1", "CLIENTID", "CLIENTSECRET", "PROXYENABLED", "PROXYURL", "PROXYPORT"] {
            assert!(queries.contains(&format!("('{name}_is_")) && queries.contains(&format!("'{name} ")), "{name}");
        }
    }
}
