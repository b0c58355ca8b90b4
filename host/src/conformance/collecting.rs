//! What a plugin does with a vendor that does not answer as it should.

use ratebook_plugin::testing::{Scripted, ScriptedHost};
use ratebook_plugin::{Config, Problem, ProblemKind};

use super::trial::Trial;
use super::verdict::{Check, Verdict, check, is_configuration, needs_configuration, refused_as};
use crate::plugins::PluginError;

/// No plugin asks a vendor that always says the same more often than this.
const ANSWERS: usize = 64;

/// The checks of collecting.
pub(super) fn checks(trial: &Trial<'_>) -> Vec<Check> {
    use ProblemKind::{Auth, Config as Configuration, Data, NotYet, Stopped, Vendor};
    let page = "<!doctype html><html><body>Sign in</body></html>";
    let unready = trial.plugin.check(&trial.config).err();
    let unready = unready.as_ref();
    vec![
        check("without credentials nothing is asked", without_credentials(trial)),
        check(
            "a refused credential is told as one",
            against(trial, unready, &Scripted::new(401, ""), &[Auth]),
        ),
        check(
            "a vendor that fails is told as one",
            against(trial, unready, &Scripted::new(500, ""), &[Vendor]),
        ),
        check(
            "a web page is no answer",
            against(trial, unready, &Scripted::new(200, page), &[Data, Vendor, Auth, NotYet]),
        ),
        check(
            "an empty answer is no month",
            against(
                trial,
                unready,
                &Scripted::new(200, ""),
                &[Data, Vendor, Auth, NotYet, ProblemKind::Empty],
            ),
        ),
        check("what the host stops stays stopped", stopped(trial, &[Stopped, Configuration])),
    ]
}

/// A host whose clock stands some days behind the month: it is over, and the vendor may have counted it.
fn answering(trial: &Trial<'_>, script: impl IntoIterator<Item = Scripted>) -> ScriptedHost {
    let mut host = ScriptedHost::new(script);
    let days = trial.month.next().first_day().duration_since(jiff::civil::date(1970, 1, 1)).as_secs();
    host.now = days + 10 * 24 * 60 * 60;
    host
}

fn without_credentials(trial: &Trial<'_>) -> Verdict {
    if trial.about.secrets.is_empty() {
        return Verdict::Skipped("it uses no secrets".to_owned());
    }
    let config = Config { secrets: Vec::new(), ..trial.config.clone() };
    let mut host = answering(trial, []);
    let result = trial.plugin.collect(&config, trial.month, &mut host);
    match result {
        _ if !host.requests.is_empty() => Verdict::Failed("it asked the vendor all the same".to_owned()),
        Ok(()) => Verdict::Failed("it collected nothing and said that all is well".to_owned()),
        Err(error) => refused_as(&error, &[ProblemKind::Config, ProblemKind::Auth]),
    }
}

/// A vendor that gives one answer to everything.
fn against(
    trial: &Trial<'_>,
    unready: Option<&PluginError>,
    answer: &Scripted,
    kinds: &[ProblemKind],
) -> Verdict {
    if let Some(error) = unready {
        return needs_configuration(error);
    }
    let mut host = answering(trial, std::iter::repeat_n(answer.clone(), ANSWERS));
    let result = trial.plugin.collect(&trial.config, trial.month, &mut host);
    match result {
        Ok(()) if host.kept.is_empty() => {
            Verdict::Failed("it kept nothing and said that all is well".to_owned())
        }
        // What was kept may still be refused when it is mapped; that is tried with rubbish.
        Ok(()) if answer.status == 200 => Verdict::Passed,
        Ok(()) => Verdict::Failed(format!("it took an answer of status {} for usage", answer.status)),
        Err(error) if is_configuration(&error) && host.requests.is_empty() => needs_configuration(&error),
        Err(error) => refused_as(&error, kinds),
    }
}

fn stopped(trial: &Trial<'_>, kinds: &[ProblemKind]) -> Verdict {
    let stop = Problem::new(ProblemKind::Stopped, "the run was stopped");
    let mut host = answering(trial, [Scripted { problem: Some(stop), ..Scripted::default() }]);
    match trial.plugin.collect(&trial.config, trial.month, &mut host) {
        Ok(()) => Verdict::Failed("it went on and said that all is well".to_owned()),
        Err(error) if is_configuration(&error) => needs_configuration(&error),
        Err(error) if host.requests.len() > 1 => {
            Verdict::Failed(format!("it asked {} times more: {error}", host.requests.len() - 1))
        }
        Err(error) => refused_as(&error, kinds),
    }
}
