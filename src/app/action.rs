//! The one table of actions. Keymap, hint line, help, palette and the `[keys]` part of the example configuration
//! are made from it and from nothing else.
//!
//! Lists move with `j`/`k` and the arrows everywhere, so the knowledge search is on `f` (find an article), not on
//! `k`; `/` searches what has the focus. In text fields only chords match; every letter types.

use super::key::Key;
use crate::lang;

/// Where a key means something. The stack of contexts is searched top first; [`Context::Global`] is last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Everywhere.
    Global,
    /// The queue pane.
    Queue,
    /// The conversation pane.
    Conversation,
    /// Writing a reply or a note.
    Composer,
    /// The customer pane.
    Customer,
    /// The knowledge pane.
    Knowledge,
    /// The wrap-up form.
    WrapUp,
    /// A list, question or dialog over the panes.
    Overlay,
    /// While an offer stands.
    Offer,
}

impl Context {
    /// Every context.
    pub const ALL: [Context; 9] = [
        Context::Global,
        Context::Queue,
        Context::Conversation,
        Context::Composer,
        Context::Customer,
        Context::Knowledge,
        Context::WrapUp,
        Context::Overlay,
        Context::Offer,
    ];

    /// The word used in `[keys.<word>]` and in help.
    pub fn word(self) -> &'static str {
        match self {
            Context::Global => "global",
            Context::Queue => "queue",
            Context::Conversation => "conversation",
            Context::Composer => "composer",
            Context::Customer => "customer",
            Context::Knowledge => "knowledge",
            Context::WrapUp => "wrap-up",
            Context::Overlay => "overlay",
            Context::Offer => "offer",
        }
    }

    /// Reads [`Context::word`].
    pub fn from_word(word: &str) -> Option<Context> {
        Context::ALL.into_iter().find(|c| c.word() == word)
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Which action.
    pub action: Action,
    /// Name in the configuration and in the palette's search.
    pub name: &'static str,
    /// Two or three words, as in the hint line.
    pub title: &'static str,
    /// The same as a template: titles are verbs, and the same word may be something else elsewhere.
    pub title_key: &'static str,
    /// One sentence, as in help and palette.
    pub sentence: &'static str,
    /// Default keys by context: names separated by commas, sequences by spaces.
    pub keys: &'static [(Context, &'static str)],
    /// Whether it cannot be taken back and so may ask first.
    pub danger: bool,
    /// Whether `undo` takes it back while it is not sent, or sends the opposite.
    pub undoable: bool,
    /// Place in the hint line: 1 is first; 0 never shows.
    pub hint: u8,
}

impl Entry {
    /// The context it belongs to: that of its first keys.
    pub fn context(&self) -> Context {
        self.keys.first().map_or(Context::Global, |(c, _)| *c)
    }

    /// The title in the language of the desk.
    pub fn spoken(&self) -> &'static str {
        lang::text_in(self.title_key, self.title)
    }

    /// The sentence in the language of the desk.
    pub fn explained(&self) -> &'static str {
        lang::text(self.sentence)
    }

    /// Default key sequences, each with its context.
    pub fn defaults(&self) -> impl Iterator<Item = (Context, Vec<Key>)> + '_ {
        self.keys.iter().flat_map(|(context, names)| {
            let sequences = names.split(',').map(str::trim).filter(|n| !n.is_empty());
            sequences.map(|name| {
                let keys = Key::parse_sequence(name).expect("invariant: a test reads every default key");
                (*context, keys)
            })
        })
    }
}

const PLAIN: u8 = 0;
/// Cannot be taken back.
const DANGER: u8 = 1;
/// Can be taken back with `undo`.
const UNDO: u8 = 2;

macro_rules! actions {
    ($($variant:ident, $name:literal, $hint:literal, $flags:expr, [$($context:ident $keys:literal),*], $title:literal, $sentence:literal;)*) => {
        /// Something the agent can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $sentence] $variant,)*
        }

        /// The table, in the order of the enum.
        pub static TABLE: &[Entry] = &[
            $(Entry {
                action: Action::$variant,
                name: $name,
                title: $title,
                title_key: concat!("action|", $title),
                sentence: $sentence,
                keys: &[$((Context::$context, $keys)),*],
                danger: $flags & DANGER != 0,
                undoable: $flags & UNDO != 0,
                hint: $hint,
            },)*
        ];
    };
}

actions! {
    // An offer.
    AcceptOffer, "accept-offer", 1, PLAIN, [Offer "a", Global "f2"], "accept", "Take the offered contact.";
    DeclineOffer, "decline-offer", 2, PLAIN, [Offer "d"], "decline", "Let the offered contact pass to someone else.";
    DeclineBecause, "decline-because", 0, PLAIN, [Offer "D"], "decline because", "Let the offered contact pass to someone else, and say why.";

    // Getting work.
    PullNext, "pull-next", 7, PLAIN, [Global "space"], "next", "Take the contact that has the strongest claim on you.";
    TakeSelected, "take-selected", 5, PLAIN, [Queue "a"], "take", "Take the selected waiting contact.";
    CompleteTask, "complete-promise", 6, PLAIN, [Queue "c"], "done", "Mark the selected promise as kept.";

    // The contact in hand.
    Reply, "reply", 3, PLAIN, [Global "r"], "reply", "Write to the customer.";
    Note, "note", 4, PLAIN, [Global "n"], "note", "Write a note that only the team sees.";
    FindArticle, "find-article", 8, PLAIN, [Global "f, ctrl-f", Queue "/", Conversation "/"], "find article", "Search the knowledge base.";
    WrapUp, "wrap-up", 9, PLAIN, [Global "w, ctrl-x w"], "wrap up", "Finish the contact with reason and outcome; ends the conversation if it still runs.";
    Hold, "hold", 10, UNDO, [Global "h, f3"], "hold", "Put the customer on hold, or take them off hold.";
    EndContact, "end-contact", 14, DANGER, [Global "x, f8"], "end", "End the conversation and begin wrap-up.";
    Transfer, "transfer", 11, DANGER, [Global "t"], "transfer", "Hand the contact on to a queue or a person.";
    ReadCard, "read-card", 3, PLAIN, [Offer "v", Global "v"], "I have read it", "Say that you have read the hand-off card of whoever had the contact before you.";
    Escalate, "escalate", 12, DANGER, [Global "e"], "escalate", "Hand the contact to someone more senior, with a reason.";
    Consult, "consult", 0, PLAIN, [Global "T"], "ask", "Ask a colleague while the customer holds; they may take it over.";
    HandOver, "hand-over", 0, DANGER, [Global "H"], "hand over", "Leave the contact to the colleague you asked.";
    LeaveConsult, "leave-consult", 0, PLAIN, [Global "X"], "leave", "Leave a colleague who asked you.";
    AskCallback, "ask-callback", 0, DANGER, [Queue "B"], "call back", "Call the selected waiting customer back instead; their place in line stays.";
    CallReached, "call-reached", 0, PLAIN, [Global "g a"], "reached", "Say that the customer you call back has answered.";
    CallUnreached, "call-unreached", 0, PLAIN, [Global "g n"], "not reached", "Say that nobody answered the call; it is tried again later.";
    Why, "why", 0, PLAIN, [Global "W"], "why", "See why this contact is where it is: its place, who was considered, and why not.";

    // The case.
    Snooze, "snooze", 13, UNDO, [Global "z"], "snooze", "Let the case sleep until a time; snoozing a sleeping case wakes it.";
    Tags, "tags", 17, UNDO, [Global "#"], "tags", "Add and take away tags.";
    Priority, "priority", 18, UNDO, [Global "p"], "priority", "Set the order of need.";
    Status, "status", 19, UNDO, [Global "S"], "status", "Say where the case stands: open, pending, solved, closed, or one of the house's own words for them.";
    AssignMe, "assign-me", 20, UNDO, [Global "A"], "mine", "Make the case yours.";
    Assign, "assign", 21, UNDO, [Global "@"], "assign", "Say whose case it is.";
    Clock, "clock", 0, PLAIN, [Global "C"], "clock", "Say what is promised on this case, by when, and why it rests.";
    Merge, "merge", 0, UNDO, [Global "M"], "merge", "Make the case part of another one.";
    Unmerge, "unmerge", 0, UNDO, [Global "U"], "unmerge", "Make a merged case a case of its own again.";
    Identify, "identify", 0, UNDO, [Global "g y"], "identify", "Say who the customer of the case is.";
    MergeCustomer, "customer-merge", 0, UNDO, [Global "g ="], "merge customer", "Say that the customer and another one are the same person.";
    UnmergeCustomer, "customer-unmerge", 0, UNDO, [Global "g U"], "unmerge customer", "Make someone who became part of the customer a customer of their own again.";
    OpenFile, "open-file", 9, PLAIN, [Global "F"], "open file", "Fetch a file the customer sent and open it.";
    Split, "split", 0, UNDO, [Global "g x"], "split", "Make marked messages a case of their own.";
    Link, "link", 0, UNDO, [Global "L"], "link", "Link the case to another: related, duplicate, problem or incident.";
    Incidents, "incidents", 0, PLAIN, [Global "I"], "incidents", "See the cases that this problem causes, to answer or change them together.";
    Checklist, "checklist", 0, UNDO, [Global "K", WrapUp "ctrl-x k"], "checklist", "See what is to be done on the case; tick it, add to it.";
    CopyId, "copy-id", 22, PLAIN, [Global "y"], "copy id", "Copy the number of the case to the clipboard.";

    // Writing.
    Send, "send", 1, UNDO, [Composer "ctrl-s, alt-enter"], "send", "Send the reply, or add the note.";
    SwitchKind, "switch-reply-note", 2, PLAIN, [Composer "ctrl-t"], "reply or note", "Switch between reply and note; each keeps its own text.";
    OpenEditor, "open-editor", 4, PLAIN, [Composer "f4, ctrl-x ctrl-e", WrapUp "f4, ctrl-x ctrl-e"], "editor", "Continue the text in your own editor.";
    Recipients, "recipients", 5, PLAIN, [Composer "ctrl-x r"], "to whom", "See to whom the reply by e-mail goes: add, move between To, Cc and Bcc, take out.";
    ReplyLater, "reply-later", 6, UNDO, [Composer "ctrl-x l"], "send later", "Send the reply by e-mail at a time of your choice.";
    WaitingReplies, "waiting-replies", 0, PLAIN, [Composer "ctrl-x o", Global "g z"], "waiting replies", "See the replies on this case that wait for their time: take back, change, send now.";

    // Wrap-up.
    FinishWrapUp, "finish-wrap-up", 1, PLAIN, [WrapUp "ctrl-s, alt-enter"], "finish", "Finish the wrap-up.";
    NextField, "next-field", 2, PLAIN, [WrapUp "tab"], "next field", "Go to the next field of the form.";
    PreviousField, "previous-field", 0, PLAIN, [WrapUp "shift-tab"], "previous field", "Go to the previous field of the form.";
    FollowUp, "follow-up", 3, PLAIN, [WrapUp "ctrl-t"], "follow-up", "Add or drop a follow-up: none, task, callback.";
    Summarize, "summary", 4, PLAIN, [WrapUp "f5, ctrl-x s"], "summary", "Put a summary made from the contact's own record into the note.";
    MoreTime, "more-time", 5, PLAIN, [WrapUp "f7, ctrl-x m"], "+60 s", "Take another minute for the wrap-up, with a reason, at most twice.";

    // Knowledge.
    InsertArticle, "insert-article", 1, PLAIN, [Knowledge "i, ctrl-s, alt-enter"], "insert", "Put the article's customer text into the reply or note.";
    InsertSection, "insert-section", 2, PLAIN, [Knowledge "s"], "insert section", "Put one section of the article into the reply or note.";
    InsertLink, "insert-link", 3, PLAIN, [Knowledge "l"], "insert link", "Put the article's title and name into the reply or note.";
    EditSearch, "edit-search", 3, PLAIN, [Knowledge "/", Customer "/"], "search", "Type what to search for here.";

    // Moving.
    Open, "open", 6, PLAIN, [Queue "enter", Conversation "enter", Customer "enter", Knowledge "enter", WrapUp "enter"], "open", "Open what is selected.";
    Down, "down", 0, PLAIN, [Global "j, down", Knowledge "down", WrapUp "down", Customer "down"], "down", "Go down a line.";
    Up, "up", 0, PLAIN, [Global "k, up", Knowledge "up", WrapUp "up", Customer "up"], "up", "Go up a line.";
    PageDown, "page-down", 0, PLAIN, [Global "pagedown, ctrl-d"], "page down", "Go down a page.";
    PageUp, "page-up", 0, PLAIN, [Global "pageup, ctrl-u"], "page up", "Go up a page.";
    First, "first", 0, PLAIN, [Global "home, g g"], "first", "Go to the top.";
    Last, "last", 0, PLAIN, [Global "end, G"], "last", "Go to the bottom.";
    NextPane, "next-pane", 0, PLAIN, [Global "tab"], "next pane", "Go to the next pane.";
    PreviousPane, "previous-pane", 0, PLAIN, [Global "shift-tab"], "previous pane", "Go to the previous pane.";
    Jump, "jump", 0, PLAIN, [Global "', ctrl-o", Overlay "ctrl-o"], "jump", "Show a label on every pane and line in sight; typing one goes there.";
    GoQueue, "go-queue", 0, PLAIN, [Global "1, g q"], "queue", "Go to the queue.";
    GoConversation, "go-conversation", 0, PLAIN, [Global "2, g c"], "conversation", "Go to the conversation.";
    GoWrapUp, "go-wrap-up", 0, PLAIN, [Global "3, g w"], "wrap-up", "Go to the wrap-up form, if one is open.";
    GoCustomer, "go-customer", 0, PLAIN, [Global "4, g i"], "customer", "Go to the customer.";
    GoKnowledge, "go-knowledge", 0, PLAIN, [Global "5, g k"], "knowledge", "Go to the knowledge base.";
    FindCase, "find-case", 15, PLAIN, [Global "g /, ctrl-g"], "find case", "Search every past case.";
    FindCustomer, "find-customer", 16, PLAIN, [Global "g p"], "find customer", "Search every customer.";
    Views, "views", 17, PLAIN, [Global "V, g v"], "views", "Open a saved view of cases: mark some, change them together.";
    NextContact, "next-contact", 0, PLAIN, [Global "], f6"], "next contact", "Go to the next of your contacts, the one that waits longest first.";
    Leave, "leave", 0, PLAIN, [Global "esc"], "back", "Leave one level.";

    // You.
    ToggleReady, "toggle-ready", 23, UNDO, [Global "f9"], "ready or away", "Say you are Ready, or Away; during a contact it is armed for afterwards.";
    Break, "break", 24, UNDO, [Global "b"], "break", "Take a break; during a contact it is armed for afterwards.";
    SetOther, "set-presence-of", 0, DANGER, [Global "g s"], "set presence of", "Set someone else's presence or sign them out, with a reason they are told.";
    Undo, "undo", 0, PLAIN, [Global "u, f7"], "undo", "Take back the last thing you did: withdrawn if not sent yet, else its opposite is sent.";

    MyDay, "my-day", 25, PLAIN, [Global "m, g d"], "my day", "See your figures of today, each with its formula and the contacts behind it.";

    // The desk.
    Outbox, "outbox", 25, PLAIN, [Global "o, g o"], "outbox", "See what is not sent or was refused, and how the link does.";
    RetryLink, "retry-link", 0, PLAIN, [Global "R"], "try link", "Try the link now; on one that works, bring colleagues' cases up to date.";
    WorkOffline, "work-offline", 4, PLAIN, [Global "g f", Overlay "f"], "work offline", "Work without a link on purpose, or use it again.";
    ThinLink, "thin-link", 0, PLAIN, [Global "g b"], "thin link", "Choose when thin-link mode is on: by itself, always, never.";
    SaveLink, "save-link-record", 0, PLAIN, [Global "g L"], "save link record", "Write the record of this desk's link, its gaps and round trips, to a file you can take along.";
    Palette, "palette", 26, PLAIN, [Global ":, ctrl-p, ctrl-k"], "palette", "Find and run anything by its name.";
    Help, "help", 27, PLAIN, [Global "?, f1"], "help", "See every key, those of this pane first.";
    Tour, "tour", 0, PLAIN, [Global "g T, ctrl-x t"], "tour", "Begin the tour of the desk, go on with it, or put it away until later.";
    TourSkip, "tour-skip", 0, PLAIN, [Global "g S, ctrl-x n"], "skip step", "Skip this step of the tour.";
    Theme, "theme", 0, PLAIN, [Global "g h"], "theme", "Choose the colours; what is selected is tried out.";
    Reload, "reload", 0, PLAIN, [Global "g r"], "reload", "Read the configuration again; if something is wrong with it, everything stays as it was.";
    Log, "log", 0, PLAIN, [Global "g l"], "log", "See what the desk wrote down lately; nothing a customer said is in it.";
    Redraw, "redraw", 0, PLAIN, [Global "ctrl-l"], "redraw", "Draw the whole screen again.";
    ToggleMouse, "mouse", 0, PLAIN, [Global "g M"], "mouse", "Take the mouse, or leave it to the terminal.";
    Suspend, "suspend", 0, PLAIN, [Global "ctrl-z"], "suspend", "Stop here and go back to the shell; fg comes back.";
    Quit, "quit", 0, DANGER, [Global "q, ctrl-c"], "quit", "Leave the desk; what you wrote is kept.";

    // Snippets and macros.
    Snippets, "snippets", 3, PLAIN, [Global ";", Composer "ctrl-x ;", WrapUp "ctrl-x ;"], "snippets", "Put in text that is kept for it; in a text, ; or / at the beginning of a word does the same.";
    NextStop, "next-stop", 0, PLAIN, [Composer "tab"], "next stop", "Go to what a snippet asks next; without one, to the next pane.";
    PreviousStop, "previous-stop", 0, PLAIN, [Composer "shift-tab"], "previous stop", "Go to what a snippet asked before; without one, to the previous pane.";
    SaveSnippet, "save-snippet", 0, UNDO, [Composer "ctrl-x a"], "save as snippet", "Keep what is written as a snippet.";
    DropStock, "drop-snippet", 0, UNDO, [Global "g -"], "drop snippet", "Drop a snippet or macro of yours.";
    Macros, "macros", 0, UNDO, [Global "g m"], "macros", "Do several things to the case at once; all of it is shown before it is done.";
    RecordMacro, "record-macro", 0, PLAIN, [Global "g R"], "record macro", "Write down what you do on a case as a macro; the same key ends it.";
    SaveMacro, "save-macro", 0, UNDO, [Composer "ctrl-x m"], "save as macro", "Keep what is written, one action a line, as a macro.";

    // Lists, questions and dialogs over the panes.
    OverlayAccept, "overlay-accept", 1, PLAIN, [Overlay "enter"], "choose", "Choose what is selected, or say yes.";
    OverlayConfirm, "overlay-confirm", 2, PLAIN, [Overlay "ctrl-s, alt-enter"], "confirm", "Confirm the dialog.";
    OverlayYes, "overlay-yes", 1, PLAIN, [Overlay "y"], "yes", "Say yes to the question.";
    OutboxRetry, "outbox-retry", 2, PLAIN, [Overlay "r"], "try again", "Send the selected refused or doubtful command again; for a waiting one, try the link.";
    OutboxEdit, "outbox-edit", 3, PLAIN, [Overlay "e"], "edit", "Open the selected command's text as a draft again.";
    OutboxDrop, "outbox-drop", 5, PLAIN, [Overlay "d"], "drop", "Drop the selected command from the list.";
    FigureHow, "figure-how", 2, PLAIN, [Overlay "h"], "formula", "See how the selected figure is made.";
    OverlayDown, "overlay-down", 0, PLAIN, [Overlay "down, ctrl-n, j"], "down", "Go down the list.";
    OverlayUp, "overlay-up", 0, PLAIN, [Overlay "up, k"], "up", "Go up the list.";
    OverlayPageDown, "overlay-page-down", 0, PLAIN, [Overlay "pagedown"], "page down", "Go down a page of the list.";
    OverlayPageUp, "overlay-page-up", 0, PLAIN, [Overlay "pageup"], "page up", "Go up a page of the list.";
    OverlayMark, "overlay-mark", 3, PLAIN, [Overlay "tab"], "mark", "Mark or unmark what is selected, where several can be chosen.";
    OverlayClose, "overlay-close", 8, PLAIN, [Overlay "esc, n, q"], "back", "Close this without doing anything.";
}

impl Action {
    /// Its row of the table.
    pub fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// Words the action can be given along, from the palette or line by line; `None` when it takes none.
    pub fn takes(self) -> Option<&'static str> {
        Some(match self {
            Action::FindArticle | Action::FindCase | Action::FindCustomer => t!("words"),
            Action::Reply | Action::Note => t!("text"),
            Action::Tags => t!("tag"),
            Action::Priority => t!("priority"),
            Action::Status => t!("status"),
            Action::Assign | Action::Consult | Action::SetOther => t!("person"),
            Action::Transfer => t!("queue or person"),
            Action::Snooze => t!("time"),
            Action::Break => t!("break"),
            Action::Views => t!("view"),
            Action::Merge | Action::Link => t!("case"),
            Action::Checklist => t!("what is to be done"),
            Action::DeclineBecause | Action::MoreTime => t!("reason"),
            _ => return None,
        })
    }

    /// Reads [`Entry::name`].
    pub fn from_name(name: &str) -> Option<Action> {
        TABLE.iter().find(|e| e.name == name).map(|e| e.action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        let mut names = BTreeSet::new();
        for (i, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.action as usize, i);
            assert!(names.insert(entry.name), "{} is there twice", entry.name);
            assert!(entry.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            assert!(entry.sentence.ends_with('.') && entry.sentence.len() > 10, "{}", entry.name);
            assert!(!entry.title.is_empty() && !entry.title.ends_with('.'));
            assert_eq!(Action::from_name(entry.name), Some(entry.action));
            for (_, names) in entry.keys {
                for name in names.split(',') {
                    let keys = Key::parse_sequence(name).unwrap_or_else(|e| panic!("{}: {e}", entry.name));
                    assert!(!keys.is_empty() && keys.len() <= 2, "{}", entry.name);
                }
            }
        }
    }

    #[test]
    fn nothing_needs_a_chord_a_plain_terminal_cannot_send() {
        // Ctrl with these letters arrives as another key; Ctrl-Enter and Ctrl-Shift need a protocol of their own.
        let same = ['m', 'i', 'h', 'j', '['];
        for entry in TABLE {
            for (_, keys) in entry.defaults() {
                for key in keys {
                    if key.ctrl {
                        let super::super::key::Code::Char(c) = key.code else { panic!("{}: {key}", entry.name) };
                        assert!(!same.contains(&c), "{}: {key}", entry.name);
                    }
                    assert!(!(key.alt && key.printable().is_some()), "{}: {key}", entry.name);
                }
            }
        }
    }
}
