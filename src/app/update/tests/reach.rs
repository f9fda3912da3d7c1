//! Words given along in the palette, labels to jump by, and what pickers show behind their lines.

use super::*;
use crate::app::action::{Action, TABLE};
use crate::app::msg::{Mouse, Spot};
use crate::app::overlays::chooser::{Pick, Purpose};
use crate::app::overlays::preview;
use crate::app::screen::Pane;

fn picked(w: &World) -> Option<Pick> {
    match w.desk.top() {
        Some(Overlay::Chooser(c)) => c.selected().map(|i| i.pick.clone()),
        _ => None,
    }
}

fn behind(w: &World) -> Vec<String> {
    match w.desk.top() {
        Some(Overlay::Chooser(c)) => preview::lines(&w.desk, c, w.now).into_iter().map(|(_, text)| text).collect(),
        other => panic!("no list: {other:?}"),
    }
}

#[test]
fn the_palette_takes_words_along() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hello");
    let case = w.truth_of(id).case;
    w.keys(":tags roaming");
    assert_eq!(picked(&w), Some(Pick::ActWith(Action::Tags, "roaming".into())));
    w.keys("<enter>");
    assert_eq!(w.overlay(), "", "{:?}", w.toasts());
    assert_eq!(w.truth.case(case).expect("there").tags, ["roaming"]);
    w.keys(":priority high<enter>");
    assert_eq!(w.truth.case(case).expect("there").priority, Priority::High);
    w.keys(":Snooze 2h<enter>");
    assert!(w.truth.case(case).expect("there").snoozed_until.is_some(), "{:?}", w.toasts());
    // What leads nowhere stays open with the words in it, and so does what may not be.
    w.keys(":status nonsense<enter>");
    assert_eq!(w.overlay(), "chooser");
    w.keys("<esc>:assign Ben Okafor<enter>");
    assert_eq!((w.overlay(), w.truth.case(case).expect("there").assignee), ("chooser", Some(ANA)));
    w.keys("<esc>:assign nobody<enter>");
    assert_eq!(w.truth.case(case).expect("there").assignee, None, "{:?}", w.toasts());
    w.keys(":reply Good morning<enter>");
    assert_eq!(w.draft(DraftField::Reply), "Good morning", "written, not sent");
}

#[test]
fn whatever_takes_words_opens_something_to_put_them_in() {
    for action in TABLE.iter().map(|e| e.action).filter(|a| a.takes().is_some()) {
        let mut w = World::new();
        let id = w.comes(Channel::Voice, BILLING, Some(DANA), "Hello");
        match action {
            Action::DeclineBecause => w.offer(id, ANA),
            Action::MoreTime => {
                w.happen(Actor::Agent(ANA), &Command::Pull { interaction: Some(id) }).expect("taken");
                w.keys("]xy");
                w.wait(61_000);
            }
            _ => {
                w.happen(Actor::Agent(ANA), &Command::Pull { interaction: Some(id) }).expect("taken");
                w.keys("]");
            }
        }
        if crate::app::enabled::enabled(&w.desk, action).is_err() {
            // Replies are no way to answer a call; setting others' presence is for leads.
            assert!(matches!(action, Action::Reply | Action::SetOther | Action::MoreTime), "{action:?}");
            continue;
        }
        w.keys(&format!("<ctrl-p>{} zzzz", action.entry().name));
        assert_eq!(picked(&w), Some(Pick::ActWith(action, "zzzz".into())), "{action:?} {:?}", w.toasts());
        w.keys("<enter>");
        let there = match w.desk.top() {
            Some(Overlay::Chooser(c)) => c.field.text() == "zzzz",
            None => {
                w.desk.knowledge.search.text() == "zzzz" || w.desk.drafts.values().any(|d| d.field.text() == "zzzz")
            }
            _ => false,
        };
        // A new tag is made at once, and a reason is taken as it is.
        let tagged = action == Action::DeclineBecause && w.said("waits for someone else")
            || action == Action::Tags && w.desk.view().cases().any(|c| c.tags.contains(&"zzzz".to_owned()));
        assert!(there || tagged, "{action:?}: {:?} {:?}", w.overlay(), w.toasts());
    }
}

#[test]
fn labels_go_where_they_stand_and_any_other_key_takes_them_away() {
    let mut w = World::new();
    w.keys("'");
    assert_eq!(w.desk.jump.as_deref(), Some(""));
    w.keys("g");
    assert_eq!(w.desk.jump.as_deref(), Some("g"), "no other action is meant");
    w.feed(Msg::Mouse(Mouse::Click(Spot::Pane(Pane::Customer))));
    assert_eq!((w.desk.focus, w.desk.jump.clone()), (Pane::Customer, None));
    w.keys("'<esc>");
    assert_eq!((w.desk.focus, w.desk.jump.clone()), (Pane::Customer, None), "only the labels went");
    w.keys("'");
    w.feed(Msg::Mouse(Mouse::Click(Spot::Elsewhere)));
    assert!(w.said("no"), "{:?}", w.toasts());
}

#[test]
fn pickers_show_what_stands_behind_a_line() {
    let mut w = World::new();
    let waits = w.comes(Channel::Chat, TECHNICAL, None, "My router is dead");
    w.takes(Channel::Voice, "Roaming bill");
    w.keys("t");
    assert!(preview::has(Purpose::Transfer));
    let lines = behind(&w).join("\n");
    assert!(lines.contains("1 waiting"), "{lines}");
    let _ = waits;
    w.keys("Ben");
    let lines = behind(&w).join("\n");
    assert!(lines.contains("Ben Okafor"), "{lines}");
    w.keys("<esc>g/Roaming");
    let lines = behind(&w).join("\n");
    assert!(lines.contains("Dana") && lines.contains("Old roaming bill"), "{lines}");
}

#[test]
fn an_article_is_found_and_inserted_with_six_keys_at_most() {
    // One that suits the case is suggested: two keys.
    let mut w = World::new();
    w.takes(Channel::Chat, "Roaming bill");
    w.keys("f<ctrl-s>");
    assert!(!w.draft(DraftField::Reply).is_empty(), "{:?}", w.toasts());
    // One that is looked for: four letters are enough to tell it.
    let mut w = World::new();
    w.takes(Channel::Chat, "Hello");
    w.keys("fspen<ctrl-s>");
    assert!(w.draft(DraftField::Reply).contains("Yours is 50"), "{:?}", w.toasts());
}
