//! Backups, restores, reopening, speed of imports.

use std::fs;

use super::*;
use crate::domain::ids::CustomerId;
use crate::domain::proof::Clue;

fn in_folder(dir: &Path, epoch: u64) -> SqliteLedger {
    SqliteLedger::open(&dir.join(FILE), epoch).expect("opens")
}

#[test]
fn a_ledger_is_itself_again_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut core = Core::new(in_folder(dir.path(), 5));
    firm_at_work(&mut core);
    let error = SqliteLedger::open(&dir.path().join(FILE), 6).expect_err("another server has it");
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    drop(core);
    let mut ledger = in_folder(dir.path(), 6);
    assert_eq!((ledger.epoch(), ledger.head()), (5, 14));
    assert_eq!(ledger.verify().expect("verifies").faults, Vec::<String>::new());
}

#[test]
fn a_copy_holds_everything_and_has_another_epoch() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut core = Core::new(in_folder(dir.path(), 5));
    firm_at_work(&mut core);
    core.ledger.set_password(AgentId(1), "$argon2id$").expect("stores");
    let copy = dir.path().join("copies").join("monday.db");
    core.ledger.backup(&copy).expect("copies");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&copy).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    let beside: Vec<_> = fs::read_dir(dir.path().join("copies")).expect("lists").collect();
    assert_eq!(beside.len(), 1, "one file is the whole copy");
    let error = core.ledger.backup(&copy).expect_err("the file is there");
    assert!(error.to_string().contains("there is a file of that name"), "{error}");

    core.make(vec![sample::set(sample::team(8))]).expect("stores");
    let before = core.ledger.epoch();
    let other = tempfile::tempdir().expect("a folder");
    assert_eq!(restore(&copy, other.path()).expect("restores"), None);
    let mut restored = in_folder(other.path(), 9);
    assert_eq!(restored.head(), 14);
    let first = restored.epoch();
    assert!(first != before && first != 9);
    assert_eq!(restored.password(AgentId(1)).expect("reads").as_deref(), Some("$argon2id$"));
    assert_eq!(restored.verify().expect("verifies").faults, Vec::<String>::new());

    // While a server is at work nothing is replaced under it.
    assert!(matches!(restore(&copy, other.path()), Err(StoreError::Locked { .. })));
    drop(restored);
    let aside = restore(&copy, other.path()).expect("restores").expect("there was one");
    assert!(aside.ends_with("ledger.db.before-1"));
    assert_ne!(in_folder(other.path(), 9).epoch(), first, "every restore is a life of its own");
}

#[test]
fn what_is_no_ledger_is_not_restored() {
    let dir = tempfile::tempdir().expect("a folder");
    let text = dir.path().join("notes.txt");
    fs::write(&text, "nothing but words, ".repeat(300)).expect("writes");
    let words = restore(&text, dir.path()).expect_err("no ledger").to_string();
    assert!(words.contains("it is not a database"), "{words}");
    crate::store::outbox::Outbox::open(dir.path(), 1).expect("opens");
    let words = restore(&dir.path().join("outbox.db"), dir.path()).expect_err("no ledger").to_string();
    assert!(words.contains("it is not a cordboard ledger"), "{words}");
    let words = restore(&dir.path().join("none.db"), dir.path()).expect_err("no file").to_string();
    assert!(words.contains("there is no such file"), "{words}");
    assert!(!dir.path().join(FILE).exists());
}

#[test]
fn a_copy_in_memory_works_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut core = memory();
    firm_at_work(&mut core);
    core.ledger.backup(&dir.path().join(FILE)).expect("copies");
    assert_eq!(in_folder(dir.path(), 9).head(), 14);
}

#[test]
fn a_large_import_is_stored_in_one_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut core = Core::new(in_folder(dir.path(), 5));
    let mut entries = Vec::new();
    for id in 1..=2_000 {
        let head = (id - 1) * 2;
        let name = format!("Customer {id}");
        let mut contacts = sample::contacts(1);
        contacts.id = CustomerId(id);
        entries.push(core.entry(head, vec![sample::set(sample::customer(id, &name)), sample::set(contacts)]));
    }
    assert_eq!(core.ledger.commit(&entries).expect("stores"), 4_000);
    assert_eq!(core.ledger.customers_by_identity(Clue::Number, "+44 2079460001").expect("reads").len(), 2_000);
    let verified = core.ledger.verify().expect("verifies");
    assert_eq!((verified.events, verified.rows, verified.faults), (4_000, 4_000, Vec::new()));
}
