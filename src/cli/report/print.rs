//! A report as table, CSV or JSON. Every number carries its definition's version and formula.

use serde_json::json;

use super::args::{By, Format, Report};
use super::{Bucket, House};
use crate::cli::say::{lined_up, say};
use crate::domain::figures::define::TABLE;
use crate::domain::figures::ratio::duration;
use crate::domain::figures::{Behind, Figure, FigureId, Unit, Value};
use crate::domain::safe;
use crate::domain::tally::FigureRules;
use crate::domain::time::At;

/// What a table by queue, day or interval shows.
const OF_QUEUES: [FigureId; 9] = [
    FigureId::Offered,
    FigureId::Answered,
    FigureId::Abandoned,
    FigureId::FlowedOut,
    FigureId::CalledBack,
    FigureId::Waiting,
    FigureId::ServiceLevel,
    FigureId::Asa,
    FigureId::Aht,
];
/// What a table by agent, or of one, shows.
const OF_AGENTS: [FigureId; 8] = [
    FigureId::Handled,
    FigureId::Aht,
    FigureId::Talk,
    FigureId::Hold,
    FigureId::Acw,
    FigureId::TransferRate,
    FigureId::Occupancy,
    FigureId::Utilisation,
];

/// Every figure there is, with its formula.
pub(super) fn list() -> anyhow::Result<()> {
    let row = |d: &crate::domain::figures::Definition| {
        vec![d.key.to_owned(), d.version.to_string(), d.label.to_owned(), d.formula(FigureRules::default())]
    };
    say(&lined_up(&["FIGURE", "VERSION", "NAME", "FORMULA"], &TABLE.iter().map(row).collect::<Vec<_>>()))
}

/// Prints it as asked.
pub(super) fn print(args: &Report, house: &House, buckets: Vec<Bucket>, how: bool) -> anyhow::Result<()> {
    match args.format {
        Format::Csv => csv(house, &buckets),
        Format::Json => json(args, house, &buckets),
        Format::Table if how => explain(house, &buckets),
        Format::Table if args.by.is_some() => table(args, house, &buckets),
        Format::Table => buckets.iter().try_for_each(|bucket| one(args, house, bucket)),
    }
}

fn local(house: &House, at: At) -> String {
    let zone = crate::domain::calendar::wall::zone(&house.zone);
    at.to_utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

fn header(args: &Report, house: &House, first: At, last: At) -> String {
    let mut words = format!("{} to {} {}", local(house, first), local(house, last), house.zone);
    for (what, named) in [("queue", &args.queue), ("agent", &args.agent)] {
        if let Some(named) = named {
            words.push_str(&format!(", {what} {named}"));
        }
    }
    words.push_str(
        ".\nWaits count when they ended, legs in the window in which their work was done; \
         handle time in the window is cut to it.",
    );
    safe::lines(&words).join("\n")
}

/// What the value was made of, in short.
fn halves(figure: &Figure) -> String {
    let definition = figure.definition();
    let (num, den) = figure.value.halves();
    match (figure.value, definition.unit, definition.each) {
        (Value::Na, ..) | (_, Unit::Count, _) => String::new(),
        _ if definition.below.is_empty() => format!("of {}", figure.rows.len()),
        (_, Unit::Percent | Unit::Mark, Unit::Time) => {
            format!("{} / {}", duration(num), duration(den))
        }
        (_, Unit::Time, _) => format!("{} / {den}", duration(num)),
        _ => format!("{num} / {den}"),
    }
}

fn one(args: &Report, house: &House, bucket: &Bucket) -> anyhow::Result<()> {
    say(&header(args, house, bucket.window.from, bucket.window.to))?;
    let row = |figure: &Figure| {
        let d = figure.definition();
        vec![
            d.key.to_owned(),
            figure.show(),
            halves(figure),
            bar(figure),
            format!("v{}", d.edition(house.rules)),
            d.formula(house.rules),
        ]
    };
    let rows: Vec<Vec<String>> = bucket.figures.iter().map(row).collect();
    say("")?;
    say(&lined_up(&["FIGURE", "VALUE", "MADE OF", "", "", "FORMULA"], &rows))
}

/// A share as ten cells.
fn bar(figure: &Figure) -> String {
    if figure.definition().unit != Unit::Percent {
        return String::new();
    }
    let Some(tenths) = figure.value.scaled(10) else { return String::new() };
    let full = usize::try_from(tenths.clamp(0, 10)).unwrap_or(0);
    "█".repeat(full) + &"·".repeat(10 - full)
}

fn table(args: &Report, house: &House, buckets: &[Bucket]) -> anyhow::Result<()> {
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else {
        return say("Nothing to tell.");
    };
    let of_agents = args.agent.is_some() || args.by == Some(By::Agent);
    let shown: &[FigureId] = if of_agents { &OF_AGENTS } else { &OF_QUEUES };
    let find = |bucket: &Bucket, id: FigureId| bucket.figures.iter().find(|f| f.id == id).map(|f| (f.show(), f.value));
    let shown: Vec<FigureId> = shown.iter().copied().filter(|id| find(first, *id).is_some()).collect();
    let timed = matches!(args.by, Some(By::Day | By::Interval));
    // A night in which nothing happened is not worth a line.
    let empty = |bucket: &Bucket| {
        timed && bucket.figures.iter().all(|f| f.rows.is_empty() || f.definition().key.starts_with("backlog"))
    };
    let told: Vec<&Bucket> = buckets.iter().filter(|b| !empty(b)).collect();
    let main = if of_agents { FigureId::Handled } else { FigureId::Offered };
    let most = told.iter().filter_map(|b| find(b, main)?.1.scaled(1)).max().unwrap_or(0).max(1);
    let mut head = vec![match args.by {
        Some(By::Queue) => "QUEUE",
        Some(By::Agent) => "AGENT",
        Some(By::Day) => "DAY",
        _ => "FROM",
    }];
    head.extend(shown.iter().map(|id| short(*id)));
    head.push("");
    let row = |bucket: &&Bucket| {
        let mut row = vec![bucket.name.clone()];
        row.extend(shown.iter().map(|id| find(bucket, *id).map_or(String::new(), |(text, _)| text)));
        let n = find(bucket, main).and_then(|(_, v)| v.scaled(1)).unwrap_or(0);
        row.push("█".repeat(usize::try_from((n * 12 + most - 1) / most).unwrap_or(0)));
        row
    };
    say(&header(args, house, first.window.from, last.window.to))?;
    say("")?;
    if told.is_empty() {
        return say("Nothing happened.");
    }
    say(&lined_up(&head, &told.iter().map(row).collect::<Vec<_>>()))?;
    let versions: Vec<String> =
        shown.iter().map(|id| format!("{} v{}", id.definition().key, id.definition().edition(house.rules))).collect();
    say(&format!("\n{}; formulas: cordboard report --how FIGURE", versions.join(", ")))
}

/// A column's head.
fn short(id: FigureId) -> &'static str {
    match id {
        FigureId::Offered => "OFFERED",
        FigureId::Answered => "ANSWERED",
        FigureId::Abandoned => "GAVE UP",
        FigureId::FlowedOut => "WENT ON",
        FigureId::CalledBack => "CALL BACK",
        FigureId::Waiting => "WAITING",
        FigureId::ServiceLevel => "SL",
        FigureId::Asa => "ASA",
        FigureId::Aht => "AHT",
        FigureId::Handled => "HANDLED",
        FigureId::Talk => "TALK",
        FigureId::Hold => "HOLD",
        FigureId::Acw => "ACW",
        FigureId::TransferRate => "TRANSFERS",
        FigureId::Occupancy => "OCCUPANCY",
        FigureId::Utilisation => "UTILISATION",
        other => other.definition().label,
    }
}

/// One figure: how it is made, of what, and the contacts behind it.
fn explain(house: &House, buckets: &[Bucket]) -> anyhow::Result<()> {
    for bucket in buckets {
        for figure in &bucket.figures {
            let d = figure.definition();
            if !bucket.name.is_empty() {
                say(&safe::line(&bucket.name))?;
            }
            say(&format!("{} (version {}): {}", d.label, d.edition(house.rules), figure.show()))?;
            say(&format!("  = {}", d.formula(house.rules)))?;
            let made = halves(figure);
            if !made.is_empty() {
                say(&format!("  = {made}"))?;
            }
            say(&format!(
                "  {} to {} {}",
                local(house, figure.window.from),
                local(house, figure.window.to),
                house.zone
            ))?;
            if !d.note.is_empty() {
                say(&format!("  {}", d.remark(house.rules)))?;
            }
            let row = |b: &Behind| {
                let agent = b.agent.and_then(|id| house.agents.iter().find(|a| a.id == id));
                vec![
                    local(house, b.at),
                    b.case.to_string(),
                    b.interaction.map_or(String::new(), |i| i.to_string()),
                    agent.map_or(String::new(), |a| a.login.clone()),
                    d.each.show(Value::whole(b.amount)),
                ]
            };
            if !figure.rows.is_empty() {
                say("")?;
                let rows: Vec<Vec<String>> = figure.rows.iter().map(row).collect();
                say(&lined_up(&["WHEN", "CASE", "CONTACT", "AGENT", "ADDS"], &rows))?;
            }
            say("")?;
        }
    }
    Ok(())
}

fn names(house: &House, bucket: &Bucket) -> (String, String) {
    let queue = bucket.queue.and_then(|id| house.queues.iter().find(|q| q.id == id)).map(|q| q.key.clone());
    let agent = bucket.agent.and_then(|id| house.agents.iter().find(|a| a.id == id)).map(|a| a.login.clone());
    (queue.unwrap_or_default(), agent.unwrap_or_default())
}

fn csv(house: &House, buckets: &[Bucket]) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "from",
        "to",
        "zone",
        "queue",
        "agent",
        "figure",
        "version",
        "name",
        "value",
        "unit",
        "numerator",
        "denominator",
        "contacts",
        "formula",
    ])?;
    for bucket in buckets {
        let (queue, agent) = names(house, bucket);
        for figure in &bucket.figures {
            let d = figure.definition();
            let (num, den) = figure.value.halves();
            let unit = if d.unit == Unit::Time { "seconds" } else { d.unit.word() };
            out.write_record([
                bucket.window.from.to_rfc3339().as_str(),
                bucket.window.to.to_rfc3339().as_str(),
                &house.zone,
                &safe::line(&queue),
                &safe::line(&agent),
                d.key,
                &d.edition(house.rules),
                d.label,
                &d.unit.plain(figure.value),
                unit,
                &num.to_string(),
                &den.to_string(),
                &figure.rows.len().to_string(),
                &d.formula(house.rules),
            ])?;
        }
    }
    let text = String::from_utf8(out.into_inner()?)?;
    say(text.trim_end())
}

fn json(args: &Report, house: &House, buckets: &[Bucket]) -> anyhow::Result<()> {
    let number = |figure: &Figure| match figure.definition().unit.plain(figure.value) {
        empty if empty.is_empty() => serde_json::Value::Null,
        text => serde_json::from_str(&text).unwrap_or(serde_json::Value::Null),
    };
    let one = |figure: &Figure| {
        let d = figure.definition();
        let (num, den) = figure.value.halves();
        json!({
            "figure": d.key,
            "version": d.version,
            "name": d.label,
            "formula": d.formula(house.rules),
            "value": number(figure),
            "unit": if d.unit == Unit::Time { "seconds" } else { d.unit.word() },
            "numerator": num,
            "denominator": den,
            "note": d.remark(house.rules),
            "contacts": figure.rows.iter().map(|b| json!({
                "case": b.case.0,
                "interaction": b.interaction.map(|i| i.0),
                "at": b.at.to_rfc3339(),
                "adds": b.amount,
            })).collect::<Vec<_>>(),
        })
    };
    let bucket = |bucket: &Bucket| {
        let (queue, agent) = names(house, bucket);
        json!({
            "from": bucket.window.from.to_rfc3339(),
            "to": bucket.window.to.to_rfc3339(),
            "queue": queue,
            "agent": agent,
            "figures": bucket.figures.iter().map(one).collect::<Vec<_>>(),
        })
    };
    let channels: Vec<&str> = args.channel.iter().map(String::as_str).collect();
    let whole = json!({
        "zone": house.zone,
        "rules": { "short_s": house.rules.short_s, "repeat_days": house.rules.repeat_days },
        "channels": channels,
        "buckets": buckets.iter().map(bucket).collect::<Vec<_>>(),
    });
    say(&serde_json::to_string_pretty(&whole)?)
}
