//! Snippets while one writes, and macros: picked, filled in, recorded, shown, done and taken back.

use super::*;
use crate::app::overlays::chooser::Chooser;
use crate::app::screen::Pane;
use crate::domain::stock::{Kind, Owner, Stock, uses};

fn stock(id: u64, kind: Kind, key: &str, locale: &str, owner: Owner, body: &str) -> Stock {
    let (key, locale, body) = (key.to_owned(), locale.to_owned(), body.to_owned());
    Stock { id: StockId(id), kind, title: format!("Title of {key}"), key, body, locale, owner }
}

/// The firm with some snippets and macros.
fn world() -> World {
    let mut w = World::new();
    let s = Kind::Snippet;
    let rows = [
        stock(1, s, "hello", "en", Owner::Firm, "Hello {first-name},\n{}\nRegards, {agent}"),
        stock(2, s, "hello", "es", Owner::Firm, "Hola, {first-name}:"),
        stock(
            3,
            s,
            "order",
            "",
            Owner::Firm,
            "Order {number?} comes {day? Monday} by {way? post | courier}; {number?}.",
        ),
        stock(4, s, "harbour", "", Owner::Team(TeamId(9)), "another team's"),
        stock(5, s, "mine", "", Owner::Agent(ANA), "My own words."),
        stock(
            6,
            Kind::Macro,
            "refund",
            "",
            Owner::Firm,
            "note Paid {amount?} to {customer}.\ntag refund\npriority high\nassign nowhere\nsnooze 2d",
        ),
        stock(7, Kind::Macro, "calm", "", Owner::Firm, "priority low\ntag calm\nstatus pending"),
    ];
    rows.into_iter().for_each(|row| w.truth.load(row.into()));
    w.open();
    w
}

fn list(w: &World) -> Option<&Chooser> {
    match w.desk.top() {
        Some(Overlay::Chooser(c)) => Some(c),
        _ => None,
    }
}

fn keys_of(w: &World) -> Vec<String> {
    let c = list(w).expect("the list is open");
    c.shown.iter().map(|s| c.items[s.item].label.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_snippet_is_typed_filled_in_and_sent() {
    let mut w = world();
    let id = w.takes(Channel::Email, "Where is my order?");
    let case = w.truth_of(id).case;
    w.keys("rHi ;");
    assert_eq!(w.draft(DraftField::Reply), "Hi ;", "what is typed is there, whatever lies over it");
    assert_eq!(keys_of(&w), ["hello", "mine", "order"], "in the customer's language first");
    w.keys("ord<enter>");
    let blank = "Hi Order {number?} comes Monday by {way? post | courier}; {number?}.";
    assert_eq!(w.draft(DraftField::Reply), blank);
    w.keys("<ctrl-s>");
    assert!(w.said("“number” is not filled in."), "{:?}", w.toasts());
    w.keys("77<tab><tab>2");
    assert_eq!(w.draft(DraftField::Reply), "Hi Order 77 comes Monday by courier; 77.");
    assert_eq!(w.desk.focus, Pane::Composer);
    w.keys("<ctrl-s>");
    w.deliver();
    let last = w.truth.messages_of(case).last().expect("sent").body.clone();
    assert_eq!(last, "Hi Order 77 comes Monday by courier; 77.");
    assert_eq!(uses(&w.truth, ANA, StockId(3)), 1);
}

#[test]
fn tab_goes_from_stop_to_stop_and_back_and_then_to_the_next_pane() {
    let mut w = world();
    w.takes(Channel::Email, "Where is my order?");
    w.keys("r;order<tab>");
    let here = |w: &World| {
        let f = &w.desk.drafts.values().next().expect("written").field;
        f.selected().map(|r| f.text()[r].to_owned()).unwrap_or_default()
    };
    assert_eq!(here(&w), "{number?}");
    w.keys("<tab>");
    assert_eq!(here(&w), "Monday");
    w.keys("Tuesday<shift-tab>");
    assert_eq!(here(&w), "{number?}");
    w.keys("5<tab><tab>");
    assert_eq!(here(&w), "{way? post | courier}");
    w.keys("by bicycle<tab>");
    assert_eq!(w.draft(DraftField::Reply), "Order 5 comes Tuesday by by bicycle; 5.");
    w.keys("<tab>");
    if w.desk.focus == Pane::Composer {
        w.keys("<tab>");
    }
    assert_ne!(w.desk.focus, Pane::Composer, "nothing is left to fill in");
}

#[test]
fn what_is_typed_stays_as_it_is_after_esc_and_where_nothing_is_called_so() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.keys("r/hel<esc>");
    assert_eq!((w.draft(DraftField::Reply), w.overlay()), ("/hel", ""));
    w.keys(" ; and/or /zq9 1/2 (;<backspace>)");
    assert_eq!(w.draft(DraftField::Reply), "/hel ; and/or /zq9 1/2 ()");
    assert_eq!(w.overlay(), "");
    assert_eq!(w.desk.focus, Pane::Composer);
    w.keys("<ctrl-s>");
    assert!(w.draft(DraftField::Reply).is_empty(), "it was sent: no snippet, no questions");
}

#[test]
fn an_expansion_is_taken_back_in_one_step() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.keys("rOne ;hello<tab>");
    assert_eq!(w.draft(DraftField::Reply), "One Hello Dana,\n\nRegards, Ana Reyes");
    w.keys("so<ctrl-_><ctrl-_>");
    assert_eq!(w.draft(DraftField::Reply), "One ;");
    w.keys("<ctrl-r>");
    assert_eq!(w.draft(DraftField::Reply), "One Hello Dana,\n\nRegards, Ana Reyes");
}

#[test]
fn open_questions_outlive_a_restart() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.keys("r;order<tab>");
    w.restart();
    w.keys("r<ctrl-s>");
    assert!(w.said("“number” is not filled in."), "{:?}", w.toasts());
    w.keys("5<tab>1<ctrl-s>");
    w.deliver();
    assert_eq!(uses(&w.truth, ANA, StockId(3)), 1, "counted once, after the restart");
}

#[test]
fn a_use_that_is_taken_back_is_not_counted_and_one_that_is_sent_again_is_counted_once() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.link(false);
    w.keys("r;mine<tab><ctrl-s><esc>u");
    assert_eq!(w.draft(DraftField::Reply), "My own words.");
    w.keys("r<ctrl-s>");
    w.link(true);
    assert_eq!(uses(&w.truth, ANA, StockId(5)), 1);
}

#[test]
fn the_list_comes_by_its_key_and_goes_into_notes_and_wrap_ups_too() {
    let mut w = world();
    w.takes(Channel::Voice, "Call");
    w.keys(";");
    assert_eq!((w.overlay(), w.desk.focus), ("chooser", Pane::Composer));
    w.keys("mine<enter>");
    assert_eq!(w.draft(DraftField::Note), "My own words.", "a call has no reply");
}

#[test]
fn a_wrap_up_is_not_finished_while_its_note_asks_something() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.keys("w12;order<tab><ctrl-s>");
    let form = crate::app::panes::wrapup::form(&w.desk).expect("the form is still open");
    assert_eq!(form.problem, "“number” is not filled in.");
    w.keys("9<tab><tab>2<ctrl-s>");
    let wrap_up = w.truth.wrap_ups().last().expect("finished").clone();
    let note = wrap_up.note.and_then(|id| w.truth.message(id)).map(|m| m.body.clone());
    assert_eq!(note.as_deref(), Some("Order 9 comes Monday by courier; 9."));
    assert_eq!(uses(&w.truth, ANA, StockId(3)), 1);
}

#[test]
fn a_line_of_the_form_takes_snippets_too() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.keys("w13<shift-tab><ctrl-u>;mine<tab>");
    let form = crate::app::panes::wrapup::form(&w.desk).expect("the form is open");
    assert_eq!(form.follow.as_ref().map(|f| f.what.text()), Some("My own words."));
    w.keys(" 1/2 /mine");
    assert_eq!(w.overlay(), "", "dates have their own /");
}

#[test]
fn what_is_written_is_kept_as_ones_own_snippet_in_words_for_every_case() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.keys("rDear Dana Holt, it was Ana Reyes. {what?}<ctrl-x>a");
    w.keys("dear Dear someone");
    assert_eq!(list(&w).map(|c| c.items.len()), Some(1), "an agent keeps only their own");
    w.keys("<enter>");
    let kept = w.truth.stocks().find(|s| s.key == "dear").expect("kept").clone();
    assert_eq!((kept.owner, kept.title.as_str()), (Owner::Agent(ANA), "Dear someone"));
    assert_eq!(kept.body, "Dear {customer}, it was {agent}. {what?}");
    w.keys("<esc>u");
    assert!(w.truth.stocks().all(|s| s.key != "dear"), "taken back");
    w.keys("rwith {nonsense}<ctrl-x>a");
    assert!(w.toasts().iter().any(|t| t.contains("there is no {nonsense}")), "{:?}", w.toasts());
    w.keys("<esc>g-");
    assert_eq!(w.overlay(), "chooser");
    w.keys("mine<enter>");
    assert!(w.truth.stocks().all(|s| s.key != "mine"));
    w.keys("u");
    assert!(w.truth.stocks().any(|s| s.key == "mine"), "taken back");
}

#[test]
fn a_macro_asks_shows_and_does_all_but_what_is_refused() {
    let mut w = world();
    let id = w.takes(Channel::Email, "Hello");
    let case = w.truth_of(id).case;
    w.keys("gm");
    assert_eq!(keys_of(&w), ["calm", "refund"]);
    w.keys("ref<enter>");
    assert_eq!(list(&w).map(|c| c.sentence.as_str()), Some("amount?"));
    w.keys("12 €<enter>");
    let Some(Overlay::Stage(stage)) = w.desk.top() else { panic!("shown first: {}", w.overlay()) };
    assert_eq!(stage.counts(), (4, 1));
    assert_eq!(stage.staged[0].after, "Paid 12 € to Dana Holt.");
    assert_eq!((stage.staged[2].before.as_str(), stage.staged[2].after.as_str()), ("normal", "high"));
    assert!(w.truth.case(case).is_some_and(|c| c.tags.is_empty()), "nothing is done yet");
    w.keys("<enter>");
    assert!(w.said("Title of refund: 4 steps done; not done: assign."), "{:?}", w.toasts());
    let row = w.truth.case(case).expect("there").clone();
    assert_eq!((row.tags, row.priority), (vec!["refund".to_owned()], Priority::High));
    assert_eq!(uses(&w.truth, ANA, StockId(6)), 1);
}

#[test]
fn a_macro_sends_a_snippet_it_names_filled_in() {
    let mut w = world();
    let answer = stock(8, Kind::Macro, "answer", "", Owner::Firm, "reply ;order\ntag answered");
    w.truth.load(answer.into());
    w.open();
    let id = w.takes(Channel::Email, "Where is it?");
    let case = w.truth_of(id).case;
    w.keys("gmanswer<enter>");
    let asked = |w: &World| list(w).map(|c| c.sentence.clone()).unwrap_or_default();
    assert_eq!(asked(&w), "number?");
    w.keys("7<enter>");
    assert_eq!(asked(&w), "day?");
    w.keys("<enter>");
    assert_eq!(asked(&w), "way?");
    w.keys("cour<enter><enter>");
    let last = w.truth.messages_of(case).last().map(|m| m.body.clone());
    assert_eq!(last.as_deref(), Some("Order 7 comes Monday by courier; 7."));
    assert_eq!((uses(&w.truth, ANA, StockId(3)), uses(&w.truth, ANA, StockId(8))), (1, 1), "both were used");
}

#[test]
fn a_macro_is_taken_back_with_one_key() {
    let mut w = world();
    let id = w.takes(Channel::Email, "Hello");
    let case = w.truth_of(id).case;
    w.keys("gmcalm<enter><enter>");
    let state = |w: &World| {
        let c = w.truth.case(case).expect("there");
        (c.tags.clone(), c.priority, c.status)
    };
    assert_eq!(state(&w), (vec!["calm".to_owned()], Priority::Low, Status::Pending));
    w.keys("u");
    assert_eq!(state(&w), (vec![], Priority::Normal, Status::Open));
}

#[test]
fn what_changed_since_the_sheet_is_shown_again_before_anything_is_done() {
    let mut w = world();
    let id = w.takes(Channel::Email, "Hello");
    let case = w.truth_of(id).case;
    w.keys("gmcalm<enter>");
    let command = Command::SetPriority { case, priority: Priority::Urgent };
    w.happen(Actor::Agent(BEN), &command).expect("a colleague changes it");
    w.keys("<enter>");
    assert!(w.said("Something changed on this case meanwhile; nothing is done yet."), "{:?}", w.toasts());
    assert_eq!(w.truth.case(case).map(|c| c.priority), Some(Priority::Urgent));
    w.keys("<enter>");
    assert_eq!(w.truth.case(case).map(|c| c.priority), Some(Priority::Low));
}

#[test]
fn a_macro_is_recorded_named_and_run_on_another_case() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.keys("gRnAsked Dana Holt.<ctrl-s><esc>phigh<enter>plow<enter>u#vip<enter>z2d<enter>gR");
    assert_eq!(w.overlay(), "chooser");
    w.keys("tidy Tidy it up<enter>");
    let kept = w.truth.stocks().find(|s| s.key == "tidy").expect("kept").clone();
    assert_eq!((kept.kind, kept.owner), (Kind::Macro, Owner::Agent(ANA)));
    assert_eq!(
        kept.body, "note Asked {customer}.\npriority high\ntag vip\nsnooze 2d",
        "what was taken back is not in it"
    );
    let other = w.takes(Channel::Email, "Another");
    let case = w.truth_of(other).case;
    w.keys("gmtidy<enter><enter>");
    assert_eq!(w.truth.case(case).map(|c| (c.priority, c.tags.clone())), Some((Priority::High, vec!["vip".into()])));
    assert_eq!(w.truth.messages_of(case).last().map(|m| m.body.as_str()), Some("Asked Dana Holt."));
}

#[test]
fn a_macro_is_written_as_text_and_its_faults_are_said() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    w.keys("ntag a<enter>prioity high<ctrl-x>m");
    assert!(w.toasts().iter().any(|t| t.contains("line 2: “prioity” is no action")), "{:?}", w.toasts());
    w.keys("<ctrl-u>priority high<ctrl-x>mtag-it Tag it<enter>");
    assert!(w.truth.stocks().any(|s| s.key == "tag-it" && s.body == "tag a\npriority high"));
}

#[test]
fn a_long_paste_asks_and_is_one_step() {
    let mut w = world();
    w.takes(Channel::Email, "Hello");
    let long = vec!["line"; 21].join("\n");
    w.keys("rA");
    w.feed(Msg::Paste(long.clone()));
    assert_eq!((w.overlay(), w.draft(DraftField::Reply)), ("confirm", "A"));
    w.keys("<esc>");
    assert_eq!(w.draft(DraftField::Reply), "A", "nothing went in");
    w.feed(Msg::Paste(long.clone()));
    w.keys("y");
    assert_eq!(w.draft(DraftField::Reply), format!("A{long}"));
    w.keys("<ctrl-_>");
    assert_eq!(w.draft(DraftField::Reply), "A");
    w.feed(Msg::Paste(vec!["line"; 20].join("\n")));
    assert_eq!(w.overlay(), "", "twenty lines go in");
    w.keys("<ctrl-_> ;h");
    assert_eq!(w.overlay(), "chooser");
    w.feed(Msg::Paste("two\nlines".into()));
    assert_eq!((w.overlay(), w.draft(DraftField::Reply)), ("", "A ;htwo\nlines"), "a paste is no name");
}
