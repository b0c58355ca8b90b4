//! libFuzzer over the targets of a program; the environment names one in `RATEBOOK_FUZZ`.

#[doc(hidden)]
pub use libfuzzer_sys;

/// A name, and what must hold of any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// The target that the environment names.
///
/// # Panics
/// If there is none of that name.
pub fn wanted(targets: &[Target]) -> fn(&[u8]) {
    // libFuzzer's own hook ends the program at every panic, and plugins catch those of what reads Parquet. One that nobody
    // catches ends it all the same.
    drop(std::panic::take_hook());
    let wanted = std::env::var("RATEBOOK_FUZZ").unwrap_or_default();
    match targets.iter().find(|(name, _)| *name == wanted) {
        Some((_, target)) => *target,
        None => panic!("RATEBOOK_FUZZ={wanted:?} is no target of this program"),
    }
}

/// Makes a fuzzer of targets.
#[macro_export]
macro_rules! fuzz {
    ($targets:expr) => {
        static TARGET: std::sync::OnceLock<fn(&[u8])> = std::sync::OnceLock::new();
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET.get_or_init(|| $crate::wanted(&$targets))(
            data
        ));
    };
}
