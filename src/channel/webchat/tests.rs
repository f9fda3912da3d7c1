//! The web chat over a real store, with a double in the desk's place.
