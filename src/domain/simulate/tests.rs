//! The router against theory (operations 2.5).

mod invariant;
mod router;
mod tables;
