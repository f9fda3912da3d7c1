//! The subcommands: the one room that knows every other, and the only one that speaks to standard output.

pub mod admin;
pub mod args;
pub mod books;
pub mod doctor;
pub mod enrolment;
pub mod exchange;
pub mod export;
pub mod import;
pub mod join;
pub mod keys;
pub mod logging;
pub mod manual;
pub mod office;
pub mod paths;
pub mod places;
pub mod sample;
pub mod say;
pub mod settings;
