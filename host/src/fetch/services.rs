//! The host as a plugin's `collect` reaches it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ratebook_plugin::call::{Answer, Call, HostServices, PAYLOAD_BODY, Reply};
use ratebook_plugin::{Auth, Level, Month, Problem, Request};

use super::address::AllowedHosts;
use super::body::Body;
use super::http::{Answered, Client, sent_on_to};
use super::keep::NewPayloads;
use super::notes::Notes;
use super::payloads::Payloads;
use super::redact::Redactor;
use super::request::{Prepared, Preparing};
use super::request_log::{Entry, RequestLog, milliseconds};
use super::retry::Sender;
use super::secret::SecretRef;
use super::secrets::Secrets;
use super::settings::{HttpSettings, spoken};
use super::stopped::stopped;

/// The most that crosses to a plugin at once.
const CHUNK: usize = 1 << 20;
/// Longer answers hold no token.
const LONGEST_TOKEN_ANSWER: u64 = 64 << 10;
/// How often a wait looks whether the run is stopped.
const LOOK: Duration = Duration::from_millis(50);

/// Where messages go. They hold no secret any more; control characters are the receiver's to escape.
pub(crate) trait Events: Send + Sync {
    /// The operator is told something.
    fn log(&self, level: Level, text: &str);
    /// What is being done changes.
    fn progress(&self, text: &str);
}

/// What a `collect` of one source and month needs.
pub(crate) struct Collect<'a> {
    /// The source's name.
    pub(crate) source: &'a str,
    /// The month.
    pub(crate) month: Month,
    /// The plugin's id.
    pub(crate) plugin: &'a str,
    /// The formats that the plugin names in its code: they are nobody's secret.
    pub(crate) formats: Vec<String>,
    /// The address of the vendor's API: the config's, else the plugin's default.
    pub(crate) url: Option<&'a str>,
    /// Further hosts that the source may talk to.
    pub(crate) hosts: &'a [String],
    /// How the vendor is asked.
    pub(crate) http: &'a HttpSettings,
    /// Where the secrets are.
    pub(crate) secrets: &'a BTreeMap<String, SecretRef>,
    /// The workspace, where relative paths of secrets and certificates begin.
    pub(crate) workspace: &'a Path,
    /// Where the payloads go: `runs/<month>/payloads/<source>`.
    pub(crate) payloads: &'a Path,
    /// The manifest that may name them.
    pub(crate) named_in: &'a Path,
    /// Where the notes are: `runs/<month>/state/<source>.json`.
    pub(crate) notes: &'a Path,
    /// The request log, a file in the run's folder: `log/requests-<source>.jsonl`.
    pub(crate) request_log: &'a Path,
    /// The run's redactor: one for all sources.
    pub(crate) redactor: Arc<Redactor>,
    /// Where messages go.
    pub(crate) events: Arc<dyn Events>,
    /// Set to true from outside to stop.
    pub(crate) cancel: Arc<AtomicBool>,
    /// A multi-threaded runtime, such as [`super::runtime`] makes. The services block the thread they are called
    /// on, so each source has a thread of its own.
    pub(crate) runtime: tokio::runtime::Handle,
}

/// The host as a plugin's `collect` reaches it.
pub(crate) struct CollectServices {
    /// Before the payloads, in whose folder they lie: they go first.
    bodies: BTreeMap<u32, Held>,
    hosts: AllowedHosts,
    secrets: Secrets,
    redactor: Arc<Redactor>,
    formats: Vec<String>,
    sender: Sender,
    payloads: NewPayloads,
    notes: Notes,
    log: RequestLog,
    events: Arc<dyn Events>,
    cancel: Arc<AtomicBool>,
    runtime: tokio::runtime::Handle,
    ends_with_connection: bool,
    wait_deadline: Duration,
    waited: Duration,
    last_body: u32,
    /// True once a secret was in a query: answers that repeat their own address then hold it.
    echoes: bool,
}

/// A body that a plugin may read.
struct Held {
    body: Body,
    /// Open between the first read and the end.
    reader: Option<Box<dyn Read + Send>>,
    /// Why it can be no payload.
    unfit: Option<Problem>,
}

impl CollectServices {
    /// Makes ready: checks addresses and references, opens the notes. Asks nobody yet.
    ///
    /// # Errors
    /// [`Problem::config`] or a storage problem.
    pub(crate) fn start(collect: Collect<'_>) -> Result<CollectServices, Problem> {
        let client = Client::new(collect.http, collect.workspace)?;
        Ok(CollectServices {
            hosts: AllowedHosts::new(collect.url, collect.hosts)?,
            secrets: Secrets::new(
                collect.secrets,
                collect.workspace,
                Arc::clone(&collect.redactor),
                Arc::clone(&collect.cancel),
            )?,
            sender: Sender::new(client, collect.http),
            notes: Notes::open(collect.notes)?,
            log: RequestLog::new(collect.source, collect.request_log, Arc::clone(&collect.redactor)),
            payloads: NewPayloads::begin(collect.payloads, collect.plugin, collect.month)?
                .named_in(collect.named_in),
            redactor: collect.redactor,
            formats: collect.formats,
            events: collect.events,
            cancel: collect.cancel,
            runtime: collect.runtime,
            ends_with_connection: collect.http.ends_with_connection,
            wait_deadline: collect.http.wait_deadline,
            waited: Duration::ZERO,
            bodies: BTreeMap::new(),
            last_body: PAYLOAD_BODY,
            echoes: false,
        })
    }

    /// After `collect` has ended well: puts the payloads at their place, then takes the notes away.
    ///
    /// # Errors
    /// [`Problem::empty`] if nothing was kept; a storage problem.
    pub(crate) fn finish(mut self) -> Result<Payloads, Problem> {
        // Spooled bodies lie in the folder that is about to become the payloads'.
        self.bodies.clear();
        if self.payloads.is_empty() {
            return Err(Problem::empty("the plugin asked the vendor and kept nothing"));
        }
        let payloads = self.payloads.commit()?;
        self.notes.clear()?;
        Ok(payloads)
    }

    /// A problem, the plugin's own too, without secrets: before anybody sees it.
    pub(crate) fn clean(&self, problem: Problem) -> Problem {
        self.redactor.clean_problem(problem)
    }

    fn tell(&self, level: Level, text: &str) {
        self.events.log(level, &self.redactor.clean(text));
    }

    fn send(&mut self, request: &Request) -> Result<Reply, Problem> {
        self.not_stopped()?;
        let mut warnings = Vec::new();
        let prepared = Preparing {
            hosts: &self.hosts,
            secrets: &mut self.secrets,
            redactor: &self.redactor,
            warnings: &mut warnings,
        }
        .prepare(request);
        for warning in warnings {
            self.tell(Level::Warning, &warning);
        }
        let prepared = prepared?;
        let begun = Instant::now();
        let sending = self.sender.send(&prepared, self.payloads.folder(), &self.cancel);
        let sent = self.runtime.block_on(sending);
        let answered = sent.result.as_ref();
        self.log.write(&Entry {
            method: prepared.method.as_str(),
            url: &bare(&prepared),
            query: prepared.open_query.clone(),
            status: answered.ok().map(|answered| answered.status),
            bytes: answered.ok().and_then(|answered| answered.body.as_ref()).map_or(0, |body| body.bytes),
            tries: sent.tries,
            ms: milliseconds(begun.elapsed()),
            problem: answered.err().map(|problem| problem.message.clone()),
        })?;
        let answered = sent.result?;
        self.echoes |= matches!(request.auth, Auth::Query { .. });
        if let Some(place) = sent_on_to(&prepared, &answered) {
            let (name, status) = (prepared.named(), answered.status);
            self.tell(
                Level::Warning,
                &format!("{name} answered {status} and sends on to {place}, which is not followed"),
            );
        }
        self.hold(answered, &prepared.named())
    }

    fn hold(&mut self, answered: Answered, request: &str) -> Result<Reply, Problem> {
        let Answered { status, headers, body: Some(body), end_is_known } = answered else {
            return Err(Problem::plugin("the host has an answer without a body"));
        };
        if status == 206 {
            return Err(Problem::vendor(format!(
                "{request} answered 206 (Partial Content): a part, although the whole was asked for"
            ))
            .advise("Something between here and the vendor, such as a proxy, may have stored a part: ask without it."));
        }
        let unfit = match status {
            200 if end_is_known || self.ends_with_connection => None,
            200 => Some(ends_anywhere(request)),
            _ => Some(Problem::vendor(format!(
                "{request} answered {status}; only an answer with status 200 is taken as a payload"
            ))),
        };
        self.learn_tokens(&body)?;
        for (name, value) in &headers {
            self.redactor.learn_named(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        }
        let headers = headers
            .iter()
            .filter(|(name, _)| *name != "set-cookie")
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        self.last_body += 1;
        let answer =
            Answer { status, headers, body: self.last_body, wire_bytes: body.bytes, gzip: body.gzip };
        self.bodies.insert(self.last_body, Held { body, reader: None, unfit });
        Ok(Reply::Answer(answer))
    }

    /// A token is a secret from the moment it arrives, before the plugin says so: an error may quote the answer.
    fn learn_tokens(&self, body: &Body) -> Result<(), Problem> {
        if body.bytes > LONGEST_TOKEN_ANSWER {
            return Ok(());
        }
        let mut bytes = Vec::new();
        let limit = LONGEST_TOKEN_ANSWER;
        let read = body.decoded()?.take(limit).read_to_end(&mut bytes);
        if let (Ok(_), Ok(value)) = (read, serde_json::from_slice(&bytes)) {
            self.redactor.learn_tokens(&value);
        }
        Ok(())
    }

    fn held(&mut self, body: u32) -> Result<&mut Held, Problem> {
        self.bodies.get_mut(&body).ok_or_else(|| Problem::plugin(format!("there is no body {body}")))
    }

    fn read(&mut self, body: u32, limit: u32, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        self.not_stopped()?;
        let held = self.held(body)?;
        let reader = match &mut held.reader {
            Some(reader) => reader,
            none => none.insert(held.body.decoded()?),
        };
        let limit = (limit as usize).min(CHUNK);
        let before = bytes.len();
        let read = reader.take(limit as u64).read_to_end(bytes);
        read.map_err(|error| Problem::data(format!("the answer's body cannot be read again: {error}")))?;
        let count = bytes.len() - before;
        if count == 0 && limit > 0 {
            // Whoever reads again begins again.
            held.reader = None;
        }
        Ok(Reply::Bytes(u32::try_from(count).unwrap_or(u32::MAX)))
    }

    fn wait(&mut self, time: Duration, why: &str) -> Result<Reply, Problem> {
        if self.waited.saturating_add(time) > self.wait_deadline {
            return Err(Problem::vendor(format!(
                "{}: the source has waited for {}, the limit is {}",
                self.redactor.clean(why),
                spoken(self.waited),
                spoken(self.wait_deadline)
            ))
            .advise("Run the same command again later; it goes on from there. wait_deadline under [http] is the limit."));
        }
        self.events.progress(&self.redactor.clean(why));
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.not_stopped()?;
            std::thread::sleep(LOOK.min(time.saturating_sub(begun.elapsed())));
        }
        self.waited += time;
        self.not_stopped()?;
        Ok(Reply::Done)
    }

    fn remember(&mut self, key: &str, value: Option<&str>) -> Result<Reply, Problem> {
        if self.redactor.finds(key) || value.is_some_and(|value| self.redactor.finds(value)) {
            return Err(Problem::plugin(format!("the note {key:?} would put a secret on the disk")));
        }
        self.notes.set(key, value)?;
        Ok(Reply::Done)
    }

    fn not_stopped(&self) -> Result<(), Problem> {
        if self.cancel.load(Ordering::Relaxed) { Err(stopped()) } else { Ok(()) }
    }

    fn answer(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        match call {
            Call::Send(request) => return self.send(&request),
            Call::Read { body, limit } => return self.read(body, limit, bytes),
            Call::Keep { body, name, format } => {
                let held = self
                    .bodies
                    .get_mut(&body)
                    .ok_or_else(|| Problem::plugin(format!("there is no body {body}")))?;
                let own_format = self.formats.contains(&format);
                if self.redactor.finds(&name) || !own_format && self.redactor.finds(&format) {
                    return Err(Problem::plugin("the name of a payload would put a secret on the disk"));
                }
                if let Some(problem) = &held.unfit {
                    return Err(problem.clone());
                }
                if self.redactor.finds_in(held.body.decoded()?, self.echoes)? {
                    return Err(repeats_a_secret(self.echoes));
                }
                return Ok(Reply::Kept(self.payloads.keep(&mut held.body, &name, &format)?));
            }
            Call::Close { body } => {
                self.held(body)?;
                self.bodies.remove(&body);
            }
            Call::Wait { milliseconds, why } => return self.wait(Duration::from_millis(milliseconds), &why),
            Call::Remember { key, value } => return self.remember(&key, value.as_deref()),
            Call::Recall { key } => return Ok(Reply::Note(self.notes.get(&key).map(str::to_owned))),
            Call::StoreSecret { name, value } => self.secrets.store(&name, &value)?,
            Call::Now => return Ok(Reply::Time(Timestamp::now().as_second())),
            Call::Log { level, text, .. } => self.tell(level, &text),
            Call::Progress { text } => self.events.progress(&self.redactor.clean(&text)),
            Call::Block | Call::References { .. } => {
                return Err(Problem::plugin("collect must neither hand over lines nor look anything up"));
            }
        }
        Ok(Reply::Done)
    }
}

impl HostServices for CollectServices {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        self.answer(call, bytes).map_err(|problem| self.clean(problem))
    }
}

/// A body that holds a credential is in no archive: others can read that.
fn repeats_a_secret(in_query: bool) -> Problem {
    let problem =
        Problem::data("the answer repeats a secret or token that the vendor was asked with, and is not kept");
    problem.advise(match in_query {
        true => "Ask with the secret in a header, if the vendor takes it there.",
        false => "Tell the vendor; if others can read such an answer, give the secret a new value.",
    })
}

/// An answer that any break of the connection would end just as well.
fn ends_anywhere(request: &str) -> Problem {
    Problem::vendor(format!(
        "{request}: the answer ends with its connection, and neither a Content-Length nor chunks nor gzip says whether it is whole"
    ))
    .advise(
        "Ask the vendor for a Content-Length. If its answers are always like that, and a cut one is noticed elsewhere, \
         set ends_with_connection = true under [source.<name>.http].",
    )
}

/// The address without its query.
fn bare(request: &Prepared) -> String {
    let url = &request.url;
    format!("{}://{}{}", url.scheme(), super::address::named(url), url.path())
}
