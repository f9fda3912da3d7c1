//! The doors as gateways and desks find them.
