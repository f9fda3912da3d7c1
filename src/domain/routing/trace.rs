//! Why an interaction is where it is.
