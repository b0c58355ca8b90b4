//! Explanations hold: a separate calculator replays their steps and reaches every amount of every case.

use crate::support::Case;
use crate::support::replay::{number, replay};

#[test]
fn replaying_the_steps_gives_every_amount_of_every_case() {
    let mut lines = 0;
    for folder in crate::support::folders(&crate::support::tests().join("cases")) {
        let (case, rulebook) = (Case::read(&folder), crate::support::load(&folder).unwrap());
        let Ok(rated) = case.rate(&rulebook) else { continue };
        for bill in rated.bills() {
            let explained = serde_json::to_value(rated.explain(bill.customer()).unwrap()).unwrap();
            for (told, line) in explained["lines"].as_array().unwrap().iter().zip(bill.lines()) {
                let place = format!("{}: {} {}", case.name, bill.customer(), line.name);
                let replayed = replay(told, &explained["remainders"], &place);
                assert_eq!(replayed, number(&line.amount.to_string()), "{place}");
                lines += 1;
            }
            assert_eq!(explained["lines"].as_array().unwrap().len(), bill.lines().len(), "{}", case.name);
        }
    }
    assert!(lines > 30, "only {lines} lines were replayed");
}

#[test]
fn rules_that_lost_are_named_with_the_step_that_decided() {
    let folder = crate::support::tests().join("cases/27-who-wins");
    let (case, rulebook) = (Case::read(&folder), crate::support::load(&folder).unwrap());
    let rated = case.rate(&rulebook).unwrap();
    let lost = |line: u64| -> Vec<String> {
        rated.lost(line).iter().map(|lost| format!("{} {} {}", lost.rule, lost.why, lost.to)).collect()
    };
    assert_eq!(lost(0), [""; 0]);
    assert_eq!(
        lost(4),
        [
            "customer says less closely what than customer-sku",
            "everybody says less closely who than customer-sku",
            "group says less closely who than customer-sku",
            "sku says less closely who than customer-sku",
        ]
    );
    assert!(lost(6).contains(&"tenant has a lower priority than first".to_owned()));
    let line = rated.explain_line(4).unwrap();
    assert_eq!((line.lines.len(), line.lines[0].amount), (1, 7.into()));
    assert_eq!(rated.explain_line(99), None);
}

#[test]
fn what_is_held_or_dropped_can_be_asked_for_too() {
    let folder = crate::support::tests().join("cases/02-keep-beats-a-broader-drop");
    let (case, rulebook) = (Case::read(&folder), crate::support::load(&folder).unwrap());
    let rated = case.rate(&rulebook).unwrap();
    let lost = |line: u64| rated.lost(line).iter().map(|lost| lost.rule.clone()).collect::<Vec<_>>();
    assert_eq!(lost(0), ["no-trials"], "kept");
    assert_eq!((lost(1), lost(3)), (vec![], vec![]), "dropped, held: nothing else wanted them");
}

#[test]
fn text_shows_the_arithmetic() {
    let folder = crate::support::tests().join("cases/40-example");
    let (case, rulebook) = (Case::read(&folder), crate::support::load(&folder).unwrap());
    let rated = case.rate(&rulebook).unwrap();
    let text: Vec<String> =
        rated.bills().map(|bill| rated.explain(bill.customer()).unwrap().to_string()).collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("explain", text.join("\n")));
}
