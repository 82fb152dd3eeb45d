//! JSON text of the public shapes.

use serde::Serialize;

use super::escape;

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

#[cfg(test)]
mod tests {
    use super::*;

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
