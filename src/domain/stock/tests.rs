//! Texts, macros, whose they are, and what a macro would do.

use std::collections::BTreeMap;

use super::stage::{Scene, stage};
use super::steps::{self, Verb};
use super::text::{self, Ask, Fact, Part, blanks, fill};
use super::*;
use crate::domain::ids::LabelId;
use crate::domain::people::Role;
use crate::domain::time::At;

fn facts(fact: Fact) -> Option<String> {
    match fact {
        Fact::Customer => Some("Dana {Holt?}".into()),
        Fact::FirstName => Some("Dana".into()),
        Fact::Case => Some("#4821".into()),
        _ => None,
    }
}

fn filled(words: &str) -> text::Filled {
    fill(&text::read(words).expect("reads"), &facts, &|_| None, &|_| None)
}

#[test]
fn a_text_is_filled_in_and_asks_the_rest() {
    let f = filled("Hello {first-name}, {order number?} is {state? late | lost}, on {day? Monday}.{} {{x}}");
    assert_eq!(f.text, "Hello Dana, {order number?} is {state? late | lost}, on Monday. {x}");
    let stops: Vec<&str> = f.stops.iter().map(|r| &f.text[r.clone()]).collect();
    assert_eq!(stops, ["{order number?}", "{state? late | lost}", "Monday"]);
    assert_eq!(f.caret.map(|at| &f.text[at..]), Some(" {x}"));
    let open = blanks(&f.text);
    assert_eq!(open.iter().map(|b| b.ask.prompt.as_str()).collect::<Vec<_>>(), ["order number", "state"]);
    assert_eq!(open[1].ask.choices, ["late", "lost"]);
}

#[test]
fn what_a_customer_is_called_is_never_a_question_and_what_is_not_known_is_asked() {
    assert_eq!(filled("{customer}").text, "Dana (Holt?)");
    let f = filled("from {queue}");
    assert_eq!(f.text, "from {queue?}");
    assert_eq!(f.stops, vec![5..13]);
}

#[test]
fn faults_say_where_and_what_instead() {
    let fault = |words: &str| text::read(words).expect_err("wrong").words();
    assert!(fault("a\n{custmer}").starts_with("line 2: there is no {custmer}; there are customer, first-name"));
    assert_eq!(fault("{open"), "line 1: a { has no } after it; close it, or write {{ for a brace");
    assert!(fault("{?}").starts_with("line 1: {?} asks nothing"));
    assert_eq!(text::read(&text::quoted("a {b} c")), Ok(vec![Part::Words("a {b} c".into())]));
    assert!(blanks("if (a) { return b ? c : d; }\nfoo").len() == 1, "what looks like one is one");
    assert!(blanks("{a\n?} {} {b} ? }").is_empty());
}

#[test]
fn the_language_falls_back() {
    let order = ["es-MX", "es", "es-AR", "", "en-GB", "fr"];
    let fits: Vec<u8> = order.iter().map(|l| fit(l, "es-mx", "en")).collect();
    assert_eq!(fits, [0, 1, 2, 3, 4, 5]);
    assert_eq!(fit("en", "", "en"), 4);
    assert!(is_locale("") && is_locale("es-MX") && is_locale("zh-Hant-TW"));
    assert!(!is_locale("e") && !is_locale("es_MX") && !is_locale("es-"));
}

#[test]
fn days_are_never_misread() {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 4).expect("a day");
    let all = ["en-GB", "es-MX", "fr", "de", "pt-BR", "ja"].map(|l| date::words(day, l));
    assert_eq!(
        all,
        ["4 March 2026", "4 de marzo de 2026", "4 mars 2026", "4. März 2026", "4 de março de 2026", "2026-03-04"]
    );
}

#[test]
fn a_macro_reads_and_its_faults_have_a_line() {
    let steps = steps::read(
        "# refund\nreply\n  Hello {first-name},\n\n  {amount?} is back.\ntag refund -waiting\nnote \"done {amount?}\"\n\nreply ;bye\nsnooze 2d\n",
    )
    .expect("reads");
    let verbs: Vec<Verb> = steps.iter().map(|s| s.verb).collect();
    assert_eq!(verbs, [Verb::Reply, Verb::Tag, Verb::Note, Verb::Reply, Verb::Snooze]);
    assert_eq!(steps.iter().map(|s| s.line).collect::<Vec<_>>(), [2, 6, 7, 9, 10]);
    assert_eq!(steps[3].words, [Part::Snippet("bye".into())]);
    let bye = |name: &str| (name == "bye").then(|| text::read("Bye, {sign?}").expect("reads"));
    let asks = steps::asks(&steps, &facts, &bye);
    assert_eq!(asks.iter().map(|a| a.prompt.as_str()).collect::<Vec<_>>(), ["amount", "sign"]);

    let fault = |words: &str| steps::read(words).expect_err("wrong").words();
    assert!(
        fault("tag a\nreplay b").starts_with("line 2: “replay” is no action; a line begins with one of reply, note")
    );
    assert_eq!(fault("priority hgh"), "line 1: there is no priority hgh; it is low, normal, high or urgent");
    assert!(fault("reply\n").starts_with("line 1: reply what? It takes the words"));
    assert!(fault("reply\n  a\n  {b").starts_with("line 3: a { has no }"));
    assert!(fault("tag a\n  b").starts_with("line 2: tag takes no lines below it"));
    assert!(fault("# nothing").starts_with("line 1: there is no action"));
    assert!(fault("link x").contains("is no link"));
    let text = steps::write(Verb::Reply, "a\nb");
    assert_eq!(steps::read(&text).expect("reads")[0].words, [Part::Words("a\nb".into())]);
}

fn agent(id: u64, team: u64, role: Role) -> Agent {
    Agent {
        id: AgentId(id),
        login: format!("a{id}"),
        name: format!("Agent {id}"),
        team: TeamId(team),
        role,
        skills: BTreeMap::new(),
        queues: vec![],
        active: true,
    }
}

fn snippet(owner: Owner, key: &str, locale: &str, body: &str) -> Stock {
    let (key, locale, body) = (key.to_owned(), locale.to_owned(), body.to_owned());
    Stock { id: StockId(0), kind: Kind::Snippet, title: key.clone(), key, body, locale, owner }
}

use crate::domain::command::{Actor, Command};
use crate::domain::{apply, decide};

fn give(state: &mut State, who: u64, command: Command) -> Result<(), String> {
    let events = decide(state, &command, Actor::Agent(AgentId(who)), At(1)).map_err(|r| r.sentence(At(1)))?;
    events.iter().for_each(|e| apply(state, e));
    Ok(())
}

fn house() -> State {
    let mut state = State::new();
    for team in [1, 2] {
        state.put(crate::domain::people::Team { id: TeamId(team), key: format!("t{team}"), name: "T".into() });
    }
    for (id, team, role) in [(1, 1, Role::Agent), (2, 1, Role::Lead), (3, 2, Role::Agent), (4, 2, Role::Admin)] {
        state.put(agent(id, team, role));
    }
    state
}

#[test]
fn everyone_keeps_their_own_leads_the_teams_admins_the_firms() {
    let mut state = house();
    let save = |s: &mut State, who, stock: Stock| give(s, who, Command::SaveStock { stock: Box::new(stock) });
    let own = Owner::Agent(AgentId(1));
    save(&mut state, 1, snippet(own, "hi", "", "Hi")).expect("own");
    save(&mut state, 1, snippet(own, "hi", "", "Hello")).expect("replaces");
    assert_eq!(state.stocks().count(), 1);
    assert!(save(&mut state, 3, snippet(own, "x", "", "y")).is_err(), "not another's");
    assert!(save(&mut state, 1, snippet(Owner::Team(TeamId(1)), "x", "", "y")).is_err(), "no lead");
    save(&mut state, 2, snippet(Owner::Team(TeamId(1)), "hi", "", "Team")).expect("lead");
    assert!(save(&mut state, 2, snippet(Owner::Team(TeamId(2)), "x", "", "y")).is_err(), "another team's");
    assert!(save(&mut state, 2, snippet(Owner::Firm, "x", "", "y")).is_err(), "the firm's");
    save(&mut state, 4, snippet(Owner::Firm, "hi", "es", "Hola")).expect("admin");
    let refused = save(&mut state, 1, snippet(own, "hi there", "", "x")).expect_err("no blanks");
    assert!(refused.starts_with("Name: its short name"), "{refused}");
    let refused = save(&mut state, 1, snippet(own, "bad", "", "{nonsense}")).expect_err("faulty");
    assert!(refused.starts_with("Snippet: line 1: there is no {nonsense}"), "{refused}");

    let me = |id| state.agent(AgentId(id)).expect("there").clone();
    let keys = |id: u64, wanted: &str| {
        shelf(&state, &me(id), Kind::Snippet, wanted).iter().map(|s| s.body.clone()).collect::<Vec<_>>()
    };
    assert_eq!(keys(1, "es-MX"), ["Hola", "Hello", "Team"]);
    assert_eq!(keys(1, "en"), ["Hello", "Team", "Hola"]);
    assert_eq!(keys(3, "en"), ["Hola"]);

    let team = state.stocks().find(|s| s.body == "Team").expect("there").clone();
    let (hello, name) = (team.id, Box::new(team.name()));
    give(&mut state, 1, Command::CountUse(vec![hello, hello, StockId(99)])).expect("counts");
    assert_eq!(uses(&state, AgentId(1), hello), 1);
    assert_eq!(shelf(&state, &agent(1, 1, Role::Agent), Kind::Snippet, "en")[0].body, "Team", "most used first");
    assert!(give(&mut state, 1, Command::DropStock { name: name.clone() }).is_err());
    give(&mut state, 2, Command::DropStock { name }).expect("lead");
    assert!(state.stock(hello).is_none());
}

#[test]
fn the_best_language_of_a_name_is_the_one_offered() {
    let mut state = house();
    for (locale, body) in [("en", "Hi"), ("es", "Hola"), ("es-MX", "Qué tal"), ("", "Any")] {
        let stock = Box::new(snippet(Owner::Firm, "hi", locale, body));
        give(&mut state, 4, Command::SaveStock { stock }).expect("admin");
    }
    let one = |wanted: &str| shelf(&state, &agent(1, 1, Role::Agent), Kind::Snippet, wanted)[0].body.clone();
    assert_eq!(["es-MX", "es-AR", "es", "en-US", "fr"].map(one), ["Qué tal", "Hola", "Hola", "Hi", "Any"]);
}

#[test]
fn a_stage_shows_what_would_be_and_goes_on_from_step_to_step() {
    let mut desk = crate::domain::decide::tests::Desk::new();
    let contact = desk.open(crate::domain::work::Channel::Email, crate::domain::decide::tests::BILLING, None);
    let case = desk.get(contact).case;
    let label = crate::domain::label::Label {
        id: LabelId(1),
        key: "parts".into(),
        name: "Waits for parts".into(),
        status: crate::domain::work::Status::Pending,
        active: true,
    };
    desk.state.put(label);
    let steps = steps::read(
        "tag refund\nstatus waits for parts\nstatus solved\npriority high\nnote Paid {amount?}.\nassign nowhere\nsnooze 2d\n",
    )
    .expect("reads");
    let answers = |ask: &Ask| (ask.prompt == "amount").then(|| "12 €".to_owned());
    let scene = Scene {
        state: &desk.state,
        case,
        me: crate::domain::decide::tests::ANA,
        now: desk.now,
        zone: "UTC",
        base: None,
        shown: &|at| format!("@{}", at.0),
        facts: &facts,
        answers: &answers,
        snippets: &|_| None,
    };
    let staged = stage(&scene, &steps);
    let lines: Vec<(String, String)> = staged.iter().map(|s| (s.before.clone(), s.after.clone())).collect();
    assert_eq!(lines[0].1, "refund");
    assert_eq!(lines[1].1, "Waits for parts");
    assert_eq!(lines[2], ("Waits for parts".into(), "solved".into()));
    assert_eq!(lines[3].1, "high");
    assert_eq!(lines[4].1, "Paid 12 €.");
    assert_eq!(staged[5].refusal.as_deref(), Some("There is nobody called nowhere."));
    assert!(staged[6].after.starts_with('@') && staged[6].refusal.is_none(), "{:?}", staged[6]);
    assert_eq!(staged.iter().filter(|s| s.command.is_some()).count(), 6);
    let unanswered = stage(&Scene { answers: &|_| None, ..scene }, &steps);
    assert_eq!(unanswered[4].refusal.as_deref(), Some("“amount” is not filled in."));
}

#[test]
fn a_macro_that_names_what_is_not_there_is_told() {
    let mut state = house();
    let body = "reply ;bye\nstatus lost\ntransfer nowhere x\nstatus solved";
    let odd = Stock { kind: Kind::Macro, ..snippet(Owner::Firm, "odd", "", body) };
    give(&mut state, 4, Command::SaveStock { stock: Box::new(odd) }).expect("admin");
    let told = crate::domain::lint::LINTS.iter().flat_map(|look| look(&state, At(1))).map(|w| w.place);
    assert_eq!(told.collect::<Vec<_>>(), ["macro odd, line 1", "macro odd, line 2", "macro odd, line 3"]);
    let bye = Box::new(snippet(Owner::Firm, "bye", "es", "Adiós"));
    give(&mut state, 4, Command::SaveStock { stock: bye }).expect("admin");
    assert_eq!(steps::lints(&state).len(), 2);
}
