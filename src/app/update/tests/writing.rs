//! Nothing typed is lost, nothing is sent on an outdated thread, and what is not confirmed says so.

use super::*;
use crate::app::overlays::outbox::{self, LineState};
use crate::app::panes::conversation::Standing;
use crate::app::screen::Pane;
use crate::app::status::status;
use crate::domain::refusal::Refusal;

#[test]
fn every_key_of_a_draft_is_kept_and_comes_back_after_a_crash() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hello");
    let case = w.truth_of(id).case;
    let mut typed = String::new();
    w.type_only("r");
    for c in "Dear Dana".chars() {
        w.type_only(&c.to_string());
        typed.push(c);
        assert_eq!(w.drafts[&DraftKey { case, field: DraftField::Reply }].body, typed);
    }
    w.keys("<ctrl-t>for the team");
    w.restart();
    assert_eq!(w.desk.conversation.case, Some(case));
    assert_eq!(w.draft(DraftField::Reply), "Dear Dana");
    assert_eq!(w.draft(DraftField::Note), "for the team");
    w.keys("r<ctrl-u>");
    assert!(!w.drafts.contains_key(&DraftKey { case, field: DraftField::Reply }), "an empty draft is no draft");
}

#[test]
fn a_wrap_up_form_survives_a_crash_with_all_its_choices() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.keys("w13<shift-tab><ctrl-u>Ring back<tab>2h<shift-tab><shift-tab>what she said");
    w.restart();
    let form = crate::app::panes::wrapup::form(&w.desk).expect("the form is there again");
    assert_eq!((form.reason, form.outcome), (Some(ReasonId(2)), Some(OutcomeId(3))));
    let follow = form.follow.as_ref().expect("the promise");
    assert_eq!((follow.what.text(), follow.when.text()), ("Ring back", "2h"));
    assert_eq!(w.draft(DraftField::WrapUp), "what she said");
    w.keys("3<ctrl-s>");
    assert_eq!(w.truth.tasks().next().map(|t| t.what.as_str()), Some("Ring back"));
}

#[test]
fn what_is_sent_shows_at_once_and_is_marked_until_confirmed() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.type_only("nchecked<ctrl-s>");
    assert_eq!(w.thread().last(), Some(&("checked".into(), Standing::Unconfirmed)));
    assert_eq!(crate::app::status::status(&w.desk, w.now).unsent, 1);
    w.deliver();
    assert_eq!(w.thread().last(), Some(&("checked".into(), Standing::Confirmed)));
    assert_eq!(w.thread().iter().filter(|t| t.0 == "checked").count(), 1);
    assert_eq!(crate::app::status::status(&w.desk, w.now).unsent, 0);
}

#[test]
fn the_same_words_twice_are_two_messages() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.keys("nok<ctrl-s>");
    w.wait(10 * SECOND);
    w.type_only("nok<ctrl-s>");
    assert_eq!(w.thread().iter().filter(|t| t.0 == "ok").count(), 2);
    w.deliver();
    assert_eq!(w.thread().iter().filter(|t| t.0 == "ok").count(), 2);
}

#[test]
fn work_goes_on_without_a_link_and_can_be_taken_back() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hello");
    w.link(false);
    w.keys("rone<ctrl-s><esc>ntwo<ctrl-s><esc>");
    assert_eq!(w.outbox.len(), 2);
    w.keys("u");
    assert_eq!(w.outbox.len(), 1);
    assert_eq!(w.draft(DraftField::Note), "two", "the words are back");
    w.keys("<esc>w11<enter>");
    assert!(w.desk.view().interaction(id).is_none(), "wrapped up here already");
    assert!(w.truth.interaction(id).is_some(), "and not there yet");
    w.keys("<space>");
    assert!(w.said("no link"), "{:?}", w.toasts());
    w.link(true);
    assert!(w.truth.interaction(id).is_none());
    assert!(w.truth.messages().any(|m| m.body == "one"));
    assert!(w.desk.mirror.pending.is_empty());
}

#[test]
fn the_agent_says_what_becomes_of_what_may_have_been_done() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.link(false);
    w.keys("none<ctrl-s>ntwo<ctrl-s>nthree<ctrl-s>n");
    let all: Vec<u64> = w.outbox.iter().map(|o| o.n).collect();
    w.wire.clear();
    for item in &mut w.outbox {
        item.state = OutboxState::Doubtful;
    }
    // Told while the agent types: a word, and no overlay in the way.
    for n in &all {
        w.tell(Incoming::Verdict { n: *n, state: OutboxState::Doubtful });
    }
    assert!(w.said("was copied") && w.overlay().is_empty(), "{:?}", w.toasts());
    assert!(w.thread().iter().all(|(body, _)| body != "one"), "it is not shown as if it were sent");
    assert_eq!((status(&w.desk, w.now).unsent, status(&w.desk, w.now).refused), (0, 3));
    // Told at the start, it is asked at once.
    w.restart();
    w.link(true);
    assert_eq!(w.overlay(), "outbox");
    let lines = outbox::lines(&w.desk, w.now);
    assert!(lines.iter().all(|l| l.state == LineState::Unsure) && lines[0].words == "one", "{lines:?}");
    w.keys("r");
    w.deliver();
    assert!(w.truth.messages().any(|m| m.body == "one"));
    // Dropped for good after a question; edited, its words are a draft again.
    w.keys("d");
    assert_eq!(w.overlay(), "confirm");
    w.keys("d");
    assert_eq!(w.outbox.iter().filter(|o| o.state == OutboxState::Doubtful).count(), 1);
    assert_eq!(w.draft(DraftField::Note), "");
    w.keys("e");
    assert_eq!(w.draft(DraftField::Note), "three");
    assert!(w.desk.mirror.pending.iter().all(crate::app::mirror::Pending::is_foreseen));
    assert!(!w.truth.messages().any(|m| m.body == "two"));
}

#[test]
fn the_outbox_of_a_dead_desk_is_foreseen_again() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.link(false);
    w.keys("ron its way<ctrl-s>");
    w.desk = Model::default();
    w.desk.size = (160, 50);
    let (hot, outbox) = (Box::new(w.hot()), w.outbox.clone());
    w.linked = false;
    w.tell(Incoming::Opened { agent: Some(ANA), hot, drafts: Vec::new(), outbox });
    assert_eq!(w.thread().last(), Some(&("on its way".into(), Standing::Unconfirmed)));
}

#[test]
fn a_reply_on_an_outdated_thread_is_not_sent_silently() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Please cancel");
    w.keys("rCancelled, as you wish.");
    w.says(id, "No wait, keep it!");
    w.wait(5 * SECOND);
    w.keys("<ctrl-s>");
    let Some(Overlay::Stale(stale)) = w.desk.top() else { panic!("{:?}", w.toasts()) };
    assert_eq!(stale.newer.iter().map(|m| m.body.as_str()).collect::<Vec<_>>(), ["No wait, keep it!"]);
    assert!(w.outbox.is_empty());
    w.keys("<esc>");
    assert_eq!(w.desk.focus, Pane::Composer);
    w.keys("<ctrl-u>Kept, then.<ctrl-s>");
    assert_eq!(w.overlay(), "", "what was shown counts as read");
    assert!(w.truth.messages().any(|m| m.body == "Kept, then."));
    w.keys("rMore");
    w.says(id, "Thanks");
    w.keys("<ctrl-s>");
    assert_eq!(w.overlay(), "stale");
    w.keys("<ctrl-s>");
    assert!(w.truth.messages().any(|m| m.body == "More"), "one key sends anyway");
}

#[test]
fn the_server_knows_of_a_newer_message_first() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Please cancel");
    w.type_only("rDone.");
    // It came in on the server, the feed has not said so yet, and the reply is under way.
    w.linked = false;
    w.says(id, "No, do not!");
    w.linked = true;
    w.type_only("<ctrl-s>");
    assert_eq!(w.draft(DraftField::Reply), "");
    w.deliver();
    assert_eq!(w.overlay(), "stale");
    assert_eq!(w.draft(DraftField::Reply), "Done.", "the text is back");
    w.keys("<ctrl-s>");
    assert!(w.truth.messages().any(|m| m.body == "Done."));
    assert!(w.desk.mirror.pending.is_empty(), "the refused one is dealt with");
}

#[test]
fn in_a_chat_what_was_on_screen_counts_as_read() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hi");
    w.keys("rHello Dana");
    w.says(id, "are you there?");
    w.wait(2 * SECOND);
    w.keys(", yes<ctrl-s>");
    assert_eq!(w.overlay(), "");
    assert!(w.truth.messages().any(|m| m.body == "Hello Dana, yes"));
    // But what came after the last key was not.
    w.keys("One moment");
    w.says(id, "never mind");
    w.keys("<ctrl-s>");
    assert_eq!(w.overlay(), "stale");
}

#[test]
fn refused_words_come_back_and_the_outbox_tells() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hi");
    w.link(false);
    w.keys("rWe will pay.<ctrl-s><esc>");
    // Meanwhile it went to Ben.
    let (actor, i) = (Actor::System, w.truth_of(id).clone());
    w.happen(actor, &Command::LoseLink { agent: ANA, since: w.now }).expect("lost");
    w.now = w.now.plus(crate::domain::routing::LOST_GRACE_MS);
    w.happen(actor, &Command::RequeueLost { interaction: id, epoch: i.epoch }).expect("requeued");
    w.happen(Actor::Agent(BEN), &Command::Pull { interaction: Some(id) }).expect("Ben has it");
    w.link(true);
    let (put, seq) = (w.hot().rows().cloned().collect(), w.seq);
    w.tell(Incoming::Changed { put, gone: vec![], deep: vec![], seen_seq: seq, deep_seq: seq });
    assert!(w.said("Ben Okafor"), "{:?}", w.toasts());
    assert_eq!(w.draft(DraftField::Reply), "We will pay.");
    assert!(!w.truth.messages().any(|m| m.body == "We will pay."));
    let lines = crate::app::overlays::outbox::lines(&w.desk, w.now);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].words, "We will pay.");
    w.keys("od");
    assert_eq!(w.overlay(), "confirm");
    w.keys("d");
    assert!(w.desk.mirror.pending.is_empty() && w.outbox.is_empty());
    assert_eq!(w.draft(DraftField::Reply), "We will pay.", "dropping the line leaves the draft");
}

#[test]
fn a_local_refusal_sends_nothing_and_keeps_the_text() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hi");
    w.keys("rwords");
    let i = w.truth_of(id).clone();
    w.happen(Actor::Agent(BEN), &Command::EndContact { interaction: id, epoch: i.epoch }).expect_err("not Ben's");
    w.happen(
        Actor::Agent(ANA),
        &Command::Transfer {
            interaction: id,
            epoch: i.epoch,
            to: crate::domain::command::Target::Queue(TECHNICAL),
            note: String::new(),
        },
    )
    .expect("handed on from elsewhere");
    w.happen(Actor::Agent(BEN), &Command::Pull { interaction: Some(id) }).expect("Ben has it");
    w.keys("<ctrl-s>");
    assert!(w.said("Ben Okafor took it"), "{:?}", w.toasts());
    assert!(w.outbox.is_empty());
    assert_eq!(w.draft(DraftField::Reply), "words");
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.full_disk = true;
    w.keys("rwords<ctrl-s>");
    assert!(w.said("disk is full"));
    assert_eq!(w.draft(DraftField::Reply), "words");
    assert!(w.desk.mirror.pending.is_empty());
}

#[test]
fn a_late_wrap_up_is_still_taken() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hi");
    w.keys("xx");
    w.keys("1");
    let i = w.truth_of(id).clone();
    // The desk was away so long that the server gave the contact to someone else; here still in wrap-up.
    w.link(false);
    w.truth.put(Interaction { owner: Some(BEN), epoch: i.epoch + 2, phase: Phase::Connected, ..i });
    w.keys("1<enter>");
    w.link(true);
    let wrap = w.truth.wrap_ups().find(|x| x.reason.is_some()).expect("kept");
    assert!(wrap.late);
}

#[test]
fn pasting_never_sends() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.keys("r");
    w.feed(Msg::Paste("line one\r\nline two\r\n".into()));
    assert_eq!(w.draft(DraftField::Reply), "line one\nline two\n");
    w.keys("<ctrl-_>");
    assert_eq!(w.draft(DraftField::Reply), "");
    w.keys("<esc>");
    w.feed(Msg::Paste("q".into()));
    assert!(w.said("Nothing takes text here"));
    w.keys("r");
    w.feed(Msg::Edited("from the editor\n".into()));
    assert_eq!(w.draft(DraftField::Reply), "from the editor");
}

#[test]
fn a_changed_status_is_refused_in_words_and_can_be_asked_again() {
    let mut w = World::new();
    w.tell(Incoming::Answer(Answer::CasesOf(ANA, vec![])));
    w.keys("g/lost<enter>");
    assert_eq!(w.desk.conversation.case, Some(CaseId(901)));
    w.linked = false;
    let set = |status, from| Command::SetStatus { case: CaseId(901), status, from };
    w.happen(Actor::Agent(BEN), &set(Status::Pending, Status::Solved)).expect("Ben was first");
    w.linked = true;
    w.keys("Sclosed<enter>");
    assert!(w.said("Ben Okafor changed the status"), "{:?}", w.toasts());
    let p = w.desk.mirror.pending.first().expect("listed");
    assert!(matches!(p.refusal(), Some(Refusal::Changed { .. })));
}

#[test]
fn who_replies_to_a_call_writes_a_note_and_runs_no_keys() {
    let mut w = World::new();
    let id = w.takes(Channel::Voice, "Bill");
    w.keys("rGood morning, a new bill");
    assert!(w.said("by telephone"), "{:?}", w.toasts());
    assert_eq!(w.draft(DraftField::Note), "Good morning, a new bill");
    assert_eq!(w.desk.composer.kind, Kind::Note);
    assert_eq!(w.truth_of(id).owner, Some(ANA));
    assert!(w.truth_of(id).phase == Phase::Connected, "no letter did anything");
}

#[test]
fn after_an_email_letters_are_keys_again_and_in_a_chat_one_goes_on_writing() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.keys("rGood morning<ctrl-s>");
    assert_eq!(w.desk.focus, Pane::Conversation);
    let mut w = World::new();
    w.takes(Channel::Chat, "Hello");
    w.keys("rGood morning<ctrl-s>One more thing<ctrl-s>");
    assert_eq!(w.desk.focus, Pane::Composer);
    let said = |w: &World, words: &str| w.truth.messages().any(|m| m.body == words);
    assert!(said(&w, "Good morning") && said(&w, "One more thing"), "{:?}", w.toasts());
}

#[test]
fn where_one_practises_what_is_said_on_the_telephone_is_typed() {
    let mut w = World::new();
    let mut firm = w.truth.firm().expect("a firm").clone();
    firm.rules.training = true;
    w.happen(Actor::Operator, &Command::Put { row: Box::new(firm.into()) }).expect("it is set");
    w.takes(Channel::Voice, "Bill");
    w.keys("rGood morning<ctrl-s>And what else<ctrl-s>");
    let said = |words: &str| w.truth.messages().any(|m| m.body == words && m.kind == Kind::Message);
    assert!(said("Good morning") && said("And what else"), "{:?}", w.toasts());
}
