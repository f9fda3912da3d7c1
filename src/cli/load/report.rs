//! What a load measured, as words and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chat::Chats;
use super::notes::{Class, Latency, Spread};

/// Everything that was measured. Times are ms unless they say otherwise, sizes bytes.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub desks: usize,
    pub stuck: usize,
    pub slow: usize,
    pub queues: usize,
    pub teams: usize,
    pub customers_per_minute: u32,
    /// How long customers came.
    pub seconds: f64,
    /// From the first dial until every desk had everything.
    pub connected_s: f64,
    /// Of this machine, shared by server and desks.
    pub processors: usize,
    pub memory: Memory,
    pub latency: Latencies,
    /// What was said in web chats.
    pub chats: Option<Chats>,
    /// Changes made while customers came.
    pub changes: usize,
    /// Commands of desks answered while customers came.
    pub commands: usize,
    /// From key press to verdict.
    pub verdict_us: Spread,
    /// Verdicts per second while everyone gave commands without pause.
    pub pushed_per_s: f64,
    pub refused: u64,
    /// Of all desks together until they had everything: down, up, TLS included.
    pub first_bytes: (u64, u64),
    /// The same while customers came.
    pub work_bytes: (u64, u64),
    pub processor: Processor,
    /// What went wrong at the desks, and how often.
    pub troubles: BTreeMap<String, usize>,
}

/// What the server's process held.
#[derive(Debug, Serialize)]
pub(super) struct Memory {
    /// Without desks.
    pub empty: u64,
    /// With all of them connected and quiet.
    pub idle: u64,
    /// After all said Ready.
    pub ready: u64,
    /// After customers came for a while.
    pub busy: u64,
}

/// By what the changes are about.
#[derive(Debug, Serialize)]
pub(super) struct Latencies {
    pub work: Option<Latency>,
    pub figures: Option<Latency>,
    pub history: Option<Latency>,
}

impl From<BTreeMap<Class, Latency>> for Latencies {
    fn from(mut found: BTreeMap<Class, Latency>) -> Latencies {
        Latencies {
            work: found.remove(&Class::Work),
            figures: found.remove(&Class::Figures),
            history: found.remove(&Class::History),
        }
    }
}

/// Processor time: seconds, or seconds per second.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Processor {
    pub server: f64,
    pub desks: f64,
}

impl Figures {
    /// Server memory for each desk that is connected and quiet, bytes.
    fn per_desk(&self) -> u64 {
        self.memory.idle.saturating_sub(self.memory.empty) / self.desks as u64
    }

    /// For people.
    pub(super) fn in_words(&self) -> String {
        let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / 1_048_576.0);
        let kb = |bytes: u64, of: f64| format!("{:.1} kB", bytes as f64 / 1_000.0 / of);
        let desks = self.desks as f64;
        let minutes = self.seconds / 60.0;
        let mut lines = vec![
            String::new(),
            format!(
                "{} desks ({} stuck, {} slow), {} queues, {} teams; {} customers a minute for {:.0} s; {} processors for all",
                self.desks,
                self.stuck,
                self.slow,
                self.queues,
                self.teams,
                self.customers_per_minute,
                self.seconds,
                self.processors
            ),
            format!("Everyone connected and had everything after {:.0} s.", self.connected_s),
            format!(
                "Server memory   {} empty, {} with all desks idle ({} each), {} all ready, {} at work",
                mib(self.memory.empty),
                mib(self.memory.idle),
                kb(self.per_desk(), 1.0),
                mib(self.memory.ready),
                mib(self.memory.busy)
            ),
        ];
        let classes = [
            ("queue and own work", &self.latency.work),
            ("presence, figures", &self.latency.figures),
            ("cases, customers", &self.latency.history),
        ];
        lines.push("From a change (stamped before it is stored) to the last desk that may see it:".into());
        for (name, latency) in classes {
            let Some(Latency { changes, deliveries, last_desk, every_desk, missing }) = latency else { continue };
            lines.push(format!(
                "  {name:<20} p50 {} ms, p99 {} ms, most {} ms ({changes} changes); any one desk p99 {} ms ({deliveries} \
                 deliveries, {missing} missing)",
                last_desk.p50, last_desk.p99, last_desk.max, every_desk.p99
            ));
        }
        lines.push(format!(
            "Verdicts        p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms; {:.1} a second while customers came, {:.0} a \
             second when everyone asks without pause; {} refused",
            self.verdict_us.p50 as f64 / 1_000.0,
            self.verdict_us.p99 as f64 / 1_000.0,
            self.verdict_us.max as f64 / 1_000.0,
            self.commands as f64 / self.seconds,
            self.pushed_per_s,
            self.refused
        ));
        if let Some(Chats { at_once, to_desk, to_customer }) = &self.chats {
            for (name, heard) in [("customer's key to desk", to_desk), ("agent's key to customer", to_customer)] {
                let ms = |us: u64| us as f64 / 1_000.0;
                lines.push(format!(
                    "{at_once} chats at once   {name}: p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms ({} sentences, {} missing)",
                    ms(heard.took_us.p50),
                    ms(heard.took_us.p99),
                    ms(heard.took_us.max),
                    heard.said,
                    heard.missing
                ));
            }
        }
        lines.push(format!(
            "Bytes a desk    first start {} down, {} up; at work {} down, {} up a minute (TLS included)",
            kb(self.first_bytes.0, desks),
            kb(self.first_bytes.1, desks),
            kb(self.work_bytes.0, desks * minutes),
            kb(self.work_bytes.1, desks * minutes)
        ));
        lines.push(format!(
            "Processors      server {:.2}, desks {:.2} of {}",
            self.processor.server, self.processor.desks, self.processors
        ));
        for (what, times) in self.troubles.iter().take(10) {
            lines.push(format!("  trouble: {what} ({times} times)"));
        }
        lines.join("\n")
    }
}
