//! Scripts of keys against the whole app, with a cache and a server made of the rules themselves.
