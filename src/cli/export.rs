//! `cordboard export`: everything, or a part, as JSON Lines.

use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::{Context as _, bail};

use super::args::{Export, Global};
use super::books::Books;
use super::exchange::write::{Selection, Written, records};
use super::places::Places;
use crate::domain::row::Entity;
use crate::domain::time::At;

/// Runs the command.
pub fn run(args: &Export, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.dir.data.as_deref())?;
    let mut books = super::office::open_existing(&places)?;
    let selection = selection(args, &mut *books)?;
    let Some(path) = &args.output else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        write(&mut *books, &selection, &mut out)?;
        return Ok(out.flush()?);
    };
    // A half-written export must not be taken for a whole one: it gets its name when it is done.
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let shown = path.display();
    let file = File::create(&part).with_context(|| format!("{shown} cannot be written"))?;
    let mut out = BufWriter::new(file);
    let written = write(&mut *books, &selection, &mut out).and_then(|written| {
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok(written)
    });
    let written = match written.and_then(|w| std::fs::rename(&part, path).map(|()| w).map_err(Into::into)) {
        Ok(written) => written,
        Err(error) => {
            std::fs::remove_file(&part).ok();
            return Err(error.context(format!("{shown} cannot be written")));
        }
    };
    eprintln!(
        "{shown}: {} configuration records, {} customers, {} cases, {} articles.",
        written.config, written.customers, written.cases, written.articles
    );
    Ok(())
}

fn write(books: &mut dyn Books, selection: &Selection, out: &mut dyn Write) -> anyhow::Result<Written> {
    records(books, selection, &mut |record| {
        // As an error of the pipe, so that a closed one ends quietly.
        serde_json::to_writer(&mut *out, record).map_err(std::io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })
}

fn selection(args: &Export, books: &mut dyn Books) -> anyhow::Result<Selection> {
    const KINDS: [&str; 4] = ["config", "customers", "cases", "articles"];
    if let Some(wrong) = args.what.iter().find(|w| !KINDS.contains(&w.as_str())) {
        bail!("--what {wrong}: it should be {}", KINDS.join(", "));
    }
    let mut id = |entity: Entity, word: &str, name: &Option<String>| -> anyhow::Result<Option<u64>> {
        let Some(name) = name else { return Ok(None) };
        let found = books.ids(&[(entity, name.clone())])?.into_iter().next().flatten();
        found.map(Some).with_context(|| format!("there is no {word} {name}"))
    };
    let queue = id(Entity::Queue, "queue", &args.queue)?;
    let customer = id(Entity::Customer, "customer", &args.customer)?;
    let since = args.since.as_deref().map(since).transpose()?;
    // A filter about cases or one customer means those, unless --what says more.
    let cases_only = queue.is_some() || since.is_some();
    let wants = |kind: &str| match args.what.as_slice() {
        [] if customer.is_some() => matches!(kind, "customers" | "cases"),
        [] if cases_only => kind == "cases",
        [] => true,
        named => named.iter().any(|w| w == kind),
    };
    Ok(Selection {
        config: wants("config"),
        customers: wants("customers"),
        cases: wants("cases"),
        articles: wants("articles"),
        queue,
        since,
        customer,
    })
}

/// A day or an instant; a day begins at midnight UTC.
fn since(text: &str) -> anyhow::Result<At> {
    let day = || Some(At(text.parse::<chrono::NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis()));
    At::from_rfc3339(text).or_else(day).with_context(|| {
        format!("--since {text}: it is no day such as 2025-06-30, and no time such as 2025-06-30T14:05:00Z")
    })
}
