//! Months of several files with one thing wrong, as a seed says: a file twice, rows in two files, an end that is
//! missing, a field that is gone, a control character. None of them may be billed as if nothing were.

mod shapes;

use std::io;

use crate::gzip::gzip;
use crate::random::Random;
use crate::workspace::{MONTH, Ran, Workspace};
use shapes::{Cell, Page, Row, SHAPES, Shape};

const RULES: &str = "version = 1\n[settings]\ncurrency = \"EUR\"\ncustomers = \"tenants\"\n\
                     [[rule]]\nid = \"all\"\nreason = \"One price\"\nprice = \"1.00\"\n";

/// What may be wrong with a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Nothing.
    None,
    /// A file is there once more, under another name, and perhaps packed or with other line ends.
    Doubled,
    /// Rows of one file stand in another too.
    Overlapping,
    /// A file ends after some of its rows.
    Cut,
    /// A field that rows cannot be billed without is missing, null or renamed.
    FieldGone,
    /// A control character stands in an id or a name.
    Control,
}

impl Defect {
    /// All.
    pub const ALL: [Defect; 6] =
        [Defect::None, Defect::Doubled, Defect::Overlapping, Defect::Cut, Defect::FieldGone, Defect::Control];
}

/// How many kinds of payload there are.
#[must_use]
pub fn shapes() -> usize {
    SHAPES.len()
}

/// Bills a month of one kind of payload with one defect, as a seed says, and looks at what becomes of it.
///
/// # Errors
/// If a month without a defect is not billed to the cent, or one with a defect is billed.
pub fn month(shape: usize, defect: Defect, seed: u64) -> io::Result<()> {
    let shape = &SHAPES[shape % SHAPES.len()];
    let mut random = Random(seed);
    let mut made = Month::new(shape, &mut random);
    let how = made.spoil(defect, &mut random);
    let workspace = made.workspace()?;
    let ran = workspace.run(&["run", "--month", MONTH])?;
    let wrong = |what: &str| {
        let story = format!("{}, {defect:?}, seed {seed}: {how}\n{}", shape.name, ran.told());
        Err(io::Error::other(format!("{what}\n{story}")))
    };
    let is_there = workspace.path().join("runs").join(MONTH).join("manifest.json").exists();
    match (defect, ran.code) {
        (Defect::None, 0) if billed(&ran, made.quantity) => Ok(()),
        (Defect::None, _) => wrong(&format!("it should be billed with {} EUR", made.quantity)),
        (_, 4 | 6) if is_there => wrong("it was published all the same"),
        (_, 4 | 6) if !ran.stderr.contains("vendor") => wrong("the source is not named"),
        (_, 4 | 6) => Ok(()),
        _ => wrong("it should be refused or asked about"),
    }
}

fn billed(ran: &Ran, quantity: u32) -> bool {
    let digits = |text: &str| text.chars().filter(|c| *c != ',').collect::<String>();
    digits(&ran.stdout).contains(&format!("{quantity}.00"))
}

/// The files of a month.
struct Month<'s> {
    shape: &'s Shape,
    /// The rows of each file.
    pages: Vec<Vec<Row>>,
    /// What the rows come to.
    quantity: u32,
    /// Files that are there once more, by number: packed, or with other line ends.
    again: Option<(usize, bool)>,
    /// The file that ends after so many bytes of its text, and whether it is packed.
    cut: Option<(usize, usize)>,
}

impl<'s> Month<'s> {
    fn new(shape: &'s Shape, random: &mut Random) -> Month<'s> {
        let mut number = 0;
        let mut quantity = 0;
        let pages = (0..2 + random.below(3)).map(|_| {
            let rows = (0..3 + random.below(20)).map(|_| {
                number += 1;
                let used = 1 + random.below(50);
                quantity += used;
                (shape.row)(number, used)
            });
            rows.collect()
        });
        let pages = pages.collect();
        Month { shape, pages, quantity, again: None, cut: None }
    }

    /// Spoils it, and says how.
    fn spoil(&mut self, defect: Defect, random: &mut Random) -> String {
        let page = random.below(u32::try_from(self.pages.len()).unwrap_or(1)) as usize;
        let rows = self.pages[page].len();
        let row = random.below(u32::try_from(rows).unwrap_or(1)) as usize;
        match defect {
            Defect::None => "as it should be".to_owned(),
            Defect::Doubled => {
                let packed = random.below(2) == 0;
                self.again = Some((page, packed));
                format!("file {page} once more, {}", if packed { "packed" } else { "with other line ends" })
            }
            Defect::Overlapping => {
                let from = self.pages[page][row..].to_vec();
                let into = (page + 1) % self.pages.len();
                self.pages[into].splice(0..0, from);
                format!("rows {row} and after of file {page} in file {into} too")
            }
            Defect::Cut => {
                self.cut = Some((page, row));
                format!("file {page} ends after {row} rows")
            }
            Defect::FieldGone => {
                let field = *random.one_of(self.shape.needed);
                let how = random.below(3);
                // A column of a CSV file is missing in all rows or in none.
                let whole = self.shape.is_csv() && how > 0;
                let spoilt = if whole { 0..rows } else { row..row + 1 };
                for cells in &mut self.pages[page][spoilt] {
                    let at = cells.iter().position(|(name, _)| name == field).unwrap_or(0);
                    match how {
                        0 => cells[at].1 = Cell::Null,
                        1 => cells[at].0 = format!("x{field}"),
                        _ => _ = cells.remove(at),
                    }
                }
                format!(
                    "{field} is {} in file {page}, row {row}",
                    ["null", "renamed", "missing"][how as usize]
                )
            }
            Defect::Control => {
                let field = *random.one_of(self.shape.texts);
                let control = char::from_u32(random.below(32)).unwrap_or('\0');
                if let Some((_, Cell::Text(text))) =
                    self.pages[page][row].iter_mut().find(|(name, _)| name == field)
                {
                    text.insert(text.len() / 2, control);
                }
                format!("{control:?} in {field} of file {page}, row {row}")
            }
        }
    }

    fn workspace(&self) -> io::Result<Workspace> {
        let workspace = Workspace::in_folder(tempfile::tempdir()?);
        let put = |path: &str, bytes: &[u8]| workspace.put(path, bytes);
        let Shape { plugin, source, ending, .. } = self.shape;
        put(
            "ratebook.toml",
            format!("version = 1\n[source.vendor]\nplugin = \"{plugin}\"\nfiles = \"exports/*\"\n{source}")
                .as_bytes(),
        )?;
        put("rules/main.toml", RULES.as_bytes())?;
        if let Some((name, text)) = self.shape.beside {
            put(&format!("exports/{name}"), text.as_bytes())?;
        }
        let total = self.pages.iter().map(Vec::len).sum();
        for (number, rows) in self.pages.iter().enumerate() {
            let text = (self.shape.page)(rows, Page { number, pages: self.pages.len(), rows: total });
            match self.cut {
                // A plain CSV file does not tell its end; what is packed does.
                Some((cut, row)) if cut == number && self.shape.is_csv() => {
                    let packed = gzip(text.as_bytes());
                    let kept = packed.len() * (row + 1) / (rows.len() + 2);
                    put(&format!("exports/usage-{number}.{ending}.gz"), &packed[..kept])?;
                }
                Some((cut, row)) if cut == number => {
                    let kept: String = text.split_inclusive('\n').take(row + 2).collect();
                    put(&format!("exports/usage-{number}.{ending}"), kept.as_bytes())?;
                }
                _ => put(&format!("exports/usage-{number}.{ending}"), text.as_bytes())?,
            }
            match self.again {
                Some((again, true)) if again == number => {
                    put(&format!("exports/usage-{number}.{ending}.gz"), &gzip(text.as_bytes()))?;
                }
                Some((again, false)) if again == number => {
                    let other = if text.contains("\r\n") {
                        text.replace("\r\n", "\n")
                    } else {
                        text.replace('\n', "\r\n")
                    };
                    put(&format!("exports/z-{number}.{ending}"), other.as_bytes())?;
                }
                _ => {}
            }
        }
        Ok(workspace)
    }
}
