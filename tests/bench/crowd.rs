//! 2,000 desks on one server, and 500 web chats at once, measured by the program's own load generator: the server is a
//! process of its own, desks and customers speak the real protocols over real TLS, and all share this machine. Memory
//! and what never arrived do not depend on how busy the machine is and fail the run; times do, and are reported.

use std::process::Command;

use serde_json::Value;

use crate::figures::Report;

/// How long customers come, seconds.
const SECONDS: &str = "40";

/// From a change to the last desk; memory for each desk; verdicts.
pub fn measure(report: &mut Report) {
    let found = load(&[]);
    let number = |path: &str| number(&found, path);
    let desks = number("/desks");
    let per_desk = |memory: &str| (number(memory) - number("/memory/empty")) / desks / 1_000.0;
    report.exact("server memory per idle desk, 2,000 desks", per_desk("/memory/idle"), "kB", 100.0, 60.0);
    report.exact("the same at work", per_desk("/memory/busy"), "kB", 150.0, 80.0);
    let class = |class: &str, most: f64, aim: f64, report: &mut Report| {
        let at = |rank: &str| number(&format!("/latency/{class}/last_desk/{rank}"));
        let missing = number(&format!("/latency/{class}/missing"));
        report.exact(&format!("{class}: desks that never heard of a change"), missing, "", 0.0, 0.0);
        report.count(&format!("{class}: change to last desk, p99"), at("p99"), "ms", most, aim);
    };
    class("work", 250.0, 100.0, report);
    class("figures", 1_500.0, 1_250.0, report);
    class("history", 1_500.0, 1_250.0, report);
    report.count("verdict, 2,000 desks, p99", number("/verdict_us/p99") / 1_000.0, "ms", 250.0, 50.0);
    eprintln!(
        "{:.0} commands a second when every desk asks without pause; server {:.2}, desks {:.2} of {} processors",
        number("/pushed_per_s"),
        number("/processor/server"),
        number("/processor/desks"),
        number("/processors")
    );
}

/// 500 customers in web chats at once, 200 agents who answer them: from the key that says something to the other side.
pub fn chats(report: &mut Report) {
    let found = load(&["--desks", "200", "--stuck", "0", "--slow", "0", "--chats", "500"]);
    assert_eq!(found.pointer("/troubles").and_then(Value::as_object).map(serde_json::Map::len), Some(0), "{found}");
    for (way, name) in [("to_desk", "customer's key to desk"), ("to_customer", "agent's key to customer")] {
        let at = |what: &str| number(&found, &format!("/chats/{way}/{what}"));
        assert!(at("said") > 500.0, "they talk");
        report.exact(&format!("500 chats: unheard, {name}"), at("missing"), "", 0.0, 0.0);
        report.count(&format!("500 chats: {name}, p99"), at("took_us/p99") / 1_000.0, "ms", 200.0, 100.0);
    }
    eprintln!("server {:.2} of {} processors", number(&found, "/processor/server"), number(&found, "/processors"));
}

fn load(more: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
    let output = command.args(["load", "--json", "--seconds", SECONDS]).args(more).output().expect("the load runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the load ended with {}: {said}", output.status);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    found
}

fn number(found: &Value, path: &str) -> f64 {
    found.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {path}"))
}
