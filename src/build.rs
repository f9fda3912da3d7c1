//! Before the build: packs what would be a large part of the binary as it is: the sample's past cases, the words of
//! the desk in other languages, the scenarios of the training room, and the widget of the web chat. Asks the linker to
//! pack the table of addresses that the loader mends, which would be another, and to keep alike functions once where it
//! knows how.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Error, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

const CASES: &str = "assets/sample/cases.jsonl";
const SCENARIOS: &str = "assets/scenarios";
const WIDGET: &str = "assets/widget";
const LANGUAGES: [&str; 5] = ["es", "fr", "de", "pt", "ar"];
/// Forms a number can take, in the order the program reads them.
const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={CASES}");
    println!("cargo::rerun-if-changed=src/build.rs");
    // Loaders know the packed form since glibc 2.36 (2022); an older one says so and does not start.
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|v| v == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    if is("PROFILE", "release") && knows_how("-Wl,--icf=all") {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
    println!("cargo::rerun-if-changed=assets/lang");
    let folder = std::env::var_os("OUT_DIR").ok_or_else(|| Error::other("cargo names no folder"))?;
    let folder = Path::new(&folder);
    pack(&folder.join("cases.jsonl.deflate"), &std::fs::read(CASES)?)?;
    scenarios(&folder.join("scenarios.deflate"))?;
    widget(folder)?;
    std::fs::create_dir_all(folder.join("lang"))?;
    languages(&folder.join("lang"))
}

/// Whether the linker that will be used takes an argument: it links an empty program with it.
fn knows_how(argument: &str) -> bool {
    let (Some(folder), Ok(target)) = (std::env::var_os("OUT_DIR"), std::env::var("TARGET")) else { return false };
    let folder = Path::new(&folder);
    let empty = folder.join("empty.rs");
    let linker = std::env::var("RUSTC_LINKER").map(|linker| format!("-Clinker={linker}")).ok();
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--target", &target, "-C", &format!("link-arg={argument}")]).args(linker).arg("-o");
    rustc.arg(folder.join("empty")).arg(&empty).stdout(Stdio::null()).stderr(Stdio::null());
    std::fs::write(&empty, "fn main() {}").is_ok() && rustc.status().is_ok_and(|status| status.success())
}

/// What the training room reads of its scenarios: each file with its name, both ended by U+001E. What tests play and
/// say stays outside.
fn scenarios(to: &Path) -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={SCENARIOS}");
    let mut files = Vec::new();
    let mut folders = vec![Path::new(SCENARIOS).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.strip_prefix(SCENARIOS).map_err(Error::other)?.to_string_lossy().replace('\\', "/");
            let ending = Path::new(&name).extension().and_then(|ending| ending.to_str());
            let read = ending == Some("md") || ending == Some("toml") && !name.ends_with("paraphrases.toml");
            if path.is_dir() {
                folders.push(path);
            } else if read {
                files.push((name, std::fs::read_to_string(&path)?));
            }
        }
    }
    files.sort();
    let list: String = files.into_iter().map(|(name, text)| format!("{name}\u{1e}{text}\u{1e}")).collect();
    pack(to, list.as_bytes())
}

/// The widget as it is served: its looks and first words in their places, without the comments of its authors. Lines
/// stay lines, so nothing has to be known of the language. Its other words go beside it.
fn widget(to: &Path) -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={WIDGET}");
    let read = |name: &str| std::fs::read_to_string(Path::new(WIDGET).join(name));
    let mut looks = String::new();
    let mut rest = read("widget.css")?;
    while let Some((before, after)) = rest.clone().split_once("/*") {
        looks.push_str(before);
        rest = after.split_once("*/").map_or_else(String::new, |(_, after)| after.to_owned());
    }
    looks.push_str(&rest);
    let looks = looks.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: toml::Table =
        read("words.toml")?.parse().map_err(|error| Error::other(format!("words.toml: {error}")))?;
    let script: Vec<String> = read("widget.js")?
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(str::to_owned)
        .collect();
    let script = script.join("\n").replace("'@css'", &text(&looks)).replace("'@words'", &object(&words, "first")?);
    let mut packed = GzEncoder::new(File::create(to.join("widget.js.gz"))?, Compression::best());
    packed.write_all(script.as_bytes())?;
    packed.finish()?;
    pack(&to.join("widget-words.deflate"), object(&words, "then")?.as_bytes())
}

/// One part of every language's words, as an object of JSON.
fn object(words: &toml::Table, part: &str) -> std::io::Result<String> {
    let mut languages = Vec::new();
    for (language, parts) in words {
        let said = parts.get(part).and_then(toml::Value::as_table);
        let said = said.ok_or_else(|| Error::other(format!("words.toml: [{language}.{part}] is missing")))?;
        let one = |(key, value): (&String, &toml::Value)| {
            value.as_str().map(|value| format!("{}:{}", text(key), text(value)))
        };
        let all: Option<Vec<String>> = said.iter().map(one).collect();
        let all = all.ok_or_else(|| Error::other(format!("words.toml: [{language}.{part}] holds more than text")))?;
        languages.push(format!("{}:{{{}}}", text(language), all.join(",")));
    }
    Ok(format!("{{{}}}", languages.join(",")))
}

/// A text in JSON, which is one in the script's language too.
fn text(text: &str) -> String {
    let safe = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() || c == '<' => format!("\\u{:04x}", c as u32),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(safe).collect::<String>())
}

fn pack(to: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut packed = DeflateEncoder::new(File::create(to)?, Compression::best());
    packed.write_all(bytes)?;
    packed.finish()?;
    Ok(())
}

/// The templates once, sorted; each language's words in their order, empty where there are none. Entries end with
/// U+001E, forms of one entry are parted by U+001F.
fn languages(folder: &Path) -> std::io::Result<()> {
    let mut templates = BTreeSet::new();
    let mut words = Vec::new();
    for code in LANGUAGES {
        let path = format!("assets/lang/{code}.toml");
        println!("cargo::rerun-if-changed={path}");
        let table: toml::Table =
            std::fs::read_to_string(&path)?.parse().map_err(|error| Error::other(format!("{path}: {error}")))?;
        let entries: BTreeMap<String, String> = table
            .into_iter()
            .map(|(key, value)| match said(&value) {
                Some(said) => Ok((key, said)),
                None => Err(Error::other(format!("{path}: \"{key}\" is neither text nor a table of forms"))),
            })
            .collect::<std::io::Result<_>>()?;
        templates.extend(entries.keys().cloned());
        words.push((code, entries));
    }
    let list: String = templates.iter().map(|t| format!("{t}\u{1e}")).collect();
    pack(&folder.join("templates.deflate"), list.as_bytes())?;
    for (code, entries) in words {
        let said = |template: &String| entries.get(template).map_or("", String::as_str);
        let list: String = templates.iter().map(|t| format!("{}\u{1e}", said(t))).collect();
        pack(&folder.join(format!("{code}.deflate")), list.as_bytes())?;
    }
    Ok(())
}

fn said(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(words) => Some(words.clone()),
        toml::Value::Table(forms) => {
            let forms: Option<Vec<&str>> = FORMS.iter().filter_map(|f| forms.get(*f)).map(|w| w.as_str()).collect();
            Some(forms?.join("\u{1f}"))
        }
        _ => None,
    }
}
