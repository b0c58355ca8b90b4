//! How insta works inside this program: it writes pending snapshots, says nothing, and does not stop the program.

/// Sets that mode. insta takes it from the environment, and reads it once.
///
/// To be called before the program has a second thread.
#[expect(
    unsafe_code,
    reason = "there is no other way to tell insta, and no thread that could read meanwhile"
)]
pub(crate) fn set() {
    let theirs: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
    let theirs = theirs.into_iter().filter(|name| name.to_string_lossy().starts_with("INSTA_"));
    let ours = [
        ("INSTA_UPDATE", "new"),
        ("INSTA_OUTPUT", "none"),
        ("INSTA_FORCE_PASS", "1"),
        // Snapshots have whole paths; without this insta would ask cargo for the folder of this program's source.
        ("INSTA_WORKSPACE_ROOT", "/"),
    ];
    // SAFETY: the caller says that this is the only thread.
    unsafe {
        theirs.for_each(|name| std::env::remove_var(name));
        ours.into_iter().for_each(|(name, value)| std::env::set_var(name, value));
    }
}
