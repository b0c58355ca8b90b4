//! What is fetched beside the report: tenants page by page, and prices where they may be read.

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Level, Problem, ProblemKind};
use serde_json::{Value, json};

use crate::support::*;

fn page(ids: &[&str], after: Option<&str>) -> Scripted {
    let items: Vec<Value> =
        ids.iter().map(|id| json!({"id": id, "parent_id": ROOT, "kind": "customer"})).collect();
    answer(200, json!({"paging": {"cursors": {"after": after}}, "timestamp": "x", "items": items}))
}

fn price_list(month: &str) -> Scripted {
    let price =
        json!({"sku": "SPGAMSENS", "effective_price": "2.70", "list_price": "3.00", "name": "Workstation"});
    let list = json!({"month": month, "currency": "EUR", "pricelist_code": "PL", "prices": [price]});
    answer(200, json!({ "price_lists": [list] }))
}

fn denied() -> Scripted {
    answer(403, json!({"error": {"code": 1002, "message": "Access denied"}}))
}

/// As the price list API says it.
fn denied_prices() -> Scripted {
    answer(
        403,
        json!({"domain": "PriceSync", "code": "Forbidden", "reason": "scope", "message": "No price_list_reader",
        "debug": {}, "kb_link": {}}),
    )
}

fn collect_with(
    values: Value,
    script: impl IntoIterator<Item = Scripted>,
) -> (Result<(), Problem>, ScriptedHost) {
    let mut host = ScriptedHost::new(script);
    let mut config = config(json!({}));
    for key in ["tenants", "prices"] {
        config.values.as_object_mut().unwrap().remove(key);
    }
    for (key, value) in values.as_object().unwrap() {
        config.values[key] = value.clone();
    }
    let result = run(&config, &mut host);
    (result, host)
}

fn queries(host: &ScriptedHost, path: &str) -> Vec<Vec<(String, String)>> {
    let asked = host.requests.iter().filter(|request| request.url.ends_with(path));
    asked.map(|request| request.query.clone()).collect()
}

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn tenants_and_prices_are_kept_beside_the_report() {
    let script = [
        token(),
        page(&[ROOT, "a"], Some("c2")),
        page(&["b"], None),
        price_list("2026-02"),
        report(),
        saved(),
        csv(),
    ];
    let (result, host) = collect_with(json!({}), script);
    result.unwrap();
    let kept: Vec<_> = host.kept.iter().map(|(name, format, _)| (name.as_str(), format.as_str())).collect();
    assert_eq!(
        kept,
        [
            ("tenants-1.json", "acronis-tenants"),
            ("tenants-2.json", "acronis-tenants"),
            ("price-list.json", "acronis-price-list"),
            ("usage-csv_v2_0.csv.gz", "acronis-csv-v2"),
        ]
    );
    // Later pages take the cursor alone.
    let first = pairs(&[("subtree_root_id", ROOT), ("allow_deleted", "true"), ("lod", "full")]);
    assert_eq!(queries(&host, "/api/2/tenants"), [first, pairs(&[("after", "c2")])]);
    let prices = pairs(&[("tenant_id", ROOT), ("months", "2026-02")]);
    assert_eq!(queries(&host, "/api/price_sync/v1/effective_price_lists"), [prices]);
}

#[test]
fn tenants_that_may_not_be_read_are_a_choice() {
    let (result, host) = collect_with(json!({}), [token(), denied()]);
    let problem = result.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Auth);
    assert!(problem.message.contains("403 \"Access denied, code 1002\""), "{problem}");
    assert!(problem.advice.unwrap().contains("tenants = false"));
    assert!(created(&host) == 0 && host.notes.is_empty() && host.kept.is_empty());
    let script = [token(), price_list("2026-02"), report(), saved(), csv()];
    let (result, host) = collect_with(json!({"tenants": false}), script);
    result.unwrap();
    assert_eq!(host.kept.len(), 2);
}

#[test]
fn prices_that_may_not_be_read_are_noted_once() {
    let script = [token(), page(&[ROOT], None), denied_prices(), report(), saved(), csv()];
    let (result, host) = collect_with(json!({}), script);
    result.unwrap();
    let notes: Vec<_> = host.log.iter().filter(|(level, _)| *level == Level::Note).collect();
    let [(_, note)] = notes.as_slice() else { panic!("{notes:?}") };
    assert!(note.contains("No price_list_reader, scope, code Forbidden"), "{note}");
    assert_eq!(host.kept.len(), 2);
    let script = [token(), page(&[ROOT], None), denied_prices()];
    let (result, host) = collect_with(json!({"prices": "require"}), script);
    let problem = result.unwrap_err();
    assert_eq!((problem.kind, created(&host)), (ProblemKind::Auth, 0));
    assert!(problem.advice.unwrap().contains("price_list_reader"));
}

#[test]
fn a_price_list_that_fails_is_not_gone_without() {
    let broken = answer(500, json!({"message": "Try later"}));
    let (result, host) = collect_with(json!({}), [token(), page(&[ROOT], None), broken]);
    assert_eq!((result.unwrap_err().kind, created(&host)), (ProblemKind::Vendor, 0));
    let (result, _) = collect_with(json!({}), [token(), page(&[ROOT], None), price_list("2026-01")]);
    assert!(
        result
            .unwrap_err()
            .message
            .contains("asked for the prices of 2026-02, the price list is of \"2026-01\"")
    );
    let page_of_a_portal = Scripted::new(200, "<html>");
    let (result, _) = collect_with(json!({}), [token(), page(&[ROOT], None), page_of_a_portal]);
    assert!(result.unwrap_err().message.contains("an HTML page"));
}

#[test]
fn a_page_of_tenants_is_kept_only_when_it_is_one() {
    let cut = Scripted::new(200, "{\"items\": [{\"id\": \"a\"");
    let (result, host) = collect_with(json!({}), [token(), page(&[ROOT], Some("c2")), cut]);
    assert_eq!((result.unwrap_err().kind, created(&host)), (ProblemKind::Data, 0));
    assert_eq!(host.kept.len(), 1, "the whole page alone");
    // Cursors that go round end.
    let round = [token(), page(&[ROOT], Some("c2")), page(&["a"], Some("c2"))];
    let (result, _) = collect_with(json!({}), round);
    assert!(result.unwrap_err().message.contains("leads back"));
    // A cursor on an empty page ends the list too.
    let script = [
        token(),
        page(&[ROOT], Some("c2")),
        page(&[], Some("c3")),
        denied_prices(),
        report(),
        saved(),
        csv(),
    ];
    collect_with(json!({}), script).0.unwrap();
}

#[test]
fn a_run_killed_after_the_tenants_makes_one_report() {
    let (result, mut host) =
        collect_with(json!({}), [token(), page(&[ROOT], None), price_list("2026-02"), report()]);
    assert!(result.is_err(), "the script has ended");
    host.script = [token(), page(&[ROOT], None), price_list("2026-02"), report(), saved(), csv()].into();
    host.kept.clear();
    let mut config = config(json!({}));
    config.values["tenants"] = json!(true);
    config.values["prices"] = json!("auto");
    run(&config, &mut host).unwrap();
    assert_eq!((created(&host), host.kept.len()), (1, 3));
    assert!(calls(&host).contains(&format!("GET /reports/{REPORT}")), "{:?}", calls(&host));
}
