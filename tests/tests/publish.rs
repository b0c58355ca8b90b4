//! Closed months in a real PostgreSQL: once, whole, or not at all. Skipped, and said so, where there is no PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::process::{Child, Stdio};
use std::time::Duration;

use ratebook_tests::postgres::{PASSWORD, Postgres};
use ratebook_tests::workspace::{MONTH, NEXT, Ran, Workspace};
use serde_json::Value;

fn publish(workspace: &Workspace, url: &str) -> Ran {
    workspace.run(&["publish", "--month", MONTH, url]).unwrap()
}

/// How many rows each table has.
fn rows(server: &Postgres) -> String {
    server
        .sql(
            "SELECT (SELECT count(*) FROM ratebook.published_months), (SELECT count(*) FROM ratebook.bills),
                    (SELECT count(*) FROM ratebook.bill_lines), (SELECT count(*) FROM ratebook.skus)",
        )
        .unwrap()
}

/// Waits until a query answers so; a server that never does ends the test.
fn until(server: &Postgres, sql: &str, answer: &str) {
    let answered = (0..1200).any(|_| {
        let is_so = server.sql(sql).unwrap() == answer;
        if !is_so {
            std::thread::sleep(Duration::from_millis(50));
        }
        is_so
    });
    assert!(answered, "{sql} never gave {answer}");
}

#[test]
fn a_closed_month_is_published_once() {
    let Some(server) = Postgres::start("a_closed_month_is_published_once").unwrap() else { return };
    let mut workspace = Workspace::with_a_closed_month().unwrap();
    workspace.hide(&server.place(), "SOCKET");
    let url = server.on_socket();
    insta::assert_snapshot!("published", publish(&workspace, &url).told());
    // What is there is what the files say, digit for digit.
    let document: Value = serde_json::from_str(&workspace.bills(MONTH)).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (mut bills, mut lines) = (Vec::new(), Vec::new());
    for bill in document["bills"].as_array().unwrap() {
        let customer = text(&bill["customer"]);
        bills.push(format!(
            "{customer}|{}|{}|{}",
            text(&bill["name"]),
            text(&bill["total"]),
            text(&bill["currency"])
        ));
        for line in bill["lines"].as_array().unwrap() {
            let rules: Vec<&str> =
                line["rules"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let cells =
                ["kind", "name", "sku", "quantity", "unitPrice", "amount"].map(|key| text(&line[key]));
            lines.push(format!("{customer}|{}|{}", cells.join("|"), rules.join(",")));
        }
    }
    let there = |sql: &str| server.sql(sql).unwrap();
    let sql = "SELECT customer, name, total, currency FROM ratebook.bills ORDER BY customer";
    assert_eq!(there(sql), bills.join("\n"));
    let sql = "SELECT customer, kind, name, sku, quantity, unit_price, amount, array_to_string(rules, ',')
               FROM ratebook.bill_lines ORDER BY customer, position";
    assert_eq!(there(sql), lines.join("\n"));

    let before = there("SELECT published_at, xmin FROM ratebook.published_months");
    let again = publish(&workspace, &url);
    assert_eq!(again.code, 0, "{}", again.told());
    assert!(again.stdout.contains("2026-03 is already published"), "{}", again.told());
    assert_eq!(there("SELECT published_at, xmin FROM ratebook.published_months"), before);

    let open = workspace.run(&["publish", "--month", NEXT, &url]).unwrap();
    assert_eq!(open.code, 6, "{}", open.told());
    workspace.done(&["run", "--month", NEXT, "--offline"]);
    let open = workspace.run(&["publish", "--month", NEXT, &url]).unwrap();
    assert_eq!(open.code, 4, "{}", open.told());
    assert!(open.stderr.contains("ratebook close --month 2026-04"), "{}", open.told());
}

#[test]
fn another_month_of_the_same_name_is_refused() {
    let Some(server) = Postgres::start("another_month_of_the_same_name_is_refused").unwrap() else { return };
    let first = Workspace::with_a_closed_month().unwrap();
    let url = server.on_socket();
    assert_eq!(publish(&first, &url).code, 0);
    let before = rows(&server);
    let other = Workspace::of_the_example().unwrap();
    other.replace("rules/main.toml", "version = 1", "version = 1 # another").unwrap();
    other.done(&["run", "--month", MONTH, "--offline"]);
    other.done(&["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]);
    let refused = publish(&other, &url);
    assert_eq!(refused.code, 12, "{}", refused.told());
    for workspace in [&first, &other] {
        let manifest = workspace.read(&format!("runs/{MONTH}/manifest.json")).unwrap();
        let sha256 = ratebook_tests::recording::sha256(&manifest);
        assert!(refused.stderr.contains(&sha256), "{sha256}: {}", refused.told());
    }
    assert_eq!(rows(&server), before);
    // Tables of a later ratebook are left alone, too.
    server.sql("INSERT INTO ratebook.migrations VALUES (99)").unwrap();
    let newer = publish(&first, &url);
    assert!(newer.code == 9 && newer.stderr.contains("version 99"), "{}", newer.told());
}

#[test]
fn what_somebody_changed_in_the_database_is_told_bill_by_bill() {
    let name = "what_somebody_changed_in_the_database_is_told_bill_by_bill";
    let Some(server) = Postgres::start(name).unwrap() else { return };
    let mut workspace = Workspace::with_a_closed_month().unwrap();
    workspace.hide(&server.place(), "SOCKET");
    let url = server.on_socket();
    assert_eq!(publish(&workspace, &url).code, 0);
    let since = server
        .sql("SELECT to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM ratebook.published_months")
        .unwrap();
    workspace.hide(&since, "SINCE");
    // The same amount in another spelling is the same amount.
    server.sql("UPDATE ratebook.bills SET total = total + 0.0000").unwrap();
    assert_eq!(publish(&workspace, &url).code, 0);
    for change in [
        "UPDATE ratebook.bills SET total = total + 1 WHERE customer = 'northwind'",
        "UPDATE ratebook.bill_lines SET amount = amount - 0.01 WHERE customer = 'northwind' AND position = 0",
        "DELETE FROM ratebook.bill_lines WHERE customer = 'contoso' AND position = 0",
        "UPDATE ratebook.published_months SET held = 7",
        "INSERT INTO ratebook.skus VALUES ('2026-03', 'NOBODYS', 'EUR', 1, 1)",
    ] {
        server.sql(change).unwrap();
    }
    let there = "SELECT sum(total) FROM ratebook.bills";
    let before = (rows(&server), server.sql(there).unwrap());
    insta::assert_snapshot!("changed_in_the_database", publish(&workspace, &url).told());
    assert_eq!((rows(&server), server.sql(there).unwrap()), before);
}

/// Publishes while somebody holds the table of lines, so that it stands still in the middle.
fn stuck(server: &Postgres, workspace: &Workspace, table: &str) -> (Child, Child) {
    let hold = format!("BEGIN; LOCK TABLE ratebook.{table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)");
    let holder = server.psql(&hold).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until(server, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted", "1");
    let publishing = workspace
        .command(&["publish", "--month", MONTH, &server.on_socket()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ratebook' AND wait_event_type = 'Lock'";
    until(server, waits, "1");
    (holder, publishing)
}

#[test]
fn what_is_killed_in_the_middle_is_not_there_and_two_do_not_publish_at_once() {
    let name = "what_is_killed_in_the_middle_is_not_there_and_two_do_not_publish_at_once";
    let Some(server) = Postgres::start(name).unwrap() else { return };
    let workspace = Workspace::with_a_closed_month().unwrap();
    let tables = include_str!("../../schemas/postgres/0001_bills.sql");
    server.sql(tables).unwrap();
    for table in ["bill_lines", "skus"] {
        let (mut holder, mut publishing) = stuck(&server, &workspace, table);
        let second = publish(&workspace, &server.on_socket());
        assert_eq!(second.code, 10, "{}", second.told());
        publishing.kill().unwrap();
        publishing.wait().unwrap();
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()").unwrap();
        holder.wait().unwrap();
        until(&server, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ratebook'", "0");
        assert_eq!(rows(&server), "0|0|0|0", "{table}");
    }
    // Left alone, the one that waits goes on.
    let (mut holder, mut publishing) = stuck(&server, &workspace, "skus");
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()").unwrap();
    holder.wait().unwrap();
    assert!(publishing.wait().unwrap().success());
    assert!(rows(&server).starts_with("1|6|"), "{}", rows(&server));
}

#[test]
fn a_month_that_is_not_as_it_was_closed_is_not_published() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(server) = Postgres::start("a_month_that_is_not_as_it_was_closed_is_not_published").unwrap()
    else {
        return;
    };
    let workspace = Workspace::with_a_closed_month().unwrap();
    let bills = workspace.path().join("runs").join(MONTH).join("bills.parquet");
    let mut changed = std::fs::read(&bills).unwrap();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::set_permissions(&bills, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&bills, changed).unwrap();
    let refused = publish(&workspace, &server.on_socket());
    assert_eq!(refused.code, 12, "{}", refused.told());
    assert!(refused.stderr.contains("bills.parquet"), "{}", refused.told());
    assert_eq!(server.sql("SELECT to_regclass('ratebook.bills') IS NULL").unwrap(), "t");
}

#[test]
fn the_password_comes_from_the_environment_and_tls_is_checked() {
    let name = "the_password_comes_from_the_environment_and_tls_is_checked";
    let Some(server) = Postgres::start(name).unwrap() else { return };
    let workspace = Workspace::with_a_closed_month().unwrap();
    let told = |url: &str, environment: &[(&str, &str)]| {
        let mut command = workspace.command(&["publish", "--month", MONTH, url]);
        workspace.ran(&command.envs(environment.iter().copied()).output().unwrap())
    };
    let (url, password) = (server.on_loopback(), [("PGPASSWORD", PASSWORD)]);
    for wrong in [&[][..], &[("PGPASSWORD", "hunter2-not-it")]] {
        let refused = told(&url, wrong);
        assert_eq!(refused.code, 7, "{}", refused.told());
        assert!(
            refused.stderr.contains("PGPASSWORD") && !refused.told().contains("hunter2"),
            "{}",
            refused.told()
        );
    }
    let in_address = told(&url.replace('@', &format!(":{PASSWORD}@")), &[]);
    assert_eq!(in_address.code, 2, "{}", in_address.told());
    assert!(!in_address.told().contains(PASSWORD), "{}", in_address.told());

    let tls = format!("{url}?sslmode=require");
    let untrusted = told(&tls, &password);
    assert_eq!(untrusted.code, 9, "{}", untrusted.told());
    assert!(untrusted.stderr.contains("certificate"), "{}", untrusted.told());
    let certificate = server.certificate().display().to_string();
    let trusted = told(&tls, &[password[0], ("SSL_CERT_FILE", &certificate)]);
    assert_eq!(trusted.code, 0, "{}", trusted.told());
    let untrusted = told(&tls, &password);
    assert_eq!(untrusted.code, 9, "{}", untrusted.told());
    let mut command = workspace.command(&["publish", "--month", MONTH, &tls, "--ca-file", &certificate]);
    let trusted = workspace.ran(&command.envs(password).output().unwrap());
    assert_eq!(trusted.code, 0, "{}", trusted.told());
    let again = told(&url, &password);
    assert!(again.code == 0 && again.stdout.contains("already published"), "{}", again.told());
}
