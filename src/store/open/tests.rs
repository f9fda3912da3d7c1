//! Tests of opening files: damage, other formats, locks, rights, a full disk.

use std::fs;
use std::io::Write;

use super::*;

const FORMAT: Format = Format {
    word: "list",
    application_id: 0x4362_5465,
    first: 2,
    steps: &[&["CREATE TABLE a(x INTEGER PRIMARY KEY, t TEXT)"], &["CREATE TABLE b(y)"]],
};
const OLDER: Format = Format { steps: &[&["CREATE TABLE a(x INTEGER PRIMARY KEY, t TEXT)"]], ..FORMAT };
const PLAN: Plan = Plan { durability: Durability::Full, cache_kib: 256, secure_delete: true };

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
#[cfg(unix)]
fn folder_and_files_are_private() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("deep").join("er").join("list.db");
    let mut db = Db::open(&path, &FORMAT, PLAN).expect("opens");
    db.write(|tx| Ok(tx.execute("INSERT INTO b VALUES (1)", [])?)).expect("writes");
    assert_eq!(mode(path.parent().expect("a parent")), 0o700);
    for name in ["list.db", "list.db-wal", "list.db-shm", "list.db.lock"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
}

#[test]
fn an_older_file_is_brought_up_and_a_newer_one_is_left_alone() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("list.db");
    let mut db = Db::open(&path, &OLDER, PLAN).expect("opens");
    db.write(|tx| Ok(tx.execute("INSERT INTO a VALUES (1, 'kept')", [])?)).expect("writes");
    drop(db);
    let db = Db::open(&path, &FORMAT, PLAN).expect("opens");
    let kept: String = db.with(|c| c.query_row("SELECT t FROM a", [], |r| r.get(0))).expect("reads");
    assert_eq!(kept, "kept");
    drop(db);
    match Db::open(&path, &OLDER, PLAN) {
        Err(StoreError::Newer { found: 3, known: 2, .. }) => {}
        other => panic!("{other:?}"),
    }
    let too_new_to_know = Format { first: 4, ..FORMAT };
    assert!(matches!(Db::open(&path, &too_new_to_know, PLAN), Err(StoreError::Older { found: 3, .. })));
}

#[test]
fn a_second_opener_is_told_who_has_it() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("list.db");
    let first = Db::open(&path, &FORMAT, PLAN).expect("opens");
    match Db::open(&path, &FORMAT, PLAN) {
        Err(StoreError::Locked { pid, .. }) => assert_eq!(pid, std::process::id()),
        other => panic!("{other:?}"),
    }
    drop(first);
    Db::open(&path, &FORMAT, PLAN).expect("opens once the first has gone");
}

#[test]
fn what_is_no_database_is_said_to_be_damaged() {
    let temp = tempfile::tempdir().expect("a folder");
    let text = temp.path().join("text.db");
    fs::write(&text, "Dear diary, ".repeat(1000)).expect("writes");
    let error = Db::open(&text, &FORMAT, PLAN).expect_err("no database");
    assert!(error.to_string().contains("it is not a database"), "{error}");

    let foreign = temp.path().join("foreign.db");
    Connection::open(&foreign).and_then(|c| c.execute_batch("CREATE TABLE t(x)")).expect("makes one");
    let error = Db::open(&foreign, &FORMAT, PLAN).expect_err("not ours");
    assert!(error.to_string().contains("it is not a cordboard list"), "{error}");
}

#[test]
fn broken_pages_are_said_to_be_damage() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("list.db");
    let mut db = Db::open(&path, &FORMAT, PLAN).expect("opens");
    db.write(|tx| {
        for i in 0..2000 {
            tx.execute("INSERT INTO a VALUES (?1, ?2)", (i, "words ".repeat(20)))?;
        }
        Ok(())
    })
    .expect("writes");
    drop(db);
    let mut bytes = fs::read(&path).expect("reads");
    for byte in bytes.iter_mut().skip(8192) {
        *byte ^= 0x5a;
    }
    fs::write(&path, bytes).expect("writes");
    let db = Db::open(&path, &FORMAT, PLAN).expect("the first pages are whole");
    let error = db.with(|c| c.query_row("SELECT sum(length(t)) FROM a", [], |r| r.get::<_, i64>(0)));
    assert!(matches!(error, Err(StoreError::Corrupt { .. })), "{error:?}");
}

#[test]
fn a_full_disk_is_called_that_and_nothing_is_half_written() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("list.db");
    let mut db = Db::open(&path, &FORMAT, PLAN).expect("opens");
    let pages: u32 = db.with(|c| c.pragma_query_value(None, "page_count", |r| r.get(0))).expect("reads");
    db.with(|c| c.query_row(&format!("PRAGMA max_page_count = {}", pages + 4), [], |_| Ok(()))).expect("sets");
    let error = db.write(|tx| {
        for i in 0..100 {
            tx.execute("INSERT INTO a VALUES (?1, ?2)", (i, "words ".repeat(500)))?;
        }
        Ok(())
    });
    assert!(matches!(error, Err(StoreError::Full { .. })), "{error:?}");
    let rows: i64 = db.with(|c| c.query_row("SELECT count(*) FROM a", [], |r| r.get(0))).expect("reads");
    assert_eq!(rows, 0);
    db.write(|tx| Ok(tx.execute("INSERT INTO a VALUES (1, 'small')", [])?)).expect("small things still fit");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let temp = tempfile::tempdir().expect("a folder");
    let file = temp.path().join("file");
    fs::File::create(&file).and_then(|mut f| f.write_all(b"x")).expect("writes");
    let error = Db::open(&file.join("list.db"), &FORMAT, PLAN).expect_err("a file is in the way");
    assert!(matches!(&error, StoreError::Io { .. }), "{error:?}");
    assert!(error.to_string().starts_with("cannot open "), "{error}");
}

#[test]
fn memory_is_shared_by_name_and_a_reader_cannot_write() {
    let mut db = Db::in_memory("open-tests", &FORMAT, PLAN).expect("opens");
    let reader = Db::read_memory("open-tests", 256).expect("opens");
    db.write(|tx| Ok(tx.execute("INSERT INTO b VALUES (7)", [])?)).expect("writes");
    let seen: i64 = reader.with(|c| c.query_row("SELECT y FROM b", [], |r| r.get(0))).expect("reads");
    assert_eq!(seen, 7);
    assert!(reader.with(|c| c.execute("INSERT INTO b VALUES (8)", [])).is_err());
}
