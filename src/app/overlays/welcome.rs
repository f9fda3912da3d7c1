//! The first screen of all, when there is no configuration: host here, join a team, or practise.

use crate::app::list::List;
use crate::app::text::Field;

/// What was chosen; whoever started the desk acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Server and desk here, empty.
    Host,
    /// Join with this link.
    Join(String),
    /// Server and desk here, with the made-up firm.
    Practise,
}

/// The lines of the screen: title and sentence.
pub const LINES: [(&str, &str); 3] = [
    ("Start a desk here", "Server and desk in one, on this machine; your team can join it later."),
    ("Join a team", "You need the link your lead sent you; it begins with cordboard://."),
    ("Practise with a made-up firm", "A desk with sample customers and contacts waiting; nothing leaves this machine."),
];

/// The screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Welcome {
    /// The selection among [`LINES`].
    pub list: List,
    /// The join link, once "Join a team" is opened.
    pub link: Option<Field>,
    /// What is wrong with the link.
    pub problem: String,
    /// Set when chosen; the desk then quits and the caller acts.
    pub choice: Option<Choice>,
}

impl Default for Welcome {
    fn default() -> Welcome {
        Welcome { list: List::default(), link: None, problem: String::new(), choice: None }
    }
}
