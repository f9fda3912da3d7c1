//! What is written down when the desk panics. Invariant: no word of a customer gets into it.

use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::panic::PanicHookInfo;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;

/// Makes what writes the report and says where it is.
pub fn writer(path: PathBuf, clock: Arc<dyn Clock>) -> impl Fn(&PanicHookInfo<'_>) -> String + Send + Sync {
    move |info| {
        let mut report = format!("cordboard {} stopped at {}\n", env!("CARGO_PKG_VERSION"), clock.now().to_rfc3339());
        let payload = info.payload();
        let words = payload.downcast_ref::<&str>().copied();
        let words = words.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        // Writing into a string cannot fail.
        let _ = writeln!(report, "{}\nat {place}\n\n{}", discreet(words), Backtrace::force_capture());
        let kept = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, report));
        let place = match kept {
            Ok(()) => format!("The report is in {}.", path.display()),
            Err(e) => format!("The report could not be written to {}: {e}. It happened at {place}.", path.display()),
        };
        format!("Cordboard stopped because of a fault of its own. What you typed is kept.\n{place}")
    }
}

/// The words up to the first thing they quote, which may be a customer's.
fn discreet(words: &str) -> &str {
    words.split(['`', '"', '\'']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_stay_out() {
        assert_eq!(
            discreet("byte index 5 is not a char boundary; it is inside 'é' of `Dana`"),
            "byte index 5 is not a char boundary; it is inside "
        );
        assert_eq!(discreet("invariant: plain"), "invariant: plain");
    }
}
