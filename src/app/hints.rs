//! The bottom line: what is most useful now, made from the table of actions.

use super::action::{Action, Context, TABLE};
use super::enabled::{enabled, title};
use super::mirror::Pending;
use super::model::Model;
use super::overlays::Overlay;
use super::overlays::prompt::Purpose;
use super::panes::queue;
use super::port::LinkState;
use super::update::{contexts, typing};

/// One hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key to press here.
    pub key: String,
    /// What it does, in a word or two.
    pub title: String,
    /// The action.
    pub action: Action,
}

/// At most this many: more is noise, `?` has them all.
const MOST: usize = 9;

/// The hints for where the keys go now, most useful first. Only what can be done is shown.
pub fn hints(model: &Model) -> Vec<Hint> {
    let stack = contexts(model);
    let typed = typing(model);
    let over = stack[0] == Context::Overlay;
    let mut found: Vec<(usize, u8, Hint)> = Vec::new();
    for entry in TABLE.iter().filter(|e| e.hint > 0) {
        let context = entry.keys.iter().map(|(c, _)| *c).find(|c| stack.contains(c));
        let own = over && entry.keys.iter().any(|(c, _)| *c == Context::Overlay);
        let Some(context) = context.map(|c| if own { Context::Overlay } else { c }) else { continue };
        if over && (context != Context::Overlay || !suits(model, entry.action)) {
            continue;
        }
        if !matters(model, entry.action) || enabled(model, entry.action).is_err() {
            continue;
        }
        // What leaves is Esc everywhere, whichever letters do it too.
        let leaves = entry.action == Action::OverlayClose;
        let Some(key) =
            model.keymap.shown(&stack, entry.action, typed || leaves || (over && context != Context::Overlay))
        else {
            continue;
        };
        let depth = stack.iter().position(|c| *c == context).unwrap_or(stack.len());
        // Letters first outside a field; inside one the pane's own chords.
        let depth = if typed { depth } else { usize::from(context == Context::Global && depth > 0 && entry.hint > 14) };
        found.push((depth, entry.hint, Hint { key, title: words(model, entry.action), action: entry.action }));
    }
    found.sort_by_key(|(depth, hint, _)| (*depth, *hint));
    found.truncate(MOST);
    found.into_iter().map(|(_, _, hint)| hint).collect()
}

/// An overlay shows only its own keys.
fn suits(model: &Model, action: Action) -> bool {
    use Action as A;
    match model.top() {
        Some(Overlay::Chooser(c)) => match action {
            A::OverlayAccept | A::OverlayClose => true,
            A::OverlayMark => c.marks(),
            A::OverlayConfirm => c.purpose == super::overlays::chooser::Purpose::Cases,
            _ => false,
        },
        Some(Overlay::Confirm(_)) => matches!(action, A::OverlayYes | A::OverlayClose),
        Some(Overlay::Stale(_)) => matches!(action, A::OverlayConfirm | A::OverlayClose),
        Some(Overlay::Prompt(_)) => matches!(action, A::OverlayConfirm | A::OverlayClose),
        Some(Overlay::Day(day)) => {
            matches!(action, A::OverlayAccept | A::OverlayClose) || (action == A::FigureHow && day.behind.is_none())
        }
        Some(Overlay::Explain(_)) => matches!(action, A::OverlayClose),
        Some(Overlay::Stage(_)) => matches!(action, A::OverlayAccept | A::OverlayClose),
        Some(Overlay::Outbox(_)) => {
            let any = !model.mirror.pending.is_empty();
            match action {
                A::OutboxEdit | A::OutboxDrop => any,
                A::OutboxRetry => {
                    model.mirror.pending.iter().any(Pending::needs_agent) || enabled(model, A::RetryLink).is_ok()
                }
                A::WorkOffline | A::OverlayClose => true,
                _ => false,
            }
        }
        None => matches!(action, A::OverlayAccept | A::OverlayClose),
    }
}

/// What could be done but is not what one does here.
fn matters(model: &Model, action: Action) -> bool {
    use Action as A;
    match action {
        A::Open => {
            matches!(model.queue.chosen, Some(queue::Row::Promise(_))) || model.focus != super::screen::Pane::Queue
        }
        A::PullNext => model.memory.offered.is_empty(),
        A::CopyId | A::AssignMe | A::Assign => false,
        A::WorkOffline => matches!(model.top(), Some(Overlay::Outbox(_))),
        A::Snippets => model.focus == super::screen::Pane::Composer,
        A::EditSearch => model.focus == super::screen::Pane::Customer || !model.knowledge.typing,
        _ => true,
    }
}

fn words(model: &Model, action: Action) -> String {
    match (action, model.top()) {
        (Action::OverlayConfirm, Some(Overlay::Stale(_))) => t!("send anyway").to_owned(),
        (Action::OverlayClose, Some(Overlay::Stale(_))) => t!("back to writing").to_owned(),
        (Action::OverlayYes, Some(Overlay::Confirm(c))) => c.yes.clone(),
        (Action::OverlayAccept, Some(Overlay::Day(day))) => {
            if day.behind.is_some() { t!("open case") } else { t!("contacts") }.to_owned()
        }
        (Action::OverlayAccept, Some(Overlay::Stage(stage))) => stage.yes(),
        (Action::OutboxRetry, Some(Overlay::Outbox(_))) if model.mirror.pending.iter().all(|p| !p.needs_agent()) => {
            match model.link.state {
                LinkState::Live => t!("bring colleagues' cases"),
                _ => t!("try the link"),
            }
            .to_owned()
        }
        (Action::OverlayConfirm, Some(Overlay::Chooser(_))) => t!("change them").to_owned(),
        (Action::OverlayConfirm, Some(Overlay::Prompt(prompt))) => match prompt.purpose {
            Purpose::Transfer { .. } => t!("hand on").to_owned(),
            Purpose::Consult { .. } => title(model, Action::Consult).to_owned(),
            Purpose::Escalate { .. } => title(model, Action::Escalate).to_owned(),
        },
        _ => title(model, action).to_owned(),
    }
}
