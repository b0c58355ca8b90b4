//! A kept payload, decompressed as it is read.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ratebook_plugin::Problem;
use serde::{Deserialize, Serialize};

use super::meter::{Limits, MAGIC, Meter};

/// What is read at once of the bytes as they came.
const CHUNK: usize = 256 << 10;

/// How the bytes of a payload came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Packed {
    /// The file's name, to tell what is wrong with it.
    pub(crate) file: String,
    /// True if they are a gzip stream.
    pub(crate) gzip: bool,
    /// How much they may hold.
    pub(crate) limits: Limits,
}

/// A payload as a stream of decompressed bytes, over the bytes as they came, whose errors may hold a [`Problem`].
pub(crate) struct Unpacked<R> {
    bytes: Bytes<R>,
    file: String,
    meter: Meter,
    /// The first bytes, as long as they may be another gzip stream.
    head: Vec<u8>,
    /// What is wrong: it is the same for whoever asks again.
    refused: Option<Problem>,
}

enum Bytes<R> {
    Plain(BufReader<Counted<R>>),
    Gzip(Box<MultiGzDecoder<BufReader<Counted<R>>>>),
}

/// Bytes as they came, counted.
struct Counted<R> {
    from: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl<R: Read> Unpacked<R> {
    pub(crate) fn new(from: R, packed: Packed) -> Unpacked<R> {
        let Packed { file, gzip, limits } = packed;
        let counted = BufReader::with_capacity(CHUNK, Counted { from, bytes: 0 });
        let bytes =
            if gzip { Bytes::Gzip(Box::new(MultiGzDecoder::new(counted))) } else { Bytes::Plain(counted) };
        Unpacked { bytes, file, meter: Meter::new(limits), head: Vec::new(), refused: None }
    }

    /// Fills a place with the next bytes; less of it only at the end.
    ///
    /// # Errors
    /// If it is no whole payload, or holds more than it may.
    pub(crate) fn fill(&mut self, into: &mut [u8]) -> Result<usize, Problem> {
        let filled = match &self.refused {
            Some(problem) => Err(problem.clone()),
            None => self.next(into),
        };
        filled.inspect_err(|problem| self.refused = Some(problem.clone()))
    }

    fn next(&mut self, into: &mut [u8]) -> Result<usize, Problem> {
        let mut count = 0;
        while count < into.len() {
            let read = match &mut self.bytes {
                Bytes::Plain(from) => from.read(&mut into[count..]),
                Bytes::Gzip(from) => from.read(&mut into[count..]),
            };
            match read {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(&error)),
            }
        }
        self.meter.wire = self.counted().get_ref().bytes;
        self.meter.inflated(count)?;
        let missing = MAGIC.len().saturating_sub(self.head.len()).min(count);
        self.head.extend_from_slice(&into[..missing]);
        if missing > 0 && matches!(self.bytes, Bytes::Gzip(_)) && self.head == MAGIC {
            return Err(Problem::data(format!(
                "the kept payload {} holds a gzip stream inside its gzip stream",
                self.file
            )));
        }
        Ok(count)
    }

    fn counted(&mut self) -> &mut BufReader<Counted<R>> {
        match &mut self.bytes {
            Bytes::Plain(from) => from,
            Bytes::Gzip(from) => from.get_mut(),
        }
    }

    /// A gzip stream that fails was changed since it was kept: whoever gives its bytes says so at their end, and better than
    /// the decoder.
    fn broken(&mut self, error: &io::Error) -> Problem {
        let changed = match problem_in(error) {
            Some(problem) => Some(problem),
            None => io::copy(self.counted(), &mut io::sink()).err().and_then(|error| problem_in(&error)),
        };
        changed.unwrap_or_else(|| {
            Problem::data(format!("the kept payload {} cannot be decompressed: {error}", self.file))
        })
    }
}

fn problem_in(error: &io::Error) -> Option<Problem> {
    error.get_ref()?.downcast_ref().cloned()
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.fill(into).map_err(io::Error::other)
    }
}
