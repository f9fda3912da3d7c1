//! The firm's file: queues, people, codes and hours in one TOML, as the sample has them.

use serde::Deserialize;

use super::record::{
    Agent, Break, Calendar, Checklist, Firm, Label, Named, Outcome, Policy, Queue, Reason, Record, Stock, View,
};
use super::rules::in_order;
use crate::domain::routing::FirmRules;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    firm: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    routing: FirmRules,
    #[serde(default)]
    skill: Vec<Named>,
    #[serde(default)]
    calendar: Vec<Calendar>,
    #[serde(default)]
    queue: Vec<Queue>,
    #[serde(default)]
    policy: Vec<Policy>,
    #[serde(default)]
    team: Vec<Named>,
    #[serde(default)]
    agent: Vec<Agent>,
    #[serde(default)]
    reason: Vec<Reason>,
    #[serde(default)]
    outcome: Vec<Outcome>,
    #[serde(default, rename = "break")]
    breaks: Vec<Break>,
    #[serde(default)]
    label: Vec<Label>,
    #[serde(default)]
    checklist: Vec<Checklist>,
    #[serde(default)]
    view: Vec<View>,
    #[serde(default)]
    snippet: Vec<Stock>,
    #[serde(default, rename = "macro")]
    macros: Vec<Stock>,
    #[serde(default)]
    locale: String,
}

/// Reads the file into records, in the order in which they may name each other. The error names the line.
pub fn read(text: &str) -> Result<Vec<Record>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|s| 1 + text[..s.start].matches('\n').count());
        let what = error.message().trim().replace('\n', " ");
        line.map_or_else(|| what.clone(), |line| format!("line {line}: {what}"))
    })?;
    let mut records =
        vec![Record::Firm(Firm { name: file.firm, zone: file.zone, locale: file.locale, routing: file.routing })];
    records.extend(file.skill.into_iter().map(Record::Skill));
    records.extend(file.calendar.into_iter().map(Record::Calendar));
    records.extend(in_order(file.queue).into_iter().map(Record::Queue));
    records.extend(file.policy.into_iter().map(Record::Policy));
    records.extend(file.team.into_iter().map(Record::Team));
    records.extend(file.agent.into_iter().map(Record::Agent));
    records.extend(file.reason.into_iter().map(Record::Reason));
    records.extend(file.outcome.into_iter().map(Record::Outcome));
    records.extend(file.breaks.into_iter().map(Record::Break));
    records.extend(file.label.into_iter().map(Record::Label));
    records.extend(file.checklist.into_iter().map(Record::Checklist));
    records.extend(file.view.into_iter().map(Record::View));
    records.extend(file.snippet.into_iter().map(Record::Snippet));
    records.extend(file.macros.into_iter().map(Record::Macro));
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_reads() {
        let records = read(include_str!("../../../assets/sample/desk.toml")).expect("it reads");
        let count = |f: fn(&Record) -> bool| records.iter().filter(|r| f(r)).count();
        assert_eq!(count(|r| matches!(r, Record::Queue(_))), 4);
        assert!(count(|r| matches!(r, Record::Agent(_))) > 5);
        assert!(count(|r| matches!(r, Record::Reason(_))) > 10);
    }

    #[test]
    fn faults_have_a_line() {
        let wrong = |text: &str| read(text).expect_err("wrong");
        assert!(wrong("firm = \"F\"\n[[skill]]\nkey = \"a\"\n").starts_with("line 2: missing field `name`"));
        assert!(wrong("firm = \"F\"\n[[skil]]\nkey = \"a\"\n").starts_with("line 2: unknown field `skil`"));
        assert!(wrong("firm = \"F\n").starts_with("line 1: "));
        let bad = "firm = \"F\"\n[[queue]]\nkey = \"q\"\nname = \"Q\"\nchannels = [\"fax\"]\n";
        assert!(wrong(bad).starts_with("line 5: unknown variant `fax`"), "{}", wrong(bad));
    }
}
