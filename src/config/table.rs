//! The table of settings. A row here makes the typed field, the file's key, the variable, `--set`, the check and
//! the entry in `config.example.toml`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::setting::{settings, words};

words! {
    /// Which colours.
    Theme {
        /// The terminal's own sixteen colours, or none where NO_COLOR asks for none.
        #[default]
        Auto = "auto",
        /// The terminal's own sixteen colours.
        Ansi = "ansi",
        /// For dark backgrounds.
        Dark = "dark",
        /// For light backgrounds.
        Light = "light",
        /// As much contrast as there is.
        Contrast = "contrast",
        /// For dark backgrounds, in colours that every eye tells apart.
        ColourBlind = "colour-blind",
        /// No colour at all: bold, underline and reverse only.
        Mono = "mono",
    }
}

words! {
    /// Which marks and lines.
    Symbols {
        /// Unicode, unless the locale names another encoding.
        #[default]
        Auto = "auto",
        /// Unicode.
        Unicode = "unicode",
        /// ASCII only.
        Ascii = "ascii",
    }
}

words! {
    /// Whose keys.
    Keys {
        /// The desk's own.
        #[default]
        Default = "default",
        /// Those of vi.
        Vim = "vim",
        /// Those of Emacs.
        Emacs = "emacs",
        /// Those of Zendesk.
        Zendesk = "zendesk",
        /// Those of Chatwoot.
        Chatwoot = "chatwoot",
        /// Those of Zammad.
        Zammad = "zammad",
    }
}

words! {
    /// How much is announced line by line.
    Announce {
        /// Offers, messages of customers on your contacts, and what went wrong.
        Quiet = "quiet",
        /// Also verdicts, the link, service clocks and what becomes of your contacts.
        #[default]
        Normal = "normal",
        /// Also who comes and goes in the queue, and who else looks at your case.
        All = "all",
    }
}

words! {
    /// How a notification is told.
    Notify {
        /// By what the terminal says of itself.
        #[default]
        Auto = "auto",
        /// iTerm2, WezTerm, Ghostty.
        Osc9 = "osc9",
        /// foot, urxvt, VTE.
        Osc777 = "osc777",
        /// kitty.
        Osc99 = "osc99",
        /// The bell, without words.
        Bell = "bell",
        /// Not at all.
        Off = "off",
    }
}

words! {
    /// Who turns right-to-left text around.
    Rtl {
        /// The terminal.
        #[default]
        Terminal = "terminal",
        /// The desk.
        Reorder = "reorder",
    }
}

words! {
    /// How much the log holds.
    Level {
        /// Only what went wrong.
        Error = "error",
        /// What may go wrong.
        Warn = "warn",
        /// What happened.
        #[default]
        Info = "info",
        /// How it happened.
        Debug = "debug",
    }
}

words! {
    /// When thin-link mode is on.
    Thin {
        /// When the line was measured and found thin.
        #[default]
        Auto = "auto",
        /// Always.
        On = "on",
        /// Never.
        Off = "off",
    }
}

settings! {
    /// How the desk looks and sounds.
    desk: Desk {
        /// Colours. `auto` uses the terminal's own sixteen and honours NO_COLOR.
        theme: Theme = Theme::Auto;
        /// Marks and lines. `auto` draws Unicode unless the locale names another encoding.
        symbols: Symbols = Symbols::Auto;
        /// Keys you bring along; they work beside the desk's own. `[keys]` below changes any of them.
        keys: Keys = Keys::Default;
        /// The language of the desk: `en`, `es`, `fr`, `de`, `pt`, `ar`, or one you have a file for, `lang/<code>.toml`
        /// beside this one. `auto` asks LC_ALL, LC_MESSAGES and LANG.
        language: String = String::from("auto");
        /// Wheel, click, and dragging to copy a pane's text. While it is on, most terminals select with Shift held.
        mouse: bool = true;
        /// Ring the terminal's bell when an interaction is offered.
        bell: bool = true;
        /// How you hear of an offer or a late case, and while the window has not the focus also of messages: `auto`
        /// goes by what the terminal says of itself and else rings the bell.
        notify: Notify = Notify::Auto;
        /// Notifications may name the customer.
        notify_details: bool = false;
        /// Addresses in conversations and articles can be opened with a click, where the terminal knows how.
        links: bool = false;
        /// Arabic, Hebrew and the like: `terminal` leaves the order of letters to it, `reorder` is for one that has no
        /// idea of it.
        rtl: Rtl = Rtl::Terminal;
        /// Seconds a reply waits on this desk before it leaves, so that it can be taken back; 0 sends it at once.
        hold_replies: u32 = 5, (0..=120);
        /// The same for a reply in a live chat, where the customer sits and waits.
        hold_chats: u32 = 0, (0..=120);
        /// The program that opens a file a customer sent, such as `xdg-open`, with the file as its last word. Empty keeps
        /// the file and copies its path.
        open_files: String = String::new();
        /// The desk line by line on standard input and output, for screen readers and scripts; as `--plain`.
        plain: bool = false;
        /// What is announced there: `quiet` offers, messages and faults; `normal` also verdicts, link and clocks; `all`
        /// also the queue.
        announce: Announce = Announce::Normal;
        /// For a screen reader on the full screen: the cursor stands on what has the focus, clocks count minutes.
        reader: bool = false;
        /// Where you are in the tour; the desk keeps it itself. `done` offers none.
        tour: String = String::new();
        /// Your time zone, such as `Europe/Berlin`. Empty is the zone of the machine.
        zone: String = String::new();
    }

    /// `cordboard host`: desk and server in one process.
    host: Host {
        /// Where gateways bring customers in, on this machine only; `none` does not listen.
        listen: Option<SocketAddr> = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 7420)));
    }

    /// `cordboard serve`: the server of a team.
    server: Server {
        /// Address and port for desks and gateways.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 7420));
        /// Host name or address that join links carry. Empty is this machine's host name.
        address: String = String::new();
        /// Certificate chain, PEM. Empty makes one of its own at the first start.
        certificate: Option<PathBuf> = None;
        /// Its private key, PEM.
        key: Option<PathBuf> = None;
        /// Requests per second each gateway key may make.
        rate_limit: u32 = 50, (1..=100_000);
        /// Largest body of a gateway's request, in bytes.
        body_limit: u32 = 262_144, (1_024..=16_777_216);
        /// File that says which mailboxes and web chats there are. Empty is none.
        channels: Option<PathBuf> = None;
    }

    /// The link of a desk to its server.
    link: Link {
        /// Start without a link; the desk works on its local copy until you say otherwise.
        offline: bool = false;
        /// Thin-link mode: fewer and fuller packets, texts of articles only when they are opened. `auto` turns it on
        /// below 64 kbit/s, as measured; `on`; `off`.
        thin: Thin = Thin::Auto;
        /// Seconds a reply in a live chat waits for a link before the desk asks whether it is still to be sent.
        chat_wait: u32 = 120, (10..=3600);
    }

    /// The training room: what a certificate takes.
    training: Training {
        /// Exams passed without a critical error, each on another scenario.
        exams: u32 = 5, (1..=50);
        /// Kinds of case of which one of the exams each must be, parted by commas. Empty asks for none.
        kinds: String = "fraud, vulnerable".to_owned();
        /// Days for which a certificate holds.
        days: u32 = 180, (1..=3_650);
    }

    /// The log, a file in the state folder. It never holds what customers say.
    log: Log {
        /// How much it holds.
        level: Level = Level::Info;
    }
}

/// The setting at `section.key`.
pub fn find(path: &str) -> Option<&'static super::Setting> {
    let (section, key) = path.split_once('.')?;
    SETTINGS.iter().find(|s| s.section == section && s.key == key)
}
