//! What the commands that work on a month share: the workspace, the plugins, which sources.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use ratebook_line::Month;
use ratebook_plugin::About;
use ratebook_rating::Warning;
use tempfile::TempDir;

use super::context::Context;
use crate::archive;
use crate::config::{Source, Workspace};
use crate::export::Bills;
use crate::failure::{Failure, Failures};
use crate::plugins::{Options, Places, Plugins};
use crate::rating::PART_LINES;
use crate::run::{self, Baseline, BillTables, LineFacts, MonthFolder, MonthLock, Rows, Stages};

/// A month and which sources.
#[derive(clap::Args)]
pub(super) struct Selection {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    pub(super) month: Month,
    /// Only this source (may be given several times)
    #[arg(long, short, value_name = "NAME")]
    pub(super) source: Vec<String>,
    /// Load plugins into this process instead of one of their own, without sandbox and limits: for debugging
    #[arg(long)]
    pub(super) in_process: bool,
}

impl Selection {
    /// A month, all sources.
    pub(super) fn of_month(month: Month) -> Selection {
        Selection { month, source: Vec::new(), in_process: false }
    }

    /// A month, one source.
    pub(super) fn of_source(month: Month, source: &str) -> Selection {
        Selection { source: vec![source.to_owned()], ..Selection::of_month(month) }
    }

    /// The sources that are meant, by name: all of the workspace unless some are named.
    pub(super) fn sources<'w>(&self, workspace: &'w Workspace) -> Result<Vec<&'w Source>, Failures> {
        if workspace.sources.is_empty() {
            let failure = Failure::usage("the workspace has no sources").at(workspace.config_path());
            return Err(failure
                .fix("Add a [source.<name>] with plugin = \"...\"; the README shows how.")
                .into());
        }
        if self.source.is_empty() {
            return Ok(workspace.sources.values().collect());
        }
        let chosen: Result<BTreeMap<&str, &Source>, Failure> = self
            .source
            .iter()
            .map(|name| workspace.source(name).map(|source| (source.name.as_str(), source)))
            .collect();
        Ok(chosen?.into_values().collect())
    }
}

/// The workspace that the options name.
pub(super) fn workspace(context: &Context) -> Result<Workspace, Failures> {
    Workspace::open(context.global.workspace.as_deref())
}

/// The plugins that the workspace (if there is one) and this binary have.
pub(super) fn plugins(context: &Context, in_process: bool) -> Result<Plugins, Failures> {
    let workspace = context.global.workspace.clone().or_else(|| Workspace::nearest().ok());
    let options = Options { in_process, cancel: context.stop.flag(), ..Options::default() };
    Plugins::find(&Places::usual(workspace.as_deref()), options)
        .map_err(|error| run::plugin_failure(&error).into())
}

/// What a plugin says of itself.
pub(super) fn about(plugins: &Plugins, id: &str) -> Result<About, Failures> {
    plugins.get(id).and_then(|plugin| plugin.about()).map_err(|error| run::plugin_failure(&error).into())
}

/// Starts the plugin of a source and lets it check its configuration.
///
/// # Errors
/// What is wrong, at the key that it is about.
pub(super) fn checked(plugins: &Plugins, source: &Source) -> Result<About, Failure> {
    let checked = plugins.get(&source.plugin).and_then(|plugin| {
        let plugin = plugin.within(source.plugin_timeout, source.limits, source.sandbox);
        let about = plugin.about()?;
        plugin.check(&source.plugin_config(about.default_url.as_deref()))?;
        Ok(about)
    });
    checked.map_err(|error| {
        let failure = run::source_failure(&error, source, None);
        if failure.place.is_some() { failure } else { source.placed(failure, "plugin") }
    })
}

/// A month of the workspace, ready to be worked on.
///
/// # Errors
/// If the month has not begun, or a source is not there.
pub(super) fn stages<'w>(
    context: &Context,
    workspace: &'w Workspace,
    selection: &Selection,
) -> Result<Stages<'w>, Failures> {
    let today = has_begun(selection.month)?;
    if selection.month.last_day() >= today {
        context
            .terminal
            .warn(None, &format!("{} is not over: what comes of it is provisional", selection.month));
    }
    let sources = selection.sources(workspace)?;
    Ok(Stages { sources, ..month(context, workspace, selection.month, selection.in_process)? })
}

/// Sees to it that a month is not in the future; gives today.
///
/// # Errors
/// If it is.
pub(super) fn has_begun(month: Month) -> Result<jiff::civil::Date, Failure> {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    match month.first_day() > today {
        true => Err(Failure::usage(format!("{month} is in the future (today is {today} UTC)"))),
        false => Ok(today),
    }
}

/// A month of the workspace, whatever its sources are.
pub(super) fn month<'w>(
    context: &Context,
    workspace: &'w Workspace,
    month: Month,
    in_process: bool,
) -> Result<Stages<'w>, Failures> {
    let folder = MonthFolder::new(&workspace.root, month);
    Ok(Stages {
        workspace,
        sources: Vec::new(),
        answers: Some(vec![folder.clone()]),
        folder,
        plugins: plugins(context, in_process)?,
        terminal: Arc::clone(&context.terminal),
        cancel: context.stop.flag(),
        part_lines: PART_LINES,
        strict: false,
        baseline: None,
        missing: Vec::new(),
    })
}

/// Says what rating has to warn about. `first`: the number of the first line of usage.
pub(super) fn warn(context: &Context, warnings: &[Warning], first: u64) {
    for warning in warnings {
        context.terminal.warn(Some(warning.code), &run::warning_text(warning, first));
    }
}

/// The bills of a month, as they are at their places.
pub(super) fn bills<'b>(stages: &'b Stages<'_>, rows: &Rows<'_>, tables: &'b BillTables) -> Bills<'b> {
    Bills { month: stages.folder.month, tables, counts: rows.counts, partial: &stages.missing }
}

/// Who and what the held lines are about that are shown.
pub(super) fn facts(stages: &Stages<'_>, rows: &Rows<'_>) -> LineFacts {
    stages.facts(rows.held.values().flat_map(|held| &held.examples).map(|(line, _)| *line))
}

/// A folder for what a command spills that writes nothing in a workspace; it goes when this is dropped.
pub(super) fn temporary() -> Result<TempDir, Failure> {
    tempfile::tempdir().map_err(|error| Failure::storage(&std::env::temp_dir(), "make a folder in", &error))
}

/// Holds a month for a command that changes it.
///
/// # Errors
/// If another command holds it, if it is closed, or if its results were changed by hand and `force` is not set.
pub(super) fn hold(stages: &Stages<'_>, force: bool) -> Result<MonthLock, Failures> {
    let lock = stages.folder.lock()?;
    archive::may_change(&stages.folder, force)?;
    Ok(lock)
}

/// What is accepted of a month that must be looked at.
#[derive(clap::Args)]
pub(super) struct Accept {
    /// Accept what must be looked at by its name: a difference to the last closed month, payloads that hold the same (may be
    /// given several times)
    #[arg(long, value_name = "NAME", requires = "because")]
    accept: Vec<String>,
    /// Why it is right; kept with the month, with who said it and when
    #[arg(long, value_name = "TEXT", requires = "accept")]
    because: Option<String>,
}

impl Accept {
    /// Notes it with the month, which must be held.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn note(&self, folder: &MonthFolder) -> Result<(), Failures> {
        let Some(because) = self.because.as_deref().filter(|_| !self.accept.is_empty()) else {
            return Ok(());
        };
        Ok(archive::accept(folder, &self.accept, because, &user())?)
    }
}

/// What a month is compared with before it is published.
///
/// # Errors
/// If the last closed month cannot be read.
pub(super) fn baseline(stages: &Stages<'_>) -> Result<Option<Baseline>, Failures> {
    // A month in part differs for a known reason.
    if !stages.missing.is_empty() {
        return Ok(None);
    }
    let workspace = stages.workspace;
    Ok(archive::baseline(&workspace.root, &stages.folder, workspace.bounds)?)
}

/// Who runs this, by the name that they log in with: behind `sudo` the person, not root.
pub(super) fn user() -> String {
    let named = |name: &&str| std::env::var(name).ok().filter(|name| !name.is_empty());
    let behind = ["SUDO_USER", "DOAS_USER"].iter().find_map(named).filter(|_| is_root());
    behind.or_else(|| ["USER", "LOGNAME", "USERNAME"].iter().find_map(named)).unwrap_or_else(login)
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// The login of the user's number, which is all that there is where no environment names them.
#[cfg(unix)]
fn login() -> String {
    let number = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let (name, id) = (parts.next()?, parts.nth(1)?);
        (id.parse() == Ok(number) && !name.is_empty()).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("user {number}"))
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(not(unix))]
fn login() -> String {
    "unknown".to_owned()
}
