//! `t!`, `tn!`, `tk!` and `tf!`: how a source says that its words are for an agent. All take literals only, so that a test can
//! list every template by reading the sources.

/// Words in the language spoken here.
///
/// `t!("accept")` is a `&'static str`; `t!("{n} waiting, oldest {age}", n, age = words::short(age))` is a `String`.
/// Words that are one in English and several elsewhere say where they stand: `t!("case" / "open")`.
macro_rules! t {
    ($text:literal) => { $crate::lang::text($text) };
    ($place:literal / $text:literal) => { $crate::lang::text_in(concat!($place, "|", $text), $text) };
    ($text:literal, $($slot:ident $(= $value:expr)?),+ $(,)?) => {{
        // Never done: the compiler sees to it that slots and names agree.
        if false {
            format!($text, $($slot = slot!($slot $(= $value)?)),+)
        } else {
            $crate::lang::fill($text, &[$((stringify!($slot), &slot!($slot $(= $value)?) as &dyn std::fmt::Display)),+])
        }
    }};
    ($place:literal / $text:literal, $($slot:ident $(= $value:expr)?),+ $(,)?) => {{
        // Never done: the compiler sees to it that slots and names agree.
        if false {
            format!($text, $($slot = slot!($slot $(= $value)?)),+)
        } else {
            $crate::lang::fill_in(
            concat!($place, "|", $text),
            $text,
            &[$((stringify!($slot), &slot!($slot $(= $value)?) as &dyn std::fmt::Display)),+],
        )
        }
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

/// Words of a table, said later with [`text`](lang::text) or [`heard`](lang::heard): marks them as a template.
macro_rules! tk {
    ($text:literal) => {
        $text
    };
}

/// Words that are stored or sent: English wherever they are made, with slots like those of `t!`; whoever shows them
/// says [`heard`](lang::heard).
macro_rules! tf {
    ($text:literal, $($slot:ident $(= $value:expr)?),+ $(,)?) => {{
        // Never done: the compiler sees to it that slots and names agree.
        if false {
            format!($text, $($slot = slot!($slot $(= $value)?)),+)
        } else {
            $crate::lang::plain($text, &[$((stringify!($slot), &slot!($slot $(= $value)?) as &dyn std::fmt::Display)),+])
        }
    }};
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
