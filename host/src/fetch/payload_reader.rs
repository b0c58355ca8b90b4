//! A kept payload as a stream: read, hashed and decompressed by a thread of its own while the lines are mapped.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use flate2::bufread::MultiGzDecoder;
use ratebook_plugin::{Problem, ProblemKind};
use sha2::{Digest, Sha256};

use super::content::ContentHash;
use super::gzip::{MAGIC, Meter};
use super::listing::PayloadFile;
use super::settings::Limits;
use crate::disk;

/// What crosses between the threads at once.
const CHUNK: usize = 256 << 10;
/// How many chunks the reading thread may be ahead.
const AHEAD: usize = 4;

/// What crosses between the threads.
enum Part {
    Bytes(Vec<u8>),
    /// The end, with the digest of what the payload holds.
    End(String),
}

/// A kept payload as a stream of decompressed bytes. At its end it fails unless the file is what was kept, so
/// nothing may be used before the end was reached.
///
/// As [`BufRead`] it hands out whole chunks (up to 256 KiB) without copying. Its errors hold a [`Problem`].
pub(crate) struct PayloadReader {
    full: Receiver<Result<Part, Problem>>,
    /// Chunks go back to be filled again.
    empty: SyncSender<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
    /// The digest of what it holds, or what is wrong with it.
    end: Option<Result<String, Problem>>,
}

impl PayloadReader {
    pub(super) fn start(from: File, file: PayloadFile, limits: Limits) -> Result<PayloadReader, Problem> {
        let (full_to, full) = sync_channel(AHEAD);
        let (empty, empty_from) = sync_channel::<Vec<u8>>(AHEAD + 2);
        thread::Builder::new()
            .name("ratebook-payload".to_owned())
            .spawn(move || {
                let mut source = Source::new(from, file, limits);
                loop {
                    let mut chunk = empty_from.try_recv().unwrap_or_default();
                    let part = match source.fill(&mut chunk) {
                        Ok(0) => Ok(Part::End(std::mem::take(&mut source.content).finish())),
                        Ok(_) => Ok(Part::Bytes(chunk)),
                        Err(problem) => Err(problem),
                    };
                    let last = !matches!(part, Ok(Part::Bytes(_)));
                    // Nobody waits for it any more if the reader was dropped.
                    if full_to.send(part).is_err() || last {
                        return;
                    }
                }
            })
            .map_err(|error| Problem::new(ProblemKind::Storage, format!("cannot start a thread: {error}")))?;
        Ok(PayloadReader { full, empty, chunk: Vec::new(), at: 0, end: None })
    }

    /// The digest of what the payload holds, decompressed, line ends aside: the same for the same usage, however it is packed.
    /// Known once its end was read.
    pub(crate) fn content(&self) -> Option<&str> {
        self.end.as_ref()?.as_deref().ok()
    }
}

impl BufRead for PayloadReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.chunk.len() && self.end.is_none() {
            let next = self.full.recv().unwrap_or_else(|_| {
                Err(Problem::new(ProblemKind::Storage, "the thread that reads the payload ended"))
            });
            self.at = 0;
            match next {
                Ok(Part::End(content)) => {
                    self.chunk.clear();
                    self.end = Some(Ok(content));
                }
                Ok(Part::Bytes(chunk)) => {
                    // If it cannot go back, a new one is made in its place.
                    let _ = self.empty.try_send(std::mem::replace(&mut self.chunk, chunk));
                }
                Err(problem) => {
                    self.chunk.clear();
                    self.end = Some(Err(problem));
                }
            }
        }
        match &self.end {
            Some(Err(problem)) if self.at == self.chunk.len() => Err(io::Error::other(problem.clone())),
            _ => Ok(&self.chunk[self.at..]),
        }
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.chunk.len());
    }
}

impl Read for PayloadReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// The file's bytes, hashed as they pass.
struct Hashed {
    from: File,
    hash: Sha256,
    bytes: u64,
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.hash.update(&into[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

enum Bytes {
    Plain(BufReader<Hashed>),
    Gzip(Box<MultiGzDecoder<BufReader<Hashed>>>),
}

/// The reading thread's side.
struct Source {
    bytes: Bytes,
    file: PayloadFile,
    meter: Meter,
    content: ContentHash,
    begun: bool,
}

impl Source {
    fn new(from: File, file: PayloadFile, limits: Limits) -> Source {
        let hashed = BufReader::with_capacity(CHUNK, Hashed { from, hash: Sha256::new(), bytes: 0 });
        let bytes =
            if file.gzip { Bytes::Gzip(Box::new(MultiGzDecoder::new(hashed))) } else { Bytes::Plain(hashed) };
        Source { bytes, file, meter: Meter::new(limits), content: ContentHash::default(), begun: false }
    }

    /// Fills a chunk; none of it at the end, if the file is what was kept.
    fn fill(&mut self, chunk: &mut Vec<u8>) -> Result<usize, Problem> {
        chunk.resize(CHUNK, 0);
        let mut count = 0;
        while count < chunk.len() {
            let read = match &mut self.bytes {
                Bytes::Plain(from) => from.read(&mut chunk[count..]),
                Bytes::Gzip(from) => from.read(&mut chunk[count..]),
            };
            match read {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(&error)),
            }
        }
        chunk.truncate(count);
        self.meter.wire = self.hashed().bytes;
        self.meter.inflated(count)?;
        self.content.update(chunk);
        if !std::mem::replace(&mut self.begun, true) && self.file.gzip && chunk.starts_with(&MAGIC) {
            return Err(Problem::data(format!(
                "the kept payload {} holds a gzip stream inside its gzip stream",
                self.file.file
            )));
        }
        if count == 0 {
            let hashed = self.hashed();
            let (bytes, sha256) = (hashed.bytes, disk::hex(&hashed.hash.clone().finalize()));
            self.file.same(bytes, &sha256)?;
        }
        Ok(count)
    }

    fn hashed(&self) -> &Hashed {
        match &self.bytes {
            Bytes::Plain(from) => from.get_ref(),
            Bytes::Gzip(from) => from.get_ref().get_ref(),
        }
    }

    /// A gzip stream that fails was changed since it was kept: the digest says so better than the decoder.
    fn broken(&mut self, error: &io::Error) -> Problem {
        let rest = match &mut self.bytes {
            Bytes::Plain(from) => from,
            Bytes::Gzip(from) => from.get_mut(),
        };
        if io::copy(rest, &mut io::sink()).is_ok() {
            let hashed = self.hashed();
            let sha256 = disk::hex(&hashed.hash.clone().finalize());
            if let Err(changed) = self.file.same(hashed.bytes, &sha256) {
                return changed;
            }
        }
        Problem::data(format!("the kept payload {} cannot be decompressed: {error}", self.file.file))
    }
}
