//! Tables for programs that analyse: Parquet, CSV and NDJSON, written as their rows come, few of them in memory.

pub mod parquet;
pub mod sheet;
mod text;

use std::io;

use crate::csv::Style;
use presence_model::daily::LocalDate;
use presence_model::time::Timestamp;

pub use self::parquet::ParquetError;

/// What a column holds; each value may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// Yes or no.
    Flag,
    /// Text.
    Text,
    /// A date of some calendar.
    Date,
    /// A moment, UTC.
    Moment,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A value; of another kind than its column it is a mistake of ours.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Yes or no.
    Flag(bool),
    /// Text.
    Text(String),
    /// A date.
    Date(LocalDate),
    /// A moment.
    Moment(Timestamp),
}

/// What a table rests on, for the formats that have a place for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The program that writes it.
    pub program: String,
    /// What it answers, and what that rests on, by name.
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// How a table is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Columns for analysis.
    Parquet,
    /// Comma-separated values.
    Csv(Style),
    /// A JSON object a row.
    Ndjson,
}

impl TableFormat {
    /// How names of its files end.
    pub fn ending(&self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv(_) => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Parquet could not be made of it.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The output failed.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// A table that is being written to `W`.
pub enum TableWriter<W: io::Write + Send> {
    /// As Parquet.
    Parquet(Box<parquet::Writer<W>>),
    /// As CSV or NDJSON.
    Text(text::Writer<W>),
}

impl<W: io::Write + Send> TableWriter<W> {
    /// Begins a table. What it rests on becomes part of it if the format has a place for that.
    pub fn begin(
        output: W,
        format: TableFormat,
        columns: Vec<Column>,
        metadata: &Metadata,
    ) -> Result<Self, ExportError> {
        Ok(match format {
            TableFormat::Parquet => {
                Self::Parquet(Box::new(parquet::Writer::begin(output, columns, metadata)?))
            }
            TableFormat::Csv(style) => Self::Text(text::Writer::csv(output, columns, style)?),
            TableFormat::Ndjson => Self::Text(text::Writer::ndjson(output, columns)),
        })
    }

    /// Adds a row; it has a value for each column.
    pub fn row(&mut self, row: Vec<Value>) -> Result<(), ExportError> {
        match self {
            Self::Parquet(writer) => Ok(writer.row(row)?),
            Self::Text(writer) => Ok(writer.row(row)?),
        }
    }

    /// Ends the table.
    pub fn finish(self) -> Result<W, ExportError> {
        match self {
            Self::Parquet(writer) => Ok(writer.finish()?),
            Self::Text(writer) => Ok(writer.finish()),
        }
    }
}
