//! What the vendor charges for lines: one sum per currency.

use std::collections::BTreeMap;

use ratebook_line::{Block, Currency, Decimal, NumberError, NumberField, TextField, Values};

/// Sums by currency.
pub(super) type Costs = BTreeMap<Currency, Decimal>;

/// Adds what the vendor charges for lines.
///
/// `currencies` are those of the block.
///
/// # Errors
/// The row at which a sum cannot be held any more, and why. Nothing was added that anybody should use then.
pub(super) fn add_costs(
    costs: &mut Costs,
    lines: &Block,
    currencies: &[Option<Currency>],
) -> Result<(), (usize, NumberError)> {
    if *lines.number(NumberField::TotalCost) == Values::Same(None) {
        return Ok(());
    }
    let mut added = costs.clone();
    if sum_at_once(&mut added, lines, currencies).is_some() {
        *costs = added;
        return Ok(());
    }
    for row in 0..lines.rows() {
        if let Some((currency, cost)) = cost(lines, currencies, row) {
            let sum = costs.entry(currency).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(cost).map_err(|error| (row, error))?;
        }
    }
    Ok(())
}

fn cost(lines: &Block, currencies: &[Option<Currency>], row: usize) -> Option<(Currency, Decimal)> {
    let currency = currencies[lines.text(TextField::Currency).ids.get(row) as usize]?;
    Some((currency, lines.number(NumberField::TotalCost).get(row)?))
}

/// Sums whole numbers, one for each count of places. None if one of them outgrows 128 bits, or a sum a number.
fn sum_at_once(costs: &mut Costs, lines: &Block, currencies: &[Option<Currency>]) -> Option<()> {
    const PLACES: usize = 39;
    // More texts than there are currencies are not worth a table each.
    if currencies.len() > 256 {
        return None;
    }
    let ids = &lines.text(TextField::Currency).ids;
    let numbers = lines.number(NumberField::TotalCost);
    let mut sums = vec![(false, [0_i128; PLACES]); currencies.len()];
    for row in 0..lines.rows() {
        let Some(cost) = numbers.get(row) else { continue };
        let (is_there, of_places) = &mut sums[ids.get(row) as usize];
        *is_there = true;
        let sum = of_places.get_mut(cost.places() as usize)?;
        *sum = sum.checked_add(cost.mantissa())?;
    }
    for (currency, (is_there, of_places)) in currencies.iter().zip(sums) {
        let (Some(currency), true) = (currency, is_there) else { continue };
        let total = costs.entry(*currency).or_insert(Decimal::ZERO);
        for (places, sum) in (0..).zip(of_places) {
            *total = total.checked_add(Decimal::new(sum, places).ok()?).ok()?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use ratebook_line::{BillableLine, BlockBuilder};

    use super::*;

    fn add(costs: &mut Costs, lines: &Block) -> Result<(), (usize, NumberError)> {
        add_costs(costs, lines, &lines.currencies().unwrap())
    }

    fn block(costs: &[(&str, &str)]) -> Block {
        let mut builder = BlockBuilder::default();
        for (cost, currency) in costs {
            builder.push(&BillableLine {
                total_cost: cost.parse().ok(),
                currency: currency.parse().ok(),
                ..BillableLine::new("2026-03".parse().unwrap())
            });
        }
        builder.take()
    }

    #[test]
    fn each_currency_has_the_sum_of_its_costs() {
        let mut costs = Costs::new();
        let lines =
            [("0.10", "EUR"), ("1", ""), ("7.25", "USD"), ("-0.001", "EUR"), ("", "JPY"), ("0", "KWD")];
        add(&mut costs, &block(&lines)).unwrap();
        add(&mut costs, &block(&[("1", "EUR"), ("", "EUR")])).unwrap();
        let told: Vec<String> = costs.iter().map(|(currency, sum)| format!("{sum} {currency}")).collect();
        assert_eq!(told, ["1.099 EUR", "0 KWD", "7.25 USD"]);
    }

    #[test]
    fn the_line_is_told_at_which_a_sum_outgrows_a_number() {
        let nines = "9".repeat(38);
        let mut costs = Costs::new();
        let refused = add(&mut costs, &block(&[("1", "EUR"), (&nines, "USD"), (&nines, "EUR")]));
        assert_eq!(refused, Err((2, NumberError::TooManyDigits)));
        // What is taken off again does no harm.
        let mut costs = Costs::new();
        let minus = format!("-{nines}");
        add(&mut costs, &block(&[(&nines, "EUR"), ("1", "EUR"), (&minus, "EUR")])).unwrap();
        assert_eq!(costs.into_values().collect::<Vec<_>>(), [Decimal::ONE]);
    }
}
