//! The pure rooms of the program alone, to run them where a word has 32 bits: the scenarios' golden runs must give the
//! same bytes there. `tests/all` does, where the machine can build for such a processor.

#[macro_use]
#[path = "src/lang/mod.rs"]
pub mod lang;
#[path = "src/clock.rs"]
pub mod clock;
#[path = "src/domain/mod.rs"]
pub mod domain;
#[path = "src/rand.rs"]
pub mod rand;
#[path = "src/sandbox/mod.rs"]
pub mod sandbox;
