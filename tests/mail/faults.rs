//! What goes wrong between post offices and us.
