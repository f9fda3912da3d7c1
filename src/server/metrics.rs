//! What the server counts about itself, in the form Prometheus reads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::domain::{Command, Refusal};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Verb {
    verb: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InQueue {
    queue: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    status: u16,
}

/// Counters, gauges and histograms.
pub struct Metrics {
    registry: Registry,
    commands: Family<Verb, Counter>,
    requests: Family<Answered, Counter>,
    commit_seconds: Histogram,
    failed_commits: Counter,
    cannot_store: AtomicBool,
    head: Gauge<u64, AtomicU64>,
    sessions: Gauge,
    held: Gauge,
    waiting: Family<InQueue, Gauge>,
    oldest: Family<InQueue, Gauge>,
    lag_seconds: Histogram,
    channels: Family<OfChannel, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfChannel {
    channel: String,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

/// How many wait in a queue, and since when the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Key of the queue.
    pub queue: String,
    /// How many.
    pub count: usize,
    /// How long the first one has waited, ms; 0 when nobody waits.
    pub oldest_ms: i64,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("cordboard");
        let commands = Family::default();
        registry.register("commands", "Commands decided, by verb and outcome", commands.clone());
        let requests = Family::default();
        registry.register("http_requests", "HTTP requests answered, by route and status", requests.clone());
        let commit_seconds = Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0]);
        registry.register("commit_seconds", "Time from taking a group to its answer", commit_seconds.clone());
        let failed_commits = Counter::default();
        registry.register("failed_commits", "Groups that could not be stored", failed_commits.clone());
        let head = Gauge::default();
        registry.register("head_seq", "Newest position in the ledger", head.clone());
        let sessions = Gauge::default();
        registry.register("sessions", "Desks with a link", sessions.clone());
        let held = Gauge::default();
        registry.register("feed_held_bytes", "Changes chosen for desks that have not taken them yet", held.clone());
        let waiting = Family::default();
        registry.register("waiting", "Interactions waiting, by queue", waiting.clone());
        let oldest = Family::default();
        registry.register("oldest_wait_seconds", "Longest wait, by queue", oldest.clone());
        let lag_seconds = Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0]);
        registry.register("feed_lag_seconds", "Time from a commit to a session sending it", lag_seconds.clone());
        let channels = Family::default();
        registry.register("channel_up", "Whether a channel does as it should, by name", channels.clone());
        Metrics {
            channels,
            registry,
            commands,
            requests,
            commit_seconds,
            failed_commits,
            cannot_store: AtomicBool::new(false),
            head,
            sessions,
            held,
            waiting,
            oldest,
            lag_seconds,
        }
    }
}

impl Metrics {
    /// A command was decided.
    pub fn command(&self, command: &Command, refusal: Option<&Refusal>) {
        let outcome = if refusal.is_some() { "refused" } else { "done" };
        self.commands.get_or_create(&Verb { verb: verb(command), outcome }).inc();
    }

    /// A channel does as it should, or not.
    pub fn channel(&self, name: &str, well: bool) {
        self.channels.get_or_create(&OfChannel { channel: name.to_owned() }).set(i64::from(well));
    }

    /// A request was answered.
    pub fn request(&self, route: &'static str, status: u16) {
        self.requests.get_or_create(&Answered { route, status }).inc();
    }

    /// A round with its transaction took this long.
    pub fn commit_took(&self, ms: u64) {
        self.commit_seconds.observe(ms as f64 / 1_000.0);
    }

    /// A group could not be stored.
    pub fn failed_commit(&self) {
        self.failed_commits.inc();
        self.cannot_store.store(true, Ordering::Relaxed);
    }

    /// Whether the last group could be stored.
    pub fn can_store(&self) -> bool {
        !self.cannot_store.load(Ordering::Relaxed)
    }

    /// The ledger is at this position now.
    pub fn committed(&self, head: u64) {
        self.head.set(head);
        self.cannot_store.store(false, Ordering::Relaxed);
    }

    /// A desk's link came up (+1) or went (-1).
    pub fn session(&self, change: i64) {
        self.sessions.inc_by(change);
    }

    /// A session holds this much more, or less, for its desk, bytes.
    pub fn holds(&self, change: i64) {
        self.held.inc_by(change);
    }

    /// What all sessions hold for their desks, bytes.
    pub fn held(&self) -> i64 {
        self.held.get()
    }

    /// A session sent a commit this long after it was made.
    pub fn fed(&self, lag_ms: i64) {
        self.lag_seconds.observe(lag_ms as f64 / 1_000.0);
    }

    /// Everything in Prometheus' text form; who waits is counted at this very moment.
    pub fn render(&self, waiting: &[Waiting]) -> String {
        self.waiting.clear();
        self.oldest.clear();
        for w in waiting {
            let label = InQueue { queue: w.queue.clone() };
            self.waiting.get_or_create(&label).set(w.count as i64);
            self.oldest.get_or_create(&label).set(w.oldest_ms / 1_000);
        }
        let mut text = String::new();
        // Writing to a String cannot fail.
        encode(&mut text, &self.registry).ok();
        text
    }
}

/// The word a command is counted under.
pub fn verb(command: &Command) -> &'static str {
    match command {
        Command::SetPresence { .. } => "set-presence",
        Command::AcceptOffer { .. } => "accept-offer",
        Command::DeclineOffer { .. } => "decline-offer",
        Command::Pull { .. } => "pull",
        Command::Hold { .. } => "hold",
        Command::Resume { .. } => "resume",
        Command::EndContact { .. } => "end-contact",
        Command::SendReply { .. } => "send-reply",
        Command::AddNote { .. } => "add-note",
        Command::WrapUp { .. } => "wrap-up",
        Command::TakeMoreTime { .. } => "take-more-time",
        Command::LeaveWrapUp { .. } => "leave-wrap-up",
        Command::ExpireWrapUp { .. } => "expire-wrap-up",
        Command::ReadCard { .. } => "read-card",
        Command::Transfer { .. } => "transfer",
        Command::Escalate { .. } => "escalate",
        Command::Snooze { .. } => "snooze",
        Command::EditTags { .. } => "edit-tags",
        Command::SetPriority { .. } => "set-priority",
        Command::Assign { .. } => "assign",
        Command::SetStatus { .. } => "set-status",
        Command::CompleteTask { .. } => "complete-task",
        Command::OpenInteraction { .. } => "open-interaction",
        Command::AppendMessage { .. } => "append-message",
        Command::EndInteraction { .. } => "end-interaction",
        Command::Offer { .. } => "offer",
        Command::ExpireOffer { .. } => "expire-offer",
        Command::WakeCase { .. } => "wake-case",
        Command::CheckClocks { .. } => "check-clocks",
        Command::LoseLink { .. } => "lose-link",
        Command::GainLink { .. } => "gain-link",
        Command::RequeueLost { .. } => "requeue-lost",
        Command::RateContact { .. } => "rate-contact",
        Command::Triage(_) => "triage",
        Command::Identify { .. } => "identify",
        Command::ReportUndelivered { .. } => "report-undelivered",
        Command::MergeCustomers { .. } => "merge-customers",
        Command::UnmergeCustomers { .. } => "unmerge-customers",
        Command::ImportMerged(..) => "import-merged",
        Command::Put { .. } => "put",
        Command::ImportCustomer { .. } => "import-customer",
        Command::ImportArticle { .. } => "import-article",
        Command::ImportCase { .. } => "import-case",
        Command::ImportInteraction(_) => "import-interaction",
        Command::Retire { .. } => "retire",
        Command::ForcePresence { .. } => "force-presence",
        Command::Consult { .. } => "consult",
        Command::HandOver { .. } => "hand-over",
        Command::LeaveConsult { .. } => "leave-consult",
        Command::AskCallback { .. } => "ask-callback",
        Command::CallbackResult { .. } => "callback-result",
        Command::Overflow { .. } => "overflow",
        Command::TellLead { .. } => "tell-lead",
        Command::SaveView { .. } => "save-view",
        Command::DropView { .. } => "drop-view",
        Command::MergeCases { .. } => "merge-cases",
        Command::Unmerge { .. } => "unmerge",
        Command::SplitCase { .. } => "split-case",
        Command::LinkCases { .. } => "link-cases",
        Command::SetLabel { .. } => "set-label",
        Command::EditChecks { .. } => "edit-checks",
        Command::UndoSplit { .. } => "undo-split",
        Command::ImportTies { .. } => "import-ties",
        Command::SaveStock { .. } => "save-stock",
        Command::DropStock { .. } => "drop-stock",
        Command::CountUse(_) => "count-use",
        Command::ShareTraining(_) => "share-training",
        Command::ScheduleReply { .. } => "schedule-reply",
        Command::MoveScheduled { .. } => "move-scheduled",
        Command::CancelScheduled { .. } => "cancel-scheduled",
        Command::SendScheduled { .. } => "send-scheduled",
    }
}
