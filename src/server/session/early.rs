//! Rows needed before their lane brings them: who waits, what I work on, what the desk asked for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::RangeInclusive;

use crate::domain::ids::{AgentId, CaseId, CustomerId, InteractionId, MessageId, Seq};
use crate::domain::routing::holds;
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::work::Interaction;
use crate::store::StoreError;
use crate::store::ledger::{LedgerReader, StoredRow};
use crate::wire::frame::{Down, Record};

use super::Scopes;

/// Wants kept at most; a desk that asks for more gets the rest with the snapshot.
const MOST: usize = 256;
/// Rows remembered as sent early, so that they are not sent early twice.
const REMEMBERED: usize = 4_096;
/// Bytes of one early frame of what is needed at once, about.
const FRAME: usize = 16 << 10;
/// Bytes of one case's messages sent early; older ones come with the snapshot.
const THREAD: usize = 512 << 10;

/// Something to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    /// One row that the desk asks for.
    Row(RowKey),
    /// One row of someone who waits, or an absent text; it may wait too.
    Soon(RowKey),
    /// A case with its customer, messages and wrap-ups.
    Case(CaseId),
    /// Of a case that has come to concern the agent, what this session told since it began.
    Fresh(CaseId),
}

/// What is wanted early, and the interactions this desk sees.
#[derive(Debug, Default)]
pub struct Early {
    wants: VecDeque<Want>,
    sent: BTreeSet<RowKey>,
    threads: BTreeSet<CaseId>,
    /// Interactions this agent holds or is offered, with their cases and customers.
    mine: BTreeMap<InteractionId, (CaseId, Option<CustomerId>)>,
}

/// Whether an interaction concerns the agent at this very moment.
pub fn concerns(interaction: &Interaction, agent: AgentId) -> bool {
    holds(interaction, agent)
}

impl Early {
    /// An interaction as it is now; what the desk may not have yet is wanted: of one that was `told` before and comes
    /// to concern the agent now, what went by. True when it concerns the agent, or did until now.
    pub fn see(&mut self, interaction: &Interaction, agent: AgentId, snapshot_is_whole: bool, told: bool) -> bool {
        let concerns = concerns(interaction, agent);
        let before = if concerns {
            self.mine.insert(interaction.id, (interaction.case, interaction.customer))
        } else {
            self.mine.remove(&interaction.id)
        };
        if concerns && before.is_none() && told {
            // What went by while it was nobody's here was not told in full.
            self.want(Want::Fresh(interaction.case));
        }
        if snapshot_is_whole {
            return concerns || before.is_some();
        }
        if concerns {
            self.want_thread(interaction.case);
        }
        if let Some(customer) = interaction.customer {
            self.want_row(RowKey { entity: Entity::Customer, id: customer.0 });
            self.want_row(RowKey { entity: Entity::Contacts, id: customer.0 });
        }
        self.want_row(RowKey { entity: Entity::Case, id: interaction.case.0 });
        concerns || before.is_some()
    }

    /// An interaction is gone; true when it concerned the agent.
    pub fn gone(&mut self, interaction: InteractionId) -> bool {
        self.mine.remove(&interaction).is_some()
    }

    /// The desk has everything: nothing needs to be remembered as sent early.
    pub fn forget(&mut self) {
        self.sent = BTreeSet::new();
        self.threads = BTreeSet::new();
    }

    /// Whether the agent has a contact in hand or on offer.
    pub fn is_busy(&self) -> bool {
        !self.mine.is_empty()
    }

    /// Whether the agent works on the case now.
    pub fn is_mine(&self, case: CaseId) -> bool {
        self.mine.values().any(|(mine, _)| *mine == case)
    }

    /// Whether a row is of the customer of a contact in hand: who they are, or a case of theirs.
    pub fn is_of_my_customer(&self, change: &Change) -> bool {
        let whose = match change.key().entity {
            Entity::Customer | Entity::Contacts => Some(change.key().id),
            Entity::Case => match change {
                Change::Put { key, body, .. } => Row::decode(key.entity, body).map(|row| row.parent()),
                _ => None,
            },
            _ => None,
        };
        let whose = whose.filter(|id| *id != 0);
        whose.is_some_and(|id| self.mine.values().any(|(_, customer)| *customer == Some(CustomerId(id))))
    }

    /// The desk asks for a row; a case comes with what belongs to it.
    pub fn ask(&mut self, key: RowKey) {
        let want = match key.entity {
            Entity::Case => Want::Case(CaseId(key.id)),
            _ => Want::Row(key),
        };
        // Contacts come with the live lane.
        let live = key.entity == Entity::Interaction;
        if !live && self.wants.len() < MOST && !self.wants.contains(&want) {
            self.wants.push_front(want);
        }
    }

    /// The desk asks for texts that are absent there.
    pub fn ask_texts(&mut self, messages: Vec<MessageId>) {
        for message in messages {
            let want = Want::Soon(RowKey { entity: Entity::Message, id: message.0 });
            if self.wants.len() < MOST && !self.wants.contains(&want) {
                self.wants.push_back(want);
            }
        }
    }

    fn want(&mut self, want: Want) {
        if self.wants.len() < MOST && !self.wants.contains(&want) {
            self.wants.push_front(want);
        }
    }

    /// Whether anything waits to be fetched.
    pub fn is_empty(&self) -> bool {
        self.wants.is_empty()
    }

    /// Whether something is wanted that must not wait for the window.
    pub fn is_urgent(&self) -> bool {
        matches!(self.wants.front(), Some(Want::Row(_) | Want::Case(_) | Want::Fresh(_)))
    }

    /// Fetches about a frame's worth of what is wanted and allowed, of what may wait at most `room` bytes, and the head
    /// it was read at. `fresh` are the revisions of what went by in this session and was told.
    pub fn fetch(
        &mut self,
        reader: &mut dyn LedgerReader,
        scopes: &Scopes,
        room: usize,
        fresh: RangeInclusive<Seq>,
    ) -> Result<(Seq, Option<Down>), StoreError> {
        let (mut records, mut size) = (Vec::new(), 0);
        let most = if self.is_urgent() { FRAME } else { room };
        let urgent = self.is_urgent();
        while size < most && self.is_urgent() == urgent {
            let Some(want) = self.wants.pop_front() else { break };
            let rows = match want {
                Want::Row(key) | Want::Soon(key) => reader.stored(&[key])?,
                Want::Case(case) => thread(reader, case)?,
                Want::Fresh(case) => thread(reader, case)?.into_iter().filter(|row| fresh.contains(&row.rev)).collect(),
            };
            for row in rows.into_iter().filter(|row| scopes.has(row.scope)) {
                size += row.body.len() + 24;
                records.push(Record::Put { rev: row.rev, scope: row.scope, key: row.key, body: row.body });
            }
        }
        // After the rows: a revision above this head cannot be among them.
        let head = reader.head()?;
        Ok((head, (!records.is_empty()).then_some(Down::Early { records })))
    }

    fn want_row(&mut self, key: RowKey) {
        if self.sent.len() < REMEMBERED && self.wants.len() < MOST && self.sent.insert(key) {
            self.wants.push_back(Want::Soon(key));
        }
    }

    fn want_thread(&mut self, case: CaseId) {
        if self.threads.len() < REMEMBERED && self.threads.insert(case) {
            self.wants.push_front(Want::Case(case));
        }
    }
}

/// A case and what belongs to it, as much of the newest as one frame may hold.
fn thread(reader: &mut dyn LedgerReader, case: CaseId) -> Result<Vec<StoredRow>, StoreError> {
    let mut rows = reader.stored(&[RowKey { entity: Entity::Case, id: case.0 }])?;
    let customer = rows.first().and_then(|row| match Row::decode(Entity::Case, &row.body) {
        Some(Row::Case(case)) => case.customer,
        _ => None,
    });
    if let Some(customer) = customer {
        let key = |entity| RowKey { entity, id: customer.0 };
        rows.extend(reader.stored(&[key(Entity::Customer), key(Entity::Contacts)])?);
    }
    rows.extend(reader.stored(&[RowKey { entity: Entity::Correspondents, id: case.0 }])?);
    rows.extend(reader.stored_children(Entity::Scheduled, case.0)?);
    rows.extend(reader.stored_children(Entity::WrapUp, case.0)?);
    let mut room = THREAD;
    for row in reader.stored_children(Entity::Message, case.0)?.into_iter().rev() {
        room = room.saturating_sub(row.body.len());
        if room == 0 {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The rows among these changes that belong to a case the agent works on or looks at.
pub fn belonging(changes: &[Change], to: impl Fn(CaseId) -> bool) -> Vec<Change> {
    changes.iter().filter(|c| case_of(c).is_some_and(&to)).cloned().collect()
}

/// The case a changed row belongs to, if the row is a case or hangs on one.
pub fn case_of(change: &Change) -> Option<CaseId> {
    let Change::Put { key, body, .. } = change else { return None };
    match key.entity {
        Entity::Case => Some(CaseId(key.id)),
        Entity::Message | Entity::WrapUp => Row::decode(key.entity, body).map(|row| CaseId(row.parent())),
        _ => None,
    }
}
