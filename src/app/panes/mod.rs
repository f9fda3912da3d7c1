//! The panes: what each holds, and what it shows of the model. Keys act on them in `app::update`.
//!
//! Each module gives the drawer ready facts, text raw, computed for the rows asked for and nothing more:
//! `queue::headings(&Model)`, `queue::line(&Model, Row, now)`; `offer::band(&Model, now)`;
//! `conversation::head(&Model, now)`, `conversation::entries(&Model)`; `composer::written(&Model)`;
//! `wrapup::form(&Model)`, `wrapup::face(&Model, &Form, now)`; `customer::facts(&Model, now)`,
//! `customer::line(&Model, index, now)`; `knowledge::badge(&ArticleHead, now)`. Beside them `status::status(&Model,
//! now)`, `hints::hints(&Model)` for the bottom line and `Model::measured(Measured)` after each drawing.

pub mod composer;
pub mod conversation;
pub mod customer;
pub mod knowledge;
pub mod offer;
pub mod queue;
pub mod recipients;
pub mod who;
pub mod wrapup;
