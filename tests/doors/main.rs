//! The server's doors from outside: a real ledger in a temporary folder, real TLS on loopback, a clock that is moved
//! by hand.

mod chat;
mod crowd;
mod firm;
mod intake;
mod joining;
mod operator;
