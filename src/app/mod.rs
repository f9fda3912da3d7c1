//! The desk's state and update: model, actions, keymap, panes, overlays, text fields. No terminal, no socket, no
//! disk: `update(&mut Model, Msg) -> Vec<Effect>`. Start reading at [`port`].

pub mod port;
