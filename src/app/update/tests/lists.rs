//! Palette, help, pickers, knowledge, customer, welcome: everything by key, everything described.

use super::*;
use crate::app::action::{Action, Context, TABLE};
use crate::app::hints::hints;
use crate::app::overlays::chooser::{Chooser, Pick};
use crate::app::overlays::palette::is_listed;
use crate::app::overlays::welcome::{Choice, Welcome};
use crate::app::screen::Pane;
use crate::app::toast::Tone;

fn chooser(w: &World) -> &Chooser {
    match w.desk.top() {
        Some(Overlay::Chooser(c)) => c,
        other => panic!("no list: {other:?}"),
    }
}

#[test]
fn every_action_has_a_key_and_a_place_in_the_palette_or_over_the_panes() {
    for entry in TABLE {
        assert!(entry.defaults().next().is_some(), "{}", entry.name);
        let over = entry.context() == Context::Overlay || entry.action == Action::Palette;
        assert!(over || is_listed(entry.action), "{}", entry.name);
    }
    let mut w = World::new();
    w.keys("?");
    for entry in TABLE.iter().filter(|e| e.defaults().next().is_some()) {
        let there = chooser(&w).items.iter().any(|i| i.pick == Pick::Act(entry.action) && !i.right.is_empty());
        assert!(there, "{} is not in help", entry.name);
    }
}

#[test]
fn the_palette_finds_by_a_few_letters_and_remembers() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.keys(":esca");
    assert!(matches!(chooser(&w).selected().map(|i| i.pick.clone()), Some(Pick::Act(Action::Escalate))));
    w.keys("<enter>");
    assert_eq!(w.overlay(), "prompt");
    w.keys("<esc><ctrl-p>");
    assert!(
        matches!(chooser(&w).selected().map(|i| i.pick.clone()), Some(Pick::Act(Action::Escalate))),
        "recent first"
    );
}

#[test]
fn what_cannot_be_done_says_why() {
    let mut w = World::new();
    w.keys("h");
    assert!(w.said("not one of your contacts"), "{:?}", w.toasts());
    w.keys("?hold");
    let item = chooser(&w).selected().expect("found");
    assert_eq!(item.pick, Pick::Act(Action::Hold));
    assert!(item.disabled.is_some());
    w.keys("<enter>");
    assert_eq!(w.overlay(), "chooser", "it stays open");
    w.keys("<esc>");
    assert_eq!(w.overlay(), "");
}

#[test]
fn help_begins_with_the_keys_of_the_pane() {
    let mut w = World::new();
    w.keys("4?");
    assert_eq!(chooser(&w).items[0].label, "Customer");
    assert!(chooser(&w).selected().is_some_and(|i| !i.is_heading()));
}

#[test]
fn hints_show_only_what_works_here() {
    let mut w = World::new();
    let titles = |w: &World| hints(&w.desk).into_iter().map(|h| format!("{} {}", h.key, h.title)).collect::<Vec<_>>();
    assert!(titles(&w).contains(&"Space next".to_owned()), "{:?}", titles(&w));
    assert!(!titles(&w).iter().any(|t| t.ends_with("hold")));
    w.takes(Channel::Voice, "Call");
    assert!(titles(&w).contains(&"h hold".to_owned()), "{:?}", titles(&w));
    w.keys("h");
    assert!(titles(&w).contains(&"h resume".to_owned()));
    w.keys("n");
    assert_eq!(titles(&w)[0], "Ctrl-S send");
    assert!(titles(&w).iter().all(|t| !t.starts_with("h ")), "{:?}", titles(&w));
    w.keys("<esc>x");
    assert_eq!(titles(&w)[0], "y end the call");
}

#[test]
fn arrows_and_letters_move_everywhere() {
    let mut w = World::new();
    let ids: Vec<_> = (0..3).map(|n| w.comes(Channel::Email, BILLING, None, &format!("m{n}"))).collect();
    w.keys("1gg");
    assert_eq!(w.desk.queue.chosen, Some(queue::Row::Waiting(ids[0])));
    w.keys("j<down>");
    assert_eq!(w.desk.queue.chosen, Some(queue::Row::Waiting(ids[2])));
    assert_eq!(w.thread()[0].0, "m0", "what the cursor only passes over stays closed");
    assert_eq!(crate::app::next_wake(&w.desk, w.now), Some(w.now.plus(150)));
    w.wait(150);
    assert_eq!(w.thread()[0].0, "m2", "where it rests is shown");
    w.keys("kr");
    assert_eq!(w.thread()[0].0, "m1", "whatever is done is done to what the cursor stands on");
    w.keys("<esc>1");
    assert_eq!(w.desk.queue.chosen, Some(queue::Row::Waiting(ids[1])));
    // Someone takes the first: the selection stays with its contact.
    w.happen(Actor::Agent(BEN), &Command::Pull { interaction: Some(ids[0]) }).expect("taken");
    assert_eq!(w.desk.queue.chosen, Some(queue::Row::Waiting(ids[1])));
    assert_eq!(w.desk.queue.list.selected, 0);
    w.keys("g~");
    assert!(w.said("does nothing here"));
}

#[test]
fn panes_are_a_tab_or_a_number_away() {
    let mut w = World::new();
    w.comes(Channel::Email, BILLING, None, "m");
    for (key, pane) in [("2", Pane::Conversation), ("4", Pane::Customer), ("5", Pane::Knowledge), ("1", Pane::Queue)] {
        w.keys(key);
        assert_eq!(w.desk.focus, pane);
    }
    w.keys("<tab><tab><tab><tab>");
    assert_eq!(w.desk.focus, Pane::Knowledge);
    w.keys("<shift-tab><shift-tab><shift-tab><shift-tab>");
    assert_eq!(w.desk.focus, Pane::Queue);
}

#[test]
fn knowledge_is_found_as_you_type_and_goes_into_the_reply() {
    let mut w = World::new();
    w.takes(Channel::Email, "Roaming?");
    w.keys("rHello. <ctrl-f>roam");
    assert_eq!(w.desk.knowledge.hits.len(), 1);
    w.keys("<enter>");
    assert!(w.desk.knowledge.preview.as_ref().is_some_and(|p| p.body.is_some()));
    w.keys("i");
    assert_eq!(w.draft(DraftField::Reply), "Hello. Roaming\n\nYou pay 2 € a day.\n");
    assert_eq!(w.desk.focus, Pane::Composer);
    w.keys("<ctrl-_>");
    assert_eq!(w.draft(DraftField::Reply), "Hello. ", "one step to undo");
    w.keys("<ctrl-f><ctrl-u>plan<esc>l");
    assert_eq!(w.draft(DraftField::Reply), "Hello. Change your plan (article change-your-plan)");
    w.keys("<esc>f<esc><esc>");
    assert_eq!(w.desk.focus, Pane::Conversation, "Escape goes back where one came from");
}

#[test]
fn what_is_for_the_team_never_goes_into_a_reply() {
    let mut w = World::new();
    w.takes(Channel::Chat, "Hello?");
    w.keys("fspend<enter><esc>i");
    assert_eq!(w.draft(DraftField::Reply), "Spend caps\n\nYours is 50 €.\n\nRaise it\n\nWrite to us.\n");
    // One section of it, chosen by its heading.
    w.keys("<esc>n<ctrl-f><ctrl-u>spend<enter>s");
    let Some(Overlay::Chooser(chooser)) = w.desk.top() else { panic!("{:?}", w.toasts()) };
    let labels: Vec<&str> = chooser.items.iter().map(|i| i.label.as_str()).collect();
    assert_eq!(labels, ["Spend caps", "Raise it"]);
    w.keys("raise<enter>");
    assert_eq!(w.draft(DraftField::Note), "Raise it\n\nWrite to us.\n");
    // An article that is the team's as a whole: refused in words, with the way out; a note may name it.
    w.keys("<esc>r<ctrl-f><ctrl-u>goodwill<enter>i");
    assert!(w.said("for the team only") && w.said("your own words"), "{:?}", w.toasts());
    assert_eq!(w.desk.toasts.last().expect("one").tone, Tone::Warn);
    w.keys("l");
    assert!(w.said("A note can name it"), "{:?}", w.toasts());
    w.keys("<esc><esc><ctrl-t><ctrl-f><ctrl-u>goodwill<enter>l");
    let note = w.draft(DraftField::Note);
    assert!(note.ends_with("Goodwill limits (article goodwill-limits)"), "{note} {:?} {:?}", w.toasts(), w.desk.focus);
    assert!(!w.draft(DraftField::Reply).contains("Goodwill"));
}

#[test]
fn the_customer_has_a_timeline_with_search() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    let facts = crate::app::panes::customer::facts(&w.desk, w.now).expect("known");
    assert_eq!(facts.flags, ["legal hold"]);
    assert!(facts.rows.iter().any(|(label, v)| *label == "their time" && v.contains("Lisbon")));
    assert_eq!(w.desk.customer.lines.len(), 3);
    w.keys("4/lost");
    assert_eq!(w.desk.customer.lines.len(), 1);
    w.keys("<enter>");
    assert_eq!(w.desk.conversation.case, Some(CaseId(901)));
    assert_eq!(w.desk.focus, Pane::Conversation);
    w.keys("nseen again<ctrl-s>");
    assert!(w.truth.messages().any(|m| m.case == CaseId(901) && m.body == "seen again"));
    w.keys("<esc>4<esc>");
    assert_eq!(w.desk.customer.lines.len(), 3, "Escape takes the search away");
}

#[test]
fn a_customer_is_found_by_name() {
    let mut w = World::new();
    w.keys("gpmei<enter>");
    assert_eq!(w.desk.customer.id, Some(CustomerId(2)));
    assert_eq!(w.desk.focus, Pane::Customer);
}

#[test]
fn chords_work_over_lists_and_letters_do_not_leak() {
    let mut w = World::new();
    let id = w.takes(Channel::Voice, "Call");
    w.keys("x");
    w.keys("h");
    assert_eq!(w.truth_of(id).phase, Phase::Connected, "a letter in a dialog is no hold");
    w.keys("<f3>");
    assert!(matches!(w.truth_of(id).phase, Phase::OnHold { .. }), "a chord works everywhere");
}

#[test]
fn no_configuration_shows_three_ways_in() {
    let mut w = World::new();
    w.desk = Model { welcome: Some(Welcome::new()), ..Model::default() };
    w.keys("j<enter>nonsense<enter>");
    assert!(w.desk.welcome.as_ref().is_some_and(|x| x.problem.contains("cordboard://")));
    w.keys("<ctrl-u>");
    w.feed(Msg::Paste("cordboard://desk.example:7443/join#AB.CD\n".into()));
    w.keys("<enter>");
    let choice = w.desk.welcome.as_ref().and_then(|x| x.choice.clone());
    assert_eq!(choice, Some(Choice::Join("cordboard://desk.example:7443/join#AB.CD".into())));
    assert!(w.other.contains(&Effect::Quit));
    for (keys, choice) in [("<enter>", Choice::Host), ("jj<enter>", Choice::Practise)] {
        w.desk = Model { welcome: Some(Welcome::new()), ..Model::default() };
        w.keys(keys);
        assert_eq!(w.desk.welcome.as_ref().and_then(|x| x.choice.clone()), Some(choice));
    }
}

#[test]
fn any_keys_in_any_order_never_panic() {
    // A small generator of its own: the same keys every time.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    let mut names: Vec<String> = TABLE
        .iter()
        .flat_map(crate::app::action::Entry::defaults)
        .flat_map(|(_, k)| k)
        .map(|k| k.to_string())
        .collect();
    names.extend("abcdefghijklmnopqrstuvwxyz 123456789é日".chars().map(|c| Key::char(c).to_string()));
    for round in 0..12 {
        let mut w = World::new();
        let sizes = [(160, 50), (100, 30), (80, 24), (60, 20), (1, 1)];
        let (a, b) = sizes[round % sizes.len()];
        w.feed(Msg::Resize(a, b));
        for step in 0..400 {
            match next(40) {
                0 => {
                    let channel = Channel::ALL[next(4)];
                    let _ = w.comes(
                        channel,
                        if channel == Channel::Callback { BILLING } else { QueueId(1 + next(2) as u64) },
                        Some(DANA),
                        "hello",
                    );
                }
                1 => {
                    let waiting = w.truth.interactions().find(|i| i.phase == Phase::Queued).map(|i| i.id);
                    if let Some(id) = waiting {
                        let _ = w.happen(Actor::System, &Command::Offer { interaction: id, to: ANA });
                    }
                }
                2 => w.link(step % 3 != 0),
                3 => w.wait(7 * SECOND),
                4 => w.feed(Msg::Paste("pasted\ntext".into())),
                _ => {
                    let name = names[next(names.len())].clone();
                    w.feed(Msg::Key(Key::parse(&name).expect("a key")));
                    w.deliver();
                }
            }
            let _ = hints(&w.desk);
            let _ = crate::app::status::status(&w.desk, w.now);
            let _ = conversation::entries(&w.desk);
            if let Some(at) = crate::app::next_wake(&w.desk, w.now) {
                assert!(at > w.now);
            }
        }
        // Whatever was written is on disk as it is on screen.
        for (key, written) in &w.desk.drafts {
            if !written.field.text().is_empty() {
                assert_eq!(w.drafts.get(key).map(|d| d.body.as_str()), Some(written.field.text()));
            }
        }
    }
}

#[test]
fn every_context_is_reached() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hello");
    let mut seen = BTreeSet::new();
    for script in ["1", "2", "r", "<esc>4", "5", "<esc>w", "<esc>?"] {
        w.keys(script);
        seen.extend(super::super::contexts(&w.desk));
    }
    w.keys("<esc>");
    let _ = id;
    let other = w.comes(Channel::Chat, BILLING, None, "Hi");
    w.offer(other, ANA);
    seen.extend(super::super::contexts(&w.desk));
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), {
        let mut all = Context::ALL.to_vec();
        all.sort();
        all
    });
}

#[test]
fn a_name_that_was_not_there_yet_is_asked_for_when_it_has_come() {
    let mut w = World::new();
    let dana = w.truth.customer(DANA).expect("known").clone();
    // The contact is here before its customer is.
    w.truth.unload(Row::Customer(dana.clone()).key());
    let id = w.comes(Channel::Chat, BILLING, Some(DANA), "Hello");
    let name = |w: &World| queue::name(&w.desk, w.desk.view().interaction(id).expect("it waits"));
    assert_eq!(name(&w), "Dana H.", "as the gateway says");
    w.truth.load(Row::Customer(dana.clone()));
    let deep = vec![Row::Customer(dana.clone()).key()];
    w.tell(Incoming::Changed { put: Vec::new(), gone: Vec::new(), deep, seen_seq: w.seq, deep_seq: w.seq });
    assert_eq!(name(&w), dana.name);
}
