//! Articles from a folder of Markdown that anyone may have written.
//!
//! Front matter is read where there is some and passed over where it makes no sense; a title is found in any case.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::record::{Article, Instant, Record};
use super::{Item, Place};
use crate::app::article::unmarked;
use crate::domain::time::At;

/// Endings of files that are read.
const ENDINGS: [&str; 5] = ["md", "markdown", "mkd", "mdown", "txt"];
/// Deepest folder looked into.
const DEPTH: usize = 32;
/// Longest article, in bytes, as the rules have it.
const LONGEST: usize = 1_000_000;

/// The article files of a folder and its subfolders, sorted by path. Links to folders are not followed.
pub fn find(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // A folder below that may not be read costs itself only.
            Err(_) if depth > 0 => continue,
            Err(error) => return Err(error),
        };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
            if kind.is_dir() && depth < DEPTH && !hidden {
                folders.push((path, depth + 1));
            } else if !hidden && ending.is_some_and(|e| ENDINGS.contains(&e.as_str())) && path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads articles from files below `root`; `locale` is for those that name none, `now` for those without a time.
pub fn read(root: PathBuf, files: Vec<PathBuf>, locale: String, now: At) -> impl Iterator<Item = Item> + Send {
    let mut slugs = Slugs::default();
    files.into_iter().enumerate().map(move |(n, path)| {
        let inside = path.strip_prefix(&root).unwrap_or(&path).to_owned();
        let place = Place::File(inside.display().to_string());
        let end = n as u64 + 1;
        let changed = std::fs::metadata(&path).and_then(|m| m.modified()).ok();
        let changed = changed.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let updated = changed.map_or(now, |d| At(d.as_secs() as i64 * 1000));
        let text = std::fs::read(&path).map_err(|error| format!("it cannot be read: {error}")).and_then(text_of);
        match text {
            Ok(text) => {
                let (article, warnings) = one(&inside, &text, &locale, updated, &mut slugs);
                match article {
                    Ok(article) => Item { warnings, ..Item::whole(place, end, Record::Article(article)) },
                    Err(why) => Item::rejected(place, end, why),
                }
            }
            Err(why) => Item::rejected(place, end, why),
        }
    })
}

fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = e.as_bytes()[..at].split(|b| *b == b'\n').count();
        format!("it is not UTF-8 text (line {line})")
    })
}

/// Names given so far, so that two files never share one.
#[derive(Default)]
pub struct Slugs(HashSet<String>);

/// Makes an article of one file's text. `path` is the path inside the folder.
pub fn one(
    path: &Path,
    text: &str,
    locale: &str,
    updated: At,
    slugs: &mut Slugs,
) -> (Result<Article, String>, Vec<String>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let (matter, body) = front_matter(&text);
    let field = |names: &[&str]| names.iter().find_map(|n| matter.get(*n)).map(|v| v.trim().to_owned());
    let mut warnings = Vec::new();
    if body.trim().is_empty() {
        return (Err("there is no text in it".into()), warnings);
    }
    let title =
        field(&["title"]).filter(|t| !t.is_empty()).or_else(|| heading(body)).unwrap_or_else(|| file_name(path));
    let mut verified_until = field(&["verified-until", "verified_until", "review-by"]).unwrap_or_default();
    if !verified_until.is_empty() && verified_until.parse::<chrono::NaiveDate>().is_err() {
        warnings.push(format!("verified-until: {verified_until:?} is no date such as 2025-06-30; it is left out"));
        verified_until.clear();
    }
    let updated = field(&["updated", "date", "last-modified"]).and_then(|t| instant(&t)).unwrap_or(updated);
    let locale = field(&["locale", "lang", "language"]).filter(|l| !l.is_empty()).unwrap_or_else(|| locale.to_owned());
    let internal = match field(&["internal"]).as_deref().map(str::to_lowercase).as_deref() {
        None | Some("" | "false" | "no") => false,
        Some("true" | "yes") => true,
        Some(other) => {
            // When in doubt it is the team's.
            warnings.push(format!("internal: {other:?} is neither true nor false; the article is for the team only"));
            true
        }
    };
    let wanted = field(&["slug"]).map_or_else(|| slug(path), |s| slug(Path::new(&s)));
    let mut name = wanted.clone();
    let mut n = 2;
    while !slugs.0.insert(format!("{locale}/{name}")) {
        name = format!("{wanted}-{n}");
        n += 1;
    }
    let article = Article {
        slug: name,
        locale,
        title: clip(&title, 300),
        tags: field(&["tags", "keywords", "categories"]).map(|t| list(&t)).unwrap_or_default(),
        owner: field(&["owner", "author"]).unwrap_or_default(),
        verified_until,
        internal,
        updated: Instant(updated),
        body: body.trim_start_matches('\n').trim_end().to_owned() + "\n",
    };
    (Ok(article), warnings)
}

fn instant(text: &str) -> Option<At> {
    At::from_rfc3339(text).or_else(|| {
        let date: chrono::NaiveDate = text.get(..10)?.parse().ok()?;
        Some(At(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis()))
    })
}

/// The flat part of YAML (`---`) or TOML (`+++`) front matter, and what comes after it. Text that only looks like
/// front matter is text.
fn front_matter(text: &str) -> (HashMap<String, String>, &str) {
    let none = || (HashMap::new(), text);
    let Some((fence, rest)) = ["---\n", "+++\n"].into_iter().find_map(|f| Some((&f[..3], text.strip_prefix(f)?)))
    else {
        return none();
    };
    let close = rest.match_indices(fence).map(|(at, _)| at).find(|at| {
        let starts = *at == 0 || rest.as_bytes()[at - 1] == b'\n';
        starts && matches!(rest.as_bytes().get(at + 3), None | Some(b'\n'))
    });
    let Some(close) = close else { return none() };
    let mark = if fence == "---" { ':' } else { '=' };
    let mut fields: HashMap<String, String> = HashMap::new();
    let mut open: Option<String> = None;
    for line in rest[..close].lines() {
        let item = line.trim_start().strip_prefix("- ");
        if let (Some(item), Some(key)) = (item, &open) {
            let value = fields.entry(key.clone()).or_default();
            if !value.is_empty() {
                value.push_str(", ");
            }
            value.push_str(unquoted(item));
        } else if let Some((key, value)) = line.split_once(mark).filter(|_| !line.starts_with([' ', '\t', '#'])) {
            let key = key.trim().to_lowercase();
            open = value.trim().is_empty().then(|| key.clone());
            fields.insert(key, unquoted(value).to_owned());
        }
    }
    if fields.is_empty() && !rest[..close].trim().is_empty() {
        return none();
    }
    (fields, rest.get(close + 3..).unwrap_or_default())
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let inner = |q: char| value.strip_prefix(q).and_then(|v| v.strip_suffix(q));
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

fn list(text: &str) -> Vec<String> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    inner.split(',').map(|t| unquoted(t).to_owned()).filter(|t| !t.is_empty()).collect()
}

/// The words of the first heading.
fn heading(body: &str) -> Option<String> {
    let mut words: Option<String> = None;
    for event in Parser::new(body) {
        match event {
            Event::Start(Tag::Heading { .. }) => words = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let found = words.take().map(|w| unmarked(&w).split_whitespace().collect::<Vec<_>>().join(" "));
                if found.as_ref().is_some_and(|f| !f.is_empty()) {
                    return found;
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(words) = &mut words {
                    words.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(words) = &mut words {
                    words.push(' ');
                }
            }
            _ => {}
        }
    }
    None
}

/// A title made of the file's name; an index or readme is called after its folder.
fn file_name(path: &Path) -> String {
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let parent = path.parent().and_then(Path::file_name).map(|p| p.to_string_lossy().into_owned());
    let plain = matches!(stem.to_lowercase().as_str(), "readme" | "index" | "_index");
    let name = parent.filter(|_| plain).unwrap_or(stem);
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    letters.next().map_or_else(|| "Untitled".into(), |c| c.to_uppercase().chain(letters).collect())
}

/// `guides/Roaming abroad.md` is `guides/roaming-abroad`.
fn slug(path: &Path) -> String {
    let parts = path.with_extension("");
    let parts = parts.components().filter_map(|part| {
        let text = part.as_os_str().to_string_lossy().to_lowercase();
        let mut out = String::new();
        for c in text.chars() {
            if c.is_alphanumeric() || c == '.' || c == '_' {
                out.push(c);
            } else if !out.ends_with('-') {
                out.push('-');
            }
        }
        let out = out.trim_matches(['-', '.']).to_owned();
        (!out.is_empty()).then_some(out)
    });
    let slug = parts.collect::<Vec<_>>().join("/");
    if slug.is_empty() { "article".into() } else { slug }
}

/// At most `most` characters, with a mark where it was cut.
pub fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(path: &str, text: &str) -> Article {
        one(Path::new(path), text, "en", At(5), &mut Slugs::default()).0.expect("an article")
    }

    #[test]
    fn our_front_matter() {
        let text = "---\ntitle: Access needs: relay, large print\nlocale: de\ntags: accessibility, vulnerable\nowner: grace\nverified-until: 2027-09-30\n---\nAsk everyone.\n";
        let a = made("access-needs.md", text);
        assert_eq!(a.title, "Access needs: relay, large print");
        assert_eq!((a.locale.as_str(), a.owner.as_str(), a.slug.as_str()), ("de", "grace", "access-needs"));
        assert_eq!(a.tags, ["accessibility", "vulnerable"]);
        assert_eq!(a.verified_until, "2027-09-30");
        assert_eq!(a.body, "Ask everyone.\n");
    }

    #[test]
    fn what_is_for_the_team_is_said_in_front_matter_or_on_a_heading() {
        let a = made("x.md", "---\ninternal: true\n---\n# Limits");
        assert!(a.internal);
        assert!(!made("x.md", "---\ninternal: false\n---\n# Limits").internal);
        let text = "---\ninternal: maybe\n---\n# Limits";
        let (article, warnings) = one(Path::new("x.md"), text, "en", At(5), &mut Slugs::default());
        assert!(article.expect("an article").internal && warnings[0].contains("maybe"), "{warnings:?}");
        let a = made("x.md", "# Limits {internal}\n\nwords");
        assert_eq!((a.title.as_str(), a.body.as_str()), ("Limits", "# Limits {internal}\n\nwords\n"));
    }

    #[test]
    fn front_matter_of_other_tools() {
        let a = made(
            "x.md",
            "---\ntitle: \"Hello\"\nlayout: page\ntags:\n  - one\n  - 'two'\nnested:\n  deep: 1\n---\n\nBody",
        );
        assert_eq!((a.title.as_str(), a.tags.as_slice()), ("Hello", ["one".to_owned(), "two".into()].as_slice()));
        let a = made("x.md", "+++\ntitle = \"Hello\"\ntags = [\"one\", \"two\"]\ndate = 2024-01-02\n+++\nBody");
        assert_eq!(
            (a.title.as_str(), a.tags.len(), a.updated.0.to_rfc3339()),
            ("Hello", 2, "2024-01-02T00:00:00.000Z".into())
        );
    }

    #[test]
    fn text_without_front_matter_still_has_a_title() {
        assert_eq!(made("a.md", "Intro\n\nThe `cargo` *tool*\n=====\n\n# Second").title, "The cargo tool");
        assert_eq!(made("a.md", "# \n\n## Real").title, "Real");
        assert_eq!(made("Port_in-steps.txt", "no heading here").title, "Port in steps");
        assert_eq!(made("docs/README.md", "no heading here").title, "Docs");
        let rule = made("rule.md", "---\n\nA thematic break, not front matter\n");
        assert!(rule.body.starts_with("---"));
        assert_eq!(made("a/B c/Ünï.md", "# x").slug, "a/b-c/ünï");
    }

    #[test]
    fn folders_hold_all_kinds_of_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir_all(root.join("sub/.git")).expect("folders");
        let write = |name: &str, bytes: &[u8]| std::fs::write(root.join(name), bytes).expect("written");
        write("one.md", b"# One");
        write("one.txt", b"One again");
        write("sub/two.MD", b"\xef\xbb\xbf# Two\r\n\r\ntext");
        write("sub/latin.md", b"# Caf\xe9");
        write("sub/empty.md", b"---\ntitle: x\n---\n");
        write("sub/.hidden.md", b"# Hidden");
        write("sub/.git/three.md", b"# Three");
        write("sub/picture.png", b"png");
        let files = find(root).expect("found");
        let items: Vec<Item> = read(root.to_owned(), files, "en".into(), At(0)).collect();
        let got: Vec<String> = items
            .iter()
            .map(|i| match &i.record {
                Ok(r) => r.title(),
                Err(why) => format!("{}: {why}", i.place),
            })
            .collect();
        assert_eq!(
            got,
            [
                "article en/one",
                "article en/one-2",
                "sub/empty.md: there is no text in it",
                "sub/latin.md: it is not UTF-8 text (line 1)",
                "article en/sub/two",
            ]
        );
    }
}
