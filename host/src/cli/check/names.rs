//! Names in the rules that nothing declares, no plugin has and no line of any month has: slips of the keyboard.

use std::collections::BTreeMap;
use std::path::Path;

use ratebook_line::{Month, TextField};
use ratebook_rating::{NameOf, Rulebook, Undeclared, Warning};

use super::coverage;
use crate::config::Workspace;
use crate::failure::Failure;
use crate::store::LinesReader;

/// What is worth a look in the names that the rules use.
pub(super) fn warnings(workspace: &Workspace, rulebook: &Rulebook) -> Vec<Warning> {
    let mut unknown = rulebook.undeclared(&workspace.vendors());
    let of_source = |name: &Undeclared| {
        workspace.sources.values().any(|source| {
            let given = match name.of {
                NameOf::Customer => &source.customer,
                NameOf::Tenant => &source.tenant,
                _ => &None,
            };
            given.as_ref().is_some_and(|given| name.means(given))
        })
    };
    unknown.retain(|name| !of_source(name));
    // What cannot be listed is told where the books are looked at.
    let Ok(months) = coverage::months(&workspace.root) else { return Vec::new() };
    if let Err(told) = strike_out_used(&workspace.root, &months, &mut unknown) {
        return vec![coverage::warning(
            "W-LINES",
            format!("{told}; whether all names in rules are used cannot be told"),
        )];
    }
    // Before there are lines, whom they will be for is known only as far as something like it is declared.
    let comes_with_lines = |of: NameOf| matches!(of, NameOf::Tenant | NameOf::Customer | NameOf::Partner);
    unknown.retain(|name| !months.is_empty() || name.near.is_some() || !comes_with_lines(name.of));
    unknown.iter().map(Undeclared::warning).collect()
}

/// Strikes out what some line has.
///
/// # Errors
/// Which file could not be read, and why.
fn strike_out_used(
    root: &Path,
    months: &BTreeMap<Month, Vec<std::path::PathBuf>>,
    unknown: &mut Vec<Undeclared>,
) -> Result<(), String> {
    for file in months.values().rev().flatten() {
        if unknown.is_empty() {
            return Ok(());
        }
        strike_out(file, unknown).map_err(|failure| {
            format!("cannot read {}: {}", file.strip_prefix(root).unwrap_or(file).display(), failure.message)
        })?;
    }
    Ok(())
}

fn strike_out(file: &Path, unknown: &mut Vec<Undeclared>) -> Result<(), Failure> {
    let table = LinesReader::open(file)?;
    let fields = [
        (TextField::Tenant, NameOf::Tenant),
        (TextField::Customer, NameOf::Customer),
        (TextField::Partner, NameOf::Partner),
        (TextField::Vendor, NameOf::Vendor),
        (TextField::Source, NameOf::Source),
    ];
    for (field, of) in fields {
        for block in 0..table.blocks() {
            if !unknown.iter().any(|name| name.of == of) {
                break;
            }
            table.any_text(block, field, |text| {
                unknown.retain(|name| name.of != of || !name.means(text));
                false
            })?;
        }
    }
    Ok(())
}
