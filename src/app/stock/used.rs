//! Which snippets a draft was made from, kept on disk beside its words so that a use is counted once, with them.

use serde::{Deserialize, Serialize};

use crate::domain::ids::StockId;

/// The part of a draft's choices that says so; what else is there belongs to the wrap-up form.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Used {
    #[serde(default)]
    from: Vec<StockId>,
}

/// The snippets that the choices beside a draft name.
pub fn read(meta: &str) -> Vec<StockId> {
    serde_json::from_str::<Used>(meta).map(|u| u.from).unwrap_or_default()
}

/// Notes more of them.
pub fn add(meta: &mut String, more: &[StockId]) {
    if more.is_empty() {
        return;
    }
    let mut from = read(meta);
    from.extend(more.iter().filter(|id| !from.contains(id)).copied().collect::<Vec<_>>());
    put(meta, "from", Some(serde_json::json!(from)));
}

/// Forgets them; what else was chosen beside the words stays.
pub fn clear(meta: &mut String) {
    put(meta, "from", None);
}

/// Sets one of the choices beside a draft, or takes it away.
pub(in crate::app) fn put(meta: &mut String, key: &str, value: Option<serde_json::Value>) {
    let mut all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(meta).unwrap_or_default();
    match value {
        Some(value) => all.insert(key.to_owned(), value),
        None => all.remove(key),
    };
    *meta = if all.is_empty() { String::new() } else { serde_json::Value::Object(all).to_string() };
}
