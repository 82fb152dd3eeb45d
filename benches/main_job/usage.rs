//! What the operating system says that the program has used. Linux only; elsewhere processor time is not known.

use std::fs;
use std::hint::black_box;
use std::ops::{Add, Div};
use std::time::{Duration, Instant};

/// The kernel's clock ticks in `/proc/self/stat`, in milliseconds (`USER_HZ` is 100 on every platform that Rust has).
const TICK: Duration = Duration::from_millis(10);

/// What something took.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Processor time, of the program and of the kernel for it, on all threads counted.
    pub(crate) cpu: Duration,
    /// Time.
    pub(crate) wall: Duration,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cpu: self.cpu + other.cpu,
            wall: self.wall + other.wall,
        }
    }
}

impl Div<u32> for Cost {
    type Output = Self;

    fn div(self, count: u32) -> Self {
        Self {
            cpu: self.cpu / count,
            wall: self.wall / count,
        }
    }
}

impl Cost {
    /// What a piece of work on this thread costs, to the nanosecond.
    pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (Self, T) {
        let started = now();
        let before = thread_cpu();
        let result = black_box(work());
        let cpu = thread_cpu().saturating_sub(before);
        let wall = started.elapsed();
        (Self { cpu, wall }, result)
    }

    /// What work on any threads costs; processor time by ticks of ten milliseconds.
    pub(crate) async fn of_all<T>(work: impl Future<Output = T>) -> (Self, T) {
        let started = now();
        let before = process_cpu();
        let result = black_box(work.await);
        let cpu = process_cpu().saturating_sub(before);
        let wall = started.elapsed();
        (Self { cpu, wall }, result)
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

/// The processor time of this thread, by the scheduler's account.
fn thread_cpu() -> Duration {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = schedstat
        .split(' ')
        .next()
        .and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// The processor time of the process: `utime` and `stime` of `proc_pid_stat(5)`.
fn process_cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u32>().ok());
    TICK * ticks.sum()
}

/// The most memory that the process had in use, in bytes: `VmHWM` of `proc_pid_status(5)`.
pub(crate) fn memory_peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.trim().parse::<u64>().ok())
        .unwrap_or(0)
        * 1_024
}

/// How many programs wanted a processor in the last minute.
pub(crate) fn load() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = load.split(' ').next().and_then(|load| load.parse().ok());
    minute.unwrap_or(0.0)
}
