//! `t!`, `tn!` and `tk!`: how a source says that its words are for an agent. All take literals only, so that a test can
//! list every template by reading the sources.

/// Words in the language spoken here.
///
/// `t!("accept")` is a `&'static str`; `t!("{n} waiting, oldest {age}", n, age = words::short(age))` is a `String`.
/// Words that are one in English and several elsewhere say where they stand: `t!("case" / "open")`.
macro_rules! t {
    ($text:literal) => { $crate::lang::text($text) };
    ($place:literal / $text:literal) => { $crate::lang::text_in(concat!($place, "|", $text), $text) };
    ($text:literal, $($slot:ident $(= $value:expr)?),+ $(,)?) => {{
        if false {
            let _ = format_args!($text, $($slot = slot!($slot $(= $value)?)),+);
        }
        $crate::lang::fill($text, &[$((stringify!($slot), &slot!($slot $(= $value)?) as &dyn std::fmt::Display)),+])
    }};
    ($place:literal / $text:literal, $($slot:ident $(= $value:expr)?),+ $(,)?) => {{
        if false {
            let _ = format_args!($text, $($slot = slot!($slot $(= $value)?)),+);
        }
        $crate::lang::fill_in(
            concat!($place, "|", $text),
            $text,
            &[$((stringify!($slot), &slot!($slot $(= $value)?) as &dyn std::fmt::Display)),+],
        )
    }};
}

/// A number of something, in the form the language has for it: `tn!(cases.len(), "one case", "{n} cases")`. The
/// second form is the key; it always has `{n}`.
macro_rules! tn {
    ($n:expr, $one:literal, $other:literal $(, $slot:ident $(= $value:expr)?)* $(,)?) => {
        $crate::lang::count(
            $crate::lang::counted($n),
            $one,
            $other,
            &[$((stringify!($slot), &slot!($slot $(= $value)?) as &dyn std::fmt::Display)),*],
        )
    };
}

/// Words of a table, said later with [`text`](lang::text): marks them as a template.
macro_rules! tk {
    ($text:literal) => {
        $text
    };
}

/// The value of a slot: itself, or what stands after `=`.
macro_rules! slot {
    ($slot:ident) => {
        $slot
    };
    ($slot:ident = $value:expr) => {
        $value
    };
}
