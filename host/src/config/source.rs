//! One source of `ratebook.toml`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, nearest};
use super::files::FilePatterns;
use super::limits::LimitKeys;
use super::places::Places;
use crate::failure::Failure;
use crate::fetch::{HttpSettings, SecretRef, check_url, duration};
use crate::plugins::{Confinement, Limits};

const SECRET_FORM: &str = "a secret is never written here, only where it is: { env = \"NAME\" }, { file = \"path\" } \
     or { command = [\"program\", \"argument\"] }";

/// How long a plugin may be silent, unless its source says otherwise.
const PLUGIN_TIMEOUT: Duration = Duration::from_secs(60);

/// One account at one vendor.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its name; the key after `source.`.
    pub name: String,
    /// The id of the plugin that reads it.
    pub plugin: String,
    /// The address of the vendor's API; the plugin's default if absent.
    pub url: Option<String>,
    /// Where its files are; it then asks nobody.
    pub files: Option<FilePatterns>,
    /// The format of these files, if the plugin does not recognize it.
    pub files_as: Option<String>,
    /// Further hosts it may talk to.
    pub hosts: Vec<String>,
    /// The tenant of lines whose payload names none.
    pub tenant: Option<String>,
    /// The customer of lines whose payload names none.
    pub customer: Option<String>,
    /// True if a month without usage is fine.
    pub expect_empty: bool,
    /// The sources, itself too, whose payloads may hold the same as its own: each is usage of its own.
    pub may_equal: Vec<String>,
    /// How long the plugin may be silent.
    pub plugin_timeout: Duration,
    /// How much one call of the plugin may take.
    pub limits: Limits,
    /// How much of the sandbox must be in force for it.
    pub sandbox: Confinement,
    /// The plugin's own part.
    pub config: serde_json::Value,
    /// Where its secrets are.
    pub secrets: BTreeMap<String, SecretRef>,
    /// How its vendor is asked.
    pub http: HttpSettings,
    /// Where the source, and each key the plugin may complain about, stands in the file.
    places: Places,
}

/// What a source's lines depend on, as a finished month keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeptSettings {
    /// The plugin's own part.
    pub config: serde_json::Value,
    /// The customer of lines whose payload names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// True if a month without usage was fine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expect_empty: bool,
    /// The sources whose payloads could hold the same as its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_equal: Vec<String>,
    /// The tenant of lines whose payload names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceKeys {
    plugin: Option<String>,
    url: Option<String>,
    files: Option<FilePatterns>,
    files_as: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
    tenant: Option<String>,
    customer: Option<String>,
    #[serde(default)]
    expect_empty: bool,
    #[serde(default)]
    may_equal: Vec<String>,
    plugin_timeout: Option<String>,
    #[serde(default)]
    sandbox: Confinement,
    #[serde(default)]
    limits: LimitKeys,
}

impl Source {
    /// Where a key of the source's configuration stands: `ratebook.toml:7:1`.
    pub(crate) fn place(&self, key: &str) -> String {
        self.places.place(key)
    }

    /// A failure at the place of a key, with the line that it stands on.
    pub(crate) fn placed(&self, failure: Failure, key: &str) -> Failure {
        Failure { excerpt: self.places.excerpt(key), ..failure.at(self.places.place(key)) }
    }

    /// What its lines depend on.
    pub(crate) fn kept_settings(&self) -> KeptSettings {
        KeptSettings {
            config: self.config.clone(),
            customer: self.customer.clone(),
            expect_empty: self.expect_empty,
            may_equal: self.may_equal.clone(),
            tenant: self.tenant.clone(),
        }
    }

    /// A source as it was when a month was run, contained as it is now if it still is in the workspace.
    pub(crate) fn as_kept(now: Option<&Source>, name: &str, plugin: &str, kept: &KeptSettings) -> Source {
        let now = now.cloned().unwrap_or_else(|| Source::bare(name));
        Source {
            plugin: plugin.to_owned(),
            config: kept.config.clone(),
            customer: kept.customer.clone(),
            expect_empty: kept.expect_empty,
            tenant: kept.tenant.clone(),
            ..now
        }
    }

    /// A source that has nothing but its name.
    fn bare(name: &str) -> Source {
        Source {
            name: name.to_owned(),
            plugin: String::new(),
            url: None,
            hosts: Vec::new(),
            files: None,
            files_as: None,
            tenant: None,
            customer: None,
            expect_empty: false,
            may_equal: Vec::new(),
            plugin_timeout: PLUGIN_TIMEOUT,
            limits: LimitKeys::default().limits(),
            sandbox: Confinement::default(),
            config: serde_json::Value::Null,
            secrets: BTreeMap::new(),
            http: HttpSettings::default(),
            places: Places::default(),
        }
    }

    /// What the plugin sees of the configuration. `default_url` is the plugin's.
    pub(crate) fn plugin_config(&self, default_url: Option<&str>) -> ratebook_plugin::Config {
        let url = self.url.as_deref().or(default_url);
        ratebook_plugin::Config {
            source: self.name.clone(),
            url: url.map(|url| url.trim_end_matches('/').to_owned()),
            values: self.config.clone(),
            secrets: self.secrets.keys().cloned().collect(),
        }
    }
}

pub(super) fn read_source<'t>(
    document: &mut Document<'t>,
    name: &Spanned<Cow<'t, str>>,
    value: Spanned<DeValue<'t>>,
    general: &DeTable<'t>,
    names: &[String],
) -> Option<Source> {
    let id = name.get_ref().as_ref();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) || id.starts_with('-') {
        let hint = "Use lower-case letters, digits, `-` and `_`; it names folders.".to_owned();
        document.problem(name.span(), format!("{id:?} is not usable as the name of a source"), Some(hint));
    }
    let (keys, span) = table(document, Some(value), "source")?;
    let mut places = Places::of_source(document, name.span());
    let mut own = DeTable::new();
    let mut asking = Vec::new();
    let mut may_equal_at = name.span();
    let (mut config, mut secrets, mut http) =
        (serde_json::Value::Object(serde_json::Map::new()), BTreeMap::new(), general.clone());
    for (key, value) in keys {
        if ["url", "hosts", "secrets"].contains(&key.get_ref().as_ref()) {
            asking.push((key.get_ref().to_string(), key.span()));
        }
        if key.get_ref() == "may_equal" {
            may_equal_at = value.span();
        }
        match key.get_ref().as_ref() {
            "config" => {
                if let Some((table, _)) = table(document, Some(value), "config") {
                    places.put_config(document, &table, "");
                    config = json_table(document, table);
                }
            }
            "secrets" => {
                for (key, value) in
                    table(document, Some(value), "secrets").map(|(table, _)| table).unwrap_or_default()
                {
                    places.put_unquoted(document, format!("secrets.{}", key.get_ref()), key.span());
                    let span = value.span();
                    if let Some(reference) = document.read_unquoted::<SecretRef>(value, SECRET_FORM) {
                        if let Err(wrong) = reference.check() {
                            document.problem_unquoted(span, wrong);
                            continue;
                        }
                        secrets.insert(key.get_ref().to_string(), reference);
                    }
                }
            }
            "http" => {
                if let Some((table, _)) = table(document, Some(value), "http") {
                    http.extend(table);
                }
            }
            _ => {
                match key.get_ref().as_ref() {
                    // A password may stand in it.
                    "url" => places.put_unquoted(document, "url".to_owned(), key.span()),
                    other => places.put(document, other.to_owned(), key.span()),
                }
                if let (DeValue::String(url), "url") = (value.get_ref(), key.get_ref().as_ref())
                    && let Err(problem) = check_url(url)
                {
                    // Not quoted: a password may stand in it.
                    document.problem_unquoted(value.span(), problem.message);
                }
                own.insert(key, value);
            }
        }
    }
    let http = document.read_table::<HttpSettings>(http, span.clone())?;
    let keys = document.read_table::<SourceKeys>(own, span)?;
    if keys.files.is_some() {
        for (key, span) in asking {
            let hint = format!("Take out `{key}`, or `files` if the vendor is to be asked.");
            document.problem(
                span,
                format!("with `files` nobody is asked, so `{key}` has no meaning"),
                Some(hint),
            );
        }
    } else if keys.files_as.is_some() {
        document.problem(name.span(), "`files_as` is about `files`, which is missing", None);
    }
    for other in keys.may_equal.iter().filter(|other| !names.contains(other)) {
        let near = nearest(other, names.iter().map(String::as_str));
        let hint = near.map(|near| format!("Did you mean {near:?}?"));
        document.problem(may_equal_at.clone(), format!("may_equal: there is no source {other:?}"), hint);
    }
    let plugin_timeout = match keys.plugin_timeout.as_deref().map(duration) {
        None => PLUGIN_TIMEOUT,
        Some(Ok(time)) => time,
        Some(Err(error)) => {
            document.problem(name.span(), format!("plugin_timeout: {error}"), None);
            return None;
        }
    };
    let Some(plugin) = keys.plugin else {
        let hint = "Write plugin = \"acronis\", for instance; `ratebook plugin list` shows which there are."
            .to_owned();
        document.problem(name.span(), format!("the source {id} names no plugin"), Some(hint));
        return None;
    };
    Some(Source {
        name: id.to_owned(),
        plugin,
        url: keys.url,
        files: keys.files,
        files_as: keys.files_as,
        hosts: keys.hosts,
        tenant: keys.tenant.filter(|text| !text.is_empty()),
        customer: keys.customer.filter(|text| !text.is_empty()),
        expect_empty: keys.expect_empty,
        may_equal: keys.may_equal,
        plugin_timeout,
        limits: keys.limits.limits(),
        sandbox: keys.sandbox,
        config,
        secrets,
        http,
        places,
    })
}

pub(super) fn table<'t>(
    document: &mut Document<'t>,
    value: Option<Spanned<DeValue<'t>>>,
    what: &str,
) -> Option<(DeTable<'t>, Range<usize>)> {
    let value = value?;
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(table) => Some((table, span)),
        _ => {
            document.problem(span, format!("`{what}` must be a table"), None);
            None
        }
    }
}

fn json_table<'t>(document: &mut Document<'t>, table: DeTable<'t>) -> serde_json::Value {
    let entries =
        table.into_iter().map(|(key, value)| (key.into_inner().into_owned(), json(document, value)));
    serde_json::Value::Object(entries.collect())
}

/// A value of the plugin's own part as JSON. Floats are refused: a plugin's numbers are exact too.
fn json<'t>(document: &mut Document<'t>, value: Spanned<DeValue<'t>>) -> serde_json::Value {
    let span = value.span();
    match value.into_inner() {
        DeValue::String(text) => text.into_owned().into(),
        DeValue::Boolean(flag) => flag.into(),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(number) => number.into(),
            Err(_) => {
                document.problem(span, "the number is too large", None);
                serde_json::Value::Null
            }
        },
        DeValue::Float(_) => {
            document.problem(span, "a floating number", Some("Write it as text: \"1.10\".".to_owned()));
            serde_json::Value::Null
        }
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(values) => values.into_iter().map(|value| json(document, value)).collect(),
        DeValue::Table(table) => json_table(document, table),
    }
}
