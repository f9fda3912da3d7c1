//! Questions to the cache: one of a kind runs, and the newest wish follows it. A question is made when it is sent,
//! from what the model wants then, so fast typing asks for the last words only.

use super::Desk;
use crate::app::overlays::chooser::Purpose;
use crate::app::overlays::identify;
use crate::app::overlays::views::MOST;
use crate::app::port::{Answer, Effect, Query};
use crate::domain::ids::{ArticleId, CaseId, CustomerId};

/// A kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asking {
    /// A case with its messages.
    Thread(CaseId),
    /// A customer's file.
    Customer(CustomerId),
    /// Articles for the words in the knowledge pane.
    Articles,
    /// One article's text.
    Article(ArticleId),
    /// Cases for the words in the picker.
    History,
    /// Customers for the words in the picker.
    Customers,
    /// The customer pane's timeline.
    Timeline,
    /// What the figures of the day are made of.
    Day,
    /// Cases of the view in the list.
    View,
}

/// A question under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// Its number, where it has one.
    pub seq: u64,
    /// It must be asked again.
    pub again: bool,
}

/// Hits asked for.
const HITS: usize = 50;

impl Desk<'_> {
    /// Asks, or asks again when the answer to the running question has come.
    pub(in crate::app) fn want(&mut self, what: Asking) {
        if let Some(running) = self.m.asking.get_mut(&what) {
            running.again = true;
            return;
        }
        self.m.asked += 1;
        let seq = self.m.asked;
        let Some(query) = self.query(what, seq) else { return };
        self.m.asking.insert(what, Running { seq, again: false });
        self.effect(Effect::Ask(query));
    }

    fn query(&self, what: Asking, seq: u64) -> Option<Query> {
        let words = |purpose| self.chooser(purpose).map(|c| c.field.text().to_owned());
        Some(match what {
            Asking::Thread(case) => Query::Thread(case),
            Asking::Customer(customer) => Query::Customer(customer),
            Asking::Article(article) => Query::Article(article),
            Asking::Articles => {
                let case = self.m.conversation.case;
                let language = case.and_then(|c| self.m.view().case(c)).map(|c| c.language.clone());
                let locale = language.filter(|l| !l.is_empty()).unwrap_or_else(|| self.m.settings.locale.clone());
                let words = self.m.knowledge.search.text().trim().to_owned();
                Query::Articles { seq, words, case, locale, limit: HITS }
            }
            Asking::History => Query::History { seq, words: words(Purpose::History)?, limit: HITS },
            Asking::Customers => {
                let other = words(Purpose::SamePerson);
                let alike = other.as_ref().and(self.m.customer.id);
                let typed = words(Purpose::Customers).or_else(|| words(Purpose::Identify)).or(other)?;
                Query::Customers { seq, words: typed, first: identify::candidates(self.m), alike, limit: HITS }
            }
            Asking::Day => self.day_query()?,
            Asking::View => Query::View { seq, text: words(Purpose::Cases)?, now: self.server(), limit: MOST },
            Asking::Timeline => {
                let words = self.m.customer.search.text().trim().to_owned();
                Query::Timeline { seq, customer: self.m.customer.id?, words }
            }
        })
    }

    /// Takes an answer to where it is shown. Those nobody waits for any more are dropped.
    pub(in crate::app) fn answer(&mut self, answer: Answer) {
        let (what, seq) = match &answer {
            Answer::Thread(case, _) => (Asking::Thread(*case), None),
            Answer::Customer(customer, _) => (Asking::Customer(*customer), None),
            Answer::Article(article, _) => (Asking::Article(*article), None),
            Answer::Articles { seq, .. } => (Asking::Articles, Some(*seq)),
            Answer::History { seq, .. } => (Asking::History, Some(*seq)),
            Answer::Customers { seq, .. } => (Asking::Customers, Some(*seq)),
            Answer::Timeline { seq, .. } => (Asking::Timeline, Some(*seq)),
            Answer::Day(_) => (Asking::Day, None),
            Answer::CasesOf(agent, cases) => {
                if Some(*agent) == self.m.me() {
                    self.learn_codes(cases);
                }
                return;
            }
            Answer::View { seq, .. } => (Asking::View, Some(*seq)),
        };
        let Some(running) = self.m.asking.get(&what).copied() else { return };
        if seq.is_some_and(|seq| seq != running.seq) {
            return;
        }
        self.m.asking.remove(&what);
        match answer {
            Answer::Thread(case, thread) => self.thread_came(case, thread, !running.again),
            Answer::Customer(customer, file) => self.customer_came(customer, file),
            Answer::Article(article, body) => self.article_came(article, body),
            Answer::Articles { hits, took_us, .. } => self.articles_came(hits, took_us),
            Answer::History { hits, .. } => self.history_came(hits),
            Answer::Customers { hits, .. } => self.customers_came(hits),
            Answer::Timeline { customer, lines, .. } => self.timeline_came(customer, lines),
            Answer::Day(rows) => self.day_read(*rows),
            Answer::View { hits, total, fault, .. } => self.view_came(hits, total, fault),
            Answer::CasesOf(..) => {}
        }
        if running.again {
            self.want(what);
        }
    }
}
