//! Articles for words as typed, and articles that suit a case.

use std::collections::HashMap;

use rusqlite::Connection;

use super::fold::{fold, split};
use super::typo::Vocabulary;
use super::words::Words;
use super::{From, matches};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::work::ArticleHead;
use crate::store::fault::Fault;
use crate::store::rows;

/// Matches read and scored: of titles, and of texts when the titles are few. Matches in texts alone differ only in
/// their worth, in which they come anyway.
const SCORED: usize = 300;
const SCORED_TEXTS: usize = 120;
const ENOUGH_TITLES: usize = 60;
/// With fewer matches than this, slips and single words are tried too.
const FEW: usize = 5;
/// Titles looked through for a single letter.
const GLANCED: usize = 1_500;
/// Matches read for each word of a case, and words read of it.
const PER_WORD: usize = 60;
const CASE_WORDS: usize = 8;

/// What is looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ArticleQuery<'a> {
    /// As typed.
    pub words: &'a str,
    /// Subject and tags of the case at hand: what to go by when nothing is typed.
    pub suggest: &'a str,
    /// Preferred language, BCP 47; others come after.
    pub locale: &'a str,
    /// At most this many.
    pub limit: usize,
    /// Today's date (YYYY-MM-DD): articles checked only until before it come after others.
    pub today: &'a str,
}

/// An article and how well it suits.
struct Scored {
    score: f64,
    head: ArticleHead,
}

/// Articles, best first.
pub(in crate::store) fn search(
    conn: &Connection,
    vocabulary: &mut Vocabulary,
    query: &ArticleQuery<'_>,
) -> Result<Vec<ArticleHead>, Fault> {
    let words = Words::parse(query.words);
    let mut hits = Hits { conn, query, words: &words, folded: words.folded(), found: Vec::new() };
    match words.expression() {
        Some(expression) => {
            let mut ids = matches(conn, "fts_title", &expression, From::Lowest, SCORED)?;
            if ids.len() < ENOUGH_TITLES {
                ids.extend(matches(conn, "fts_article", &expression, From::Lowest, SCORED_TEXTS)?);
            }
            hits.add(ids, 0.0)?;
            if hits.found.len() < FEW {
                hits.slips(vocabulary)?;
            }
            if hits.found.len() < FEW {
                let each = single_words(conn, &words)?;
                hits.add_weighted(each, -40.0)?;
            }
        }
        None => match words.stub() {
            Some(letter) => hits.glance(letter)?,
            None => {
                let case = Words::parse(query.suggest);
                if case.is_empty() {
                    hits.first()?;
                } else {
                    let each = single_words(conn, &case)?;
                    hits.add_weighted(each, 0.0)?;
                }
            }
        },
    }
    Ok(hits.best())
}

/// Articles with any of the words in their title, and the more the rarer each word is.
fn single_words(conn: &Connection, words: &Words) -> Result<HashMap<u64, f64>, Fault> {
    let mut weights: HashMap<u64, f64> = HashMap::new();
    for (alone, (folded, _)) in words.single().zip(words.folded()).take(CASE_WORDS) {
        if folded.chars().count() < 3 {
            continue;
        }
        let ids = matches(conn, "fts_title", &alone, From::Lowest, PER_WORD)?;
        let weight = 12.0 / (1.0 + (ids.len() as f64).ln_1p());
        for id in ids {
            *weights.entry(id).or_default() += weight;
        }
    }
    Ok(weights)
}

struct Hits<'a> {
    conn: &'a Connection,
    query: &'a ArticleQuery<'a>,
    words: &'a Words,
    folded: Vec<(String, bool)>,
    found: Vec<Scored>,
}

impl Hits<'_> {
    fn add(&mut self, ids: Vec<u64>, plus: f64) -> Result<(), Fault> {
        self.add_weighted(ids.into_iter().map(|id| (id, 0.0)).collect(), plus)
    }

    fn add_weighted(&mut self, ids: HashMap<u64, f64>, plus: f64) -> Result<(), Fault> {
        for (id, weight) in ids {
            if self.found.iter().any(|s| s.head.id.0 == id) {
                continue;
            }
            if let Some(Row::ArticleHead(head)) = rows::readable(self.conn, RowKey { entity: Entity::ArticleHead, id })?
            {
                let score = self.score(&head) + weight + plus;
                self.found.push(Scored { score, head });
            }
        }
        Ok(())
    }

    /// Titles that would match if one or two letters were another.
    fn slips(&mut self, vocabulary: &mut Vocabulary) -> Result<(), Fault> {
        vocabulary.keep_up(self.conn, newest(self.conn)?)?;
        let conn = self.conn;
        let stands = |alone: &str| Ok(!matches(conn, "fts_title", alone, From::Lowest, 1)?.is_empty());
        if let Some(meant) = vocabulary.meant(self.words, stands)? {
            let ids = matches(self.conn, "fts_title", &meant, From::Lowest, SCORED)?;
            self.add(ids, -20.0)?;
        }
        Ok(())
    }

    /// Titles with a word that begins with a letter, among the first.
    fn glance(&mut self, letter: char) -> Result<(), Fault> {
        for head in first(self.conn, GLANCED)? {
            if split(&fold(&head.title)).any(|w| w.starts_with(letter)) {
                self.found.push(Scored { score: self.score(&head), head });
            }
        }
        Ok(())
    }

    /// Nothing to go by: the first ones.
    fn first(&mut self) -> Result<(), Fault> {
        for head in first(self.conn, SCORED)? {
            self.found.push(Scored { score: self.score(&head), head });
        }
        Ok(())
    }

    fn score(&self, head: &ArticleHead) -> f64 {
        let title = fold(&head.title);
        let in_title: Vec<&str> = split(&title).collect();
        let mut score = 0.0;
        for (word, open) in &self.folded {
            score += if in_title.contains(&word.as_str()) {
                10.0
            } else if *open && in_title.iter().any(|w| w.starts_with(word.as_str())) {
                8.0
            } else if head.tags.iter().any(|tag| fold(tag).contains(word.as_str())) {
                4.0
            } else {
                0.0
            };
        }
        if self.folded.len() > 1 && runs(&in_title, &self.folded) {
            score += 12.0;
        }
        if let Some((word, _)) = self.folded.first()
            && in_title.first().is_some_and(|w| w.starts_with(word.as_str()))
        {
            score += 3.0;
        }
        if let Some(letter) = self.words.stub()
            && in_title.iter().any(|w| w.starts_with(letter))
        {
            score += 6.0;
        }
        score += speaks(&head.locale, self.query.locale);
        if head.verified_until.is_empty() {
            score -= 1.0;
        } else if head.verified_until.as_str() < self.query.today {
            score -= 4.0;
        }
        // Among equals, the title that says little else.
        score - title.len().min(80) as f64 / 40.0
    }

    fn best(mut self) -> Vec<ArticleHead> {
        // Ids are given in order of worth.
        self.found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.head.id.cmp(&b.head.id)));
        self.found.truncate(self.query.limit);
        self.found.into_iter().map(|s| s.head).collect()
    }
}

/// Whether the words stand next to each other in the title.
fn runs(title: &[&str], words: &[(String, bool)]) -> bool {
    title.windows(words.len()).any(|window| {
        window.iter().zip(words).all(
            |(in_title, (word, open))| {
                if *open { in_title.starts_with(word.as_str()) } else { *in_title == word }
            },
        )
    })
}

/// The same locale, or at least the same language.
fn speaks(has: &str, wanted: &str) -> f64 {
    let language = |locale: &str| locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if wanted.is_empty() {
        0.0
    } else if has.eq_ignore_ascii_case(wanted) {
        6.0
    } else if language(has) == language(wanted) {
        5.0
    } else {
        0.0
    }
}

fn first(conn: &Connection, most: usize) -> Result<Vec<ArticleHead>, Fault> {
    let (low, high) = rows::range(Entity::ArticleHead);
    let mut query =
        conn.prepare_cached("SELECT key, body FROM row WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3")?;
    let mut found = query.query((low, high, most as i64))?;
    let mut heads = Vec::new();
    while let Some(row) = found.next()? {
        let key = rows::known(row.get(0)?)?;
        if let Some(Row::ArticleHead(head)) = Row::decode(key.entity, &row.get::<_, Vec<u8>>(1)?) {
            heads.push(head);
        }
    }
    Ok(heads)
}

/// The highest number of an article: it grows with the titles, and counting them would take longer than the search.
fn newest(conn: &Connection) -> Result<u64, Fault> {
    let (low, high) = rows::range(Entity::ArticleHead);
    let sql = "SELECT max(key) FROM row WHERE key BETWEEN ?1 AND ?2";
    let key: Option<i64> = conn.prepare_cached(sql)?.query_one((low, high), |r| r.get(0))?;
    Ok(key.map(rows::known).transpose()?.map_or(0, |key| key.id))
}
