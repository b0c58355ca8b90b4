//! Proposals for files that are made here.

use super::*;

fn of(file: &str) -> String {
    let table = Table::read(file.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    text(&table, "usage.csv", "shop")
}

fn proposed(file: &str) -> toml::Table {
    let text = of(file);
    let whole: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    whole["source"]["shop"]["config"].as_table().cloned().unwrap_or_default()
}

#[test]
fn usual_names_go_to_their_fields() {
    let config = proposed(
        "Kundennummer;Kunde;Artikel;Bezeichnung;Menge;Einzelpreis;Währung;Datum;Status\n\
         17;Müller;X-1;Sicherung;1.234,50;0,0125;EUR;31.03.2026;aktiv\n",
    );
    let columns = config["columns"].as_table().cloned().unwrap_or_default();
    let column = |field: &str| columns[field].as_str().map(str::to_owned);
    assert_eq!(column("tenant").as_deref(), Some("Kundennummer"));
    assert_eq!(column("skuId").as_deref(), Some("Artikel"));
    assert_eq!(column("consumedQuantity").as_deref(), Some("Menge"));
    assert_eq!(column("unitPrice").as_deref(), Some("Einzelpreis"));
    assert_eq!(column("currency").as_deref(), Some("Währung"));
    assert_eq!(config["numbers"].as_str(), Some("1.234,56"));
    assert_eq!(config["dates"].as_str(), Some("DD.MM.YYYY"));
    assert_eq!(config["delimiter"].as_str(), Some(";"));
    assert_eq!(config["month"]["column"].as_str(), Some("Datum"));
}

#[test]
fn members_of_json_are_named_by_pointers() {
    let config = proposed(r#"{"data":{"items":[{"account":{"id":"1"},"sku":"A","quantity":1.5,"a/b":1}]}}"#);
    assert_eq!(config["rows"].as_str(), Some("/data/items"));
    assert_eq!(config["columns"]["tenant"].as_str(), Some("/account/id"));
    assert_eq!(config["columns"]["skuId"].as_str(), Some("sku"));
    assert_eq!(config["columns"]["consumedQuantity"].as_str(), Some("quantity"));
    assert!(!config.contains_key("numbers"));
}

#[test]
fn a_period_above_the_header_is_found() {
    let config = proposed("Report;Usage\nPeriod;1.3.2026 - 31.3.2026\n\nCustomer;SKU;Qty\nc;A;1\n");
    assert_eq!(config["month"]["preamble"].as_str(), Some("Period"));
    assert_eq!(config["dates"].as_str(), Some("D.M.YYYY"));
    assert_eq!(config["columns"]["tenant"].as_str(), Some("Customer"));
    let config = proposed("Usage\nPeriod: October 2026\nCurrency: EUR\nCustomer,SKU,Qty,Cost\nc,A,1,2.5\n");
    assert_eq!(config["dates"].as_str(), Some("MMMM YYYY"));
}

#[test]
fn what_is_not_known_is_said() {
    let table = Table::read(b"Foo,Bar \"x\"\na,b\n").unwrap_or_else(|error| panic!("{error}"));
    let text = text(&table, "a.csv", "a b");
    assert!(text.contains("# No column looks like a quantity"), "{text}");
    assert!(
        text.contains("# \"Foo\": \"a\"  texts, 1 different\n# 'Bar \"x\"': \"b\"  texts, 1 different\n"),
        "{text}"
    );
    assert!(text.contains("[source.\"a b\".config.columns]"), "{text}");
    assert!(text.contains("Nothing looks like a date"), "{text}");
    assert!(text.parse::<toml::Table>().is_ok(), "{text}");
    for nothing in ["", "<html>", "PK\u{3}\u{4}", "word"] {
        assert!(Table::read(nothing.as_bytes()).is_err(), "{nothing}");
    }
}

#[test]
fn a_number_that_may_be_another_by_thousands_is_never_proposed_without_a_word() {
    let text = of("Customer,SKU,Qty\nc,A,1.234\nd,B,2.500\n");
    assert!(!text.contains("\nnumbers = "), "{text}");
    assert!(
        text.contains(
            "# Look at \"Qty\": 1.234 is 1.234 here, and 1234 if numbers are written like \"1.234,56\". No cell says which."
        ),
        "{text}"
    );
    assert!(!of("Customer,SKU,Qty\nc,A,1.2345\n").contains("Look at"));
    let text = of("Customer;SKU;Qty;Cost\nc;A;1.234,5;7\nd;A;7;1.5\n");
    assert!(text.contains("\"Cost\" = \"1234.56\"") || text.contains("\"Qty\" = \"1.234,56\""), "{text}");
}

#[test]
fn cells_decide_between_names_that_fit() {
    // Empty in every record, the same in every record, no numbers, no dates: each is passed over.
    let config = proposed(
        "Tenant ID,Customer ID,Account ID,SKU,Quantity,Usage,Start Date,Date,Currency,Billing Currency,Cost\n\
         t-1,,a,X,many,1,soon,2026-03-01,Euro,EUR,$1.00\n\
         t-1,,b,Y,few,2,later,2026-03-31,Euro,EUR,-$2.00\n",
    );
    let column = |field: &str| config["columns"][field].as_str().map(str::to_owned).unwrap_or_default();
    assert_eq!(column("tenant"), "Account ID");
    assert_eq!(column("consumedQuantity"), "Usage");
    assert_eq!(config["month"]["column"].as_str(), Some("Date"));
    assert_eq!(column("currency"), "Billing Currency");
    assert_eq!(config["beside"][0].as_str(), Some("$"));
    assert_eq!(config["negative"].as_str(), Some("keep"));
}

#[test]
fn dates_that_may_be_two_are_said_to_be() {
    let text = of("Customer,SKU,Qty,Date\nc,A,1,3/4/2026\n");
    assert!(text.contains("dates = \"M/D/YYYY\"  # or \"D/M/YYYY\": no cell says which"), "{text}");
    let text = of("Customer,SKU,Qty,Date\nc,A,1,3/4/2026\nc,A,1,3/14/2026\n");
    assert!(text.contains("dates = \"M/D/YYYY\"\n"), "{text}");
}

#[test]
fn a_file_without_a_header_has_columns_by_number() {
    let config = proposed("a-1,x,5,2026-03-01\nb-2,y,6,2026-03-02\n");
    assert_eq!(config["header"].as_bool(), Some(false));
    let text = of("a-1,x,5,2026-03-01\nb-2,y,6,2026-03-02\n");
    assert!(text.contains("# 3: \"5\"  numbers, 2 different\n"), "{text}");
    assert!(text.contains("# 4: \"2026-03-01\"  dates of 2026-03\n"), "{text}");
    // Names that nobody knows are names all the same, and a total is none.
    let text = of("Currency,EUR\nfoo,bar,baz\na,b,5\nc,d,6\nTotal,,11\n");
    assert!(text.contains("# \"foo\": \"a\"  texts, 2 different\n"), "{text}");
    assert!(text.contains("# \"baz\": \"5\"  numbers, 2 different\n"), "{text}");
    assert!(text.contains("totals = true"), "{text}");
}

#[test]
fn exports_of_other_clouds_are_proposed_by_the_same_words() {
    for (file, columns) in [
        (
            "line_item_usage_account_id,bill_payer_account_id,line_item_product_code,product_sku,line_item_usage_amount,\
             line_item_unblended_cost,line_item_blended_cost,line_item_currency_code,line_item_usage_start_date\n\
             1,9,EC2,SKU1,2,0.5,0.4,USD,2026-03-01T00:00:00Z\n2,9,EC2,SKU2,3,0.6,0.5,USD,2026-03-02T00:00:00Z\n",
            [
                "line_item_usage_account_id",
                "product_sku",
                "line_item_usage_amount",
                "line_item_unblended_cost",
            ],
        ),
        (
            "BillingAccountId,SubscriptionId,meterId,meterName,quantity,costInBillingCurrency,costInUsd,paygCostInUsd,\
             billingCurrency,date,billingPeriodEndDate\n\
             9,a,m-1,Hours,2,0.5,0.6,0.7,EUR,03/01/2026,03/31/2026\n9,b,m-2,GB,3,0.6,0.7,0.8,EUR,03/02/2026,03/31/2026\n",
            ["SubscriptionId", "meterId", "quantity", "costInBillingCurrency"],
        ),
        (
            "billing_account_id,project.id,project.name,service.id,sku.id,sku.description,usage.amount,usage.unit,cost,currency,\
             usage_start_time\n\
             9,p-1,One,S1,K1,Core,2,hour,0.5,EUR,2026-03-01 00:00:00 UTC\n9,p-2,Two,S1,K2,RAM,3,hour,0.6,EUR,2026-03-02 00:00:00 UTC\n",
            ["project.id", "sku.id", "usage.amount", "cost"],
        ),
        (
            "PartnerId,CustomerId,CustomerName,ProductId,SkuId,SkuName,Quantity,UnitPrice,Subtotal,TaxTotal,Total,Currency,\
             ChargeStartDate\n\
             9,c-1,One,P1,0001,Basic,2,5,10,1.9,11.9,EUR,2026-03-01\n9,c-2,Two,P1,0002,Pro,3,6,18,3.4,21.4,EUR,2026-03-01\n",
            ["CustomerId", "SkuId", "Quantity", "Subtotal"],
        ),
    ] {
        let config = proposed(file);
        let found = ["tenant", "skuId", "consumedQuantity", "totalCost"].map(|field| {
            config["columns"].get(field).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
        });
        assert_eq!(found, columns.map(str::to_owned));
    }
}

#[test]
fn workbooks_are_looked_at_as_they_are() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/table/fixtures/xlsx/payload.xlsx");
    let bytes = std::fs::read(path).unwrap_or_default();
    let table = Table::read(&bytes).unwrap_or_else(|error| panic!("{error}"));
    let text = text(&table, "usage.xlsx", "shop");
    for line in [
        "format = \"xlsx\"",
        "totals = true  #",
        // Its name says nothing: it holds dates.
        "column = \"Day\"  # perhaps: its cells are dates of one month",
        "tenant = \"Customer\"  # its name, 2 different",
        "skuId = \"SKU\"",
        "consumedQuantity = \"Quantity\"",
    ] {
        assert!(text.contains(&format!("\n{line}")), "{line} in {text}");
    }
}

#[test]
fn what_is_empty_and_needed_is_said_with_what_to_write() {
    let text = of(
        "Customer,SKU,Qty,Cost,Currency,Date\na,X,1,2.5,EUR,2026-03-01\n,,2,3.5,EUR,2026-03-02\nb,Y,,4,EUR,2026-03-03\n",
    );
    let lines = [
        "# tenant is empty in 1 of 3, skuId is empty in 1 of 3: such records are refused. If they are no usage:",
        "# skip = [{ column = \"Customer\", empty = true, reason = \"pseudo\" }, { column = \"SKU\", empty = true, reason = \"no-sku\" }]",
        "# consumedQuantity is empty in 1 of 3: such records are refused. If they have a cost alone:",
        "# required = [\"tenant\", \"skuId\"]",
    ];
    assert!(text.contains(&lines.join("\n")), "{text}");
    // As they stand there they load.
    let pasted = text.replace("# skip", "skip").replace("# required", "required");
    let config: toml::Table = pasted.parse().unwrap_or_else(|error| panic!("{error}\n{pasted}"));
    let config = &config["source"]["shop"]["config"];
    assert_eq!(config["skip"][1]["column"].as_str(), Some("SKU"));
    assert_eq!(config["required"].as_array().map(Vec::len), Some(2));
}
