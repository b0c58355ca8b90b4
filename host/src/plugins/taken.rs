//! What a worker process has taken so far, by the system's word: whether it may do another task.

use std::time::Duration;

use super::allowed::Spare;
use super::process::Process;

/// What a process has taken so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Address space, in bytes.
    memory: u64,
    /// Processor time.
    cpu: Duration,
    /// Threads that it has.
    threads: u64,
}

/// The unit in which Linux tells processor time: a hundred to the second, for every program on x86 and ARM.
const TICK: Duration = Duration::from_millis(10);

impl Taken {
    /// What a worker has taken; `None` where the system does not say.
    #[cfg(target_os = "linux")]
    pub(super) fn by(process: &Process) -> Option<Taken> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).ok()?;
        Taken::read(&stat)
    }

    /// Other systems are not asked: there a worker does one task.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn by(_process: &Process) -> Option<Taken> {
        None
    }

    /// Understands `/proc/<id>/stat`.
    #[cfg(any(target_os = "linux", test))]
    fn read(stat: &str) -> Option<Taken> {
        // The name of the program stands in brackets, whatever it is; its state is the third field.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        let ticks = u32::try_from(number(14)?.checked_add(number(15)?)?).ok()?;
        Some(Taken { memory: number(23)?, cpu: TICK * ticks, threads: number(20)? })
    }

    /// Whether a worker that was so when it was new is as good as new: nothing of it goes on, and it has taken no more than it
    /// has to spare.
    pub(super) fn leaves_enough(self, new: Taken, spare: Spare) -> bool {
        self.threads <= new.threads
            && self.memory <= new.memory.saturating_add(spare.memory)
            && self.cpu <= spare.cpu
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_has_taken_is_read_from_what_the_system_says() {
        let stat =
            "1234 (a) b) S 1 1234 1234 0 -1 4194560 500 0 0 0 150 25 0 0 20 0 2 0 99 104857600 900 184467";
        let taken = Taken::read(stat).unwrap();
        assert_eq!(taken, Taken { memory: 100 << 20, cpu: Duration::from_millis(1750), threads: 2 });
        assert_eq!(Taken::read("1234 (a) S 1 2"), None);
        assert_eq!(Taken::read(""), None);
    }

    #[test]
    fn a_worker_that_has_kept_too_much_gets_no_other_task() {
        let new = Taken { memory: 50, cpu: Duration::ZERO, threads: 1 };
        let spare = Spare { memory: 10, cpu: Duration::from_secs(1) };
        let after = Taken { memory: 60, cpu: Duration::from_secs(1), threads: 1 };
        assert!(after.leaves_enough(new, spare));
        assert!(!Taken { memory: 61, ..after }.leaves_enough(new, spare));
        assert!(!Taken { cpu: Duration::from_millis(1010), ..after }.leaves_enough(new, spare));
        assert!(!Taken { threads: 2, ..after }.leaves_enough(new, spare));
    }
}
