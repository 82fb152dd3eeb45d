//! Tables as Parquet: row groups of bounded size, compressed with Zstandard, moments as UTC timestamps in milliseconds.
//!
//! Written through the crate's column writers: its Arrow interface would bring seven more crates, and nothing here has
//! Arrow arrays to begin with.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use parquet::basic::{
    Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel,
};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError as LibraryError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type};

use super::{Column, ColumnKind, Metadata, Value};

/// So many rows are in memory at once: fewer make larger files, more take memory.
const ROWS_IN_GROUP: usize = 50_000;

/// How hard Zstandard tries.
const LEVEL: i32 = 3;

/// Why a table cannot be written as Parquet.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The library could not write it, or its output failed.
    #[error("Parquet cannot be written: {0}")]
    Library(#[from] LibraryError),
    /// A value is of another kind than its column: our own mistake.
    #[error("a value of column {column} is not of the column's kind; please report this")]
    Kind {
        /// The column.
        column: String,
    },
}

/// A table that is being written.
pub struct Writer<W: io::Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Column>,
    buffers: Vec<Buffer>,
    row_count: usize,
}

/// The values of a column in the row group that is being filled.
struct Buffer {
    /// For each row, 1 where there is a value.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    Integers(Vec<i64>),
    Days(Vec<i32>),
    Reals(Vec<f64>),
    Flags(Vec<bool>),
    Texts {
        values: Vec<ByteArray>,
        /// Texts repeat: each is kept once.
        known: HashMap<String, ByteArray>,
    },
}

impl<W: io::Write + Send> Writer<W> {
    /// Begins a table; what it rests on is kept in the file's key-value metadata.
    pub fn begin(
        output: W,
        columns: Vec<Column>,
        metadata: &Metadata,
    ) -> Result<Self, ParquetError> {
        let fields = columns.iter().map(|column| Ok(Arc::new(field(column)?)));
        let fields = fields.collect::<Result<_, LibraryError>>()?;
        let schema = Type::group_type_builder("presence")
            .with_fields(fields)
            .build()?;
        let properties = properties(&columns, metadata)?;
        let file = SerializedFileWriter::new(output, Arc::new(schema), Arc::new(properties))?;
        Ok(Self {
            file,
            buffers: columns
                .iter()
                .map(|column| Buffer::new(column.kind))
                .collect(),
            columns,
            row_count: 0,
        })
    }

    /// Adds a row.
    pub fn row(&mut self, row: Vec<Value>) -> Result<(), ParquetError> {
        let row = row.into_iter().chain(std::iter::repeat(Value::Null));
        for ((buffer, column), value) in self.buffers.iter_mut().zip(&self.columns).zip(row) {
            if !buffer.push(value) {
                return Err(ParquetError::Kind {
                    column: column.name.clone(),
                });
            }
        }
        self.row_count += 1;
        if self.row_count == ROWS_IN_GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes what is still in memory, and the end of the file.
    pub fn finish(mut self) -> Result<W, ParquetError> {
        if self.row_count > 0 {
            self.write_group()?;
        }
        Ok(self.file.into_inner()?)
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for buffer in &mut self.buffers {
            let Some(column) = group.next_column()? else {
                break;
            };
            buffer.write(column)?;
        }
        group.close()?;
        self.row_count = 0;
        Ok(())
    }
}

impl Buffer {
    fn new(kind: ColumnKind) -> Self {
        Self {
            levels: Vec::new(),
            values: match kind {
                ColumnKind::Integer | ColumnKind::Moment => Values::Integers(Vec::new()),
                ColumnKind::Date => Values::Days(Vec::new()),
                ColumnKind::Real => Values::Reals(Vec::new()),
                ColumnKind::Flag => Values::Flags(Vec::new()),
                ColumnKind::Text => Values::Texts {
                    values: Vec::new(),
                    known: HashMap::new(),
                },
            },
        }
    }

    /// Adds a value; `false` if it is of another kind.
    fn push(&mut self, value: Value) -> bool {
        let is_there = value != Value::Null;
        match (&mut self.values, value) {
            (_, Value::Null) => {}
            (Values::Integers(values), Value::Integer(number)) => values.push(number),
            (Values::Integers(values), Value::Moment(moment)) => values.push(moment.as_ms()),
            (Values::Days(values), Value::Date(date)) => values.push(date.days()),
            (Values::Reals(values), Value::Real(number)) => values.push(number),
            (Values::Flags(values), Value::Flag(flag)) => values.push(flag),
            (Values::Texts { values, known }, Value::Text(text)) => {
                let bytes = known
                    .entry(text)
                    .or_insert_with_key(|text| ByteArray::from(text.as_bytes().to_vec()));
                values.push(bytes.clone());
            }
            _ => return false,
        }
        self.levels.push(i16::from(is_there));
        true
    }

    /// Writes the values, and forgets them.
    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), LibraryError> {
        let levels = std::mem::take(&mut self.levels);
        match &mut self.values {
            Values::Integers(values) => written(column.typed::<Int64Type>(), values, &levels)?,
            Values::Days(values) => written(column.typed::<Int32Type>(), values, &levels)?,
            Values::Reals(values) => written(column.typed::<DoubleType>(), values, &levels)?,
            Values::Flags(values) => written(column.typed::<BoolType>(), values, &levels)?,
            Values::Texts { values, known } => {
                written(column.typed::<ByteArrayType>(), values, &levels)?;
                known.clear();
            }
        }
        column.close()
    }
}

fn written<T: DataType>(
    column: &mut ColumnWriterImpl<'_, T>,
    values: &mut Vec<T::T>,
    levels: &[i16],
) -> Result<(), LibraryError> {
    column.write_batch(values, Some(levels), None)?;
    values.clear();
    Ok(())
}

fn field(column: &Column) -> Result<Type, LibraryError> {
    let (physical, logical) = match column.kind {
        ColumnKind::Integer => (Physical::INT64, None),
        ColumnKind::Date => (Physical::INT32, Some(LogicalType::Date)),
        ColumnKind::Real => (Physical::DOUBLE, None),
        ColumnKind::Flag => (Physical::BOOLEAN, None),
        ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Moment => (
            Physical::INT64,
            Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
        ),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
}

fn properties(columns: &[Column], metadata: &Metadata) -> Result<WriterProperties, LibraryError> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_created_by(metadata.program.clone())
        .set_key_value_metadata(Some(key_values(metadata)));
    // Numbers that grow from row to row are small differences.
    for column in columns {
        if matches!(column.kind, ColumnKind::Integer | ColumnKind::Moment) {
            let path = ColumnPath::from(column.name.as_str());
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(builder.build())
}

/// Each field of what the table rests on, as text or else as JSON.
fn key_values(metadata: &Metadata) -> Vec<KeyValue> {
    let fields = metadata.fields.iter().map(|(name, value)| {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        KeyValue::new(format!("presence.{name}"), text)
    });
    fields.collect()
}
