//! What the system's allocator does with memory that is given back.
#![expect(unsafe_code, reason = "the C library is told by a function of C")]

/// Lets the allocator keep some of what is given back: the blocks of a month take and give back the same megabytes all the time,
/// and to have the system clear them anew took a twentieth of a run.
pub(crate) fn keep() {
    const KEPT: libc::c_int = 32 << 20;
    /// The most that the allocator takes: longer pieces are given back at once.
    const LONGEST: libc::c_int = 32 << 20;
    // SAFETY: it sets two numbers of the allocator, and nothing else runs yet. Where it refuses them, nothing is lost.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LONGEST);
    }
}

/// Gives back what was kept, where what comes next needs other pieces.
pub(crate) fn give_back() {
    // SAFETY: it takes nothing that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}
