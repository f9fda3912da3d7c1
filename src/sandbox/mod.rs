//! The training room: scenarios as data, customers who answer, a coach who says what happened.
//!
//! Everything here is a pure function of the scenario, the attempt and what the trainee does; there is no clock, no
//! disk and no chance but the seed's. It knows nothing of screens and servers. One invariant: the same scenario,
//! attempt and inputs give the same bytes, and no text, from a file or typed, can make it panic.
//! Start reading at [`play`].

pub mod convert;
pub mod coverage;
pub mod deed;
pub mod ear;
pub mod heard;
pub mod kappa;
pub mod library;
pub mod likeness;
pub mod lint;
pub mod markdown;
pub mod mask;
pub mod patience;
pub mod pattern;
pub mod play;
pub mod ramp;
pub mod read;
pub mod report;
pub mod scenario;
pub mod script;
pub mod template;
pub mod traces;
pub mod turns;
