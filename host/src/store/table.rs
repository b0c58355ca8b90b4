//! A table on disk: a Parquet file of row groups that are written, and read, column by column. This and the files beside
//! it that it uses (`column`, `encode`, `decode`, `packed`) are all that knows Parquet.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::page::{CompressedPage, Page, PageWriter as _};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnDescPtr;
use ratebook_line::{Decimal, TextColumn, Values};

use super::column::{Column, Data, Kind, schema};
use super::decode::Chunk;
use super::encode::{Pages, encode};
use crate::disk;
use crate::failure::{Exit, Failure};
use crate::files::Draft;

/// The version of the tables' format, which each file names.
pub(crate) const FORMAT: u32 = 1;

/// What a table is: its name, and its columns in their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
}

/// Who wrote a file, in its own words: the format, not the program, so that a table's bytes are its rows' alone.
fn created_by(table: &Table) -> String {
    format!("ratebook table {} version {FORMAT}", table.name)
}

/// A table on its way to disk.
pub(super) struct TableWriter {
    table: Table,
    path: PathBuf,
    file: SerializedFileWriter<Draft>,
}

impl TableWriter {
    /// Begins a table.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub(super) fn new(table: Table, path: &Path) -> Result<TableWriter, Failure> {
        let properties = WriterProperties::builder()
            .set_created_by(created_by(&table))
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::UNCOMPRESSED)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build();
        let draft = Draft::new(path)?;
        let schema = parse_message_type(&schema(table.name, table.columns));
        let file = schema
            .and_then(|schema| SerializedFileWriter::new(draft, Arc::new(schema), Arc::new(properties)));
        let file = file.map_err(|error| failed(path, "write", &error))?;
        Ok(TableWriter { table, path: path.to_owned(), file })
    }

    /// Writes a row group: its rows, column by column in the order of the table.
    ///
    /// # Errors
    /// If it cannot be written, or a number is too large for the table.
    pub(super) fn rows(&mut self, rows: usize, columns: &[Data<'_>]) -> Result<(), Failure> {
        if rows == 0 {
            return Ok(());
        }
        let mut encoded = Vec::new();
        for (column, data) in self.table.columns.iter().zip(columns) {
            let pages = encode(column, data, rows).map_err(|what| {
                Failure::new(Exit::Review, "E-NUMBER", what).at(self.path.display().to_string())
            })?;
            encoded.extend(pages);
        }
        self.write(encoded).map_err(|error| failed(&self.path, "write", &error))
    }

    fn write(&mut self, encoded: Vec<Pages>) -> Result<(), ParquetError> {
        let columns: Vec<ColumnDescPtr> = self.file.schema_descr().columns().to_vec();
        let mut group = self.file.next_row_group()?;
        let rows = encoded.first().map_or(0, |pages| u64::from(pages.data.num_values()));
        for (column, pages) in columns.into_iter().zip(encoded) {
            let (bytes, close) = chunk(column, pages, rows)?;
            group.append_column(&bytes, close)?;
        }
        group.close().map(drop)
    }

    /// The whole table, not yet at its place.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn finish(self) -> Result<Draft, Failure> {
        let path = self.path;
        let mut draft = self.file.into_inner().map_err(|error| failed(&path, "write", &error))?;
        draft.flush().map_err(|error| Failure::storage(&path, "write", &error))?;
        Ok(draft)
    }
}

/// The bytes of a column in a row group, and what the footer says of them.
fn chunk(column: ColumnDescPtr, pages: Pages, rows: u64) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
    let Pages { dictionary, data, statistics } = pages;
    let entries = data.num_values();
    let mut encodings = vec![parquet::basic::Encoding::RLE, data.encoding()];
    encodings.extend(dictionary.as_ref().map(|_| parquet::basic::Encoding::PLAIN));
    let mut sink = TrackedWrite::new(Vec::new());
    let has_dictionary = dictionary.is_some();
    let mut at = 0;
    {
        let mut writer = SerializedPageWriter::new(&mut sink);
        for page in dictionary.into_iter().chain([data]) {
            let is_data = page.is_data_page();
            let length = page.buffer().len();
            let spec = writer.write_page(CompressedPage::new(page, length))?;
            if is_data {
                at = spec.offset;
            }
        }
    }
    let bytes = Bytes::from(sink.into_inner()?);
    let length = bytes.len() as i64;
    let mut metadata = ColumnChunkMetaData::builder(column)
        .set_compression(Compression::UNCOMPRESSED)
        .set_encodings(encodings)
        .set_num_values(i64::from(entries))
        .set_total_compressed_size(length)
        .set_total_uncompressed_size(length)
        .set_data_page_offset(at as i64)
        .set_dictionary_page_offset(has_dictionary.then_some(0));
    if let Some(statistics) = statistics {
        metadata = metadata.set_statistics(statistics);
    }
    let close = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: rows,
        metadata: metadata.build()?,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok((bytes, close))
}

/// What it is to the command that a table cannot be read or written.
fn failed(path: &Path, doing: &str, error: &ParquetError) -> Failure {
    if let ParquetError::External(inner) = error
        && let Some(error) = inner.downcast_ref::<io::Error>()
    {
        return Failure::storage(path, doing, error);
    }
    let cut = matches!(error, ParquetError::EOF(_));
    damaged(path, if cut { "it ends early" } else { "it is no table of ratebook" })
}

fn damaged(path: &Path, what: &str) -> Failure {
    let failure = Failure::new(Exit::Data, "E-DAMAGED", format!("this is not as it was written: {what}"));
    failure.at(path.display().to_string())
}

/// A table that is read.
pub(super) struct TableReader {
    table: Table,
    path: PathBuf,
    file: SerializedFileReader<File>,
    /// Where each column of the table begins among those of Parquet.
    places: Vec<usize>,
}

impl TableReader {
    /// Opens a table.
    ///
    /// # Errors
    /// If it cannot be read, or is none of this kind and version.
    pub(super) fn open(table: Table, path: &Path) -> Result<TableReader, Failure> {
        let file = disk::open_file(path).map_err(|error| Failure::storage(path, "read", &error))?;
        let length = file.metadata().map_err(|error| Failure::storage(path, "read", &error))?.len();
        let file = SerializedFileReader::new(file).map_err(|error| failed(path, "read", &error))?;
        if !places_are_within(&file, length) {
            return Err(damaged(path, "its footer names places that it does not have"));
        }
        let metadata = file.metadata().file_metadata();
        let ours = parse_message_type(&schema(table.name, table.columns));
        let is_ours = metadata.created_by() == Some(&created_by(&table))
            && ours.is_ok_and(|ours| ours == *metadata.schema());
        if !is_ours {
            let what = format!("it is no table {} of version {FORMAT}", table.name);
            return Err(damaged(path, &what));
        }
        let mut at = 0;
        let places = table.columns.iter().map(|column| {
            at += column.kind.width();
            at - column.kind.width()
        });
        Ok(TableReader { table, path: path.to_owned(), places: places.collect(), file })
    }

    /// How many row groups it has.
    pub(super) fn groups(&self) -> usize {
        self.file.metadata().num_row_groups()
    }

    /// How many rows a row group has.
    pub(super) fn rows_of(&self, group: usize) -> usize {
        usize::try_from(self.file.metadata().row_group(group).num_rows()).unwrap_or(0)
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> u64 {
        (0..self.groups()).map(|group| self.rows_of(group) as u64).sum()
    }

    /// A row group, to be read column by column.
    ///
    /// # Errors
    /// If it has more rows than any of ours.
    pub(super) fn group(&self, group: usize) -> Result<Group<'_>, Failure> {
        let rows = self.rows_of(group);
        if rows > ratebook_line::MOST_ROWS {
            return Err(self.damaged("a row group has too many rows"));
        }
        Ok(Group { reader: self, group, rows })
    }

    /// What it is that the table is not as it was written.
    pub(super) fn damaged(&self, what: &str) -> Failure {
        damaged(&self.path, what)
    }
}

/// True if what the footer says of places and sizes can be: the reader relies on it.
fn places_are_within(file: &SerializedFileReader<File>, length: u64) -> bool {
    let groups = file.metadata().row_groups().iter();
    let mut columns = groups.clone().flat_map(RowGroupMetaData::columns);
    groups.clone().all(|group| group.num_rows() >= 0)
        && columns.all(|column| {
            let begin = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let end = u64::try_from(begin).ok().zip(u64::try_from(column.compressed_size()).ok());
            let end = end.and_then(|(begin, size)| begin.checked_add(size));
            column.data_page_offset() >= begin && end.is_some_and(|end| end <= length)
        })
}

/// A row group of a table that is read.
pub(super) struct Group<'t> {
    reader: &'t TableReader,
    group: usize,
    /// How many rows it has.
    pub(super) rows: usize,
}

impl Group<'_> {
    /// A column of texts.
    pub(super) fn texts(&self, name: &str) -> Result<TextColumn, Failure> {
        let chunk = self.chunk(self.place(name, Kind::Text)?)?;
        self.read(name, chunk.texts())
    }

    /// A column of numbers.
    pub(super) fn numbers(&self, name: &str) -> Result<Values<Option<Decimal>>, Failure> {
        let column = self.reader.table.columns.iter().find(|column| column.name == name);
        let Some(Kind::Number { places }) = column.map(|column| column.kind) else {
            return self.read(name, None);
        };
        let at = self.place(name, Kind::Number { places })?;
        let exact = self.chunk(at + 1)?.texts();
        let exact = self.read(name, exact)?;
        self.read(name, self.chunk(at)?.numbers(places, &exact))
    }

    /// A column of money.
    pub(super) fn money(&self, name: &str) -> Result<Vec<Option<Decimal>>, Failure> {
        let chunk = self.chunk(self.place(name, Kind::Money)?)?;
        self.read(name, chunk.money())
    }

    /// A column of counts.
    pub(super) fn counts(&self, name: &str) -> Result<Vec<u64>, Failure> {
        let chunk = self.chunk(self.place(name, Kind::Count)?)?;
        self.read(name, chunk.counts(false).and_then(|counts| counts.into_iter().collect()))
    }

    /// A column of counts that may be absent.
    pub(super) fn maybe_counts(&self, name: &str) -> Result<Vec<Option<u64>>, Failure> {
        let chunk = self.chunk(self.place(name, Kind::MaybeCount)?)?;
        self.read(name, chunk.counts(true))
    }

    /// A column of true and false.
    pub(super) fn flags(&self, name: &str) -> Result<Vec<bool>, Failure> {
        let chunk = self.chunk(self.place(name, Kind::Flag)?)?;
        self.read(name, chunk.flags())
    }

    /// A column of lists: how many each row has, and all of them one behind the other.
    pub(super) fn lists(&self, name: &str) -> Result<(Vec<u32>, Vec<u64>), Failure> {
        let chunk = self.chunk(self.place(name, Kind::Counts)?)?;
        self.read(name, chunk.lists())
    }

    /// True if a column of texts may hold one of some: by its dictionary, without reading its rows.
    pub(super) fn holds_text(
        &self,
        name: &str,
        mut is_wanted: impl FnMut(&str) -> bool,
    ) -> Result<bool, Failure> {
        let chunk = self.chunk(self.place(name, Kind::Text)?)?;
        let Some(texts) = chunk.dictionary.is_some().then(|| chunk.dictionary_texts()) else {
            return Ok(is_wanted(""));
        };
        Ok(self.read(name, texts)?.iter().any(is_wanted))
    }

    fn place(&self, name: &str, kind: Kind) -> Result<usize, Failure> {
        let columns = self.reader.table.columns;
        let at = columns.iter().position(|column| column.name == name && column.kind == kind);
        at.and_then(|at| self.reader.places.get(at).copied()).ok_or_else(|| {
            Failure::new(Exit::Internal, "E-INTERNAL", format!("no column {name} of that kind"))
        })
    }

    fn chunk(&self, place: usize) -> Result<Chunk, Failure> {
        let unreadable = |error: ParquetError| failed(&self.reader.path, "read", &error);
        let group = self.reader.file.get_row_group(self.group).map_err(unreadable)?;
        let mut reader = group.get_column_page_reader(place).map_err(unreadable)?;
        let mut pages: Vec<Page> = Vec::new();
        while let Some(page) = reader.get_next_page().map_err(unreadable)? {
            pages.push(page);
        }
        let name = self.reader.file.metadata().file_metadata().schema_descr().column(place).name().to_owned();
        self.read(&name, Chunk::of(pages, self.rows))
    }

    fn read<T>(&self, name: &str, value: Option<T>) -> Result<T, Failure> {
        value.ok_or_else(|| {
            self.reader
                .damaged(&format!("the column {name} of row group {} does not hold what it says", self.group))
        })
    }
}
