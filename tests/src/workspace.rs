//! Workspaces of their own for tests, and the binary run in them.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ratebook::tables::{read_lines, write_lines};
use ratebook_line::{BillableLine, JsonLineWriter};
use tempfile::TempDir;

use crate::built::built;
use crate::recording::{self, ACRONIS_CSV, METALLIC_SUMMARY, Payload};
use crate::vendors::{acronis, metallic};

/// The month of the example.
pub const MONTH: &str = "2026-03";
/// The month after it, which is in the example too.
pub const NEXT: &str = "2026-04";

/// A copy of the example month that a test may spoil.
#[derive(Debug)]
pub struct Workspace {
    folder: TempDir,
    hidden: Vec<(String, String)>,
}

/// What a run of the binary left behind.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output, with what differs between machines replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
}

impl Ran {
    /// Code and both outputs, for a snapshot.
    #[must_use]
    pub fn told(&self) -> String {
        let mut text = format!("exit {}\n", self.code);
        for (name, output) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !output.is_empty() {
                let _ = write!(text, "--- {name}\n{output}");
            }
        }
        text
    }
}

impl Workspace {
    /// A copy of the example month.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn of_the_example() -> io::Result<Workspace> {
        let folder = tempfile::tempdir()?;
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month");
        for part in ["ratebook.toml", "rules", "recordings"] {
            copy(&example.join(part), &folder.path().join(part))?;
        }
        Ok(Workspace::in_folder(folder))
    }

    /// A copy of the example with its first month closed.
    ///
    /// # Errors
    /// Those of the file system.
    ///
    /// # Panics
    /// If it cannot be run or closed.
    pub fn with_a_closed_month() -> io::Result<Workspace> {
        let workspace = Workspace::of_the_example()?;
        workspace.done(&["run", "--month", MONTH, "--offline"]);
        workspace.done(&["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]);
        Ok(workspace)
    }

    /// A workspace in a folder that holds one already, or nothing yet.
    #[must_use]
    pub fn in_folder(folder: TempDir) -> Workspace {
        let shown = (folder.path().display().to_string(), "WORKSPACE".to_owned());
        Workspace { folder, hidden: vec![shown] }
    }

    /// A copy of it as it is now, to be spoilt in its place.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn again(&self) -> io::Result<Workspace> {
        let folder = tempfile::tempdir()?;
        copy(self.path(), folder.path())?;
        Ok(Workspace::in_folder(folder))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path().join(path))
    }

    /// Writes a file of it, in folders that are made if they are missing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn put(&self, path: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(self.path()))?;
        fs::write(path, bytes)
    }

    /// Replaces a text in one of its files, which must be there once or more.
    ///
    /// # Errors
    /// If the file cannot be read or written, or does not hold the text.
    pub fn replace(&self, path: &str, from: &str, to: &str) -> io::Result<()> {
        let path = self.path().join(path);
        let text = fs::read_to_string(&path)?;
        if !text.contains(from) {
            return Err(io::Error::other(format!("{} does not hold {from:?}", path.display())));
        }
        fs::write(path, text.replace(from, to))
    }

    /// The bill document of a month, as `ratebook export` writes it.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn bills(&self, month: &str) -> String {
        self.done(&["export", "--month", month, "--format", "json"]).stdout
    }

    /// The lines of a source as JSON Lines, as `ratebook lines` prints them.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn lines(&self, month: &str, source: &str) -> String {
        self.done(&["lines", "--month", month, "--source", source, "--format", "jsonl"]).stdout
    }

    /// The skipped records of a source as JSON Lines.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn skipped(&self, month: &str, source: &str) -> String {
        self.done(&["lines", "--skipped", "--month", month, "--source", source, "--format", "jsonl"]).stdout
    }

    /// Edits a table of lines by hand: as JSON Lines, which are written as a table again.
    ///
    /// # Errors
    /// If the table cannot be read or written, or does not hold the text.
    pub fn edit_lines(&self, path: &str, from: &str, to: &str) -> io::Result<()> {
        let path = self.path().join(path);
        let mut text = Vec::new();
        let mut writer = JsonLineWriter::new(&mut text);
        read_lines(&path)?.iter().try_for_each(|line| writer.write(line))?;
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        if !text.contains(from) {
            return Err(io::Error::other(format!("{} does not hold {from:?}", path.display())));
        }
        put_lines(&path, &text.replace(from, to))
    }

    /// Lets both sources ask vendors on loopback, without pauses that a test would have to sit out.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn ask(&mut self, acronis: &str, metallic: &str) -> io::Result<()> {
        self.hidden.push((acronis.to_owned(), "http://ACRONIS".to_owned()));
        self.hidden.push((metallic.to_owned(), "http://METALLIC".to_owned()));
        fs::remove_dir_all(self.path().join("recordings"))?;
        self.replace("ratebook.toml", "https://eu2-cloud.acronis.com", acronis)?;
        let url = format!("plugin = \"metallic\"\nurl = \"{metallic}\"");
        self.replace("ratebook.toml", "plugin = \"metallic\"", &url)?;
        self.replace("ratebook.toml", "measure =", "poll_every_seconds = 1\nmeasure =")?;
        let mut text = fs::read_to_string(self.path().join("ratebook.toml"))?;
        text += "\n[http]\nbackoff = \"1ms\"\n";
        fs::write(self.path().join("ratebook.toml"), text)
    }

    /// Records other bytes as the Acronis report; `file` ends in `.gz` if they are gzip, or shall be taken for it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn record_acronis(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.path().join("recordings").join(MONTH).join("acronis-eu");
        recording::write(&folder, "acronis", MONTH, &[Payload { file, format: ACRONIS_CSV, bytes }])
    }

    /// Records other bytes as the Metallic summary.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn record_metallic(&self, bytes: &[u8]) -> io::Result<()> {
        let folder = self.path().join("recordings").join(MONTH).join("metallic");
        let payload = Payload { file: "usage-summary.json", format: METALLIC_SUMMARY, bytes };
        recording::write(&folder, "metallic", MONTH, &[payload])
    }

    /// Runs the binary in it, with an empty environment but for the vendors' secrets.
    ///
    /// # Errors
    /// If it does not start.
    pub fn run(&self, arguments: &[&str]) -> io::Result<Ran> {
        Ok(self.ran(&self.command(arguments).output()?))
    }

    /// The same for a command that must end well.
    ///
    /// # Panics
    /// If it does not, with what it said.
    #[expect(clippy::panic, reason = "a test whose command fails ends here")]
    pub fn done(&self, arguments: &[&str]) -> Ran {
        match self.run(arguments) {
            Ok(ran) if ran.code == 0 => ran,
            Ok(ran) => panic!("{arguments:?}: {}", ran.told()),
            Err(error) => panic!("{arguments:?}: {error}"),
        }
    }

    /// What [`Workspace::run`] runs, to be given more of an environment, or answers.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&built().ratebook);
        command
            .args(arguments)
            .arg("--workspace")
            .arg(self.path())
            .current_dir(self.path())
            .env_clear()
            .env("ACRONIS_CLIENT_SECRET", acronis::CLIENT_SECRET)
            .env("METALLIC_ACCESS_TOKEN", metallic::TOKEN);
        command
    }

    /// What a run of such a command left behind.
    #[must_use]
    pub fn ran(&self, output: &Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: self.shown(&output.stdout),
            stderr: self.shown(&output.stderr),
        }
    }

    /// Shows a text that differs between machines by a name.
    pub fn hide(&mut self, text: &str, name: &str) {
        self.hidden.push((text.to_owned(), name.to_owned()));
    }

    fn shown(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.hidden.iter().fold(text, |text, (secret, name)| text.replace(secret.as_str(), name))
    }

    /// Every file in it, by its path, with its bytes.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn files(&self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        list(self.path(), &mut files)?;
        files.sort();
        let name = |path: PathBuf| path.strip_prefix(self.path()).unwrap_or(&path).display().to_string();
        files.into_iter().map(|path| Ok((name(path.clone()), fs::read(&path)?))).collect()
    }
}

/// Writes a table of lines from JSON Lines, in folders that are made if they are missing.
///
/// # Errors
/// If a line is none; those of the file system.
pub fn put_lines(path: &Path, text: &str) -> io::Result<()> {
    let lines = text.lines().map(|line| serde_json::from_str(line).map(BillableLine::into_owned));
    let lines: Vec<BillableLine<'static>> = lines.collect::<Result<_, _>>()?;
    write_lines(path, lines)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
