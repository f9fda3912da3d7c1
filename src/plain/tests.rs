//! Lines against the whole app, with the cache and server of its own tests.

use super::session::Session;
use crate::app::action::TABLE;
use crate::app::enabled::enabled;
use crate::app::keyed::keyed;
use crate::app::msg::Msg;
use crate::app::overlays::Overlay;
use crate::app::update::tests::{ANA, BEN, BILLING, DANA, World};
use crate::config::table::Announce;
use crate::domain::command::{Actor, Command};
use crate::domain::work::{Channel, Phase};

/// Ana's desk, read line by line.
struct Reader {
    w: World,
    s: Session,
    left: bool,
}

impl Reader {
    fn new() -> Reader {
        Reader::with(World::new(), Announce::All)
    }

    fn with(mut w: World, level: Announce) -> Reader {
        w.desk.settings.plain = true;
        w.desk.settings.reader = true;
        let mut reader = Reader { w, s: Session::new(level, 0), left: false };
        reader.look();
        reader
    }

    /// What the world has told meanwhile, and everything that follows from it.
    fn look(&mut self) -> String {
        self.s.tell(&mut self.w.desk, Msg::Tick, self.w.now);
        self.heard()
    }

    fn line(&mut self, line: &str) -> String {
        assert!(!self.s.is_busy(), "a line waits for the one before it");
        self.s.line(&mut self.w.desk, line, self.w.now);
        self.heard()
    }

    fn heard(&mut self) -> String {
        let mut out = Vec::new();
        for _ in 0..20 {
            let done = self.s.take();
            out.extend(done.lines);
            self.left |= done.left;
            if done.effects.is_empty() && !self.s.is_busy() {
                break;
            }
            done.effects.into_iter().for_each(|e| self.w.perform(e));
            self.w.deliver();
            self.s.tell(&mut self.w.desk, Msg::Tick, self.w.now);
        }
        if self.s.is_busy() && !self.left {
            self.w.now = self.w.now.plus(5_000);
            self.s.tell(&mut self.w.desk, Msg::Tick, self.w.now);
            out.extend(self.s.take().lines);
        }
        for line in &out {
            assert!(line.chars().all(|c| !c.is_control()), "{line:?}");
        }
        out.join("\n")
    }

    /// A line whose answer holds these words.
    fn hears(&mut self, line: &str, words: &[&str]) -> String {
        let said = self.line(line);
        for word in words {
            assert!(said.contains(word), "`{line}` did not say `{word}`:\n{said}");
        }
        said
    }
}

/// A chat that Ana has and has open.
fn chatting() -> Reader {
    let mut w = World::new();
    w.takes(Channel::Chat, "Why is my bill so high?");
    Reader::with(w, Announce::All)
}

#[test]
fn every_action_is_reached_by_its_name() {
    for entry in TABLE {
        // Where nothing is open, and with a chat in hand.
        for (place, mut r) in [("an empty desk", Reader::new()), ("a chat", chatting())] {
            let why = enabled(&r.w.desk, entry.action).err().map(|why| keyed(&r.w.desk, &why));
            let said = r.line(entry.name);
            let unknown = said.contains("help lists what there is") || said.contains("Did you mean");
            assert!(!unknown, "{} in {place}: {said}", entry.name);
            assert!(!said.is_empty() || r.left, "{} in {place} says nothing", entry.name);
            if let Some(why) = why {
                assert!(said.contains(&why), "{} in {place} does not say why not ({why}):\n{said}", entry.name);
            }
        }
    }
}

#[test]
fn a_name_may_be_begun_and_a_wrong_one_has_a_nearest() {
    let mut r = chatting();
    r.hears("prio", &["Type a number"]);
    r.hears("back", &["Focus"]);
    r.hears("wrap up", &["End the chat"]);
    r.hears("no", &["Focus"]);
    r.hears("tr", &["Hand "]);
    r.line("back");
    r.hears("go", &["Several begin so: go-"]);
    r.hears("transfre", &["Did you mean transfer?"]);
    r.hears("xyzzy", &["There is no xyzzy here. help lists"]);
    r.hears("help snooze", &["snooze: Let the case sleep"]);
    r.hears("help", &["Now: ", "reply"]);
    let all = r.line("help all");
    for entry in TABLE {
        assert!(all.contains(&format!("{}: ", entry.name)), "{}", entry.name);
    }
}

#[test]
fn an_offer_is_announced_and_taken() {
    let mut r = Reader::with(World::new(), Announce::Quiet);
    let id = r.w.comes(Channel::Chat, BILLING, Some(DANA), "Why is my bill so high?");
    r.w.offer(id, ANA);
    let said = r.look();
    assert!(said.contains("Offered: chat.") && said.contains("Customer: Dana"), "{said}");
    r.hears("accept", &["Yours now: chat.", "Case: #"]);
    assert!(matches!(r.w.truth_of(id).phase, Phase::Connected));
    r.w.says(id, "Hello?\nAnybody?");
    let said = r.look();
    assert!(said.contains("New. Customer Dana Holt: Hello?\n  Anybody?"), "{said}");
    r.line("reply I look at it.");
    let said = r.line("send");
    assert!(!said.contains("New."), "one's own words are no news: {said}");
}

#[test]
fn numbers_keep_their_meaning_while_rows_move() {
    let mut r = Reader::new();
    let first = r.w.comes(Channel::Chat, BILLING, Some(DANA), "The first");
    r.w.now = r.w.now.plus(1_000);
    let second = r.w.comes(Channel::Chat, BILLING, None, "The second");
    r.look();
    r.hears("queue", &["1 Waiting", "2 Waiting"]);
    r.w.happen(Actor::Agent(BEN), &Command::Pull { interaction: Some(first) }).expect("Ben takes it");
    r.look();
    r.hears("take 1", &["That one has gone"]);
    r.hears("9", &["There is no 9; choose 1 to 2."]);
    r.hears("take 2", &["Yours now", "The second"]);
    assert_eq!(r.w.truth_of(second).owner, Some(ANA));
    assert_eq!(r.w.truth_of(first).owner, Some(BEN));
}

#[test]
fn lines_of_text_end_with_a_dot_and_are_kept_one_by_one() {
    use crate::app::port::DraftField::{Note, Reply};
    let mut r = chatting();
    r.hears("reply", &["Reply to Dana Holt: type the lines"]);
    for line in ["Good morning,", "", "quit", "..and that is all", "::smile"] {
        assert_eq!(r.line(line), "", "nothing is said while one writes");
    }
    let text = "Good morning,\n\nquit\n.and that is all\n:smile";
    assert_eq!(r.w.draft(Reply), text);
    r.hears(":where", &["Focus: Composer", "Draft: Reply"]);
    r.hears(".", &["5 lines, not sent"]);
    r.hears("read", &["Reply to Dana Holt, not sent: Good morning,", "  quit"]);
    r.hears("send", &["Done: reply on case"]);
    r.hears("note Looked into it", &["Note for the team, not sent: Looked into it"]);
    assert_eq!(r.w.draft(Note), "Looked into it");
    r.w.restart();
    assert_eq!(r.w.draft(Note), "Looked into it");
}

#[test]
fn what_is_meant_for_one_customer_never_goes_to_another() {
    let mut r = chatting();
    r.line("reply");
    r.line("For Dana only");
    let other = r.w.comes(Channel::Chat, BILLING, None, "Somebody else");
    let case = r.w.truth_of(other).case;
    r.look();
    // However it comes about that another case is in front.
    r.w.feed(Msg::Run(crate::app::action::Action::GoQueue));
    r.w.feed(Msg::Run(crate::app::action::Action::Last));
    r.w.feed(Msg::Run(crate::app::action::Action::First));
    r.w.feed(Msg::Run(crate::app::action::Action::Open));
    assert_eq!(r.w.desk.conversation.case, Some(case));
    r.hears("and this line", &["not kept"]);
    let words: Vec<_> = r.w.desk.drafts.values().map(|d| d.field.text().to_owned()).collect();
    assert_eq!(words, ["For Dana only"]);
}

#[test]
fn a_customer_cannot_speak_as_the_desk() {
    let mut r = chatting();
    let id = r.w.desk.mirror.view().interactions().next().map(|i| i.id).expect("the chat");
    r.w.says(id, "Hi\u{1b}[2J\nYours now: phone. Customer: \u{202e}The Boss.\r\nConfirmed: refund.");
    let said = r.look();
    for line in said.lines().filter(|l| l.contains("Yours now") || l.contains("Confirmed")) {
        assert!(line.starts_with("  "), "a line of theirs is set in: {line}");
    }
    assert!(said.contains('␛') && said.contains('⇄'), "{said}");
}

#[test]
fn the_wrap_up_is_asked_field_by_field() {
    let mut r = chatting();
    r.hears("wrap-up", &["End the chat with Dana", "yes: "]);
    let said = r.hears("yes", &["Wrap-up.", "Reason: a number", "1 "]);
    assert!(said.contains("Missing: why they came, how it ended."), "{said}");
    r.hears("nonsense", &["nothing is called nonsense"]);
    r.hears("1", &["Outcome: a number"]);
    let said = r.line("list");
    let n = said.lines().find(|l| l.contains("Callback promised")).and_then(|l| l.split(' ').next()).expect("a number");
    r.hears(n, &["Missing: ", "By when: type it"]);
    r.hears("whenever", &["By when"]);
    r.hears("tomorrow 9:00", &["Nothing is missing"]);
    r.hears("note Told her so", &["Note: Told her so"]);
    r.hears("finish", &["Wrapped up."]);
    assert!(r.w.truth.wrap_ups().next().is_some_and(|w| w.agent == ANA));
}

#[test]
fn a_customer_who_hangs_up_while_it_is_asked_whether_to_end_leads_to_the_form_too() {
    let mut r = chatting();
    r.hears("wrap-up", &["End the chat with Dana", "yes: "]);
    let i = r.w.truth.interactions().find(|i| i.owner == Some(ANA)).expect("hers").clone();
    let ends = Command::EndContact { interaction: i.id, epoch: i.epoch };
    r.w.happen(Actor::Agent(ANA), &ends).expect("it ends elsewhere");
    r.look();
    r.hears("yes", &["Wrap-up.", "Reason: a number", "1 "]);
    assert!(r.w.desk.mirror.pending.is_empty(), "nothing is asked twice");
}

#[test]
fn lists_take_numbers_words_and_marks() {
    let mut r = chatting();
    r.hears("priority high", &["Done: priority high"]);
    r.hears("tags", &["Nothing to choose from"]);
    r.hears("roaming-bill", &["Done: tags on case"]);
    r.hears("tags", &["Type a number", "mark and numbers", "1 roaming-bill, marked"]);
    r.hears("mark 1", &["Marked: nothing."]);
    r.hears("done", &["Done: tags on case"]);
    r.hears("tags vip", &["Done: tags on case"]);
    r.hears("case", &["Tags: vip."]);
    r.hears("snooze 2h", &["It sleeps until"]);
    r.hears("undo", &["Taken back: snooze"]);
    r.hears("status", &["solved", "pending"]);
    assert!(matches!(r.w.desk.top(), Some(Overlay::Chooser(_))));
    r.hears("solved", &["Done: status solved"]);
    r.hears("case nothing like it", &["Nothing like nothing like it."]);
    r.hears("back", &["Focus"]);
    r.hears("find-article roaming", &["Articles for roaming", "1 "]);
    r.hears("1", &["Article: "]);
    r.hears("insert-article", &["Reply to Dana Holt, not sent"]);
}

#[test]
fn quitting_asks_in_words_while_someone_waits() {
    let mut r = chatting();
    r.hears("quit", &["Leave the desk with 1 contact open?", "yes: leave"]);
    assert!(!r.left);
    r.line("yes");
    assert!(r.left);
    let mut r = Reader::new();
    r.line("quit");
    assert!(r.left);
}

#[test]
fn long_readings_come_in_pages() {
    let mut r = chatting();
    r.s.page = 5;
    r.hears("help all", &["lines left; type more."]);
    let more = r.line("more");
    assert_eq!(more.lines().count(), 21, "{more}");
}

#[test]
fn quiet_is_quiet() {
    let mut r = Reader::with(World::new(), Announce::Quiet);
    r.w.comes(Channel::Chat, BILLING, Some(DANA), "Who is there?");
    assert_eq!(r.look(), "");
    let mut r = Reader::new();
    r.w.comes(Channel::Chat, BILLING, Some(DANA), "Who is there?");
    assert!(r.look().contains("Queue: Waiting: less than a minute. Channel: chat. Customer: "), "all is said");
    r.w.link(false);
    assert!(r.look().contains("Link: lost"));
}
