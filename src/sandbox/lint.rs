//! What keeps a scenario from being good: names that lead nowhere, nodes nobody reaches, rules that never hold, no
//! way to pass or to fail, points that do not add up, people who could be real.

use std::collections::BTreeSet;

use super::play::{VERBS, prompted};
use super::read::{Fault, NOTHING, Ready};
use super::scenario::{Line, Scenario, When};
use super::traces;

/// Everything wrong with a scenario that can be read. `articles` are the slugs there are.
pub fn lint(file: &str, text: &str, ready: &Ready, articles: &BTreeSet<String>) -> Vec<Fault> {
    let mut lint = Lint { file, text, faults: Vec::new() };
    let scenario = &ready.scenario;
    lint.names(scenario, ready);
    lint.reach(scenario, ready);
    lint.points(scenario);
    lint.people(scenario);
    for slug in scenario.end.kb.iter().filter(|slug| !articles.contains(*slug)) {
        let line = lint.line("end", "kb");
        lint.fault(line, format!("there is no article {slug:?}"), "add it to the scenario's articles or name another");
    }
    if scenario.draft.as_ref().is_some_and(|draft| !draft.is_released()) {
        let (line, file) = (lint.line("draft", "released"), file.to_owned());
        let what = "it was made of a real case and nobody else has released it".to_owned();
        let hint = "another person reads it, then: cordboard sandbox release".to_owned();
        lint.faults.push(Fault { file, line, what, hint, mild: true });
    }
    lint.faults.sort_by(|a, b| (a.mild, a.line, &a.what).cmp(&(b.mild, b.line, &b.what)));
    lint.faults
}

struct Lint<'a> {
    file: &'a str,
    text: &'a str,
    faults: Vec<Fault>,
}

impl Lint<'_> {
    fn fault(&mut self, line: usize, what: String, hint: &str) {
        let (file, hint) = (self.file.to_owned(), hint.to_owned());
        self.faults.push(Fault { file, line, what, hint, mild: false });
    }

    /// Where a key of a table is said, else where the table is, else the first line; a table of no name is the file.
    fn line(&self, table: &str, key: &str) -> usize {
        let (mut here, mut found) = (String::new(), 1);
        for (i, line) in self.text.lines().enumerate() {
            let line = line.trim();
            let name = line.split_once('=').map_or("", |(name, _)| name.trim());
            if line.starts_with('[') {
                line.trim_matches(['[', ']']).clone_into(&mut here);
            }
            if here == table && (name == key || line.starts_with('[') && found == 1) || here.is_empty() && name == table
            {
                found = i + 1;
                if name == key {
                    break;
                }
            }
        }
        found
    }

    fn names(&mut self, s: &Scenario, ready: &Ready) {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if s.id.is_empty() || !s.id.chars().all(good) {
            self.fault(self.line("", "id"), format!("the id {:?} is no name", s.id), "use small letters, digits and -");
        }
        if !(1..=4).contains(&s.level) {
            self.fault(self.line("", "level"), format!("level {} is none", s.level), "1 to 4");
        }
        let mut seen = BTreeSet::new();
        for node in &s.node {
            if !seen.insert(&node.id) {
                self.fault(node.line, format!("the node {:?} is there twice", node.id), "give one another name");
            }
            let leads = !node.on_timeout.is_empty();
            if leads && ready.node(&node.on_timeout).is_none() {
                self.fault(
                    node.line,
                    format!("on_timeout leads to {:?}, which is no node", node.on_timeout),
                    "name one",
                );
            }
            if node.timeout_s > 0 && !leads {
                self.fault(node.line, "timeout_s without on_timeout".to_owned(), "say where silence leads");
            }
        }
        let intents: BTreeSet<&str> = ready.intents().map(|i| i.id.as_str()).collect();
        for intent in &s.intent {
            if intent.any.is_empty() {
                self.fault(
                    intent.line,
                    format!("the intent {:?} has no patterns", intent.id),
                    "write some in any = []",
                );
            }
        }
        let facts: BTreeSet<&str> = s.hidden.iter().map(|h| h.id.as_str()).collect();
        let flags: BTreeSet<&str> = s
            .rule
            .iter()
            .flat_map(|r| &r.flag)
            .chain(s.chance.iter().flat_map(|c| &c.one_of))
            .map(String::as_str)
            .collect();
        for rule in &s.rule {
            if !rule.goto.is_empty() && ready.node(&rule.goto).is_none() {
                self.fault(rule.line, format!("goto leads to {:?}, which is no node", rule.goto), "name one");
            }
            for fact in rule.reveal.iter().filter(|f| !facts.contains(f.as_str())) {
                self.fault(rule.line, format!("reveal names {fact:?}, which is not hidden"), "add it to [[hidden]]");
            }
            let idle = rule.say.is_empty() && rule.goto.is_empty() && rule.effect == 0;
            if idle && rule.reveal.is_empty() && rule.flag.is_empty() && rule.fail.is_empty() {
                self.fault(
                    rule.line,
                    "the rule does nothing".to_owned(),
                    "give it say, goto, flag, reveal, effect or fail",
                );
            }
            if rule.again && rule.when == When::default() {
                self.fault(rule.line, "the rule holds always and again".to_owned(), "give it a condition");
            }
        }
        let whens = s.rule.iter().map(|r| (r.line, &r.when));
        let whens = whens.chain(s.goal.iter().map(|g| (g.at, &g.when))).chain(s.slip.iter().map(|g| (g.at, &g.when)));
        for (line, when) in whens {
            for id in when.node.iter().filter(|id| ready.node(id).is_none()) {
                self.fault(line, format!("the condition names the node {id:?}, which is none"), "name one");
            }
            let said = [&when.intent, &when.not_intent, &when.said, &when.unsaid];
            for id in said.into_iter().flatten().filter(|id| !intents.contains(id.as_str())) {
                self.fault(
                    line,
                    format!("the condition names the intent {id:?}, which is none"),
                    "add it to [[intent]]",
                );
            }
            for id in when.revealed.iter().filter(|id| !facts.contains(id.as_str())) {
                self.fault(
                    line,
                    format!("the condition names the fact {id:?}, which is not hidden"),
                    "add it to [[hidden]]",
                );
            }
            for id in when.flag.iter().chain(&when.not_flag).filter(|id| !flags.contains(id.as_str())) {
                self.fault(
                    line,
                    format!("the condition names the flag {id:?}, which no rule sets"),
                    "set it or drop it",
                );
            }
            let verb = when.action.as_deref().map(|a| a.split(':').next().unwrap_or(a));
            if let Some(verb) = verb.filter(|v| !VERBS.contains(v)) {
                let hint = format!("there is {}", VERBS.join(", "));
                self.fault(line, format!("the condition names the action {verb:?}, which is none"), &hint);
            }
            if let Some(why) = never(when) {
                self.fault(line, format!("the condition never holds: {why}"), "change one of the two");
            }
            if when.action.is_some() && !when.intent.is_empty() {
                let hint = "say and do are two turns: use said = [] for what was said before";
                self.fault(line, "the condition wants words and an action at once: it never holds".to_owned(), hint);
            }
        }
        let strange = |id: &&String| *id != NOTHING && !intents.contains(id.as_str());
        for id in ready.examples().keys().filter(strange) {
            let hint = "name an intent of scenario.toml";
            self.fault(1, format!("examples.toml has examples of {id:?}, which is no intent"), hint);
        }
        for intent in s.intent.iter().filter_map(|i| Some((i.line, i.known.as_deref()?))) {
            if !facts.contains(intent.1) && !flags.contains(intent.1) {
                self.fault(intent.0, format!("known names {:?}, which is no fact and no flag", intent.1), "name one");
            }
        }
    }

    /// Every node can be reached, and the contact can end.
    fn reach(&mut self, s: &Scenario, ready: &Ready) {
        let mut reached = BTreeSet::from([0]);
        loop {
            let here = |when: &When| {
                when.node.is_empty() || when.node.iter().any(|n| ready.node(n).is_some_and(|n| reached.contains(&n)))
            };
            let rules = s.rule.iter().filter(|r| here(&r.when)).filter_map(|r| ready.node(&r.goto));
            let waits = s.node.iter().enumerate().filter(|(i, _)| reached.contains(i));
            let waits = waits.filter_map(|(_, n)| ready.node(&n.on_timeout));
            let more: BTreeSet<usize> = rules.chain(waits).filter(|n| !reached.contains(n)).collect();
            if more.is_empty() {
                break;
            }
            reached.extend(more);
        }
        for (_, node) in s.node.iter().enumerate().filter(|(i, _)| !reached.contains(i)) {
            let hint = "let a rule or a timeout lead there, or take it out";
            self.fault(node.line, format!("nothing leads to the node {:?}", node.id), hint);
        }
        let ends = s.node.iter().enumerate().any(|(i, n)| n.over && reached.contains(&i));
        if !ends {
            self.fault(
                s.node.first().map_or(1, |n| n.line),
                "no node with over = true can be reached: it cannot be passed".to_owned(),
                "add one",
            );
        }
        let fails = s.rule.iter().any(|r| !r.fail.is_empty());
        if !fails && s.rubric.critical.is_empty() {
            let hint = "add a rule with fail, or name critical lines in the rubric";
            self.fault(
                self.line("rubric", "critical"),
                "nothing in it is a critical error: it cannot be failed by a mistake".to_owned(),
                hint,
            );
        }
        // A rule behind one that always takes its place.
        for (i, rule) in s.rule.iter().enumerate() {
            let hidden = s.rule[..i].iter().find(|first| first.again && covers(&first.when, &rule.when));
            if let Some(first) = hidden {
                let what = format!("the rule never holds: the one on line {} always comes first", first.line);
                self.fault(rule.line, what, "put it before that one, or give that one more conditions");
            }
        }
    }

    fn points(&mut self, s: &Scenario) {
        let all: u32 = Line::ALL.iter().map(|l| s.rubric.most(*l)).sum();
        if all != 100 {
            self.fault(self.line("rubric", ""), format!("the rubric adds up to {all}"), "to 100");
        }
        if s.rubric.pass > 100 || s.rubric.pass == 0 {
            self.fault(
                self.line("rubric", "pass"),
                format!("pass = {} is out of reach or nothing", s.rubric.pass),
                "1 to 100",
            );
        }
        for line in Line::ALL {
            let goals: u32 = s.goal.iter().filter(|g| g.line == line).map(|g| g.points).sum();
            let written = s.note.iter().map(|f| f.points).sum::<u32>() + s.end.points;
            let given = goals + if line == Line::Documentation { written } else { 0 };
            let most = s.rubric.most(line);
            if given != most {
                let what = format!("{} can give {given} of the {most} points of the rubric", line.word());
                self.fault(self.line("rubric", line.word()), what, "let its goals add up to it");
            }
        }
        let within = |line: &Line| {
            let reached = s.goal.iter().filter(|g| g.line == *line && never(&g.when).is_none());
            reached.map(|g| g.points).sum::<u32>()
        };
        let written = s.note.iter().map(|f| f.points).sum::<u32>() + s.end.points;
        let most: u32 = Line::ALL.iter().map(|l| within(l).min(s.rubric.most(*l))).sum::<u32>()
            + written.min(s.rubric.documentation.saturating_sub(within(&Line::Documentation)));
        if most < s.rubric.pass {
            let what = format!("at most {most} points can be got and {} pass: it cannot be passed", s.rubric.pass);
            self.fault(self.line("rubric", "pass"), what, "give more points, or ask for fewer");
        }
        for goal in s.goal.iter().filter(|g| !prompted(&g.when) && g.when == When::default()) {
            self.fault(goal.at, format!("the goal {:?} holds always", goal.id), "give it a condition");
        }
    }

    /// Nobody in it can be a real person.
    fn people(&mut self, s: &Scenario) {
        if !s.persona.phone.is_empty() && !traces::fictional(&s.persona.phone) {
            let what = format!("the telephone number {} could be someone's", s.persona.phone);
            self.fault(self.line("persona", "phone"), what, traces::Kind::Phone.mend());
        }
        if !s.persona.email.is_empty() && !traces::exemplary(&s.persona.email) {
            let what = format!("the address {} could be someone's", s.persona.email);
            self.fault(self.line("persona", "email"), what, traces::Kind::Email.mend());
        }
        let texts =
            s.node.iter().map(|n| (n.line, n.say.as_str())).chain(s.rule.iter().map(|r| (r.line, r.say.as_str())));
        let mut texts: Vec<(usize, &str)> = texts.collect();
        let at = |table, key| self.line(table, key);
        texts.extend(s.customer.history.iter().map(|h| (at("customer", "history"), h.as_str())));
        texts.push((at("customer", "note"), &s.customer.note));
        texts.push((1, &s.about));
        let mut found = Vec::new();
        for (line, text) in texts {
            found.extend(traces::real(text).into_iter().map(|trace| (line, trace)));
        }
        for (line, trace) in found {
            let what = format!("{} {}", trace.text, trace.kind.looks());
            self.fault(line, what, trace.kind.mend());
        }
    }
}

/// Why a condition can never hold.
fn never(when: &When) -> Option<&'static str> {
    let both = |a: &[String], b: &[String]| a.iter().any(|x| b.contains(x));
    let all = |a: &[String], b: &[String]| !a.is_empty() && a.iter().all(|x| b.contains(x));
    let crossed = [
        (all(&when.intent, &when.not_intent), "it wants and forbids the same words"),
        (all(&when.said, &when.unsaid), "it wants said and unsaid the same words"),
        (both(&when.flag, &when.not_flag), "it wants and forbids the same flag"),
        (when.verified.zip(when.verified_below).is_some_and(|(a, b)| a >= b), "verified is not below verified_below"),
        (when.verified.is_some_and(|level| level > 3), "verified goes to 3"),
        (when.patience.zip(when.patience_below).is_some_and(|(a, b)| a >= b), "patience is not below patience_below"),
        (when.patience.is_some_and(|points| points > 100), "patience goes to 100"),
        (when.amount_min.zip(when.amount_max).is_some_and(|(a, b)| a > b), "amount_min is above amount_max"),
        (when.silence_s.is_some() && prompted(when), "silence is no time for words or actions"),
    ];
    crossed.into_iter().find(|(holds, _)| *holds).map(|(_, why)| why)
}

/// Whether whatever makes the second hold makes the first hold too; conditions of words and places only.
fn covers(first: &When, second: &When) -> bool {
    let within = |a: &[String], b: &[String]| a.is_empty() || (!b.is_empty() && b.iter().all(|x| a.contains(x)));
    let plain = When { node: first.node.clone(), intent: first.intent.clone(), ..When::default() };
    *first == plain && prompted(first) && within(&first.node, &second.node) && within(&first.intent, &second.intent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{read, template};

    fn faults(change: impl Fn(String) -> String) -> Vec<String> {
        let words = read::words("en", include_str!("../../assets/scenarios/words/en.toml")).expect("reads");
        let text = change(template::text("s"));
        let ready = read::scenario("s.toml", &text).map_err(|f| vec![f]);
        let ready = ready.and_then(|s| read::Ready::new("s.toml", s, &words, read::Examples::new()));
        let faults = ready.map_or_else(|faults| faults, |ready| lint("s.toml", &text, &ready, &BTreeSet::new()));
        faults.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn says(from: &str, to: &str, wanted: &str) {
        let faults = faults(|text| {
            assert!(text.contains(from), "the template has {from:?}");
            text.replacen(from, to, 1)
        });
        assert!(faults.iter().any(|f| f.contains(wanted)), "wanted {wanted:?}, got {faults:#?}");
        assert!(faults.iter().all(|f| f.starts_with("s.toml:") && f.contains("; ")), "{faults:#?}");
    }

    #[test]
    fn every_fault_says_where_it_is_and_what_to_do() {
        assert_eq!(faults(|t| t), Vec::<String>::new());
        says("schema = 1", "schema = 2", "it is of format 2; this program reads format 1");
        says("temper = 100 ", "temper = 100\nmood = 3 ", ": unknown field `mood`");
        says("[[intent]]", "[[intent]", "s.toml:");
        says("goto = \"needed\"", "goto = \"neded\"", "goto leads to \"neded\", which is no node");
        says("goto = \"needed\"\n", "", "nothing leads to the node \"needed\"; let a rule or a timeout lead there");
        says("patience = 70", "patience = 4000000000", "persona.patience is beyond what a contact has; at most 100");
        says("points = 35", "points = 4294967295", "points is beyond");
        says("effect = 20000", "effect = -2147483648", "effect is beyond");
        says(", revealed = [\"gift\"] }\ngoto", ", not_intent = [\"offer-express\"] }\ngoto", "forbids the same words");
        says(", revealed = [\"gift\"] }\ngood", ", not_intent = [\"offer-express\"] }\ngood", "it cannot be passed");
        says("My mother's".to_lowercase().as_str(), "call me on 07911 123456", "could be someone's telephone number");
        says("My mother's".to_lowercase().as_str(), "ann@gmail.com", "could be someone's address");
        says("over = true", "", "it cannot be passed");
        says("points = 35", "points = 30", "resolution can give 30 of the 35 points");
        says("resolution = 35", "resolution = 45", "the rubric adds up to 110");
        says("(by|until) when", "(by|until when", "a bracket is not closed");
        says("sam.field@example.com", "sam.field@gmail.com", "could be someone's; use one at example.com");
        says("style = \"anxious\"", "phone = \"+447911123456\"\nstyle = \"anxious\"", "could be someone's");
        says("My mother's".to_lowercase().as_str(), "4242 4242 4242 4242", "looks like a real card number");
        says("points = 5\n", "points = 5\nkb = [\"parcels\"]\n", "there is no article \"parcels\"");
        says("intent = [\"greet\"] }\ngood", "intent = [\"great\"] }\ngood", "the intent \"great\", which is none");
        says("intent = [\"greet\"] }\ngood", "action = \"verfy\" }\ngood", "the action \"verfy\", which is none");
        says(
            "[[rule]]\nwhen = { intent = [\"ask-when\"] }",
            "[[rule]]\nagain = true\nsay = \"Hm.\"\nwhen = { intent = [\"ask-when\"] }\n[[rule]]\nwhen = { intent = [\"ask-when\"] }",
            "the rule never holds: the one on line",
        );
    }
}
