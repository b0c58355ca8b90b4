//! What ended a command: one shape for every error that a person or a script sees.

use std::fmt::{self, Write as _};
use std::io;
use std::path::Path;

use ratebook_line::Month;
use ratebook_plugin::{Problem, ProblemKind, cut_lines};
use serde_json::{Value, json};

/// Exit codes. Scripts rely on them: they are listed in the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// A bug of ours: nothing was published.
    Internal = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration or the rules are refused.
    Rules = 3,
    /// The data needs a person: unpriced lines, an empty month.
    Review = 4,
    /// A vendor could not be reached, failed, or has no data yet.
    Vendor = 5,
    /// A vendor answered with something that must not be billed.
    Data = 6,
    /// A vendor refused the credentials.
    Auth = 7,
    /// A plugin is not usable, crashed or hung.
    Plugin = 8,
    /// Disk, permissions, or the output.
    Storage = 9,
    /// Another run holds the month.
    Busy = 10,
    /// Bills were published without the usage of a source, because that was allowed.
    Partial = 11,
    /// The month is closed, or was changed by hand, and would change.
    Closed = 12,
}

impl Exit {
    /// The code in a word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Exit::Internal => "internal",
            Exit::Usage => "usage",
            Exit::Rules => "rules",
            Exit::Review => "review",
            Exit::Vendor => "vendor",
            Exit::Data => "data",
            Exit::Auth => "auth",
            Exit::Plugin => "plugin",
            Exit::Storage => "storage",
            Exit::Busy => "busy",
            Exit::Partial => "partial",
            Exit::Closed => "closed",
        }
    }

    /// Which of several failures decides the exit code of a run: what a retry helps least comes first.
    fn rank(self) -> u8 {
        match self {
            Exit::Internal => 0,
            Exit::Usage => 1,
            Exit::Rules => 2,
            Exit::Storage => 3,
            Exit::Busy => 4,
            Exit::Auth => 5,
            Exit::Plugin => 6,
            Exit::Data => 7,
            Exit::Review => 8,
            Exit::Vendor => 9,
            Exit::Closed => 10,
            Exit::Partial => 11,
        }
    }
}

/// One error: where, what, what it means, what to do.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The exit code it leads to.
    pub exit: Exit,
    /// A word such as `E-CONFLICT`.
    pub code: String,
    /// The source it is about.
    pub source: Option<String>,
    /// The month it is about.
    pub month: Option<Month>,
    /// `file:line:column`, or a path.
    pub place: Option<String>,
    /// What happened: a lower-case fragment without a full stop.
    pub message: String,
    /// The source text with the place marked, if there is one to show.
    pub excerpt: Option<String>,
    /// What it means for the bill and what was kept: sentences.
    pub notes: Vec<String>,
    /// What to do next: a sentence.
    pub fix: Option<String>,
    /// The ids of the rules it is about.
    pub rules: Vec<String>,
    /// Everything that is wrong, for programs.
    pub problems: Vec<Value>,
}

impl Failure {
    /// A failure with nothing but a code word and a message.
    pub(crate) fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Failure {
        Failure {
            exit,
            code: code.into(),
            source: None,
            month: None,
            place: None,
            message: message.into(),
            excerpt: None,
            notes: Vec::new(),
            fix: None,
            rules: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// A wrong command line.
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, "E-USAGE", message)
    }

    /// A file that could not be read or written.
    pub(crate) fn storage(path: &Path, doing: &str, error: &io::Error) -> Failure {
        let failure = Failure::new(Exit::Storage, "E-STORAGE", format!("cannot {doing}: {error}"));
        failure.at(path.display().to_string())
    }

    /// What a plugin, or the host on its behalf, has to say.
    pub(crate) fn from_problem(problem: Problem) -> Failure {
        let (exit, code) = match problem.kind {
            ProblemKind::Config => (Exit::Rules, "E-CONFIG"),
            ProblemKind::NotYet => (Exit::Vendor, "E-NOT-YET"),
            ProblemKind::Empty => (Exit::Review, "E-EMPTY"),
            ProblemKind::Vendor => (Exit::Vendor, "E-VENDOR"),
            ProblemKind::Data => (Exit::Data, "E-DATA"),
            ProblemKind::Review => (Exit::Review, "E-REVIEW"),
            ProblemKind::Auth => (Exit::Auth, "E-AUTH"),
            ProblemKind::Stopped => (Exit::Vendor, "E-STOPPED"),
            ProblemKind::Plugin => (Exit::Plugin, "E-PLUGIN"),
            ProblemKind::Storage => (Exit::Storage, "E-STORAGE"),
        };
        let failure = Failure::new(exit, code, cut_lines(problem.to_string()));
        Failure { fix: problem.advice, ..failure }
    }

    /// The same, about a source and a month.
    pub(crate) fn of(self, source: &str, month: Month) -> Failure {
        Failure { source: Some(source.to_owned()), month: Some(month), ..self }
    }

    /// The same, at a place.
    pub(crate) fn at(self, place: impl Into<String>) -> Failure {
        Failure { place: Some(place.into()), ..self }
    }

    /// The same with one more sentence on what it means.
    pub(crate) fn note(mut self, sentence: impl Into<String>) -> Failure {
        self.notes.push(sentence.into());
        self
    }

    /// The same with what to do next.
    pub(crate) fn fix(self, sentence: impl Into<String>) -> Failure {
        Failure { fix: Some(sentence.into()), ..self }
    }

    /// The same with every text in it changed.
    pub(crate) fn with_texts(self, change: impl Fn(&str) -> String) -> Failure {
        let changed = |text: Option<String>| text.map(|text| change(&text));
        Failure {
            place: changed(self.place),
            message: change(&self.message),
            excerpt: changed(self.excerpt),
            notes: self.notes.iter().map(|note| change(note)).collect(),
            fix: changed(self.fix),
            ..self
        }
    }

    fn json(&self) -> Value {
        let mut object = json!({
            "code": self.code,
            "name": self.exit.word(),
            "message": self.message,
            "problems": self.problems,
        });
        let optional = [
            ("source", self.source.clone().map(Value::from)),
            ("month", self.month.map(|month| month.to_string().into())),
            ("where", self.place.clone().map(Value::from)),
            ("fix", self.fix.clone().map(Value::from)),
            ("rules", (!self.rules.is_empty()).then(|| self.rules.clone().into())),
            ("notes", (!self.notes.is_empty()).then(|| self.notes.clone().into())),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                object[name] = value;
            }
        }
        object
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = self.month.map(|month| month.to_string());
        let about: Vec<&str> = self.source.as_deref().into_iter().chain(month.as_deref()).collect();
        if !about.is_empty() {
            write!(f, "{}: ", escaped(&about.join(" ")))?;
        }
        if let Some(place) = &self.place {
            write!(f, "{}: ", escaped(place))?;
        }
        let mut message = self.message.lines();
        f.write_str(&escaped(message.next().unwrap_or_default()))?;
        let excerpt = self.excerpt.iter().flat_map(|excerpt| excerpt.lines());
        let below = self.notes.iter().chain(&self.fix).flat_map(|text| text.lines());
        for line in message.chain(excerpt).chain(below) {
            write!(f, "\n  {}", escaped(line))?;
        }
        Ok(())
    }
}

/// Everything that ended a command; never empty.
#[derive(Clone, Debug)]
pub(crate) struct Failures(pub Vec<Failure>);

impl Failures {
    /// The exit code: that of the failure which a retry helps least.
    pub(crate) fn exit(&self) -> Exit {
        self.worst().map_or(Exit::Internal, |failure| failure.exit)
    }

    fn worst(&self) -> Option<&Failure> {
        self.0.iter().min_by_key(|failure| failure.exit.rank())
    }

    /// All of them for people, each beginning with `error[CODE]`.
    pub(crate) fn text(&self, colour: bool) -> String {
        let (red, plain) = if colour { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let mut text = String::new();
        for failure in &self.0 {
            let _ = writeln!(text, "{red}error[{}]{plain} {failure}", failure.code);
        }
        text
    }

    /// One object for programs: the failure that decides the exit code; the others are its problems.
    pub(crate) fn json(&self) -> Value {
        let Some(worst) = self.worst() else { return json!({ "error": { "code": "E-INTERNAL" } }) };
        let mut error = worst.json();
        // A failure may list the problems of others with its own; each is told once.
        let listed = |failure: &Failure| {
            worst.problems.iter().any(|problem| {
                problem["code"] == failure.code
                    && problem["message"] == failure.message
                    && problem["where"].as_str() == failure.place.as_deref()
            })
        };
        let others = self.0.iter().filter(|failure| !std::ptr::eq(*failure, worst) && !listed(failure));
        if let Some(problems) = error["problems"].as_array_mut() {
            problems.extend(others.map(Failure::json));
        }
        json!({ "error": error })
    }
}

impl From<Failure> for Failures {
    fn from(failure: Failure) -> Failures {
        Failures(vec![failure])
    }
}

/// True if a text is of ASCII alone, and of that nothing that a terminal does not print.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// A text from outside with control characters and direction marks made visible, so that it cannot write on the
/// terminal what is not there.
pub(crate) fn escaped(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        let direction =
            matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}');
        if character.is_control() || direction {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_retryable_failure_decides_the_exit_code() {
        let failures = Failures(vec![
            Failure::from_problem(Problem::vendor("down")),
            Failure::from_problem(Problem::auth("refused")),
            Failure::from_problem(Problem::data("wrong month")),
        ]);
        assert_eq!(failures.exit(), Exit::Auth);
        assert_eq!(failures.json()["error"]["code"], "E-AUTH");
        assert_eq!(failures.json()["error"]["problems"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(escaped("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
    }
}
