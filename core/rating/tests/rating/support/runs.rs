//! A property tried on many random inputs, with a seed that brings a failure back.

use std::sync::LazyLock;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// How many random rule sets and months every property is tried with.
const RUNS: u32 = 1_000;

/// The seed of this run: `RATEBOOK_SEED`, or another each time. Told once, past the test's capture of its output,
/// so that the log of a run that passed names it too.
fn seed() -> u64 {
    static SEED: LazyLock<u64> = LazyLock::new(|| {
        let seed = match std::env::var("RATEBOOK_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), "seed"),
        };
        let told = format!("properties: RATEBOOK_SEED={seed}, {RUNS} inputs each\n");
        std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
        seed
    });
    *SEED
}

/// Tries a property on [`RUNS`] inputs; a failure prints the seed that brings it back.
pub(crate) fn check<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: RUNS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    if let Err(error) = runner.run(strategy, test) {
        panic!("RATEBOOK_SEED={seed}\n{error}");
    }
}
