#!/usr/bin/env bash
# Builds the fuzzer and runs one target for a time, or puts what it found into the target's corpus:
#   tests/fuzz/fuzz.sh TARGET [SECONDS | minimise] [options of libFuzzer]
# Needs nightly Rust. Without a target it only builds.
set -euo pipefail
cd "$(dirname "$0")"
made="${CARGO_TARGET_DIR:-$PWD/target}"
host="$(rustc -vV | sed -n 's/^host: //p')"
# The coverage that libFuzzer steers by.
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares"
build() { cargo +nightly build --release --target "$host" "$@"; }
[ $# -gt 0 ] || { build --workspace; exit; }
export RATEBOOK_FUZZ="$1"
package=ratebook-fuzz
case "$1" in
    acronis-* | focus-* | metallic-* | sophos | table-*) program="${1%%-*}" ;;
    accepted | adjustments | closed | config | frames | gzip | lock | manifest | payload-list | plugin-file | totals) program=ratebook-fuzz-host package=ratebook-fuzz-host ;;
    *) program=ratebook ;;
esac
build --package "$package" --bin "$program"
fuzzer="$made/$host/release/$program"
found="$made/corpus/$1"
mkdir -p "$found" "$made/found"
if [ "${2:-}" = minimise ]; then
    exec "$fuzzer" -merge=1 "${@:3}" "corpus/$1" "$found"
fi
exec "$fuzzer" -max_total_time="${2:-60}" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$made/found/$1-" "${@:3}" "$found" "corpus/$1"
