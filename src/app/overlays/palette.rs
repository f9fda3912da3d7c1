//! Palette and help: the table of actions as lists, with what can be done now and why the rest cannot.

use super::chooser::{Chooser, Item, Pick, Purpose, Shown};
use crate::app::action::{Action, Context, TABLE};
use crate::app::enabled::{enabled, title};
use crate::app::keyed::keyed;
use crate::app::model::Model;
use crate::app::text;
use crate::app::update::{Desk, contexts, typing};
use crate::lang;

/// Recent actions remembered.
const RECENT: usize = 8;

/// Whether an action is in the palette: all are but the keys of what lies over the panes, and the palette itself.
pub fn is_listed(action: Action) -> bool {
    action.entry().context() != Context::Overlay && action != Action::Palette
}

/// Whether an action only moves about; these come last.
fn moves(action: Action) -> bool {
    let moves = [
        Action::Down,
        Action::Up,
        Action::PageDown,
        Action::PageUp,
        Action::First,
        Action::Last,
        Action::Open,
        Action::Leave,
        Action::NextField,
        Action::PreviousField,
    ];
    moves.contains(&action)
}

fn item(model: &Model, action: Action, stack: &[Context], typed: bool) -> Item {
    let entry = action.entry();
    // Where an action belongs to another pane, its key there is still worth knowing.
    let here = model.keymap.shown(stack, action, typed);
    let key = here.or_else(|| model.keymap.shown(&[entry.context(), Context::Global], action, false));
    Item::new(Pick::Act(action), capital(title(model, action)))
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
        items.sort_by_key(|i| (matches!(i.pick, Pick::Act(action) if moves(action)), i.disabled.is_some()));
        self.open_chooser(Chooser::new(
            Purpose::Palette,
            t!("Do"),
            t!("Type what you want to do; <overlay-accept> does it."),
            items,
        ));
    }

    /// `tag roaming`: an action's name or title, then the words it takes.
    pub(in crate::app) fn palette_typed(&mut self) {
        let Some(typed) = self.chooser_mut().map(|c| c.field.text().trim_start().to_owned()) else { return };
        let given: Vec<Item> = TABLE
            .iter()
            .map(|e| e.action)
            .filter(|a| is_listed(*a) && a.takes().is_some())
            .filter_map(|a| Some((a, words_for(self.m, a, &typed)?)))
            .map(|(a, words)| {
                let what = a.takes().unwrap_or_default();
                Item::new(Pick::ActWith(a, words.clone()), format!("{}: {words}", capital(title(self.m, a))))
                    .detail(a.entry().explained())
                    .right(t!("with {what}", what = what))
                    .disabled(enabled(self.m, a).err().map(|why| keyed(self.m, &why)))
            })
            .collect();
        if let Some(chooser) = self.chooser_mut() {
            chooser.items.retain(|i| !matches!(i.pick, Pick::ActWith(..)));
            chooser.filter();
            for item in given.into_iter().rev() {
                chooser.items.push(item);
                chooser.shown.insert(0, Shown { item: chooser.items.len() - 1, matched: Vec::new() });
            }
        }
    }

    /// Runs an action and gives it words: typed where it asks for some. In a list they choose, if they name one line
    /// alone; words to the customer are never sent by this.
    pub(in crate::app) fn run_with(&mut self, action: Action, words: &str) {
        let before = self.m.overlays.len();
        self.run_listed(action);
        let opened = self.m.overlays.len() > before;
        if !opened && !typing(self.m) {
            return;
        }
        self.paste(words);
        let lists = [
            Purpose::History,
            Purpose::Customers,
            Purpose::Identify,
            Purpose::Cases,
            Purpose::Checklist,
            Purpose::SamePerson,
        ];
        let Some(chooser) = self.chooser_mut().filter(|c| opened && !lists.contains(&c.purpose)) else { return };
        let low = words.trim().to_lowercase();
        let named = |i: &Item| i.disabled.is_none() && (i.label.to_lowercase() == low || chooser.shown.len() == 1);
        if chooser.selected().is_some_and(named) {
            self.choose_item();
        }
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
        items.push(Item::new(Pick::Nothing, t!("In every text field")));
        let said = |what| lang::text(what).trim_end_matches('.');
        items.extend(text::KEYS.iter().map(|(keys, what)| Item::new(Pick::Nothing, said(what)).right(*keys)));
        let sentence = t!("Type to find a key; <overlay-accept> does it. Grey ones say why not now.");
        self.open_chooser(Chooser::new(Purpose::Help, t!("Keys"), sentence, items));
    }

    /// Runs what was chosen in a list, and remembers it.
    pub(in crate::app) fn run_listed(&mut self, action: Action) {
        self.m.recent.retain(|a| *a != action);
        self.m.recent.insert(0, action);
        self.m.recent.truncate(RECENT);
        self.run(action, None);
    }
}

/// The words after an action's name or title, if what is typed begins with it.
fn words_for(model: &Model, action: Action, typed: &str) -> Option<String> {
    let low = typed.to_lowercase();
    let names = [action.entry().name, action.entry().title, title(model, action)];
    let rest = names.iter().find_map(|name| low.strip_prefix(&name.to_lowercase())?.strip_prefix(' '))?;
    // Lower case may be longer or shorter than what was typed; names are ASCII or one's own language's words.
    let words = typed.chars().rev().take(rest.chars().count()).collect::<Vec<_>>();
    let words: String = words.into_iter().rev().collect();
    (!words.trim().is_empty()).then(|| words.trim().to_owned())
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn heading(context: Context) -> &'static str {
    match context {
        Context::Global => t!("Everywhere"),
        Context::Queue => t!("Queue"),
        Context::Conversation => t!("Conversation"),
        Context::Composer => t!("Composer"),
        Context::Customer => t!("Customer"),
        Context::Knowledge => t!("Knowledge"),
        Context::WrapUp => t!("Wrap-up"),
        Context::Overlay => t!("Lists and dialogs"),
        Context::Offer => t!("While a contact is offered"),
    }
}
