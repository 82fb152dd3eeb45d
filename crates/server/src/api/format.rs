//! How answers are written: in which formats a question is answered, and which one a request asks for. Pure.

use axum::http::{HeaderMap, StatusCode, header};

use crate::error::Problem;
use presence_answers::Question;
use presence_answers::format::FormatWord;

/// A way to write answers.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// The word for it: the ending of a path, the value of the parameter `format`.
    pub word: FormatWord,
    /// What the answer's header says.
    pub content_type: &'static str,
    /// What it is called in `Accept`, the name that the description gives first.
    pub media_types: &'static [&'static str],
}

/// Tables for analysis.
pub const PARQUET: &str = "application/vnd.apache.parquet";

/// Pictures.
pub const SVG: &str = "image/svg+xml";

/// All of them; the first is the usual one.
const WRITTEN: [Written; 5] = [
    Written {
        word: FormatWord::Json,
        content_type: "application/json",
        media_types: &["application/json", "application/*", "*/*"],
    },
    Written {
        word: FormatWord::Ndjson,
        content_type: "application/x-ndjson",
        media_types: &[
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
        ],
    },
    Written {
        word: FormatWord::Csv,
        content_type: "text/csv; charset=utf-8",
        media_types: &["text/csv", "text/*"],
    },
    Written {
        word: FormatWord::Parquet,
        content_type: PARQUET,
        media_types: &[PARQUET],
    },
    Written {
        word: FormatWord::Svg,
        content_type: SVG,
        media_types: &[SVG, "image/*"],
    },
];

impl Written {
    /// The usual way.
    pub fn usual() -> &'static Self {
        &WRITTEN[0]
    }

    /// Its word.
    pub fn name(&self) -> &'static str {
        self.word.name()
    }

    /// What it is called in the description.
    pub fn media_type(&self) -> &'static str {
        self.media_types[0]
    }
}

/// The ways in which a question is answered. A page (`html`) is none of them: it has styles inside, which no page of a
/// server may have.
pub fn formats(question: &Question) -> impl Iterator<Item = &'static Written> {
    let drawn = question.drawn;
    WRITTEN.iter().filter(move |written| {
        let (_, own) = written.word.meaning();
        own.is_none_or(|own| drawn.contains(&own))
    })
}

/// How the answer is written: as the ending says, else the parameter, else what is accepted.
pub(super) fn chosen(
    question: &Question,
    ending: Option<&str>,
    pairs: &[(String, String)],
    headers: &HeaderMap,
) -> Result<&'static Written, Problem> {
    let of_word = |word: &str| {
        let mut formats = formats(question);
        let found = formats.find(|written| written.name() == word);
        found.ok_or_else(|| {
            format!(
                "{word:?} is no format of {}, which is answered as {}",
                question.name,
                listed(question, Written::name)
            )
        })
    };
    if let Some(ending) = ending {
        return of_word(ending).map_err(Problem::not_found);
    }
    if let Some((_, word)) = pairs.iter().find(|(name, _)| name == "format") {
        return of_word(word).map_err(|told| Problem::parameter("format", told));
    }
    let accepted = headers.get(header::ACCEPT);
    let Some(accepted) = accepted.and_then(|value| value.to_str().ok()) else {
        return Ok(Written::usual());
    };
    best(question, accepted).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            format!(
                "{} is answered as {}",
                question.name,
                listed(question, Written::media_type)
            ),
        )
    })
}

/// What is wanted most of what a question has.
fn best(question: &Question, accepted: &str) -> Option<&'static Written> {
    let mut best: Option<(&'static Written, f32)> = None;
    for range in accepted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
        let quality = quality.unwrap_or(1.0);
        let mut formats = formats(question);
        let meant = formats.find(|written| written.media_types.contains(&kind.as_str()));
        if let Some(written) = meant
            && quality > 0.0
            && best.is_none_or(|(_, known)| quality > known)
        {
            best = Some((written, quality));
        }
    }
    best.map(|(written, _)| written)
}

/// `a, b or c`.
fn listed(question: &Question, name: impl Fn(&Written) -> &'static str) -> String {
    let names: Vec<&str> = formats(question).map(name).collect();
    match names.as_slice() {
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::reading::find;

    #[track_caller]
    fn check(name: &str, accepted: &str, expected: Option<&str>) {
        let question = find(name).expect("it is there");
        let chosen = best(question, accepted).map(Written::name);
        assert_eq!(chosen, expected, "{accepted}");
    }

    #[test]
    fn what_is_wanted_most_is_chosen_of_what_there_is() {
        check("report", "application/vnd.apache.parquet", Some("parquet"));
        check("now", "application/vnd.apache.parquet", None);
        check(
            "now",
            "application/vnd.apache.parquet, */*;q=0.1",
            Some("json"),
        );
        check(
            "heatmap",
            "image/avif, image/*;q=0.9, */*;q=0.8",
            Some("svg"),
        );
        check(
            "people",
            "image/avif, image/*;q=0.9, */*;q=0.8",
            Some("json"),
        );
        check(
            "report",
            "text/csv;q=0, application/x-ndjson;q=0.2",
            Some("ndjson"),
        );
        check("report", "", None);
    }
}
