//! One setting: where it is written, what it may be, how it is read and shown.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::table::Config;

/// A row of the table of settings.
pub struct Setting {
    /// The table it stands in: `desk`.
    pub section: &'static str,
    /// Its key there: `theme`.
    pub key: &'static str,
    /// What it is for, one line each.
    pub doc: &'static [&'static str],
    /// What it may be, in words.
    pub wants: fn() -> String,
    /// Reads a value; the error says what is wrong with it.
    pub set: fn(&mut Config, &toml::Value) -> Result<(), String>,
    /// The value as it would stand in the file.
    pub show: fn(&Config) -> String,
}

impl Setting {
    /// `desk.theme`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// `CORDBOARD_DESK_THEME`.
    pub fn variable(&self) -> String {
        format!("CORDBOARD_{}_{}", self.section, self.key).to_uppercase()
    }

    /// Reads text that may or may not be quoted as in the file.
    pub fn set_text(&self, config: &mut Config, text: &str) -> Result<(), String> {
        let literal = format!("x = {text}").parse::<toml::Table>().ok().and_then(|mut t| t.remove("x"));
        let plain = toml::Value::String(text.to_owned());
        match literal {
            Some(value) => (self.set)(config, &value).or_else(|_| (self.set)(config, &plain)),
            None => (self.set)(config, &plain),
        }
    }

    /// What happens instead of a wrong value.
    pub fn kept(&self, config: &Config) -> String {
        format!("{} is used instead", (self.show)(config))
    }
}

/// A type a setting may have.
pub trait Value: Sized {
    /// What it may be, in words.
    fn wants() -> String;
    /// Reads it; `None` when it is something else.
    fn read(value: &toml::Value) -> Option<Self>;
    /// Writes it as in the file.
    fn show(&self) -> String;
}

impl Value for bool {
    fn wants() -> String {
        "true or false".into()
    }
    fn read(value: &toml::Value) -> Option<bool> {
        value.as_bool()
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for u32 {
    fn wants() -> String {
        "a whole number".into()
    }
    fn read(value: &toml::Value) -> Option<u32> {
        u32::try_from(value.as_integer()?).ok()
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    fn wants() -> String {
        "text in quotes".into()
    }
    fn read(value: &toml::Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }
    fn show(&self) -> String {
        quoted(self)
    }
}

impl Value for Option<PathBuf> {
    fn wants() -> String {
        "a path in quotes; \"\" is none".into()
    }
    fn read(value: &toml::Value) -> Option<Option<PathBuf>> {
        value.as_str().map(|text| (!text.is_empty()).then(|| PathBuf::from(text)))
    }
    fn show(&self) -> String {
        quoted(&self.as_ref().map(|p| p.display().to_string()).unwrap_or_default())
    }
}

impl Value for SocketAddr {
    fn wants() -> String {
        "an address and port in quotes, such as \"127.0.0.1:7420\"".into()
    }
    fn read(value: &toml::Value) -> Option<SocketAddr> {
        value.as_str()?.parse().ok()
    }
    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Value for Option<SocketAddr> {
    fn wants() -> String {
        "an address and port in quotes, such as \"127.0.0.1:7420\"; \"none\" does not listen".into()
    }
    fn read(value: &toml::Value) -> Option<Option<SocketAddr>> {
        match value.as_str()? {
            "none" | "" => Some(None),
            text => text.parse().ok().map(Some),
        }
    }
    fn show(&self) -> String {
        quoted(&self.map_or_else(|| "none".to_owned(), |a| a.to_string()))
    }
}

impl Value for Vec<String> {
    fn wants() -> String {
        "a list of texts, such as [\"one\", \"two\"]".into()
    }
    fn read(value: &toml::Value) -> Option<Vec<String>> {
        match value {
            toml::Value::String(one) => Some(vec![one.clone()]),
            toml::Value::Array(list) => list.iter().map(|v| v.as_str().map(str::to_owned)).collect(),
            _ => None,
        }
    }
    fn show(&self) -> String {
        format!("[{}]", self.iter().map(|s| quoted(s)).collect::<Vec<_>>().join(", "))
    }
}

/// Text as it stands in a TOML file.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A type that is one of a few words.
macro_rules! words {
    ($(#[$doc:meta])+ $name:ident { $($(#[$word_doc:meta])+ $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum $name { $($(#[$word_doc])+ $variant,)+ }

        impl $name {
            /// Every word and what it means.
            pub const WORDS: &'static [($name, &'static str)] = &[$(($name::$variant, $word),)+];
        }

        impl $crate::config::setting::Value for $name {
            fn wants() -> String {
                let words: Vec<String> = $name::WORDS.iter().map(|(_, w)| format!("{w:?}")).collect();
                words.join(", ")
            }
            fn read(value: &toml::Value) -> Option<$name> {
                let text = value.as_str()?;
                $name::WORDS.iter().find(|(_, w)| *w == text).map(|(v, _)| *v)
            }
            fn show(&self) -> String {
                let word = $name::WORDS.iter().find(|(v, _)| v == self).map_or("", |(_, w)| *w);
                format!("{word:?}")
            }
        }
    };
}
pub(super) use words;

/// Structs, defaults and the table of settings from one list.
macro_rules! settings {
    ($(
        $(#[doc = $section_doc:literal])+
        $section:ident: $struct:ident {
            $($(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr $(, $range:expr)?;)+
        }
    )+) => {
        $(
            $(#[doc = $section_doc])+
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $struct { $($(#[doc = $doc])+ pub $key: $type,)+ }

            impl Default for $struct {
                fn default() -> $struct { $struct { $($key: $default,)+ } }
            }
        )+

        /// Every setting, typed.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct Config {
            $($(#[doc = $section_doc])+ pub $section: $struct,)+
            /// Keys that differ from the built-in ones, in the order of the file.
            pub keys: Vec<super::Binding>,
        }

        /// What each section is about.
        pub const SECTIONS: &[(&str, &[&str])] = &[$((stringify!($section), &[$($section_doc),+]),)+];

        /// Every setting, in the order of the example file.
        pub const SETTINGS: &[super::Setting] = &[$($(super::Setting {
            section: stringify!($section),
            key: stringify!($key),
            doc: &[$($doc),+],
            wants: || {
                #[allow(unused_mut, unused_assignments)]
                let mut wants = <$type as super::Value>::wants();
                $(wants = format!("a whole number from {} to {}", $range.start(), $range.end());)?
                wants
            },
            set: |config, value| match <$type as super::Value>::read(value) {
                $(Some(read) if !$range.contains(&read) => Err(format!(
                    "it is {value}, it should be from {} to {}", $range.start(), $range.end()
                )),)?
                Some(read) => {
                    config.$section.$key = read;
                    Ok(())
                }
                None => Err(format!("it is {value}, it should be {}", <$type as super::Value>::wants())),
            },
            show: |config| super::Value::show(&config.$section.$key),
        },)+)+];
    };
}
pub(super) use settings;
