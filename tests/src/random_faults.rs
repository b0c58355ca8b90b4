//! Months in which vendors, disk and process fail at random, again and again, until one run is left alone.
//!
//! Whatever happened before, that last run must end with the bytes of a month in which nothing did, and Acronis must
//! have been asked for one report. A seed says all of what goes wrong; threads alone may take turns otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use serde_json::json;

use crate::calls::{self, Fate};
use crate::left::{results, torn};
use crate::message::{Answer, Delivery};
use crate::mishap::Mishap;
use crate::random::Random;
use crate::server::Server;
use crate::vendors::acronis::Acronis;
use crate::vendors::metallic::Metallic;
use crate::workspace::{MONTH, Workspace};

const RUN: [&str; 3] = ["run", "--month", MONTH];

/// What every secret of the mock vendors holds.
const CANARY: &[u8] = b"canary-";

/// How a disturbed run may end: bills, a review, a vendor, data, credentials, a plugin, storage, bills in part. Never a
/// bug of ours, a wrong command line, wrong rules, a month that somebody else holds or changed.
const MAY_END: [i32; 8] = [0, 4, 5, 6, 7, 8, 9, 11];

/// The requests of a month, but for the token: what is refused there must not be tried again.
const REQUESTS: [&str; 6] = [
    "GET /api/2/tenants",
    "POST /api/2/reports",
    "GET /api/2/reports",
    "GET /api/2/reports/*/stored",
    "GET /api/2/reports/*/stored/*",
    "GET /api/v1/partner/usage/summary",
];

/// Vendors on loopback, and what a month of theirs comes to when nothing goes wrong.
pub struct Rig {
    acronis: Server<Acronis>,
    metallic: Server<Metallic>,
    csv: Vec<u8>,
    summary: Vec<u8>,
    expected: BTreeMap<String, Vec<u8>>,
}

impl Rig {
    /// Starts the vendors and bills a month of theirs once.
    ///
    /// # Errors
    /// If that does not work.
    pub fn new() -> io::Result<Rig> {
        let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month/recordings/2026-03");
        let csv = fs::read(recordings.join("acronis-eu/usage.csv"))?;
        let summary = fs::read(recordings.join("metallic/usage-summary.json"))?;
        let mut rig = Rig {
            acronis: Server::start(Acronis::new("")),
            metallic: Server::start(Metallic::new("2026-03-01", "")),
            csv,
            summary,
            expected: BTreeMap::new(),
        };
        let workspace = rig.workspace()?;
        let ran = workspace.run(&RUN)?;
        if ran.code != 0 {
            return Err(io::Error::other(ran.told()));
        }
        rig.expected = results(&workspace)?;
        Ok(rig)
    }

    /// A month as a seed says it goes.
    ///
    /// # Errors
    /// What was not as it must be, with everything that went wrong before.
    pub fn month(&self, seed: u64) -> io::Result<()> {
        let workspace = self.workspace()?;
        let mut random = Random(seed);
        let mut story = format!("seed {seed}\n");
        for _ in 0..=random.below(2) {
            self.disturbed(&workspace, &mut random, &mut story)?;
        }
        self.acronis.calm();
        self.metallic.calm();
        let ran = workspace.run(&RUN)?;
        story += &format!("left alone: {}\n", ran.told());
        let left = results(&workspace)?;
        let differs = self.expected.iter().find(|(path, bytes)| left.get(*path) != Some(bytes));
        let reports = self.acronis.vendor().reports.len();
        match differs {
            _ if ran.code != 0 => wrong("the run that was left alone failed", &story),
            Some((path, _)) => wrong(&format!("{path} is not as in a month without faults"), &story),
            None if left.len() != self.expected.len() => wrong("there are other files", &story),
            None if reports != 1 => wrong(&format!("{reports} reports were made"), &story),
            None => self.is_whole(&workspace, &story),
        }
    }

    /// A run in which something goes wrong with a vendor, the disk, the process, or several of them.
    fn disturbed(&self, workspace: &Workspace, random: &mut Random, story: &mut String) -> io::Result<()> {
        for _ in 0..random.below(3) {
            let on = *random.one_of(&REQUESTS);
            let mishap = mishap(on, random).after(random.below(2));
            // A head of many KiB is told by its beginning.
            *story += &format!("{:.300}\n", format!("{mishap:?}"));
            if on.ends_with("summary") { self.metallic.mishap(mishap) } else { self.acronis.mishap(mishap) }
        }
        // Without any of it, or one of the calls of a run; some of these numbers never come.
        let fate = (random.below(4) > 0).then(|| (1 + random.below(200) as usize, fate(random)));
        let ran = calls::run(&mut workspace.command(&RUN), workspace.path(), fate)?;
        let call = fate.and_then(|(number, _)| ran.calls.get(number - 1));
        *story += &format!("{fate:?} {call:?} ");
        let said = workspace.ran(&ran.output);
        *story += &said.told();
        let was_killed = ran.output.status.code().is_none();
        if was_killed && fate.is_none_or(|(_, fate)| fate != Fate::Killed) {
            return wrong("it died of itself", story);
        }
        if !was_killed && !MAY_END.contains(&said.code) {
            return wrong("no disturbance may end so", story);
        }
        if holds_canary(&ran.output.stdout) || holds_canary(&ran.output.stderr) {
            return wrong("a secret was said", story);
        }
        self.is_whole(workspace, story)
    }

    /// What manifests name is there, and no secret is in any file, drafts and logs among them.
    fn is_whole(&self, workspace: &Workspace, story: &str) -> io::Result<()> {
        let torn = torn(&results(workspace)?);
        if !torn.is_empty() {
            return wrong(&format!("torn: {torn:?}"), story);
        }
        match workspace.files()?.into_iter().find(|(_, bytes)| holds_canary(bytes)) {
            Some((path, _)) => wrong(&format!("a secret is in {path}"), story),
            None => Ok(()),
        }
    }

    /// A workspace that asks these vendors, who remember nothing.
    fn workspace(&self) -> io::Result<Workspace> {
        *self.acronis.vendor() = Acronis { polls: 0, ..Acronis::new(self.csv.clone()) };
        *self.metallic.vendor() = Metallic::new("2026-03-01", self.summary.clone());
        let mut workspace = Workspace::of_the_example()?;
        workspace.ask(&self.acronis.url(), &self.metallic.url())?;
        workspace.replace("ratebook.toml", "[http]\n", "[http]\ntries = 3\nidle = \"200ms\"\n")?;
        Ok(workspace)
    }
}

fn wrong(what: &str, story: &str) -> io::Result<()> {
    Err(io::Error::other(format!("{what}\n{story}")))
}

fn holds_canary(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY)
}

fn mishap(on: &str, random: &mut Random) -> Mishap {
    let says = |status: u16| Answer::json(status, &json!({"error": {"message": "not now"}}));
    let bytes = random.below(400) as usize;
    let instead = |answer| Mishap::instead(on, answer);
    let delivered = |delivery| Mishap::delivered(on, delivery);
    match random.below(16) {
        0 => instead(says(500)),
        1 => instead(says(502)).times(2),
        2 => instead(says(503)).always(),
        3 => instead(says(429).with_header("Retry-After", "0")),
        4 => instead(says(429).with_header("Retry-After", "soon")),
        5 => instead(says(429).with_header("Retry-After", "946080000")),
        6 => instead(says(403)),
        7 => instead(Answer::html()),
        8 => instead(Answer::redirect("http://127.0.0.1:9/elsewhere")),
        9 => instead(says(200).with_header("X-Filler", "x".repeat(256 << 10))),
        10 => delivered(Delivery::CutAfter(bytes)),
        11 => delivered(Delivery::ResetAfter(bytes)),
        12 => delivered(Delivery::ChunkedCutAfter(bytes)),
        13 => delivered(Delivery::Drip(Duration::from_micros(20))),
        14 => delivered(Delivery::Lost),
        _ => delivered(Delivery::SilentAfter(bytes)),
    }
}

fn fate(random: &mut Random) -> Fate {
    let errors = [Errno::ENOSPC, Errno::EIO, Errno::EROFS, Errno::EDQUOT, Errno::EACCES, Errno::EMFILE];
    let error = *random.one_of(&errors) as i32;
    match random.below(5) {
        0 => Fate::Refused(error),
        1 => Fate::RefusedFromHereOn(error),
        2 => Fate::Half,
        _ => Fate::Killed,
    }
}
