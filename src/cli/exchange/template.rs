//! Small templates that pick words out of JSON: `{name.first} {name.last}`, `{items[].name}`, `{city|unknown}`.
//!
//! `{$key}` is the entry's own key, `{$n}` its number, `{$root.…}` reaches out of a list's element. `{{` and `}}`
//! are braces.

use serde_json::Value;

/// A template, read once and filled many times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field { path: Vec<Step>, fallback: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Each,
    At(usize),
    OwnKey,
    Number,
    Root,
}

/// What a template is filled from.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'v> {
    /// The entry, or one element of it.
    pub value: &'v Value,
    /// The entry.
    pub root: &'v Value,
    /// The entry's key in its document.
    pub key: &'v str,
    /// The entry's number, from 1.
    pub number: u64,
}

impl Template {
    /// Reads a template; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Template, String> {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            words.push_str(before);
            if from.starts_with("{{") || from.starts_with("}}") {
                words.push_str(&from[..1]);
                rest = &from[2..];
                continue;
            }
            let Some(inner) = from.strip_prefix('{') else {
                return Err(format!("there is a }} without a {{ in {text:?}; write }}}} for a brace"));
            };
            let Some(close) = inner.find('}') else { return Err(format!("a {{ is not closed in {text:?}")) };
            if !words.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut words)));
            }
            let (path, fallback) = inner[..close].split_once('|').unwrap_or((&inner[..close], ""));
            pieces.push(Piece::Field { path: steps(path)?, fallback: fallback.to_owned() });
            rest = &inner[close + 1..];
        }
        words.push_str(rest);
        if !words.is_empty() {
            pieces.push(Piece::Text(words));
        }
        Ok(Template(pieces))
    }

    /// Fills it in; what is missing is empty, or its fallback. Several values stand with commas between.
    pub fn fill(&self, scope: Scope<'_>) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Field { path, fallback } => {
                let found = words(scope, path).join(", ");
                if found.is_empty() { fallback.clone() } else { found }
            }
        });
        pieces.collect::<String>().trim().to_owned()
    }

    /// Fills it in as a list: a template that is one field and nothing else gives one item per value.
    pub fn fill_list(&self, scope: Scope<'_>) -> Vec<String> {
        let list = match self.0.as_slice() {
            [Piece::Field { path, fallback }] => {
                let found = words(scope, path);
                if found.is_empty() && !fallback.is_empty() { vec![fallback.clone()] } else { found }
            }
            _ => vec![self.fill(scope)],
        };
        list.into_iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
    }
}

/// The elements at a path, for "one of these each".
pub fn each<'v>(scope: Scope<'v>, path: &str) -> Result<Vec<&'v Value>, String> {
    let mut found = Vec::new();
    walk(scope, scope.value, &steps(path)?, &mut |found_here| match found_here {
        Found::Value(Value::Array(list)) => found.extend(list),
        Found::Value(Value::Object(map)) => found.extend(map.values()),
        Found::Value(Value::Null) | Found::Text(_) => {}
        Found::Value(one) => found.push(one),
    });
    Ok(found)
}

fn steps(path: &str) -> Result<Vec<Step>, String> {
    let wrong = || format!("{path:?} is no path; write it like address.city, items[].name or items[0].name");
    let mut steps = Vec::new();
    for part in path.trim().split('.') {
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (name, Some(index.strip_suffix(']').ok_or_else(wrong)?)),
            None => (part, None),
        };
        match name {
            "$key" => steps.push(Step::OwnKey),
            "$n" => steps.push(Step::Number),
            "$root" => steps.push(Step::Root),
            "" if index.is_some() && steps.is_empty() => {}
            "" => return Err(wrong()),
            name => steps.push(Step::Key(name.to_owned())),
        }
        match index {
            None => {}
            Some("") => steps.push(Step::Each),
            Some(number) => steps.push(Step::At(number.parse().map_err(|_| wrong())?)),
        }
    }
    Ok(steps)
}

enum Found<'v> {
    Value(&'v Value),
    Text(String),
}

fn walk<'v>(scope: Scope<'v>, at: &'v Value, path: &[Step], out: &mut dyn FnMut(Found<'v>)) {
    let Some((step, rest)) = path.split_first() else { return out(Found::Value(at)) };
    match step {
        Step::Key(key) => {
            if let Some(next) = at.get(key) {
                walk(scope, next, rest, out);
            }
        }
        Step::At(n) => {
            if let Some(next) = at.get(*n) {
                walk(scope, next, rest, out);
            }
        }
        Step::Each => match at {
            Value::Array(list) => list.iter().for_each(|next| walk(scope, next, rest, out)),
            Value::Object(map) => map.values().for_each(|next| walk(scope, next, rest, out)),
            _ => {}
        },
        Step::OwnKey => out(Found::Text(scope.key.to_owned())),
        Step::Number => out(Found::Text(scope.number.to_string())),
        Step::Root => walk(scope, scope.root, rest, out),
    }
}

fn words(scope: Scope<'_>, path: &[Step]) -> Vec<String> {
    let mut found = Vec::new();
    walk(scope, scope.value, path, &mut |here| match here {
        Found::Text(text) => found.push(text),
        Found::Value(Value::Array(list)) => found.extend(list.iter().map(word)),
        Found::Value(value) => found.push(word(value)),
    });
    found.retain(|w| !w.is_empty());
    found
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(text: &str, value: &Value) -> String {
        let scope = Scope { value, root: value, key: "#W1", number: 7 };
        Template::parse(text).expect("a template").fill(scope)
    }

    #[test]
    fn fields_are_picked_out() {
        let value = json!({"name": {"first": "Ada", "last": "Byron"}, "n": 3, "none": null, "tags": ["a", "b"],
            "items": [{"name": "Cup", "price": 4.5}, {"name": "Lamp", "price": 40}]});
        assert_eq!(fill("{name.first} {name.last}", &value), "Ada Byron");
        assert_eq!(fill("{$key}/{$n}: {n}", &value), "#W1/7: 3");
        assert_eq!(fill("{items[].name} {items[1].price}", &value), "Cup, Lamp 40");
        assert_eq!(fill("{none|nothing} {missing.deep|x}{none}", &value), "nothing x");
        assert_eq!(fill("{tags} {{n}}", &value), "a, b {n}");
    }

    #[test]
    fn lists_and_elements() {
        let value = json!({"emails": ["a@b.co", ""], "by": {"x": {"v": 1}, "y": {"v": 2}}, "who": "me"});
        let scope = Scope { value: &value, root: &value, key: "", number: 1 };
        let list = |t: &str| Template::parse(t).expect("a template").fill_list(scope);
        assert_eq!(list("{emails}"), ["a@b.co"]);
        assert_eq!(list("{by[].v}"), ["1", "2"]);
        assert_eq!(list("{gone}"), Vec::<String>::new());
        let elements = each(scope, "by").expect("a path");
        assert_eq!(elements.len(), 2);
        let inner = Scope { value: elements[1], ..scope };
        assert_eq!(Template::parse("{v} {$root.who}").expect("a template").fill(inner), "2 me");
    }

    #[test]
    fn slips_are_named() {
        for wrong in ["{a", "a}", "{a..b}", "{a[x]}", "{}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }
}
