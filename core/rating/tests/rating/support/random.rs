//! Random rules and random months: small, but with every verb and model in them.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::select;
use ratebook_line::{BillableLine, Decimal, Month};
use ratebook_rating::{MemoryFiles, Rulebook, load};

pub(crate) use super::runs::check;

/// A rules file and the lines of a month.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) settings: String,
    /// One rule each.
    pub(crate) rules: Vec<String>,
    pub(crate) lines: Vec<Line>,
}

impl World {
    pub(crate) fn rulebook(&self) -> Rulebook {
        self.rulebook_of(&self.rules)
    }

    pub(crate) fn rulebook_of(&self, rules: &[String]) -> Rulebook {
        let text = format!("{}{}", self.settings, rules.concat());
        let files = MemoryFiles::new().with("rules.toml", &text);
        load("rules.toml", &files).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }
}

/// A line in few numbers.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) customer: &'static str,
    pub(crate) tenant: &'static str,
    pub(crate) sku: &'static str,
    pub(crate) tag: Option<&'static str>,
    /// In thousandths.
    pub(crate) quantity: i64,
    pub(crate) cost: Option<i64>,
    pub(crate) late: bool,
}

pub(crate) fn month() -> Month {
    "2026-03".parse().unwrap()
}

pub(crate) fn thousandths(value: i64) -> Decimal {
    Decimal::new(value.into(), 3).unwrap()
}

impl Line {
    pub(crate) fn billable(&self) -> BillableLine<'static> {
        let mut line = BillableLine::new(if self.late { "2026-02".parse().unwrap() } else { month() });
        line.vendor = Some("v".into());
        line.customer = (!self.customer.is_empty()).then(|| self.customer.into());
        line.tenant = Some(self.tenant.into());
        line.sku_id = Some(self.sku.into());
        line.tags = self.tag.map(Into::into).into_iter().collect();
        line.consumed_quantity = Some(thousandths(self.quantity));
        line.entitled_quantity = Some(thousandths(self.quantity.abs() / 2));
        line.unit_price = Some(thousandths(1_250));
        line.total_cost = self.cost.map(thousandths);
        line.currency = Some("EUR".parse().unwrap());
        line
    }
}

pub(crate) fn lines(
    quantities: std::ops::Range<i64>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<Line>> {
    let line = (
        select(vec!["a", "b", "c", "d", ""]),
        select(vec!["t1", "t2"]),
        select(vec!["S1", "S2", "S3", "R"]),
        prop::option::weighted(0.2, select(vec!["trial", "eu"])),
        prop_oneof![8 => quantities.clone(), 1 => Just(0)],
        prop::option::weighted(0.7, quantities),
        prop::bool::weighted(0.1),
    );
    let line = line.prop_map(|(customer, tenant, sku, tag, quantity, cost, late)| Line {
        customer,
        tenant,
        sku,
        tag,
        quantity,
        cost,
        late,
    });
    prop::collection::vec(line, count)
}

/// Price rules without priorities, as `(when, price)`: many of these sets are conflicts and do not load.
pub(crate) fn unranked_prices() -> impl Strategy<Value = Vec<String>> {
    let who = select(vec![
        "",
        "customer = \"a\", ",
        "customer = [\"a\", \"b\"], ",
        "group = \"gold\", ",
        "tenant = \"t?\", ",
    ]);
    let what = select(vec![
        "",
        "sku = \"S1\"",
        "sku = [\"S1\", \"S2\"]",
        "sku = \"S*\"",
        "sku = \"*1\"",
        "sku = \"S?\"",
        "vendor = \"v\"",
        "vendor = \"v\", zero = false",
        "tag = \"eu\"",
        "tag = [\"eu\", \"trial\"]",
        "not = { sku = \"R\" }",
        "not = { sku = [\"R\", \"S3\"] }",
    ]);
    let rule = (who, what).prop_map(|(who, what)| format!("when = {{ {who}{what} }}"));
    prop::collection::vec(rule, 2..5)
}

fn when() -> impl Strategy<Value = String> {
    select(vec![
        "",
        "sku = \"S1\"",
        "sku = \"S*\"",
        "sku = [\"S2\", \"R\"]",
        "customer = \"a\"",
        "customer = \"b\", sku = \"S?\"",
        "group = \"gold\"",
        "tag = \"trial\"",
        "tenant = \"t2\"",
        "not = { sku = \"R\" }",
        "zero = false",
    ])
    .prop_map(|when| format!("when = {{ {when} }}\n"))
}

/// Prices for which half the quantity is half the amount.
pub(crate) fn linear_price() -> impl Strategy<Value = String> {
    let percent = 0_i64..60;
    prop_oneof![
        (0_i64..5_000).prop_map(|each| format!("\"{}\"", thousandths(each))),
        percent.clone().prop_map(|p| format!("{{ markup = \"{p}%\" }}")),
        percent
            .clone()
            .prop_map(|p| format!("{{ margin = \"{p}.5%\", on = \"unit_price\", unit_places = 2 }}")),
        percent.prop_map(|p| format!("{{ percent = \"{p}%\", on = \"quantity\" }}")),
    ]
}

fn tiers() -> impl Strategy<Value = String> {
    (1_i64..20, 1_i64..40, 0_i64..900, 0_i64..900, 0_i64..3_000).prop_map(|(first, more, a, b, flat)| {
        let [a, b, flat] = [a, b, flat].map(thousandths);
        format!(
            "[{{ up_to = {first}, each = \"{a}\", flat = \"{flat}\" }}, {{ up_to = {}, each = \"{b}\" }}, {{ each = \"0.01\" }}]",
            first + more
        )
    })
}

fn price() -> impl Strategy<Value = String> {
    let modifier = select(vec![
        "",
        ", prorate = true",
        ", included = 3",
        ", pool = \"tenant\"",
        ", pool = \"customer\"",
        ", pool = \"customer\", split = true",
        ", pool = \"all\", split = true",
        ", pool = \"customer\", included = { each = 2, per = { sku = \"S1\" } }",
        ", pool = \"all\", split = true, included = { each = \"0.5\", per = { tag = \"eu\" } }",
        ", pool = \"customer\", take = \"max\"",
        ", pool = \"tenant\", take = \"average\", included = 3",
        ", pool = \"customer\", split = true, take = \"max\", prorate = true",
        ", pool = \"all\", split = true, take = \"average\"",
        ", pool = \"all\", split = true, take = \"max\", expect = { max = 40 }",
    ]);
    let more = select(vec![
        "",
        "",
        "",
        ", uplift = \"10%\"",
        ", uplift = \"-7.5%\"",
        ", expect = { max = 30 }",
        ", expect = { min = 1, max = 50 }",
        ", uplift = \"3%\", expect = { min = \"-5\" }",
    ]);
    let unit = select(vec![
        "",
        ", unit_places = 2",
        ", unit_places = 1, discounted = true",
        ", unit_min = \"0.50\", unit_max = \"2.25\"",
        ", unit_min = \"1.00\", unit_places = 1, discounted = true",
    ]);
    let level = select(vec![
        ", pool = \"customer\", level = { of = { sku = \"S*\" } }",
        ", pool = \"tenant\", level = { of = { tag = \"eu\" } }, included = 2",
        ", pool = \"all\", split = true, level = { of = { vendor = \"v\" } }",
    ]);
    let model = prop_oneof![
        (0_i64..5_000).prop_map(|each| format!("each = \"{}\"", thousandths(each))),
        (0_i64..9_000).prop_map(|flat| format!("flat = \"{}\"", thousandths(flat))),
        tiers().prop_map(|tiers| format!("graduated = {tiers}")),
        tiers().prop_map(|tiers| format!("volume = {tiers}")),
        (1_i64..9, 0_i64..9_000).prop_map(|(size, each)| format!(
            "package = {{ size = {size}, each = \"{}\" }}",
            thousandths(each)
        )),
        (0_i64..2_000).prop_map(|each| format!(
            "commit = {{ quantity = \"entitled\", each = \"{}\", overage = \"0.75\" }}",
            thousandths(each)
        )),
    ];
    let tiered = prop_oneof![
        tiers().prop_map(|tiers| format!("graduated = {tiers}")),
        tiers().prop_map(|tiers| format!("volume = {tiers}")),
    ];
    let on_cost = prop_oneof![
        (0_i64..60).prop_map(|percent| format!("markup = \"{percent}%\"")),
        (0_i64..60).prop_map(|percent| format!("margin = \"{percent}%\", on = \"unit_price\"")),
    ];
    let each = (0_i64..5_000).prop_map(|each| format!("each = \"{}\"", thousandths(each)));
    let by_unit = prop_oneof![(each, modifier.clone()), (on_cost, Just(""))];
    prop_oneof![
        2 => linear_price(),
        5 => (model, modifier, more.clone()).prop_map(|(model, modifier, more)| written(&[&model, modifier, more])),
        2 => (by_unit, unit, more.clone())
            .prop_map(|((model, modifier), unit, more)| written(&[&model, modifier, unit, more])),
        1 => (tiered, level, more).prop_map(|(model, level, more)| written(&[&model, level, more])),
    ]
}

/// A price table; of two parts that both expect something the former stands.
fn written(parts: &[&str]) -> String {
    let twice = parts.iter().filter(|part| part.contains("expect")).count() > 1;
    let parts = parts.iter().take(parts.len() - usize::from(twice));
    format!("{{ {} }}", parts.copied().collect::<String>())
}

fn rule() -> impl Strategy<Value = String> {
    let verb = prop_oneof![
        8 => price().prop_map(|price| format!("price = {price}")),
        2 => (0_i64..60).prop_map(|p| format!("discount = \"{p}%\"")),
        1 => (0_i64..4_000).prop_map(|off| format!("discount = \"{}\"", thousandths(off))),
        1 => (0_i64..4_000).prop_map(|min| format!("limit = {{ min = \"{}\", max = \"9.00\" }}", thousandths(min))),
        1 => cost(),
        1 => select(vec![
            "drop = true",
            "hold = \"later\"",
            "keep = true",
            "set = { name = \"N\" }",
            "set = { tax = \"services\", sku = \"OURS\" }",
            "use = \"entitled\"",
            "convert = { divide = 3, unit = \"x\" }",
            "convert = { multiply = 7, divide = 9, unit = \"y\", places = 1, mode = \"half_even\" }",
        ])
        .prop_map(str::to_owned),
    ];
    (when(), verb).prop_map(|(when, verb)| format!("{when}{verb}\n"))
}

/// What we pay, which moves no bill.
fn cost() -> impl Strategy<Value = String> {
    let currency = select(vec!["", ", currency = \"EUR\"", ", unit = \"GiB\""]);
    (0_i64..5_000, currency)
        .prop_map(|(each, more)| format!("cost = {{ each = \"{}\"{more} }}", thousandths(each)))
}

fn bill_rule() -> impl Strategy<Value = String> {
    let when = select(vec!["", "customer = \"a\"", "group = \"gold\""]);
    let verb = prop_oneof![
        (0_i64..9_000, any::<bool>()).prop_map(|(amount, prorate)| format!(
            "add = {{ name = \"Fee\", amount = \"{}\", prorate = {prorate} }}",
            thousandths(amount)
        )),
        (0_i64..900).prop_map(|each| format!(
            "add = {{ name = \"Care\", each = \"{}\", per = {{ sku = \"S*\" }} }}",
            thousandths(each)
        )),
        (0_i64..30).prop_map(|p| format!(
            "add = {{ name = \"Part\", percent = \"{p}%\", of = {{ vendor = \"v\" }} }}"
        )),
        (0_i64..50).prop_map(|p| format!("discount = \"{p}.5%\"")),
        (0_i64..9_000).prop_map(|off| format!("discount = \"{}\"", thousandths(off))),
        (0_i64..90_000)
            .prop_map(|min| format!("minimum = {{ amount = \"{}\", prorate = true }}", thousandths(min))),
        (0_i64..90_000).prop_map(|max| format!(
            "maximum = {{ amount = \"{}\", of = {{ vendor = \"v\" }} }}",
            thousandths(max)
        )),
        (0_i64..90_000).prop_map(|credit| format!("credit = \"{}\"", thousandths(credit))),
    ];
    (when, verb).prop_map(|(when, verb)| format!("when = {{ {when} }}\n{verb}\n"))
}

fn settings() -> impl Strategy<Value = String> {
    let at = select(vec!["line", "bill"]);
    let mode = select(vec!["half_up", "half_even", "up", "down"]);
    (at, mode, select(vec!["compound", "add"]), select(vec!["hold", "pass_through"])).prop_map(
        |(at, mode, discounts, unpriced)| {
            format!(
                "version = 1\n[settings]\ncurrency = \"EUR\"\nunpriced = \"{unpriced}\"\ndiscounts = \"{discounts}\"\n\
                 rounding = {{ at = \"{at}\", mode = \"{mode}\" }}\n\
                 [customer.a]\ngroups = [\"gold\"]\n[customer.b]\nstart = 2026-03-10\nfx = {{ \"USD/EUR\" = \"0.92\" }}\n[customer.c]\nend = 2026-02-28\n"
            )
        },
    )
}

/// Rules of all kinds, each with a priority of its own so that they load.
pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let rules = prop::collection::vec(rule(), 1..9);
    let bills = prop::collection::vec(bill_rule(), 0..5);
    (settings(), rules, bills, lines(-20_000..60_000, 0..14)).prop_map(|(settings, rules, bills, lines)| {
        let number = |kind: &str, rules: Vec<String>| -> Vec<String> {
            let rule = |(index, body)| {
                let mut text = String::new();
                let _ = writeln!(
                    text,
                    "[[{kind}]]\nid = \"{kind}-{index}\"\nreason = \"r\"\npriority = {index}\n{body}"
                );
                text
            };
            rules.into_iter().enumerate().map(rule).collect()
        };
        let mut all = number("rule", rules);
        all.extend(number("bill", bills));
        World { settings, rules: all, lines }
    })
}

/// One price of a pool and what may be taken off it: the same on all of its lines.
pub(crate) fn pooled_rules(scope: &'static str) -> impl Strategy<Value = Vec<String>> {
    let model = prop_oneof![
        (0_i64..5_000).prop_map(|each| format!("each = \"{}\"", thousandths(each))),
        (0_i64..9_000).prop_map(|flat| format!("flat = \"{}\"", thousandths(flat))),
        tiers().prop_map(|tiers| format!("graduated = {tiers}")),
        tiers().prop_map(|tiers| format!("volume = {tiers}")),
        tiers().prop_map(|tiers| format!("volume = {tiers}, level = {{ of = {{ vendor = \"v\" }} }}")),
        (1_i64..9, 0_i64..9_000).prop_map(|(size, each)| format!(
            "package = {{ size = {size}, each = \"{}\" }}",
            thousandths(each)
        )),
        (0_i64..5_000)
            .prop_map(|each| format!("each = \"{}\", unit_places = 2, discounted = true", thousandths(each))),
    ];
    let more = select(vec!["", ", prorate = true", ", included = 3", ", uplift = \"10%\", included = 1"]);
    let deals = select(vec![
        vec![],
        vec!["discount = \"7.5%\""],
        vec!["discount = \"20.00\""],
        vec!["discount = \"10%\"", "discount = \"3.00\"", "limit = { min = \"5.00\", max = \"60.00\" }"],
        vec!["limit = { max = \"40.00\" }"],
    ]);
    (model, more, deals).prop_map(move |(model, more, deals)| {
        let price = format!("price = {{ {model}{more}, pool = \"{scope}\", split = true }}");
        let verbs = [price].into_iter().chain(deals.into_iter().map(str::to_owned));
        let rule = |(index, verb)| format!("[[rule]]\nid = \"r{index}\"\nreason = \"r\"\n{verb}\n");
        verbs.enumerate().map(rule).collect()
    })
}

/// A linear price by days, of a line or a pool.
pub(crate) fn prorated_price() -> impl Strategy<Value = String> {
    let pool = select(vec![
        "",
        ", pool = \"tenant\"",
        ", pool = \"customer\"",
        ", pool = \"customer\", split = true",
        ", included = 3",
    ]);
    let model = prop_oneof![
        (0_i64..5_000).prop_map(|each| format!("each = \"{}\"", thousandths(each))),
        tiers().prop_map(|tiers| format!("graduated = {tiers}")),
    ];
    (model, pool).prop_map(|(model, pool)| format!("{{ {model}, prorate = true{pool} }}"))
}

/// Settings of all kinds of rounding.
pub(crate) fn plain_settings() -> impl Strategy<Value = String> {
    settings().prop_map(|settings| settings.replace("pass_through", "hold"))
}

/// Lines of the billed month, each with a customer.
pub(crate) fn of_this_month(lines: Vec<Line>) -> Vec<Line> {
    let of_somebody = |customer: &'static str| if customer.is_empty() { "a" } else { customer };
    lines.into_iter().map(|line| Line { late: false, customer: of_somebody(line.customer), ..line }).collect()
}

/// One price for everything, at a line's own rounding, and nothing else.
pub(crate) fn one_price(price: &str, lines: Vec<Line>) -> World {
    World {
        settings: "version = 1\n[settings]\ncurrency = \"EUR\"\nunpriced = \"hold\"\nplaces = { EUR = 9 }\n"
            .to_owned(),
        rules: vec![format!("[[rule]]\nid = \"p\"\nreason = \"r\"\nprice = {price}\n")],
        lines,
    }
}
