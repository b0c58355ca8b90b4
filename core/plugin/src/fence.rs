//! Fences: a panic on one side of the border becomes a problem before it reaches the other.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use crate::problem::Problem;

thread_local! {
    /// How many fences stand around what this thread does.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// The panic that a fence is about to stop: place and message.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does `work`; a panic in it becomes a [`Problem`] that says `who` panicked, where, and with what message.
pub(crate) fn fenced<T>(who: &str, work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    install_hook();
    DEPTH.set(DEPTH.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    outcome.unwrap_or_else(|payload| {
        let told = LAST.take().unwrap_or_else(|| format!("an unknown place: {}", message(&*payload)));
        // A payload whose drop panics would get past the fence.
        std::mem::forget(payload);
        Err(Problem::plugin(format!("{who} panicked at {told}")))
    })
}

/// The hook is one per library: host and plugins each have their own.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            // Where nothing unwinds there is no fence: the process ends, and these are its last words.
            if DEPTH.get() > 0 && cfg!(panic = "unwind") {
                LAST.set(Some(describe(info)));
            } else {
                before(info);
            }
        }));
    });
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(
        || "an unknown place".to_owned(),
        |location| format!("{}:{}", location.file(), location.line()),
    );
    format!("{place}: {}", message(info.payload()))
}

fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_problem_with_its_place() {
        let problem = fenced("it", || -> Result<(), Problem> { panic!("row {} is odd", 7) }).unwrap_err();
        assert_eq!(problem.kind, crate::problem::ProblemKind::Plugin);
        let place = file!();
        assert!(problem.message.starts_with(&format!("it panicked at {place}:")), "{}", problem.message);
        assert!(problem.message.ends_with(": row 7 is odd"), "{}", problem.message);
    }

    #[test]
    fn what_does_not_panic_passes() {
        assert_eq!(fenced("it", || Ok(7)), Ok(7));
        assert_eq!(fenced::<()>("it", || Err(Problem::data("no"))), Err(Problem::data("no")));
    }

    #[test]
    fn fences_nest() {
        let outer = fenced("outer", || {
            let inner = fenced("inner", || -> Result<(), Problem> { panic!("inside") });
            assert!(inner.unwrap_err().message.ends_with("inside"));
            Ok(1)
        });
        assert_eq!(outer, Ok(1));
    }
}
