//! One month after the other: made, run, compared, printed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bills;
use ratebook_tests::built::built;
use ratebook_tests::generate::{MONTH, ROOT_TENANT};
use ratebook_tests::measured::{Expected, Month, workspace};
use ratebook_tests::processes::{Took, run};

/// The same bill in Python.
const SAME_BILL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/same_bill.py");

/// What is measured.
pub(crate) struct Wanted {
    months: Vec<(String, Month)>,
    rounds: u32,
    python: Option<PathBuf>,
    ratebook: Option<PathBuf>,
}

impl Wanted {
    pub(crate) fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Option<Wanted> {
        let (mut millions, mut rounds, mut shuffled, mut sizes) = (vec!["1".to_owned()], 3, false, false);
        let (mut python, mut ratebook) = (std::env::var_os("RATEBOOK_PYTHON").map(PathBuf::from), None);
        while let Some(name) = arguments.next() {
            match name.as_str() {
                "--shuffled" => shuffled = true,
                "--sizes" => sizes = true,
                "--millions" => {
                    millions = arguments.next()?.split(',').map(str::to_owned).collect();
                }
                "--rounds" => rounds = arguments.next()?.parse().ok().filter(|rounds| *rounds > 0)?,
                "--python" => python = Some(arguments.next()?.into()),
                "--ratebook" => ratebook = Some(arguments.next()?.into()),
                _ => return None,
            }
        }
        let mut months: Vec<(String, Month)> = Vec::new();
        for millions in &millions {
            let order = if shuffled { ", shuffled" } else { "" };
            let month = Month { shuffled, ..Month::of(records(millions)?) };
            months.push((format!("{millions} million records{order}"), month.clone()));
            if sizes {
                let half = Month { one_has_half: true, ..month.clone() };
                let many = Month { customers: 200_000, ..month.clone() };
                months.push((format!("{millions} million, one customer has half"), half));
                months.push((format!("{millions} million, 200,000 customers"), many));
                // A file of which no record has a SKU would be refused.
                let pages = 24_000.min(month.records / 40).max(1);
                months.push((format!("{millions} million, {pages} files"), Month { pages, ..month }));
            }
        }
        Some(Wanted { months, rounds, python, ratebook })
    }
}

/// `0.5` million as 500,000.
fn records(millions: &str) -> Option<u64> {
    let (whole, part) = millions.split_once('.').unwrap_or((millions, ""));
    format!("{whole}{part:0<6}").parse().ok().filter(|records| part.len() <= 6 && *records >= 1000)
}

pub(crate) fn all(wanted: &Wanted) -> io::Result<()> {
    let ratebook = wanted.ratebook.clone().unwrap_or_else(|| built().ratebook.clone());
    let ratebook = fs::canonicalize(ratebook)?;
    let python = wanted.python.clone().unwrap_or_else(|| "python3".into());
    let versions = Command::new(&python).arg(SAME_BILL).arg("versions").stderr(Stdio::null()).output();
    let python = match versions {
        Ok(output) if output.status.success() => {
            print!("{}", String::from_utf8_lossy(&output.stdout));
            Some(python)
        }
        _ => {
            println!("{} has no duckdb and polars: ratebook alone is measured", python.display());
            None
        }
    };
    for (name, month) in &wanted.months {
        let folder = tempfile::tempdir()?;
        let expected = workspace(folder.path(), month)?;
        println!(
            "\n{name}: {} lines of {} customers, {} MB in {} file(s); {}",
            expected.lines,
            expected.bills().count(),
            expected.payload_bytes / 1_000_000,
            expected.payloads.len(),
            load(),
        );
        let place = Place { folder: folder.path(), ratebook: &ratebook, python: python.as_deref() };
        place.measure(&expected, wanted.rounds)?;
    }
    Ok(())
}

/// How busy the machine is.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", load.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}

struct Place<'a> {
    folder: &'a Path,
    ratebook: &'a Path,
    python: Option<&'a Path>,
}

/// What each row of the table took in each round, in the order in which rows came.
#[derive(Default)]
struct Table {
    rows: Vec<(String, Vec<Took>, u64)>,
}

impl Table {
    fn add(&mut self, name: &str, took: Took, bytes: u64) -> io::Result<()> {
        if took.code != 0 {
            return Err(io::Error::other(format!("{name}: exit {}", took.code)));
        }
        match self.rows.iter_mut().find(|(known, ..)| known == name) {
            Some((_, all, largest)) => {
                all.push(took);
                *largest = bytes.max(*largest);
            }
            None => self.rows.push((name.to_owned(), vec![took], bytes)),
        }
        Ok(())
    }

    fn least(&self, name: &str) -> Option<i64> {
        let (_, all, _) = self.rows.iter().find(|(known, ..)| known == name)?;
        all.iter().map(|took| took.cpu).min()
    }

    fn print(&self) {
        let duckdb = self.least("DuckDB");
        println!(
            "{:<34} {:>8} {:>15} {:>8} {:>8} {:>9}  peak MiB of each process",
            "", "CPU s", "least..most", "seen", "/DuckDB", "disk MB"
        );
        for (name, all, bytes) in &self.rows {
            let cpu = all.iter().map(|took| took.cpu);
            let (least, most) = (cpu.clone().min().unwrap_or(0), cpu.max().unwrap_or(0));
            let seen = all.iter().map(|took| took.cpu_seen).min().unwrap_or(0);
            let ratio = match duckdb {
                Some(duckdb) if duckdb > 0 => fixed((100 * least + duckdb / 2) / duckdb, 100),
                _ => String::new(),
            };
            let disk = if *bytes == 0 { String::new() } else { fixed(*bytes as i64 / 100_000, 10) };
            let most_memory = all.iter().max_by_key(|took| took.peak());
            let peaks = most_memory.map_or_else(String::new, peaks);
            println!(
                "{name:<34} {:>8} {:>15} {:>8} {ratio:>8} {disk:>9}  {peaks}",
                seconds(least),
                format!("{}..{}", seconds(least), seconds(most)),
                seconds(seen),
            );
        }
    }
}

/// Microseconds as seconds.
fn seconds(micros: i64) -> String {
    fixed((micros + 5_000) / 10_000, 100)
}

/// So many tenths or hundredths.
fn fixed(count: i64, of_one: i64) -> String {
    let places = if of_one == 10 { 1 } else { 2 };
    format!("{}.{:0places$}", count / of_one, count % of_one)
}

/// `ratebook 190 + ratebook 40`; many of one name as one.
fn peaks(took: &Took) -> String {
    let mut by_name: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (name, peak) in &took.peaks {
        let (count, most) = by_name.entry(name).or_default();
        *count += 1;
        *most = (*most).max(*peak);
    }
    let mut all: Vec<(u64, String)> = if took.peaks.len() <= 4 {
        took.peaks.iter().map(|(name, peak)| (*peak, format!("{name} {}", peak / 1024))).collect()
    } else {
        let most = |(name, (count, most)): (&&str, &(u64, u64))| {
            (*most, format!("{count} {name} <= {}", most / 1024))
        };
        by_name.iter().map(most).collect()
    };
    all.sort_by(|one, other| other.cmp(one));
    all.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" + ")
}

impl Place<'_> {
    fn measure(&self, expected: &Expected, rounds: u32) -> io::Result<()> {
        let mut table = Table::default();
        let customer = expected.bills().max_by_key(|(_, cents)| *cents);
        let Some((customer, _)) = customer else { return Err(io::Error::other("no customer has a line")) };
        for _ in 0..rounds {
            self.fresh()?;
            self.ratebook(&mut table, "run --offline", &["run", "--month", MONTH, "--offline"])?;
            for program in self.python.map(|_| ["DuckDB", "Polars"]).into_iter().flatten() {
                self.in_python(&mut table, program, expected)?;
            }
            self.imports(&mut table)?;
            self.ratebook(&mut table, "run again, nothing changed", &["run", "--month", MONTH, "--offline"])?;
            let one = ["explain", "--month", MONTH, "--customer", &customer];
            self.ratebook(&mut table, "explain --customer", &one)?;
            self.ratebook(&mut table, "status", &["status"])?;
            self.ratebook(&mut table, "check", &["check"])?;
            self.fresh()?;
            self.ratebook(&mut table, "fetch --offline alone", &["fetch", "--month", MONTH, "--offline"])?;
            self.ratebook(&mut table, "normalize alone", &["normalize", "--month", MONTH])?;
            self.ratebook(&mut table, "rate alone", &["rate", "--month", MONTH])?;
        }
        table.print();
        self.compare(expected)
    }

    /// Without anything that was made of the payloads.
    fn fresh(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.folder.join("runs")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.ratebook);
        command.args(arguments).arg("--workspace").arg(self.folder).current_dir(self.folder).env_clear();
        command
    }

    fn ratebook(&self, table: &mut Table, name: &str, arguments: &[&str]) -> io::Result<()> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(fs::File::create(self.folder.join("stderr.txt"))?);
        let took = run(command)?;
        if took.code != 0 {
            let said = fs::read_to_string(self.folder.join("stderr.txt")).unwrap_or_default();
            return Err(io::Error::other(format!("{name}: exit {}: {said}", took.code)));
        }
        let bytes = match arguments[0] {
            "run" | "rate" | "normalize" => bytes_beside_payloads(&self.folder.join("runs"))?,
            _ => 0,
        };
        table.add(&format!("ratebook {name}"), took, bytes)
    }

    fn out(&self, program: &str) -> PathBuf {
        self.folder.join(program.to_lowercase())
    }

    fn in_python(&self, table: &mut Table, program: &str, expected: &Expected) -> io::Result<()> {
        let Some(python) = self.python else { return Ok(()) };
        let out = self.out(program);
        fs::create_dir_all(&out)?;
        let mut command = Command::new(python);
        command.arg(SAME_BILL).arg(program.to_lowercase());
        command.arg("--prices").arg(self.folder.join("prices.csv")).args(["--root", ROOT_TENANT]);
        command.arg("--out").arg(&out).args(&expected.payloads).stdout(Stdio::null());
        let took = run(command)?;
        table.add(program, took, bytes_beside_payloads(&out)?)
    }

    /// What Python takes to start with both libraries: a part of what each of them took.
    fn imports(&self, table: &mut Table) -> io::Result<()> {
        let Some(python) = self.python else { return Ok(()) };
        let mut command = Command::new(python);
        command.arg(SAME_BILL).arg("versions").stdout(Stdio::null());
        table.add("Python with both, nothing done", run(command)?, 0)
    }

    /// Compares what every customer owes by all who reckoned it.
    fn compare(&self, expected: &Expected) -> io::Result<()> {
        let expected: BTreeMap<String, u128> = expected.bills().collect();
        let mut reckoned = vec![(
            "ratebook",
            bills::of_ratebook(
                &self.folder.join("bills.json"),
                |to| {
                    let to = to.to_string_lossy();
                    self.command(&["export", "--month", MONTH, "--format", "json", "--to", &to])
                },
                &self.folder.join("runs").join(MONTH).join("bills.json"),
            )?,
        )];
        for (program, python) in
            ["DuckDB", "Polars"].into_iter().filter_map(|name| Some((name, self.python?)))
        {
            let output = Command::new(python).arg(SAME_BILL).arg("totals").arg(self.out(program)).output()?;
            reckoned.push((program, bills::of_table(&String::from_utf8_lossy(&output.stdout))?));
        }
        let mut wrong = Vec::new();
        for (program, bills) in reckoned {
            let total: u128 = bills.values().sum();
            let differing = expected.iter().filter(|(id, cents)| bills.get(*id) != Some(*cents)).count();
            println!(
                "{program}: {} bills, {}.{:02} EUR, {differing} not as reckoned by hand",
                bills.len(),
                total / 100,
                total % 100
            );
            if differing > 0 || bills.len() != expected.len() {
                wrong.push(program);
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(io::Error::other(format!("wrong bills: {}", wrong.join(", "))))
        }
    }
}

fn bytes_beside_payloads(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != "payloads" {
            bytes += bytes_beside_payloads(&entry.path())?;
        } else if kind.is_file() {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}
