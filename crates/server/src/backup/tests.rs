//! Archives that are whole, and those that are not.

use std::{
    fs::{self, File},
    io::{self, Read, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use vigie_db::{Database, Engine, testing::TestDatabase};

use super::{archive::Writer, *};
use crate::config::{Config, Settings};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn scratch() -> File {
    tempfile::tempfile().unwrap()
}

fn manifest() -> Manifest {
    Manifest {
        product: "vigie".to_owned(),
        format: FORMAT,
        version: "1".to_owned(),
        created_at: NOW,
        engine: BackupEngine::Sqlite,
        migrations: vigie_db::backup::known_migrations(),
        tables: Vec::new(),
        sequences: Vec::new(),
    }
}

fn written(manifest: &Manifest, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), scratch(), &serde_json::to_vec(manifest).unwrap()).unwrap();
    for (path, content) in entries {
        writer.add(path, 0o600, content.len() as u64, *content).unwrap();
    }
    writer.finish().unwrap().0
}

#[derive(Default)]
struct Collect(Vec<(String, Vec<u8>)>);

impl archive::Visitor for Collect {
    type Error = Failure;

    fn manifest(&mut self, text: &[u8]) -> Result<(), Failure> {
        Manifest::read(text).map(drop)
    }

    fn entry(&mut self, path: &str, _: u32, _: u64, content: &mut dyn Read) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(ArchiveError::Io)?;
        self.0.push((path.to_owned(), bytes));
        Ok(())
    }
}

fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut collect = Collect::default();
    archive::read(bytes, scratch(), &mut collect)?;
    Ok(collect.0)
}

fn why(bytes: &[u8]) -> ArchiveError {
    match read(bytes) {
        Err(Failure::Archive(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// An archive with one entry that our own writer does not write.
fn with_entry(header: impl FnOnce(&mut tar::Header), content: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    let mut put = |path: &str, content: &[u8], change: Box<dyn FnOnce(&mut tar::Header) + '_>| {
        let mut it = tar::Header::new_ustar();
        it.set_path(path).unwrap();
        it.set_mode(0o600);
        it.set_size(content.len() as u64);
        change(&mut it);
        it.set_cksum();
        tar.append(&it, content).unwrap();
    };
    put("manifest.json", &serde_json::to_vec(&manifest()).unwrap(), Box::new(|_| {}));
    put("files/x", content, Box::new(header));
    tar.into_inner().unwrap().finish().unwrap()
}

fn named(path: &'static [u8]) -> impl FnOnce(&mut tar::Header) {
    move |header| {
        let name = &mut header.as_old_mut().name;
        name.fill(0);
        name[..path.len()].copy_from_slice(path);
    }
}

#[test]
fn what_is_written_is_read() {
    let large = vec![7; 3 << 20];
    let bytes = written(&manifest(), &[("files/a", b"one"), ("files/b/c", &large), ("files/empty", b"")]);
    let found = read(&bytes).unwrap();
    assert_eq!(found.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["files/a", "files/b/c", "files/empty"]);
    assert_eq!((found[0].1.as_slice(), found[1].1.len()), (&b"one"[..], large.len()));
    assert!(Manifest::read(&archive::first(bytes.as_slice()).unwrap()).unwrap() == manifest());
}

#[test]
fn a_file_that_was_cut_off_anywhere_is_noticed() {
    let noise: Vec<u8> = (0..40_000_u32).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let bytes = written(&manifest(), &[("files/a", &noise), ("files/b", b"two")]);
    for end in (0..bytes.len()).step_by(997).chain([bytes.len() - 1, bytes.len() - 4]) {
        let error = why(&bytes[..end]);
        assert!(matches!(error, ArchiveError::CutOff | ArchiveError::NotABackup), "{end}: {error}");
    }
    // Cut off between two entries, and closed tidily.
    let mut tar = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    let text = serde_json::to_vec(&manifest()).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_path("manifest.json").unwrap();
    header.set_size(text.len() as u64);
    header.set_cksum();
    tar.append(&header, text.as_slice()).unwrap();
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    assert!(matches!(why(&bytes), ArchiveError::CutOff));
}

#[test]
fn a_changed_file_is_noticed_wherever_it_was_changed() {
    let noise: Vec<u8> = (0..40_000_u32).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let bytes = written(&manifest(), &[("files/a", &noise), ("files/b", b"two")]);
    for at in (0..bytes.len()).step_by(499) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        assert!(read(&changed).is_err(), "byte {at}");
    }
    let mut longer = bytes.clone();
    longer.extend(zstd::encode_all(vec![0_u8; 200_000].as_slice(), 1).unwrap());
    assert!(matches!(why(&longer), ArchiveError::Damaged(_)));
    assert!(matches!(why(b"something else"), ArchiveError::NotABackup | ArchiveError::Damaged(_)));
}

#[test]
fn a_content_that_was_exchanged_is_named() {
    let unpacked = zstd::decode_all(written(&manifest(), &[("files/key", b"secret")]).as_slice()).unwrap();
    let at = unpacked.windows(6).position(|it| it == b"secret").unwrap();
    let mut changed = unpacked;
    changed[at] = b'S';
    let error = why(&zstd::encode_all(changed.as_slice(), 1).unwrap());
    assert!(matches!(&error, ArchiveError::Damaged(what) if what.contains("files/key")), "{error}");
}

#[test]
fn paths_that_lead_outside_links_and_devices_are_refused() {
    for path in
        [&b"../outside"[..], b"/etc/passwd", b"files/../../x", b"files//x", b"files/a\\b", b"files/\xff", b"files/a\nb"]
    {
        let error = why(&with_entry(named(path), b"x"));
        assert!(matches!(error, ArchiveError::UnsafePath(_)), "{path:?}: {error}");
    }
    for kind in [
        tar::EntryType::Symlink,
        tar::EntryType::Link,
        tar::EntryType::Char,
        tar::EntryType::Fifo,
        tar::EntryType::Directory,
        tar::EntryType::GNULongName,
        tar::EntryType::XHeader,
        tar::EntryType::GNUSparse,
    ] {
        let error = why(&with_entry(|header| header.set_entry_type(kind), b""));
        assert!(matches!(error, ArchiveError::UnsafeKind(_)), "{kind:?}: {error}");
    }
    let error = why(&with_entry(|header| header.set_size(1 << 60), b"x"));
    assert!(matches!(error, ArchiveError::TooLarge), "{error}");
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn config(&self, name: &str) -> Config {
        let data_dir = Some(self.folder.path().join(name));
        Config::complete(Settings { data_dir, ..Settings::default() }).unwrap()
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// A data directory with a database in it, as small as it gets.
    async fn server(&self, name: &str) -> Config {
        let config = self.config(name);
        for (file, content) in [("sealing.key", "key"), ("tls/ca.pem", "ca"), ("blobs/ab/abcd", "blob")] {
            let path = config.data_dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            let mode = if file == "tls/ca.pem" { 0o644 } else { 0o600 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        for (file, content) in [("exports/exp_1", "made anew"), ("logs/today", "a log"), ("blobs/ab/new#1", "half")] {
            let path = config.data_dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Database::open(&config.database).await.unwrap().close().await;
        config
    }
}

async fn try_restore(config: &Config, from: &Path, replace: bool) -> Result<Restored, Failure> {
    let (config, from, handle) = (config.clone(), from.to_owned(), tokio::runtime::Handle::current());
    let job = move || restore(&config, &from, replace, NOW, &Progress::default(), &handle);
    tokio::task::spawn_blocking(job).await.unwrap()
}

async fn make(config: &Config, to: &Path) -> Result<Made, Failure> {
    let (config, to, handle) = (config.clone(), to.to_owned(), tokio::runtime::Handle::current());
    tokio::task::spawn_blocking(move || create(&config, &to, NOW, &Progress::default(), &handle)).await.unwrap()
}

fn said(result: Result<Restored, Failure>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn a_server_comes_back_whole_with_its_files_and_nothing_else() {
    let place = Place::new();
    let from = place.server("one").await;
    let file = place.folder.path().join("backup.tar.zst");
    let made = make(&from, &file).await.unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(made.bytes, fs::metadata(&file).unwrap().len());
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 2, "nothing is left beside it");
    let to = place.config("two");
    let restored = try_restore(&to, &file, false).await.unwrap();
    assert_eq!((restored.totals, restored.aside), (made.totals, None));
    let mut names: Vec<String> =
        fs::read_dir(&to.data_dir).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["blobs", "lock", "restored.json", "sealing.key", "tls", "vigie.db"]);
    assert_eq!(fs::read_dir(to.data_dir.join("blobs/ab")).unwrap().count(), 1);
    let permissions = |file: &str| fs::metadata(to.data_dir.join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((permissions("sealing.key"), permissions("tls/ca.pem"), permissions("vigie.db")), (0o600, 0o644, 0o600));
    Database::open(&to.database).await.unwrap().close().await;
}

#[tokio::test]
async fn a_server_that_is_there_is_only_replaced_when_told_and_is_kept_aside() {
    let place = Place::new();
    let from = place.server("one").await;
    let file = place.folder.path().join("backup.tar.zst");
    make(&from, &file).await.unwrap();
    let to = place.server("two").await;
    fs::write(to.data_dir.join("sealing.key"), "former").unwrap();
    let refused = said(try_restore(&to, &file, false).await);
    assert!(refused.contains("holds a server already") && refused.contains("--replace"), "{refused}");
    let held = crate::files::DataDir::hold(&to.data_dir).unwrap();
    let refused = said(try_restore(&to, &file, true).await);
    assert!(refused.contains("another vigie process") && refused.contains("stop the server"), "{refused}");
    drop(held);
    let aside = try_restore(&to, &file, true).await.unwrap().aside.unwrap();
    assert_eq!(fs::read_to_string(aside.join("sealing.key")).unwrap(), "former");
    assert!(aside.join("vigie.db").exists() && aside.join("exports").exists());
    assert_eq!(fs::read_to_string(to.data_dir.join("sealing.key")).unwrap(), "key");
    assert!(to.data_dir.join("logs/today").exists(), "its log stays");
    assert!(!unfinished(&to.data_dir));
    // A restore that was interrupted is taken up again only when told.
    fs::write(to.data_dir.join(UNFINISHED), "").unwrap();
    assert!(said(try_restore(&to, &file, false).await).contains("--replace"));
}

#[tokio::test]
async fn what_cannot_be_restored_is_named_and_touches_nothing() {
    let place = Place::new();
    let from = place.server("one").await;
    let whole = place.folder.path().join("backup.tar.zst");
    make(&from, &whole).await.unwrap();
    let bytes = fs::read(&whole).unwrap();
    let to = place.config("two");
    let refused = async |file: &Path| said(try_restore(&to, file, false).await);
    assert!(refused(&place.file("short", &bytes[..bytes.len() / 2])).await.contains("cut off"));
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    refused(&place.file("changed", &changed)).await;
    assert!(refused(&place.folder.path().join("none")).await.contains("none: "));
    assert!(refused(place.folder.path()).await.contains("not a backup"));
    let later = Manifest { format: FORMAT + 1, version: "99.0".to_owned(), ..manifest() };
    let later = refused(&place.file("later", &written(&later, &[]))).await;
    assert!(later.contains("version 99.0"), "{later}");
    let mut migrations = vigie_db::backup::known_migrations();
    migrations.push("m9999_later".to_owned());
    let later = refused(&place.file("schema", &written(&Manifest { migrations, ..manifest() }, &[]))).await;
    assert!(later.contains("newer schema"), "{later}");
    let other = Manifest { engine: BackupEngine::PostgreSql, ..manifest() };
    let other = refused(&place.file("engine", &written(&other, &[]))).await;
    assert!(other.contains("on PostgreSQL") && other.contains("--database"), "{other}");
    for path in ["files/lock", "files/.restore/x", "files/vigie.db", "database/other", "elsewhere"] {
        let strange = refused(&place.file("strange", &written(&manifest(), &[(path, b"x")]))).await;
        assert!(strange.contains(path), "{strange}");
    }
    assert!(!to.data_dir.exists(), "nothing was touched");
    let twice = [("files/sealing.key", &b"a"[..]), ("files/sealing.key", b"b")];
    assert!(refused(&place.file("twice", &written(&manifest(), &twice))).await.contains("sealing.key"));
    let none = refused(&place.file("empty", &written(&manifest(), &[]))).await;
    assert!(none.contains("does not fit"), "{none}");
    let rubbish = refused(&place.file("rubbish", &written(&manifest(), &[(SQLITE_ENTRY, b"no database")]))).await;
    assert!(rubbish.contains("does not fit"), "{rubbish}");
    let left: Vec<_> = fs::read_dir(&to.data_dir).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"], "nothing of it is left");
    try_restore(&to, &whole, false).await.unwrap();
}

#[tokio::test]
async fn a_backup_that_cannot_be_made_leaves_nothing_and_spares_the_one_before() {
    let place = Place::new();
    let from = place.server("one").await;
    let file = place.file("backup.tar.zst", b"the one before");
    let progress = Progress::default();
    progress.stop();
    let (config, to, handle) = (from.clone(), file.clone(), tokio::runtime::Handle::current());
    let stopped = tokio::task::spawn_blocking(move || create(&config, &to, NOW, &progress, &handle)).await.unwrap();
    assert!(matches!(stopped, Err(Failure::Stopped)), "{stopped:?}");
    let nothing = make(&place.config("none"), &file).await.unwrap_err();
    assert!(nothing.to_string().contains("no database"), "{nothing}");
    assert_eq!(fs::read(&file).unwrap(), b"the one before");
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 2, "nothing is left beside it");
    let nowhere = make(&from, &place.folder.path().join("no/such/folder")).await.unwrap_err();
    assert!(nowhere.to_string().contains("No such file"), "{nowhere}");
    assert!(matches!(need_space(place.folder.path(), u64::MAX), Err(Failure::NoSpace { .. })));
}

#[test]
fn a_full_disk_is_told() {
    // What the kernel has for that purpose.
    let Ok(mut full) = File::options().write(true).open("/dev/full") else { return };
    let error = full.write_all(b"x").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(Failure::file(Path::new("F"))(error).to_string().starts_with("F: No space left"));
}

#[tokio::test]
async fn a_backup_of_postgresql_holds_whole_rows_only() {
    let test = TestDatabase::new(Engine::Postgres).await;
    let vigie_db::Options::Postgres(url) = test.options.clone() else { unreachable!() };
    let place = Place::new();
    let settings = |name: &str| Settings {
        data_dir: Some(place.folder.path().join(name)),
        database: Some(url.clone()),
        ..Settings::default()
    };
    let config = Config::complete(settings("one")).unwrap();
    // Rows of 1.5 MiB with ends of lines in them: an entry holds two or three.
    test.db
        .write(|tx| {
            Box::pin(async move {
                let rows =
                    "INSERT INTO setting SELECT 'n' || n, repeat(E'a line\\n', 220000), 0 FROM generate_series(1, 9) n";
                vigie_db::ConnectionTrait::execute_unprepared(tx, rows).await.map(drop)
            })
        })
        .await
        .unwrap();
    let file = place.folder.path().join("backup.tar.zst");
    fs::create_dir_all(&config.data_dir).unwrap();
    make(&config, &file).await.unwrap();
    let found = read(&fs::read(&file).unwrap()).unwrap();
    let pieces: Vec<_> = found.iter().filter(|it| it.0.starts_with("database/setting/")).collect();
    assert!(pieces.len() > 2, "{}", pieces.len());
    assert!(pieces.iter().all(|it| it.1.ends_with(b"\n")));
    test.db.close().await;
    let to = Config::complete(settings("two")).unwrap();
    assert!(said(try_restore(&to, &file, false).await).contains("holds the data"));
    try_restore(&to, &file, true).await.unwrap();
    let again = Database::open(&test.options).await.unwrap();
    let asked = vigie_db::sea_orm::Statement::from_string(
        vigie_db::sea_orm::DbBackend::Postgres,
        "SELECT COUNT(*) AS n, SUM(LENGTH(value))::BIGINT AS bytes FROM setting",
    );
    let row = vigie_db::ConnectionTrait::query_one_raw(again.reads(), asked).await.unwrap().unwrap();
    assert_eq!((row.try_get("", "n").unwrap(), row.try_get("", "bytes").unwrap()), (9_i64, 9 * 7 * 220_000_i64));
}

#[test]
fn ids_of_kept_backups_are_names_and_nothing_else() {
    let name = FileName::new(Timestamp::from_millis(1_790_000_000_123), true);
    assert_eq!(name.id(), "20260921T141320Z-automatic");
    assert_eq!(FileName::of_id(&name.id()), Some(name));
    assert_eq!(FileName::of_id("20260921T141320Z").map(|it| it.automatic), Some(false));
    for id in [
        "",
        "..",
        "20260921T141320Z-",
        "20261321T141320Z",
        "2026-09-21T14:13:20Z",
        "20260921T141320Z/x",
        "é0260921T141320Z",
    ] {
        assert_eq!(FileName::of_id(id), None, "{id}");
    }
}

#[test]
fn one_backup_is_made_at_a_time_and_those_that_are_there_are_listed() {
    let place = Place::new();
    let kept = KeptBackups::new(place.folder.path());
    assert!(kept.list().unwrap().is_empty());
    let name = FileName::new(NOW, false);
    assert!(kept.begin(name).unwrap().is_some());
    assert!(kept.begin(name).unwrap().is_none());
    kept.end(None);
    fs::write(kept.path(name), written(&manifest(), &[])).unwrap();
    fs::write(kept.path(FileName::new(NOW, true)), b"rubbish").unwrap();
    fs::write(place.folder.path().join("backups/other.txt"), b"").unwrap();
    let listed = kept.list().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!((listed[1].version.as_deref(), listed[1].engine), (Some("1"), Some(BackupEngine::Sqlite)));
    assert_eq!(listed[0].version, None);
    assert!(kept.delete(name).unwrap() && !kept.delete(name).unwrap());
}
