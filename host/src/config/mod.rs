//! A workspace and its `ratebook.toml`: which sources there are and how each is asked.
//!
//! This room owns reading and checking that file. What stands in `[source.<name>.config]` is the plugin's: it is
//! carried as it is, with its places, so that a plugin's complaint about a key can be shown where the key stands.

mod document;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) use document::{Document, nearest};

use crate::failure::{Exit, Failure, Failures};
use crate::fetch::{HttpSettings, SecretRef, check_url, duration};

/// The file that makes a folder a workspace.
pub(crate) const FILE: &str = "ratebook.toml";

const SECRET_FORM: &str = "a secret is never written here, only where it is: { env = \"NAME\" }, { file = \"path\" } \
     or { command = [\"program\", \"argument\"] }";

/// A folder with a `ratebook.toml`, read and checked.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder.
    pub root: PathBuf,
    /// The root rules file, relative to the folder.
    pub rules: String,
    /// The sources by name.
    pub sources: BTreeMap<String, Source>,
}

/// One account at one vendor.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its name; the key after `source.`.
    pub name: String,
    /// The id of the plugin that reads it.
    pub plugin: String,
    /// The address of the vendor's API; the plugin's default if absent.
    pub url: Option<String>,
    /// Further hosts it may talk to.
    pub hosts: Vec<String>,
    /// The tenant of lines whose payload names none.
    pub tenant: Option<String>,
    /// The customer of lines whose payload names none.
    pub customer: Option<String>,
    /// True if a month without usage is fine.
    pub expect_empty: bool,
    /// How long the plugin may be silent.
    pub plugin_timeout: Duration,
    /// The plugin's own part.
    pub config: serde_json::Value,
    /// Where its secrets are.
    pub secrets: BTreeMap<String, SecretRef>,
    /// How its vendor is asked.
    pub http: HttpSettings,
    /// Where the source, and each key the plugin may complain about, stands in the file.
    places: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceKeys {
    plugin: Option<String>,
    url: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
    tenant: Option<String>,
    customer: Option<String>,
    #[serde(default)]
    expect_empty: bool,
    plugin_timeout: Option<String>,
}

impl Source {
    /// Where a key of the source's configuration stands: `ratebook.toml:7:1`.
    pub(crate) fn place(&self, key: &str) -> String {
        let found = self.places.get(key).or_else(|| self.places.get(""));
        found.cloned().unwrap_or_else(|| FILE.to_owned())
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

impl Workspace {
    /// Reads the workspace in a folder, or, without one, in the current folder or the nearest above it that has a
    /// `ratebook.toml`.
    ///
    /// # Errors
    /// If there is none, or everything that is wrong with its file.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Workspace, Failures> {
        let root = match folder {
            Some(folder) => folder.to_owned(),
            None => Workspace::nearest()?,
        };
        let path = root.join(FILE);
        let text = fs::read_to_string(&path).map_err(|error| {
            let failure = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Failure::new(Exit::Rules, "E-CONFIG", format!("there is no {FILE} in {}", root.display()))
                        .fix("`ratebook init DIR` makes a workspace; `--workspace DIR` names another one.")
                }
                std::io::ErrorKind::InvalidData => {
                    Failure::new(Exit::Rules, "E-CONFIG", "the file is not UTF-8 text")
                        .at(path.display().to_string())
                }
                _ => Failure::storage(&path, "read", &error),
            };
            Failures::from(failure)
        })?;
        read(&root, &path.display().to_string(), &text)
    }

    /// The current folder, or the nearest above it, that has a `ratebook.toml`.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn nearest() -> Result<PathBuf, Failure> {
        let here =
            std::env::current_dir().map_err(|error| Failure::storage(Path::new("."), "find", &error))?;
        let found = here.ancestors().find(|folder| folder.join(FILE).is_file());
        found.map(Path::to_owned).ok_or_else(|| {
            Failure::new(Exit::Rules, "E-CONFIG", format!("there is no {FILE} here or in a folder above"))
                .fix("`ratebook init DIR` makes a workspace; `--workspace DIR` names one.")
        })
    }

    /// The path of its `ratebook.toml`, for messages.
    pub(crate) fn config_path(&self) -> String {
        self.root.join(FILE).display().to_string()
    }

    /// The source of a name.
    ///
    /// # Errors
    /// If there is none; names those there are.
    pub(crate) fn source(&self, name: &str) -> Result<&Source, Failure> {
        self.sources.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.sources.keys().map(String::as_str).collect();
            let failure = Failure::usage(format!("there is no source {name:?} in {FILE}"));
            match nearest(name, known.iter().copied()) {
                Some(near) => failure.fix(format!("Did you mean {near}?")),
                None => failure.fix(format!("The sources are: {}.", known.join(", "))),
            }
        })
    }
}

fn read(root: &Path, name: &str, text: &str) -> Result<Workspace, Failures> {
    let mut document = Document::new(name, text);
    let mut workspace =
        Workspace { root: root.to_owned(), rules: "rules/main.toml".to_owned(), sources: BTreeMap::new() };
    let mut version = None;
    let (mut sources, mut http) = (None, None);
    for (key, value) in document.tables() {
        match key.get_ref().as_ref() {
            "version" => version = Some((key.span(), document.read::<i64>(value))),
            "rules" => workspace.rules = document.read(value).unwrap_or_default(),
            "source" => sources = Some(value),
            "http" => http = Some(value),
            other => {
                let near = nearest(other, ["version", "rules", "source", "http"].into_iter());
                let hint = near.map(|near| format!("Did you mean `{near}`?"));
                document.problem(key.span(), format!("unknown key `{other}`"), hint);
            }
        }
    }
    match version {
        Some((_, Some(1) | None)) => {}
        Some((span, Some(other))) => {
            document.problem(
                span,
                format!("version {other} is not known to this ratebook"),
                Some("It reads version 1.".to_owned()),
            );
        }
        None => document.problem(0..0, "`version = 1` is missing", None),
    }
    let http = table(&mut document, http, "http");
    if let Some((general, span)) = &http {
        // Read for its problems alone; each source reads it again with its own keys laid over it.
        document.read_table::<HttpSettings>(general.clone(), span.clone());
    }
    let general = http.map(|(table, _)| table).unwrap_or_default();
    if let Some((sources, _)) = table(&mut document, sources, "source") {
        for (name, value) in sources {
            if let Some(source) = read_source(&mut document, &name, value, &general) {
                workspace.sources.insert(source.name.clone(), source);
            }
        }
    }
    document.finish(workspace)
}

fn read_source<'t>(
    document: &mut Document<'t>,
    name: &Spanned<std::borrow::Cow<'t, str>>,
    value: Spanned<DeValue<'t>>,
    general: &DeTable<'t>,
) -> Option<Source> {
    let id = name.get_ref().as_ref();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) || id.starts_with('-') {
        let hint = "Use lower-case letters, digits, `-` and `_`; it names folders.".to_owned();
        document.problem(name.span(), format!("{id:?} is not usable as the name of a source"), Some(hint));
    }
    let (keys, span) = table(document, Some(value), "source")?;
    let mut places = BTreeMap::from([(String::new(), document.place(name.span().start))]);
    let mut own = DeTable::new();
    let (mut config, mut secrets, mut http) =
        (serde_json::Value::Object(serde_json::Map::new()), BTreeMap::new(), general.clone());
    for (key, value) in keys {
        match key.get_ref().as_ref() {
            "config" => {
                if let Some((table, _)) = table(document, Some(value), "config") {
                    for (key, _) in &table {
                        places.insert(key.get_ref().to_string(), document.place(key.span().start));
                    }
                    config = json_table(document, table);
                }
            }
            "secrets" => {
                for (key, value) in
                    table(document, Some(value), "secrets").map(|(table, _)| table).unwrap_or_default()
                {
                    places.insert(format!("secrets.{}", key.get_ref()), document.place(key.span().start));
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
                places.insert(key.get_ref().to_string(), document.place(key.span().start));
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
    let plugin_timeout = match keys.plugin_timeout.as_deref().map(duration) {
        None => Duration::from_secs(60),
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
        hosts: keys.hosts,
        tenant: keys.tenant.filter(|text| !text.is_empty()),
        customer: keys.customer.filter(|text| !text.is_empty()),
        expect_empty: keys.expect_empty,
        plugin_timeout,
        config,
        secrets,
        http,
        places,
    })
}

fn table<'t>(
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

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        read(Path::new("."), "ratebook.toml", text).unwrap_err().text(false)
    }

    #[test]
    fn sources_are_read_with_general_settings_below_their_own() {
        let workspace = read(
            Path::new("."),
            "ratebook.toml",
            "version = 1\n[http]\ntries = 3\n[source.eu]\nplugin = \"acronis\"\nurl = \"https://eu.example/\"\n\
             [source.eu.config]\nmeasure = \"absolute.total\"\nlevels = [1, true]\n[source.eu.http]\nbackoff = \"10ms\"\n",
        )
        .unwrap();
        let source = &workspace.sources["eu"];
        assert_eq!(source.http.tries, 3);
        assert_eq!(source.config["measure"], "absolute.total");
        assert_eq!(source.place("measure"), "ratebook.toml:8:1");
        assert_eq!(source.place("nowhere"), "ratebook.toml:4:9");
        assert_eq!(source.plugin_config(None).url.as_deref(), Some("https://eu.example"));
    }

    #[test]
    fn all_problems_are_told_at_once_with_their_places() {
        let text = problems(
            "version = 2\nruels = \"x\"\n[http]\ntrys = 3\n[source.EU]\nplugin = \"acronis\"\n\
             [source.us]\nurl = \"https://us.example\"\n[source.x]\nplugin = \"acronis\"\nplugin_timeout = 7\n",
        );
        for expected in [
            "ratebook.toml:1:1: version 2 is not known",
            "ratebook.toml:2:1: unknown key `ruels`",
            "Did you mean `rules`?",
            "ratebook.toml:4:1: unknown field `trys`",
            "Did you mean `tries`?",
            "ratebook.toml:5:9: \"EU\" is not usable",
            "ratebook.toml:7:9: the source us names no plugin",
            "ratebook.toml:11:18: ",
        ] {
            assert!(text.contains(expected), "{expected} in:\n{text}");
        }
    }

    #[test]
    fn a_secret_in_the_file_is_refused() {
        let text =
            problems("version = 1\n[source.a]\nplugin = \"m\"\n[source.a.secrets]\ntoken = \"hunter2\"\n");
        assert!(text.contains("ratebook.toml:6:9") && text.contains("ratebook.toml:7:7"), "{text}");
        assert!(text.contains("env"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
