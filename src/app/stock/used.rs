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
    let mut all = serde_json::from_str(meta).unwrap_or_else(|_| serde_json::json!({}));
    all["from"] = serde_json::json!(from);
    *meta = all.to_string();
}
