//! Items into the ledger: a batch at a time, each batch one transaction, each row whole or not at all.

use crate::cli::books::{Books, Done};
use crate::cli::exchange::record::Record;
use crate::cli::exchange::resolve::{Names, Step};
use crate::cli::exchange::{Item, Place};
use crate::domain::Command;

/// Rows per transaction.
pub const BATCH: usize = 500;
/// Words per transaction, in bytes, so that long cases do not pile up.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What happened so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items read.
    pub read: u64,
    /// Customers, cases, open interactions and articles brought in.
    pub made: u64,
    /// Records of configuration set.
    pub configured: u64,
    /// Records that were there already, just so.
    pub same: u64,
    /// Items left out.
    pub rejected: u64,
    /// Things that were not quite right.
    pub warnings: u64,
}

/// Who hears about it.
pub trait Watch {
    /// An item is left out, for this reason.
    fn rejected(&mut self, place: &Place, why: &str) -> anyhow::Result<()>;
    /// An item is brought in although this is not quite right.
    fn warned(&mut self, place: &Place, what: &str);
    /// Everything up to here is on disk; `end` is how far into the source that is.
    fn committed(&mut self, tally: Tally, end: u64) -> anyhow::Result<()>;
}

/// Brings items in, passing over the first `skip`.
pub fn bring(
    books: &mut dyn Books,
    items: impl Iterator<Item = Item>,
    skip: u64,
    watch: &mut dyn Watch,
) -> anyhow::Result<Tally> {
    let mut names = Names::default();
    names.learn_configuration(books)?;
    let mut run = Run { books, names, watch, batch: Vec::new(), bytes: 0, tally: Tally::default() };
    let mut end = 0;
    for item in items {
        if run.tally.read < skip {
            run.tally.read += 1;
            continue;
        }
        if run.is_full(&item) {
            run.flush(end)?;
        }
        end = item.end;
        run.bytes += item.record.as_ref().map_or(0, |r| size(r));
        run.batch.push(item);
    }
    run.flush(end)?;
    Ok(run.tally)
}

struct Run<'r> {
    books: &'r mut dyn Books,
    names: Names,
    watch: &'r mut dyn Watch,
    batch: Vec<Item>,
    bytes: usize,
    tally: Tally,
}

impl Run<'_> {
    /// A batch holds one kind of record, because a record may name one of another kind before it.
    fn is_full(&self, next: &Item) -> bool {
        let kind = |item: &Item| item.record.as_ref().ok().map(|r| std::mem::discriminant(r.as_ref()));
        let last = self.batch.iter().rev().find_map(kind);
        let other = matches!((last, kind(next)), (Some(a), Some(b)) if a != b);
        self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES || other
    }

    fn flush(&mut self, end: u64) -> anyhow::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        if batch.is_empty() {
            return Ok(());
        }
        let records: Vec<&Record> = batch.iter().filter_map(|i| i.record.as_deref().ok()).collect();
        let configures = records.iter().any(|r| is_configuration(r));
        self.names.learn(self.books, &records)?;
        let mut commands: Vec<Command> = Vec::new();
        let mut places: Vec<&Place> = Vec::new();
        let mut made = 0;
        let mut same = 0;
        let mut refused: Vec<(&Place, String)> = Vec::new();
        for item in &batch {
            match item.record.as_ref().map(|r| self.names.resolve(r)) {
                Err(why) => refused.push((&item.place, why.clone())),
                Ok(Err(why)) => refused.push((&item.place, why)),
                Ok(Ok(Step::Same)) => same += 1,
                Ok(Ok(Step::Do(command))) => {
                    commands.push(*command);
                    places.push(&item.place);
                }
            }
            for what in &item.warnings {
                self.watch.warned(&item.place, what);
                self.tally.warnings += 1;
            }
        }
        if !commands.is_empty() {
            let answers = self.books.submit(commands)?;
            for (place, answer) in places.into_iter().zip(answers) {
                match answer {
                    Done::Made(_) => made += 1,
                    Done::Refused(why) => refused.push((place, why)),
                }
            }
        }
        if configures {
            self.names.learn_configuration(self.books)?;
        }
        let order = |place: &Place| batch.iter().position(|i| i.place == *place);
        refused.sort_by_key(|(place, _)| order(place));
        for (place, why) in &refused {
            self.watch.rejected(place, why)?;
        }
        self.tally.read += batch.len() as u64;
        let counted = if configures { &mut self.tally.configured } else { &mut self.tally.made };
        *counted += made;
        self.tally.same += same;
        self.tally.rejected += refused.len() as u64;
        self.watch.committed(self.tally, end)
    }
}

fn is_configuration(record: &Record) -> bool {
    !matches!(
        record,
        Record::Customer(_)
            | Record::Case(_)
            | Record::Interaction(_)
            | Record::Ties(_)
            | Record::Article(_)
            | Record::Merged(_)
            | Record::Correspondence(_)
    )
}

/// Bytes of words in a record, roughly.
fn size(record: &Record) -> usize {
    match record {
        Record::Case(c) => 200 + c.messages.iter().map(|m| m.body.len() + 60).sum::<usize>(),
        Record::Article(a) => 200 + a.body.len(),
        _ => 200,
    }
}

#[cfg(test)]
mod tests;
