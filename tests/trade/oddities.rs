//! What can never work is refused with the reason and the place; what may be meant is told by `admin check`.

use super::support::firm::Firm;

/// What the command line says when it refuses.
fn refused(firm: &Firm, args: &[&str]) -> String {
    let output = firm.command().args(["admin"]).args(args).output().expect("it runs");
    assert!(!output.status.success(), "{args:?} was taken");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_impossible_setting_is_refused_or_told() {
    let firm = Firm::sample();
    let set = |args: &[&str]| firm.run(&[&["admin"], args].concat());
    assert!(set(&["check"]).contains("Nothing is odd."), "a sensible firm");
    let queue = |key: &'static str| ["queue", "set", key, "--channels", "chat"];
    set(&queue("one"));
    set(&[&queue("two")[..], &["--overflow", "60 move one"]].concat());
    set(&["policy", "set", "all", "--first", "1h"]);

    for (args, told) in [
        // Calendars: overlapping, empty, in no zone there is.
        (&["calendar", "set", "c", "--hours", "mon-fri 09:00-17:00, wed 12:00-13:00"][..], &["c, wed", "overlap"][..]),
        (&["calendar", "set", "c", "--hours", "mon 09:00-09:00"], &["mon"]),
        (&["calendar", "set", "c", "--hours", ""], &["hours"]),
        (&["calendar", "set", "c", "--zone", "Mars/Olympus", "--hours", "always"], &["zone", "Mars/Olympus"]),
        (&["calendar", "set", "c", "--hours", "always", "--holiday", "2026-02-30 Never"], &["2026-02-30"]),
        // The house: zones and hours in which nobody could ever be called.
        (&["house", "--calling-zones", "Mars/Olympus"], &["Mars/Olympus"]),
        (&["house", "--calling", "21:00-08:00"], &["within one day"]),
        (&["house", "--short-s", "500"], &["120 seconds"]),
        // Overflow in a circle, or to nowhere.
        (&["queue", "set", "one", "--overflow", "60 move two"], &["runs in a circle: one → two → one"]),
        (&["queue", "set", "one", "--overflow", "60 add three"], &["three"]),
        (&["queue", "set", "one", "--channels", ""], &["channel"]),
        (&["queue", "set", "one", "--callback-offer-s", "60"], &["at least 120 seconds"]),
        // Wrap-up trees and outcomes.
        (&["reason", "set", "billing//late", "--name", "Late"], &["level 2 of billing//late is empty"]),
        (&["outcome", "set", "o", "--name", "O", "--needs", "owner"], &["demand follow-up too"]),
        (&["queue", "set", "one", "--wrap-up-mode", "time-boxed", "--wrap-up-s", "0"], &["time-boxed needs a time"]),
        // Policies that promise nothing or the impossible.
        (&["policy", "set", "p"], &["policy p promises nothing"]),
        (&["policy", "set", "p", "--first", "2h", "--resolution", "1h"], &["p, resolution", "shorter"]),
        (&["policy", "set", "p", "--first", "1h", "--queues", "nowhere"], &["nowhere"]),
        (&["policy", "set", "p", "--first", "1h", "--pauses", "solved"], &["p, pauses"]),
    ] {
        let said = refused(&firm, args);
        for words in told {
            assert!(said.contains(words), "{args:?}: {words:?} is not in {said}");
        }
    }
    assert!(set(&["verify"]).contains("make exactly"), "what was refused left nothing behind");

    // What stands but will not do what it looks like.
    set(&["policy", "set", "late", "--rank", "9999", "--first", "30m", "--queues", "one"]);
    set(&["policy", "set", "all", "--rank", "1"]);
    set(&["skill", "set", "magic", "--name", "Magic"]);
    set(&["queue", "set", "two", "--skills", "magic=5"]);
    set(&["user", "set", "marek", "--queues", "technical,two"]);
    set(&["reason", "set", "one/two/three/four", "--name", "Deep"]);
    set(&["calendar", "set", "never", "--hours", "mon 09:00-10:00", "--holiday", "2026-01-05"]);
    let odd = set(&["check"]);
    for (place, because) in [
        ("queue one, agents", "no agent serves it"),
        ("queue two, agents", "nobody who serves it has magic at 5 or more"),
        ("policy late", "it never holds: all comes before it"),
        ("reason one/two/three/four", "4 levels deep"),
    ] {
        assert!(super::shows(&odd, &[place, because]), "{place}: {because} is not in\n{odd}");
    }
}
