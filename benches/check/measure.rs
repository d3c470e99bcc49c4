//! What the kernel says about time and memory; on other systems than Linux it says nothing.

use std::fs;
use std::io;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// The kernel counts CPU time of processes in hundredths of a second (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// How often the memory of a process is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// Runs `work` and returns the CPU time that this thread spent on it.
pub(crate) fn thread_cpu<T>(work: impl FnOnce() -> T) -> io::Result<(T, Duration)> {
    let before = on_cpu()?;
    let done = work();
    Ok((done, on_cpu()?.saturating_sub(before)))
}

fn on_cpu() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    number(text.split(' ').next()).map(Duration::from_nanos)
}

/// Runs `work` and returns the CPU time that this process and those that it waited for spent on it.
pub(crate) fn process_cpu<T>(work: impl FnOnce() -> T) -> io::Result<(T, Duration)> {
    let before = ticks()?;
    let done = work();
    Ok((done, TICK * u32::try_from(ticks()? - before).unwrap_or(u32::MAX)))
}

fn ticks() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // The second field is the name in parentheses, and may hold anything.
    let fields = text.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let mut times = fields.split(' ').skip(11).take(4);
    (0..4).map(|_| number(times.next())).sum()
}

/// Runs a command to its end and returns the most memory that it held, in bytes.
pub(crate) fn peak_memory(command: &mut Command) -> io::Result<u64> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = resident(&child).unwrap_or(peak);
        thread::sleep(GLANCE);
    }
    Ok(peak)
}

fn resident(child: &Child) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(number(line.split_whitespace().next()).ok()? * 1024)
}

fn number(text: Option<&str>) -> io::Result<u64> {
    let unknown = || io::Error::other("the kernel's numbers are not where they are looked for");
    text.and_then(|text| text.parse().ok()).ok_or_else(unknown)
}
