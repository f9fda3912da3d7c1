//! Rows to records.
