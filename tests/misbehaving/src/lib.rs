//! A plugin that does whatever wrong thing its config names, and where: `wrong = "abort"`, `at = "map"`.
//!
//! With `lines` it hands over that many lines before. Without `wrong` it is a plugin like any other, whose payload
//! has a SKU on each line of text. What it does when its library is opened, before anybody can tell it anything, a test
//! writes into the file: see `constructor.rs`.

#[cfg(target_os = "linux")]
mod constructor;
mod pipe;
mod reach;
mod wrong;

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use ratebook_plugin::{
    About, Config, Decimal, Host, Line, Lines, Month, Payload, PayloadFormat, Problem, Request, Skip,
    VendorPlugin,
};
use serde::Deserialize;

use wrong::{Wrong, do_wrong};

ratebook_plugin::export!(Misbehaving, "misbehaving");

/// The plugin.
pub struct Misbehaving {
    settings: Settings,
    url: Option<String>,
}

/// What `config` may hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Settings {
    /// What to do wrong.
    #[serde(default)]
    wrong: Option<Wrong>,
    /// When.
    #[serde(default)]
    at: Stage,
    /// How many lines to hand over before, in `map`.
    #[serde(default)]
    lines: u64,
    /// In which payload alone, if not in each.
    #[serde(default)]
    only: Option<String>,
    /// Whether the number of the process takes the place of each SKU.
    #[serde(default)]
    tell_process: bool,
    /// A file, for what is done to one.
    #[serde(default)]
    path: PathBuf,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    Open,
    Collect,
    #[default]
    Map,
}

impl Settings {
    fn act(&self, stage: Stage) -> Result<(), Problem> {
        match self.wrong {
            Some(wrong) if self.at == stage => do_wrong(wrong, &self.path),
            _ => Ok(()),
        }
    }
}

impl VendorPlugin for Misbehaving {
    fn about() -> About {
        About {
            id: "misbehaving".to_owned(),
            name: "Misbehaving".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: None,
            config_schema: r#"{"type": "object"}"#.to_owned(),
            secrets: Vec::new(),
            formats: vec![PayloadFormat {
                id: "misbehaving-text".to_owned(),
                description: "a SKU on each line".to_owned(),
                ..PayloadFormat::default()
            }],
            fields: Vec::new(),
        }
    }

    fn open(config: &Config) -> Result<Self, Problem> {
        let settings: Settings = config.read()?;
        settings.act(Stage::Open)?;
        Ok(Misbehaving { settings, url: config.url.clone() })
    }

    fn collect(&self, _month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        host.progress("about to misbehave")?;
        if let (Some(Wrong::SayTokenAndExit), Some(url)) = (self.settings.wrong, &self.url) {
            let answer = host.send(Request::get(format!("{url}/token")))?;
            let said = String::from_utf8_lossy(&host.bytes(&answer, 1 << 20)?).into_owned();
            eprintln!("got {}", said.chars().take(60).collect::<String>());
            std::process::exit(9);
        }
        self.settings.act(Stage::Collect)?;
        host.remember("collected", "yes")
    }

    fn recognize(file_name: &str, head: &[u8]) -> Option<&'static str> {
        assert!(!head.starts_with(b"panic"), "these bytes make it panic");
        file_name.ends_with(".txt").then_some("misbehaving-text")
    }

    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
        let wrong_here = self.settings.only.as_deref().is_none_or(|only| only == payload.name());
        (1..=self.settings.lines).try_for_each(|row| out.push(&made_up(row)))?;
        match self.settings.wrong {
            Some(Wrong::EndlessLines) => (1..).try_for_each(|row| out.push(&made_up(row)))?,
            Some(Wrong::SwallowRefusals) => (1..300_000).for_each(|row| drop(out.push(&made_up(row)))),
            Some(
                wrong @ (Wrong::AnotherMonth
                | Wrong::EvilNames
                | Wrong::DuplicateRecords
                | Wrong::EmptyTag
                | Wrong::NegativeQuantity),
            ) => return wrong_lines(wrong, month, out),
            _ => {}
        }
        if wrong_here {
            self.settings.act(Stage::Map)?;
        }
        let process = std::process::id().to_string();
        for (text, row) in BufReader::new(payload).lines().zip(1..) {
            let text = text.map_err(|error| Payload::read_error(&error))?;
            if text.is_empty() {
                out.skip(row, Skip::NoSku, "a line without a SKU")?;
            } else {
                let sku = if self.settings.tell_process { &process } else { &text };
                out.push(&Line { sku_id: Some(sku), ..made_up(row) })?;
            }
        }
        Ok(())
    }
}

/// Lines with something wrong in them, in the place of the payload's.
fn wrong_lines(wrong: Wrong, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
    match wrong {
        Wrong::AnotherMonth => {
            let another = Month::new(2001, 1).filter(|another| *another != month);
            out.push(&Line { usage_month: another, ..made_up(1) })
        }
        Wrong::EvilNames => {
            let names = ["../../etc/passwd", "\u{1b}[2Jgone", "\u{202e}txt", ""];
            names.into_iter().zip(1..).try_for_each(|(name, row)| {
                out.push(&Line { tenant: Some(name), sku_id: Some(name), ..made_up(row) })
            })
        }
        Wrong::EmptyTag => out.push(&Line { tags: vec!["trial", ""], ..made_up(1) }),
        Wrong::DuplicateRecords => {
            out.push(&made_up(1))?;
            out.push(&made_up(1))
        }
        _ => out.push(&Line { billable_quantity: Some(-Decimal::ONE), ..made_up(1) }),
    }
}

/// A line with twelve fields.
fn made_up(row: u64) -> Line<'static> {
    Line {
        tenant: Some("6f1c0d0e-7f7e-4d6c-9d5e-2b1f5c7a9e10"),
        tenant_name: Some("Misbehaving Tenant Ltd."),
        sku_id: Some("MIS-0001"),
        sku_name: Some("Misbehaviour, by the unit"),
        edition: Some("standard"),
        meter: Some("misdeeds"),
        consumed_quantity: Some(Decimal::from(row)),
        billable_quantity: Some(Decimal::ONE),
        billing_unit: Some("misdeeds"),
        measure: Some("effective.production"),
        payment_option: Some("utility"),
        ..Line::at(row)
    }
}
