//! What the system says of a process: memory and processor time.

use anyhow::Context as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Ticks in a second, in which Linux counts processor time for programs.
const TICKS: f64 = 100.0;
/// Files a process opens beside its connections, generously.
const BESIDE: u64 = 64;

/// Memory a process holds now, bytes (resident set).
pub(super) fn memory(pid: u32) -> anyhow::Result<u64> {
    let status = read(pid, "status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kib.context("the system does not say how much memory the server holds")? * 1_024)
}

/// Processor time a process has used, seconds.
pub(super) fn processor(pid: u32) -> anyhow::Result<f64> {
    let stat = read(pid, "stat")?;
    // The name may hold anything; it ends in the last parenthesis. User and system time are fields 14 and 15.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n - 3).and_then(|f| f.parse::<f64>().ok());
    let both = ticks(14).zip(ticks(15)).context("the system does not say how much processor time was used")?;
    Ok((both.0 + both.1) / TICKS)
}

fn read(pid: u32, what: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{pid}/{what}");
    std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read; the load is measured on Linux"))
}

/// Lets this process, and those it starts, open a file for each of so many desks.
pub(super) fn open_files(desks: usize) -> anyhow::Result<()> {
    let (needed, limit) = (desks as u64 + BESIDE, getrlimit(Resource::Nofile));
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    anyhow::ensure!(
        limit.maximum.is_none_or(|most| most >= needed),
        "{desks} desks need {needed} open files, and this system allows a process {}; raise it (ulimit -Hn {needed} as \
         root, LimitNOFILE= of a systemd unit), or ask for fewer desks",
        limit.maximum.unwrap_or_default()
    );
    setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum: limit.maximum })
        .context("the limit of open files cannot be raised")
}
