//! Waking up once, at one moment. It knows nothing of what for.
//!
//! A runtime's timer wheel wakes a long sleep several times on its way down the wheel; a desk that sleeps a second
//! between two ticks of a call clock would wake twice as often as it has to. Invariant: a set alarm goes off once.

use std::io;
use std::time::Duration;

/// A timer of the system's own.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub struct Alarm {
    timer: tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>,
}

#[cfg(target_os = "linux")]
impl Alarm {
    /// Not set. Needs a tokio runtime.
    #[allow(
        deprecated,
        reason = "its successor is unsafe; the timer lives as long as the alarm, which is what it asks"
    )]
    pub fn new() -> io::Result<Alarm> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        let timer = tokio::io::unix::AsyncFd::with_interest(timer, tokio::io::Interest::READABLE)?;
        Ok(Alarm { timer })
    }

    /// Waits that long; for ever without a span. An earlier wait that was given up counts no more.
    pub async fn after(&mut self, span: Option<Duration>) -> io::Result<()> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        if span.is_some_and(|span| span.is_zero()) {
            return Ok(());
        }
        let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
        let due = span.map_or(Ok(zero), Timespec::try_from);
        let due = due.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: zero, it_value: due })?;
        loop {
            let mut ready = self.timer.readable().await?;
            let mut times = [0; 8];
            // Setting it anew took back what an earlier wait left to be read.
            match ready.try_io(|timer| Ok(rustix::io::read(timer, &mut times)?)) {
                Ok(read) => return read.map(drop),
                Err(_not_yet) => {}
            }
        }
    }
}

/// The runtime's timer, where the system has none of that kind.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub struct Alarm;

#[cfg(not(target_os = "linux"))]
impl Alarm {
    /// Not set. Needs a tokio runtime.
    pub fn new() -> io::Result<Alarm> {
        Ok(Alarm)
    }

    /// Waits that long; for ever without a span. An earlier wait that was given up counts no more.
    pub async fn after(&mut self, span: Option<Duration>) -> io::Result<()> {
        match span {
            Some(span) => tokio::time::sleep(span).await,
            None => std::future::pending().await,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(what: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(what)
    }

    #[test]
    fn it_goes_off_each_time_it_is_set_and_not_before() {
        run(async {
            let mut alarm = Alarm::new().expect("a timer");
            for ms in [0, 1, 30, 5] {
                let (span, begun) = (Duration::from_millis(ms), std::time::Instant::now());
                alarm.after(Some(span)).await.expect("it goes off");
                assert!(begun.elapsed() >= span, "{:?} of {span:?}", begun.elapsed());
            }
        });
    }

    #[test]
    fn a_wait_that_was_given_up_counts_no_more() {
        run(async {
            let mut alarm = Alarm::new().expect("a timer");
            tokio::select! {
                biased;
                _ = alarm.after(Some(Duration::from_millis(20))) => unreachable!("something else is ready"),
                () = std::future::ready(()) => {}
            }
            tokio::select! {
                _ = alarm.after(None) => unreachable!("it is not set"),
                () = tokio::time::sleep(Duration::from_millis(60)) => {}
            }
        });
    }
}
