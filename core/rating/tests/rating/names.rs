//! Names that nothing declares are found, with their place and what was probably meant.

use std::collections::BTreeMap;

use ratebook_rating::{MemoryFiles, Warning, load};

const RULES: &str = r#"version = 1
[settings]
currency = "EUR"
[customer.hofer]
groups = ["gold"]
tenants = ["table:H-2002", "acme:H-7"]
[customer.northwind]
tenants = ["acme:N-1", "acme:N-2"]
[[rule]]
id = "slips"
reason = "r"
when = { customer = ["northwind", "hofr"], group = "gould", vendor = "acmee", source = "backups", sku = "hofr" }
price = "1.00"
[[rule]]
id = "right"
reason = "r"
when = { customer = "hof*", group = ["gold", ""], vendor = "*", source = "backup", tenant = "H-2002" }
price = "1.00"
[[rule]]
id = "excludes"
reason = "r"
when = { sku = "A", not = { tenant = "h-7" } }
discount = "1%"
[[bill]]
id = "fee"
reason = "r"
when = { customer = "Hofer" }
add = { name = "Care", each = "1.00", per = { vendor = "ac?" } }
[[bill]]
id = "least"
reason = "r"
minimum = { amount = "5.00", of = { source = "elsewhere" } }
"#;

#[test]
fn every_kind_of_name_is_found_where_it_stands() {
    let rulebook = load("rules.toml", &MemoryFiles::new().with("rules.toml", RULES)).unwrap();
    let sources =
        BTreeMap::from([("backup".to_owned(), "acme".to_owned()), ("table".to_owned(), "acme".to_owned())]);
    let found = rulebook.undeclared(&sources);
    let told: Vec<String> = found.iter().map(|name| name.warning().message).collect();
    assert_eq!(
        told,
        [
            "rules.toml:6:12: no source's plugin is of the vendor \"table\"; did you mean \"acme\"?",
            "rules.toml:12:35: nothing declares and no line has the customer \"hofr\" (rule \"slips\"); did you mean \"hofer\"?",
            "rules.toml:12:52: nobody is in the group \"gould\" (rule \"slips\"); did you mean \"gold\"?",
            "rules.toml:12:70: no source's plugin is of the vendor \"acmee\" (rule \"slips\"); did you mean \"acme\"?",
            "rules.toml:12:88: ratebook.toml has no source \"backups\" (rule \"slips\"); did you mean \"backup\"?",
            "rules.toml:22:38: no customer lists and no line has the tenant \"h-7\" (rule \"excludes\"); did you mean \"H-7\"?",
            "rules.toml:27:21: nothing declares and no line has the customer \"Hofer\" (rule \"fee\"); did you mean \"hofer\"?",
            "rules.toml:28:56: no source's plugin is of the vendor \"ac?\" (rule \"fee\")",
            "rules.toml:32:46: ratebook.toml has no source \"elsewhere\" (rule \"least\")",
        ]
    );
    let unused = Warning {
        code: "W-UNUSED-RULE",
        rules: vec!["slips".to_owned()],
        line: None,
        message: "rule \"slips\" matched no line this month".to_owned(),
    };
    assert_eq!(
        rulebook.placed(unused, &found).message,
        "rules.toml:10:6: rule \"slips\" matched no line this month; its customer is \"hofr\"; did you mean \"hofer\"?"
    );
}

#[test]
fn nothing_is_said_where_nothing_is_declared() {
    let rules = RULES.split("[customer.hofer]").next().unwrap().to_owned()
        + "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { customer = \"x\", tenant = \"t\", vendor = \"v\" }\nprice = \"1.00\"\n";
    let rulebook = load("rules.toml", &MemoryFiles::new().with("rules.toml", &rules)).unwrap();
    assert_eq!(rulebook.undeclared(&BTreeMap::new()), []);
}
