//! Waits until the report is stored, downloads it and keeps it.

use std::io::Read;

use ratebook_plugin::{Level, Payload, Problem, ProblemKind, Request, Response, describe};

use super::keep::keep;
use super::report::Wanted;
use super::session::Session;
use crate::config::Settings;
use crate::formats::{CSV_V2, JSON_V2};
use crate::payload::api::{Stored, StoredList};

/// How it ended.
pub(super) enum Outcome {
    Kept,
    /// Acronis says that making the report failed.
    Failed(Problem),
}

/// What the list of stored reports says of our format.
enum Status {
    Saved(Stored),
    Failed(String),
    /// Not yet, in the list's words.
    Pending(String),
    /// Nothing of our format.
    Absent(String),
}

/// Polls with a deadline, then downloads.
pub(super) fn wait_and_keep(
    session: &mut Session<'_, '_>,
    wanted: &Wanted,
    report: &str,
    settings: &Settings,
) -> Result<Outcome, Problem> {
    let begun = session.host.now()?;
    let mut relisted = false;
    loop {
        let waited = session.host.now()? - begun;
        let (state, limit) = match status(list(session, report)?, wanted.format) {
            Status::Saved(stored) => match download(session, wanted, report, &stored)? {
                Download::Kept => return Ok(Outcome::Kept),
                // Gone between listing and download: listed once more, then that is that.
                Download::Gone(problem) if relisted => return Err(problem),
                Download::Gone(_) => {
                    relisted = true;
                    continue;
                }
            },
            Status::Failed(word) => {
                let problem = Problem::vendor(format!(
                    "Acronis says that the report {report} failed ({word})"
                ))
                .advise("Set new_report_after_failure = true to have one new report made in such a case.");
                return Ok(Outcome::Failed(problem));
            }
            Status::Pending(word) => (word, settings.report_deadline_seconds),
            Status::Absent(word) => {
                (word, settings.empty_list_grace_seconds.min(settings.report_deadline_seconds))
            }
        };
        if waited >= limit {
            return Err(Problem::vendor(format!(
                "the report {report} is not stored as {} after {waited} s: {state}",
                wanted.format
            ))
            .advise("The report is remembered: run it again, and the waiting goes on."));
        }
        session.host.wait(settings.poll_every, &format!("the usage report is made ({state})"))?;
    }
}

fn list(session: &mut Session<'_, '_>, report: &str) -> Result<StoredList, Problem> {
    let request = Request::get(session.api(&format!("reports/{report}/stored")));
    session.ask(request, "for the stored reports")
}

/// By format and status, never by position: one item comes for each format, in any order.
fn status(list: StoredList, format: &str) -> Status {
    let (ours, others): (Vec<Stored>, Vec<Stored>) =
        list.items.into_iter().partition(|item| item.report_format.eq_ignore_ascii_case(format));
    let is = |item: &Stored, word: &str| item.status.trim().eq_ignore_ascii_case(word);
    if let Some(saved) = ours.iter().rfind(|item| is(item, "saved") && item.id.is_some()) {
        return Status::Saved(saved.clone());
    }
    let failed = |item: &&Stored| {
        let word = item.status.trim().to_ascii_lowercase();
        word.starts_with("fail") || word == "error"
    };
    if let Some(item) = ours.iter().rfind(failed) {
        return Status::Failed(item.status.clone());
    }
    match ours.last() {
        Some(item) if is(item, "in_progress") => Status::Pending("in_progress".to_owned()),
        Some(item) if is(item, "saved") => Status::Pending("saved, without an id".to_owned()),
        Some(item) => Status::Pending(format!("the status is {:?}", item.status)),
        None if others.is_empty() => Status::Absent("the list is empty".to_owned()),
        None => {
            let formats: Vec<&str> = others.iter().map(|item| item.report_format.as_str()).collect();
            Status::Absent(format!("the list has only {}", formats.join(", ")))
        }
    }
}

enum Download {
    Kept,
    Gone(Problem),
}

/// Downloads and keeps, at most twice: what was cut on the way is fetched once more.
fn download(
    session: &mut Session<'_, '_>,
    wanted: &Wanted,
    report: &str,
    stored: &Stored,
) -> Result<Download, Problem> {
    let id = stored.id.as_deref().unwrap_or_default();
    let mut again = false;
    loop {
        session.host.progress("downloading the usage report")?;
        match fetch(session, wanted, report, id, stored.size) {
            Ok(Fetched::Gone(problem)) => return Ok(Download::Gone(problem)),
            Ok(Fetched::Whole(response)) => {
                let (name, format) = match wanted.format {
                    "json_v2_0" => ("usage-json_v2_0.json", JSON_V2),
                    _ => ("usage-csv_v2_0.csv", CSV_V2),
                };
                keep(session, name, format, &response)?;
                return Ok(Download::Kept);
            }
            Err(problem) if problem.kind == ProblemKind::Data && !again => {
                session.host.log(Level::Note, format!("{problem}: downloading it again"))?;
                again = true;
            }
            Err(problem) if problem.kind == ProblemKind::Data => {
                return Err(Problem { message: format!("{problem}; downloaded twice"), ..problem });
            }
            Err(problem) => return Err(problem),
        }
    }
}

enum Fetched {
    Whole(Response),
    Gone(Problem),
}

fn fetch(
    session: &mut Session<'_, '_>,
    wanted: &Wanted,
    report: &str,
    id: &str,
    size: Option<i64>,
) -> Result<Fetched, Problem> {
    let response = session.send(Request::get(session.api(&format!("reports/{report}/stored/{id}"))))?;
    if response.status() == 404 {
        return Ok(Fetched::Gone(session.refused(&response, &format!("for the stored report {id}"))));
    }
    if !response.is_success() {
        return Err(session.refused(&response, "for the stored report"));
    }
    // The size is that of the compressed bytes; a body that came plain cannot be compared with it.
    if let Some(size) =
        size.filter(|size| response.is_gzip() && u64::try_from(*size) != Ok(response.wire_bytes()))
    {
        return Err(Problem::data(format!(
            "the stored report {id} has {size} bytes, {} came",
            response.wire_bytes()
        )));
    }
    let mut head = Vec::new();
    let body = session.host.body(&response).take(4096).read_to_end(&mut head);
    body.map_err(|error| Payload::read_error(&error))?;
    let first = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start().first();
    let fits = match wanted.format {
        "json_v2_0" => first == Some(&b'{'),
        _ => first.is_some_and(|byte| !b"<{[".contains(byte)),
    };
    if !fits {
        return Err(Problem::data(format!("expected a {} report, got {}", wanted.format, describe(&head))));
    }
    Ok(Fetched::Whole(response))
}
