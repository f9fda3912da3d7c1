//! The thread that answers questions from the cache. One runs at a time; of searches as you type only the newest of a
//! kind is answered.

use std::mem::discriminant;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::mpsc::UnboundedSender;

use crate::app::port::{self, Answer, Incoming, Query};
use crate::clock::Clock;
use crate::domain::ids::CaseId;
use crate::store::StoreError;
use crate::store::cache::CacheReader;
use crate::store::search::ArticleQuery;

use super::translate::sentence;

/// Asks the thread, which is there from the first question on.
pub(super) struct Questions {
    asked: Option<Asked>,
    queries: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

enum Job {
    Ask(Query),
    /// The cache's file is another one now.
    Reader(Box<CacheReader>),
}

impl Questions {
    /// Answers will come from this reader.
    pub(super) fn new(reader: CacheReader, clock: Arc<dyn Clock>, tell: UnboundedSender<Incoming>) -> Questions {
        Questions { asked: Some(Asked { reader, clock, tell, failing: false }), queries: None, thread: None }
    }

    /// Asks; the answer goes straight to the app.
    pub(super) fn ask(&mut self, query: Query) {
        if let Some(asked) = self.asked.take() {
            let tell = asked.tell.clone();
            if let Err(error) = self.start(asked) {
                // An app that is gone needs no answer.
                tell.send(Incoming::Trouble(error.to_string())).ok();
            }
        }
        self.send(Job::Ask(query));
    }

    /// From now on answers come from this one.
    pub(super) fn read_from(&mut self, reader: CacheReader) {
        match &mut self.asked {
            Some(asked) => asked.reader = reader,
            None => self.send(Job::Reader(Box::new(reader))),
        }
    }

    fn start(&mut self, mut asked: Asked) -> std::io::Result<()> {
        let (queries, jobs) = channel();
        let speaks = crate::lang::follows_desk();
        let thread = std::thread::Builder::new().name("lookup".into()).spawn(move || {
            if speaks {
                crate::lang::follow_desk();
            }
            asked.run(&jobs);
        })?;
        (self.queries, self.thread) = (Some(queries), Some(thread));
        Ok(())
    }

    fn send(&self, job: Job) {
        if let Some(queries) = &self.queries {
            // A thread that has ended answers nothing; the panic was reported where it happened.
            queries.send(job).ok();
        }
    }
}

impl Drop for Questions {
    fn drop(&mut self) {
        self.queries = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

struct Asked {
    reader: CacheReader,
    clock: Arc<dyn Clock>,
    tell: UnboundedSender<Incoming>,
    failing: bool,
}

/// Whether a newer question of the kind makes this one idle.
fn is_search(query: &Query) -> bool {
    match query {
        Query::Articles { .. }
        | Query::History { .. }
        | Query::Timeline { .. }
        | Query::Customers { .. }
        | Query::View { .. } => true,
        Query::Thread(_) | Query::Customer(_) | Query::Article(_) | Query::CasesOf(_) => false,
        Query::Day { .. } => true,
    }
}

/// Adds a question; one that it makes idle goes.
fn enlist(waiting: &mut Vec<Query>, query: Query) {
    let idle = |old: &Query| *old == query || (is_search(&query) && discriminant(old) == discriminant(&query));
    waiting.retain(|old| !idle(old));
    waiting.push(query);
}

impl Asked {
    fn run(&mut self, jobs: &Receiver<Job>) {
        let mut waiting = Vec::new();
        loop {
            if waiting.is_empty() {
                let Ok(job) = jobs.recv() else { return };
                self.take(job, &mut waiting);
            }
            while let Ok(job) = jobs.try_recv() {
                self.take(job, &mut waiting);
            }
            if !waiting.is_empty() {
                self.answer(waiting.remove(0));
            }
        }
    }

    fn take(&mut self, job: Job, waiting: &mut Vec<Query>) {
        match job {
            Job::Ask(query) => enlist(waiting, query),
            Job::Reader(reader) => self.reader = *reader,
        }
    }

    fn answer(&mut self, query: Query) {
        let message = match self.look_up(query) {
            Ok(answer) => {
                self.failing = false;
                Incoming::Answer(answer)
            }
            Err(error) if !self.failing => {
                self.failing = true;
                Incoming::Trouble(sentence(&error))
            }
            Err(_) => return,
        };
        // An app that is gone needs no answer.
        self.tell.send(message).ok();
    }

    fn look_up(&mut self, query: Query) -> Result<Answer, StoreError> {
        let reader = &mut self.reader;
        Ok(match query {
            Query::Thread(case) => {
                let thread = reader
                    .thread(case)?
                    .map(|t| port::Thread {
                        case: t.case,
                        messages: t.messages,
                        wrap_ups: t.wrap_ups,
                        absent: t.absent,
                        correspondents: t.correspondents,
                    })
                    .map(Box::new);
                Answer::Thread(case, thread)
            }
            Query::Customer(id) => {
                let file = reader.customer(id)?.map(|f| {
                    Box::new(port::CustomerFile {
                        customer: f.customer,
                        contacts: f.contacts,
                        cases: f.cases,
                        held: f.held,
                    })
                });
                Answer::Customer(id, file)
            }
            Query::Articles { seq, words, case, locale, limit } => {
                let start = self.clock.steady_us();
                let suggest = case.map(|case| self.subject(case)).transpose()?.unwrap_or_default();
                let today = self.clock.now().to_rfc3339();
                let (words, locale, suggest) = (words.as_str(), locale.as_str(), suggest.as_str());
                let today = today.get(..10).unwrap_or_default();
                let hits = self.reader.search_articles(&ArticleQuery { words, suggest, locale, limit, today })?;
                Answer::Articles { seq, hits, took_us: self.clock.steady_us().saturating_sub(start) }
            }
            Query::Article(id) => Answer::Article(id, reader.article(id)?),
            Query::History { seq, words, limit } => {
                let found = reader.search_history(&words, limit)?.into_iter();
                let hit = |f: crate::store::search::CaseFound| port::CaseHit {
                    case: f.case,
                    customer: f.customer,
                    excerpt: f.excerpt,
                };
                Answer::History { seq, hits: found.map(hit).collect() }
            }
            Query::Timeline { seq, customer, words } => {
                let found = reader.timeline(customer, &words)?.into_iter();
                let lines = found.map(|l| port::TimelineLine { case: l.case, message: l.message }).collect();
                Answer::Timeline { seq, customer, lines }
            }
            Query::Customers { seq, words, first, alike, limit }
                if words.trim().is_empty() && !(first.is_empty() && alike.is_none()) =>
            {
                let mut hits = reader.customers(&first)?;
                let alike = alike.map(|id| reader.alike(id, limit)).transpose()?.unwrap_or_default();
                hits.extend(alike.into_iter().filter(|c| !first.contains(&c.id)));
                Answer::Customers { seq, hits }
            }
            Query::Customers { seq, words, limit, .. } => {
                Answer::Customers { seq, hits: reader.search_customers(&words, limit)? }
            }
            Query::Day { me, today, since } => {
                let found = reader.day(me, today, since)?;
                let (wrap_ups, departures) = (found.wrap_ups, found.departures);
                let rows = port::DayRows { wrap_ups, departures, ratings: found.ratings, cases: found.cases };
                Answer::Day(Box::new(rows))
            }
            Query::View { seq, text, now, limit } => match reader.view(&text, now, limit)? {
                Ok(found) => {
                    let hit = |(case, customer)| port::CaseHit { case, customer, excerpt: String::new() };
                    let (hits, total) = (found.cases.into_iter().map(hit).collect(), found.total);
                    Answer::View { seq, hits, total, fault: None }
                }
                Err(fault) => Answer::View { seq, hits: Vec::new(), total: 0, fault: Some(fault.sentence()) },
            },
            Query::CasesOf(agent) => Answer::CasesOf(agent, reader.cases_of(agent)?),
        })
    }

    /// What a case is about, in its own words.
    fn subject(&mut self, case: CaseId) -> Result<String, StoreError> {
        let thread = self.reader.thread(case)?;
        Ok(thread.map(|t| format!("{} {}", t.case.subject, t.case.tags.join(" "))).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_search_of_a_kind_waits() {
        let mut waiting = Vec::new();
        let history = |seq| Query::History { seq, words: "a".into(), limit: 5 };
        enlist(&mut waiting, Query::Thread(CaseId(1)));
        enlist(&mut waiting, history(1));
        enlist(&mut waiting, Query::Thread(CaseId(2)));
        enlist(&mut waiting, history(2));
        enlist(&mut waiting, Query::Thread(CaseId(1)));
        assert_eq!(waiting, [Query::Thread(CaseId(2)), history(2), Query::Thread(CaseId(1))]);
    }
}
