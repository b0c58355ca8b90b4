//! What this process may use itself, and so can give to a worker at most.

use std::time::Duration;

use super::limits::{Limits, Size};

/// What this process is allowed itself (`ulimit -H`), and cannot let a worker have more of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allowed {
    /// Address space, in bytes; nothing if it is not limited.
    memory: Option<u64>,
    /// Processor time, in seconds; nothing if it is not limited.
    cpu: Option<u64>,
}

/// What a worker has beyond what a task may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spare {
    /// Address space, in bytes.
    pub(super) memory: u64,
    /// Processor time.
    pub(super) cpu: Duration,
}

/// The part of a task's memory that a worker may have kept.
const SPARE_MEMORY: u64 = 16;
/// The part of a task's time, in whole seconds, that a worker may have worked already.
const SPARE_TIME: u64 = 60;

impl Allowed {
    /// What the system says.
    #[cfg(target_os = "linux")]
    pub(super) fn here() -> Allowed {
        use rustix::process::{Resource, getrlimit};
        Allowed { memory: getrlimit(Resource::As).maximum, cpu: getrlimit(Resource::Cpu).maximum }
    }

    /// Other systems are not asked: nothing is limited there.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn here() -> Allowed {
        Allowed::default()
    }

    /// The memory that a worker can be given.
    pub(super) fn memory(self, limits: Limits) -> u64 {
        self.memory.map_or(limits.memory, |most| most.min(limits.memory))
    }

    /// The processor time that a worker can be given: a second less than the hard limit, at which the system ends a process
    /// without saying why.
    pub(super) fn cpu(self, limits: Limits) -> Duration {
        let most = self.cpu.map(|most| Duration::from_secs(most.saturating_sub(1).max(1)));
        most.map_or(limits.time, |most| most.min(limits.time))
    }

    /// What a worker may have kept of earlier tasks before it gets another: it is given so much more than a task may take, so
    /// that each has all of it.
    pub(super) fn spare(self, limits: Limits) -> Spare {
        let (memory, cpu) = (self.memory(limits), self.cpu(limits));
        let wanted = Spare {
            memory: limits.memory / SPARE_MEMORY,
            cpu: Duration::from_secs(limits.time.as_secs() / SPARE_TIME),
        };
        let raised =
            Limits { memory: memory.saturating_add(wanted.memory), time: cpu + wanted.cpu, ..limits };
        Spare { memory: self.memory(raised) - memory, cpu: self.cpu(raised).saturating_sub(cpu) }
    }

    /// When the system ends a worker that goes on beyond its processor time, in seconds.
    #[cfg(target_os = "linux")]
    pub(super) fn cpu_end(self, seconds: u64) -> u64 {
        self.cpu.map_or(seconds, |most| most.min(seconds))
    }

    /// What of some limits is lowered; `None` if nothing is.
    pub(super) fn lowered(self, limits: Limits) -> Option<String> {
        let (memory, cpu) = (self.memory(limits), self.cpu(limits));
        let mut lowered = Vec::new();
        if memory < limits.memory {
            lowered.push(format!("{} of memory instead of {}", Size(memory), Size(limits.memory)));
        }
        if cpu < limits.time {
            let (cpu, time) = (cpu.as_secs(), limits.time.as_secs());
            lowered.push(format!("{cpu} s of processor time instead of {time} s"));
        }
        (!lowered.is_empty()).then(|| lowered.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_lowered_to_what_is_allowed() {
        let limits = Limits::default();
        let free = Allowed::default();
        assert_eq!(
            (free.memory(limits), free.cpu(limits), free.lowered(limits)),
            (4 << 30, limits.time, None)
        );
        let tight = Allowed { memory: Some(1 << 30), cpu: Some(60) };
        assert_eq!((tight.memory(limits), tight.cpu(limits)), (1 << 30, Duration::from_secs(59)));
        let said = "1 GiB of memory instead of 4 GiB, 59 s of processor time instead of 3600 s";
        assert_eq!(tight.lowered(limits).unwrap(), said);
        let wide = Allowed { memory: Some(8 << 30), cpu: Some(4000) };
        assert_eq!(wide.lowered(limits), None);
        assert_eq!(Allowed { memory: None, cpu: Some(0) }.cpu(limits), Duration::from_secs(1));
    }

    #[test]
    fn a_worker_has_a_little_more_than_a_task_where_more_is_allowed() {
        let limits = Limits::default();
        let spare = |allowed: Allowed| (allowed.spare(limits).memory, allowed.spare(limits).cpu.as_secs());
        assert_eq!(spare(Allowed::default()), (256 << 20, 60));
        assert_eq!(spare(Allowed { memory: Some(5 << 30), cpu: Some(3621) }), (256 << 20, 20));
        assert_eq!(spare(Allowed { memory: Some(4 << 30), cpu: Some(3600) }), (0, 0));
        assert_eq!(spare(Allowed { memory: Some(1 << 30), cpu: Some(0) }), (0, 0));
        let short = Limits { time: Duration::from_millis(59_999), ..limits };
        assert_eq!(Allowed::default().spare(short).cpu, Duration::ZERO);
    }
}
