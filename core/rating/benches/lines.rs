//! Rates a million lines (or as many million as the first argument says) with a book of 2,000 rules and
//! prints lines per second and peak memory. Times are processor time where Linux tells it, so that a busy
//! machine does not count.
//!
//! `cargo bench -p ratebook-rating --bench lines -- 10`; lines come in blocks, with `lines` one by one, with `shuffled`
//! in no order.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark looks at the clock and prints"
)]

use std::borrow::Cow;
use std::fmt::Write;
use std::time::{Duration, Instant};

use ratebook_line::{BillableLine, BlockBuilder, Currency, Decimal, Month, NumberError};
use ratebook_rating::{MemoryFiles, Rating, Rulebook};

const CUSTOMERS: u64 = 20_000;
const SKUS: u64 = 120;

fn main() {
    let millions: u64 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1);
    let lines = millions * 1_000_000;
    let before = now();
    let rulebook = rulebook();
    println!("load         {:>8.3?}  {} rules", since(before), rulebook.rule_ids().len());
    let Some(month) = Month::new(2026, 3) else { return };
    let texts = Texts::new();

    let before = now();
    let mut count = 0;
    for number in 0..lines {
        count += u64::from(texts.line(number, month).sku_id.is_some());
    }
    let making = since(before);
    println!("make lines   {making:>8.3?}  {count}");

    let form = std::env::args().skip(1).find(|argument| argument == "lines");
    let mut rating = Rating::new(&rulebook, month);
    let mut pushed = Duration::ZERO;
    if form.is_some() {
        let before = now();
        for number in 0..lines {
            rating.push(&texts.line(number, month));
        }
        pushed = since(before).saturating_sub(making);
        report("push", lines, pushed);
    } else {
        let mut builder = BlockBuilder::default();
        for number in 0..lines {
            builder.push(&texts.line(number, month));
            if builder.is_full() || number + 1 == lines {
                let block = builder.take();
                let before = now();
                let first = number + 1 - block.rows() as u64;
                if let Err(error) = rating.push_block(first, &block) {
                    return println!("{error}");
                }
                pushed += since(before);
            }
        }
        report("push_block", lines, pushed);
    }
    let before = now();
    let totals = rating.wide_totals();
    let (mut bills, mut total) = (0, Decimal::ZERO);
    let ended = rating.finish_each(&totals, &mut |bill| {
        bills += 1;
        total = total.checked_add(bill.total())?;
        Ok::<(), NumberError>(())
    });
    if let Err(error) = ended {
        return println!("{error:?}");
    }
    let finished = since(before);
    report("finish_each", lines, finished);
    report("together", lines, pushed + finished);
    println!("bills        {bills}  total {total}");
    println!("peak memory  {} MiB", peak_memory());
}

/// Processor time of this thread so far, or the time of day's.
fn now() -> Duration {
    let scheduled = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match scheduled.split(' ').next().and_then(|nanos| nanos.parse().ok()) {
        Some(nanos) => Duration::from_nanos(nanos),
        None => START.with(Instant::elapsed),
    }
}

std::thread_local! {
    static START: Instant = Instant::now();
}

fn since(before: Duration) -> Duration {
    now().saturating_sub(before)
}

fn report(what: &str, lines: u64, took: Duration) {
    let nanos = took.as_nanos().max(1);
    let per_second = u128::from(lines) * 1_000_000_000 / nanos;
    println!("{what:<12} {took:>8.3?}  {per_second} lines/s, {} ns/line", nanos / u128::from(lines));
}

fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

struct Texts {
    customers: Vec<String>,
    tenants: Vec<String>,
    skus: Vec<String>,
    quantities: Vec<Decimal>,
    usd: Option<Currency>,
    shuffled: bool,
}

impl Texts {
    fn new() -> Texts {
        let quantity = |n: u64| Decimal::new(i128::from(n * 7 % 99_991 + 1), 2).unwrap_or(Decimal::ONE);
        Texts {
            customers: (0..CUSTOMERS).map(|n| format!("customer-{n}")).collect(),
            tenants: (0..CUSTOMERS).map(|n| format!("7e5a{n:012x}")).collect(),
            skus: (0..SKUS).map(sku).collect(),
            quantities: (0..1000).map(quantity).collect(),
            usd: "EUR".parse().ok(),
            shuffled: std::env::args().any(|argument| argument == "shuffled"),
        }
    }

    /// Lines come as reports have them: customer by customer, their SKUs one after the other.
    fn line(&self, number: u64, month: Month) -> BillableLine<'_> {
        let text = |list: &'static str| Some(Cow::Borrowed(list));
        let index = |n: u64, of: u64| usize::try_from(n % of).unwrap_or(0);
        // A multiplication that is odd visits every number below a power of two once.
        let number = if self.shuffled { number.wrapping_mul(0x9e37_79b1) & 0xf_ffff } else { number };
        let customer = index(number / 50, CUSTOMERS);
        let mut line = BillableLine::new(month);
        line.vendor = text("acronis");
        line.source = text("acronis-eu2");
        line.tenant = Some(Cow::Borrowed(&self.tenants[customer]));
        line.customer = Some(Cow::Borrowed(&self.customers[customer]));
        line.sku_id = Some(Cow::Borrowed(&self.skus[index(number * 7 + number / 50, SKUS)]));
        line.billing_unit = text("GiB");
        line.consumed_quantity = Some(self.quantities[index(number, 1000)]);
        line.total_cost = line.consumed_quantity;
        line.currency = self.usd;
        line
    }
}

fn sku(n: u64) -> String {
    format!("SKU-{n:03}-STD")
}

/// 2,000 rules: a book of 120 SKUs (a third of them graduated), 1,935 prices agreed with single customers (a quarter
/// of them markups), 60 labels, discounts of two groups, a fee and a minimum.
fn rulebook() -> Rulebook {
    let mut rules = String::from(
        "version = 1\ninclude = [\"customers.toml\"]\n[settings]\ncurrency = \"EUR\"\n\
         [[book]]\nid = \"list\"\n[book.prices]\n",
    );
    let mut put = |line: std::fmt::Arguments<'_>| {
        // Writing to a text does not fail.
        let _ = rules.write_fmt(line);
    };
    for n in 0..SKUS {
        let sku = sku(n);
        match n % 3 {
            0 => put(format_args!(
                "\"{sku}\" = {{ graduated = [{{ up_to = 100, each = \"0.10\" }}, {{ up_to = 1000, each = \"0.08\" }}, {{ each = \"0.05\" }}] }}\n"
            )),
            _ => put(format_args!("\"{sku}\" = \"0.{:03}\"\n", n + 11)),
        }
    }
    put(format_args!("[[rule]]\nid = \"list\"\nreason = \"list\"\nprice = {{ book = \"list\" }}\n"));
    for n in 0..1_935_u64 {
        let (customer, sku) = (n * 10 % CUSTOMERS, sku(n * 13 % SKUS));
        let price =
            if n % 4 == 0 { "{ markup = \"17.5%\" }".to_owned() } else { format!("\"0.{:04}\"", n + 100) };
        put(format_args!(
            "[[rule]]\nid = \"agreed-{n}\"\nreason = \"contract\"\nwhen = {{ customer = \"customer-{customer}\", sku = \"{sku}\" }}\nprice = {price}\n"
        ));
    }
    for n in 0..60 {
        let sku = sku(n * 2);
        put(format_args!(
            "[[rule]]\nid = \"label-{n}\"\nreason = \"catalogue\"\nwhen = {{ sku = \"{sku}\" }}\nset = {{ name = \"Product {n}\" }}\n"
        ));
    }
    for (n, group) in ["gold", "silver"].iter().enumerate() {
        put(format_args!(
            "[[rule]]\nid = \"{group}\"\nreason = \"group\"\nwhen = {{ group = \"{group}\" }}\ndiscount = \"{}%\"\n",
            10 - n * 5
        ));
    }
    put(format_args!(
        "[[bill]]\nid = \"fee\"\nreason = \"fee\"\nadd = {{ name = \"Fee\", amount = \"49.00\" }}\n\
         [[bill]]\nid = \"least\"\nreason = \"least\"\nminimum = \"100.00\"\n"
    ));
    let mut customers = String::new();
    for n in 0..CUSTOMERS {
        let group = ["gold", "silver", "bronze", "plain"][usize::try_from(n % 4).unwrap_or(0)];
        let _ = writeln!(customers, "[customer.customer-{n}]\ngroups = [\"{group}\"]");
    }
    let files = MemoryFiles::new().with("rules.toml", &rules).with("customers.toml", &customers);
    ratebook_rating::load("rules.toml", &files).unwrap_or_else(|error| {
        println!("{error}");
        std::process::exit(1)
    })
}
