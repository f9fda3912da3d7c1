//! Speaking: templates, slots, forms, files, threads.

use std::path::Path;

use super::*;

#[test]
fn slots_are_filled_and_what_is_no_slot_stays() {
    assert_eq!(t!("{a} and {b}", a = 1, b = "two"), "1 and two");
    assert_eq!(filled("{a} {b} {", &[("a", &1)]), "1 {b} {");
    let name = "Dana";
    assert_eq!(t!("Hello, {name}.", name), "Hello, Dana.");
    assert_eq!(slots("{b} {a} {b}"), ["a", "b"]);
}

#[test]
fn english_is_the_source_itself() {
    let words: &'static str = t!("no such words anywhere");
    assert_eq!(words, "no such words anywhere");
    assert_eq!(tn!(1, "one thing of {who}", "{n} things of {who}", who = "Ana"), "one thing of Ana");
    assert_eq!(tn!(0_usize, "one thing", "{n} things"), "0 things");
    assert_eq!(code(), "en");
}

#[test]
fn forms_follow_the_rules_of_each_language() {
    use Category::{Few, Many, One, Other, Two, Zero};
    let arabic: Vec<Category> = [0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111].map(|n| category("ar", n)).into();
    assert_eq!(arabic, [Zero, One, Two, Few, Few, Many, Many, Other, Other, Few, Many]);
    assert_eq!([0, 1, 2].map(|n| category("fr", n)), [One, One, Other]);
    assert_eq!([0, 1, 2].map(|n| category("pt-BR", n)), [One, One, Other]);
    assert_eq!([0, 1, 2].map(|n| category("de", n)), [Other, One, Other]);
    assert_eq!([1, 2, 5, 12, 21, 22].map(|n| category("pl", n)), [One, Few, Many, Many, Many, Few]);
    for code in ["ar", "pl", "cs", "ro", "zh", "de", "ru", "it"] {
        assert!((0..200).all(|n| categories(code).contains(&category(code, n))), "{code}");
    }
}

#[test]
fn a_thread_speaks_for_itself() {
    let german = Catalogue::of("de").expect("it comes with the program");
    let (inside, elsewhere) = speaking(german, || (code(), std::thread::spawn(code).join().expect("it says a word")));
    assert_eq!((inside, elsewhere, code()), ("de", "en", "en"));
}

#[test]
fn the_same_language_is_made_once() {
    let of = |code| std::ptr::from_ref(Catalogue::of(code).expect("it comes with the program"));
    assert_eq!(of("es"), of("es"));
    assert!(Catalogue::of("xx").is_none());
}

#[test]
fn a_file_that_is_wrong_in_places_holds_in_the_others() {
    let text = "\"no such words anywhere\" = \"x\"\nbroken =\n";
    let (catalogue, faults) = Catalogue::with_file("it", Path::new("it.toml"), text);
    assert_eq!(catalogue.code(), "it");
    let told: Vec<(usize, &str)> = faults.iter().map(|f| (f.line, f.what.as_str())).collect();
    assert_eq!(told[0], (1, "the desk has no such words"));
    assert_eq!(faults.iter().map(|f| f.line).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn words_that_came_from_elsewhere_are_known_by_what_stands_around() {
    let german = Catalogue::of("de").expect("it comes with the program");
    speaking(german, || {
        assert_eq!(heard("it waits in Billing"), "er wartet in Billing");
        assert_eq!(heard("nobody has said this before"), "nobody has said this before");
        assert_eq!(tn!(1, "1 case", "{n} cases"), "1 Fall");
        assert_eq!(tn!(3, "1 case", "{n} cases"), "3 Fälle");
        assert_eq!(t!("action" / "open"), "öffnen");
        assert_eq!(t!("status" / "open"), "offen");
    });
    assert_eq!(heard("it waits in Billing"), "it waits in Billing");
    assert_eq!(tf!("it waits in {queue}", queue = "Billing"), "it waits in Billing");
}

#[test]
fn a_file_says_otherwise_or_is_told_why_not() {
    let text = "\"{n} cases\" = { one = \"caso\", other = \"{m} casi\" }\n\"Ready\" = \"Pronto\"\n\"nobody\" = 3\n";
    let (own, faults) = Catalogue::with_file("it", Path::new("it.toml"), text);
    speaking(own, || {
        assert_eq!(t!("Ready"), "Pronto");
        assert_eq!(t!("Away"), "Away", "what is not in the file reads in English");
    });
    let told: Vec<(usize, &str)> = faults.iter().map(|f| (f.line, f.what.as_str())).collect();
    assert_eq!(told, [(1, "there is no {m} to fill in"), (3, "it should be text in quotes, or a table of forms")]);
    let (german, faults) = Catalogue::with_file("de", Path::new("de.toml"), "\"Ready\" = \"Da\"");
    assert!(faults.is_empty());
    speaking(german, || assert_eq!((t!("Ready"), t!("Away")), ("Da", "Abwesend")));
}
