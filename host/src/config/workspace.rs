//! A folder with a `ratebook.toml`: found, and the file read as a whole.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::bounds::Bounds;
use super::document::{Document, FILE, nearest};
use super::source::{Source, read_source, table};
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::HttpSettings;
use crate::inputs;

/// No configuration is longer.
const LONGEST: u64 = 16 << 20;

/// A folder with a `ratebook.toml`, read and checked.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder.
    pub root: PathBuf,
    /// The root rules file, relative to the folder.
    pub rules: String,
    /// The sources by name.
    pub sources: BTreeMap<String, Source>,
    /// How much a month may differ from the last closed one.
    pub bounds: Bounds,
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
        let read_file = || -> io::Result<(String, bool)> {
            let file = inputs::open(&path)?;
            let is_open = inputs::everybody_may_write(&file.metadata()?);
            let text = String::from_utf8(inputs::read_open(file, LONGEST)?);
            Ok((
                text.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8 text"))?,
                is_open,
            ))
        };
        let (text, is_open) = read_file().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                Failure::new(Exit::Rules, "E-CONFIG", format!("there is no {FILE} in {}", root.display()))
                    .fix("`ratebook init DIR` makes a workspace; `--workspace DIR` names another one.")
            }
            kind if kind == io::ErrorKind::InvalidData || inputs::is_unfit(&error) => {
                Failure::new(Exit::Rules, "E-CONFIG", error.to_string()).at(path.display().to_string())
            }
            _ => Failure::storage(&path, "read", &error),
        })?;
        if is_open {
            return Err(inputs::refused(&path).into());
        }
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
                None if known.is_empty() => failure
                    .at(self.config_path())
                    .fix("There is no source yet: add a [source.<name>] with plugin = \"...\"."),
                None => failure.fix(format!("The sources are: {}.", known.join(", "))),
            }
        })
    }

    /// The vendor of each source, which is the id of its plugin, by the source's name.
    pub(crate) fn vendors(&self) -> BTreeMap<String, String> {
        self.sources.values().map(|source| (source.name.clone(), source.plugin.clone())).collect()
    }
}

/// Reads the text of a `ratebook.toml`; `name` is what messages call it.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn read(root: &Path, name: &str, text: &str) -> Result<Workspace, Failures> {
    let mut document = Document::new(name, text);
    let mut workspace = Workspace {
        root: root.to_owned(),
        rules: "rules/main.toml".to_owned(),
        sources: BTreeMap::new(),
        bounds: Bounds::default(),
    };
    let mut version = None;
    let (mut sources, mut http, mut bounds) = (None, None, None);
    for (key, value) in document.tables() {
        match key.get_ref().as_ref() {
            "version" => version = Some((key.span(), document.read::<i64>(value))),
            "rules" => workspace.rules = document.read(value).unwrap_or_default(),
            "source" => sources = Some(value),
            "http" => http = Some(value),
            "bounds" => bounds = Some(value),
            other => {
                let near = nearest(other, ["version", "rules", "source", "http", "bounds"].into_iter());
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
    let mut general = DeTable::new();
    if let Some((table, span)) = table(&mut document, http, "http")
        // Read for its problems alone; each source reads it again with its own keys laid over it.
        && document.read_table::<HttpSettings>(table.clone(), span).is_some()
    {
        general = table;
    }
    if let Some((table, span)) = table(&mut document, bounds, "bounds") {
        workspace.bounds = document.read_table(table, span).unwrap_or_default();
    }
    if let Some((sources, _)) = table(&mut document, sources, "source") {
        let names: Vec<String> = sources.keys().map(|name| name.get_ref().to_string()).collect();
        for (name, value) in sources {
            if let Some(source) = read_source(&mut document, &name, value, &general, &names) {
                workspace.sources.insert(source.name.clone(), source);
            }
        }
    }
    document.finish(workspace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        read(Path::new("."), "ratebook.toml", text).unwrap_err().text(false)
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_everybody_may_write_to_is_refused() {
        use std::fs;
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, "version = 1\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o646)).unwrap();
        let refused = Workspace::open(Some(folder.path())).unwrap_err();
        assert_eq!(refused.exit(), Exit::Rules);
        assert!(refused.text(false).contains("chmod o-w"), "{}", refused.text(false));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
        Workspace::open(Some(folder.path())).unwrap();
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
    fn a_source_of_files_asks_nobody() {
        let text = problems(
            "version = 1\n[source.a]\nplugin = \"t\"\nfiles = \"a/{month}\"\nurl = \"https://a.example\"\n\
             [source.a.secrets]\ntoken = { env = \"T\" }\n\
             [source.b]\nplugin = \"t\"\nfiles_as = \"csv\"\n[source.c]\nplugin = \"t\"\nfiles = \"{day}\"\n",
        );
        for expected in [
            "ratebook.toml:5:1: with `files` nobody is asked, so `url` has no meaning",
            "ratebook.toml:6:11: with `files` nobody is asked, so `secrets` has no meaning",
            "ratebook.toml:8:9: `files_as` is about `files`",
            "ratebook.toml:13:9: \"{day}\": {day is none of {month}, {year}, {mm}",
        ] {
            assert!(text.contains(expected), "{expected} in:\n{text}");
        }
    }

    #[test]
    fn sources_that_may_equal_each_other_are_sources() {
        let text = problems(
            "version = 1\n[source.east]\nplugin = \"t\"\nmay_equal = [\"east\", \"wst\"]\n[source.west]\nplugin = \"t\"\n",
        );
        assert!(text.contains("ratebook.toml:4:13: may_equal: there is no source \"wst\""), "{text}");
        assert!(text.contains("Did you mean \"west\"?") && !text.contains("\"east\"?"), "{text}");
    }

    #[test]
    fn a_secret_in_the_file_is_refused_and_not_quoted() {
        let text = problems(
            "version = 1\n[source.a]\nplugin = \"m\"\nurl = \"https://me:hunter2@a.example\"\n\
             [source.a.secrets]\ntoken = \"hunter2\"\nkey = { env = \"hunter2!\" }\n",
        );
        for place in ["ratebook.toml:4:7", "ratebook.toml:6:9", "ratebook.toml:7:7"] {
            assert!(text.contains(place), "{place} in:\n{text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
}
