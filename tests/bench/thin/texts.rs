//! What people say: subjects, words and names of the sample firm's past, in another order.

use serde_json::Value;

use crate::words::Dice;

const CASES: &str = include_str!("../../../assets/sample/cases.jsonl");
const CUSTOMERS: &str = include_str!("../../../assets/sample/customers.csv");

/// Everything to choose from.
pub struct Texts {
    subjects: Vec<String>,
    customers: Vec<String>,
    agents: Vec<String>,
    notes: Vec<String>,
    names: Vec<String>,
}

impl Texts {
    /// Reads the sample.
    pub fn read() -> Texts {
        let mut texts = Texts { subjects: vec![], customers: vec![], agents: vec![], notes: vec![], names: vec![] };
        for line in CASES.lines() {
            let case: Value = serde_json::from_str(line).expect("the sample is JSON");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            texts.subjects.push(text(&case["subject"]));
            for message in case["messages"].as_array().into_iter().flatten() {
                let body = text(&message["body"]);
                match (message["from"].as_str(), message["kind"].as_str()) {
                    (Some("customer"), _) => texts.customers.push(body),
                    (Some("agent"), Some("note")) => texts.notes.push(body),
                    (Some("agent"), _) => texts.agents.push(body),
                    _ => {}
                }
            }
        }
        let mut sheet = csv::Reader::from_reader(CUSTOMERS.as_bytes());
        let column = sheet.headers().expect("a heading").iter().position(|h| h == "name").expect("names");
        texts.names = sheet.records().flatten().map(|r| r.get(column).unwrap_or_default().to_owned()).collect();
        texts
    }

    /// What it is about.
    pub fn subject(&self, dice: &mut Dice) -> String {
        dice.pick(&self.subjects)
    }

    /// What a customer writes.
    pub fn customer(&self, dice: &mut Dice) -> String {
        dice.pick(&self.customers)
    }

    /// What an agent answers.
    pub fn agent(&self, dice: &mut Dice) -> String {
        dice.pick(&self.agents)
    }

    /// What an agent notes.
    pub fn note(&self, dice: &mut Dice) -> String {
        dice.pick(&self.notes)
    }

    /// First name of one, last name of another.
    pub fn name(&self, dice: &mut Dice) -> String {
        let (first, last) = (dice.pick(&self.names), dice.pick(&self.names));
        let word = |name: &str, last: bool| {
            let mut words = name.split_whitespace();
            let found = if last { words.next_back() } else { words.next() };
            found.unwrap_or("Dana").to_owned()
        };
        format!("{} {}", word(&first, false), word(&last, true))
    }
}
