//! What a command and every process beneath it took: CPU seconds, and the most memory of each process.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::process::{Child, Command};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What a command took.
#[derive(Clone, Debug)]
pub struct Took {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    /// CPU time of the command and of all processes that it waited for, in microseconds.
    pub cpu: i64,
    /// What the processes were seen to have used by the last look at each: less than `cpu`, by little, if it covers all.
    pub cpu_seen: i64,
    /// The most memory of each process, in KiB, by its name: the command, then those beneath it.
    pub peaks: Vec<(String, u64)>,
}

impl Took {
    /// The most memory of the largest process, in KiB.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peaks.iter().map(|(_, peak)| *peak).max().unwrap_or(0)
    }
}

/// Runs a command to its end. Nothing else may be waited for meanwhile.
///
/// # Errors
/// If it does not start.
pub fn run(mut command: Command) -> io::Result<Took> {
    let before = waited_for()?;
    let mut child = command.spawn()?;
    let mut seen: BTreeMap<u32, Seen> = BTreeMap::new();
    let status = loop {
        look(&child, &mut seen);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    let peaks = seen.values().map(|seen| (seen.name.clone(), seen.peak)).collect();
    let ticks: i64 = seen.values().map(|seen| seen.ticks).sum();
    Ok(Took {
        code: status.code().unwrap_or(-1),
        cpu: waited_for()? - before,
        cpu_seen: ticks * 10_000,
        peaks,
    })
}

/// CPU time of all children that have ended and were waited for, and of theirs.
fn waited_for() -> io::Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let [user, system] = [usage.user_time(), usage.system_time()];
    Ok((user.tv_sec() + system.tv_sec()) * 1_000_000 + user.tv_usec() + system.tv_usec())
}

struct Seen {
    name: String,
    peak: u64,
    ticks: i64,
}

fn look(child: &Child, seen: &mut BTreeMap<u32, Seen>) {
    let mut open = vec![child.id()];
    while let Some(id) = open.pop() {
        let text = |file: &str| fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default();
        if let Some(now) = now(&text("status"), &text("stat")) {
            seen.insert(id, now);
        }
        let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
        for task in tasks {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            open.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        }
    }
}

/// A process as `/proc` tells of it; a process that has ended has no memory any more.
fn now(status: &str, stat: &str) -> Option<Seen> {
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let peak = of("VmHWM:")?.split_whitespace().next()?.parse().ok()?;
    // The name stands in brackets and may hold spaces; user and system time are the 12th and 13th field after it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<i64>().ok()? + fields.next()?.parse::<i64>().ok()?;
    Some(Seen { name: of("Name:")?.to_owned(), peak, ticks })
}
