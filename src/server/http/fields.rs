//! Reading a JSON object by hand, so that every error names the field and says how it should be.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::domain::time::At;

/// Fields of one object, taken out one by one.
#[derive(Debug)]
pub struct Fields {
    path: String,
    map: Map<String, Value>,
}

impl Fields {
    /// Reads a request's body; fields other than `known` are refused.
    pub fn of_body(body: &[u8], known: &[&str]) -> Result<Fields, Problem> {
        let value = match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(error) => {
                let hint = format!("the body is not JSON: {error}");
                return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_json", hint));
            }
        };
        Fields::of(value, String::new(), known)
    }

    fn of(value: Value, path: String, known: &[&str]) -> Result<Fields, Problem> {
        let Value::Object(map) = value else {
            let name = if path.is_empty() { "body" } else { &path };
            return Err(wrong_type(name, "an object", &value));
        };
        let fields = Fields { path, map };
        if let Some(unknown) = fields.map.keys().find(|key| !known.contains(&key.as_str())) {
            let hint = format!("there is no such field; known are {}", known.join(", "));
            return Err(Problem::field("unknown_field", fields.name(&shown(unknown)), hint));
        }
        Ok(fields)
    }

    /// Text of at most `most` characters; empty text counts as missing.
    pub fn text(&mut self, name: &str, most: usize) -> Result<Option<String>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => {
                if text.chars().nth(most).is_some() {
                    let hint = format!("it is longer than {most} characters; shorten it");
                    return Err(Problem::field("too_long", self.name(name), hint));
                }
                Ok(Some(text).filter(|text| !text.trim().is_empty()))
            }
            Some(other) => Err(wrong_type(&self.name(name), "text", &other)),
        }
    }

    /// Text of at most `most` bytes that must be there.
    pub fn words(&mut self, name: &str, most: usize) -> Result<String, Problem> {
        let text = self.text(name, most)?.ok_or_else(|| self.missing(name))?;
        if text.len() > most {
            let hint = format!("it is longer than {most} bytes; shorten it");
            return Err(Problem::field("too_long", self.name(name), hint));
        }
        Ok(text)
    }

    /// One of a list of words.
    pub fn choice<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
        known: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name, 100)? else { return Ok(None) };
        let value = read(text.trim()).ok_or_else(|| {
            let hint = format!("it is {:?}; it must be one of {known}", shown(&text));
            Problem::field("wrong_value", self.name(name), hint)
        });
        value.map(Some)
    }

    /// A whole number above 0.
    pub fn number(&mut self, name: &str) -> Result<Option<u64>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => match value.as_u64().filter(|n| *n > 0) {
                Some(number) => Ok(Some(number)),
                None => Err(wrong_type(&self.name(name), "a whole number above 0", &value)),
            },
        }
    }

    /// An instant with its offset from UTC.
    pub fn instant(&mut self, name: &str) -> Result<Option<At>, Problem> {
        let Some(text) = self.text(name, 100)? else { return Ok(None) };
        let hint = "it must be a time with its offset, such as 2026-05-04T14:00:00+02:00";
        At::from_rfc3339(&text).map(Some).ok_or_else(|| Problem::field("wrong_value", self.name(name), hint))
    }

    /// A whole number from 0 to 255.
    pub fn small(&mut self, name: &str) -> Result<Option<u8>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => match value.as_u64().and_then(|n| u8::try_from(n).ok()) {
                Some(number) => Ok(Some(number)),
                None => Err(wrong_type(&self.name(name), "a whole number from 0 to 255", &value)),
            },
        }
    }

    /// A list of at most `most` texts.
    pub fn texts(&mut self, name: &str, most: usize, most_chars: usize) -> Result<Vec<String>, Problem> {
        let list = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(other) => return Err(wrong_type(&self.name(name), "a list of texts", &other)),
        };
        if list.len() > most {
            let hint = format!("it has {} items; at most {most} are taken", list.len());
            return Err(Problem::field("too_long", self.name(name), hint));
        }
        let item = |(index, value): (usize, Value)| match value {
            Value::String(text) if text.chars().nth(most_chars).is_none() => Ok(text),
            Value::String(_) => {
                let hint = format!("it is longer than {most_chars} characters; shorten it");
                Err(Problem::field("too_long", self.name(&format!("{name}[{index}]")), hint))
            }
            other => Err(wrong_type(&self.name(&format!("{name}[{index}]")), "text", &other)),
        };
        list.into_iter().enumerate().map(item).collect()
    }

    /// An object within.
    pub fn object(&mut self, name: &str, known: &[&str]) -> Result<Option<Fields>, Problem> {
        let path = self.name(name);
        self.take(name).map(|value| Fields::of(value, path, known)).transpose()
    }

    /// The error for a field that must be there.
    pub fn missing(&self, name: &str) -> Problem {
        Problem::field("missing_field", self.name(name), "it is missing; it must be given")
    }

    /// A field's name from the top.
    pub fn name(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Takes a field out; `null` counts as missing.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name).filter(|value| !value.is_null())
    }
}

fn wrong_type(name: &str, wanted: &str, found: &Value) -> Problem {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let hint = if wanted.ends_with(found) || wanted.starts_with("a whole") {
        format!("it must be {wanted}")
    } else {
        format!("it is {found}; it must be {wanted}")
    };
    Problem::field("wrong_type", name, hint)
}

/// What a stranger wrote, short and without control characters, to be said back to them.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(result: Result<impl std::fmt::Debug, Problem>) -> (&'static str, String) {
        let problem = result.expect_err("refused");
        (problem.error, problem.field)
    }

    #[test]
    fn every_error_names_its_field() {
        let known = ["a", "b", "in"];
        assert_eq!(said(Fields::of_body(b"{", &known)), ("bad_json", String::new()));
        assert_eq!(said(Fields::of_body(b"[1]", &known)), ("wrong_type", "body".into()));
        assert_eq!(said(Fields::of_body(br#"{"c":1}"#, &known)), ("unknown_field", "c".into()));
        let mut fields =
            Fields::of_body(br#"{"a":7,"b":["x",2],"in":{"a":"long text","b":-1}}"#, &known).expect("reads");
        assert_eq!(said(fields.text("a", 10)), ("wrong_type", "a".into()));
        assert_eq!(said(fields.texts("b", 5, 5)), ("wrong_type", "b[1]".into()));
        let mut inner = fields.object("in", &["a", "b"]).expect("an object").expect("there");
        assert_eq!(said(inner.text("a", 4)), ("too_long", "in.a".into()));
        assert_eq!(said(inner.number("b")), ("wrong_type", "in.b".into()));
        assert_eq!(said(inner.words("a", 4)), ("missing_field", "in.a".into()));
    }
}
