//! What messages say to write, pasted where they say it goes; by the file that says it.

/// In rules: what stands before the first table is of the settings.
pub(super) const IN_RULES: &[(&str, &str)] = &[
    (
        "core/rating/src/rules/checked/cost.rs",
        "[[book]]\nid = \"acronis-buy\"\n[book.prices]\n\"A\" = \"1.00\"\n[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\ncost = { book = \"acronis-buy\" }\n[[rule]]\nid = \"b\"\nreason = \"r\"\nwhen = { sku = \"B\" }\ncost = { each = \"1.10\" }\n",
    ),
    (
        "core/rating/src/rules/checked/tenants.rs",
        "[customer.a]\ntenants = [\"acronis:ede9f834\"]\n[customer.b]\ntenants = [{ id = \"acronis:ede9f835\", from = \"2026-01\" }]\n",
    ),
    ("core/rating/src/line_problem.rs", POOL),
    ("core/rating/src/per_line.rs", POOL),
    ("host/src/output/summary.rs", POOL),
    (
        "host/src/output/summary.rs",
        "[[rule]]\nid = \"kept\"\nreason = \"Decided\"\nwhen = { sku = \"A\" }\nkeep = true\n",
    ),
    ("host/src/rating/problems.rs", "unpriced = \"hold\"\n"),
    (
        "core/rating/src/price/commit.rs",
        "[customer.x]\n[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { customer = \"x\", sku = \"A\" }\nprice = { commit = { quantity = 150, each = \"3.00\", overage = \"4.00\" }, pool = \"customer\" }\n",
    ),
    (
        "core/rating/src/price/mod.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { markup = \"20%\" }\n",
    ),
    (
        "core/rating/src/price/package.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { package = { size = 20, each = \"5.00\" } }\n",
    ),
    (
        "core/rating/src/price/tiers.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { graduated = [ { up_to = 10, each = \"1.00\" }, { each = \"0.80\" } ] }\n",
    ),
    (
        "core/rating/src/rules/checked/bill_rule.rs",
        "[[bill]]\nid = \"a\"\nreason = \"r\"\nadd = { name = \"Platform fee\", amount = \"49.00\" }\n",
    ),
    (
        "core/rating/src/rules/checked/bill_rule.rs",
        "[[bill]]\nid = \"a\"\nreason = \"r\"\nminimum = { amount = \"500.00\", of = { vendor = \"acronis\" }, prorate = true }\n",
    ),
    ("core/rating/src/rules/checked/books.rs", "[[book]]\nid = \"acronis\"\nprices_csv = \"prices.csv\"\n"),
    (
        "core/rating/src/rules/checked/common.rs",
        "[customer.x]\ngroups = [\"g\"]\n[[rule]]\nid = \"acronis-list\"\nreason = \"Contract 2026-014\"\nwhen = { group = \"g\" }\nprice = \"1.00\"\n",
    ),
    (
        "core/rating/src/rules/checked/expect.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { each = \"1.00\", expect = { min = 1, max = 25 } }\n",
    ),
    (
        "core/rating/src/rules/checked/mod.rs",
        "bill_to = \"partner\"\n[customer.a]\n# version = 1, currency = \"EUR\" stand above\n",
    ),
    ("core/rating/src/rules/checked/price.rs", POOL),
    (
        "core/rating/src/rules/checked/price.rs",
        "[customer.contoso]\n[customer.fabrikam]\n[partner.msp-one]\n[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { partner = \"msp-one\", customer = [\"contoso\", \"fabrikam\"], sku = \"A\" }\nprice = { each = \"1.00\", pool = \"partner\", split = true }\n",
    ),
    (
        "core/rating/src/rules/checked/price.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { graduated = [ { up_to = 10, each = \"1.00\" }, { each = \"0.80\" } ], pool = \"customer\", split = true, level = { of = { sku = \"LIC-*\" } } }\n",
    ),
    (
        "core/rating/src/rules/checked/price.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { each = \"1.00\", pool = \"customer\", included = { each = 50, per = { sku = \"B\" } } }\n",
    ),
    (
        "core/rating/src/rules/checked/rule.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nhold = \"ask sales\"\n[[rule]]\nid = \"b\"\nreason = \"r\"\nwhen = { sku = \"B\" }\nset = { name = \"n\", sku = \"s\", tax = \"t\" }\n",
    ),
    (
        "core/rating/src/rules/checked/rule.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nconvert = { to = \"GiB\" }\n[[rule]]\nid = \"b\"\nreason = \"r\"\nwhen = { sku = \"B\" }\nconvert = { divide = 3600, unit = \"compute point\" }\n",
    ),
    (
        "core/rating/src/rules/checked/rule.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nlimit = { min = \"5.00\", max = \"50.00\" }\n",
    ),
    (
        "core/rating/src/rules/checked/settings.rs",
        "rounding = { at = \"line\", mode = \"half_up\" }\nunits = { bytes = \"B\" }\n# currency = \"EUR\" stands above\n",
    ),
    (
        "core/rating/src/rules/checked/unit_price.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { markup = \"20%\", on = \"unit_price\", unit_places = 2 }\n",
    ),
    (
        "core/rating/src/rules/checked/when.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"ACR-*\" }\nprice = \"1.00\"\n",
    ),
    (
        "core/rating/src/rules/fields.rs",
        "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { markup = \"5%\" }\n",
    ),
    ("core/rating/src/rules/mod.rs", "# include = [\"books/*.toml\"] stands above [settings]\n"),
    ("core/rating/src/rules/written.rs", "[let]\ncare = \"1.50\"\n"),
];

const POOL: &str = "[[rule]]\nid = \"a\"\nreason = \"r\"\nwhen = { sku = \"A\" }\nprice = { each = \"1.00\", pool = \"customer\" }\n";

/// In `ratebook.toml`.
pub(super) const IN_CONFIG: &[(&str, &str)] = &[
    ("core/plugin/src/config.rs", ACRONIS),
    ("core/plugin/src/repeats.rs", KEEP),
    (
        "host/src/cli/doctor.rs",
        "[source.a]\nplugin = \"table\"\nsandbox = \"require\"\n[source.a.config]\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\" }\nmonth = { unchecked = true }\n",
    ),
    ("host/src/cli/doctor/network.rs", "[http]\nproxy = \"environment\"\n"),
    ("host/src/cli/missing_secrets.rs", ACRONIS),
    ("host/src/cli/stage.rs", METALLIC),
    ("host/src/config/source.rs", ACRONIS),
    ("host/src/config/source.rs", FILE),
    ("host/src/config/source.rs", COMMAND),
    ("host/src/config/workspace.rs", METALLIC),
    ("host/src/config/workspace.rs", "# version = 1 stands above\n"),
    (
        "host/src/fetch/address.rs",
        "[source.a]\nplugin = \"metallic\"\nhosts = [\"files.example.com\"]\n[source.a.secrets]\naccess_token = { file = \"secret\" }\n",
    ),
    ("host/src/fetch/secret.rs", ACRONIS),
    ("host/src/fetch/secret.rs", FILE),
    ("host/src/fetch/secret.rs", COMMAND),
    ("host/src/fetch/secrets.rs", ACRONIS),
    ("host/src/fetch/secrets.rs", FILE),
    (
        "host/src/fetch/services.rs",
        "[source.a]\nplugin = \"metallic\"\n[source.a.secrets]\naccess_token = { file = \"secret\" }\n[source.a.http]\nends_with_connection = true\n",
    ),
    (
        "host/src/run/files.rs",
        "[source.a]\nplugin = \"metallic\"\nfiles = \"in/*\"\nfiles_as = \"metallic-usage-summary\"\n",
    ),
    ("host/src/run/import.rs", METALLIC),
    (
        "host/src/run/normalize.rs",
        "[source.a]\nplugin = \"metallic\"\nexpect_empty = true\n[source.a.secrets]\naccess_token = { file = \"secret\" }\n",
    ),
    (
        "host/src/run/twice.rs",
        "[source.a]\nplugin = \"metallic\"\nmay_equal = [\"b\"]\nfiles = \"a/*\"\n[source.b]\nplugin = \"metallic\"\nfiles = \"b/*\"\n",
    ),
    ("host/src/run/twice.rs", KEEP),
    (
        "host/src/run/written.rs",
        "[source.a]\nplugin = \"metallic\"\nfiles = \"a/*\"\n[source.a.limits]\noutput = \"20GiB\"\n",
    ),
    ("plugins/acronis/src/collect.rs", ACRONIS_WITH),
    ("plugins/acronis/src/collect/prices.rs", ACRONIS_WITH),
    ("plugins/acronis/src/collect/stored.rs", ACRONIS_WITH),
    ("plugins/acronis/src/collect/tenants.rs", ACRONIS_WITH),
    ("plugins/acronis/src/config.rs", ACRONIS_WITH),
    ("plugins/acronis/src/config/beside.rs", ACRONIS_WITH),
    ("plugins/acronis/src/map/cost.rs", ACRONIS_WITH),
    ("plugins/acronis/src/map/lacking.rs", ACRONIS_WITH),
    ("plugins/acronis/src/map/portal.rs", ACRONIS_WITH),
    ("plugins/acronis/src/map/tree.rs", ACRONIS_WITH),
    ("plugins/acronis/src/payload/prices.rs", ACRONIS_WITH),
    (
        "plugins/focus/src/config.rs",
        "[source.a]\nplugin = \"focus\"\nfiles = \"a/*\"\n[source.a.config]\nquantity = \"consumed\"\n",
    ),
    (
        "plugins/focus/src/map.rs",
        "[source.a]\nplugin = \"focus\"\nfiles = \"a/*\"\n[source.a.config]\nother_months = \"skip\"\nperiods = \"by-start\"\n",
    ),
    (
        "plugins/focus/src/map.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\" }\ndates = \"M/D/YY\"\nmonth = { column = \"BillingPeriodStart\", others = \"skip\" }\n",
    ),
    (
        "plugins/focus/src/read/parquet.rs",
        "[source.a]\nplugin = \"focus\"\nfiles = \"a/*\"\n[source.a.config]\nfloats = \"shortest\"\n",
    ),
    (
        "plugins/metallic/src/config.rs",
        "[source.a]\nplugin = \"metallic\"\nfiles = \"a/*\"\n[source.a.config]\nusage = \"accounts\"\n",
    ),
    (
        "plugins/table/src/above.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\", totalCost = \"C\" }\nmonth = { unchecked = true }\nconstants = { currency = { preamble = \"Currency\" } }\n",
    ),
    (
        "plugins/table/src/above.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\", totalCost = \"C\" }\nmonth = { unchecked = true }\nconstants = { currency = { line = 2, cell = 3 } }\n",
    ),
    (
        "plugins/table/src/config/columns.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\nheader = false\nconstants.currency = \"EUR\"\nmonth = { unchecked = true }\ncolumns = { tenant = \"1\", skuId = \"2\", consumedQuantity = { sum = [\"3\", \"4\"], minus = [\"5\"] } }\n",
    ),
    ("plugins/table/src/config/request.rs", TABLE_REQUEST),
    (
        "plugins/table/src/line_of.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\ntotals = true\nnegative = \"keep\"\nbeside = [\"GB\"]\nnumbers = \"1.234,56\"\nnumbers_in = { Q = \"1,234.56\" }\nmonth = { unchecked = true }\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\" }\nskip = [{ column = \"Q\", empty = true, reason = \"trial\" }]\n",
    ),
    (
        "plugins/table/src/month_of.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\ndates = \"DD.MM.YYYY\"\nmonth.unchecked = true\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\" }\n",
    ),
    (
        "plugins/table/src/read/csv.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\nline_breaks = true\ndelimiter = \";\"\nmonth.unchecked = true\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\" }\n",
    ),
    (
        "plugins/table/src/read/preamble.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\nconstants.currency = \"EUR\"\nmonth.unchecked = true\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\", totalCost = \"C\" }\n[[source.a.config.skip]]\ncolumn = \"Q\"\nequals = \"x\"\nreason = \"trial\"\n",
    ),
    (
        "plugins/table/src/read/text.rs",
        "[source.a]\nplugin = \"table\"\nfiles = \"a/*\"\n[source.a.config]\nencoding = \"windows-1252\"\nmonth.unchecked = true\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\" }\n",
    ),
];

const ACRONIS: &str = "[source.a]\nplugin = \"acronis\"\nurl = \"https://eu2-cloud.acronis.com\"\n[source.a.config]\nclient_id = \"id\"\nlevel = \"all_customers\"\nmeasure = \"effective.production\"\n[source.a.secrets]\nclient_secret = { env = \"NAME\" }\n";

const ACRONIS_WITH: &str = "[source.a]\nplugin = \"acronis\"\nurl = \"https://eu2-cloud.acronis.com\"\n[source.a.config]\nclient_id = \"id\"\ntenant_id = \"c0a80164-1f2e-4d3c-8b5a-0123456789ab\"\nlevel = \"all_customers\"\nmeasure = \"effective.production\"\nprices = \"auto\"\nprice_list = \"code\"\nnew_report_after_failure = true\ntenants = true # or tenants = false\nkinds = [\"customer\"]\nkeep_without_sku = true\nkeep_nested = true\n[source.a.secrets]\nclient_secret = { env = \"NAME\" }\n";

const METALLIC: &str =
    "[source.a]\nplugin = \"metallic\"\n[source.a.secrets]\naccess_token = { file = \"secret\" }\n";

const FILE: &str = METALLIC;

const COMMAND: &str = "[source.a]\nplugin = \"metallic\"\n[source.a.secrets]\naccess_token = { command = [\"program\", \"argument\"] }\n";

const KEEP: &str =
    "[source.a]\nplugin = \"metallic\"\nfiles = \"a/*\"\n[source.a.config]\nduplicates = \"keep\"\n";

const TABLE_REQUEST: &str = "[source.a]\nplugin = \"table\"\nurl = \"https://api.example.com\"\n[source.a.config]\nmonth.unchecked = true\ncolumns = { tenant = \"T\", skuId = \"S\", consumedQuantity = \"Q\" }\n[source.a.config.request]\npath = \"/usage\"\nauth = { kind = \"bearer\", secret = \"token\" }\n[source.a.secrets]\ntoken = { env = \"NAME\" }\n";

/// Where texts are files that are written, or are tried by tests of their own.
pub(super) const NOT_PASTED: &[(&str, &str)] = &[
    ("host/src/output/todo/toml.rs", "tests/todo.rs pastes all of it"),
    ("host/src/cli/map", "a proposal is loaded by the tests of `map suggest`"),
    ("host/src/cli/init", "a new workspace is checked by the tests of `init`"),
    ("host/src/cli/plugin", "a new plugin is built by the tests of `plugin new`"),
];
