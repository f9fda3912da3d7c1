//! The recording of the training room in the README: a scenario's own script, typed into the desk, with what the
//! engine's customer says to it. `CORDBOARD_UPDATE=1` records it anew; look at it.

use super::fixture::{BILLING, Desk, ME, now};
use super::morning::morning;
use super::{drawn, theme};
use crate::app::msg::Msg;
use crate::app::port::{Effect, Incoming, OutboxState, Pop};
use crate::domain::ids::*;
use crate::domain::people::{Agent, Customer};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::state::State as House;
use crate::domain::time::SECOND;
use crate::domain::work::*;
use crate::sandbox::play::{Input, Output, State};
use crate::sandbox::read::Ready;
use crate::sandbox::report::{Mode, report};
use crate::sandbox::script::{self, Step};
use crate::sandbox::{library, markdown};
use crate::tui::picture::{Frame, film};

const SCENARIO: &str = "roaming-bill";
const SCRIPT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/scenarios/roaming-bill/good.txt"));
const SIZE: (u16, u16) = (120, 32);
const CALL: InteractionId = InteractionId(1);
const CASE: CaseId = CaseId(4821);
const DANA: CustomerId = CustomerId(1);
const COACH: AgentId = AgentId(9);
/// How long a picture stays, ms: words being typed, words to read, the report.
const TYPED: u32 = 1_400;
const READ: u32 = 3_200;
const LAST: u32 = 7_000;

/// The room with one customer, who has not come yet.
fn room(ready: &Ready) -> House {
    let mut house = morning();
    let goes = |key: &RowKey| match key.entity {
        Entity::Interaction | Entity::Case | Entity::Task | Entity::Stock | Entity::Message | Entity::WrapUp => true,
        Entity::Queue => key.id != BILLING.0,
        _ => false,
    };
    let gone: Vec<RowKey> = house.rows().map(Row::key).filter(goes).collect();
    gone.into_iter().for_each(|key| house.unload(key));
    let mut firm = house.firm().expect("a firm").clone();
    firm.rules.training = true;
    let queue = house.queue(BILLING).expect("a queue").clone();
    let coach = house.agent(ME).expect("Ana").clone();
    let dana = house.customer(DANA).expect("Dana").clone();
    let s = &ready.scenario;
    let checks = s.customer.verify.iter().map(|c| format!("To check: {}: {} (level {})", c.ask, c.answer, c.level));
    let note: Vec<String> = std::iter::once(s.customer.note.clone()).chain(checks).filter(|l| !l.is_empty()).collect();
    for row in [
        Row::from(firm),
        Queue { key: "training".into(), name: "Training".into(), ..queue }.into(),
        Agent { id: COACH, login: "coach".into(), name: "Coach".into(), ..coach }.into(),
        Customer {
            plan: s.customer.plan.clone(),
            flags: s.customer.flags.clone(),
            note: note.join("\n"),
            since: String::new(),
            ..dana
        }
        .into(),
    ] {
        house.load(row);
    }
    for (i, label) in (10..).zip(&s.end.outcome) {
        let (key, label) = (format!("end-{i}"), label.clone());
        house.load(Outcome { id: OutcomeId(i), key, label, needs: Vec::new(), solves: true, active: true }.into());
    }
    house
}

/// A desk, the customer's engine beside it, and what was filmed.
struct Stage {
    desk: Desk,
    ready: Ready,
    state: State,
    call: Interaction,
    case: Case,
    frames: Vec<Frame>,
    said: u64,
}

impl Stage {
    fn new() -> Stage {
        let ready = library::ready(&library::folders()[SCENARIO]).expect("ready");
        let (call, case) = {
            let house = morning();
            let call = house.interaction(CALL).expect("a call").clone();
            (call, house.case(CASE).expect("its case").clone())
        };
        let subject = ready.scenario.title.clone();
        let case = Case { subject: subject.clone(), created: now(), updated: now(), tags: Vec::new(), ..case };
        let case = Case { last_inbound: None, assignee: None, ..case };
        let call = Interaction { subject, menu: Vec::new(), phase: Phase::Queued, owner: None, accepted: None, ..call };
        let call = Interaction { enqueued: now(), first_enqueued: now(), ..call };
        let (state, _) = State::start(&ready, 0);
        let desk = Desk::of_room(room(&ready), SIZE.0, SIZE.1);
        Stage { desk, ready, state, call, case, frames: Vec::new(), said: 0 }
    }

    fn film(&mut self, ms: u32) {
        let picture = drawn(&mut self.desk, theme()).0;
        self.frames.push(Frame { picture, ms });
    }

    /// The server takes what the desk sent, and these rows are so now.
    fn settle(&mut self, rows: Vec<Row>) {
        let sent = std::mem::take(&mut self.desk.effects);
        let tokens: Vec<u64> = sent
            .iter()
            .filter_map(|e| if let Effect::Submit { token, .. } = e { Some(*token) } else { None })
            .collect();
        for token in &tokens {
            self.desk.feed(Msg::Incoming(Incoming::Queued { token: *token, n: *token, held: None }));
        }
        self.desk.change(rows);
        for n in tokens {
            let state = OutboxState::Done { seq: 902, deep: 902 };
            self.desk.feed(Msg::Incoming(Incoming::Verdict { n, state }));
        }
    }

    fn message(&mut self, author: Author, kind: Kind, body: &str) -> Vec<Row> {
        self.said += 1;
        let id = MessageId(1_000 + self.said);
        if author == Author::Customer {
            self.case.last_inbound = Some(id);
        }
        let (at, channel, body) = (self.desk.now, self.case.channel, body.to_owned());
        let message =
            Message { id, case: CASE, queue: BILLING, at, author, kind, channel, body, files: Vec::new(), went: None };
        vec![message.into(), self.case.clone().into()]
    }

    /// The customer rings, and Ana answers.
    fn rings(&mut self) {
        self.call.phase = Phase::Offered { to: ME, until: self.desk.now.plus(19 * SECOND) };
        let customer = self.desk.state.customer(DANA).cloned();
        self.desk.change(vec![self.case.clone().into(), self.call.clone().into()]);
        let pop = Pop { interaction: self.call.clone(), customer, cases: Vec::new() };
        self.desk.feed(Msg::Incoming(Incoming::Offered(Box::new(pop))));
        self.film(READ);
        self.desk.keys("a");
        self.call.phase = Phase::Connected;
        self.call.owner = Some(ME);
        self.call.epoch += 1;
        self.call.accepted = Some(self.desk.now);
        self.case.assignee = Some(ME);
        let mut rows = vec![self.call.clone().into()];
        let words =
            format!("{}\nA note that says hint helps you; undo takes your last turn back.", self.ready.scenario.about);
        rows.extend(self.message(Author::Agent(COACH), Kind::Note, &words));
        let first = self.ready.scenario.node[0].say.clone();
        rows.extend(self.message(Author::Customer, Kind::Message, &first));
        self.settle(rows);
        self.desk.take(CASE.0);
        self.film(READ);
    }

    /// So many seconds go by.
    fn waits(&mut self, seconds: u32) -> Vec<Output> {
        self.desk.now = self.desk.now.plus(i64::from(seconds) * SECOND);
        let typing = [Input::Typing, Input::Second];
        (0..seconds).flat_map(|_| typing.clone()).flat_map(|input| self.state.step(&self.ready, input)).collect()
    }

    fn answers(&mut self, out: Vec<Output>) -> Vec<Row> {
        let said = out.into_iter().filter_map(|out| if let Output::Says(words) = out { Some(words) } else { None });
        said.collect::<Vec<_>>().iter().flat_map(|words| self.message(Author::Customer, Kind::Message, words)).collect()
    }

    fn says(&mut self, words: &str) {
        let typing = (words.split_whitespace().count() as u32 * 60).div_ceil(45);
        let mut out = self.waits(self.state.speaking_s + typing);
        self.desk.keys("esc esc r").text(words);
        self.film(TYPED);
        self.desk.keys("ctrl-s");
        let mut rows = self.message(Author::Agent(ME), Kind::Message, words);
        out.extend(self.state.step(&self.ready, Input::Say(words.to_owned())));
        rows.extend(self.answers(out));
        self.settle(rows);
        self.film(READ);
    }

    fn does(&mut self, input: Input, words: &str) {
        self.desk.keys("esc esc n").text(&format!("did: {words}")).keys("ctrl-s");
        let mut rows = self.message(Author::Agent(ME), Kind::Note, &format!("did: {words}"));
        rows.extend(self.message(Author::Agent(COACH), Kind::Note, &format!("Done: {words}.")));
        let out = self.state.step(&self.ready, input);
        rows.extend(self.answers(out));
        self.settle(rows);
    }

    /// The customer has hung up: codes and note, then the report.
    fn wraps_up(&mut self, reason: &str, outcome: &str, note: &str) {
        self.call.phase = Phase::WrapUp { since: self.desk.now, more: 0, over: false };
        self.settle(vec![self.call.clone().into()]);
        self.desk.keys("esc esc w").text(reason.rsplit('›').next().expect("words").trim()).keys("enter");
        self.desk.text(outcome).keys("enter");
        self.desk.text(note);
        self.film(READ);
        self.desk.keys("ctrl-s");
        let (reason, outcome, note) = (reason.to_owned(), outcome.to_owned(), note.to_owned());
        self.state.step(&self.ready, Input::WrapUp { reason, outcome, note: note.clone() });
        self.case.status = Status::Solved;
        let mut rows = self.message(Author::Agent(ME), Kind::Note, &note);
        let report = report(&self.ready, &self.state, Mode::Practice);
        let told = markdown::plain(markdown::summary(&self.ready.scenario, &report, &[]).trim_end());
        let verdict = told.lines().next().expect("a first line");
        rows.extend(self.message(Author::Agent(COACH), Kind::Note, &format!("{told}\n\n{verdict}")));
        self.settle(rows);
        let gone = vec![RowKey { entity: Entity::Interaction, id: CALL.0 }];
        let (put, deep, seen_seq, deep_seq) = (Vec::new(), Vec::new(), 903, 903);
        self.desk.feed(Msg::Incoming(Incoming::Changed { put, gone, deep, seen_seq, deep_seq }));
        self.desk.keys("esc esc 2");
        self.film(READ);
        self.desk.keys("pageup pageup");
        self.film(LAST);
        assert!(report.passed, "the recording shows how it goes well");
    }
}

#[test]
fn the_recording_in_the_readme_is_the_training_room_of_today() {
    let mut stage = Stage::new();
    stage.rings();
    for step in script::read("good.txt", SCRIPT).expect("reads") {
        match step {
            Step::Say(words) => stage.says(&words),
            Step::Do(Input::WrapUp { reason, outcome, note }) => stage.wraps_up(&reason, &outcome, &note),
            Step::Do(Input::Act { verb, what, amount }) if verb == "open" => {
                stage.state.step(&stage.ready, Input::Act { verb, what, amount });
            }
            Step::Do(Input::Act { verb, what, amount }) => {
                let much = amount.map_or(String::new(), |a| format!(" {}.{:02}", a / 100, a % 100));
                let words = format!("{verb} {what}{much}");
                stage.does(Input::Act { verb, what, amount }, &words);
            }
            Step::Do(_) | Step::Wait(_) | Step::Type(_) => {}
        }
    }
    let film = film(&stage.frames);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/training.svg");
    if let Some(folder) = std::env::var_os("CORDBOARD_PICTURES") {
        for (n, frame) in stage.frames.iter().enumerate() {
            let file = std::path::Path::new(&folder).join(format!("training-{n:02}.svg"));
            std::fs::write(file, crate::tui::picture::svg(&frame.picture)).expect("written");
        }
    }
    if std::env::var_os("CORDBOARD_UPDATE").is_some() {
        std::fs::write(path, film).expect("writes");
        return;
    }
    assert!(std::fs::read_to_string(path).expect("the recording") == film, "record it anew with CORDBOARD_UPDATE=1");
}
