//! E-mail: what comes in by IMAP becomes words on a case, what agents answer goes out by SMTP.
//!
//! The pure half knows no socket, no disk and no clock: [`letter`] reads one raw mail, [`thread`] says to which case
//! it belongs, [`sort`] whether a person wrote it, [`compose`] makes the mail that goes out.
//!
//! Invariant: nothing that comes from outside makes a panic here, and every size, count and depth has a limit.
//! Start at [`letter::Letter`].

pub mod compose;
pub mod letter;
pub mod mailbox;
pub mod plan;
mod post;
pub mod quote;
pub mod sort;
pub mod thread;

mod fetch;
mod form;
mod hand_over;
mod head;
mod html;
mod imap;
mod net;
mod part;
mod smtp;
mod take;
mod transfer;
mod words;

#[cfg(test)]
mod tests;
