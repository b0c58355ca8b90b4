//! As TOML: each part loads as it is pasted. What a person must fill in or decide waits behind `#`, so that nothing is
//! billed by a guess.

use super::words::{amounts, key, list, quantities, quoted};
use crate::failure::escaped;
use crate::output::money::counted;
use crate::output::summary::advice;
use crate::todo::{Decision, Gap, Payer, TenantGap, Todo, Waiting};

/// How many customers are named beside a SKU.
const NAMED: usize = 3;

/// What is to be done, to be saved among the rules or pasted where it belongs.
pub(crate) fn toml(todo: &Todo) -> String {
    let month = todo.month;
    if todo.is_empty() {
        return format!("# {month}: no line waits, there is nothing to be done\n");
    }
    let mut text = format!(
        "# What is to be done for {month}. Save it as a file that the rules include, or paste its parts where they belong:\n\
         # all of it loads as it stands. Prices and decisions wait behind a # for somebody to fill them in.\n\
         # Then: ratebook rate --month {month}\n"
    );
    payers(&mut text, todo);
    todo.gaps.iter().for_each(|gap| gap_text(&mut text, gap));
    todo.decisions.iter().for_each(|decision| decision_text(&mut text, todo, decision));
    text
}

fn payers(text: &mut String, todo: &Todo) {
    let who = todo.payers_are;
    let tenants: usize = todo.payers.iter().map(|payer| payer.tenants.len()).sum();
    if tenants == 0 {
        return;
    }
    *text += &format!("\n# --- {} that no {who} lists\n", counted(tenants as u64, "tenant"));
    for payer in &todo.payers {
        text.push('\n');
        if payer.is_declared {
            // A second table of its id would not load.
            *text += &format!("# Perhaps {who} {}, who is declared already: add to its `tenants`\n", {
                escaped(&payer.id)
            });
            payer.tenants.iter().for_each(|tenant| {
                *text += &format!(
                    "#   {},  # {}\n",
                    quoted(&tenant.listed()),
                    about(payer, tenant.name.as_deref(), tenant)
                );
            });
            continue;
        }
        if payer.tenants.len() > 1 {
            *text += &format!(
                "# One name at several places ({}): take them apart if they are not one\n",
                amounts(&payer.sums)
            );
        }
        *text += &format!("[{who}.{}]\n", key(&payer.id));
        if let Some(name) = &payer.name {
            *text += &format!("name = {}\n", quoted(name));
        }
        match payer.tenants.as_slice() {
            [tenant] => {
                let about = about(payer, None, tenant);
                *text += &format!("tenants = [{}]  # {about}\n", quoted(&tenant.listed()));
            }
            several => {
                *text += "tenants = [\n";
                for tenant in several {
                    let about = about(payer, tenant.name.as_deref(), tenant);
                    *text += &format!("  {},  # {about}\n", quoted(&tenant.listed()));
                }
                *text += "]\n";
            }
        }
    }
}

/// Whose tenant it is, from which sources, and how much.
fn about(payer: &Payer, name: Option<&str>, tenant: &TenantGap) -> String {
    let name = name.filter(|name| payer.tenants.len() > 1 || Some(*name) != payer.name.as_deref());
    let name = name.or(payer.name.as_deref().filter(|_| payer.is_declared));
    let sources: Vec<String> = tenant.sources.iter().map(|source| escaped(source)).collect();
    let from = format!("source {}: {}", sources.join(", "), amounts(&tenant.sums));
    name.map_or(from.clone(), |name| format!("{}, {from}", escaped(name)))
}

fn gap_text(text: &mut String, gap: &Gap) {
    let skus = counted(gap.skus.len() as u64, "SKU");
    let book = quoted(&gap.book);
    let amounts_of_all = amounts(&gap.sums);
    *text += &match &gap.rule {
        None => format!("\n# --- {skus} without a price in the book {book} ({amounts_of_all})\n"),
        Some(rule) => {
            format!("\n# --- {skus} of {} that no rule prices ({amounts_of_all})\n", escaped(&rule.vendor))
        }
    };
    *text += "# Fill in what a unit costs and take the # away. A price without quotes or with a % is no price.\n\n";
    *text += &format!("[[book]]\nid = {book}\ncurrency = \"{}\"\nfrom = \"{}\"\n", gap.currency, gap.from);
    *text += "[book.prices]\n";
    for sku in &gap.skus {
        let name = sku.name.as_deref().map(|name| format!("{}: ", escaped(name))).unwrap_or_default();
        let named: Vec<String> = sku.customers.iter().take(NAMED).map(|id| escaped(id)).collect();
        let more = sku.customers.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let of = if named.is_empty() { String::new() } else { format!(" of {}{more}", named.join(", ")) };
        *text += &format!("# {} = \"\"  # {name}{}{of}\n", quoted(&sku.sku), amounts(&sku.sums));
    }
    if let Some(rule) = &gap.rule {
        let vendor = match rule.vendor.as_str() {
            "" => String::new(),
            vendor => format!("vendor = {}, ", quoted(vendor)),
        };
        let skus = list(gap.skus.iter().map(|sku| sku.sku.as_str()));
        *text += &format!(
            "\n[[rule]]\nid = {book}\nreason = \"price list\"\nwhen = {{ {vendor}sku = {skus} }}\n\
             priority = {}  # any other price stands before it\nprice = {{ book = {book} }}\n",
            rule.priority
        );
    }
}

fn decision_text(text: &mut String, todo: &Todo, decision: &Decision) {
    let rule = decision.rule.as_deref().unwrap_or_default();
    let lines = counted(decision.sums.lines, "line");
    let why = escaped(&decision.why);
    *text += &match (&decision.rule, decision.priority) {
        (Some(_), Some(_)) => format!("\n# --- {lines} held by rule {}: {why}\n", quoted(rule)),
        (Some(_), None) => format!("\n# --- {lines}, {} (rule {}): {why}\n", decision.code, quoted(rule)),
        (None, _) => format!("\n# --- {lines}, {}: {why}\n", decision.code),
    };
    for waiting in &decision.waiting {
        *text += &format!("#   {}\n", subject(waiting));
    }
    let Some(priority) = decision.priority else {
        *text += &format!("# {}\n", advice(decision.code, decision.rule.as_deref()));
        return;
    };
    *text +=
        "# To bill them, say why and take the # away; to bill nobody, write drop = true for keep = true.\n";
    for (number, (who, waiting)) in by_customer(decision).into_iter().enumerate() {
        let id = format!("{rule}-{}-{}", todo.month, number + 1);
        *text += &format!(
            "#\n# [[rule]]\n# id = {}\n# reason = \"\"\n# when = {{ {} }}\n# month = \"{}\"\n\
             # priority = {priority}\n# keep = true\n",
            quoted(&id),
            when(who, &waiting),
            todo.month,
        );
    }
}

/// Who and what waits, and how much it is.
fn subject(waiting: &Waiting) -> String {
    let who = match (&waiting.customer, waiting.tenant.as_str()) {
        (Some(customer), _) => customer.clone(),
        (None, "") => format!("no customer and no tenant, source {}", waiting.source),
        (None, tenant) => format!("no customer, {}:{tenant}", waiting.vendor),
    };
    let what = [waiting.sku.as_str(), &waiting.meter, waiting.name.as_deref().unwrap_or_default()];
    let what: Vec<&str> = what.into_iter().filter(|part| !part.is_empty()).collect();
    let amounts = if quantities(&waiting.sums).is_empty() { "no quantity, " } else { "" }.to_owned()
        + &amounts(&waiting.sums);
    let about = format!("{who}: {}: {amounts} (the first: line {})", what.join(", "), waiting.first);
    escaped(&about)
}

/// What waits by whose it is: a customer, or a vendor's tenant.
fn by_customer(decision: &Decision) -> Vec<(Option<&str>, Vec<&Waiting>)> {
    let mut groups: Vec<(Option<&str>, Vec<&Waiting>)> = Vec::new();
    for waiting in &decision.waiting {
        let who = waiting.customer.as_deref();
        match groups.iter_mut().find(|(known, of)| {
            *known == who && (who.is_some() || of.iter().all(|one| one.tenant == waiting.tenant))
        }) {
            Some((_, of)) => of.push(waiting),
            None => groups.push((who, vec![waiting])),
        }
    }
    groups
}

/// A matcher of these lines.
fn when(customer: Option<&str>, waiting: &[&Waiting]) -> String {
    let who = match (customer, waiting.first()) {
        (Some(customer), _) => format!("customer = {}", quoted(customer)),
        (None, Some(first)) => format!("tenant = {}", quoted(&first.tenant)),
        (None, None) => String::new(),
    };
    let mut vendors: Vec<&str> = waiting.iter().map(|waiting| waiting.vendor.as_str()).collect();
    let mut skus: Vec<&str> = waiting.iter().map(|waiting| waiting.sku.as_str()).collect();
    for texts in [&mut vendors, &mut skus] {
        texts.sort_unstable();
        texts.dedup();
    }
    format!("{who}, vendor = {}, sku = {}", list(vendors), list(skus))
}
