//! Outboxes that were copied: what may be doubled is asked, not sent.

use super::house::*;

/// Copies the files of a folder.
fn copied(from: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(from).expect("lists") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
    }
    copy
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_from_one_copied_folder_ask_what_becomes_of_what_is_in_doubt() {
    let house = House::new();
    let case = past_case(&house, "old-1", "the first words");
    let first = tempfile::tempdir().expect("a folder");
    let mut place = Place::open(first.path(), house.link(ANA));
    place.synced().await;
    drop(place);
    let second = copied(first.path());
    // Both give the same number to different words; the first to come has it.
    let handed = |dir: &Path, words: &str| {
        let mut outbox = Outbox::open(dir, 1).expect("opens");
        let key = outbox
            .submit(&note(case, words), At(5), None, cordboard::store::outbox::Turn::default())
            .expect("stored")
            .0
            .key;
        outbox.after(0).expect("numbered");
        key
    };
    let (mine, theirs) = (handed(first.path(), "from the first"), handed(second.path(), "from the second"));
    let mut place = Place::open(second.path(), house.link(ANA));
    assert!(done(&place.verdict(theirs).await));
    drop(place);
    let mut place = Place::open(first.path(), house.link(ANA));
    assert_eq!(place.verdict(mine).await, OutboxState::Doubtful);
    assert_eq!(house.notes(case), ["from the second"], "nothing is sent before the agent says so");
    place.synced().await;
    place.perform(Effect::Confirm { n: mine });
    assert!(done(&place.verdict(mine).await));
    assert_eq!(house.notes(case), ["from the second", "from the first"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_outbox_asks_instead_of_doubling() {
    let house = House::new();
    let case = past_case(&house, "old-1", "the first words");
    let (dir, clone) = (folder(), folder());
    let mut place = Place::open(dir.path(), house.link(ANA));
    place.synced().await;
    let n = place.submit(note(case, "mine")).await.expect("stored");
    assert!(done(&place.verdict(n).await));
    drop(place);
    for entry in std::fs::read_dir(dir.path()).expect("lists") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), clone.path().join(entry.file_name())).expect("copied");
    }
    let mut place = Place::open(dir.path(), house.link(ANA));
    let n = place.submit(note(case, "from the original")).await.expect("stored");
    assert!(done(&place.verdict(n).await));
    drop(place);
    // The copy does not know of the second note and would give its number again.
    let mut place = Place::open(clone.path(), house.link(ANA));
    place.synced().await;
    let n = place.submit(note(case, "from the copy")).await.expect("stored");
    assert!(done(&place.verdict(n).await));
    assert_eq!(house.notes(case), ["mine", "from the original", "from the copy"]);
}
