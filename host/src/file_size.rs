//! The signal of a file that may not grow any more (`ulimit -f`): caught and passed over, so that the write fails and is
//! told as any other.
#![expect(unsafe_code, reason = "only the C library sets what a signal does")]

/// Lets a write beyond the limit fail instead of ending the process. What this process starts is not concerned.
#[cfg(target_os = "linux")]
pub(crate) fn tell_as_error() {
    extern "C" fn pass_over(_: libc::c_int) {}
    let handler: extern "C" fn(libc::c_int) = pass_over;
    // SAFETY: the handler does nothing, so it may run at any time; a handler, unlike a signal that is ignored, is not
    // handed down to programs that are started.
    unsafe { libc::signal(libc::SIGXFSZ, handler as libc::sighandler_t) };
}

/// Lets it end the process, as the system does by itself: for foreign code.
#[cfg(target_os = "linux")]
pub(crate) fn end_the_process() {
    // SAFETY: it sets what was set when the process began.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_DFL) };
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn tell_as_error() {}

#[cfg(not(target_os = "linux"))]
pub(crate) fn end_the_process() {}
