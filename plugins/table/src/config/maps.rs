//! The maps that come with the plugin, and how a source's own keys are laid over one.

use serde_json::{Map, Value};

use super::keys::Wrong;

/// By name, as they stand in `maps/`. What is not verified of each stands at its head.
pub(super) const SHIPPED: [(&str, &str); 3] = [
    ("acronis-portal", include_str!("../../maps/acronis-portal.toml")),
    ("microsoft-partner", include_str!("../../maps/microsoft-partner.toml")),
    ("pax8-invoice", include_str!("../../maps/pax8-invoice.toml")),
];

/// The configuration with the shipped map that it names beneath it.
pub(super) fn laid_over(values: &Value, wrong: &mut Wrong) -> Map<String, Value> {
    let mut own = match values {
        Value::Object(own) => own.clone(),
        _ => Map::new(),
    };
    let Some(name) = own.remove("map") else { return own };
    let Some(name) = name.as_str() else {
        wrong.add::<()>("map", format_args!("expected the name of a map, found {name}"));
        return own;
    };
    match SHIPPED.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => match toml::from_str(text) {
            Ok(base) => lay_over(base, own),
            Err(error) => {
                wrong.add::<()>("map", format_args!("the map {name} is broken: {error}"));
                own
            }
        },
        None => {
            wrong.choice::<()>("map", name, &SHIPPED.map(|(name, _)| name));
            own
        }
    }
}

/// Tables are laid over key by key, everything else is replaced.
fn lay_over(mut base: Map<String, Value>, own: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in own {
        let laid = match (base.remove(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => Value::Object(lay_over(below, above)),
            (_, value) => value,
        };
        base.insert(key, laid);
    }
    base
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn own_keys_win_over_the_maps() {
        let table = |value: Value| value.as_object().cloned().unwrap();
        let base =
            table(json!({"numbers": "1234.56", "columns": {"tenant": "A", "skuId": "B"}, "skip": [1, 2]}));
        let own = table(json!({"columns": {"skuId": "C"}, "skip": []}));
        let laid = Value::Object(lay_over(base, own));
        assert_eq!(laid, json!({"numbers": "1234.56", "columns": {"tenant": "A", "skuId": "C"}, "skip": []}));
    }
}
