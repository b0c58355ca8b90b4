//! A calculator that shares nothing with the engine: it replays the steps of an explanation.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use serde_json::Value;

/// A decimal or a fraction.
pub(crate) fn number(text: &str) -> BigRational {
    let (n, d) = text.split_once('/').unwrap_or((text, "1"));
    let (whole, fraction) = n.split_once('.').unwrap_or((n, ""));
    let digits: BigRational = format!("{whole}{fraction}/1").parse().unwrap();
    digits / num_traits::pow(ten(), fraction.len()) / d.parse::<BigRational>().unwrap()
}

fn ten() -> BigRational {
    BigRational::from_integer(10.into())
}

fn round(value: &BigRational, places: usize, mode: &str) -> BigRational {
    let scale = num_traits::pow(ten(), places);
    let scaled = value * &scale;
    let half = BigRational::new(1.into(), 2.into());
    let (down, rest) = (scaled.trunc(), scaled.fract().abs());
    let odd = !(&down / BigRational::from_integer(2.into())).is_integer();
    let away = match mode {
        "half_up" => rest >= half,
        "half_even" => rest > half || (rest == half && odd),
        "up" => !rest.is_zero(),
        mode => mode != "down",
    };
    (down + if away { scaled.signum() } else { BigRational::zero() }) / scale
}

fn remainder(group: &Value, index: usize) -> BigRational {
    let values: Vec<BigRational> =
        group["values"].as_array().unwrap().iter().map(|v| number(v.as_str().unwrap())).collect();
    let unit = BigRational::one() / num_traits::pow(ten(), places(group));
    let total = round(&values.iter().sum(), places(group), group["mode"].as_str().unwrap());
    let floors: Vec<BigRational> = values.iter().map(|v| (v / &unit).floor() * &unit).collect();
    let extra = (total - floors.iter().sum::<BigRational>()) / &unit;
    let fraction = |i: usize| &values[i] - &floors[i];
    let before = (0..values.len()).filter(|i| (fraction(*i), index) > (fraction(index), *i)).count();
    let gets_one = BigRational::from_integer(before.into()) < extra;
    floors[index].clone() + if gets_one { unit } else { BigRational::zero() }
}

fn places(value: &Value) -> usize {
    usize::try_from(value["places"].as_u64().unwrap()).unwrap()
}

/// The last result of a line's steps; every result on the way must follow from its operands.
pub(crate) fn replay(line: &Value, remainders: &Value, place: &str) -> BigRational {
    let of = |value: &Value| number(value.as_str().unwrap());
    let term = |term: &Value| {
        let product: BigRational = term["factors"].as_array().unwrap().iter().map(of).product();
        if term["divisor"].is_null() { product } else { product / of(&term["divisor"]) }
    };
    let mut known: Vec<BigRational> = Vec::new();
    for step in line["steps"].as_array().unwrap().iter().filter(|step| !step["result"].is_null()) {
        let (calc, result) = (&step["calc"], of(&step["result"]));
        let (name, operands) = match calc.as_object() {
            Some(object) => object.iter().next().map(|(k, v)| (k.as_str(), v)).unwrap(),
            None => (calc.as_str().unwrap(), &Value::Null),
        };
        let calculated = match name {
            "given" => result.clone(),
            "sum" => operands.as_array().unwrap().iter().map(term).sum(),
            "ceiling" => term(operands).ceil(),
            "max" => of(&operands[0]).max(of(&operands[1])),
            "min" => of(&operands[0]).min(of(&operands[1])),
            "round" => round(&of(&operands["value"]), places(operands), operands["mode"].as_str().unwrap()),
            "remainder" => {
                let at = |key: &str| usize::try_from(operands[key].as_u64().unwrap()).unwrap();
                remainder(&remainders[at("group")], at("index"))
            }
            name => panic!("{place}: a step of a kind unknown here: {name}"),
        };
        assert_eq!(calculated, result, "{place}: {step}");
        // What goes on from an amount goes on from one that was reached before.
        let goes_on_from = match name {
            "sum" if ["currency", "prorate"].contains(&step["phase"].as_str().unwrap()) => {
                Some(of(&operands[0]["factors"][0]))
            }
            "round" => Some(of(&operands["value"])),
            "min" => Some(of(&operands[0])),
            _ => None,
        };
        assert!(goes_on_from.is_none_or(|from| known.contains(&from)), "{place}: out of nowhere: {step}");
        known.push(result);
    }
    known.pop().unwrap_or_else(|| panic!("{place}: no steps"))
}
