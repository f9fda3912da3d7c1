//! The two rules for single rows, the frames that carry them, and what is told.

use super::*;
use crate::domain::ids::CaseId;

#[test]
fn a_batch_counts_only_where_the_cursor_stands() {
    let dir = folder();
    let mut cache = open(dir.path());
    let one = [put(3, sample::team(1))];
    assert_eq!(cache.apply_batch(Lane::Live, 2, 3, 9, &one).expect("applies"), Batch::Gap { cursor: 0 });
    let done = applied(cache.apply_batch(Lane::Live, 0, 3, 9, &one).expect("applies"));
    assert_eq!(done.put, [Row::from(sample::team(1))]);
    assert_eq!((done.live_seq, done.deep_seq), (3, 0));
    assert_eq!(cache.apply_batch(Lane::Live, 0, 3, 9, &one).expect("applies"), Batch::Old);
    assert_eq!(cache.apply_batch(Lane::Live, 1, 4, 9, &one).expect("applies"), Batch::Gap { cursor: 3 });
    let seen = applied(cache.apply_batch(Lane::Live, 3, 5, 12, &[]).expect("applies"));
    assert!(seen.is_empty());
    assert_eq!((cache.cursor(Lane::Live), cache.cursors().seen_at), (5, Some(At(12))));
    applied(cache.apply_batch(Lane::Live, 5, 5, 13, &[]).expect("an idle beat"));
    assert_eq!(cache.apply_batch(Lane::Live, 5, 4, 13, &[]).expect("applies"), Batch::Old);
    assert_eq!(cache.cursor(Lane::Deep), 0);
    drop(cache);
    let cache = open(dir.path());
    assert_eq!((cache.cursor(Lane::Live), cache.cursors().seen_at), (5, Some(At(13))), "kept at the end");
}

#[test]
fn the_newer_row_wins_in_either_order() {
    let moved = || {
        let mut case = sample::case(1, 2, 1, "moved");
        case.updated = At(9);
        case
    };
    let history = [put(1, sample::case(1, 1, 1, "first")), forget(5, HISTORY, Entity::Case, 1), put(5, moved())];
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        let dir = folder();
        let mut cache = open(dir.path());
        for at in order {
            cache.apply_early(&history[at..=at]).expect("applies");
        }
        let rows = rows_of(&cache);
        assert_eq!(rows.len(), 1, "{order:?}");
        assert_eq!((rows[0].1, rows[0].2, &rows[0].3), (OTHER, 5, &Row::from(moved()).encode()), "{order:?}");
    }
}

#[test]
fn a_late_forget_does_not_take_a_newer_row() {
    let dir = folder();
    let mut cache = open(dir.path());
    cache.apply_early(&[put(7, sample::case(1, 1, 0, "back again"))]).expect("applies");
    assert!(cache.apply_early(&[forget(6, HISTORY, Entity::Case, 1)]).expect("applies").is_empty());
    assert_eq!(cache.apply_early(&[forget(7, HISTORY, Entity::Case, 1)]).expect("applies").deep.len(), 1);
}

#[test]
fn what_was_forgotten_does_not_come_back_with_a_late_chunk() {
    let dir = folder();
    let mut cache = open(dir.path());
    applied(cache.apply_batch(Lane::Deep, 0, 9, 0, &[forget(9, HISTORY, Entity::Case, 1)]).expect("applies"));
    let late = [(1, 4, Row::from(sample::case(1, 1, 0, "late")).encode())];
    assert!(cache.apply_chunk(HISTORY, Entity::Case, 0, 1, true, 8, &late).expect("applies").is_empty());
    assert!(cache.apply_early(&[put(4, sample::case(1, 1, 0, "late"))]).expect("applies").is_empty());
    assert!(rows_of(&cache).is_empty());
    // It may come back with something newer.
    assert!(!cache.apply_early(&[put(10, sample::case(1, 1, 0, "again"))]).expect("applies").is_empty());
}

#[test]
fn hot_rows_are_told_whole_and_the_others_by_key() {
    let dir = folder();
    let mut cache = open(dir.path());
    let changes = [
        put(1, sample::interaction(1, 1, 1, 0)),
        put(1, sample::task(1, 1, 1)),
        put(1, sample::case(1, 1, 0, "a case")),
        put(1, sample::article(1, "Title")),
    ];
    let told = cache.apply_early(&changes).expect("applies");
    assert_eq!(told.put.iter().map(Row::entity).collect::<Vec<_>>(), [Entity::Interaction, Entity::Task]);
    assert_eq!(told.deep, [key(Entity::Case, 1), key(Entity::ArticleHead, 1)]);
    assert!(cache.apply_early(&changes).expect("applies").is_empty(), "nothing new");
    let told = cache
        .apply_early(&[
            forget(2, Scope::Queue(QueueId(1)), Entity::Interaction, 1),
            forget(2, HISTORY, Entity::Case, 1),
            forget(2, HISTORY, Entity::Case, 77),
        ])
        .expect("applies");
    assert_eq!((told.gone, told.deep), (vec![key(Entity::Interaction, 1)], vec![key(Entity::Case, 1)]));
}

#[test]
fn a_row_that_moves_between_scopes_is_one_change() {
    let dir = folder();
    let mut cache = open(dir.path());
    fill(&mut cache, vec![sample::interaction(1, 1, 1, 0).into()]);
    let there = sample::interaction(1, 1, 2, 0);
    let changes = [forget(2, Scope::Queue(QueueId(1)), Entity::Interaction, 1), put(2, there.clone())];
    let told = applied(cache.apply_batch(Lane::Live, 1, 2, 0, &changes).expect("applies"));
    assert_eq!((told.put, told.gone), (vec![there.into()], vec![]));
}

#[test]
fn a_chunk_replaces_what_it_covers() {
    let dir = folder();
    let mut cache = open(dir.path());
    let rows = (1..=9).map(|id| sample::message(id, 1, 1, "old").into()).collect();
    fill(&mut cache, rows);
    assert!(cache.cursors().parts.is_empty());
    cache.apply_early(&[put(60, sample::message(6, 1, 1, "newer"))]).expect("applies");
    let body = |id| Row::from(sample::message(id, 1, 1, "sent")).encode();
    // Newest first: 9 down to 5, of which only 8 is still there.
    let told = cache.apply_chunk(HISTORY, Entity::Message, 0, 5, false, 50, &[(8, 40, body(8))]).expect("applies");
    let ids = |cache: &Cache| rows_of(cache).iter().map(|r| r.0.id).collect::<Vec<_>>();
    assert_eq!(ids(&cache), [1, 2, 3, 4, 6, 8]);
    assert_eq!(told.deep.iter().map(|k| k.id).collect::<Vec<_>>(), [5, 7, 8, 9]);
    let part = Part { scope: HISTORY, entity: Entity::Message, mark: 5, whole: false };
    assert_eq!(cache.cursors().parts, [part]);
    // The rest of the part: nothing below 3.
    cache.apply_chunk(HISTORY, Entity::Message, 5, 3, true, 50, &[(3, 41, body(3))]).expect("applies");
    assert_eq!(ids(&cache), [3, 6, 8]);
    assert_eq!(cache.cursors().parts, [Part { mark: 3, whole: true, ..part }]);
    drop(cache);
    assert_eq!(open(dir.path()).cursors().parts, [Part { mark: 3, whole: true, ..part }]);
}

#[test]
fn a_chunk_of_a_kind_read_upwards_covers_upwards() {
    let dir = folder();
    let mut cache = open(dir.path());
    fill(&mut cache, (1..=6).map(|id| sample::team(id).into()).collect());
    cache.apply_chunk(Scope::Desk, Entity::Team, 1, 4, false, 9, &[]).expect("applies");
    assert_eq!(rows_of(&cache).iter().map(|r| r.0.id).collect::<Vec<_>>(), [1, 5, 6]);
    assert!(cache.cursors().parts.is_empty(), "it does not follow on anything");
    cache.apply_chunk(Scope::Desk, Entity::Team, 0, 0, true, 9, &[]).expect("applies");
    assert!(rows_of(&cache).is_empty(), "an empty part is whole");
}

#[test]
fn marks_from_before_a_lanes_first_batch_are_not_believed() {
    let dir = folder();
    let mut cache = open(dir.path());
    let body = |id| Row::from(sample::message(id, 1, 1, "sent")).encode();
    let sent = [(8, 40, body(8)), (5, 40, body(5))];
    cache.apply_chunk(HISTORY, Entity::Message, 0, 5, false, 50, &sent).expect("applies");
    cache.apply_chunk(Scope::Desk, Entity::Team, 0, 0, true, 50, &[]).expect("applies");
    assert!(cache.cursors().parts.is_empty(), "nobody could say what changed since");
    // The lane begins later than the chunk was read: what changed in between was told to nobody.
    applied(cache.apply_batch(Lane::Deep, 0, 60, 0, &[]).expect("applies"));
    assert!(cache.cursors().parts.is_empty());
    // Nor is it believed once more is built on it, on the disk either.
    cache.apply_chunk(HISTORY, Entity::Message, 5, 3, true, 61, &[]).expect("applies");
    drop(cache);
    let mut cache = open(dir.path());
    assert!(cache.cursors().parts.is_empty());
    assert_eq!(rows_of(&cache).len(), 2, "the rows stay");
    // The other lane begins on its own.
    applied(cache.apply_batch(Lane::Live, 0, 60, 0, &[]).expect("applies"));
    cache.apply_chunk(HISTORY, Entity::Message, 0, 5, false, 62, &sent).expect("applies");
    cache.apply_chunk(Scope::Desk, Entity::Team, 0, 0, true, 62, &[]).expect("applies");
    drop(cache);
    assert_eq!(open(dir.path()).cursors().parts.len(), 2, "what was read since the lane began counts");
}

#[test]
fn rows_of_a_scope_taken_away_stay_away() {
    let dir = folder();
    let mut cache = open(dir.path());
    fill(&mut cache, vec![sample::case(1, 1, 0, "mine").into(), sample::case(2, 2, 0, "other").into()]);
    assert_eq!(cache.drop_scope(HISTORY).expect("drops"), 1);
    assert!(cache.apply_early(&[put(7, sample::case(3, 1, 0, "late"))]).expect("applies").is_empty());
    let late = [(3, 7, Row::from(sample::case(3, 1, 0, "late")).encode())];
    cache.apply_chunk(HISTORY, Entity::Case, 0, 3, true, 7, &late).expect("applies");
    assert!(cache.cursors().parts.is_empty());
    assert_eq!(rows_of(&cache).len(), 1);
    cache.grant(HISTORY);
    cache.apply_chunk(HISTORY, Entity::Case, 0, 3, true, 7, &late).expect("applies");
    assert_eq!(rows_of(&cache).len(), 2);
    assert_eq!(cache.retain_scopes(&[Scope::Desk, HISTORY]).expect("retains"), 1);
    assert_eq!(rows_of(&cache).iter().map(|r| r.1).collect::<Vec<_>>(), [HISTORY]);
    assert_eq!(cache.retain_scopes(&[Scope::Desk, HISTORY]).expect("retains"), 0);
}

#[test]
fn what_a_newer_server_made_is_kept_unread() {
    let dir = folder();
    let mut cache = open(dir.path());
    let strange = Change::Put { rev: 1, scope: HISTORY, key: key(Entity::Case, 1), body: vec![0xff; 3] };
    let far = Change::Put { rev: 1, scope: HISTORY, key: key(Entity::Case, u64::MAX), body: vec![1] };
    let told = cache.apply_early(&[strange, far]).expect("applies");
    assert_eq!((told.unreadable, told.deep.len()), (2, 1));
    assert_eq!(rows_of(&cache).len(), 1);
    let mut reader = cache.reader().expect("opens");
    assert_eq!(reader.thread(crate::domain::ids::CaseId(1)).expect("reads"), None);
    assert!(reader.search_history("#1", 5).expect("searches").is_empty());
    cache.apply_early(&[put(2, sample::case(1, 1, 0, "readable"))]).expect("applies");
    assert_eq!(reader.search_history("readable", 5).expect("searches").len(), 1);
}

#[test]
fn a_text_that_is_absent_is_counted_and_comes_with_the_row() {
    let dir = folder();
    let mut cache = open(dir.path());
    let mut reader = cache.reader().expect("a reader");
    let message = sample::message(7, 1, 1, "Where is my parcel?");
    let absent = |rev, scope| Change::Absent { rev, scope, key: key(Entity::Message, 7), parent: 1 };
    cache.apply_early(&[put(1, sample::case(1, 1, 1, "first")), absent(4, HISTORY)]).expect("applies");
    let count = |reader: &mut CacheReader| {
        let thread = reader.thread(CaseId(1)).expect("reads").expect("there");
        (thread.messages.len(), thread.absent)
    };
    assert_eq!(count(&mut reader), (0, 1));
    assert_eq!(cache.absent(Entity::Message, u64::MAX, 9).expect("reads"), [7]);
    assert_eq!(cache.absent(Entity::Message, 7, 9).expect("reads"), [0; 0]);
    // An older state of it is no text of it; the same one is.
    cache.apply_early(&[put(3, message.clone())]).expect("applies");
    assert_eq!(count(&mut reader), (0, 1));
    cache.apply_early(&[put(4, message.clone())]).expect("applies");
    assert_eq!(count(&mut reader), (1, 0));
    // What is here is not taken away by hearing of it again; a newer state takes its place.
    assert!(cache.apply_early(&[absent(4, HISTORY)]).expect("applies").is_empty());
    assert_eq!(count(&mut reader), (1, 0));
    cache.apply_early(&[absent(5, HISTORY)]).expect("applies");
    assert_eq!(count(&mut reader), (0, 1));
    assert!(!reader.search_history("parcel", 9).expect("reads").iter().any(|f| f.excerpt.contains("parcel")));
    // It leaves like any other row.
    cache.apply_early(&[forget(6, HISTORY, Entity::Message, 7)]).expect("applies");
    assert_eq!(count(&mut reader), (0, 0));
    cache.apply_early(&[absent(6, HISTORY)]).expect("applies");
    assert_eq!(count(&mut reader), (0, 0), "what was forgotten does not come back");
    cache.apply_early(&[absent(8, HISTORY)]).expect("applies");
    cache.drop_scope(HISTORY).expect("drops");
    assert_eq!(cache.absent(Entity::Message, u64::MAX, 9).expect("reads"), [0; 0]);
}
