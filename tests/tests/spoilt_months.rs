//! Months of many files with one defect each, over all kinds of payloads: refused or asked about, never billed as if nothing
//! were. The seed of each month is printed.

use ratebook_tests::spoilt::{Defect, month, shapes};

/// Months of each kind of payload with each defect.
const EACH: u64 = 4;

#[test]
fn months_with_one_defect_are_refused_or_asked_about_and_whole_ones_are_billed() {
    let mut wrong = Vec::new();
    for shape in 0..shapes() {
        for (place, defect) in Defect::ALL.into_iter().enumerate() {
            for time in 0..EACH {
                let seed = (shape as u64) << 16 | (place as u64) << 8 | time;
                println!("seed {seed}");
                wrong.extend(month(shape, defect, seed).err().map(|error| error.to_string()));
            }
        }
    }
    if !wrong.is_empty() {
        panic!("{} months\n\n{}", wrong.len(), wrong.join("\n\n"));
    }
}
