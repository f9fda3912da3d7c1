//! What someone typed, made ready for matching: words without accents, capitals and punctuation, in clauses, with
//! what is denied marked.
//!
//! The rules are the file format's (operations 6.2): NFKC, case folded, punctuation dropped, spaces collapsed.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Words before something that deny it when one of them is a denial.
const REACH: usize = 3;
/// Words behind it, in languages that deny there.
const BEHIND: usize = 2;
/// Words of one text that are looked at; nobody types more in a turn.
const MOST: usize = 2_000;

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// Clause by clause, in order; none is empty.
    pub clauses: Vec<Clause>,
}

/// Words between two full stops.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clause {
    /// The words, folded.
    pub words: Vec<String>,
    /// Positions in front of which a comma stood: a denial does not reach across.
    pub commas: Vec<usize>,
    /// Whether it ended with a question mark.
    pub asks: bool,
}

impl Heard {
    /// Takes a text apart.
    pub fn new(text: &str) -> Heard {
        let mut heard = Heard::default();
        let mut clause = Clause::default();
        let mut left = MOST;
        for piece in pieces(text) {
            match piece {
                Piece::Word(word) => {
                    if TURNS.contains(&word.as_str()) {
                        heard.end(&mut clause);
                    }
                    for word in expanded(word) {
                        left = left.saturating_sub(1);
                        if left > 0 {
                            clause.words.push(word);
                        }
                    }
                }
                Piece::Comma => clause.commas.push(clause.words.len()),
                Piece::Stop(asks) => {
                    clause.asks = asks;
                    heard.end(&mut clause);
                }
            }
        }
        heard.end(&mut clause);
        heard
    }

    fn end(&mut self, clause: &mut Clause) {
        let clause = std::mem::take(clause);
        if !clause.words.is_empty() {
            self.clauses.push(clause);
        }
    }
}

impl Clause {
    /// Whether what stands at `from..to` is denied: a denial in it, up to three words before it, or, as German and
    /// French have it, up to two behind it.
    pub fn denied(&self, from: usize, to: usize) -> bool {
        let before = self.commas.iter().copied().filter(|c| *c <= from).max().unwrap_or(0);
        let behind = self.commas.iter().copied().filter(|c| *c >= to).min().unwrap_or(self.words.len());
        let words = |range: std::ops::Range<usize>| self.words.get(range).unwrap_or_default();
        words(from.saturating_sub(REACH).max(before)..to).iter().any(|w| denies(w))
            || words(to..(to + BEHIND).min(behind)).iter().any(|w| AFTER.contains(&w.as_str()))
    }
}

/// Whether a folded word denies what follows; English, Spanish, German and French.
pub fn denies(word: &str) -> bool {
    DENIALS.binary_search(&word).is_ok()
}

/// Whether a folded word carries little meaning of its own.
pub fn small(word: &str) -> bool {
    SMALL.binary_search(&word).is_ok() || word.chars().count() < 2
}

/// Lower case, without accents.
pub fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkd().filter(|c| !is_combining_mark(*c)).flat_map(plain).collect()
}

/// Letters that stand for two.
fn plain(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'œ' => ('o', Some('e')),
        'æ' => ('a', Some('e')),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

enum Piece {
    Word(String),
    Comma,
    /// Whether it asks.
    Stop(bool),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut word = String::new();
    let folded = folded(text);
    let mut letters = folded.chars().peekable();
    let end = |word: &mut String, pieces: &mut Vec<Piece>| {
        let whole = std::mem::take(word);
        let whole = whole.trim_matches('\'');
        if !whole.is_empty() {
            pieces.push(Piece::Word(whole.to_owned()));
        }
    };
    while let Some(c) = letters.next() {
        let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
        match c {
            '’' | '\'' | '‘' | '`' => word.push('\''),
            // A number keeps its point: 29.99.
            '.' | ',' if word.ends_with(|c: char| c.is_ascii_digit()) && digit(letters.peek()) => word.push('.'),
            _ if c.is_alphanumeric() => word.push(c),
            ',' => {
                end(&mut word, &mut pieces);
                pieces.push(Piece::Comma);
            }
            '.' | '!' | '?' | ';' | ':' | '\n' | '¿' | '¡' | '…' | '。' => {
                end(&mut word, &mut pieces);
                pieces.push(Piece::Stop(c == '?'));
            }
            _ => end(&mut word, &mut pieces),
        }
    }
    end(&mut word, &mut pieces);
    pieces
}

/// Contractions in full: `can't` is `can not`, `I'm` is `i am`, `u` is `you`; a French elision is two words.
fn expanded(word: String) -> Vec<String> {
    let Some((head, tail)) = word.split_once('\'') else {
        return match word.as_str() {
            "cannot" => vec!["can".into(), "not".into()],
            "dont" | "didnt" | "doesnt" | "isnt" | "wasnt" | "wont" | "cant" | "couldnt" | "shouldnt" | "havent" => {
                let stem = word.trim_end_matches("nt");
                vec![whole(stem).into(), "not".into()]
            }
            "u" => vec!["you".into()],
            "ur" => vec!["your".into()],
            "r" => vec!["are".into()],
            "pls" => vec!["please".into()],
            "thx" => vec!["thanks".into()],
            _ => vec![word],
        };
    };
    let two = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    match (head, tail) {
        (head, "t") if head.ends_with('n') => two(whole(head.strip_suffix('n').unwrap_or(head)), "not"),
        (head, "m") => two(head, "am"),
        (head, "re") => two(head, "are"),
        (head, "ve") => two(head, "have"),
        (head, "ll") => two(head, "will"),
        (head, "d") => two(head, "would"),
        ("it" | "that" | "what" | "there" | "here" | "he" | "she" | "where" | "who" | "how" | "let", "s") => {
            two(head, if head == "let" { "us" } else { "is" })
        }
        (head, "s" | "") => vec![head.to_owned()],
        (head, tail) => two(head, &tail.replace('\'', "")),
    }
}

fn whole(stem: &str) -> &str {
    match stem {
        "wo" => "will",
        "ca" => "can",
        "sha" => "shall",
        other => other,
    }
}

/// Words that begin a clause of their own.
const TURNS: [&str; 17] = [
    "but",
    "although",
    "however",
    "aber",
    "sondern",
    "jedoch",
    "allerdings",
    "obwohl",
    "pero",
    "sino",
    "aunque",
    "embargo",
    "obstante",
    "mais",
    "cependant",
    "toutefois",
    "pourtant",
];

/// Denials that stand behind the verb, in German and French.
const AFTER: [&str; 7] = ["nicht", "nie", "niemals", "keinesfalls", "keineswegs", "pas", "jamais"];

/// Sorted.
const DENIALS: &[&str] = &[
    "aucun",
    "aucune",
    "aucunement",
    "guere",
    "hardly",
    "jamais",
    "jamas",
    "kein",
    "keine",
    "keinem",
    "keinen",
    "keiner",
    "keines",
    "keinesfalls",
    "keineswegs",
    "keins",
    "n",
    "nadie",
    "ne",
    "neither",
    "never",
    "ni",
    "nich",
    "nicht",
    "nichts",
    "nie",
    "niemals",
    "niemand",
    "ningun",
    "ninguna",
    "ninguno",
    "nirgends",
    "no",
    "nobody",
    "none",
    "nor",
    "not",
    "nothing",
    "nunca",
    "ohne",
    "pas",
    "rien",
    "sans",
    "sin",
    "tampoco",
    "weder",
    "without",
];

/// Sorted.
const SMALL: &[&str] = &[
    "a", "ai", "al", "all", "also", "am", "an", "and", "any", "are", "as", "at", "au", "auch", "auf", "aus", "aussi",
    "aux", "avec", "avez", "be", "been", "bei", "but", "by", "ca", "can", "ce", "cela", "ces", "cet", "cette", "como",
    "con", "could", "da", "dans", "das", "dass", "de", "del", "dem", "den", "denn", "der", "des", "did", "die", "do",
    "doch", "does", "donc", "du", "ein", "eine", "einem", "einen", "einer", "el", "elle", "en", "es", "esa", "ese",
    "eso", "est", "esta", "este", "esto", "et", "etait", "etes", "for", "from", "fue", "fur", "ha", "habe", "haben",
    "had", "han", "has", "hat", "have", "hay", "he", "her", "hier", "his", "ich", "ihnen", "ihr", "ihre", "ihrem",
    "ihren", "ihrer", "il", "ils", "im", "in", "ins", "is", "ist", "it", "its", "ja", "je", "just", "kann", "konnen",
    "la", "las", "le", "les", "leur", "lo", "los", "lui", "mal", "mas", "me", "meine", "mes", "mi", "mich", "mir",
    "mit", "mon", "muy", "my", "noch", "nos", "notre", "nous", "now", "nun", "oder", "of", "on", "ont", "or", "os",
    "ou", "our", "par", "para", "pero", "por", "pour", "qu", "que", "qui", "sa", "se", "sehr", "sein", "seine", "ses",
    "she", "si", "sich", "sido", "sie", "sind", "so", "some", "sont", "su", "suis", "sur", "sus", "tambien", "te",
    "that", "the", "their", "them", "they", "this", "to", "tres", "tu", "uber", "um", "un", "una", "und", "une", "uns",
    "unser", "unsere", "unseren", "us", "usted", "ustedes", "very", "vom", "von", "vos", "votre", "vous", "was", "we",
    "were", "wie", "will", "wir", "wird", "with", "would", "wurde", "y", "ya", "yo", "you", "your", "zu", "zum", "zur",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Heard::new(text).clauses.into_iter().map(|c| c.words.join(" ")).collect()
    }

    #[test]
    fn a_text_falls_into_clauses_of_plain_words() {
        assert_eq!(words("I can't see WHY — it's “odd”. Is it?"), ["i can not see why it is odd", "is it"]);
        assert_eq!(words("Ça m’énerve, Größe 29,99 €"), ["ca m enerve grosse 29.99"]);
        assert_eq!(words("I hear you but you never called"), ["i hear you", "but you never called"]);
        assert_eq!(words("Sin embargo puedo; la sœur"), ["sin", "embargo puedo", "la soeur"]);
        assert_eq!(words(" … !!! "), Vec::<String>::new());
        assert_eq!(words("cannot dont won't I'll"), ["can not do not will not i will"]);
    }

    #[test]
    fn a_denial_reaches_three_words_and_no_comma() {
        let heard = Heard::new("no worries, i do not at all quite really understand you");
        let clause = &heard.clauses[0];
        assert!(!clause.denied(2, 3), "across a comma");
        assert!(clause.denied(5, 6));
        assert!(!clause.denied(9, 10), "too far");
    }

    #[test]
    fn german_and_french_deny_behind_and_what_comes_later_is_not_denied() {
        let denied = |text: &str, from, to| Heard::new(text).clauses[0].denied(from, to);
        assert!(denied("das verstehe ich nicht", 1, 2));
        assert!(denied("je n'ai pas compris", 4, 5));
        assert!(!denied("sur votre facture au plus tard", 1, 3));
    }

    #[test]
    fn the_lists_can_be_searched() {
        assert!(DENIALS.is_sorted() && SMALL.is_sorted() && denies("nicht") && small("the") && !small("bill"));
    }
}
