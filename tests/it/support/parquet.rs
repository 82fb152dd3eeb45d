//! Parquet, read with the library's own reader.

use std::collections::BTreeMap;

use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::Field;
use presence_model::daily::LocalDate;

/// A table as texts, with its columns; moments are milliseconds.
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Table {
    /// Reads a table.
    pub(crate) fn read<R: ChunkReader + 'static>(source: R) -> Self {
        let reader = SerializedFileReader::new(source).expect("it is Parquet");
        let about = reader.metadata().file_metadata();
        let entries = about.key_value_metadata().cloned().unwrap_or_default();
        let fields = about.schema().get_fields();
        let rows = reader.get_row_iter(None).expect("it has rows").map(|row| {
            let row = row.expect("it can be read");
            row.get_column_iter()
                .map(|(_, field)| text(field))
                .collect()
        });
        Self {
            columns: fields.iter().map(|field| field.name().to_owned()).collect(),
            rows: rows.collect(),
            metadata: entries
                .into_iter()
                .map(|entry| (entry.key, entry.value.unwrap_or_default()))
                .collect(),
        }
    }
}

fn text(field: &Field) -> Option<String> {
    match field {
        Field::Null => None,
        Field::Long(number) | Field::TimestampMillis(number) => Some(number.to_string()),
        Field::Date(days) => Some(
            LocalDate::from_days(i64::from(*days))
                .expect("it is a date")
                .to_string(),
        ),
        Field::Double(number) => Some(number.to_string()),
        Field::Bool(flag) => Some(flag.to_string()),
        Field::Str(text) => Some(text.clone()),
        other => panic!("{other:?} is of no kind of ours"),
    }
}
