//! Finds the month's report or has it made: exactly one.
//!
//! POST /reports is not idempotent, so it is sent once, and what is about to be made is noted before. A run that finds
//! such a note without an id (it was killed, or the answer was lost) looks the report up in the tenant's list first.

use ratebook_plugin::{Level, Month, Problem, ProblemKind, Request};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::session::Session;
use crate::config::{ReportFormat, Settings};
use crate::payload::api::{Parameters, Period, Report, Reports};

/// The note of the report that is being made or is there.
const NOTE: &str = "report";
/// The note of reports that failed, which are not adopted.
const FAILED: &str = "failed-reports";

/// What is asked for.
pub(super) struct Wanted {
    pub(super) format: &'static str,
    tenant: String,
    period: Period,
    parameters: Parameters,
}

#[derive(Serialize, Deserialize)]
struct Note {
    parameters: Parameters,
    /// Absent while the report is being made.
    id: Option<String>,
}

impl Wanted {
    pub(super) fn of(settings: &Settings, tenant: &str, month: Month) -> Wanted {
        let format = match settings.format {
            ReportFormat::CsvV2 => "csv_v2_0",
            ReportFormat::JsonV2 => "json_v2_0",
        };
        let period = Period { start: month.first_day().to_string(), end: month.last_day().to_string() };
        let parameters = Parameters {
            tenant_id: Some(tenant.to_owned()),
            level: Some(settings.level.word().to_owned()),
            // Not usage_current, whose parents and children have different billing periods.
            kind: Some("usage_summary".to_owned()),
            formats: Some(vec![format.to_owned()]),
            period: Some(period.clone()),
            show_skus: Some(true),
            hide_zero_usage: Some(!settings.keep_zero),
        };
        Wanted { format, tenant: tenant.to_owned(), period, parameters }
    }

    /// Whether a listed report is the one that was asked for: an echo may leave parameters out, but for the period.
    fn is(&self, found: &Parameters) -> bool {
        let same = |asked: &Option<String>, found: &Option<String>| match (asked, found) {
            (Some(asked), Some(found)) => asked.eq_ignore_ascii_case(found),
            (_, found) => found.is_none(),
        };
        let has_format = |formats: &Vec<String>| formats.iter().any(|format| format == self.format);
        found.period.as_ref() == Some(&self.period)
            && same(&self.parameters.kind, &found.kind)
            && same(&self.parameters.level, &found.level)
            && same(&self.parameters.tenant_id, &found.tenant_id)
            && found.formats.as_ref().is_none_or(has_format)
            && found.show_skus != Some(false)
            && (found.hide_zero_usage.is_none() || found.hide_zero_usage == self.parameters.hide_zero_usage)
    }

    /// A period beside `parameters` is ignored without an error, and the answer covers the month to date; whatever the
    /// reason, a report of another period is not billed.
    fn check_echo(&self, report: &Report) -> Result<(), Problem> {
        let echoed = report.parameters.as_ref().and_then(|parameters| parameters.period.as_ref());
        match echoed {
            Some(period) if *period == self.period => Ok(()),
            Some(period) => Err(Problem::data(format!(
                "asked for {}, the report {} is for {period}",
                self.period, report.id
            ))),
            None => Err(Problem::data(format!(
                "asked for {}, the report {} does not say its period",
                self.period, report.id
            ))),
        }
    }
}

/// The id of the report: the noted one, one that a lost request made, or a new one.
pub(super) fn find_or_create(
    session: &mut Session<'_, '_>,
    wanted: &Wanted,
    settings: &Settings,
) -> Result<String, Problem> {
    let note = session.host.recall(NOTE)?.and_then(|note| serde_json::from_str::<Note>(&note).ok());
    match note.filter(|note| note.parameters == wanted.parameters) {
        Some(Note { id: Some(id), .. }) => {
            if let Some(report) = read(session, &id)? {
                return adopt(session, wanted, &report);
            }
            session.host.log(Level::Note, format!("the report {id} is gone: a new one is made"))?;
            create(session, wanted, settings)
        }
        Some(Note { id: None, .. }) => match find(session, wanted)? {
            Some(report) => adopt(session, wanted, &report),
            None => create(session, wanted, settings),
        },
        None => create(session, wanted, settings),
    }
}

/// A new report in place of one that failed.
pub(super) fn create_after_failure(
    session: &mut Session<'_, '_>,
    wanted: &Wanted,
    settings: &Settings,
    failed: &str,
) -> Result<String, Problem> {
    let mut ids = failed_ids(session)?;
    ids.push(failed.to_owned());
    session.host.remember(FAILED, &ids.join(" "))?;
    session.host.log(Level::Warning, format!("the report {failed} failed: a new one is made"))?;
    create(session, wanted, settings)
}

fn failed_ids(session: &mut Session<'_, '_>) -> Result<Vec<String>, Problem> {
    let ids = session.host.recall(FAILED)?.unwrap_or_default();
    Ok(ids.split_whitespace().map(str::to_owned).collect())
}

fn note(session: &mut Session<'_, '_>, wanted: &Wanted, id: Option<&str>) -> Result<(), Problem> {
    let note = Note { parameters: wanted.parameters.clone(), id: id.map(str::to_owned) };
    let text = serde_json::to_string(&note).map_err(|error| Problem::plugin(error.to_string()))?;
    session.host.remember(NOTE, &text)
}

/// Takes a report for ours, if it is for our period; if not, forgets it, so that the next run is free.
fn adopt(session: &mut Session<'_, '_>, wanted: &Wanted, report: &Report) -> Result<String, Problem> {
    if let Err(problem) = wanted.check_echo(report) {
        session.host.forget(NOTE)?;
        return Err(problem);
    }
    note(session, wanted, Some(&report.id))?;
    Ok(report.id.clone())
}

enum Posted {
    Made(Report),
    /// Whether a report was made is not known.
    Lost(Problem),
    /// A report was made, but its id did not arrive.
    Nameless(Problem),
}

fn create(session: &mut Session<'_, '_>, wanted: &Wanted, settings: &Settings) -> Result<String, Problem> {
    session.prove()?;
    note(session, wanted, None)?;
    let mut tried = false;
    loop {
        let (problem, made) = match post(session, wanted)? {
            Posted::Made(report) => return adopt(session, wanted, &report),
            Posted::Lost(problem) => (problem, false),
            Posted::Nameless(problem) => (problem, true),
        };
        let why = "the answer to the new report was lost: looking for it";
        session.host.log(Level::Note, format!("{why} ({problem})"))?;
        session.host.wait(settings.poll_every, why)?;
        if let Some(report) = find(session, wanted)? {
            return adopt(session, wanted, &report);
        }
        // Once more only if the list shows that the lost request made none.
        if tried || made {
            return Err(problem.advise("The next run looks for the report first."));
        }
        tried = true;
    }
}

/// POST /reports. `recipients` is required by the specification; booleans are booleans; nothing else is allowed.
fn post(session: &mut Session<'_, '_>, wanted: &Wanted) -> Result<Posted, Problem> {
    let body = json!({
        "parameters": wanted.parameters,
        "schedule": {"type": "once"},
        "result_action": "save",
        "recipients": [],
    });
    session.host.progress(format!("having the usage report of {} made", wanted.period))?;
    let request = Request::post(session.api("reports")).json(&body);
    let response = match session.send(request) {
        Ok(response) => response,
        // Not reached, cut, or damaged on the way back.
        Err(problem) if matches!(problem.kind, ProblemKind::Vendor | ProblemKind::Data) => {
            return Ok(Posted::Lost(problem));
        }
        Err(problem) => return Err(problem),
    };
    let what = "for a new usage report";
    match response.status() {
        200..=299 => Ok(match session.host.json(&response) {
            Ok(report) => Posted::Made(report),
            Err(problem) => Posted::Nameless(problem),
        }),
        // 400: "not ready and shouldn't be ready yet (from 1 to 6 am)"; 500: "not ready but should be available already".
        400 | 500 => {
            let said = format!("{} {}", response.status(), session.words(&response));
            Err(Problem::not_yet(format!("Acronis has no usage of {} for a report yet ({said})", wanted.period)).advise(
                "Acronis answers 400 (from 1 to 6 am) and 500 (after it) while usage is being gathered: run it again \
                 later. If the vendor's words say otherwise, mend the source's config.",
            ))
        }
        429 | 502..=504 => Ok(Posted::Lost(session.refused(&response, what))),
        _ => Err(session.refused(&response, what)),
    }
}

/// GET /reports/{id}; none if it is gone.
fn read(session: &mut Session<'_, '_>, id: &str) -> Result<Option<Report>, Problem> {
    let response = session.send(Request::get(session.api(&format!("reports/{id}"))))?;
    match response.status() {
        404 => Ok(None),
        200..=299 => session.host.json(&response).map(Some),
        _ => Err(session.refused(&response, "for the usage report")),
    }
}

/// The newest report of the tenant that is as wanted; only `items` of the list's answer is known.
fn find(session: &mut Session<'_, '_>, wanted: &Wanted) -> Result<Option<Report>, Problem> {
    let request = Request::get(session.api(&format!("tenants/{}/reports", wanted.tenant)));
    let Reports { items } = session.ask(request, "for the tenant's reports")?;
    let failed = failed_ids(session)?;
    let found = items
        .into_iter()
        .filter_map(|item| serde_json::from_value::<Report>(item).ok())
        .filter(|report| !failed.contains(&report.id))
        .filter(|report| report.parameters.as_ref().is_some_and(|parameters| wanted.is(parameters)))
        // The last of the newest: an item without a date counts as oldest.
        .max_by(|a, b| a.generation_date.cmp(&b.generation_date));
    if let Some(report) = &found {
        session.host.log(Level::Note, format!("the report {} is there already: it is used", report.id))?;
    }
    Ok(found)
}
