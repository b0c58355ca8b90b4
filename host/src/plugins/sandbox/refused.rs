//! Says by which call a plugin was ended.
//!
//! A refused call raises `SIGSYS`. The handler writes the call's number to the error output and lets the signal end the
//! process; ratebook, seeing it end so, looks the number up. A plugin that has closed the error output or blocks the
//! signal is ended all the same, without the number.
#![expect(unsafe_code, reason = "only a signal handler learns which call was refused")]

use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;

use super::calls::ENDS;

/// What the handler writes before the number.
const SAID: &[u8] = b"ratebook: refused system call ";

/// What a plugin tried whose process ended with `SIGSYS`, from its last words: "it tried to ...". Takes what the
/// handler wrote off the words. `None` if the plugin kept it from writing.
pub(crate) fn tried(said: &mut String) -> Option<&'static str> {
    let mark = String::from_utf8_lossy(SAID);
    let number = said.rfind(mark.as_ref()).and_then(|at| {
        let number = said[at + mark.len()..].trim().parse().ok()?;
        said.truncate(at);
        said.truncate(said.trim_end().len());
        Some(number)
    });
    let of = |number| ENDS.iter().find(|(_, calls)| calls.contains(&number));
    number.and_then(of).map(|(tried, _)| *tried)
}

/// Lets refused calls be said from now on.
pub(super) fn say() -> io::Result<()> {
    // SAFETY: all zero is a `sigaction` without handler and flags; the handler below calls only what a handler may.
    let outcome = unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        let handler: extern "C" fn(c_int, *const libc::siginfo_t, *mut c_void) = refused;
        action.sa_sigaction = handler as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESETHAND | libc::SA_NODEFER | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGSYS, &raw const action, std::ptr::null_mut())
    };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn refused(signal: c_int, about: *const libc::siginfo_t, _context: *mut c_void) {
    const LENGTH: usize = SAID.len() + 12;
    let mut text = [b'\n'; LENGTH];
    text[..SAID.len()].copy_from_slice(SAID);
    // SAFETY: the kernel hands over a whole `siginfo_t`; for this signal the number of the call stands in it after
    // three numbers, a gap and an address, on every 64-bit machine.
    let mut rest = unsafe { about.cast::<u32>().add(6).read() };
    for digit in text[SAID.len()..SAID.len() + 10].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    // SAFETY: both may be called here. The handler was for one signal, so this one ends the process.
    unsafe {
        libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), SAID.len() + 11);
        libc::raise(signal);
    }
}
