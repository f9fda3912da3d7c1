//! Which parts of a scenario attempts went through: nodes, rules, facts, goals; what nobody ever saw is not trained.

use std::collections::BTreeSet;

use super::play::{Mark, State, Who};
use super::read::Ready;

/// What was gone through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    attempts: usize,
    nodes: BTreeSet<usize>,
    rules: BTreeSet<usize>,
    goals: BTreeSet<usize>,
    facts: BTreeSet<String>,
}

impl Coverage {
    /// Counts an attempt.
    pub fn add(&mut self, ready: &Ready, state: &State) {
        self.attempts += 1;
        self.rules.extend(state.rules_taken());
        let said: BTreeSet<&str> =
            state.log.iter().filter(|e| e.who == Who::Customer).map(|e| e.words.as_str()).collect();
        let nodes = ready.scenario.node.iter().enumerate();
        self.nodes.extend(nodes.filter(|(i, n)| *i == state.node || said.contains(n.say.as_str())).map(|(i, _)| i));
        for mark in state.log.iter().flat_map(|e| &e.marks) {
            match mark {
                Mark::Goal(i) => drop(self.goals.insert(*i)),
                Mark::Fact(id) => drop(self.facts.insert(id.clone())),
                _ => {}
            }
        }
    }

    /// In words, with what nobody went through.
    pub fn words(&self, ready: &Ready) -> String {
        let s = &ready.scenario;
        let mut lines = vec![format!(
            "{}: {} attempts; {} of {} nodes, {} of {} rules, {} of {} facts, {} of {} goals",
            s.id,
            self.attempts,
            self.nodes.len(),
            s.node.len(),
            self.rules.len(),
            s.rule.len(),
            self.facts.len(),
            s.hidden.len(),
            self.goals.len(),
            s.goal.len(),
        )];
        let nodes = s.node.iter().enumerate().filter(|(i, _)| !self.nodes.contains(i));
        lines.extend(nodes.map(|(_, n)| format!("  line {}: the node {} was never reached", n.line, n.id)));
        let rules = s.rule.iter().enumerate().filter(|(i, _)| !self.rules.contains(i));
        lines.extend(rules.map(|(_, r)| format!("  line {}: the rule never held", r.line)));
        lines.join("\n")
    }
}
