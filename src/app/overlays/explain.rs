//! A sheet that says why something is as it is, in sentences. It is made anew for each frame, so it stays true while
//! it is open.

use super::Overlay;
use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::named;
use crate::domain::sla::clock::Standing;
use crate::domain::sla::explain::explain;
use crate::domain::time::At;

/// The overlay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Explain {
    /// Lines above the first one shown.
    pub top: usize,
}

/// One part of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `First response`.
    pub title: String,
    /// How it stands, with its mark.
    pub standing: Standing,
    /// Sentences.
    pub words: Vec<String>,
}

/// The sheet as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// What it is about.
    pub title: String,
    /// Its parts, the pressing ones first.
    pub parts: Vec<Part>,
    /// What comes next.
    pub next: String,
}

/// The clocks of the case in front.
pub fn sheet(model: &Model, now: At) -> Sheet {
    let Some(id) = model.conversation.case else { return Sheet::default() };
    let title = t!("Clocks of {number}", number = queue::number(id));
    let server = model.server(now);
    let Some(case) = model.view().case(id) else {
        return Sheet { title, parts: Vec::new(), next: t!("This case is not on this desk yet.").to_owned() };
    };
    let shown = |at| words::moment(at, server, model.zone());
    let (clocks, next) = explain(model.view(), case, server, &shown);
    let part = |c: crate::domain::sla::explain::Explained| Part {
        title: named::promise(c.promise).to_owned(),
        standing: c.standing,
        words: c.words,
    };
    Sheet { title, parts: clocks.into_iter().map(part).collect(), next }
}

impl Desk<'_> {
    /// Says which clocks run on the case in front, and why.
    pub(in crate::app) fn explain_clocks(&mut self) {
        self.m.overlays.push(Overlay::Explain(Explain::default()));
    }

    /// Scrolls the sheet.
    pub(in crate::app) fn explain_step(&mut self, by: isize) {
        let sheet = sheet(self.m, self.now);
        let last = sheet.parts.iter().map(|p| 1 + p.words.len()).sum::<usize>();
        if let Some(Overlay::Explain(explain)) = self.m.overlays.last_mut() {
            explain.top = explain.top.saturating_add_signed(by).min(last);
        }
    }
}
