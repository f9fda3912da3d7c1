//! A scenario as its file says it (schema 1): who calls, what they say, what answers lead where, what counts.
//!
//! Plain data, in file order. Patience is in whole points here, effects in thousandths of a point, times in seconds.

use serde::{Deserialize, Serialize};

/// The format this build reads.
pub const SCHEMA: u32 = 1;

/// How the customer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A call; shown as typed speech.
    Voice,
    /// A chat.
    Chat,
    /// E-mail: waiting costs nothing, words do.
    Email,
}

/// How the customer behaves: which lines they say by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Loud, short, interrupts.
    Irate,
    /// Afraid that it will not be in time.
    Anxious,
    /// Mixes things up.
    Confused,
    /// Slow and courteous.
    Slow,
    /// Few words of the language.
    Foreign,
    /// Smooth, flattering, in a hurry.
    Smooth,
    /// Low, close to tears.
    Fragile,
    /// Used to be served first.
    Grand,
    /// Insults.
    Abusive,
    /// Formal, quotes paragraphs.
    Formal,
    /// Friendly and lost with technology.
    Novice,
    /// Says nothing.
    Silent,
}

/// What a way of saying something does to patience by itself (operations 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Names the feeling.
    Empathy,
    /// Asks for permission to hold, with a reason or a time.
    AskHold,
    /// Thanks for having waited.
    ThanksHold,
    /// Promises something by a time.
    Timeframe,
    /// Tells someone to calm down, or that they are at fault.
    CalmDown,
    /// Words of the trade.
    Jargon,
    /// Greets.
    Greet,
}

/// One scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of the format.
    pub schema: u32,
    /// Name in commands and files.
    pub id: String,
    /// What the trainee reads in the list.
    pub title: String,
    /// What it is about, for the trainee, without giving anything away.
    pub about: String,
    /// How they come.
    pub channel: Channel,
    /// BCP 47.
    pub locale: String,
    /// Difficulty, 1..=4.
    pub level: u8,
    /// With the attempt it decides what chance decides.
    pub seed: u64,
    /// Time a steady agent takes, seconds; reported, never scored.
    pub budget_s: u32,
    /// What this scenario is a case of; certification wants some (`fraud`, `vulnerable`).
    #[serde(default)]
    pub kinds: Vec<String>,
    /// For what was made of a real case: who made it, and who released it.
    #[serde(default)]
    pub draft: Option<Draft>,
    /// Who.
    pub persona: Persona,
    /// What the firm knows of them.
    pub customer: Account,
    /// What they do not say by themselves.
    #[serde(default)]
    pub hidden: Vec<Hidden>,
    /// What chance decides, once at the start.
    #[serde(default)]
    pub chance: Vec<Chance>,
    /// What they say where; the first one opens.
    pub node: Vec<Node>,
    /// What the agent may say.
    #[serde(default)]
    pub intent: Vec<Intent>,
    /// What leads where; the first that holds is taken.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// What is worth points.
    #[serde(default)]
    pub goal: Vec<Goal>,
    /// What costs points.
    #[serde(default)]
    pub slip: Vec<Slip>,
    /// What the note must hold.
    #[serde(default)]
    pub note: Vec<Fact>,
    /// How it should end.
    pub end: End,
    /// Points of each line, and what passes.
    pub rubric: Rubric,
    /// Help, for a price.
    #[serde(default)]
    pub hints: Hints,
}

/// What was made of a real case is played when another person has released it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Who made it.
    pub by: String,
    /// Who released it; empty while nobody has.
    #[serde(default)]
    pub released: String,
}

impl Draft {
    /// Whether somebody else has released it.
    pub fn is_released(&self) -> bool {
        let (by, released) = (self.by.trim().to_lowercase(), self.released.trim().to_lowercase());
        !released.is_empty() && released != by
    }
}

/// Who the customer is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Full name.
    pub name: String,
    /// Behaviour.
    pub style: Style,
    /// How fast patience goes, percent of the usual.
    pub temper: u32,
    /// Patience at the start, points, 1..=100.
    pub patience: u32,
    /// From a range kept for fiction.
    #[serde(default)]
    pub phone: String,
    /// At a domain kept for examples.
    #[serde(default)]
    pub email: String,
    /// For the trainer: manner of speaking.
    #[serde(default)]
    pub speaks: String,
    /// IANA zone.
    #[serde(default = "london")]
    pub zone: String,
}

fn london() -> String {
    "Europe/London".to_owned()
}

/// What the firm knows of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Number of the account.
    pub account: String,
    /// Plan or product.
    #[serde(default)]
    pub plan: String,
    /// Flags of the customer pane.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Note of the customer pane.
    #[serde(default)]
    pub note: String,
    /// What has happened, `2025-05-02 bundle bought`.
    #[serde(default)]
    pub history: Vec<String>,
    /// What the firm can check them by: question and right answer.
    #[serde(default)]
    pub verify: Vec<Check>,
}

/// One question of a check of identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What is asked.
    pub ask: String,
    /// What the file says.
    pub answer: String,
    /// The level a right answer allows, 1..=3.
    pub level: u8,
}

/// Something they do not say by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// Name.
    pub id: String,
    /// What it is.
    pub fact: String,
    /// What would have brought it out, for the report.
    pub ask: String,
}

/// Something chance decides: exactly one of the flags is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// Flags, all as likely.
    pub one_of: Vec<String>,
}

/// Something the customer says, and where they are then.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Line of the file.
    #[serde(skip)]
    pub line: usize,
    /// Name.
    pub id: String,
    /// Words; `*marks*` in asterisks are sounds.
    pub say: String,
    /// What it does to patience, thousandths of a point.
    #[serde(default)]
    pub effect: i32,
    /// Silence after which they go to `on_timeout`, seconds; 0 is never.
    #[serde(default)]
    pub timeout_s: u32,
    /// Where silence leads.
    #[serde(default)]
    pub on_timeout: String,
    /// The contact is over here, well or badly.
    #[serde(default)]
    pub over: bool,
}

/// Something the agent may say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// Line of the file.
    #[serde(skip)]
    pub line: usize,
    /// Name.
    pub id: String,
    /// Patterns, any of which is enough.
    pub any: Vec<String>,
    /// Patterns that rule it out.
    #[serde(default)]
    pub not: Vec<String>,
    /// How it is said.
    #[serde(default)]
    pub tone: Option<Tone>,
    /// Asked again once this was revealed or said, it annoys: name of a hidden fact or a flag.
    #[serde(default)]
    pub known: Option<String>,
}

/// What must hold; all that is named does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// In one of these nodes.
    #[serde(default)]
    pub node: Vec<String>,
    /// One of these was just said.
    #[serde(default)]
    pub intent: Vec<String>,
    /// None of these was just said.
    #[serde(default)]
    pub not_intent: Vec<String>,
    /// One of these was ever said before or now.
    #[serde(default)]
    pub said: Vec<String>,
    /// None of these was ever said.
    #[serde(default)]
    pub unsaid: Vec<String>,
    /// This was just done: a verb of [`super::play::VERBS`], with what after a colon (`disclose:balance`).
    #[serde(default)]
    pub action: Option<String>,
    /// The amount is at least this.
    #[serde(default)]
    pub amount_min: Option<i64>,
    /// The amount is at most this.
    #[serde(default)]
    pub amount_max: Option<i64>,
    /// They are verified to this level at least.
    #[serde(default)]
    pub verified: Option<u8>,
    /// They are verified to less than this.
    #[serde(default)]
    pub verified_below: Option<u8>,
    /// Patience is at least this, points.
    #[serde(default)]
    pub patience: Option<u32>,
    /// Patience is below this, points.
    #[serde(default)]
    pub patience_below: Option<u32>,
    /// All of these flags are set.
    #[serde(default)]
    pub flag: Vec<String>,
    /// None of these is.
    #[serde(default)]
    pub not_flag: Vec<String>,
    /// All of these hidden facts are out.
    #[serde(default)]
    pub revealed: Vec<String>,
    /// The agent has said and done nothing for so long, seconds.
    #[serde(default)]
    pub silence_s: Option<u32>,
}

/// What leads where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Line of the file.
    #[serde(skip)]
    pub line: usize,
    /// What must hold.
    pub when: When,
    /// What they answer, before what the node they go to says.
    #[serde(default)]
    pub say: String,
    /// Where they go.
    #[serde(default)]
    pub goto: String,
    /// What it does to patience, thousandths of a point.
    #[serde(default)]
    pub effect: i32,
    /// Hidden facts that come out.
    #[serde(default)]
    pub reveal: Vec<String>,
    /// Flags that are set.
    #[serde(default)]
    pub flag: Vec<String>,
    /// A critical error, in words for the trainee.
    #[serde(default)]
    pub fail: String,
    /// Holds as often as it comes; else once.
    #[serde(default)]
    pub again: bool,
}

/// Lines of the rubric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// The first words.
    Opening,
    /// Who is it.
    Verification,
    /// What is it about.
    Discovery,
    /// What becomes of it.
    Resolution,
    /// How it is said.
    Communication,
    /// What is written down.
    Documentation,
}

impl Line {
    /// In the order of a contact.
    pub const ALL: [Line; 6] = [
        Line::Opening,
        Line::Verification,
        Line::Discovery,
        Line::Resolution,
        Line::Communication,
        Line::Documentation,
    ];

    /// As files have it.
    pub fn word(self) -> &'static str {
        match self {
            Line::Opening => "opening",
            Line::Verification => "verification",
            Line::Discovery => "discovery",
            Line::Resolution => "resolution",
            Line::Communication => "communication",
            Line::Documentation => "documentation",
        }
    }
}

/// Worth points, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Line of the file.
    #[serde(skip)]
    pub at: usize,
    /// Name.
    pub id: String,
    /// Which line.
    pub line: Line,
    /// How many.
    pub points: u32,
    /// When.
    pub when: When,
    /// What was good, for the report.
    pub good: String,
    /// What would have been better, for the report.
    pub better: String,
}

/// Costs points, each time up to `most` times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slip {
    /// Line of the file.
    #[serde(skip)]
    pub at: usize,
    /// Name.
    pub id: String,
    /// Which line.
    pub line: Line,
    /// How many each time.
    pub points: u32,
    /// How often at most.
    #[serde(default = "once")]
    pub most: u32,
    /// When.
    pub when: When,
    /// What would have been better, for the report.
    pub better: String,
}

fn once() -> u32 {
    1
}

/// What the note must hold; worth points of documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Line of the file.
    #[serde(skip)]
    pub line: usize,
    /// What it is, for the report.
    pub fact: String,
    /// Patterns, any of which is enough.
    pub any: Vec<String>,
    /// How many points.
    pub points: u32,
}

/// How it should end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Outcomes that fit, as the wrap-up names them.
    pub outcome: Vec<String>,
    /// Reasons that fit.
    pub reason: Vec<String>,
    /// Points of documentation for both.
    pub points: u32,
    /// Articles that help, by slug.
    #[serde(default)]
    pub kb: Vec<String>,
}

/// Points of each line, and what passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// The first words.
    pub opening: u32,
    /// Who is it.
    pub verification: u32,
    /// What is it about.
    pub discovery: u32,
    /// What becomes of it.
    pub resolution: u32,
    /// How it is said.
    pub communication: u32,
    /// What is written down.
    pub documentation: u32,
    /// Points that pass.
    pub pass: u32,
    /// Lines of which half is needed.
    #[serde(default)]
    pub critical: Vec<Line>,
}

impl Rubric {
    /// Most points of a line.
    pub fn most(&self, line: Line) -> u32 {
        match line {
            Line::Opening => self.opening,
            Line::Verification => self.verification,
            Line::Discovery => self.discovery,
            Line::Resolution => self.resolution,
            Line::Communication => self.communication,
            Line::Documentation => self.documentation,
        }
    }
}

/// Help, for a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hints {
    /// Offered after so much silence, seconds.
    pub after_s: u32,
    /// Points each costs in practice.
    pub cost: u32,
    /// In order.
    pub steps: Vec<String>,
}

impl Default for Hints {
    fn default() -> Hints {
        Hints { after_s: 25, cost: 3, steps: Vec::new() }
    }
}
