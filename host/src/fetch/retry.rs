//! Sends a request until there is an answer, or it is certain that there will be none.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ratebook_plugin::Problem;

use super::body::Spool;
use super::failed::Failed;
use super::http::{Answered, Client};
use super::pause::{self, Told};
use super::request::Prepared;
use super::settings::{HttpSettings, spoken};
use super::stopped::{cancelled, stopped};

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
        let (mut waited, mut damaged, mut last) = (Duration::ZERO, 0, String::new());
        loop {
            let left = self.own_left(begun, waited).min(self.source_left(begun));
            if left.is_zero() {
                let none = *tries == 0;
                return Err(if none {
                    self.used_up(request)
                } else {
                    given_up(request, *tries, begun, &last)
                });
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
                Err(_) => {
                    let late = Failed::Lost("it was still coming when the time was over".to_owned());
                    after(late, request, &mut damaged)
                }
            };
            let told = match next {
                Next::Again { last: why, told } => {
                    last = why;
                    told
                }
                Next::Stop(problem) => return Err(problem),
            };
            let source_left = self.source_left(begun);
            if let Told::After(time) = told
                && (time > self.settings.retry_after_cap || time > source_left)
            {
                return Err(come_back(request, &last, time));
            }
            let pause = self.pause(told, *tries);
            let ours = told == Told::Nothing;
            let in_time = pause < source_left && (!ours || pause < self.own_left(begun, waited));
            if *tries >= self.settings.tries || !in_time {
                return Err(given_up(request, *tries, begun, &last));
            }
            tokio::time::sleep(pause).await;
            if !ours {
                waited += pause;
            }
        }
    }

    /// The pause before another try.
    fn pause(&self, told: Told, failed: u32) -> Duration {
        let HttpSettings { backoff, retry_after_cap, .. } = self.settings;
        match told {
            Told::Nothing => pause::backoff(backoff, failed),
            Told::After(time) => time + pause::jitter(backoff),
            Told::Period(time) => time.min(retry_after_cap) + pause::jitter(backoff),
        }
    }

    /// What is left of a request's time, which waits that the vendor asked for do not count against.
    fn own_left(&self, begun: Instant, waited: Duration) -> Duration {
        self.settings.request_deadline.saturating_sub(begun.elapsed().saturating_sub(waited))
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

fn given_up(request: &Prepared, tries: u32, begun: Instant, last: &str) -> Problem {
    let (name, time) = (request.named(), spoken(begun.elapsed()));
    let word = if tries == 1 { "try" } else { "tries" };
    Problem::vendor(format!("{name}: no answer after {tries} {word} in {time} (last: {last})"))
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
