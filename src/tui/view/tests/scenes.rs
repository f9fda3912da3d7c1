//! Every pane and everything that lies over them, at every size that matters, in three depths of colour and in every
//! script: one golden each. A new one is one line in [`SCENES`].
//!
//! The letters of all sizes stand in one file, then the styles at 80x24 with many colours, with sixteen and with none.
//! `CORDBOARD_PICTURES=folder` draws each scene as SVG too, for eyes.

use std::fmt::Write as _;

use super::fixture::Desk;
use super::{drawn, letters, styles};
use crate::app::action::Action::{self, *};
use crate::app::msg::Msg;
use crate::app::overlays::welcome::Welcome;
use crate::config::table as config;
use crate::tui::picture;
use crate::tui::theme::Theme;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 60), (40, 12)];

/// Cases of the fixture, by what their words are written in.
const LATIN: u64 = 4821;
const CHAT: u64 = 4790;
const CJK: u64 = 4913;
const ARABIC: u64 = 4914;
const EMOJI: u64 = 4915;

/// A name, the case that is open, and what is done then.
type Scene = (&'static str, u64, fn(&mut Desk));

const SCENES: &[Scene] = &[
    ("queue-latin", LATIN, |d| does(d, GoQueue)),
    ("queue-arabic", ARABIC, |d| does(d, GoQueue)),
    ("conversation-cjk", CJK, |d| does(d, GoConversation)),
    ("conversation-emoji", EMOJI, |d| does(d, GoConversation)),
    ("conversation-arabic", ARABIC, |d| does(d, GoConversation)),
    ("customer-cjk", CJK, |d| does(d, GoCustomer)),
    ("customer-arabic", ARABIC, |d| does(d, GoCustomer)),
    ("reply-cjk", CJK, |d| writes(d, "您好，感謝您的來信。👍")),
    ("reply-arabic", ARABIC, |d| writes(d, "مرحباً، نبحث عن رصيدك: 250 وحدة.")),
    ("reply-hebrew", CHAT, |d| writes(d, "שלום Ömer, החזרנו 29.99 € לחשבון (DE-1).")),
    ("note-emoji", EMOJI, |d| {
        does(d, Note);
        d.text("Said it is fine 👩‍🚀👍🏽 e\u{301}");
    }),
    ("offer-cards", CHAT, |d| {
        d.offer();
    }),
    ("decline-because", CHAT, |d| {
        d.offer();
        does(d, DeclineBecause);
    }),
    ("welcome", LATIN, |d| d.model.welcome = Some(Welcome::new())),
    ("jump", LATIN, |d| does(d, Jump)),
    ("escalate", LATIN, |d| does(d, Escalate)),
    ("consult", LATIN, |d| does(d, Consult)),
    ("more-time", LATIN, |d| keys(d, "w w f7")),
    ("why", LATIN, |d| does(d, Why)),
    ("priority", LATIN, |d| does(d, Priority)),
    ("status", LATIN, |d| does(d, Status)),
    ("assign", LATIN, |d| does(d, Assign)),
    ("merge", LATIN, |d| does(d, Merge)),
    ("split", CHAT, |d| does(d, Split)),
    ("link", LATIN, |d| does(d, Link)),
    ("checklist", LATIN, |d| does(d, Checklist)),
    ("find-case", LATIN, |d| does(d, FindCase)),
    ("find-case-cjk", LATIN, |d| {
        does(d, FindCase);
        d.text("帳單");
    }),
    ("find-customer", LATIN, |d| does(d, FindCustomer)),
    ("views", LATIN, |d| does(d, Views)),
    ("break", LATIN, |d| does(d, Break)),
    ("end-contact", LATIN, |d| does(d, EndContact)),
    ("snippets", LATIN, |d| {
        does(d, Reply);
        does(d, Snippets);
    }),
    ("macros", LATIN, |d| does(d, Macros)),
    ("theme", LATIN, |d| does(d, Theme)),
    ("log", LATIN, |d| {
        does(d, Log);
        d.feed(Msg::Log(vec!["10:58:11 WARN the link was lost".to_owned(), "10:42:00 INFO opened".to_owned()]));
    }),
];

fn does(desk: &mut Desk, action: Action) {
    // The list of an overlay is known only once it was drawn.
    drawn(desk, super::theme());
    desk.feed(Msg::Run(action));
}

fn keys(desk: &mut Desk, names: &str) {
    desk.keys(names);
}

fn writes(desk: &mut Desk, words: &str) {
    does(desk, Reply);
    desk.feed(Msg::Paste(words.to_owned()));
}

#[test]
fn every_pane_and_everything_over_them() {
    let coloured = |theme| Theme::chosen(theme, config::Symbols::Unicode, |_| None);
    let folder = std::env::var_os("CORDBOARD_PICTURES").map(std::path::PathBuf::from);
    for (name, case, make) in SCENES {
        let mut text = String::new();
        for (w, h) in SIZES {
            let mut desk = Desk::busy(w, h);
            desk.take(*case);
            make(&mut desk);
            let (buffer, out) = drawn(&mut desk, super::theme());
            let _ = writeln!(text, "── {w}x{h}, cursor {:?}\n{}", out.cursor.at, letters(&buffer));
            if let Some(folder) = &folder {
                let path = folder.join(format!("{name}-{w}x{h}.svg"));
                std::fs::write(path, picture::svg(&buffer)).expect("writes");
            }
            if (w, h) != SIZES[0] {
                continue;
            }
            for (depth, theme) in
                [("many colours", config::Theme::Dark), ("sixteen", config::Theme::Ansi), ("none", config::Theme::Mono)]
            {
                let (buffer, _) = drawn(&mut desk, coloured(theme));
                let _ = writeln!(text, "── 80x24, {depth}\n{}", styles(&buffer));
            }
        }
        insta::assert_snapshot!(format!("scene-{name}"), text);
    }
}
