//! What Acronis takes to make a report, strictly, and what it says of it.

use serde_json::{Map, Value, json};

use super::acronis::Ending;

/// A report as the vendor keeps it.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub id: String,
    /// What was asked for.
    pub wish: Wish,
    /// The period it is made for.
    pub period: (String, String),
    /// How it ends.
    pub ending: Ending,
    /// How often its stored reports were listed.
    pub asked: u32,
}

impl Report {
    /// The `report` object of the API.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let wish = &self.wish;
        json!({
            "id": self.id, "version": 1, "result_action": "save", "recipients": [],
            "schedule": {"enabled": true, "type": "once"}, "generation_date": "2026-04-01",
            "parameters": {
                "tenant_id": wish.tenant_id, "level": wish.level, "kind": wish.kind, "formats": wish.formats,
                "period": {"start": self.period.0, "end": self.period.1},
                "hide_zero_usage": wish.hide_zero_usage, "show_skus": wish.show_skus,
            },
        })
    }
}

/// The parameters of a report, as they were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Whose usage.
    pub tenant_id: String,
    /// How deep below that tenant.
    pub level: String,
    /// `usage_summary` and its like.
    pub kind: String,
    /// The formats wanted.
    pub formats: Vec<String>,
    /// First and last day.
    pub period: (String, String),
    /// Without rows of zeros.
    pub hide_zero_usage: bool,
    /// With SKUs.
    pub show_skus: bool,
}

impl Wish {
    /// Reads the body of POST /reports as the vendor's description has it: nothing more, nothing of another type.
    ///
    /// # Errors
    /// What the vendor would say.
    pub fn read(body: &[u8]) -> Result<Wish, String> {
        let body: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
        let top = object(
            &body,
            "body",
            &["recipients", "result_action", "schedule", "parameters"],
            &["generation_date"],
        )?;
        if !top["recipients"].is_array() {
            return Err("recipients must be an array".to_owned());
        }
        one_of(&top["result_action"], "result_action", &["save", "send"])?;
        let schedule = object(&top["schedule"], "schedule", &["type"], &["enabled"])?;
        one_of(&schedule["type"], "schedule.type", &["once", "monthly"])?;
        let parameters = object(
            &top["parameters"],
            "parameters",
            &["tenant_id", "level", "kind"],
            &["formats", "period", "hide_zero_usage", "show_skus"],
        )?;
        let levels = ["itself", "direct_partners", "all_partners", "all_customers", "accounts"];
        let kinds = ["usage_daily", "usage_summary", "usage_current", "usage_breakdown"];
        let formats = match parameters.get("formats") {
            Some(formats) => read_formats(formats)?,
            None => vec!["csv_v2_0".to_owned()],
        };
        // Without a period the vendor reports the month to date; the mock's date is fixed.
        let period = match parameters.get("period") {
            Some(period) => read_period(period)?,
            None => ("2026-04-01".to_owned(), "2026-04-01".to_owned()),
        };
        Ok(Wish {
            tenant_id: text(&parameters["tenant_id"], "parameters.tenant_id")?,
            level: one_of(&parameters["level"], "parameters.level", &levels)?,
            kind: one_of(&parameters["kind"], "parameters.kind", &kinds)?,
            formats,
            period,
            hide_zero_usage: truth(parameters, "hide_zero_usage")?,
            show_skus: truth(parameters, "show_skus")?,
        })
    }
}

fn object<'a>(
    value: &'a Value,
    name: &str,
    required: &[&str],
    optional: &[&str],
) -> Result<&'a Map<String, Value>, String> {
    let object = value.as_object().ok_or_else(|| format!("{name} must be an object"))?;
    if let Some(missing) = required.iter().find(|key| !object.contains_key(**key)) {
        return Err(format!("{name}.{missing} is required"));
    }
    match object.keys().find(|key| !required.contains(&key.as_str()) && !optional.contains(&key.as_str())) {
        Some(unknown) => Err(format!("{name}.{unknown}: additional properties are not allowed")),
        None => Ok(object),
    }
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{name} must be a string"))
}

fn one_of(value: &Value, name: &str, known: &[&str]) -> Result<String, String> {
    let value = text(value, name)?;
    match known.contains(&value.as_str()) {
        true => Ok(value),
        false => Err(format!("{name}: {value} is not one of {}", known.join(", "))),
    }
}

fn truth(parameters: &Map<String, Value>, name: &str) -> Result<bool, String> {
    match parameters.get(name) {
        None => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| format!("parameters.{name} must be a boolean")),
    }
}

fn read_formats(value: &Value) -> Result<Vec<String>, String> {
    let known = ["csv", "html", "json_v1", "csv_v2_0", "json_v2_0"];
    let formats = value.as_array().ok_or("parameters.formats must be an array")?;
    formats.iter().map(|format| one_of(format, "parameters.formats", &known)).collect()
}

fn read_period(value: &Value) -> Result<(String, String), String> {
    let period = object(value, "parameters.period", &["start", "end"], &[])?;
    let day = |key: &str| {
        let day = text(&period[key], key)?;
        let is_day = day.len() == 10
            && day.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if is_day { Ok(day) } else { Err(format!("parameters.period.{key}: {day} is not YYYY-MM-DD")) }
    };
    Ok((day("start")?, day("end")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Value {
        json!({
            "recipients": [], "result_action": "save", "schedule": {"type": "once", "enabled": true},
            "parameters": {
                "tenant_id": "t", "level": "all_customers", "kind": "usage_summary", "formats": ["csv_v2_0"],
                "period": {"start": "2026-03-01", "end": "2026-03-31"}, "hide_zero_usage": true, "show_skus": true,
            },
        })
    }

    fn refusal(spoil: impl FnOnce(&mut Value)) -> String {
        let mut body = body();
        spoil(&mut body);
        Wish::read(body.to_string().as_bytes()).unwrap_err()
    }

    #[test]
    fn a_right_body_is_taken() {
        let wish = Wish::read(body().to_string().as_bytes()).unwrap();
        assert_eq!(wish.period, ("2026-03-01".to_owned(), "2026-03-31".to_owned()));
        assert!(wish.show_skus && wish.hide_zero_usage);
    }

    #[test]
    fn what_the_old_samples_got_wrong_is_refused() {
        let outside = refusal(|body| body["period"] = body["parameters"]["period"].clone());
        assert_eq!(outside, "body.period: additional properties are not allowed");
        let text = refusal(|body| body["parameters"]["show_skus"] = json!("true"));
        assert_eq!(text, "parameters.show_skus must be a boolean");
        let nobody = refusal(|body| drop(body.as_object_mut().unwrap().remove("recipients")));
        assert_eq!(nobody, "body.recipients is required");
        let day = refusal(|body| body["parameters"]["period"]["end"] = json!("31.03.2026"));
        assert_eq!(day, "parameters.period.end: 31.03.2026 is not YYYY-MM-DD");
    }
}
