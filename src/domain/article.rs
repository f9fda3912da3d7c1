//! Pages of the knowledge base, as rows: the title card to find one by, and its text.

use serde::{Deserialize, Serialize};

use super::ids::ArticleId;
use super::time::At;

/// An article's title card, enough to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleHead {
    /// Identity; given in order of worth, so that id order is a good order to read in.
    pub id: ArticleId,
    /// Name in files, unique within a locale.
    pub slug: String,
    /// Title.
    pub title: String,
    /// BCP 47.
    pub locale: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Checked and good until this date (YYYY-MM-DD), or empty when nobody vouches.
    pub verified_until: String,
    /// All of it is for the team: nothing of it goes to a customer.
    pub internal: bool,
    /// Last changed.
    pub updated: At,
}

/// An article's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleBody {
    /// Whose text.
    pub id: ArticleId,
    /// Markdown.
    pub body: String,
}
