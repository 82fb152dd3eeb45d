//! JSON text of the public shapes.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use presence_core::escape;

/// One value over several lines, with a line end.
pub fn pretty(value: &impl Serialize) -> String {
    finished(serde_json::to_string_pretty(value))
}

/// One value on one line, with a line end.
pub fn line(value: &impl Serialize) -> String {
    finished(serde_json::to_string(value))
}

/// Each value on a line of its own.
pub fn lines<T: Serialize>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| line(&value)).collect()
}

fn finished(text: serde_json::Result<String>) -> String {
    let mut text = text.expect("the public shapes have text as keys and no failing parts");
    text.push('\n');
    escape::json(text)
}

/// An array that is written while its items are still being read.
#[derive(Debug, Default)]
pub struct Array {
    has_items: bool,
    /// What stands before it, if it is the last field of an object.
    before: Option<String>,
}

impl Array {
    /// An array that is the field `items` of an object, behind the fields of another.
    pub fn inside(fields: &impl Serialize) -> Self {
        let fields = pretty(fields);
        let fields = fields.trim_end().trim_end_matches('}').trim_end();
        Self {
            has_items: false,
            before: Some(format!("{fields},\n  \"items\": ")),
        }
    }

    /// The text of the next items; it begins the array if they are the first.
    pub fn items(&mut self, items: &[impl Serialize]) -> String {
        let mut text = String::new();
        for item in items {
            if self.has_items {
                text.push_str(",\n");
            } else {
                text.push_str(self.before.as_deref().unwrap_or_default());
                text.push_str("[\n");
            }
            self.has_items = true;
            let indent = if self.before.is_some() { "    " } else { "  " };
            let item = pretty(item);
            let lines: Vec<String> = item.lines().map(|line| format!("{indent}{line}")).collect();
            text.push_str(&lines.join("\n"));
        }
        text
    }

    /// The text that ends the array.
    pub fn end(self) -> String {
        match (self.before, self.has_items) {
            (None, true) => "\n]\n".to_owned(),
            (None, false) => "[]\n".to_owned(),
            (Some(_), true) => "\n  ]\n}\n".to_owned(),
            (Some(before), false) => format!("{before}[]\n}}\n"),
        }
    }
}

/// An object whose array of items is written part by part: [`pretty`] of the whole, without the whole.
#[derive(Debug)]
pub struct AroundItems {
    start: String,
    end: String,
    has_items: bool,
}

impl AroundItems {
    /// Around the items of the array `key` of `object`, which is empty there.
    pub fn of(object: &impl Serialize, key: &str) -> Self {
        let mut start = pretty(object);
        // A line end stands between the parts of an object, never within a text.
        let empty = format!("\n  \"{key}\": []");
        let found = start.find(&empty);
        let at = found.expect("the object has such an array, and it is empty") + empty.len() - 1;
        let end = start.split_off(at);
        Self {
            start,
            end,
            has_items: false,
        }
    }

    /// The text up to the first item.
    pub fn start(&self) -> &str {
        &self.start
    }

    /// What stands between the items so far and the next ones, of which there is one at least: see [`items`].
    pub fn before_items(&mut self) -> &'static str {
        let had_items = std::mem::replace(&mut self.has_items, true);
        if had_items { "," } else { "" }
    }

    /// The text after the last item.
    pub fn end(&self) -> String {
        let indent = if self.has_items { "\n  " } else { "" };
        format!("{indent}{}", self.end)
    }
}

/// The text of some items of the array within [`AroundItems`].
pub fn items(items: &[impl Serialize]) -> String {
    const FITS: &str = "the public shapes have text as keys and no failing parts; memory takes all";
    let mut formatter = PrettyFormatter::new();
    // As deep as the items stand: in an array in an object.
    for _ in 0..2 {
        formatter.begin_array(&mut io::sink()).expect(FITS);
    }
    let mut text = Vec::new();
    for (index, item) in items.iter().enumerate() {
        text.extend_from_slice(if index == 0 { b"\n    " } else { b",\n    " });
        let mut serializer = Serializer::with_formatter(&mut text, formatter.clone());
        item.serialize(&mut serializer).expect(FITS);
    }
    escape::json(String::from_utf8(text).expect("JSON is text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_in_parts_is_the_object_as_a_whole() {
        let rows = [
            serde_json::json!({"a": 1, "of": {"b": [], "c": [1, {"d": null}]}}),
            serde_json::json!({}),
            serde_json::json!("x\ny"),
        ];
        let object = |rows: &[serde_json::Value]| serde_json::json!({"as": "\n  \"rows\": []", "rows": rows, "so": 1});
        for split in 0..=rows.len() {
            let mut around = AroundItems::of(&object(&[]), "rows");
            let mut text = around.start().to_owned();
            for part in [&rows[..split], &rows[split..]] {
                if !part.is_empty() {
                    text.push_str(around.before_items());
                    text.push_str(&items(part));
                }
            }
            text.push_str(&around.end());
            assert_eq!(text, pretty(&object(&rows)));
        }
        let around = AroundItems::of(&object(&[]), "rows");
        assert_eq!(
            around.start().to_owned() + &around.end(),
            pretty(&object(&[]))
        );
    }

    #[test]
    fn an_array_in_parts_is_the_array_as_a_whole() {
        let items = [
            serde_json::json!({"a": 1}),
            serde_json::json!([]),
            serde_json::json!("x\ny"),
        ];
        for split in 0..=items.len() {
            let mut array = Array::default();
            let mut text = array.items(&items[..split]);
            text.push_str(&array.items(&items[split..]));
            text.push_str(&array.end());
            assert_eq!(text, pretty(&items));
            let mut array = Array::inside(&serde_json::json!({"a": {}}));
            let mut text = array.items(&items[..split]);
            text.push_str(&array.items(&items[split..]));
            text.push_str(&array.end());
            assert_eq!(text, pretty(&serde_json::json!({"a": {}, "items": items})));
        }
        let empty = Array::inside(&serde_json::json!({"a": 1})).end();
        assert_eq!(empty, pretty(&serde_json::json!({"a": 1, "items": []})));
        assert_eq!(Array::default().end(), pretty(&[0; 0]));
    }
}
