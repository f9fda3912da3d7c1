//! The tour, done with keys: each step is over when it was done, and not before.

use super::*;
use crate::app::keymap::{Keymap, Override};
use crate::app::presets::Preset;
use crate::app::tour::{STEPS, Stage, Tour, panel};

fn touring() -> World {
    let mut w = World::new();
    w.comes(Channel::Chat, BILLING, Some(DANA), "My roaming bill is too high");
    w.comes(Channel::Chat, BILLING, None, "Another");
    w.desk.tour = Tour::kept("offer");
    assert!(panel(&w.desk).is_some_and(|p| p.ways.contains("g T begins it")), "{:?}", panel(&w.desk));
    w.keys("gT");
    w
}

fn step(w: &World) -> &'static str {
    match w.desk.tour.stage {
        Stage::On => STEPS[w.desk.tour.at].name,
        Stage::Over => "over",
        _ => "off",
    }
}

#[test]
fn each_step_is_done_by_doing_it() {
    let mut w = touring();
    assert_eq!(step(&w), "queue");
    w.keys("<f9><f9>?<esc>");
    assert_eq!(step(&w), "queue", "other things do not do it");
    w.keys("j");
    w.wait(200);
    assert_eq!(step(&w), "take");
    w.keys("k");
    w.wait(200);
    w.keys("a");
    assert_eq!(step(&w), "customer");
    w.keys("4");
    assert_eq!(step(&w), "article");
    w.keys("froaming");
    assert_eq!(step(&w), "article", "searching alone does not do it");
    w.keys("<enter>");
    assert_eq!(step(&w), "insert");
    w.keys("i");
    assert_eq!(step(&w), "reply");
    w.keys(" Regards<ctrl-s>");
    assert_eq!(step(&w), "snooze");
    w.keys("<esc>z");
    assert_eq!(step(&w), "snooze", "looking at the times does not do it");
    w.keys("<enter>");
    assert_eq!(step(&w), "undo");
    w.keys("u");
    assert_eq!(step(&w), "wrap-up");
    w.keys("ww");
    assert_eq!(step(&w), "wrap-up", "the form is open");
    w.keys("11");
    w.keys("<enter>");
    assert_eq!(step(&w), "help");
    w.keys("?");
    assert_eq!(step(&w), "palette");
    w.keys("<esc>:");
    assert_eq!(step(&w), "over");
    w.keys("<esc>");
    assert!(panel(&w.desk).is_some_and(|p| p.text.contains("Ready (F9)")));
    w.keys("gS");
    assert_eq!((step(&w), panel(&w.desk)), ("off", None));
    assert!(w.other.contains(&Effect::Keep { section: "desk", key: "tour", word: "done".into() }));
}

#[test]
fn it_can_be_skipped_put_away_and_gone_on_with() {
    let mut w = touring();
    w.keys("gSgS");
    assert_eq!(step(&w), "customer");
    w.keys("gT");
    assert_eq!(panel(&w.desk), None);
    let kept = |w: &World| {
        w.other.iter().rev().find_map(|e| match e {
            Effect::Keep { key: "tour", word, .. } => Some(word.clone()),
            _ => None,
        })
    };
    assert_eq!(kept(&w).as_deref(), Some("later-customer"));
    // Another day: it waits, and goes on where it was.
    w.restart();
    w.desk.tour = Tour::kept("later-customer");
    assert_eq!(panel(&w.desk), None);
    w.keys("gT");
    assert_eq!((step(&w), kept(&w).as_deref()), ("customer", Some("customer")));
    // The desk died in the middle of it.
    w.restart();
    w.desk.tour = Tour::kept("customer");
    w.keys("1");
    assert_eq!(step(&w), "customer");
    w.keys("4");
    assert_eq!(step(&w), "article");
    for word in ["", "done", "nonsense", "later-nonsense"] {
        assert_eq!(Tour::kept(word).stage, Stage::Off, "{word}");
    }
}

#[test]
fn it_names_the_keys_in_force() {
    let mut w = touring();
    assert!(panel(&w.desk).is_some_and(|p| p.text.contains("(j, k)")));
    let own = Override { context: "global".into(), action: "down".into(), keys: vec!["f12".into()] };
    w.desk.keymap = Keymap::with(Preset::Default, &[own]).0;
    assert!(panel(&w.desk).is_some_and(|p| p.text.contains("(F12, k)")), "{:?}", panel(&w.desk));
    for at in 0..STEPS.len() {
        w.desk.tour.at = at;
        let panel = panel(&w.desk).expect("a step");
        assert!(!panel.text.contains('<') && !panel.ways.contains('<'), "{panel:?}");
    }
}
