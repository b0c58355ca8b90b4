//! What no vendor plugin here needs yet and others will: one more call for each thing on a list, and periods whose end is
//! the day after their last.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{About, Config, Host, Lines, Month, Payload, Problem, Request, VendorPlugin};
use serde::Deserialize;
use serde_json::json;

/// A vendor whose usage is asked for subscription by subscription.
struct PerSubscription;

#[derive(Deserialize)]
struct Subscription {
    id: String,
}

const URL: &str = "https://api.vendor.example/subscriptions";

impl VendorPlugin for PerSubscription {
    fn about() -> About {
        About { id: "per-subscription".to_owned(), ..About::default() }
    }

    fn open(_config: &Config) -> Result<Self, Problem> {
        Ok(PerSubscription)
    }

    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        let response = host.send(Request::get(URL).bearer_secret("api_token"))?;
        for Subscription { id } in host.json::<Vec<Subscription>>(&response)? {
            let request = Request::get(format!("{URL}/{id}/usage"))
                .query("from", month.first_day().to_string())
                .query("to", month.next().first_day().to_string())
                .bearer_secret("api_token");
            let response = host.send(request)?;
            host.keep(&format!("{id}.json"), "usage", &response)?;
        }
        Ok(())
    }

    fn map(&self, _payload: &mut Payload<'_>, _month: Month, _out: &mut Lines<'_>) -> Result<(), Problem> {
        Ok(())
    }
}

fn collected() -> ScriptedHost {
    let subscriptions = json!([{"id": "s-1"}, {"id": "s-2"}, {"id": "s-3"}]).to_string();
    let usage = ["usage of s-1", "usage of s-2", "usage of s-3"];
    let script =
        [Scripted::new(200, subscriptions)].into_iter().chain(usage.map(|body| Scripted::new(200, body)));
    let mut host = ScriptedHost::new(script);
    PerSubscription.collect("2026-12".parse().unwrap(), &mut Host::new(&mut host)).unwrap();
    host
}

#[test]
fn one_more_call_for_each_thing_on_a_list_keeps_a_payload_each() {
    let host = collected();
    let kept: Vec<_> = host.kept.iter().map(|(name, _, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let expected: [(&str, &[u8]); 3] =
        [("s-1.json", b"usage of s-1"), ("s-2.json", b"usage of s-2"), ("s-3.json", b"usage of s-3")];
    assert_eq!(kept, expected);
    assert_eq!(host.requests[3].url, format!("{URL}/s-3/usage"));
}

#[test]
fn a_period_may_end_the_day_after_its_last() {
    let query = &collected().requests[1].query;
    let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(query, [("from", "2026-12-01"), ("to", "2027-01-01")]);
}
