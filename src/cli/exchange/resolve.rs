//! Names to numbers.
