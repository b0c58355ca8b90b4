//! The command line: one file per command.

mod adjust;
mod check;
mod close;
mod completions;
mod diff;
mod doctor;
mod explain;
mod export;
mod fetch;
mod history;
mod import;
mod index;
mod init;
mod lines;
mod map;
mod normalize;
mod plugin;
mod publish;
mod rate;
mod run;
mod schema;
mod stage;
mod status;
mod test;
mod verify;

use std::cell::Cell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::export::{Bills, Form, Halt, write};
use crate::failure::{Exit, Failure, Failures};
use crate::files::json_text;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Turn what vendors say was used into bills that can be explained to the cent
#[derive(Parser)]
#[command(name = "ratebook", version, max_term_width = 100, disable_help_subcommand = true)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(clap::Args)]
struct Global {
    /// The workspace: the folder of ratebook.toml [default: here, or the nearest folder above]
    #[arg(long, short = 'w', global = true, value_name = "DIR", env = "RATEBOOK_WORKSPACE")]
    workspace: Option<PathBuf>,
    /// How results (and errors) are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Say nothing but results, warnings and errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Say more about what is being done
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    verbose: bool,
}

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: one JSON document
    Json,
    /// For programs: a JSON object a line (export, lines)
    Jsonl,
    /// For programs and spreadsheets (export, lines)
    Csv,
    /// For a comment on a pull request (diff)
    Markdown,
    /// One page that needs nothing else (diff)
    Html,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Check(check::Check),
    Run(run::Run),
    Fetch(fetch::Fetch),
    Import(import::Import),
    Normalize(normalize::Normalize),
    Rate(rate::Rate),
    Explain(explain::Explain),
    Lines(lines::Lines),
    Export(export::Export),
    Verify(verify::Verify),
    Close(close::Close),
    Adjust(adjust::Adjust),
    Status(status::Status),
    History(history::History),
    Index(index::Index),
    Publish(publish::Publish),
    Doctor(doctor::Doctor),
    Diff(diff::Diff),
    Test(test::Test),
    Plugin(plugin::Plugin),
    Map(map::Map),
    Schema(schema::Schema),
    Completions(completions::Completions),
}

/// What a command works with: the options, and somewhere to speak.
struct Context {
    global: Global,
    terminal: Arc<Terminal>,
    stop: Stop,
    /// True once a result was printed that an error may follow.
    has_result: Cell<bool>,
}

impl Context {
    /// Prints a result on standard output.
    fn print(&self, text: &str) -> Result<(), Failures> {
        let mut output = io::stdout().lock();
        printed(output.write_all(text.as_bytes()).and_then(|()| output.flush()))
    }

    /// Prints a result that may be followed by an error: what it shows is what is wrong.
    fn print_result(&self, text: &str) -> Result<(), Failures> {
        self.has_result.set(true);
        self.print(text)
    }

    /// Prints bills as the table, or as the bill document.
    fn print_bills(&self, bills: &Bills<'_>, table: impl FnOnce() -> String) -> Result<(), Failures> {
        if !self.json() {
            return self.print(&table());
        }
        let mut output = io::BufWriter::with_capacity(256 << 10, io::stdout().lock());
        match write(bills, Form::Json, &mut output) {
            Ok(()) => printed(output.flush()),
            Err(Halt::Write(error)) => printed(Err(error)),
            Err(Halt::Read(failure)) => Err((*failure).into()),
        }
    }

    /// Prints a result as the table or as JSON, as asked for.
    fn print_either<T: Serialize>(
        &self,
        table: impl FnOnce() -> String,
        json: impl FnOnce() -> T,
    ) -> Result<(), Failures> {
        if self.json() { self.print(&json_text(&json())?) } else { self.print(&table()) }
    }

    fn json(&self) -> bool {
        self.global.format == Format::Json
    }
}

/// What became of printing. A reader that has seen enough is no error.
fn printed(result: io::Result<()>) -> Result<(), Failures> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("cannot write to standard output: {error}");
            Err(Failure::new(Exit::Storage, "E-STORAGE", message).into())
        }
        _ => Ok(()),
    }
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Arc::new(Terminal::new(arguments.global.quiet, arguments.global.verbose));
    let context =
        Context { global: arguments.global, terminal, stop: Stop::listen(), has_result: Cell::new(false) };
    let others: &[Format] = match &arguments.command {
        Command::Diff(_) => &[Format::Markdown, Format::Html],
        Command::Export(_) | Command::Lines(_) => &[Format::Jsonl, Format::Csv],
        _ => &[],
    };
    let format = context.global.format;
    let result = match arguments.command {
        _ if !matches!(format, Format::Table | Format::Json) && !others.contains(&format) => {
            let which = "--format markdown and html are for `diff`, jsonl and csv for `export` and `lines`";
            Err(Failure::usage(which).into())
        }
        Command::Diff(command) => command.run(&context),
        Command::Export(command) => command.run(&context),
        Command::Lines(command) => command.run(&context),
        Command::Init(command) => command.run(&context),
        Command::Check(command) => command.run(&context),
        Command::Run(command) => command.run(&context),
        Command::Fetch(command) => command.run(&context),
        Command::Import(command) => command.run(&context),
        Command::Normalize(command) => command.run(&context),
        Command::Rate(command) => command.run(&context),
        Command::Explain(command) => command.run(&context),
        Command::Verify(command) => command.run(&context),
        Command::Close(command) => command.run(&context),
        Command::Adjust(command) => command.run(&context),
        Command::Status(command) => command.run(&context),
        Command::History(command) => command.run(&context),
        Command::Index(command) => command.run(&context),
        Command::Publish(command) => command.run(&context),
        Command::Doctor(command) => command.run(&context),
        Command::Test(command) => command.run(&context),
        Command::Plugin(command) => command.run(&context),
        Command::Map(command) => command.run(&context),
        Command::Schema(command) => command.run(&context),
        Command::Completions(command) => command.run(&context),
    };
    context.terminal.count_warnings();
    match (result, context.stop.code()) {
        (Ok(()), _) => ExitCode::SUCCESS,
        (Err(_), Some(code)) => {
            context.terminal.note("stopped; what is on disk is whole");
            ExitCode::from(code)
        }
        (Err(failures), None) => {
            if context.json() && !context.has_result.get() {
                // The error is the result; it is said once, where programs look.
                let said =
                    json_text(&failures.json()).map_err(Failures::from).and_then(|text| context.print(&text));
                if let Err(unsaid) = said {
                    context.terminal.fail(&failures);
                    context.terminal.fail(&unsaid);
                }
            } else {
                context.terminal.fail(&failures);
            }
            ExitCode::from(failures.exit() as u8)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
