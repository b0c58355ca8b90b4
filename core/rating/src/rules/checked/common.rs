//! What `[[rule]]` and `[[bill]]` have in common: id, reason, matcher, months, one verb.

use ratebook_line::Currency;

use super::months::{Months, optional};
use super::when::{Field, Scope, When};
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Place, Sources};

/// What every rule has.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) id: String,
    pub(crate) reason: String,
    pub(crate) when: When,
    pub(crate) months: Months,
    pub(crate) priority: i64,
    /// Of discounts, minimums and maximums: one of a group applies.
    pub(crate) group: Option<String>,
    pub(crate) currency: Option<Currency>,
    /// The text of the line that the rule makes.
    pub(crate) name: Option<String>,
    /// Where the rule's id stands.
    pub(crate) place: Place,
}

/// The one verb of a rule. `misplaced`: verbs of the other kind of rule.
pub(super) fn one_verb(
    fields: &mut Fields<'_>,
    verbs: &[&'static str],
    misplaced: &[&str],
    sources: &mut Sources,
) -> Option<&'static str> {
    let given: Vec<&'static str> = verbs.iter().copied().filter(|verb| fields.has(verb)).collect();
    for verb in verbs {
        fields.take_known(verb);
    }
    match given[..] {
        [verb] => Some(verb),
        [] => {
            // A misspelt or misplaced verb is told as the key it is.
            if !fields.has_misspelt(verbs) && !misplaced.iter().any(|key| fields.has(key)) {
                let hint = format!("one of: {}", verbs.join(", "));
                sources.report_hint(
                    fields.place,
                    LoadCode::Verb,
                    "this rule does nothing: it has no verb",
                    hint,
                );
            }
            None
        }
        [first, second, ..] => {
            let place = fields.key_place(second);
            let message = format!("a rule does one thing, this one has `{first}` and `{second}`");
            sources.report_hint(place, LoadCode::Verb, message, "make two rules of it");
            None
        }
    }
}

/// `group` and `name` mean something to some verbs only.
pub(super) fn common_only_for(fields: &mut Fields<'_>, verb: &str, sources: &mut Sources) {
    let groups = ["discount", "minimum", "maximum"];
    if fields.has("group") && !groups.contains(&verb) {
        let place = fields.key_place("group");
        let message = format!("`group` is for discount, minimum and maximum, it means nothing to `{verb}`");
        sources.report_hint(
            place,
            LoadCode::Verb,
            message,
            "to match customers of a group: when = { group = .. }",
        );
    }
}

impl Common {
    pub(super) fn read(
        fields: &mut Fields<'_>,
        scope: Scope,
        only: Option<&When>,
        sources: &mut Sources,
    ) -> Option<Common> {
        let (id, place) = read_id(fields, sources);
        let named = id.as_ref().map_or("this rule".to_owned(), |id| format!("rule \"{id}\""));
        let reason = match fields.take("reason") {
            Some(node) => sources.text_of(node, LoadCode::Reason),
            None => {
                let hint = "write why: reason = \"Contract 2026-014\"";
                sources.report_hint(place, LoadCode::Reason, format!("{named} has no reason"), hint);
                None
            }
        };
        let when = match fields.take("when") {
            Some(node) => When::read(node, scope, sources),
            None => Some(When::default()),
        };
        let when = match only {
            Some(only) => when.and_then(|when| narrow(when, only, scope, id.as_deref(), fields, sources)),
            None => when,
        };
        let months = Months::read(fields, true, sources);
        let priority = fields.take("priority").map(|node| sources.whole_of(node));
        let group = fields.take("group").map(|node| sources.text_of(node, LoadCode::Value));
        let currency = fields.take("currency").map(|node| sources.currency_of(node, LoadCode::Value));
        let name = fields.take("name").map(|node| sources.text_of(node, LoadCode::Value));
        Some(Common {
            id: id?,
            reason: reason?,
            when: when?,
            months: months?,
            priority: optional(priority)?.unwrap_or(0),
            group: optional(group)?,
            currency: optional(currency)?,
            name: optional(name)?,
            place,
        })
    }
}

fn narrow(
    when: When,
    only: &When,
    scope: Scope,
    id: Option<&str>,
    fields: &Fields<'_>,
    sources: &mut Sources,
) -> Option<When> {
    let named = id.map_or("this rule".to_owned(), |id| format!("rule \"{id}\""));
    let rules: Vec<String> = id.map(str::to_owned).into_iter().collect();
    let place = if fields.has("when") { fields.key_place("when") } else { fields.place };
    let fits_bill =
        only.fields.keys().all(|field| matches!(field, Field::Customer | Field::Partner | Field::Group));
    if scope == Scope::Bill && !(fits_bill && only.zero.is_none() && only.not.is_empty()) {
        let message = format!("{named} looks at a whole bill, which `only` of this file cannot narrow");
        let hint = Some("move it to another file".to_owned());
        sources.report_with(place, LoadCode::Only, message, hint, rules);
        return None;
    }
    match when.narrowed_to(only) {
        Ok(when) => Some(when),
        Err(key) => {
            let message = format!("{named} reaches outside this file's `only`: its `{key}` allows more");
            let hint = Some(format!("remove `{key}` from its `when`"));
            sources.report_with(place, LoadCode::Only, message, hint, rules);
            None
        }
    }
}

/// The id, and where to point when speaking of the rule.
fn read_id(fields: &mut Fields<'_>, sources: &mut Sources) -> (Option<String>, Place) {
    let Some(node) = fields.take("id") else {
        sources.report_hint(fields.place, LoadCode::Id, "a rule needs an id", "write: id = \"acronis-list\"");
        return (None, fields.place);
    };
    let id = sources.text_of(node, LoadCode::Id);
    if let Some(id) = &id
        && (id.chars().any(|c| c.is_whitespace() || c.is_control()) || id.starts_with('('))
    {
        let message = "an id has no spaces and does not start with a parenthesis";
        sources.report(node.place, LoadCode::Id, message);
        return (None, node.place);
    }
    (id, node.place)
}
