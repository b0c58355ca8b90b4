//! How wide what is printed may be.

/// The columns of the terminal that results are printed on, or what `COLUMNS` says; nothing where neither is known, as in
/// a file or a pipe: there nothing is cut.
pub(super) fn columns_of_output() -> Option<usize> {
    /// What is said to be narrower is no terminal that anybody reads.
    const LEAST: usize = 20;
    let said = std::env::var("COLUMNS").ok().and_then(|said| said.trim().parse().ok());
    let found = || console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    said.or_else(found).filter(|columns| *columns >= LEAST)
}
