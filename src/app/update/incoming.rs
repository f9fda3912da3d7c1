//! The world speaks: rows, verdicts, offers, answers, the link.

use super::Desk;
use super::lookup::Asking;
use crate::app::port::{Effect, Incoming, LinkState, LinkStatus, OutboxItem, OutboxState, Query};
use crate::app::status;
use crate::app::toast::Tone;

impl Desk<'_> {
    pub(super) fn incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Opened { agent, hot, drafts, outbox } => {
                self.m.mirror.me = agent;
                self.m.mirror.reset(*hot);
                self.restore_drafts(drafts);
                let (withdrawn, outbox): (Vec<_>, Vec<_>) =
                    outbox.into_iter().partition(|o| o.state == OutboxState::Withdrawn);
                let cases: Vec<_> = outbox.iter().filter_map(|o| o.command.case()).collect();
                let refused = |o: &&OutboxItem| matches!(o.state, OutboxState::Refused(_)) && !o.returned;
                let homeless: Vec<_> = withdrawn.iter().chain(outbox.iter().filter(refused)).cloned().collect();
                self.m.mirror.reload(outbox);
                // Words whose draft was not on the disk when the desk died.
                for item in homeless {
                    self.give_back(&item.command, Some(item.n));
                }
                // What is still to be sent can only be foreseen with its case at hand.
                for case in cases {
                    self.want(Asking::Thread(case));
                }
                self.want(Asking::Articles);
                if let Some(agent) = agent {
                    self.effect(Effect::Ask(Query::CasesOf(agent)));
                }
                self.ask_about_doubtful();
                self.ask_about_lapsed();
                self.touched = true;
            }
            Incoming::Reset { agent, hot } => {
                self.m.mirror.me = agent;
                self.m.mirror.reset(*hot);
                self.m.conversation.shelf.clear();
                self.m.memory.named.clear();
                self.m.memory.suggested = None;
                self.ask_again();
                self.touched = true;
            }
            Incoming::Changed { put, gone, deep, seen_seq, deep_seq } => {
                let changed = !put.is_empty() || !gone.is_empty();
                self.m.mirror.load(put);
                self.m.mirror.unload(gone);
                self.m.mirror.seen(seen_seq, deep_seq, changed);
                self.deep_changed(&deep);
                self.read_again();
            }
            Incoming::Offered(pop) => {
                if let Some(customer) = &pop.customer {
                    self.m.mirror.load([customer.clone().into()]);
                }
                if pop.interaction.card.is_some() {
                    self.want(Asking::Thread(pop.interaction.case));
                }
                self.m.pops.insert(pop.interaction.id, *pop);
                self.touched = true;
            }
            Incoming::Queued { token, n, held } => self.queued(token, n, held),
            Incoming::Withdrawn { n, in_time } => self.withdrawn(n, in_time),
            Incoming::NotQueued { token, why } => self.not_queued(token, why),
            Incoming::Verdict { n, state } => self.verdict(n, state),
            Incoming::Answer(answer) => self.answer(answer),
            Incoming::Looks { case, who, customer } => {
                let before =
                    if who.is_empty() { self.m.looks.remove(&case) } else { self.m.looks.insert(case, who.clone()) };
                self.touched |= before.unwrap_or_default() != who;
                let before = match customer.clone() {
                    Some(side) => self.m.customers.insert(case, side),
                    None => self.m.customers.remove(&case),
                };
                self.touched |= before != customer;
            }
            Incoming::Link(link) => self.link(link),
            Incoming::FileSaved { name, path } => self.file_saved(name, path),
            Incoming::LinkSaved(path) => {
                self.effect(Effect::Copy(path.clone()));
                self.did(t!("The record of the link is in {path}; its path is copied.", path));
            }
            Incoming::Trouble(words) => self.toast(Tone::Bad, words, ""),
        }
    }

    /// The link changed: drawn only when what is shown of it did.
    fn link(&mut self, link: LinkStatus) {
        let before = status::link(self.m, self.now);
        let was = self.m.link.state;
        self.m.link = link;
        self.touched |= status::link(self.m, self.now) != before;
        let lost = [LinkState::Lost, LinkState::Refused];
        if lost.contains(&self.m.link.state) && !lost.contains(&was) && was != LinkState::Connecting {
            let words = if self.m.link.words.is_empty() { t!("The link is lost.") } else { &self.m.link.words };
            self.toast(Tone::Warn, words.to_owned(), t!("Go on working: all you do is kept and sent when it is back."));
        }
        if self.m.link.state == LinkState::Live && !matches!(was, LinkState::Live | LinkState::Late) {
            self.want_again();
        }
        if self.m.link.state == LinkState::Live && was == LinkState::Lost {
            self.did(t!("The link is back."));
        }
    }

    /// What this desk did to a case has come: once its rows are read, they say so themselves.
    pub(super) fn read_again(&mut self) {
        for case in self.m.mirror.to_read() {
            self.want(Asking::Thread(case));
        }
    }

    /// Everything on screen is asked for again.
    fn ask_again(&mut self) {
        if let Some(case) = self.m.conversation.case {
            self.want(Asking::Thread(case));
        }
        if let Some(customer) = self.m.customer.id {
            self.want(Asking::Customer(customer));
            self.want(Asking::Timeline);
        }
    }
}
