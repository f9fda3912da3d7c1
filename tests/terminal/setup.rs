//! The configuration while the desk runs: read again when its file changes, kept as it was when it is wrong; colours
//! tried out and kept; the log on the desk.

use super::support::firm::Firm;
use super::support::until;

#[test]
fn the_configuration_is_read_again_and_what_is_wrong_changes_nothing() {
    let firm = Firm::sample();
    let folder = firm.join("ana");
    let seat = firm.seat(&folder);
    let mut desk = seat.open(120, 40);
    desk.until_whole();
    desk.until("? help");

    // A fault: the line is named, and the keys stay as they were.
    std::fs::write(seat.config(), "[keys.global]\nhelp = \"hyper-h\"\n").expect("writes");
    desk.until("config.toml:2");
    desk.until("Everything stays as it was");
    desk.until("? help");
    desk.keys("<esc><esc>");

    // Mended: it holds without a restart.
    std::fs::write(seat.config(), "[keys.global]\nhelp = \"E\"\n").expect("writes");
    desk.until("E help");

    // What is asked for again says that nothing changed.
    desk.keys(":reload<enter>");
    desk.until("says what holds");

    // Colours are tried out while they are selected, and kept over a restart.
    desk.keys(":theme<enter>");
    desk.until("What is selected is tried out");
    desk.keys("light<enter>");
    let chosen = seat.state().join("chosen.toml");
    until("the choice to be kept", || std::fs::read_to_string(&chosen).ok().filter(|t| t.contains("\"light\"")));
    desk.keys("q");
    assert_eq!(desk.exit_code(), 0);
    let mut desk = seat.open(120, 40);
    desk.until("E help");
    desk.keys(":theme<enter>");
    desk.until_screen("the kept one", |s| s.lines().any(|l| l.contains("light ") && l.contains("now")));
    desk.keys("<esc>");

    // The file of the configuration goes before what was chosen; who chooses hears of it.
    std::fs::write(seat.config(), "[desk]\ntheme = \"mono\"\n").expect("writes");
    desk.until("? help");
    desk.keys(":theme<enter>contrast<enter>");
    desk.until("It holds until you leave");

    desk.keys(":log<enter>");
    desk.until("Log of this desk");
    desk.until("INFO");
    desk.keys("<esc>");
    desk.until_gone("Log of this desk");
    desk.keys("q");
    assert_eq!(desk.exit_code(), 0);
}
