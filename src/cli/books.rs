//! The ledger as the operator's commands need it, whoever has it open.

use std::path::Path;

use crate::domain::Command;
use crate::domain::ids::{AgentId, DeviceId, KeyId, Seq};
use crate::domain::row::{Entity, Row, RowKey};
use crate::server::operate::Status;
use crate::store::ledger::{ApiKey, Device, Entered, Verified};

/// What became of a command given to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// Done, and on disk; what it made.
    Made(Vec<RowKey>),
    /// Not done, in a sentence.
    Refused(String),
}

/// A few verbs on a ledger. Errors are about the ledger itself; a refused command is an answer.
pub trait Books {
    /// Ids of rows by their names in files: keys, logins, paths, references, `locale/slug`.
    fn ids(&mut self, names: &[(Entity, String)]) -> anyhow::Result<Vec<Option<u64>>>;
    /// Rows by key, those that exist.
    fn rows(&mut self, keys: &[RowKey]) -> anyhow::Result<Vec<Row>>;
    /// Rows of one kind that belong to each of the parents, oldest first.
    fn children(&mut self, entity: Entity, parents: &[u64]) -> anyhow::Result<Vec<Vec<Row>>>;
    /// Rows of one kind with ids above `after`, by id, at most `limit`.
    fn page(&mut self, entity: Entity, after: u64, limit: usize) -> anyhow::Result<Vec<Row>>;
    /// Decides commands as the operator, in order, and stores them in one transaction.
    fn submit(&mut self, commands: Vec<Command>) -> anyhow::Result<Vec<Done>>;
    /// Newest position of the ledger.
    fn head(&mut self) -> anyhow::Result<Seq>;

    /// Every row of a kind that is small enough to hold.
    fn all(&mut self, entity: Entity) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        loop {
            let after = rows.last().map_or(0, Row::id);
            let page = self.page(entity, after, 1_000)?;
            if page.is_empty() {
                return Ok(rows);
            }
            rows.extend(page);
        }
    }
}

/// What only the operator does: secrets, copies, proofs.
pub trait Office: Books {
    /// Makes a one-time invite for an agent; its token.
    fn invite(&mut self, agent: AgentId) -> anyhow::Result<String>;
    /// Sets an agent's password.
    fn set_password(&mut self, agent: AgentId, password: &str) -> anyhow::Result<()>;
    /// Desks that joined.
    fn devices(&mut self) -> anyhow::Result<Vec<Device>>;
    /// Shuts a desk out; false when there is none of that number.
    fn revoke_device(&mut self, device: DeviceId) -> anyhow::Result<bool>;
    /// Makes a key for a gateway; its number and the key itself, which is not kept.
    fn add_key(&mut self, name: &str) -> anyhow::Result<(KeyId, String)>;
    /// Keys of gateways.
    fn keys(&mut self) -> anyhow::Result<Vec<ApiKey>>;
    /// Shuts a gateway out; false when there is none of that number.
    fn revoke_key(&mut self, key: KeyId) -> anyhow::Result<bool>;
    /// Copies the ledger to a new file.
    fn backup(&mut self, to: &Path) -> anyhow::Result<()>;
    /// Replays the ledger and compares every row.
    fn verify(&mut self) -> anyhow::Result<Verified>;
    /// Whether a running server answered.
    fn is_served(&self) -> bool;
    /// Events beyond `after` in order; fewer than `limit` is not the end, none is.
    fn events(&mut self, after: Seq, limit: usize) -> anyhow::Result<Vec<Entered>>;
    /// How things stand.
    fn status(&mut self) -> anyhow::Result<Box<Status>>;

    /// Decides one command; a refusal is an error with its sentence.
    fn give(&mut self, command: Command) -> anyhow::Result<Vec<RowKey>> {
        match self.submit(vec![command])?.into_iter().next() {
            Some(Done::Made(made)) => Ok(made),
            Some(Done::Refused(why)) => Err(anyhow::anyhow!(why)),
            None => Err(anyhow::anyhow!("the ledger gave no answer")),
        }
    }
}

#[cfg(test)]
pub mod memory {
    //! Books in memory: the rules and nothing else.

    use super::{Books, Done};
    use crate::domain::ids::Seq;
    use crate::domain::row::{Entity, Row, RowKey};
    use crate::domain::time::At;
    use crate::domain::{Actor, Command, State, apply, decide};

    /// Everything in one state.
    #[derive(Default)]
    pub struct Memory {
        /// All rows.
        pub state: State,
        /// Commands submitted, by transaction.
        pub groups: Vec<usize>,
        /// Fails the submit of this number, once.
        pub fail_at: Option<usize>,
    }

    fn name_of(row: &Row) -> Option<String> {
        Some(match row {
            Row::Team(r) => r.key.clone(),
            Row::Skill(r) => r.key.clone(),
            Row::Queue(r) => r.key.clone(),
            Row::Reason(r) => r.path.clone(),
            Row::Outcome(r) => r.key.clone(),
            Row::BreakCode(r) => r.key.clone(),
            Row::Calendar(r) => r.key.clone(),
            Row::Policy(r) => r.key.clone(),
            Row::Agent(r) => r.login.clone(),
            Row::Customer(r) => r.reference.clone(),
            Row::Case(r) => r.reference.clone(),
            Row::ArticleHead(r) => format!("{}/{}", r.locale, r.slug),
            _ => return None,
        })
    }

    impl Books for Memory {
        fn ids(&mut self, names: &[(Entity, String)]) -> anyhow::Result<Vec<Option<u64>>> {
            let find = |(entity, name): &(Entity, String)| {
                self.state.entity(*entity).find(|r| name_of(r).as_ref() == Some(name)).map(Row::id)
            };
            Ok(names.iter().map(find).collect())
        }

        fn rows(&mut self, keys: &[RowKey]) -> anyhow::Result<Vec<Row>> {
            Ok(keys.iter().filter_map(|k| self.state.row(*k).cloned()).collect())
        }

        fn children(&mut self, entity: Entity, parents: &[u64]) -> anyhow::Result<Vec<Vec<Row>>> {
            let of = |parent: &u64| {
                let mut rows: Vec<Row> = self.state.entity(entity).filter(|r| r.parent() == *parent).cloned().collect();
                rows.sort_by_key(|r| (r.order(), r.id()));
                rows
            };
            Ok(parents.iter().map(of).collect())
        }

        fn page(&mut self, entity: Entity, after: u64, limit: usize) -> anyhow::Result<Vec<Row>> {
            Ok(self.state.entity(entity).filter(|r| r.id() > after).take(limit).cloned().collect())
        }

        fn submit(&mut self, commands: Vec<Command>) -> anyhow::Result<Vec<Done>> {
            if self.fail_at == Some(self.groups.len()) {
                self.fail_at = None;
                anyhow::bail!("the disk is full");
            }
            self.groups.push(commands.len());
            let mut done = Vec::new();
            for command in commands {
                let decided = decide(&self.state, &command, Actor::Operator, At(1_750_000_000_000));
                done.push(match decided {
                    Ok(events) => {
                        events.iter().for_each(|e| apply(&mut self.state, e));
                        let changes = self.state.take_changes(1);
                        Done::Made(changes.iter().map(crate::domain::row::Change::key).collect())
                    }
                    Err(refusal) => Done::Refused(refusal.sentence(At(0))),
                });
            }
            Ok(done)
        }

        fn head(&mut self) -> anyhow::Result<Seq> {
            Ok(self.groups.len() as u64)
        }
    }
}
