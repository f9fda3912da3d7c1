//! Running a macro: its questions one by one, then all it would do on one sheet, then one key.

use std::collections::BTreeMap;

use super::{facts, snippets};
use crate::app::overlays::Overlay;
use crate::app::overlays::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::panes::queue;
use crate::app::toast::Tone;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::command::Command;
use crate::domain::ids::{CaseId, StockId};
use crate::domain::stock::stage::{Scene, Staged, stage};
use crate::domain::stock::steps::{Step, asks, read};
use crate::domain::stock::text::{self, Ask, Part};
use crate::domain::stock::{Kind, shelf};

/// A macro that is being asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    id: StockId,
    title: String,
    case: CaseId,
    steps: Vec<Step>,
    asks: Vec<Ask>,
    answers: BTreeMap<String, String>,
}

/// The sheet that shows what a macro would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    run: Run,
    /// Each step, in order.
    pub staged: Vec<Staged>,
    /// Lines above the first one shown.
    pub top: usize,
}

impl Stage {
    /// What it is about.
    pub fn title(&self) -> String {
        t!("{title} on {case}", title = self.run.title, case = queue::number(self.run.case))
    }

    /// The case.
    pub fn case(&self) -> CaseId {
        self.run.case
    }

    /// Steps that would do something, and steps that would be refused.
    pub fn counts(&self) -> (usize, usize) {
        let good = self.staged.iter().filter(|s| s.command.is_some() && !s.idle).count();
        (good, self.staged.iter().filter(|s| s.refusal.is_some()).count())
    }

    /// What the key that applies it says.
    pub fn yes(&self) -> String {
        match self.counts() {
            (0, _) => String::new(),
            (good, 0) => tn!(good, "do it", "do all {n}"),
            (good, _) => tn!(good, "do the other one", "do the other {n}"),
        }
    }
}

impl Desk<'_> {
    /// The macros there are.
    pub(in crate::app) fn pick_macro(&mut self) {
        let case = self.m.conversation.case;
        let items = snippets::items(self.m, Kind::Macro, case);
        if items.is_empty() {
            let way = t!("<record-macro> records one, or write it as a note and save it (<save-macro>).");
            self.toast(Tone::Warn, t!("There are no macros yet."), way);
            return;
        }
        let title = t!("Macros for {case}", case = case.map(queue::number).unwrap_or_default());
        let sentence = t!("What it would do is shown before anything is done.");
        self.open_chooser(Chooser::new(Purpose::Macros, title, sentence, items).about(case));
    }

    /// Begins a macro: asks, then shows.
    pub(in crate::app) fn begin_macro(&mut self, id: StockId) {
        let Some(case) = self.m.conversation.case else { return };
        let Some(stock) = self.m.view().stock(id) else {
            self.cannot(t!("This macro is not there any more."));
            return;
        };
        let title = stock.title.clone();
        let steps = match read(&stock.body) {
            Ok(steps) => steps,
            Err(fault) => {
                self.cannot(format!("{title}: {}.", fault.words()));
                return;
            }
        };
        let snippets = |name: &str| self.snippet(name, case).map(|(_, parts)| parts);
        let asks = asks(&steps, &|f| facts::fact(self.m, Some(case), f, self.now), &snippets);
        self.m.stock.run = Some(Run { id, title, case, steps, asks, answers: BTreeMap::new() });
        self.next_question();
    }

    /// A snippet by its short name, in the language of the case.
    fn snippet(&self, name: &str, case: CaseId) -> Option<(StockId, Vec<Part>)> {
        let view = self.m.view();
        let me = view.agent(self.m.me()?)?;
        let all = shelf(view, me, Kind::Snippet, &facts::locale(self.m, Some(case)));
        let stock = all.into_iter().find(|s| s.key == name)?;
        Some((stock.id, text::read(&stock.body).ok()?))
    }

    fn next_question(&mut self) {
        let Some(run) = &self.m.stock.run else { return };
        let Some(n) = run.asks.iter().position(|a| !run.answers.contains_key(&a.prompt)) else {
            self.show_stage();
            return;
        };
        let title = t!("{title} · {n} of {all}", title = run.title, n = n + 1, all = run.asks.len());
        let sentence = format!("{}?", run.asks[n].prompt);
        let chooser = Chooser::new(Purpose::Answer, title, sentence, Vec::new()).about(Some(run.case));
        self.open_chooser(chooser);
        self.answer_typed();
    }

    /// What is typed is an answer; so are the choices and the default.
    pub(in crate::app) fn answer_typed(&mut self) {
        let Some(run) = &self.m.stock.run else { return };
        let Some(ask) = run.asks.iter().find(|a| !run.answers.contains_key(&a.prompt)).cloned() else { return };
        let Some(chooser) = self.chooser_mut() else { return };
        let typed = chooser.field.text().trim().to_owned();
        let low = typed.to_lowercase();
        let offered = ask.choices.iter().chain(&ask.default).filter(|c| c.to_lowercase().contains(&low));
        let mut items: Vec<Item> = offered.map(|c| Item::new(Pick::Text(c.clone()), c)).collect();
        if !typed.is_empty() && !items.iter().any(|i| i.label.to_lowercase() == low) {
            items.push(Item::new(Pick::Text(typed.clone()), typed));
        }
        chooser.items = items;
        chooser.filter();
    }

    pub(in crate::app) fn answered(&mut self, words: String) {
        let Some(run) = &mut self.m.stock.run else { return };
        if let Some(ask) = run.asks.iter().find(|a| !run.answers.contains_key(&a.prompt)) {
            run.answers.insert(ask.prompt.clone(), words);
        }
        self.next_question();
    }

    fn staged(&self, run: &Run) -> Vec<Staged> {
        let Some(me) = self.m.me() else { return Vec::new() };
        let (now, zone) = (self.server(), self.m.zone());
        let scene = Scene {
            state: self.m.view(),
            case: run.case,
            me,
            now,
            zone,
            base: self.newest_seen(run.case),
            shown: &|at| words::moment(at, now, zone),
            facts: &|f| facts::fact(self.m, Some(run.case), f, self.now),
            answers: &|ask| run.answers.get(&ask.prompt).cloned(),
            snippets: &|name| self.snippet(name, run.case),
        };
        stage(&scene, &run.steps)
    }

    fn show_stage(&mut self) {
        let Some(run) = self.m.stock.run.take() else { return };
        let staged = self.staged(&run);
        self.m.overlays.push(Overlay::Stage(Box::new(Stage { run, staged, top: 0 })));
        self.touched = true;
    }

    /// Scrolls the sheet.
    pub(in crate::app) fn stage_step(&mut self, by: isize) {
        if let Some(Overlay::Stage(stage)) = self.m.overlays.last_mut() {
            let lines: usize = stage.staged.iter().map(|s| 2 + s.after.lines().count()).sum();
            stage.top = stage.top.saturating_add_signed(by).min(lines);
        }
    }

    /// Does what the sheet shows, as one thing to take back.
    pub(in crate::app) fn apply_stage(&mut self) {
        let Some(Overlay::Stage(stage)) = self.m.top() else { return };
        let (run, shown) = (stage.run.clone(), stage.staged.clone());
        let now = self.staged(&run);
        // Times move on by themselves; what counts is what is refused, and how things stood.
        let same = |(a, b): (&Staged, &Staged)| a.before == b.before && a.refusal == b.refusal && a.idle == b.idle;
        if !(now.len() == shown.len() && now.iter().zip(&shown).all(same)) {
            if let Some(Overlay::Stage(stage)) = self.m.overlays.last_mut() {
                stage.staged = now;
            }
            self.toast(
                Tone::Warn,
                t!("Something changed on this case meanwhile; nothing is done yet."),
                t!("Look again."),
            );
            return;
        }
        let refused: Vec<String> = now.iter().filter(|s| s.refusal.is_some()).map(|s| s.verb.word().into()).collect();
        let commands: Vec<Command> = now.into_iter().filter(|s| !s.idle).filter_map(|s| s.command).collect();
        if commands.is_empty() {
            self.cannot(t!("There is nothing to do in it."));
            return;
        }
        self.close();
        let (all, what) =
            (commands.len(), t!("{title} on case {case}", title = run.title, case = queue::number(run.case)));
        let before = self.m.memory.done.len();
        if !self.submit_all(&what, commands) {
            return;
        }
        self.count_use(vec![run.id]);
        let done = self.m.memory.done.get(before.min(self.m.memory.done.len() - 1)).map_or(all, |d| d.parts.len());
        let (title, steps) = (&run.title, tn!(done, "one step", "{n} steps"));
        match (refused.is_empty(), done == all) {
            (true, true) => self.did(t!("Done: {title}, {steps}. <undo> takes it back.", title, steps)),
            (false, true) => {
                let left = refused.join(", ");
                let said = t!("{title}: {steps} done; not done: {left}.", title, steps, left);
                self.toast(Tone::Warn, said, t!("<undo> takes back what was done."));
            }
            _ => {
                let said = t!("{title}: {done} of {all} steps done; the others were refused.", title, done, all);
                self.toast(Tone::Warn, said, t!("<undo> takes back what was done."));
            }
        }
        if self.m.conversation.case == Some(run.case) {
            self.m.conversation.scroll.to_end();
        }
    }
}
