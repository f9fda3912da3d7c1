//! Every pane and everything that lies over them, at every size that matters, in three depths of colour and in every
//! script: one golden each. A new one is one line in [`SCENES`], or a call of [`scene`] where it needs another desk.
//!
//! The letters of all sizes stand in one file, then the styles at 80x24 with many colours, with sixteen and with none.
//! `CORDBOARD_PICTURES=folder` draws each scene as SVG too, at every size in every depth, for eyes.

use std::fmt::Write as _;

use super::fixture::{Desk, ME};
use super::{drawn, letters, styles};
use crate::app::action::Action::{self, *};
use crate::app::msg::Msg;
use crate::app::overlays::welcome::Welcome;
use crate::app::port::Incoming;
use crate::app::setup::Themes;
use crate::config::table as config;
use crate::domain::ids::CaseId;
use crate::domain::people::Role;
use crate::tui::picture;
use crate::tui::theme::Theme;

pub const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 60), (40, 12)];

const DEPTHS: [(&str, config::Theme); 3] =
    [("many colours", config::Theme::Dark), ("sixteen", config::Theme::Ansi), ("none", config::Theme::Mono)];

/// Cases of the fixture, by what their words are written in.
const LATIN: u64 = 4821;
const CHAT: u64 = 4790;
const CJK: u64 = 4913;
const ARABIC: u64 = 4914;
const EMOJI: u64 = 4915;
const HOSTILE: u64 = 4916;

/// A name, the case that is open, and what is done then.
type Scene = (&'static str, u64, fn(&mut Desk));

/// The panes.
const PANES: &[Scene] = &[
    ("busy", LATIN, |_| {}),
    ("queue-latin", LATIN, |d| does(d, GoQueue)),
    ("queue-arabic", ARABIC, |d| does(d, GoQueue)),
    ("conversation-cjk", CJK, |d| does(d, GoConversation)),
    ("conversation-emoji", EMOJI, |d| does(d, GoConversation)),
    ("conversation-arabic", ARABIC, |d| does(d, GoConversation)),
    ("conversation-hostile", HOSTILE, |d| does(d, GoConversation)),
    ("conversation-live", CHAT, |d| {
        d.sends(CHAT, "Here is the bill.", &["bill of march.pdf", "photo.png"]);
        d.side(CHAT);
        does(d, GoConversation);
    }),
    ("conversation-maybe", CHAT, |d| {
        d.doubts(CHAT);
        does(d, GoConversation);
    }),
    ("customer", CHAT, |d| does(d, GoCustomer)),
    ("customer-merged", CHAT, |d| {
        d.merged(1, 4);
        does(d, GoCustomer);
    }),
    ("customer-merge-why", LATIN, |d| {
        d.senior();
        does(d, GoCustomer);
        keys(d, "g =");
        d.text("Jude");
        keys(d, "enter");
        d.text("the same voice");
    }),
    ("customer-cjk", CJK, |d| does(d, GoCustomer)),
    ("customer-arabic", ARABIC, |d| does(d, GoCustomer)),
    ("knowledge", LATIN, |d| types(d, "f", "roam")),
    ("article", LATIN, |d| keys(d, "f enter")),
    ("reply", CHAT, |d| {
        writes(
            d,
            "Guten Tag Herr Yılmaz,\n\ndie zweite Abbuchung war ein Fehler. Die 29,99 € sind in drei bis fünf Werktagen wieder auf Ihrem Konto.",
        );
    }),
    ("reply-held", CHAT, |d| {
        writes(d, "Das Geld ist unterwegs.");
        keys(d, "ctrl-s");
        let held = Some(d.now.plus(5_000));
        d.feed(Msg::Incoming(Incoming::Queued { token: 1, n: 1, held }));
    }),
    ("reply-cjk", CJK, |d| writes(d, "您好，感謝您的來信。👍")),
    ("reply-arabic", ARABIC, |d| writes(d, "مرحباً، نبحث عن رصيدك: 250 وحدة.")),
    ("reply-hebrew", CHAT, |d| writes(d, "שלום Ömer, החזרנו 29.99 € לחשבון (DE-1).")),
    ("reply-stops", CHAT, |d| {
        writes(d, "Guten Tag. ");
        d.text(";ord");
        keys(d, "enter");
    }),
    ("note", LATIN, |d| {
        d.other_writes(LATIN);
        types(d, "n", "Log checked: no text sent on 2 Nov.");
    }),
    ("note-emoji", EMOJI, |d| types(d, "n", "Said it is fine 👩‍🚀👍🏽 e\u{301}")),
    ("wrap-up", LATIN, |d| types(d, "w w", "roam")),
    ("wrap-up-note", LATIN, |d| types(d, "w w 1 2", "Refunded all above £45.")),
    ("offer", CHAT, |d| {
        d.offer();
    }),
    ("lost", CHAT, |d| {
        d.lose_link();
    }),
    ("toasts", CHAT, |d| {
        does(d, TakeSelected);
        does(d, AssignMe);
        d.feed(Msg::Incoming(Incoming::Trouble("The disk is full: 3 MB are left.".to_owned())));
    }),
    ("which-key", LATIN, |d| keys(d, "g")),
    ("jump", LATIN, |d| does(d, Jump)),
];

/// Questions, sheets and the words an action needs.
const SHEETS: &[Scene] = &[
    ("quit", LATIN, |d| keys(d, "q")),
    ("end-contact", LATIN, |d| does(d, EndContact)),
    ("long-paste", CHAT, |d| writes(d, &"A line of a long letter\n".repeat(40))),
    ("stale", CHAT, |d| {
        writes(d, "Das Geld ist unterwegs.");
        d.says(CHAT, "Nein, doch nicht: bitte auf das andere Konto, die IBAN schicke ich gleich. 👍");
        keys(d, "ctrl-s");
    }),
    ("outbox", CHAT, |d| {
        d.lose_link();
        types(d, "n", "Called the bank.");
        keys(d, "ctrl-s esc o");
    }),
    ("outbox-empty", CHAT, |d| keys(d, "o")),
    ("escalate", LATIN, |d| does(d, Escalate)),
    ("hand-on", LATIN, |d| {
        types(d, "t", "tech");
        keys(d, "enter");
        d.text("Check the log of the second SIM.");
    }),
    ("ask-colleague", LATIN, |d| {
        does(d, Consult);
        keys(d, "enter");
    }),
    ("macro-asks", LATIN, |d| {
        types(d, "g m", "refund");
        keys(d, "enter");
        d.text("£39.20");
    }),
    ("macro-shown", LATIN, |d| {
        types(d, "g m", "refund");
        keys(d, "enter");
        d.text("£39.20");
        keys(d, "enter");
    }),
    ("welcome", LATIN, |d| d.model.welcome = Some(Welcome::new())),
];

/// Lists with a filter.
const LISTS: &[Scene] = &[
    ("palette", LATIN, |d| types(d, ":", "no")),
    ("palette-argument", LATIN, |d| types(d, ":", "snooze 2h")),
    ("help", LATIN, |d| keys(d, "?")),
    ("help-filtered", LATIN, |d| types(d, "?", "wr")),
    ("nothing-like-it", LATIN, |d| types(d, ":", "xyzzy")),
    ("transfer", LATIN, |d| keys(d, "t")),
    ("snooze", LATIN, |d| types(d, "z", "tomorrow 9:00")),
    ("tags", LATIN, |d| keys(d, "#")),
    ("decline-because", CHAT, |d| {
        d.offer();
        does(d, DeclineBecause);
    }),
    ("consult", LATIN, |d| does(d, Consult)),
    ("more-time", LATIN, |d| keys(d, "w w f7")),
    ("why", LATIN, |d| does(d, Why)),
    ("priority", LATIN, |d| does(d, Priority)),
    ("status", LATIN, |d| does(d, Status)),
    ("assign", LATIN, |d| does(d, Assign)),
    ("merge", LATIN, |d| does(d, Merge)),
    ("merge-asks", LATIN, |d| types(d, "M", "#3101")),
    ("merge-because", LATIN, |d| {
        types(d, "M", "4790");
        keys(d, "enter");
        d.text("Same household");
    }),
    ("unmerge", LATIN, |d| {
        let mut case = d.state.case(CaseId(LATIN)).cloned().expect("is there");
        case.ties.holds = vec![CaseId(3101), CaseId(2790)];
        d.change(vec![case.into()]);
        does(d, Unmerge);
    }),
    ("split", CHAT, |d| does(d, Split)),
    ("link", LATIN, |d| does(d, Link)),
    ("checklist", LATIN, |d| does(d, Checklist)),
    ("find-case", LATIN, |d| does(d, FindCase)),
    ("find-case-cjk", LATIN, |d| {
        does(d, FindCase);
        d.text("帳單");
    }),
    ("find-customer", LATIN, |d| does(d, FindCustomer)),
    ("section", LATIN, |d| {
        types(d, "f", "switz");
        keys(d, "enter s");
    }),
    ("views", LATIN, |d| does(d, Views)),
    ("cases", LATIN, |d| {
        does(d, Views);
        keys(d, "enter");
        does(d, OverlayMark);
        does(d, OverlayMark);
    }),
    ("bulk", LATIN, |d| {
        does(d, Views);
        keys(d, "enter");
        does(d, OverlayMark);
        does(d, OverlayMark);
        keys(d, "ctrl-s");
    }),
    ("bulk-asks", LATIN, |d| {
        does(d, Views);
        keys(d, "enter ctrl-s");
        d.text("high");
        keys(d, "enter");
    }),
    ("save-view", LATIN, |d| {
        does(d, Views);
        keys(d, "enter ctrl-s");
        d.text("save");
        keys(d, "enter");
        d.text("Mine today");
    }),
    ("break", LATIN, |d| does(d, Break)),
    ("whose-presence", LATIN, |d| {
        leads(d);
        does(d, SetOther);
    }),
    ("forced-presence", LATIN, |d| {
        leads(d);
        does(d, SetOther);
        keys(d, "enter");
    }),
    ("forced-because", LATIN, |d| {
        leads(d);
        does(d, SetOther);
        keys(d, "enter");
        keys(d, "enter");
    }),
    ("snippets", LATIN, |d| {
        does(d, Reply);
        does(d, Snippets);
    }),
    ("keep-snippet", CHAT, |d| {
        writes(d, "Das Geld ist in drei Tagen da.");
        keys(d, "ctrl-x a");
        d.text("geld Wann das Geld da ist");
    }),
    ("drop-snippet", LATIN, |d| does(d, DropStock)),
    ("macros", LATIN, |d| does(d, Macros)),
    ("theme", LATIN, |d| {
        d.model.settings.themes =
            Themes { chosen: "dark".into(), all: config::Theme::WORDS.iter().map(|(_, name)| *name).collect() };
        does(d, Theme);
    }),
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
    drawn(desk, super::theme());
    desk.keys(names);
}

fn types(desk: &mut Desk, names: &str, words: &str) {
    keys(desk, names);
    drawn(desk, super::theme());
    desk.text(words);
}

fn writes(desk: &mut Desk, words: &str) {
    does(desk, Reply);
    desk.feed(Msg::Paste(words.to_owned()));
}

/// Whoever works here runs the team.
fn leads(desk: &mut Desk) {
    let mut me = desk.state.agent(ME).cloned().expect("is there");
    me.role = Role::Lead;
    desk.change(vec![me.into()]);
}

/// Records one scene: a desk of each size, and what is done on it.
pub fn scene(name: &str, start: impl Fn(u16, u16) -> Desk, make: impl Fn(&mut Desk)) {
    let coloured = |theme| Theme::chosen(theme, config::Symbols::Unicode, |_| None);
    let folder = std::env::var_os("CORDBOARD_PICTURES").map(std::path::PathBuf::from);
    let mut text = String::new();
    for (w, h) in SIZES {
        let mut desk = start(w, h);
        make(&mut desk);
        let (buffer, out) = drawn(&mut desk, super::theme());
        let cursor = out.cursor;
        let shown = if cursor.shown { "" } else { ", not shown" };
        let _ = writeln!(text, "── {w}x{h}, cursor {:?}{shown}, {}\n{}", cursor.at, out.title, letters(&buffer));
        if let Some(folder) = &folder {
            for (_, theme) in DEPTHS {
                let (mut buffer, out) = drawn(&mut desk, coloured(theme));
                if out.cursor.shown {
                    buffer[out.cursor.at].modifier.toggle(ratatui::style::Modifier::REVERSED);
                }
                let depth = config::Theme::WORDS.iter().find(|(t, _)| *t == theme).map_or("", |(_, word)| word);
                let path = folder.join(format!("{name}-{w}x{h}-{depth}.svg"));
                std::fs::write(path, picture::svg(&buffer)).expect("writes");
            }
        }
        if (w, h) == SIZES[0] {
            for (depth, theme) in DEPTHS {
                let (buffer, _) = drawn(&mut desk, coloured(theme));
                let _ = writeln!(text, "── 80x24, {depth}\n{}", styles(&buffer));
            }
        }
    }
    insta::assert_snapshot!(name, text);
}

fn record(scenes: &[Scene]) {
    for (name, case, make) in scenes {
        scene(name, Desk::busy, |desk| {
            desk.take(*case);
            make(desk);
        });
    }
}

#[test]
fn every_pane() {
    scene("empty", Desk::empty, |_| {});
    record(PANES);
}

#[test]
fn every_question_and_sheet() {
    record(SHEETS);
}

#[test]
fn every_list() {
    record(LISTS);
}
