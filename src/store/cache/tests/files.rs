//! Damaged, newer, foreign and emptied files.

use std::fs;

use super::*;
use crate::domain::ids::AgentId;

fn filled(dir: &Path) -> Cache {
    let mut cache = open(dir);
    cache.set_epoch(5).expect("sets");
    cache.set_owner(AgentId(1), DeviceId(2)).expect("sets");
    fill(&mut cache, vec![sample::team(1).into(), sample::case(1, 1, 0, "Kept").into()]);
    cache
}

#[test]
fn everything_is_there_after_a_restart() {
    let dir = folder();
    let before = filled(dir.path());
    let (rows, cursors) = (rows_of(&before), before.cursors());
    assert!(matches!(Cache::open(dir.path()), Err(StoreError::Locked { .. })), "two desks on one cache");
    drop(before);
    let after = open(dir.path());
    assert_eq!((rows_of(&after), after.cursors(), after.notice()), (rows, cursors.clone(), None));
    assert_eq!(cursors.agent, Some(AgentId(1)));
    assert_eq!(after.reader().and_then(|mut r| r.cursors()).expect("reads"), cursors);
}

#[test]
fn a_damaged_file_is_put_aside_and_begun_anew() {
    let dir = folder();
    drop(filled(dir.path()));
    fs::write(dir.path().join(FILE), "not a database at all ".repeat(500)).expect("writes");
    let cache = open(dir.path());
    assert_eq!(cache.notice(), Some("The local copy could not be read; it is being fetched again."));
    assert!(rows_of(&cache).is_empty());
    assert_eq!(cache.cursors(), Cursors::default());
    assert!(dir.path().join("cache.db.aside").exists());
    drop(cache);
    assert_eq!(open(dir.path()).notice(), None);
}

#[test]
fn another_format_is_fetched_again() {
    let dir = folder();
    drop(filled(dir.path()));
    let raw = rusqlite::Connection::open(dir.path().join(FILE)).expect("opens");
    raw.pragma_update(None, "user_version", 99).expect("sets");
    drop(raw);
    let cache = open(dir.path());
    assert_eq!(cache.notice(), Some("The local copy is of a newer version; it is being fetched again."));
    assert_eq!(cache.cursors().epoch, 0);
}

#[test]
fn an_outbox_in_the_place_of_the_cache_is_not_destroyed() {
    let dir = folder();
    let outbox = crate::store::outbox::Outbox::open(dir.path(), 1).expect("opens");
    drop(outbox);
    fs::rename(dir.path().join("outbox.db"), dir.path().join(FILE)).expect("renames");
    assert!(open(dir.path()).notice().is_some());
    fs::rename(dir.path().join("cache.db.aside"), dir.path().join("outbox.db")).expect("renames");
    crate::store::outbox::Outbox::open(dir.path(), 2).expect("it is whole");
}

#[test]
fn another_ledger_or_another_agent_empties_it() {
    let dir = folder();
    let mut cache = filled(dir.path());
    assert!(!cache.set_owner(AgentId(1), DeviceId(3)).expect("the same agent"));
    assert_eq!(rows_of(&cache).len(), 2);
    assert!(cache.set_owner(AgentId(9), DeviceId(3)).expect("another agent"));
    assert!(rows_of(&cache).is_empty());
    assert_eq!((cache.cursors().epoch, cache.cursors().agent), (5, Some(AgentId(9))));
    fill(&mut cache, vec![sample::case(1, 1, 0, "Kept").into()]);
    cache.wipe(6).expect("wipes");
    assert_eq!(cache.cursors(), Cursors { epoch: 6, ..Cursors::default() });
    let mut reader = cache.reader().expect("opens");
    assert!(reader.search_history("kept", 9).expect("searches").is_empty());
    assert!(reader.counts().expect("counts").is_empty());
    fill(&mut cache, vec![sample::case(1, 1, 0, "Kept").into()]);
    assert_eq!(reader.search_history("kept", 9).expect("searches").len(), 1);
}

/// Whether any file of the folder holds the bytes.
fn on_disk(dir: &Path, needle: &str) -> bool {
    fs::read_dir(dir).expect("lists").any(|entry| {
        let bytes = fs::read(entry.expect("an entry").path()).expect("reads");
        bytes.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
    })
}

/// All files of the folder, as if they were text.
fn everything(dir: &Path) -> String {
    let files =
        fs::read_dir(dir).expect("lists").map(|entry| fs::read(entry.expect("an entry").path()).expect("reads"));
    files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[test]
fn a_scope_taken_away_leaves_no_byte_behind() {
    let dir = folder();
    let mut cache = filled(dir.path());
    let mut reader = cache.reader().expect("opens");
    let mut rows: Vec<Row> = Vec::new();
    for id in 2..200 {
        rows.push(sample::case(id, 1, 0, &format!("zanzibar{id} xylophone")).into());
        rows.push(sample::message(id, id, 1, &format!("quixotic{id} words of a customer")).into());
        rows.push(sample::message(1_000 + id, id, 2, &format!("staying{id} words")).into());
    }
    fill(&mut cache, rows);
    for needle in ["zanzibar", "quixotic", "xylophone"] {
        assert!(on_disk(dir.path(), needle), "{needle} is there at first");
    }
    assert_eq!(reader.search_history("xylophone", 500).expect("searches").len(), 198);
    fs::write(dir.path().join("cache.db.aside"), "an old quixotic copy").expect("writes");
    assert_eq!(cache.drop_scope(HISTORY).expect("drops"), 1 + 198 * 2);
    drop(cache);
    let mut cache = open(dir.path());
    assert_eq!(cache.residue(), Residue::Revoked, "known also after a crash");
    cache.tidy().expect("tidies");
    assert_eq!(cache.residue(), Residue::None);
    for needle in ["zanzibar", "quixotic", "xylophone"] {
        assert!(!on_disk(dir.path(), needle), "{needle} is gone");
    }
    assert!(on_disk(dir.path(), "staying7"));
    assert!(reader.search_history("xylophone", 500).expect("searches").is_empty());
    assert_eq!(reader.search_history("staying", 5).expect("searches").len(), 0, "its case is not here");
    cache.wipe(6).expect("wipes");
    assert!(!on_disk(dir.path(), "staying"));
}

#[test]
fn what_left_one_by_one_leaves_no_byte_behind_either() {
    let dir = folder();
    let mut cache = open(dir.path());
    cache.set_epoch(5).expect("sets");
    // Rows of many sizes that come in no order and grow are moved from page to page, and leave copies of themselves.
    let word = |id: u64, size: u64| format!("quixotic{id}y {}", "long ".repeat((id * 37 % 90 + size * 20) as usize));
    for size in 0..3 {
        let ids = (0..400_u64).map(|n| n * 173 % 400 + 1);
        let puts: Vec<Change> = ids.map(|id| put(size + 1, sample::message(id, 1, 1, &word(id, size)))).collect();
        applied(cache.apply_batch(Lane::Deep, size, size + 1, 0, &puts).expect("applies"));
    }
    let gone = (1..=400_u64).filter(|id| id % 3 > 0);
    let forgets: Vec<Change> = gone.clone().map(|id| forget(4, HISTORY, Entity::Message, id)).collect();
    applied(cache.apply_batch(Lane::Deep, 3, 4, 0, &forgets).expect("applies"));
    assert_eq!(cache.residue(), Residue::Left);
    cache.tidy().expect("tidies");
    let files = everything(dir.path());
    let left: Vec<u64> = gone.filter(|id| files.contains(&format!("quixotic{id}y"))).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(on_disk(dir.path(), "quixotic399y"));
    drop(cache);
    assert_eq!(open(dir.path()).residue(), Residue::None);
}

#[test]
fn a_full_disk_is_called_that_and_the_cursor_stays() {
    let dir = folder();
    let mut cache = filled(dir.path());
    let pages: u32 = cache.db.with(|c| c.pragma_query_value(None, "page_count", |r| r.get(0))).expect("reads");
    cache.db.with(|c| c.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))).expect("sets");
    let long = sample::message(5, 1, 1, &"many different words ".repeat(20_000));
    let error = cache.apply_batch(Lane::Deep, 1, 9, 0, &[put(9, long)]);
    assert!(matches!(error, Err(StoreError::Full { .. })), "{error:?}");
    assert_eq!(cache.cursor(Lane::Deep), 1);
    let small = cache.apply_batch(Lane::Deep, 1, 9, 0, &[put(9, sample::case(1, 1, 0, "Changed"))]);
    assert!(!applied(small.expect("small things fit")).is_empty());
}
