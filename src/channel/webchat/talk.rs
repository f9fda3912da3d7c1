//! One conversation as a machine: where it stands, what may be done there, and what that makes. Pure; what it makes is
//! brought and kept elsewhere.
//!
//! Form → Open → Over, or Form → Left when nobody was there. Invariant: a deed changes where it stands only once it
//! is in the ledger; a refused one changes nothing and takes no number.

use super::protocol::{Ask, Deed, Start, Wanted, Why};
use crate::domain::file::FileCard;
use crate::domain::ids::{CaseId, InteractionId};

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It has not begun.
    Form,
    /// It goes on.
    Open {
        /// Its interaction.
        interaction: InteractionId,
        /// Its case.
        case: CaseId,
    },
    /// It is over.
    Over {
        /// Its interaction.
        interaction: InteractionId,
        /// Its case.
        case: CaseId,
        /// Whether the customer said how it was.
        rated: bool,
    },
    /// A message was left.
    Left,
}

/// What a conversation is measured by, at this moment.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Longest message, characters.
    pub text_max: usize,
    /// What the form asks for.
    pub ask: Ask,
    /// Whether the site vouches for the customer.
    pub proven: bool,
    /// Whether somebody is there.
    pub online: bool,
    /// Whether a transcript may be sent.
    pub mail: bool,
}

/// What a deed makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Makes {
    /// Someone comes.
    Contact(Start),
    /// Someone leaves a message.
    Message(Start),
    /// They say more.
    Words(InteractionId, String, Vec<FileCard>),
    /// They go.
    Leaves(InteractionId),
    /// They say how it was.
    Mark(u8),
    /// They want the transcript.
    Transcript(String),
    /// Nothing any more: it was done before, in other words.
    Nothing,
}

/// What a deed makes where the conversation stands. `files` are those it names, already found.
pub fn makes(stage: Stage, terms: Terms, deed: Deed, files: Vec<FileCard>) -> Result<Makes, Why> {
    match (deed, stage) {
        (Deed::Start(start), Stage::Form) => {
            form(&start, terms)?;
            Ok(if terms.online { Makes::Contact(start) } else { Makes::Message(start) })
        }
        (Deed::Start(_), _) => Err(Why::Over),
        (Deed::Say { text, .. }, Stage::Open { interaction, .. }) => {
            if text.chars().count() > terms.text_max {
                return Err(Why::Long);
            }
            Ok(Makes::Words(interaction, text, files))
        }
        (Deed::Leave {}, Stage::Open { interaction, .. }) => Ok(Makes::Leaves(interaction)),
        (Deed::Leave {}, Stage::Over { .. } | Stage::Left) => Ok(Makes::Nothing),
        (Deed::Rate { .. }, Stage::Over { rated: true, .. }) => Ok(Makes::Nothing),
        (Deed::Rate { mark }, Stage::Over { .. }) => Ok(Makes::Mark(mark)),
        (Deed::Mail { .. }, Stage::Open { .. } | Stage::Over { .. }) if !terms.mail => Err(Why::Wrong),
        (Deed::Mail { email }, Stage::Open { .. } | Stage::Over { .. }) => Ok(Makes::Transcript(email)),
        (Deed::Rate { .. }, Stage::Open { .. }) => Err(Why::Wrong),
        (_, Stage::Form) => Err(Why::Form),
        (_, Stage::Over { .. } | Stage::Left) => Err(Why::Over),
    }
}

/// Whether the form is filled in. Whom the site vouches for needs no form.
fn form(start: &Start, terms: Terms) -> Result<(), Why> {
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if start.text.chars().count() > terms.text_max {
        return Err(Why::Long);
    }
    if terms.ask.name == Wanted::Must && !terms.proven && !given(&start.name) {
        return Err(Why::Name);
    }
    let needed = !terms.online || terms.ask.email == Wanted::Must && !terms.proven;
    if needed && !given(&start.email) { Err(Why::Email) } else { Ok(()) }
}

impl Stage {
    /// The word the widget knows it by.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Form => "form",
            Stage::Open { .. } => "waiting",
            Stage::Over { .. } => "over",
            Stage::Left => "left",
        }
    }

    /// Its case, once there is one.
    pub fn case(self) -> Option<CaseId> {
        match self {
            Stage::Open { case, .. } | Stage::Over { case, .. } => Some(case),
            Stage::Form | Stage::Left => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPEN: Stage = Stage::Open { interaction: InteractionId(7), case: CaseId(3) };
    const OVER: Stage = Stage::Over { interaction: InteractionId(7), case: CaseId(3), rated: false };
    const RATED: Stage = Stage::Over { interaction: InteractionId(7), case: CaseId(3), rated: true };

    fn terms() -> Terms {
        let ask = Ask { name: Wanted::Must, email: Wanted::May };
        Terms { text_max: 10, ask, proven: false, online: true, mail: true }
    }

    fn say(text: &str) -> Deed {
        Deed::Say { text: text.into(), files: Vec::new() }
    }

    fn start(name: &str, email: &str, text: &str) -> Start {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Start { name: given(name), email: given(email), text: text.into(), menu: Vec::new() }
    }

    #[test]
    fn each_deed_has_its_places() {
        let on = |stage, deed| makes(stage, terms(), deed, Vec::new());
        assert_eq!(on(OPEN, say("hi")), Ok(Makes::Words(InteractionId(7), "hi".into(), Vec::new())));
        assert_eq!(on(OPEN, say("12345678901")), Err(Why::Long));
        assert_eq!(on(Stage::Form, say("hi")), Err(Why::Form));
        assert_eq!(on(OVER, say("hi")), Err(Why::Over));
        assert_eq!(on(Stage::Left, say("hi")), Err(Why::Over));
        assert_eq!(on(OPEN, Deed::Leave {}), Ok(Makes::Leaves(InteractionId(7))));
        assert_eq!(on(OVER, Deed::Leave {}), Ok(Makes::Nothing));
        assert_eq!(on(OPEN, Deed::Rate { mark: 4 }), Err(Why::Wrong));
        assert_eq!(on(OVER, Deed::Rate { mark: 4 }), Ok(Makes::Mark(4)));
        assert_eq!(on(RATED, Deed::Rate { mark: 1 }), Ok(Makes::Nothing));
        assert_eq!(on(OPEN, Deed::Start(start("D", "", "?"))), Err(Why::Over));
    }

    #[test]
    fn the_form_asks_as_the_inbox_says_and_an_address_when_nobody_is_there() {
        let on = |terms, start| makes(Stage::Form, terms, Deed::Start(start), Vec::new());
        let whole = start("Dana", "", "Hello?");
        assert_eq!(on(terms(), whole.clone()), Ok(Makes::Contact(whole.clone())));
        assert_eq!(on(terms(), start(" ", "", "Hello?")), Err(Why::Name));
        let proven = Terms { proven: true, ..terms() };
        assert_eq!(on(proven, start("", "", "?")), Ok(Makes::Contact(start("", "", "?"))));
        let away = Terms { online: false, ..terms() };
        assert_eq!(on(away, whole), Err(Why::Email));
        assert_eq!(on(Terms { proven: true, ..away }, start("", "", "?")), Err(Why::Email));
        let left = start("Dana", "d@example.com", "Hello?");
        assert_eq!(on(away, left.clone()), Ok(Makes::Message(left)));
    }

    fn deeds() -> impl Strategy<Value = Deed> {
        prop_oneof![
            "\\PC{0,12}".prop_map(|text| say(&text)),
            Just(Deed::Leave {}),
            (0u8..7).prop_map(|mark| Deed::Rate { mark }),
            ("\\PC{0,3}", "\\PC{0,3}", "\\PC{0,12}").prop_map(|(n, e, t)| Deed::Start(start(&n, &e, &t))),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_said_where_nobody_could_hear_it(deed in deeds(), online: bool, proven: bool) {
            for stage in [Stage::Form, OPEN, OVER, RATED, Stage::Left] {
                let made = makes(stage, Terms { proven, online, ..terms() }, deed.clone(), Vec::new());
                match made {
                    Ok(Makes::Contact(_)) => prop_assert!(stage == Stage::Form && online),
                    Ok(Makes::Message(_)) => prop_assert!(stage == Stage::Form && !online),
                    Ok(Makes::Words(..) | Makes::Leaves(_)) => prop_assert!(stage == OPEN),
                    Ok(Makes::Mark(_)) => prop_assert!(stage == OVER),
                    _ => {}
                }
            }
        }
    }
}
