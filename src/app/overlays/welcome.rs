//! The first screen of all, when there is no configuration: host here, join a team, or practise.

use crate::app::list::List;
use crate::app::port::Effect;
use crate::app::text::Field;
use crate::app::update::Desk;

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
    (tk!("Start a desk here"), tk!("Server and desk in one, on this machine; your team can join it later.")),
    (tk!("Join a team"), tk!("You need the link your lead sent you; it begins with cordboard://.")),
    (
        tk!("Practise with a made-up firm"),
        tk!("Sample customers and contacts waiting, in a folder apart from your desk."),
    ),
];

/// The screen.
#[derive(Debug, Clone, Default, PartialEq)]
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

impl Welcome {
    /// The screen as it opens.
    pub fn new() -> Welcome {
        Welcome::default()
    }
}

impl Desk<'_> {
    /// Enter on the welcome screen.
    pub(in crate::app) fn welcome_accept(&mut self) {
        let Some(welcome) = self.m.welcome.as_mut() else { return };
        let choice = match (&welcome.link, welcome.list.selected) {
            (Some(field), _) => match check_link(field.text()) {
                Ok(link) => Choice::Join(link),
                Err(problem) => {
                    welcome.problem = problem;
                    return;
                }
            },
            (None, 0) => Choice::Host,
            (None, 1) => {
                welcome.link = Some(Field::line());
                return;
            }
            _ => Choice::Practise,
        };
        welcome.choice = Some(choice);
        self.effect(Effect::Quit);
    }

    /// Escape on the welcome screen: back to the lines, then out.
    pub(in crate::app) fn welcome_back(&mut self) {
        let Some(welcome) = self.m.welcome.as_mut() else { return };
        welcome.problem.clear();
        if welcome.link.take().is_none() {
            self.effect(Effect::Quit);
        }
    }

    pub(in crate::app) fn welcome_step(&mut self, by: isize) {
        if let Some(welcome) = self.m.welcome.as_mut().filter(|w| w.link.is_none()) {
            welcome.list.step(by, LINES.len());
        }
    }
}

/// A join link looks like one; whether it is good only the server can say.
fn check_link(text: &str) -> Result<String, String> {
    let link: String = text.split_whitespace().collect();
    if link.is_empty() {
        return Err(t!("Paste the link your lead sent you.").to_owned());
    }
    match link.strip_prefix("cordboard://") {
        Some(rest) if rest.len() > 3 => Ok(link),
        _ => Err(t!("A join link begins with cordboard://; copy the whole of it.").to_owned()),
    }
}
