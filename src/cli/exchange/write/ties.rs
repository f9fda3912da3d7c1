//! What cases, and what customers, have to do with each other, and who writes on a case.

use std::collections::HashMap;

use super::{Names, Out, PAGE, Selection, record, reference};
use crate::cli::books::Books;
use crate::cli::exchange::record::{Instant, Record};
use crate::domain::ids::CaseId;
use crate::domain::mail::Correspondents;
use crate::domain::people::Customer;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::ties::Ties;

/// Which customers are one person.
pub(super) fn customers(books: &mut dyn Books, names: &Names, out: Out<'_>) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let page = books.page(Entity::Customer, after, PAGE)?;
        let Some(last) = page.last().map(Row::id) else { return Ok(()) };
        after = last;
        for row in page {
            let Row::Customer(Customer { id, reference: known_as, merged: Some(merged), .. }) = row else { continue };
            let into = books.rows(&[RowKey { entity: Entity::Customer, id: merged.into.0 }])?;
            let Some(Row::Customer(into)) = into.into_iter().next() else { continue };
            out(&Record::Merged(record::MergedCustomer {
                customer: reference(&known_as, id.0),
                into: reference(&into.reference, into.id.0),
                by: names.or_number(Entity::Agent, merged.by.0),
                at: Instant(merged.at),
                reason: merged.reason,
            }))?;
        }
    }
}

/// What the cases of the selection have to do with each other; after all of them, because they name each other.
pub(super) fn cases(books: &mut dyn Books, names: &Names, selection: &Selection, out: Out<'_>) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let page = books.page(Entity::Case, after, PAGE)?;
        let Some(last) = page.last().map(Row::id) else { return Ok(()) };
        after = last;
        let tied = page.into_iter().filter_map(|row| match row {
            Row::Case(case) => Some(case).filter(|c| selection.wants(c) && c.ties != Ties::default()),
            _ => None,
        });
        for case in tied {
            let named = case.ties.links.iter().map(|l| l.case).chain(case.ties.holds.iter().copied());
            let named = named.chain(case.ties.split_from).chain(case.ties.merged.as_ref().map(|m| m.into));
            let keys: Vec<RowKey> = named.map(|c| RowKey { entity: Entity::Case, id: c.0 }).collect();
            let mut others: HashMap<CaseId, String> = HashMap::new();
            for row in books.rows(&keys)? {
                if let Row::Case(c) = row
                    && selection.wants(&c)
                {
                    others.insert(c.id, reference(&c.reference, c.id.0));
                }
            }
            let other = |id: &CaseId| others.get(id).cloned();
            let merged = case.ties.merged.as_ref().and_then(|m| {
                Some(record::Merged {
                    into: other(&m.into)?,
                    by: names.agent(m.by),
                    reason: m.reason.clone(),
                    at: Instant(m.at),
                    status: m.status,
                    label: m.label.and_then(|l| names.get(Entity::Label, l.0)),
                    snoozed_until: m.snoozed_until.map(Instant),
                })
            });
            let links =
                case.ties.links.iter().filter_map(|l| Some(record::Link { case: other(&l.case)?, kind: l.kind }));
            out(&Record::Ties(record::Ties {
                case: reference(&case.reference, case.id.0),
                merged,
                holds: case.ties.holds.iter().filter_map(other).collect(),
                split_from: case.ties.split_from.as_ref().and_then(other),
                links: links.collect(),
            }))?;
        }
    }
}

/// Who writes to each other on the cases of the selection. Answers that wait for their time are not written: the server
/// they wait on sends them, and another one would send them again.
pub(super) fn correspondence(books: &mut dyn Books, selection: &Selection, out: Out<'_>) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let page = books.page(Entity::Correspondents, after, PAGE)?;
        let Some(last) = page.last().map(Row::id) else { return Ok(()) };
        after = last;
        let keys: Vec<RowKey> = page.iter().map(|row| RowKey { entity: Entity::Case, id: row.id() }).collect();
        let mut cases: HashMap<CaseId, String> = HashMap::new();
        for row in books.rows(&keys)? {
            if let Row::Case(case) = row
                && selection.wants(&case)
            {
                cases.insert(case.id, reference(&case.reference, case.id.0));
            }
        }
        for row in page {
            let Row::Correspondents(Correspondents { case, ours, to, cc, .. }) = row else { continue };
            let Some(case) = cases.remove(&case) else { continue };
            if !to.is_empty() {
                out(&Record::Correspondence(record::Correspondence { case, ours, to, cc }))?;
            }
        }
    }
}
