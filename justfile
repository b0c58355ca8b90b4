# What CI runs, and a few shortcuts; `just --list`. Nothing here is needed to build or test.

# Everything CI checks
ci:
    bash .ci/run

# Format, then lint as CI does
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# The example month
example:
    cargo run --release -- run --workspace examples/month --month 2026-03 --offline

# Look at changed snapshots (needs cargo-insta)
review:
    cargo insta review --workspace
