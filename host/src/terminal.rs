//! What a command says while it works: on standard error, so that standard output is the result alone. Secrets are taken
//! out of all of it here once more, whoever says it.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use ratebook_plugin::{Level, cut};
use serde::{Deserialize, Serialize};

use crate::failure::{Failures, escaped};
use crate::fetch::redactor;

/// Where words of progress, notes, warnings and errors go.
pub(crate) struct Terminal {
    quiet: bool,
    verbose: bool,
    colour: bool,
    bars: Option<MultiProgress>,
    warnings: AtomicUsize,
}

impl Terminal {
    /// A terminal as the options, `NO_COLOR` and standard error allow.
    pub(crate) fn new(quiet: bool, verbose: bool) -> Terminal {
        let interactive = io::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Terminal {
            quiet,
            verbose,
            colour: interactive && !dumb && !no_colour,
            bars: (interactive && !dumb && !quiet).then(MultiProgress::new),
            warnings: AtomicUsize::new(0),
        }
    }

    /// A voice for one source (or stage); shown beside what it says.
    pub(crate) fn voice(self: &Arc<Self>, who: &str) -> Voice {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            let style = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}  {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_prefix(escaped(who));
            // It panics where it gets no thread.
            if crate::threads::room_for(1).is_ok() {
                bar.enable_steady_tick(Duration::from_millis(120));
            }
            bar
        });
        Voice {
            terminal: Arc::clone(self),
            who: who.to_owned(),
            bar,
            warned: Mutex::default(),
            said: Mutex::default(),
        }
    }

    /// Says something in passing; not with `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Warns, by a code word if there is one; counted.
    pub(crate) fn warn(&self, code: Option<&str>, text: &str) {
        self.warnings.fetch_add(1, Ordering::Relaxed);
        let (yellow, plain) = if self.colour { ("\u{1b}[1;33m", "\u{1b}[0m") } else { ("", "") };
        let code = code.map_or(":".to_owned(), |code| format!("[{code}]"));
        self.line(&format!("{yellow}warning{code}{plain} {}", escaped(text)));
    }

    /// Says at the end how many warnings there were, if there were any.
    pub(crate) fn count_warnings(&self) {
        match self.warnings.load(Ordering::Relaxed) {
            0 => {}
            1 => self.note("1 warning"),
            count => self.note(&format!("{count} warnings")),
        }
    }

    /// Says what ended the command.
    pub(crate) fn fail(&self, failures: &Failures) {
        self.line(failures.text(self.colour).trim_end());
    }

    fn line(&self, text: &str) {
        let text = redactor().clean(text);
        // Nobody is left to tell if standard error is gone.
        let _ = match &self.bars {
            Some(bars) => bars.suspend(|| writeln!(io::stderr(), "{text}")),
            None => writeln!(io::stderr(), "{text}"),
        };
    }
}

/// The voice of one source: its progress and what its plugin has to say.
pub(crate) struct Voice {
    terminal: Arc<Terminal>,
    who: String,
    bar: Option<ProgressBar>,
    warned: Mutex<Vec<SourceWarning>>,
    said: Mutex<Vec<Said>>,
}

/// What a source was warned of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SourceWarning {
    /// A code word, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What.
    pub message: String,
}

/// Something that was said for people to see, to be said again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    /// How important it is.
    pub level: Level,
    /// The code word of a warning, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What.
    pub text: String,
}

/// Characters of what a plugin says that are shown.
const LONGEST: usize = 1000;

/// How many warnings, or notes and warnings, of a source are remembered; more are shown and counted.
const REMEMBERED: usize = 1000;

impl Voice {
    /// Shows what is being done, on a terminal.
    pub(crate) fn progress(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(escaped(&redactor().clean(text))),
            None if self.terminal.verbose => self.say(text),
            None => {}
        }
    }

    /// Tells something of an importance.
    pub(crate) fn log(&self, level: Level, text: &str) {
        match level {
            Level::Warning => self.warn(None, text),
            Level::Note => {
                self.remember(level, None, text);
                self.say(text);
            }
            Level::Detail if self.terminal.verbose => self.say(text),
            Level::Detail => {}
        }
    }

    /// Warns of something; by a code word, what was warned of before is not told again.
    pub(crate) fn warn(&self, code: Option<&'static str>, text: &str) {
        let text = &*cut(text, LONGEST);
        let warning = SourceWarning { code, message: text.to_owned() };
        {
            let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
            if code.is_some() && warned.contains(&warning) {
                return;
            }
            if warned.len() < REMEMBERED {
                warned.push(warning);
            }
        }
        self.remember(Level::Warning, code, text);
        self.terminal.warn(code, &format!("{}: {text}", self.who));
    }

    /// What was warned of.
    pub(crate) fn warned(&self) -> Vec<SourceWarning> {
        self.warned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All notes and warnings, in their order. None if there were too many to remember.
    pub(crate) fn all_said(&self) -> Option<Vec<Said>> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        (said.len() < REMEMBERED).then(|| said.clone())
    }

    fn remember(&self, level: Level, code: Option<&str>, text: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() < REMEMBERED {
            said.push(Said { level, code: code.map(str::to_owned), text: cut(text, LONGEST).into_owned() });
        }
    }

    fn say(&self, text: &str) {
        self.terminal.note(&format!("{}: {}", escaped(&self.who), escaped(&cut(text, LONGEST))));
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
