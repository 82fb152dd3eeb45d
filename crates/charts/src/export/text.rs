//! Tables as CSV and NDJSON.

use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Column, Value};
use crate::csv::{self, Cell, Style};
use crate::json;
use crate::text::Text;

/// A table as text.
pub struct Writer<W> {
    output: W,
    columns: Vec<Column>,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Csv(Style),
    Ndjson,
}

impl<W: io::Write> Writer<W> {
    /// Begins CSV with the names of the columns.
    pub(super) fn csv(mut output: W, columns: Vec<Column>, style: Style) -> io::Result<Self> {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        output.write_all(style.mark().as_bytes())?;
        output.write_all(csv::header(&names, &style).as_bytes())?;
        let form = Form::Csv(style);
        Ok(Self {
            output,
            columns,
            form,
        })
    }

    /// Begins lines of JSON.
    pub(super) fn ndjson(output: W, columns: Vec<Column>) -> Self {
        let form = Form::Ndjson;
        Self {
            output,
            columns,
            form,
        }
    }

    pub(super) fn row(&mut self, row: Vec<Value>) -> io::Result<()> {
        let text = match &self.form {
            Form::Csv(style) => csv::rows([row.into_iter().map(cell).collect()], style),
            Form::Ndjson => json::line(&Line {
                columns: &self.columns,
                values: &row,
            }),
        };
        self.output.write_all(text.as_bytes())
    }

    pub(super) fn finish(self) -> W {
        self.output
    }
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Integer(number) => Cell::own(number),
        Value::Real(number) => Cell::own(number),
        Value::Flag(flag) => Cell::own(flag),
        Value::Text(text) => Cell::Text(text),
        Value::Date(date) => Cell::own(date),
        Value::Moment(moment) => Cell::own(moment),
    }
}

struct Line<'a> {
    columns: &'a [Column],
    values: &'a [Value],
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, value) in self.columns.iter().zip(self.values) {
            let name = &column.name;
            match value {
                Value::Null => map.serialize_entry(name, &())?,
                Value::Integer(number) => map.serialize_entry(name, number)?,
                Value::Real(number) => map.serialize_entry(name, number)?,
                Value::Flag(flag) => map.serialize_entry(name, flag)?,
                Value::Text(text) => map.serialize_entry(name, text)?,
                Value::Date(date) => map.serialize_entry(name, &Text(*date))?,
                Value::Moment(moment) => map.serialize_entry(name, &Text(*moment))?,
            }
        }
        map.end()
    }
}
