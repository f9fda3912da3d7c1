//! The knowledge pane: articles as you type, those that suit the case when nothing is typed, preview and insert.

use crate::app::list::List;
use crate::app::screen::Pane;
use crate::app::text::Field;
use crate::domain::work::ArticleHead;

/// The pane.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// What is searched for; empty asks for what suits the case.
    pub search: Field,
    /// Letters go to the search.
    pub typing: bool,
    /// Found, best first.
    pub hits: Vec<ArticleHead>,
    /// The words the hits are for.
    pub hits_for: String,
    /// The selection among the hits.
    pub list: List,
    /// The article shown instead of the hits.
    pub preview: Option<Preview>,
    /// Microseconds the last search took.
    pub took_us: u64,
    /// Where Escape and insert go back to.
    pub back: Pane,
    /// Put the text of this article in as soon as it arrives.
    pub insert_when_here: bool,
}

/// An article being read.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Its card.
    pub head: ArticleHead,
    /// Its Markdown; `None` while it is on its way.
    pub body: Option<String>,
    /// The cache does not hold it yet; the server was asked.
    pub coming: bool,
    /// First row shown.
    pub top: usize,
    /// Rows of the whole text as wrapped, and rows that fit.
    pub rows: (usize, usize),
}

impl Default for Knowledge {
    fn default() -> Knowledge {
        Knowledge {
            search: Field::line(),
            typing: false,
            hits: Vec::new(),
            hits_for: String::new(),
            list: List::default(),
            preview: None,
            took_us: 0,
            back: Pane::Conversation,
            insert_when_here: false,
        }
    }
}

/// How far an article can be trusted, in words beside its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Badge {
    /// Checked, and good until this date.
    Verified(String),
    /// It was good until this date.
    Expired(String),
    /// Nobody vouches for it.
    Unverified,
}
