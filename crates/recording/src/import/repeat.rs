//! Decodes line after line, and reads only what differs from the line before.
//!
//! From one sweep to the next most records stay the same, byte for byte, and comparing them costs a tenth of reading
//! them. Nothing else changes by it: a record with the bytes of one that has been read is that record, and a line in
//! which anything is not as expected here is decoded as a whole by [`decode_line`], whose errors are the ones shown.

use serde::de::IgnoredAny;

use super::line::{decode_frame, decode_line};
use presence_model::observation::{Observation, Sweep};
use presence_model::state::Interner;
use presence_ringcentral_wire::{WireError, first_observation};

/// What decodes the lines of files, one after another.
#[derive(Default)]
pub(super) struct LineDecoder {
    interner: Interner,
    /// The records of the last line, in their order.
    remembered: Vec<Remembered>,
}

/// A record that has been read. The times of its observation are not set.
struct Remembered {
    text: String,
    observation: Observation,
}

impl LineDecoder {
    /// See [`decode_line`].
    pub(super) fn decode(&mut self, line: &[u8]) -> Result<Sweep, WireError> {
        let sweep = std::str::from_utf8(line)
            .ok()
            .and_then(|text| self.decode_by_records(text));
        match sweep {
            Some(sweep) => Ok(sweep),
            None => decode_line(line, &mut self.interner),
        }
    }

    fn decode_by_records(&mut self, text: &str) -> Option<Sweep> {
        let start = records_start(text)?;
        let (observations, length) = self.observations(&text[start..])?;
        let frame = [&text[..start], &text[start + length..]].concat();
        decode_frame(&frame, observations)
    }

    /// The records of a list, which begins behind its bracket, and how long it is without the closing one.
    fn observations(&mut self, list: &str) -> Option<(Vec<Observation>, usize)> {
        let mut observations = Vec::with_capacity(self.remembered.len());
        let mut rest = after_space(list);
        while !(rest.starts_with(']') && observations.is_empty()) {
            let (observation, length) = self.record(observations.len(), rest)?;
            observations.push(observation);
            rest = after_space(&rest[length..]);
            let Some(next) = rest.strip_prefix(',') else {
                break;
            };
            rest = after_space(next);
        }
        self.remembered.truncate(observations.len());
        rest.starts_with(']')
            .then(|| (observations, list.len() - rest.len()))
    }

    /// The record that `rest` begins with, and how long it is.
    fn record(&mut self, index: usize, rest: &str) -> Option<(Observation, usize)> {
        let known = self.remembered.get_mut(index);
        if let Some(known) = &known
            && rest.starts_with(&known.text)
        {
            return Some((known.observation.clone(), known.text.len()));
        }
        let (observation, length) = first_observation(rest, &mut self.interner)?;
        let text = &rest[..length];
        if let Some(known) = known {
            known.text.clear();
            known.text.push_str(text);
            known.observation = observation.clone();
        } else {
            self.remembered.push(Remembered {
                text: text.to_owned(),
                observation: observation.clone(),
            });
        }
        Some((observation, length))
    }
}

/// Where the list of the line's own key `records` begins, behind its bracket.
fn records_start(text: &str) -> Option<usize> {
    let mut rest = after_space(text.strip_prefix('{')?);
    loop {
        let (key, after) = rest.strip_prefix('"')?.split_once('"')?;
        let value = after_space(after_space(after).strip_prefix(':')?);
        match key {
            "records" => return Some(text.len() - value.strip_prefix('[')?.len()),
            escaped if escaped.contains('\\') => return None,
            _ => rest = after_space(after_value(value)?.strip_prefix(',')?),
        }
    }
}

/// What comes behind the value that `text` begins with, and behind the space after it.
fn after_value(text: &str) -> Option<&str> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(after_space(&text[values.byte_offset()..]))
}

/// What comes behind what JSON takes for space.
fn after_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = r#"{"extension":{"id":1},"presenceStatus":"Available"}"#;
    const B: &str = r#"{"extension":{"id":2},"message":"a \"b]},{"}"#;
    const HEAD: &str = r#"{"account_id":1,"observed_at":"2026-11-02T14:00:00Z","records":["#;

    fn shown(decoded: &Result<Sweep, WireError>) -> String {
        format!("{decoded:?}")
    }

    /// Decodes lines one after another, and compares each with what it is by itself; returns how many records of the
    /// last one are remembered.
    #[track_caller]
    fn check(lines: &[&str]) -> usize {
        let mut decoder = LineDecoder::default();
        for line in lines {
            let alone = decode_line(line.as_bytes(), &mut Interner::default());
            assert_eq!(
                shown(&decoder.decode(line.as_bytes())),
                shown(&alone),
                "{line}"
            );
        }
        decoder.remembered.len()
    }

    #[track_caller]
    fn check_records(lists: &[&str]) -> usize {
        let lines: Vec<String> = lists
            .iter()
            .map(|list| format!("{HEAD}{list}]}}"))
            .collect();
        check(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn a_line_is_what_it_is_by_itself() {
        let both = format!("{A},{B}");
        let other = format!("{B} , {A}");
        assert_eq!(check_records(&[&both, &both, &other, &both]), 2);
        assert_eq!(check_records(&[&both, A, &both, "", &both, B]), 1);
        assert_eq!(check_records(&[&both, &A.replace("Available", "Busy")]), 1);
        assert_eq!(check_records(&["\t", A, " \t"]), 0);
    }

    #[test]
    fn a_line_that_is_wrong_is_wrong_in_the_same_way() {
        for wrong in [
            format!("{A},"),
            format!(",{A}"),
            format!("{A}{B}"),
            format!("{A}:{B}"),
            format!("{A},{A},{{}}"),
            format!("{A},[{B}]"),
            format!("{A},\u{c}{B}"),
            format!("{A}],\"records\":[{B}"),
            format!("{A}]}}]"),
            A.replace("1}", "1"),
            A.replace("\"presence", "\"presenceStatus\":\"Busy\",\"presence"),
        ] {
            check_records(&[A, &wrong, A]);
        }
        check(&[
            "",
            "{",
            "[]",
            "{}",
            r#"{"records":{}}"#,
            r#"{"records":[]}"#,
        ]);
    }

    #[test]
    fn keys_come_in_any_order_and_are_the_lines_own() {
        let rest = r#""account_id":1,"observed_at":"2026-11-02T14:00:00Z""#;
        for line in [
            format!(r#"{{ "records" : [ {A} ] , {rest} }}"#),
            format!(r#"{{"other":{{"records":[]}},"n":-1.5e3,"t":true,"records":[{A}],{rest}}}"#),
            format!(r#"{{"other":"\"records\":[","records":[{A}],{rest}}}"#),
        ] {
            assert_eq!(check(&[&line, &line]), 1, "{line}");
        }
        let escaped = format!(r#"{{"\u0072ecords":[{A}],{rest}}}"#);
        assert_eq!(check(&[&escaped]), 0);
        check(&[&format!(
            r#"{{"\u0072ecords":[{A}],"records":[{B}],{rest}}}"#
        )]);
        check(&[&format!(r#"{{{rest},"records":[{A}],{rest}}}"#)]);
    }
}
