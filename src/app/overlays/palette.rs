//! Palette and help: the table of actions as lists, with what can be done now and why the rest cannot.

use super::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::action::{Action, Context, TABLE};
use crate::app::enabled::{enabled, title};
use crate::app::keyed::keyed;
use crate::app::model::Model;
use crate::app::text;
use crate::app::update::{Desk, contexts, typing};

/// Recent actions remembered.
const RECENT: usize = 8;

/// Whether an action makes sense in a list: moving and dialog keys do not.
pub fn is_listed(action: Action) -> bool {
    let entry = action.entry();
    let moves = [
        Action::Down,
        Action::Up,
        Action::PageDown,
        Action::PageUp,
        Action::First,
        Action::Last,
        Action::Open,
        Action::Leave,
        Action::Palette,
        Action::NextField,
        Action::PreviousField,
    ];
    entry.context() != Context::Overlay && !moves.contains(&action)
}

fn item(model: &Model, action: Action, stack: &[Context], typed: bool) -> Item {
    let entry = action.entry();
    // Where an action belongs to another pane, its key there is still worth knowing.
    let here = model.keymap.shown(stack, action, typed);
    let key = here.or_else(|| model.keymap.shown(&[entry.context(), Context::Global], action, false));
    let mut label = title(model, action).to_owned();
    if let Some(first) = label.get(..1) {
        label = first.to_uppercase() + &label[1..];
    }
    Item::new(Pick::Act(action), label)
        .detail(entry.explained())
        .right(key.unwrap_or_default())
        .disabled(enabled(model, action).err().map(|why| keyed(model, &why)))
}

impl Desk<'_> {
    pub(in crate::app) fn open_palette(&mut self) {
        let stack = contexts(self.m);
        let typed = typing(self.m);
        let recent = self.m.recent.clone();
        let rest = TABLE.iter().map(|e| e.action).filter(|a| is_listed(*a) && !recent.contains(a));
        let mut items: Vec<Item> = recent.iter().copied().chain(rest).map(|a| item(self.m, a, &stack, typed)).collect();
        items.sort_by_key(|i| i.disabled.is_some());
        self.open_chooser(Chooser::new(
            Purpose::Palette,
            "Do",
            "Type what you want to do; <overlay-accept> does it.",
            items,
        ));
    }

    pub(in crate::app) fn open_help(&mut self) {
        let stack = contexts(self.m);
        let typed = typing(self.m);
        let mut items = Vec::new();
        let mut listed: Vec<Action> = Vec::new();
        let mut sections: Vec<Context> = stack.clone();
        sections.extend(Context::ALL.into_iter().filter(|c| !stack.contains(c)));
        for context in sections {
            let actions = TABLE.iter().map(|e| e.action).filter(|a| !self.m.keymap.keys(context, *a).is_empty());
            let actions: Vec<_> = actions.filter(|a| !listed.contains(a)).collect();
            if actions.is_empty() {
                continue;
            }
            items.push(Item::new(Pick::Nothing, heading(context)));
            for action in actions {
                listed.push(action);
                let keys = self.m.keymap.keys(context, action);
                let keys: Vec<_> = keys.iter().map(|k| crate::app::keymap::name(k)).collect();
                items.push(item(self.m, action, &stack, typed).right(keys.join("  ")));
            }
        }
        items.push(Item::new(Pick::Nothing, "In every text field"));
        items.extend(text::KEYS.iter().map(|(keys, what)| Item::new(Pick::Nothing, *what).detail(*keys).right(*keys)));
        let sentence = "Type to find a key; <overlay-accept> does it. Grey ones say why they cannot be done now.";
        self.open_chooser(Chooser::new(Purpose::Help, "Keys", sentence, items));
    }

    /// Runs what was chosen in a list, and remembers it.
    pub(in crate::app) fn run_listed(&mut self, action: Action) {
        self.m.recent.retain(|a| *a != action);
        self.m.recent.insert(0, action);
        self.m.recent.truncate(RECENT);
        self.run(action, None);
    }
}

fn heading(context: Context) -> &'static str {
    match context {
        Context::Global => "Everywhere",
        Context::Queue => "Queue",
        Context::Conversation => "Conversation",
        Context::Composer => "Composer",
        Context::Customer => "Customer",
        Context::Knowledge => "Knowledge",
        Context::WrapUp => "Wrap-up",
        Context::Overlay => "Lists and dialogs",
        Context::Offer => "While a contact is offered",
    }
}
