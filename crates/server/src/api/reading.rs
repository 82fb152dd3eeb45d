//! Parameters: names and texts of a query string or a JSON body, from which a request is read.

use axum::extract::Query;
use axum::http::{StatusCode, Uri};
use serde_json::Value;

use crate::error::Problem;
use presence_answers::ask::{AsOfPosition, Veil};
use presence_answers::common::CommonFields;
use presence_answers::question::{ACCESS_LOG, CHANGES};
use presence_answers::{Pages, QUESTIONS, Question, Request};
use presence_core::query::suggestion::suggestion;

/// The form of the answer, which is none of the question's fields.
const FORMAT: &str = "format";

/// How many entries are wanted.
const LIMIT: &str = "limit";

/// The question of a name.
pub fn find(name: &str) -> Result<&'static Question, Problem> {
    Question::named(name).ok_or_else(|| {
        let near = suggestion(name, QUESTIONS.iter().map(|question| question.name));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Problem::not_found(format!("there is no question {name:?}{hint}"))
    })
}

/// The parameters of a query string, in their order.
pub fn pairs(query: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return Ok(Vec::new());
    };
    let wrong = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "wrong_parameter",
            "the query string is not of the form name=value&name=value, in UTF-8",
        )
    };
    // A stray per cent sign or bytes that are no text would be read as something else.
    let uri = Uri::builder().path_and_query(format!("/?{query}")).build();
    let uri = uri.map_err(|_| wrong())?;
    let read = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let Query(pairs) = read.map_err(|_| wrong())?;
    let is_text = |text: &String| !text.contains(['\0', '\u{fffd}']);
    if pairs
        .iter()
        .all(|(name, value)| is_text(name) && is_text(value))
    {
        Ok(pairs)
    } else {
        Err(wrong())
    }
}

/// Takes the veil off the positions that a reader was shown and sends back.
pub fn reveal(question: &str, pairs: &mut [(String, String)], veil: &Veil) -> Result<(), Problem> {
    for (name, value) in pairs {
        let is_position = match name.as_str() {
            "as-of" => true,
            "compare-as-of" => AsOfPosition::is_meant(value),
            "after" => matches!(question, CHANGES | ACCESS_LOG),
            _ => false,
        };
        if !is_position {
            continue;
        }
        let (position, rest) = match value.split_once(':') {
            Some((position, rest)) => (position, format!(":{rest}")),
            None => (value.as_str(), String::new()),
        };
        let shown = position.parse().ok().filter(|shown: &i64| *shown >= 0);
        let shown = shown.ok_or_else(|| Problem::no_such_part(name))?;
        *value = format!("{}{rest}", veil.reveal(shown));
    }
    Ok(())
}

/// The parameters of a JSON body: an object of texts, numbers, `true` and `false`, and lists of them.
pub fn body_pairs(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let wrong = |told: String| Problem::new(StatusCode::BAD_REQUEST, "wrong_parameter", told);
    let object: serde_json::Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| wrong(format!("the body is no JSON object of parameters: {error}")))?;
    let mut pairs = Vec::with_capacity(object.len());
    for (name, value) in object {
        let values = match value {
            Value::Array(values) => values,
            Value::Null => Vec::new(),
            value => vec![value],
        };
        for value in values {
            let text = match value {
                Value::String(text) if !text.contains('\0') => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                _ => {
                    return Err(Problem::parameter(
                        &*name,
                        format!("{name}: write a text, a number, true or false, or a list of them"),
                    ));
                }
            };
            pairs.push((name.clone(), text));
        }
    }
    Ok(pairs)
}

/// Reads the parameters of a question, `format` among them or not.
pub fn read(
    question: &Question,
    mut pairs: Vec<(String, String)>,
) -> Result<(CommonFields, Request), Problem> {
    pairs.retain(|(name, _)| name != FORMAT);
    if let Some(pages) = question.pages {
        let limit = limit(pages, &pairs)?;
        pairs.retain(|(name, _)| name != LIMIT);
        pairs.push((LIMIT.to_owned(), limit.to_string()));
    }
    Ok(question.read(pairs)?)
}

/// How many entries a page has.
fn limit(pages: Pages, pairs: &[(String, String)]) -> Result<u64, Problem> {
    let mut given = pairs.iter().filter(|(name, _)| name == LIMIT);
    let Some((_, text)) = given.next() else {
        return Ok(pages.usual);
    };
    if given.next().is_some() {
        return Err(Problem::parameter("limit", "limit is given twice"));
    }
    let limit = text.parse().ok();
    let limit = limit.filter(|limit| (1..=pages.most).contains(limit));
    limit.ok_or_else(|| {
        Problem::parameter(
            "limit",
            format!("limit is {text:?}: write a number from 1 to {}", pages.most),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, query: &str) -> Result<(CommonFields, Request), Problem> {
        read(find(name)?, pairs(Some(query))?)
    }

    #[track_caller]
    fn check_refused(name: &str, query: &str, parameter: &str) {
        let problem = asked(name, query).expect_err("it is wrong");
        assert_eq!(problem.wrong_parameter(), Some(parameter), "{problem}");
    }

    #[test]
    fn what_touches_files_or_the_store_is_no_parameter() {
        for flag in ["store", "config", "log", "output", "color"] {
            check_refused("report", &format!("from=-1d&to=now&{flag}=x"), flag);
        }
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        assert!(asked("report", "to=now").is_ok() && asked("report", "").is_ok());
        check_refused("report", "from=-1d&from=-2d&to=now", "from");
        assert!(asked("report", "by=department&by=day").is_ok());
        check_refused("report", "from=-1d&to=now&facet=x", "facet");
        check_refused("report", "from=-1d&to=now&form=x", "form");
        check_refused("report", "from=-1d&to=now&as-now=perhaps", "as-now");
        for step in ["0s", "0d", "-15m", "1d12h", "36526d", "1mo"] {
            let query = format!("from=-1d&to=now&value=x&step={step}");
            check_refused("staffing", &query, "step");
        }
        for count in ["0", "-1", "1000001", "99999999999999999999"] {
            let query = format!("from=-1d&to=now&min-group={count}");
            check_refused("report", &query, "min-group");
        }
        check_refused("report", "from=-1d&to=now&min-evidence=1.5", "min-evidence");
        check_refused("explain", "time=-1h", "person");
        check_refused("timeline", "from=-1d&as-now=perhaps", "as-now");
        check_refused("at", "", "time");
        check_refused("changes", "from=-1d&to=now&limit=0", "limit");
        check_refused("changes", "from=-1d&to=now&limit=10001", "limit");
        assert!(asked("report", "from=-1d&to=now&person=--help&person=-x").is_ok());
        assert!(asked("nothing", "").is_err());
        assert!(pairs(Some("a=%ff")).is_err() && pairs(Some("a=%00")).is_err());
    }

    #[test]
    fn a_body_holds_the_same_parameters() {
        let body = br#"{"person": ["101", 102], "limit": 5, "as-now": true, "to": null}"#;
        let read = body_pairs(body).expect("parameters");
        let mut read: Vec<(&str, &str)> = read.iter().map(|(a, b)| (&**a, &**b)).collect();
        read.sort_unstable();
        let expected = [
            ("as-now", "true"),
            ("limit", "5"),
            ("person", "101"),
            ("person", "102"),
        ];
        assert_eq!(read, expected);
        for wrong in [
            &b"[]"[..],
            b"{",
            b"{\"a\": {}}",
            b"{\"a\": [[1]]}",
            b"{\"a\": \"\\u0000\"}",
        ] {
            assert!(body_pairs(wrong).is_err());
        }
    }
}
