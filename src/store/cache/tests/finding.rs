//! What the desk reads and finds.

use proptest::prelude::*;

use super::*;
use crate::domain::ids::{AgentId, ArticleId, CaseId, CustomerId};
use crate::domain::kin::MergedCustomer;
use crate::domain::people::Customer;
use crate::domain::time::At;
use crate::domain::work::{ArticleHead, Status};
use crate::store::search::ArticleQuery;

fn with(rows: Vec<Row>) -> (tempfile::TempDir, Cache, CacheReader) {
    let dir = folder();
    let mut cache = open(dir.path());
    fill(&mut cache, rows);
    let reader = cache.reader().expect("opens");
    (dir, cache, reader)
}

fn article(id: u64, title: &str, body: &str) -> Vec<Row> {
    vec![sample::article(id, title).into(), sample::article_body(id, body).into()]
}

fn library() -> Vec<Row> {
    let mut rows = Vec::new();
    for (id, title, body) in [
        (1, "Reset the router", "Hold the button for ten seconds."),
        (2, "Roaming charges abroad", "What a call costs outside the country."),
        (3, "Blocking a stolen phone", "Roaming is switched off at once, charges stop."),
        (4, "Roaming: how to switch it on", "In the settings."),
        (5, "Café Wi-Fi in Québec", "Find the hotspot."),
        (6, "Voicemail greeting", "Record your own."),
        (7, "Activation of an eSIM", "Scan the code."),
    ] {
        rows.extend(article(id, title, body));
    }
    let mut german = sample::article(8, "Roaming im Ausland");
    german.locale = "de".into();
    let mut stale = sample::article(9, "Roaming charges in 2019");
    stale.verified_until = "2020-01-01".into();
    rows.push(german.into());
    rows.push(stale.into());
    rows
}

fn ask(words: &str) -> ArticleQuery<'_> {
    ArticleQuery { words, suggest: "", locale: "en-GB", limit: 20, today: "2026-05-01" }
}

fn found(reader: &mut CacheReader, query: &ArticleQuery<'_>) -> Vec<u64> {
    let ids = |heads: Vec<ArticleHead>| heads.iter().map(|h| h.id.0).collect();
    reader.search_articles(query).map(ids).expect("searches")
}

#[test]
fn titles_come_before_bodies_and_stale_ones_last() {
    let (_dir, _cache, mut reader) = with(library());
    assert_eq!(found(&mut reader, &ask("roaming charges"))[..2], [2, 9]);
    assert_eq!(found(&mut reader, &ask("roam")), [2, 4, 9, 8, 3]);
    let german = ArticleQuery { locale: "de-AT", ..ask("roam") };
    assert_eq!(found(&mut reader, &german)[0], 8, "preferred, not filtered");
    assert_eq!(found(&mut reader, &ask("roaming c"))[..2], [2, 9]);
    assert_eq!(found(&mut reader, &ArticleQuery { limit: 1, ..ask("roam") }).len(), 1);
    assert_eq!(found(&mut reader, &ask("button")), [1]);
    assert_eq!(found(&mut reader, &ask("v"))[0], 6, "one letter looks at titles");
}

#[test]
fn marks_case_and_slips_do_not_matter() {
    let (_dir, _cache, mut reader) = with(library());
    for words in ["cafe quebec", "CAFÉ Qué", "cafe\u{301} queb", "Québec"] {
        assert_eq!(found(&mut reader, &ask(words))[0], 5, "{words}");
    }
    for (words, id) in [("voicmail", 6), ("acitvation", 7), ("raoming charges", 2), ("activtion esim", 7)] {
        assert_eq!(found(&mut reader, &ask(words)).first(), Some(&id), "{words}");
    }
    let how = found(&mut reader, &ask("how do I record a voicemail greeting please"));
    assert_eq!(how.first(), Some(&6), "a whole question finds by its rare words");
}

#[test]
fn without_words_the_case_suggests() {
    let (_dir, _cache, mut reader) = with(library());
    let case = ArticleQuery { suggest: "My phone was stolen in Spain roaming", ..ask("") };
    assert_eq!(found(&mut reader, &case)[0], 3);
    let nothing = found(&mut reader, &ask("  "));
    assert_eq!((nothing.len(), nothing.contains(&9)), (9, true), "else everything in order of worth");
}

#[test]
fn articles_follow_their_changes() {
    let (_dir, mut cache, mut reader) = with(library());
    assert_eq!(reader.article(ArticleId(6)).expect("reads").as_deref(), Some("Record your own."));
    assert_eq!(reader.article(ArticleId(8)).expect("reads"), None);
    let changes = [put(2, sample::article(6, "Mailbox")), put(2, sample::article_body(6, "Say it again."))];
    applied(cache.apply_batch(Lane::Deep, 1, 2, 0, &changes).expect("applies"));
    assert!(!found(&mut reader, &ask("greeting")).contains(&6));
    assert_eq!(found(&mut reader, &ask("mailbox again")), [6]);
    let gone = [Entity::ArticleHead, Entity::ArticleBody].map(|e| forget(3, Scope::Library, e, 6));
    applied(cache.apply_batch(Lane::Deep, 2, 3, 0, &gone).expect("applies"));
    assert!(!found(&mut reader, &ask("mailbox")).contains(&6));
}

fn history() -> Vec<Row> {
    let mut rows: Vec<Row> = vec![
        sample::customer(1, "Dana Holt").into(),
        sample::contacts(1).into(),
        sample::customer(2, "José Álvarez").into(),
    ];
    for (id, of, subject) in [(1, 1, "Roaming bill"), (2, 1, "Lost phone"), (3, 2, "Refund")] {
        let mut case = sample::case(id, 1, of, subject);
        case.tags = vec![format!("tag{id}")];
        rows.push(case.into());
    }
    for (id, case, body) in [
        (1, 1, "Hello,\nmy bill for Spain is wrong."),
        (2, 2, "I lost my phone. Roaming was on!"),
        (3, 3, "Where is my refund?"),
        (4, 1, "Any news about the bill?"),
    ] {
        rows.push(sample::message(id, case, 1, body).into());
    }
    rows
}

#[test]
fn past_cases_are_found_by_number_subject_and_message() {
    let (_dir, _cache, mut reader) = with(history());
    let mut search = |words: &str| {
        let hits = reader.search_history(words, 10).expect("searches");
        hits.into_iter().map(|h| (h.case.id.0, h.customer, h.excerpt)).collect::<Vec<_>>()
    };
    let roaming = search("roam");
    assert_eq!(roaming.iter().map(|h| h.0).collect::<Vec<_>>(), [1, 2], "subjects first");
    assert_eq!(roaming[1].2, "I lost my phone. Roaming was on!");
    assert_eq!(search("bill spain"), [(1, "Dana Holt".into(), "Hello, my bill for Spain is wrong.".into())]);
    assert_eq!(search("#3")[0].0, 3);
    assert_eq!(search("ref-2")[0].0, 2);
    assert!(search("zebra").is_empty());
    assert!(search("").is_empty());
}

#[test]
fn a_customers_timeline_is_searched_whole() {
    let (_dir, _cache, mut reader) = with(history());
    let mut lines = |words: &str| {
        let lines = reader.timeline(CustomerId(1), words).expect("reads");
        lines.into_iter().map(|l| (l.case.id.0, l.message.map(|m| m.id.0))).collect::<Vec<_>>()
    };
    assert_eq!(lines(""), [(1, Some(4)), (2, Some(2)), (1, Some(1)), (2, None), (1, None)]);
    assert_eq!(lines("BILL"), [(1, Some(4)), (1, Some(1)), (1, None)]);
    assert_eq!(lines("roam"), [(2, Some(2)), (1, None)]);
    assert_eq!(lines("refund"), []);
}

#[test]
fn customers_who_are_one_are_found_by_either_and_shown_as_one() {
    let mut rows = history();
    rows.retain(|row| row.entity() != Entity::Customer && row.entity() != Entity::Contacts);
    rows.push(sample::contacts(1).into());
    let merged = MergedCustomer { into: CustomerId(1), by: AgentId(1), at: At(5), reason: "one".into() };
    let part = Customer { merged: Some(Box::new(merged)), ..sample::customer(8, "Dora Zweig") };
    let root = Customer { holds: vec![CustomerId(8)], ..sample::customer(1, "Dana Holt") };
    let mut theirs = sample::case(9, 1, 8, "Whose bill is this?");
    theirs.updated = At(900_000);
    let mut twin = sample::contacts(7);
    twin.phones = sample::contacts(8).phones;
    rows.extend([part.into(), root.clone().into(), theirs.clone().into(), sample::contacts(8).into()]);
    rows.extend([sample::customer(7, "Dorothea Z").into(), twin.into()]);
    let (_dir, _cache, mut reader) = with(rows);
    for id in [1, 8] {
        let file = reader.customer(CustomerId(id)).expect("reads").expect("there");
        assert_eq!(file.customer, root, "whoever stands for both");
        assert_eq!(
            file.held.iter().map(|(c, r)| (c.id.0, r.clone())).collect::<Vec<_>>(),
            [(8, Some(sample::contacts(8)))]
        );
        assert!([1, 8].iter().all(|of| file.cases.iter().any(|c| c.customer == Some(CustomerId(*of)))));
        assert!(file.cases.is_sorted_by_key(|c| std::cmp::Reverse((c.updated, c.id))), "newest first");
        let lines = reader.timeline(CustomerId(id), "whose bill").expect("reads");
        assert_eq!(lines.iter().map(|l| l.case.id).collect::<Vec<_>>(), [theirs.id]);
    }
    for words in ["Dora", "C-8", "Zweig", "Dana"] {
        let hits = reader.search_customers(words, 10).expect("searches");
        assert_eq!(
            hits.iter().filter(|c| [1, 8].contains(&c.id.0)).map(|c| c.id.0).collect::<Vec<_>>(),
            [1],
            "{words}"
        );
    }
    let alike = |reader: &mut CacheReader, id: u64| {
        let found = reader.alike(CustomerId(id), 10).expect("searches");
        found.iter().map(|c| c.id.0).collect::<Vec<_>>()
    };
    assert_eq!((alike(&mut reader, 8), alike(&mut reader, 7)), (vec![7], vec![1]), "who shares a number, as a whole");
    // Rows that contradict each other, as only a broken server would send them, end and repeat nobody.
    let ring = |id: u64, to: u64| {
        let merged = MergedCustomer { into: CustomerId(to), by: AgentId(1), at: At(5), reason: String::new() };
        let holds = vec![CustomerId(to), CustomerId(id)];
        Customer { merged: Some(Box::new(merged)), holds, ..sample::customer(id, "Ring") }
    };
    let (_dir, _cache, mut reader) = with(vec![ring(1, 8).into(), ring(8, 1).into()]);
    let file = reader.customer(CustomerId(1)).expect("reads").expect("there");
    assert_eq!(file.held.len(), 1);
}

#[test]
fn customers_are_found_by_name_reference_and_digits() {
    let (_dir, mut cache, mut reader) = with(history());
    let search = |reader: &mut CacheReader, words: &str| {
        let ids = |hits: Vec<Customer>| hits.iter().map(|c| c.id.0).collect::<Vec<_>>();
        reader.search_customers(words, 10).map(ids).expect("searches")
    };
    for words in ["dan", "holt dana", "person1@example.org", "+44 20 7946 0001", "020 7946 00 01", "60001", "4600"] {
        assert_eq!(search(&mut reader, words), [1], "{words}");
    }
    assert_eq!(search(&mut reader, "jose alv"), [2]);
    assert_eq!(search(&mut reader, "C-2"), [2]);
    assert!(search(&mut reader, "60002").is_empty(), "what is masked is not found by its digits");
    assert!(search(&mut reader, "d").is_empty());
    assert!(search(&mut reader, "").is_empty());
    // The right to see identities is taken away, and given back.
    cache.drop_scope(Scope::Contacts).expect("drops");
    assert!(search(&mut reader, "60001").is_empty());
    assert_eq!(search(&mut reader, "dana"), [1]);
    cache.grant(Scope::Contacts);
    cache.apply_early(&[put(9, sample::contacts(1))]).expect("applies");
    assert_eq!(search(&mut reader, "60001"), [1]);
}

#[test]
fn threads_files_and_lists_come_whole() {
    let mut rows = history();
    rows.push(sample::interaction(1, 1, 1, 1).into());
    rows.push(sample::firm().into());
    rows.push(sample::task(1, 1, 1).into());
    let (_dir, mut cache, mut reader) = with(rows);
    let thread = reader.thread(CaseId(1)).expect("reads").expect("it is there");
    assert_eq!(thread.messages.iter().map(|m| m.id.0).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(reader.thread(CaseId(9)).expect("reads"), None);
    let file = reader.customer(CustomerId(1)).expect("reads").expect("it is there");
    assert_eq!(file.cases.iter().map(|c| c.id.0).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(file.contacts, Some(sample::contacts(1)));
    assert_eq!(reader.customer(CustomerId(2)).expect("reads").expect("it is there").contacts, None);

    let hot = reader.hot().expect("reads");
    assert_eq!(hot.interactions().count(), 1);
    assert_eq!(hot.cases().map(|c| c.id.0).collect::<Vec<_>>(), [1], "the open interaction's");
    assert!(hot.customer(CustomerId(1)).is_some() && hot.customer(CustomerId(2)).is_none());
    assert_eq!(hot.tasks().count(), 1);

    let mine = |reader: &mut CacheReader| {
        let cases = reader.cases_of(AgentId(7)).expect("reads");
        cases.iter().map(|c| c.id.0).collect::<Vec<_>>()
    };
    assert!(mine(&mut reader).is_empty());
    let assigned = |id, status| {
        let mut case = sample::case(id, 1, 1, "Mine");
        (case.assignee, case.status) = (Some(AgentId(7)), status);
        case
    };
    let changes = [1, 2].map(|id| put(2, assigned(id, Status::Pending)));
    applied(cache.apply_batch(Lane::Deep, 1, 2, 0, &changes).expect("applies"));
    assert_eq!(mine(&mut reader), [2, 1], "last changed first");
    let changes = [put(3, assigned(2, Status::Solved)), forget(3, HISTORY, Entity::Case, 1)];
    applied(cache.apply_batch(Lane::Deep, 2, 3, 0, &changes).expect("applies"));
    assert!(mine(&mut reader).is_empty());
    assert!(reader.counts().expect("counts").contains(&(Entity::Message, 4)));
}

#[test]
fn a_megabyte_of_anything_is_only_a_search_without_hits() {
    let (_dir, _cache, mut reader) = with(library());
    for piece in
        ["x", "\" OR ", "(", "a* NEAR(b, ", "\0", "é\u{301}", "流", "^title:", "' UNION SELECT ", "-", "\u{202e}"]
    {
        let typed = piece.repeat(1_000_000 / piece.len());
        reader.search_articles(&ask(&typed)).expect("searches");
        reader.search_articles(&ArticleQuery { suggest: &typed, ..ask("") }).expect("searches");
        reader.search_history(&typed, 10).expect("searches");
        reader.search_customers(&typed, 10).expect("searches");
        reader.timeline(CustomerId(1), &typed).expect("searches");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing anyone can type is an error.
    #[test]
    fn no_query_is_an_error(words in "(\\PC|[\"'*^:(){}+\\-~\0\n]|AND|OR|NOT|NEAR| ){0,24}") {
        thread_local! {
            static READER: std::cell::RefCell<(tempfile::TempDir, Cache, CacheReader)> =
                std::cell::RefCell::new(with([library(), history()].concat()));
        }
        READER.with_borrow_mut(|(_, _, reader)| {
            reader.search_articles(&ask(&words)).expect("searches");
            reader.search_articles(&ArticleQuery { suggest: &words, ..ask("") }).expect("searches");
            reader.search_history(&words, 10).expect("searches");
            reader.search_customers(&words, 10).expect("searches");
            reader.timeline(CustomerId(1), &words).expect("searches");
        });
    }
}
