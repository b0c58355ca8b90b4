//! Sends a request until there is an answer, or it is certain that there will be none.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ratebook_plugin::{Problem, ProblemKind};

use super::body::Spool;
use super::http::{Answered, Client, Failed};
use super::pause::{self, Told};
use super::request::Prepared;
use super::settings::{HttpSettings, spoken};

/// How often the flag that stops a run is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The requests of one source, with the time they may still take.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    settings: HttpSettings,
    /// The time that requests have taken so far, waits for the vendor included.
    spent: Duration,
    /// When the last request ended.
    last: Option<Instant>,
}

/// What came of sending a request: the tries it took are told in any case.
pub(super) struct Sent {
    pub(super) result: Result<Answered, Problem>,
    pub(super) tries: u32,
}

/// What to do after a try without an answer.
enum Next {
    /// Another try after a pause of our own, or the one the vendor asks for.
    Again {
        last: String,
        told: Told,
    },
    Stop(Problem),
}

impl Sender {
    pub(super) fn new(client: Client, settings: &HttpSettings) -> Sender {
        Sender { client, settings: settings.clone(), spent: Duration::ZERO, last: None }
    }

    /// Sends a request. Its body is spooled to `folder`.
    pub(super) async fn send(&mut self, request: &Prepared, folder: &Path, cancel: &AtomicBool) -> Sent {
        let mut tries = 0;
        let begun = Instant::now();
        let result = tokio::select! {
            result = self.until_answered(request, folder, &mut tries) => result,
            () = cancelled(cancel) => Err(stopped()),
        };
        self.spent += begun.elapsed();
        self.last = Some(Instant::now());
        Sent { result, tries }
    }

    async fn until_answered(
        &self,
        request: &Prepared,
        folder: &Path,
        tries: &mut u32,
    ) -> Result<Answered, Problem> {
        if let Some(last) = self.last {
            tokio::time::sleep(self.settings.pace.saturating_sub(last.elapsed())).await;
        }
        let begun = Instant::now();
        let (mut waited, mut damaged) = (Duration::ZERO, 0);
        loop {
            let own = self.settings.request_deadline.saturating_sub(begun.elapsed().saturating_sub(waited));
            let left = own.min(self.source_left(begun));
            if left.is_zero() {
                return Err(self.used_up(request));
            }
            *tries += 1;
            let spool = Spool::new(folder, self.settings.limits());
            let wanted = |status| !again(status, request.repeatable);
            let attempt = self.client.attempt(request, spool, wanted);
            let next = match tokio::time::timeout(left, attempt).await {
                Ok(Ok(answered)) if wanted(answered.status) => return Ok(answered),
                Ok(Ok(answered)) => Next::Again {
                    last: answered.status.to_string(),
                    told: pause::told(answered.status, &answered.headers, Timestamp::now()),
                },
                Ok(Err(failed)) => after(failed, request, &mut damaged),
                Err(_) => after(
                    Failed::Lost("it was still coming when the time was over".to_owned()),
                    request,
                    &mut damaged,
                ),
            };
            let (last, told) = match next {
                Next::Again { last, told } => (last, told),
                Next::Stop(problem) => return Err(problem),
            };
            let given_up = || {
                let (count, time) = (*tries, spoken(begun.elapsed()));
                let word = if count == 1 { "try" } else { "tries" };
                Problem::vendor(format!(
                    "{}: no answer after {count} {word} in {time} (last: {last})",
                    request.named()
                ))
            };
            if let Told::After(time) = told
                && (time > self.settings.retry_after_cap || time > self.source_left(begun))
            {
                return Err(come_back(request, &last, time));
            }
            if *tries >= self.settings.tries {
                return Err(given_up());
            }
            let pause = match told {
                Told::Nothing => {
                    let pause = pause::backoff(self.settings.backoff, *tries);
                    if pause >= own.saturating_sub(Duration::from_millis(1)) {
                        return Err(given_up());
                    }
                    pause
                }
                Told::After(time) => time + pause::jitter(self.settings.backoff),
                Told::Period(time) => {
                    time.min(self.settings.retry_after_cap) + pause::jitter(self.settings.backoff)
                }
            };
            if pause >= self.source_left(begun) {
                return Err(given_up());
            }
            tokio::time::sleep(pause).await;
            if told != Told::Nothing {
                waited += pause;
            }
        }
    }

    fn source_left(&self, begun: Instant) -> Duration {
        self.settings.source_deadline.saturating_sub(self.spent).saturating_sub(begun.elapsed())
    }

    fn used_up(&self, request: &Prepared) -> Problem {
        let time = spoken(self.settings.source_deadline);
        Problem::vendor(format!(
            "{}: not sent, the source's time for requests ({time}) is used up",
            request.named()
        ))
        .advise("If the vendor is that slow, raise source_deadline under [http].")
    }
}

/// Statuses after which the same request is sent again.
fn again(status: u16, repeatable: bool) -> bool {
    match status {
        // The vendor says that it did nothing.
        429 => true,
        500 | 502 | 503 | 504 => repeatable,
        _ => false,
    }
}

fn after(failed: Failed, request: &Prepared, damaged: &mut u32) -> Next {
    let name = request.named();
    match failed {
        Failed::Final(problem) => Next::Stop(problem),
        Failed::NotSent(why) => Next::Again { last: why, told: Told::Nothing },
        Failed::Lost(why) if request.repeatable => Next::Again { last: why, told: Told::Nothing },
        Failed::Lost(why) => {
            Next::Stop(Problem::vendor(format!("{name}: the answer was lost ({why})")).advise(
                "It was not sent again, because the vendor may have acted on it. The next run looks first.",
            ))
        }
        Failed::Damaged(why) if !request.repeatable => Next::Stop(Problem::data(format!("{name}: {why}"))),
        Failed::Damaged(why) => {
            *damaged += 1;
            if *damaged < 2 {
                return Next::Again { last: why, told: Told::Nothing };
            }
            Next::Stop(Problem::data(format!("{name}: {why}; downloaded twice")))
        }
    }
}

fn come_back(request: &Prepared, status: &str, time: Duration) -> Problem {
    let then = SignedDuration::try_from(time).ok().and_then(|time| Timestamp::now().checked_add(time).ok());
    let at = then.map_or_else(String::new, |then| format!(", at {}", then.strftime("%Y-%m-%d %H:%M:%S UTC")));
    Problem::vendor(format!(
        "{}: the vendor answers {status} and asks to come back in {}{at}",
        request.named(),
        spoken(time)
    ))
    .advise("Run the same command again then; what is kept is not fetched again.")
}

/// Ends when somebody stops the run.
pub(super) async fn cancelled(cancel: &AtomicBool) {
    while !cancel.load(Ordering::Relaxed) {
        tokio::time::sleep(LOOK).await;
    }
}

pub(super) fn stopped() -> Problem {
    Problem::new(ProblemKind::Stopped, "the run was stopped")
}
