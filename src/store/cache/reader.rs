//! The reading half of the cache: everything the desk shows, on a connection and thread of its own.

use std::path::Path;

use rusqlite::Connection;

use super::kin;
use super::view::{Found, view};
use super::{CACHE_KIB, Cursors, cursors};
use crate::domain::ids::{AgentId, ArticleId, CaseId, CustomerId};
use crate::domain::mail::Correspondents;
use crate::domain::people::{Contacts, Customer};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::view::Fault as Misread;
use crate::domain::work::{ArticleHead, Case, Message, WrapUp};
use crate::store::StoreError;
use crate::store::fault::Fault;
use crate::store::open::Db;
use crate::store::rows;
use crate::store::search::typo::Vocabulary;
use crate::store::search::{ArticleQuery, CaseFound, TimelineLine, articles, history, people};

/// One case with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The case.
    pub case: Case,
    /// Its messages and notes, oldest first.
    pub messages: Vec<Message>,
    /// Its wrap-ups, oldest first.
    pub wrap_ups: Vec<WrapUp>,
    /// Messages that are there and not told yet.
    pub absent: u32,
    /// Who writes to each other on it, where it goes by e-mail and the role may see that.
    pub correspondents: Option<Correspondents>,
}

/// One customer with what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerFile {
    /// Who.
    pub customer: Customer,
    /// Identities in full, when the role may see them.
    pub contacts: Option<Contacts>,
    /// Their cases and those of all who are one with them, newest first.
    pub cases: Vec<Case>,
    /// Who became part of them, with identities in full when the role may see them.
    pub held: Vec<(Customer, Option<Contacts>)>,
}

/// How many rows of each kind the cache holds.
pub type Counts = Vec<(Entity, u64)>;

/// The desk's local copy, reading half.
#[derive(Debug)]
pub struct CacheReader {
    db: Db,
    vocabulary: Vocabulary,
}

impl CacheReader {
    /// Opens the cache that [`super::Cache::open`] made, by its file.
    pub fn open(path: &Path) -> Result<CacheReader, StoreError> {
        Ok(CacheReader { db: Db::read_only(path, CACHE_KIB)?, vocabulary: Vocabulary::default() })
    }

    /// What the cache knows about itself, as it is on disk.
    pub fn cursors(&mut self) -> Result<Cursors, StoreError> {
        self.db.snapshot(|tx| Ok(cursors(tx)?.provable()))
    }

    /// Configuration, presence, open interactions with their cases and customers, and open promises.
    pub fn hot(&mut self) -> Result<State, StoreError> {
        self.db.snapshot(|tx| hot(tx))
    }

    /// Reads as of one instant.
    pub(super) fn snapshot<T>(&mut self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.db.snapshot(|tx| read(tx))
    }

    /// Everything about one case; `None` when the cache does not hold it.
    pub fn thread(&mut self, case: CaseId) -> Result<Option<Thread>, StoreError> {
        self.db.snapshot(|tx| {
            let Some(Row::Case(case)) = rows::readable(tx, key(Entity::Case, case.0))? else { return Ok(None) };
            let mut messages: Vec<Message> = of_kind(rows::children(tx, Entity::Message, case.id.0)?);
            let mut wrap_ups: Vec<WrapUp> = of_kind(rows::children(tx, Entity::WrapUp, case.id.0)?);
            let mut absent = rows::absent_of(tx, Entity::Message, case.id.0)?;
            // What was merged into it is read with it, and what was merged into that.
            let mut held = case.ties.holds.clone();
            let mut at = 0;
            while let Some(part) = held.get(at).copied() {
                at += 1;
                messages.extend(of_kind::<Message>(rows::children(tx, Entity::Message, part.0)?));
                wrap_ups.extend(of_kind::<WrapUp>(rows::children(tx, Entity::WrapUp, part.0)?));
                absent += rows::absent_of(tx, Entity::Message, part.0)?;
                if let Some(Row::Case(part)) = rows::readable(tx, key(Entity::Case, part.0))? {
                    held.extend(
                        part.ties
                            .holds
                            .into_iter()
                            .filter(|id| *id != case.id && !held.contains(id))
                            .collect::<Vec<_>>(),
                    );
                }
            }
            if at > 0 {
                messages.sort_by_key(|m| (m.at, m.id));
                wrap_ups.sort_by_key(|w| (w.at, w.id));
            }
            let correspondents = match rows::readable(tx, key(Entity::Correspondents, case.id.0))? {
                Some(Row::Correspondents(correspondents)) => Some(correspondents),
                _ => None,
            };
            Ok(Some(Thread { case, messages, wrap_ups, absent, correspondents }))
        })
    }

    /// One customer with identities and cases, or whoever stands for them; `None` when the cache does not hold them.
    pub fn customer(&mut self, id: CustomerId) -> Result<Option<CustomerFile>, StoreError> {
        self.db.snapshot(|tx| {
            let mut kin = kin::kin(tx, id)?;
            let mut cases: Vec<Case> = kin::children(tx, &kin, Entity::Case)?;
            if kin.len() > 1 {
                cases.sort_by_key(|case| (case.updated, case.id));
            }
            cases.reverse();
            if kin.is_empty() {
                return Ok(None);
            }
            let customer = kin.remove(0);
            let contacts = kin::contacts(tx, customer.id)?;
            let with = |one: Customer| kin::contacts(tx, one.id).map(|theirs| (one, theirs));
            let held = kin.into_iter().map(with).collect::<Result<_, _>>()?;
            Ok(Some(CustomerFile { customer, contacts, cases, held }))
        })
    }

    /// Open and pending cases assigned to an agent, last changed first.
    pub fn cases_of(&mut self, agent: AgentId) -> Result<Vec<Case>, StoreError> {
        self.db.snapshot(|tx| {
            let mut query =
                tx.prepare_cached("SELECT id FROM open_case WHERE agent = ?1 ORDER BY updated DESC, id DESC")?;
            let ids = query.query_map([agent.0.cast_signed()], |r| r.get::<_, i64>(0))?;
            let mut cases = Vec::new();
            for id in ids {
                if let Some(Row::Case(case)) = rows::readable(tx, key(Entity::Case, id?.cast_unsigned()))? {
                    cases.push(case);
                }
            }
            Ok(cases)
        })
    }

    /// Cases in view, in the order of views, at most `limit`, and how many there are; or what the text says wrong.
    pub fn view(&mut self, text: &str, now: At, limit: usize) -> Result<Result<Found, Misread>, StoreError> {
        self.db.snapshot(|tx| view(tx, text, now, limit))
    }

    /// An article's text in Markdown; `None` when it has not arrived.
    pub fn article(&mut self, id: ArticleId) -> Result<Option<String>, StoreError> {
        self.db.with(|conn| match rows::readable(conn, key(Entity::ArticleBody, id.0))? {
            Some(Row::ArticleBody(body)) => Ok::<_, Fault>(Some(body.body)),
            _ => Ok(None),
        })
    }

    /// Articles for words as typed, best first; without words, those that suit the case at hand.
    pub fn search_articles(&mut self, query: &ArticleQuery<'_>) -> Result<Vec<ArticleHead>, StoreError> {
        let CacheReader { db, vocabulary } = self;
        db.snapshot(|tx| articles::search(tx, vocabulary, query))
    }

    /// Cases over all history by words, best first.
    pub fn search_history(&mut self, words: &str, limit: usize) -> Result<Vec<CaseFound>, StoreError> {
        self.db.snapshot(|tx| history::search(tx, words, limit))
    }

    /// Cases and messages of one customer, and of all who are one with them, that hold the words, newest first; without
    /// words, all of them.
    pub fn timeline(&mut self, customer: CustomerId, words: &str) -> Result<Vec<TimelineLine>, StoreError> {
        self.db.snapshot(|tx| {
            let kin: Vec<CustomerId> = kin::kin(tx, customer)?.iter().map(|one| one.id).collect();
            // Cases may be there before their customer is.
            let alone = [customer];
            history::timeline(tx, if kin.is_empty() { &alone } else { &kin }, words)
        })
    }

    /// Customers by words or by digits of a telephone number, best first; who was merged is found as whoever stands for
    /// them.
    pub fn search_customers(&mut self, words: &str, limit: usize) -> Result<Vec<Customer>, StoreError> {
        self.db.snapshot(|tx| kin::roots(tx, people::search(tx, words, limit)?))
    }

    /// Others who have an identity of this customer.
    pub fn alike(&mut self, id: CustomerId, limit: usize) -> Result<Vec<Customer>, StoreError> {
        self.db.snapshot(|tx| kin::alike(tx, id, limit))
    }

    /// Those of these customers that are here.
    pub fn customers(&mut self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
        self.db.snapshot(|tx| {
            let rows = ids.iter().map(|id| rows::readable(tx, key(Entity::Customer, id.0)));
            Ok(of_kind(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()))
        })
    }

    /// How many rows of each kind there are.
    pub fn counts(&mut self) -> Result<Counts, StoreError> {
        self.db.with(|conn| {
            let sql = "SELECT key >> 56, count(*) FROM row INDEXED BY row_part GROUP BY 1 ORDER BY 1";
            let mut query = conn.prepare_cached(sql)?;
            let mut found = query.query([])?;
            let mut counts = Counts::new();
            while let Some(row) = found.next()? {
                if let Some(entity) = Entity::from_code(row.get(0)?) {
                    counts.push((entity, row.get::<_, i64>(1)?.cast_unsigned()));
                }
            }
            Ok::<_, Fault>(counts)
        })
    }
}

pub(super) fn key(entity: Entity, id: u64) -> RowKey {
    RowKey { entity, id }
}

pub(super) fn of_kind<T: TryFrom<Row>>(rows: Vec<Row>) -> Vec<T> {
    rows.into_iter().filter_map(|row| T::try_from(row).ok()).collect()
}

pub(super) fn hot(conn: &Connection) -> Result<State, Fault> {
    let mut state = State::new();
    let mut query = conn.prepare_cached("SELECT key, body FROM row WHERE key BETWEEN ?1 AND ?2 ORDER BY key")?;
    let mut around = Vec::new();
    for entity in Entity::ALL.iter().filter(|e| e.is_hot()) {
        let mut found = query.query(rows::range(*entity))?;
        while let Some(row) = found.next()? {
            let key = rows::known(row.get(0)?)?;
            // What a newer server made and this build cannot read is left out, not an error.
            let Some(row) = Row::decode(key.entity, &row.get::<_, Vec<u8>>(1)?) else { continue };
            if let Row::Interaction(interaction) = &row {
                around.push(RowKey { entity: Entity::Case, id: interaction.case.0 });
                let people = interaction.customer.into_iter().chain(interaction.maybe.iter().copied());
                around.extend(people.map(|c| RowKey { entity: Entity::Customer, id: c.0 }));
            }
            if !matches!(&row, Row::Task(task) if task.done.is_some()) {
                state.load(row);
            }
        }
    }
    for key in around {
        if key.entity == Entity::Customer {
            // With all who are one person with them: what is grave about one is grave about all.
            kin::kin(conn, CustomerId(key.id))?.into_iter().for_each(|one| state.load(one.into()));
        }
        if state.row(key).is_none()
            && let Some(row) = rows::readable(conn, key)?
        {
            state.load(row);
        }
    }
    Ok(state)
}
