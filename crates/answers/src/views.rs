//! The views of the store as tables: the same columns, moments twice, as such and in milliseconds.

use presence_model::daily::LocalDate;
use presence_model::time::Timestamp;
use presence_store::{Kind, View, ViewValue};

use presence_charts::export::{Column, ColumnKind, Value};

/// The columns of a view.
pub fn columns(view: View) -> Vec<Column> {
    let column = |name: String, kind| Column { name, kind };
    let columns = view
        .columns()
        .iter()
        .flat_map(|of_view| match of_view.kind {
            Kind::Integer => vec![column(of_view.name.to_owned(), ColumnKind::Integer)],
            Kind::Date => vec![column(of_view.name.to_owned(), ColumnKind::Date)],
            Kind::Text => vec![column(of_view.name.to_owned(), ColumnKind::Text)],
            Kind::Moment => vec![
                column(format!("{}_at", of_view.name), ColumnKind::Moment),
                column(format!("{}_ms", of_view.name), ColumnKind::Integer),
            ],
        });
    columns.collect()
}

/// A row of a view.
pub fn row(view: View, values: Vec<ViewValue>) -> Vec<Value> {
    let mut row = Vec::with_capacity(values.len() + 4);
    for (column, value) in view.columns().iter().zip(values) {
        match (value, column.kind) {
            (ViewValue::Null, Kind::Moment) => row.extend([Value::Null, Value::Null]),
            (ViewValue::Null, _) => row.push(Value::Null),
            (ViewValue::Text(text), _) => row.push(Value::Text(text)),
            (ViewValue::Integer(ms), Kind::Moment) => {
                let moment = Timestamp::saturating_from_ms(ms);
                row.extend([Value::Moment(moment), Value::Integer(ms)]);
            }
            (ViewValue::Integer(days), Kind::Date) => {
                row.push(LocalDate::from_days(days).map_or(Value::Null, Value::Date));
            }
            (ViewValue::Integer(number), _) => row.push(Value::Integer(number)),
        }
    }
    row
}
