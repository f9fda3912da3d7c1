//! The knowledge pane: articles as you type, those that suit the case when nothing is typed, preview and insert.

use crate::app::article;
use crate::app::list::List;
use crate::app::model::Model;
use crate::app::overlays::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::panes::conversation::absent;
use crate::app::port::Effect;
use crate::app::screen::Pane;
use crate::app::text::Field;
use crate::app::toast::Tone;
use crate::app::update::{Asking, Desk, is_linked};
use crate::app::words;
use crate::domain::ids::ArticleId;
use crate::domain::row::{Entity, RowKey};
use crate::domain::time::At;
use crate::domain::work::{ArticleHead, Kind};
use crate::lang;

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
    /// Put this of an article in as soon as its text arrives.
    pub insert_when_here: Option<(ArticleId, Wanted)>,
}

/// What of an article is to go into the reply or note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All that a customer may read.
    Text,
    /// One section of that; which one is asked when there are several.
    Section,
    /// Only where it is found.
    Link,
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

impl Preview {
    /// Moves by rows, not beyond the text.
    pub(in crate::app) fn step(&mut self, by: isize) {
        let (total, page) = self.rows;
        self.top = self.top.saturating_add_signed(by).min(total.saturating_sub(page));
    }
}

impl Knowledge {
    /// Moves in what is shown: the article, else the hits.
    pub(in crate::app) fn step(&mut self, by: isize) {
        if let Some(preview) = &mut self.preview {
            preview.step(by);
        } else {
            self.list.step(by, self.hits.len());
        }
    }

    /// Moves by pages.
    pub(in crate::app) fn turn(&mut self, pages: isize) {
        let page = self.preview.as_ref().map_or(self.list.page, |p| p.rows.1);
        self.step(pages * (page.max(2) as isize - 1));
    }
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
            insert_when_here: None,
        }
    }
}

/// Why nothing of an article is inserted.
const TEAM_ONLY: &str = tk!("This article is for the team only; nothing of it goes to a customer.");

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

/// How far an article can be trusted today.
pub fn badge(head: &ArticleHead, model: &Model, now: At) -> Badge {
    let today = words::local(model.server(now), model.zone()).date_naive().to_string();
    match head.verified_until.trim() {
        "" => Badge::Unverified,
        until if until >= today.as_str() => Badge::Verified(until.to_owned()),
        until => Badge::Expired(until.to_owned()),
    }
}

/// What to say when there are no hits.
pub fn empty(model: &Model) -> &'static str {
    let knowledge = &model.knowledge;
    if model.asking.contains_key(&Asking::Articles) {
        ""
    } else if knowledge.search.is_blank() {
        t!("Articles to answer with. Those that suit the open case come by themselves; search for others \
         (<find-article>).")
    } else {
        t!("No article holds these words. Try fewer or other ones; <leave> goes back.")
    }
}

/// What to say where an article's text is not here yet.
pub fn awaited(model: &Model) -> &'static str {
    let coming = model.knowledge.preview.as_ref().is_some_and(|p| p.coming);
    match (coming, is_linked(model)) {
        (true, true) => t!("Fetching the article …"),
        (true, false) => t!("Its text is not on this desk; it comes when the link is back."),
        (false, _) => t!("One moment …"),
    }
}

impl Desk<'_> {
    /// Goes to the search, from wherever.
    pub(in crate::app) fn find_article(&mut self) {
        if self.m.focus != Pane::Knowledge {
            self.m.knowledge.back = self.m.focus;
        }
        self.m.knowledge.preview = None;
        self.focus(Pane::Knowledge);
        self.m.knowledge.typing = true;
    }

    /// The search words changed.
    pub(in crate::app) fn article_search(&mut self) {
        self.m.knowledge.list.select(0, 0);
        self.m.knowledge.preview = None;
        self.want(Asking::Articles);
    }

    pub(in crate::app) fn articles_came(&mut self, hits: Vec<ArticleHead>, took_us: u64) {
        let knowledge = &mut self.m.knowledge;
        knowledge.took_us = took_us;
        knowledge.hits_for = knowledge.search.text().trim().to_owned();
        if knowledge.hits != hits {
            let before = knowledge.hits.get(knowledge.list.selected).map(|h| h.id);
            let at = hits.iter().position(|h| Some(h.id) == before).filter(|_| knowledge.list.selected > 0);
            knowledge.hits = hits;
            let len = knowledge.hits.len();
            knowledge.list.select(at.unwrap_or(0), len);
            self.touched = true;
        }
    }

    /// Articles came or went while something is shown.
    pub(in crate::app) fn articles_changed(&mut self) {
        if self.m.visible().shows(Pane::Knowledge) {
            self.want(Asking::Articles);
        } else {
            self.m.memory.suggested = None;
        }
    }

    /// Shows the selected article.
    pub(in crate::app) fn open_article(&mut self) {
        let knowledge = &mut self.m.knowledge;
        let Some(head) = knowledge.hits.get(knowledge.list.selected).cloned() else { return };
        knowledge.typing = false;
        let id = head.id;
        knowledge.preview = Some(Preview { head, body: None, coming: false, top: 0, rows: (0, 0) });
        self.want(Asking::Article(id));
    }

    pub(in crate::app) fn article_came(&mut self, id: ArticleId, body: Option<String>) {
        let wanted = self.m.knowledge.insert_when_here.filter(|(waiting, _)| *waiting == id).map(|(_, wanted)| wanted);
        if let Some(preview) = self.m.knowledge.preview.as_mut().filter(|p| p.head.id == id) {
            self.touched |= preview.body != body;
            preview.coming = body.is_none();
            preview.body.clone_from(&body);
        }
        match (body, wanted) {
            (Some(body), Some(wanted)) => {
                self.m.knowledge.insert_when_here = None;
                self.insert_of(&body, wanted);
            }
            (None, wanted) => {
                self.effect(Effect::Want(RowKey { entity: Entity::ArticleBody, id: id.0 }));
                if wanted.is_some() && !self.is_linked() {
                    self.cannot(t!("The text of this article is not on this desk; it comes when the link is back."));
                } else if wanted.is_some() {
                    self.say(t!("The article is on its way; it goes in when it is here."));
                }
            }
            (Some(_), None) => {}
        }
    }

    /// The link is back: what was opened without it is asked for again.
    pub(in crate::app) fn want_again(&mut self) {
        if let Some(id) = self.m.knowledge.preview.as_ref().filter(|p| p.coming).map(|p| p.head.id) {
            self.want(Asking::Article(id));
        }
        let lacks = self.m.conversation.missing || absent(self.m) > 0;
        if let Some(case) = self.m.conversation.case.filter(|_| lacks) {
            self.effect(Effect::Want(RowKey { entity: Entity::Case, id: case.0 }));
        }
    }

    /// A body that was asked for has come.
    pub(in crate::app) fn article_arrived(&mut self, id: ArticleId) {
        let shown = self.m.knowledge.preview.as_ref().is_some_and(|p| p.head.id == id);
        if shown || self.m.knowledge.insert_when_here.is_some_and(|(waiting, _)| waiting == id) {
            self.want(Asking::Article(id));
        }
    }

    /// Puts the article in hand into the reply or note: what a customer may read of it, or only where it is found.
    pub(in crate::app) fn insert_article(&mut self, wanted: Wanted) {
        let knowledge = &self.m.knowledge;
        let preview = knowledge.preview.as_ref();
        let head = preview.map(|p| &p.head).or_else(|| knowledge.hits.get(knowledge.list.selected)).cloned();
        let Some(head) = head else {
            self.cannot(t!("No article is selected."));
            return;
        };
        if wanted == Wanted::Link {
            if head.internal && self.m.composer.kind == Kind::Message {
                self.toast(Tone::Warn, lang::text(TEAM_ONLY), t!("A note can name it, a reply cannot."));
                return;
            }
            self.insert_text(&t!("{title} (article {slug})", title = head.title, slug = head.slug));
        } else if head.internal {
            self.team_only();
        } else if let Some(body) = preview.and_then(|p| p.body.clone()) {
            self.insert_of(&body, wanted);
        } else {
            self.m.knowledge.insert_when_here = Some((head.id, wanted));
            self.want(Asking::Article(head.id));
        }
    }

    fn insert_of(&mut self, markdown: &str, wanted: Wanted) {
        let text = article::customer_text(markdown);
        if text.is_empty() {
            self.team_only();
            return;
        }
        let sections = if wanted == Wanted::Section { article::sections(markdown) } else { Vec::new() };
        if sections.len() < 2 {
            self.insert_text(&text);
            return;
        }
        let item = |section: article::Section| {
            let mut lines = section.text.lines().filter(|l| !l.trim().is_empty());
            let first = lines.next().unwrap_or_default().to_owned();
            let label =
                if section.heading.is_empty() { t!("The beginning").to_owned() } else { section.heading.clone() };
            let detail = if section.heading.is_empty() { first } else { lines.next().unwrap_or_default().to_owned() };
            Item::new(Pick::Text(section.text), label).detail(detail)
        };
        let items = sections.into_iter().map(item).collect();
        self.open_chooser(Chooser::new(Purpose::Section, t!("Insert a section"), "", items));
    }

    fn team_only(&mut self) {
        self.toast(
            Tone::Warn,
            lang::text(TEAM_ONLY),
            t!("Say it in your own words; a note can name the article (<insert-link>)."),
        );
    }

    /// Puts text that may go to a customer into the reply or note.
    pub(in crate::app) fn insert_text(&mut self, text: &str) {
        self.m.knowledge.typing = false;
        self.m.knowledge.preview = None;
        self.insert_into_composer(text);
    }

    /// Leaves the preview, then the search, then the pane.
    pub(in crate::app) fn leave_knowledge(&mut self) {
        let knowledge = &mut self.m.knowledge;
        if knowledge.preview.take().is_some() {
            return;
        }
        if knowledge.typing && !knowledge.hits.is_empty() {
            knowledge.typing = false;
            return;
        }
        knowledge.typing = false;
        let back = knowledge.back;
        self.focus(back);
    }
}
