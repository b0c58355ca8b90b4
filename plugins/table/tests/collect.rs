//! What the plugin asks, against a host that is a script.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Auth, Body, Config, Host, Problem, ProblemKind, VendorPlugin};
use ratebook_plugin_table::Table;
use serde_json::{Value, json};

fn config(request: &Value) -> Config {
    let values = json!({
        "format": "json",
        "rows": "/items",
        "columns": {"tenant": "t", "skuId": "s", "consumedQuantity": "q"},
        "request": request,
    });
    let secrets = vec!["token".to_owned(), "password".to_owned()];
    Config { source: "shop".to_owned(), url: Some("https://api.example/v1".to_owned()), values, secrets }
}

fn collect(request: &Value, answers: Vec<Scripted>) -> (ScriptedHost, Result<(), Problem>) {
    let mut host = ScriptedHost::new(answers);
    let plugin = Table::open(&config(request)).unwrap();
    let result = plugin.collect("2026-02".parse().unwrap(), &mut Host::new(&mut host));
    (host, result)
}

fn page(items: usize, rest: &str) -> Scripted {
    Scripted::new(200, format!("{{\"items\": [{}]{rest}}}", vec!["{}"; items].join(",")))
}

fn kept(host: &ScriptedHost) -> Vec<&str> {
    host.kept.iter().map(|(name, ..)| name.as_str()).collect()
}

#[test]
fn the_month_is_in_the_address_and_one_answer_is_kept() {
    let request = json!({
        "path": "/usage/{year}/{month_number}",
        "query": {"from": "{first_day}", "to": "{last_day}", "until": "{next_first_day}", "m": "{month}", "size": 200},
        "headers": {"Accept": "application/json"},
        "auth": {"kind": "bearer"},
    });
    let (host, result) = collect(&request, vec![page(0, "")]);
    result.unwrap();
    let request = &host.requests[0];
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("GET", "https://api.example/v1/usage/2026/02")
    );
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(query, ["from=2026-02-01", "m=2026-02", "size=200", "to=2026-02-28", "until=2026-03-01"]);
    assert_eq!(request.headers, [("Accept".to_owned(), "application/json".to_owned())]);
    assert!(matches!(&request.auth, Auth::BearerSecret { secret } if secret == "token"));
    assert_eq!(kept(&host), ["table.json"]);
    assert_eq!(host.kept[0].1, "table-json");
}

#[test]
fn the_next_page_is_where_the_answer_says() {
    let request = json!({"query": {"size": "2"}, "paging": {"kind": "next", "pointer": "/links/next"}});
    let answers = vec![
        page(2, ", \"links\": {\"next\": \"https://api.example/v1?p=2\"}"),
        page(1, ", \"links\": {\"next\": \"/v1?p=3\"}"),
        page(1, ", \"links\": {\"next\": null}"),
    ];
    let (host, result) = collect(&request, answers);
    result.unwrap();
    let asked: Vec<&str> = host.requests.iter().map(|request| request.url.as_str()).collect();
    assert_eq!(asked, ["https://api.example/v1", "https://api.example/v1?p=2", "https://api.example/v1?p=3"]);
    assert!(host.requests[1].query.is_empty(), "the vendor's address is taken whole");
    assert_eq!(kept(&host), ["page-0001.json", "page-0002.json", "page-0003.json"]);
}

#[test]
fn a_link_header_leads_to_the_next_page() {
    let linked = |link: &str| Scripted { headers: vec![("link".to_owned(), link.to_owned())], ..page(1, "") };
    let request = json!({"paging": {"kind": "link-header"}});
    let answers = vec![
        linked("<https://api.example/v1?p=2>; rel=\"next\""),
        linked("<https://api.example/v1>; rel=\"first\""),
    ];
    let (host, result) = collect(&request, answers);
    result.unwrap();
    assert_eq!(host.requests[1].url, "https://api.example/v1?p=2");
    assert_eq!(host.requests.len(), 2);
}

#[test]
fn a_cursor_is_sent_until_there_is_none() {
    let request =
        json!({"query": {"size": "2"}, "paging": {"kind": "cursor", "pointer": "/after", "query": "after"}});
    // A page without records in the middle is not the end.
    let answers =
        vec![page(2, ", \"after\": \"x y\""), page(0, ", \"after\": 17"), page(1, ", \"after\": \"\"")];
    let (host, result) = collect(&request, answers);
    result.unwrap();
    let after = |at: usize| {
        host.requests[at].query.iter().find(|(name, _)| name == "after").map(|(_, value)| value.as_str())
    };
    assert_eq!((after(0), after(1), after(2)), (None, Some("x y"), Some("17")));
    assert!(host.requests[2].query.contains(&("size".to_owned(), "2".to_owned())));
    assert_eq!(host.kept.len(), 3);
}

/// What was sent of a header with each request.
fn sent<'h>(host: &'h ScriptedHost, header: &str) -> Vec<Option<&'h str>> {
    let value = |headers: &'h [(String, String)]| {
        headers.iter().find(|(name, _)| name == header).map(|(_, value)| value.as_str())
    };
    host.requests.iter().map(|request| value(&request.headers)).collect()
}

#[test]
fn a_token_of_the_answer_is_sent_in_a_header() {
    let request = json!({
        "query": {"size": "2"},
        "paging": {
            "kind": "header-token", "header": "MS-ContinuationToken", "pointer": "/links/next/headers/0/value",
            "next_query": {"seekOperation": "Next"},
        },
    });
    let next = |token: &str| {
        let header = json!({"key": "MS-ContinuationToken", "value": token});
        format!(", \"links\": {}", json!({"next": {"uri": "/v1?size=2", "headers": [header]}}))
    };
    let answers = vec![page(2, &next("a==")), page(2, &next("b==")), page(1, ", \"links\": {}")];
    let (host, result) = collect(&request, answers);
    result.unwrap();
    assert_eq!(sent(&host, "MS-ContinuationToken"), [None, Some("a=="), Some("b==")]);
    let query = |at: usize| host.requests[at].query.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    assert_eq!((query(0), query(1)), (vec!["size"], vec!["size", "seekOperation"]));
    assert_eq!(host.kept.len(), 3);
    let again = vec![page(2, &next("a==")), page(2, &next("a=="))];
    let problem = collect(&request, again).1.unwrap_err();
    assert!(problem.message.contains("asked before: MS-ContinuationToken: a=="), "{problem}");
}

#[test]
fn a_token_in_a_header_is_sent_in_a_header() {
    let with = |token: &str| Scripted {
        headers: vec![("X-Continuation".to_owned(), token.to_owned())],
        ..page(1, "")
    };
    let request = json!({"paging": {"kind": "header-token", "header": "x-continuation"}});
    let (host, result) = collect(&request, vec![with("17"), with("")]);
    result.unwrap();
    assert_eq!(sent(&host, "x-continuation"), [None, Some("17")]);
    let paging =
        json!({"kind": "header-token", "header": "A", "from_header": "X-Continuation", "at_most": 1});
    let problem = collect(&json!({"paging": paging}), vec![with("17")]).1.unwrap_err();
    assert!(problem.message.contains("more than 1 pages"), "{problem}");
}

#[test]
fn pages_are_counted_until_one_is_empty_or_all_are_asked() {
    let request = json!({"paging": {"kind": "number", "query": "page", "first": 0}});
    let (host, result) = collect(&request, vec![page(2, ""), page(2, ""), page(0, "")]);
    result.unwrap();
    let pages: Vec<&str> = host.requests.iter().map(|request| request.query[0].1.as_str()).collect();
    assert_eq!(pages, ["0", "1", "2"]);
    assert_eq!(kept(&host), ["page-0001.json", "page-0002.json"], "the empty page is not kept");
    let request = json!({"paging": {"kind": "number", "total": "/pages"}});
    let (host, result) = collect(&request, vec![page(2, ", \"pages\": 2"), page(1, ", \"pages\": 2")]);
    result.unwrap();
    assert_eq!((host.requests.len(), host.kept.len()), (2, 2));
    let request = json!({"paging": {"kind": "number", "query": "offset", "first": 0, "step": 50}});
    let (host, result) = collect(&request, vec![page(2, ""), page(2, ""), page(0, "")]);
    result.unwrap();
    let offsets: Vec<&str> = host.requests.iter().map(|request| request.query[0].1.as_str()).collect();
    assert_eq!(offsets, ["0", "50", "100"]);
    let request = json!({"paging": {"kind": "number", "total": "/pages"}});
    let (_, result) = collect(&request, vec![page(2, ", \"pages\": \"many\"")]);
    assert!(result.unwrap_err().message.contains("/pages is not a number of pages"));
}

#[test]
fn a_month_without_records_keeps_its_first_page_so_that_map_can_say_so() {
    let (host, result) = collect(&json!({"paging": {"kind": "number"}}), vec![page(0, "")]);
    result.unwrap();
    assert_eq!(host.kept.len(), 1);
}

#[test]
fn pages_that_go_in_a_circle_or_never_end_are_stopped() {
    let next = || page(1, ", \"next\": \"https://api.example/v1?p=2\"");
    let request = json!({"paging": {"kind": "next", "pointer": "/next"}});
    let (_, result) = collect(&request, vec![next(), next()]);
    assert!(result.unwrap_err().message.contains("was asked before: https://api.example/v1?p=2"));
    let request = json!({"paging": {"kind": "number", "at_most": 2}});
    let (_, result) = collect(&request, vec![page(1, ""), page(1, ""), page(1, "")]);
    assert!(result.unwrap_err().message.contains("more than 2 pages"));
}

#[test]
fn a_basic_password_is_named() {
    let request = json!({"auth": {"kind": "basic", "user": "u", "secret": "password"}});
    let (host, result) = collect(&request, vec![page(1, "")]);
    result.unwrap();
    assert!(
        matches!(&host.requests[0].auth, Auth::Basic { user, secret } if user == "u" && secret == "password")
    );
}

#[test]
fn a_key_in_a_header_or_in_the_query_is_named() {
    let auth = json!({"kind": "header", "header": "X-Api-Key", "prefix": "Key ", "secret": "password"});
    let (host, result) = collect(&json!({"auth": auth}), vec![page(1, "")]);
    result.unwrap();
    let Auth::Header { header, prefix, secret } = &host.requests[0].auth else {
        panic!("{:?}", host.requests[0].auth)
    };
    assert_eq!((header.as_str(), prefix.as_str(), secret.as_str()), ("X-Api-Key", "Key ", "password"));
    let (host, result) = collect(&json!({"auth": {"kind": "query", "query": "api_key"}}), vec![page(1, "")]);
    result.unwrap();
    assert!(
        matches!(&host.requests[0].auth, Auth::Query { name, secret } if name == "api_key" && secret == "token")
    );
}

#[test]
fn client_credentials_are_changed_for_a_token() {
    let auth = json!({"auth": {
        "kind": "client-credentials", "secret": "password", "client_id": "c", "token_url": "https://id.example/token",
        "fields": {"scope": "usage.read"},
    }});
    let token = json!({"access_token": "t-1", "expires_in": 3600}).to_string();
    let (host, result) = collect(&auth, vec![Scripted::new(200, token), page(1, "")]);
    result.unwrap();
    let Body::FormWithSecret { fields, field, secret } = &host.requests[0].body else {
        panic!("{:?}", host.requests[0].body)
    };
    assert_eq!((field.as_str(), secret.as_str()), ("client_secret", "password"));
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(fields, ["grant_type=client_credentials", "client_id=c", "scope=usage.read"]);
    assert!(matches!(&host.requests[1].auth, Auth::BearerToken { token } if token == "t-1"));
    let (_, result) = collect(&auth, vec![Scripted::new(401, "{\"error\":\"invalid_client\"}")]);
    assert_eq!(result.unwrap_err().kind, ProblemKind::Auth);
    let (_, result) = collect(&auth, vec![Scripted::new(200, "{\"token\":\"t-2\"}")]);
    let problem = result.unwrap_err();
    assert!(!format!("{problem:?}").contains("t-2"), "{problem}");
}

#[test]
fn what_the_vendor_answers_is_told_and_not_kept() {
    for (status, kind) in [
        (401, ProblemKind::Auth),
        (403, ProblemKind::Auth),
        (404, ProblemKind::Vendor),
        (500, ProblemKind::Vendor),
    ] {
        let (host, result) = collect(&json!({}), vec![Scripted::new(status, "{\"message\":\"no\"}")]);
        let problem = result.unwrap_err();
        assert_eq!(problem.kind, kind);
        assert!(problem.message.contains(&format!("https://api.example/v1 answered {status}")), "{problem}");
        assert!(host.kept.is_empty());
    }
    let (host, result) =
        collect(&json!({"paging": {"kind": "number"}}), vec![Scripted::new(200, "<html>sign in</html>")]);
    assert!(result.unwrap_err().message.contains("an HTML page"));
    assert!(host.kept.is_empty());
}
