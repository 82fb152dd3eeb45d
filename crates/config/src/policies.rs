//! `[policies.NAME]`: policies as the configuration file writes them, and where in the file something is wrong.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{Config, DEFAULT_FILE};
use presence_core::query::policy::{
    Finding, Outcome, Policy, PolicyPosition, PolicyText, RuleText, Severity, built_in,
    built_in_of_queue, find_built_in, lacks_queue,
};
use presence_core::query::suggestion::suggestion;

/// `[policies.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySection {
    /// What it is for.
    pub description: Option<String>,
    /// Its rules, in order.
    pub rules: Vec<RuleSection>,
}

/// A rule of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSection {
    /// What to call it.
    pub name: Option<String>,
    /// The expression.
    pub when: Spanned<String>,
    /// The class that it gives.
    pub class: Option<Spanned<String>>,
    /// The facet whose value is the class.
    pub class_of: Option<Spanned<String>>,
}

/// Something wrong in a policy of the file, and where: lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedFinding {
    /// Which policy.
    pub policy: String,
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: PathBuf,
    /// The line.
    pub line: usize,
    /// The first character of what is wrong.
    pub column: usize,
    /// How many characters of the line are wrong; at least 1.
    pub length: usize,
    /// The whole line.
    pub excerpt: String,
    /// What is wrong, and what to do.
    pub sentence: String,
}

impl fmt::Display for LocatedFinding {
    /// In one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} line {}, column {}: {}",
            self.file.display(),
            self.line,
            self.column,
            self.sentence
        )
    }
}

/// Why there is no policy of a name.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// There is none.
    #[error("there is no policy {name:?}; {}", advice(name, known))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Every policy there is.
        known: Vec<String>,
    },
    /// It is about one call queue, and none is named.
    #[error(
        "the policy {name:?} is about one call queue; write its name after a colon: {name}:Support"
    )]
    OfNoQueue {
        /// Which policy.
        name: String,
    },
    /// It is not well-formed.
    #[error(
        "the policy {name:?} is not well-formed: {first} (`presence policy check` shows all errors)"
    )]
    Wrong {
        /// Which.
        name: String,
        /// The first thing that is wrong.
        first: Box<LocatedFinding>,
    },
}

fn advice(name: &str, known: &[String]) -> String {
    match suggestion(name, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("there are {}", known.join(", ")),
    }
}

/// A policy as it stands in the configuration file, under this name.
pub fn lines(name: &str, policy: &Policy) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let key = match name {
        "" => quoted(name),
        name if name.chars().all(is_bare) => name.to_owned(),
        name => quoted(name),
    };
    let description = policy.description();
    let description =
        description.map(|description| format!("description = {}\n", quoted(description)));
    let rules = policy.rules().iter().map(|rule| {
        let (key, class) = match &rule.outcome {
            Outcome::Class(class) => ("class", class.as_str()),
            Outcome::ValueOf(facet) => ("class_of", facet.name()),
        };
        let named = rule.name.as_deref();
        let named = named.map(|named| format!(", name = {}", quoted(named)));
        format!(
            "  {{ when = {}, {key} = {}{} }},\n",
            quoted(&rule.when),
            quoted(class),
            named.unwrap_or_default()
        )
    });
    format!(
        "[policies.{key}]\n{}rules = [\n{}]\n",
        description.unwrap_or_default(),
        rules.collect::<String>()
    )
}

impl Config {
    /// The names of all policies: the built-in ones (of those about a queue, with a word in its stead), then those of the
    /// file.
    pub fn policy_names(&self) -> Vec<String> {
        let built_in = built_in().iter().chain(built_in_of_queue());
        let built_in = built_in.map(|policy| policy.name().to_owned());
        built_in.chain(self.file.policies.keys().cloned()).collect()
    }

    /// Why policies of the file cannot be used: the first error of each.
    pub fn policy_errors(&self) -> Vec<LocatedFinding> {
        let policies = self.file.policies.iter();
        let errors = policies.filter_map(|(name, section)| {
            let findings = self.read_policy(name, section).err()?;
            findings.into_iter().next()
        });
        errors.collect()
    }

    /// The policy of a name, and what looks wrong in it.
    pub fn policy(&self, name: &str) -> Result<(Arc<Policy>, Vec<LocatedFinding>), PolicyError> {
        let section = self.file.policies.get(name);
        if let (Some(policy), None) = (find_built_in(name), section) {
            return Ok((policy, Vec::new()));
        }
        let Some(section) = section else {
            if lacks_queue(name) {
                let name = name.split_once(':').map_or(name, |(name, _)| name);
                return Err(PolicyError::OfNoQueue {
                    name: name.to_owned(),
                });
            }
            return Err(PolicyError::Unknown {
                name: name.to_owned(),
                known: self.policy_names(),
            });
        };
        self.read_policy(name, section).map_err(|findings| {
            let mut errors = findings.into_iter();
            let first = errors.find(|found| found.severity == Severity::Error);
            let first = first.expect("a policy is refused for an error");
            PolicyError::Wrong {
                name: name.to_owned(),
                first: Box::new(first),
            }
        })
    }

    /// Reads a policy of the file: it and what looks wrong in it, or everything that is wrong.
    pub fn read_policy(
        &self,
        name: &str,
        section: &PolicySection,
    ) -> Result<(Arc<Policy>, Vec<LocatedFinding>), Vec<LocatedFinding>> {
        let located = |findings: Vec<Finding>| {
            let places = findings.into_iter();
            places
                .map(|finding| self.locate(name, section, finding))
                .collect::<Vec<_>>()
        };
        if find_built_in(name).is_some() || lacks_queue(name) {
            return Err(located(vec![Finding {
                severity: Severity::Error,
                place: PolicyPosition::Policy,
                sentence: format!(
                    "{name:?} is built in and cannot be changed; choose another name for this policy"
                ),
            }]));
        }
        match Policy::read(&text_of(name, section)) {
            Ok((policy, warnings)) => Ok((Arc::new(policy), located(warnings))),
            Err(findings) => Err(located(findings)),
        }
    }

    fn locate(&self, name: &str, section: &PolicySection, finding: Finding) -> LocatedFinding {
        let range = match &finding.place {
            PolicyPosition::Policy => header(&self.text, name),
            PolicyPosition::Rule(rule) => section.rules[*rule].when.span(),
            PolicyPosition::Class(rule) => {
                let rule = &section.rules[*rule];
                let class = rule.class.as_ref().or(rule.class_of.as_ref());
                class.map_or_else(|| rule.when.span(), Spanned::span)
            }
            PolicyPosition::Expression(rule, within) => {
                let when = &section.rules[*rule].when;
                inside(&self.text, when.span(), within)
            }
        };
        let line = Line::of(&self.text, range);
        LocatedFinding {
            policy: name.to_owned(),
            severity: finding.severity,
            file: self
                .path
                .clone()
                .unwrap_or_else(|| PathBuf::from(DEFAULT_FILE)),
            line: line.number,
            column: line.column,
            length: line.length,
            excerpt: line.text,
            sentence: finding.sentence,
        }
    }
}

fn text_of(name: &str, section: &PolicySection) -> PolicyText {
    let own = |text: &Spanned<String>| text.get_ref().clone();
    let rules = section.rules.iter().map(|rule| RuleText {
        name: rule.name.clone(),
        when: own(&rule.when),
        class: rule.class.as_ref().map(own),
        class_of: rule.class_of.as_ref().map(own),
    });
    PolicyText {
        name: name.to_owned(),
        description: section.description.clone(),
        rules: rules.collect(),
    }
}

/// Where a policy begins: the first place after `policies` at which its name stands.
fn header(text: &str, name: &str) -> Range<usize> {
    let section = text.find("policies").unwrap_or_default();
    match text[section..].find(name) {
        Some(at) => section + at..section + at + name.len(),
        None => section..section,
    }
}

/// The place in the file of a part of a text that is written there between quotes.
fn inside(text: &str, written: Range<usize>, within: &Range<usize>) -> Range<usize> {
    let Some(raw) = text.get(written.clone()) else {
        return written;
    };
    let places = places(raw);
    let place = |byte: usize| {
        let end = places.last().copied().unwrap_or_default();
        written.start + places.get(byte).copied().unwrap_or(end)
    };
    place(within.start)..place(within.end)
}

/// For each byte of a TOML string's value, and for its end: the byte of the written string that it comes from.
fn places(raw: &str) -> Vec<usize> {
    let quote = raw.chars().next().unwrap_or('"');
    let is_long = raw.len() >= 6 && raw.starts_with(&String::from(quote).repeat(3));
    let quotes = if is_long { 3 } else { 1 };
    let mut at = quotes;
    if is_long {
        at += ["\r\n", "\n"]
            .into_iter()
            .find(|end| raw[at..].starts_with(end))
            .map_or(0, str::len);
    }
    let end = raw.len().saturating_sub(quotes).max(at);
    let mut places = Vec::with_capacity(raw.len());
    while let Some(letter) = raw.get(at..end).and_then(|rest| rest.chars().next()) {
        let written = &raw[at..end];
        let (value_bytes, written_bytes) = if quote == '"' && letter == '\\' {
            escape(written)
        } else {
            (letter.len_utf8(), letter.len_utf8())
        };
        places.extend(std::iter::repeat_n(at, value_bytes));
        at += written_bytes.max(1);
    }
    places.push(end);
    places
}

/// How many bytes the escape sequence that a text begins with stands for, and how many it is written with.
fn escape(written: &str) -> (usize, usize) {
    let digits = match written[1..].chars().next() {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        Some(letter) if letter.is_whitespace() => {
            // A backslash at the end of a line takes the white space after it away.
            let rest = written[1..].trim_start();
            return (0, written.len() - rest.len());
        }
        Some(letter) => return (1, 1 + letter.len_utf8()),
        None => return (1, 1),
    };
    let code = written
        .get(2..2 + digits)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let letter = code.and_then(char::from_u32).unwrap_or('?');
    (letter.len_utf8(), 2 + digits)
}

/// A line of a text, and a part of it.
struct Line {
    number: usize,
    column: usize,
    length: usize,
    text: String,
}

impl Line {
    /// The line in which a part of a text begins; what of the part lies beyond it is left out.
    fn of(text: &str, part: Range<usize>) -> Self {
        let start = text.floor_char_boundary(part.start.min(text.len()));
        let begins = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let ends = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let part_end = text.floor_char_boundary(part.end.clamp(start, ends));
        Self {
            number: 1 + text[..begins].matches('\n').count(),
            column: 1 + text[begins..start].chars().count(),
            length: text[start..part_end].chars().count().max(1),
            text: text[begins..ends].trim_end_matches('\r').to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks where `part` of the value of the TOML string `written` is.
    #[track_caller]
    fn check(written: &str, part: &str, expected: &str) {
        let text = format!("when = {written}");
        let table: toml::Table = text.parse().expect("TOML");
        let value = table["when"].as_str().expect("a text").to_owned();
        let start = value.find(part).expect("a part of the value");
        let found = inside(&text, 7..text.len(), &(start..start + part.len()));
        assert_eq!(&text[found], expected, "{value:?}");
    }

    #[test]
    fn places_are_found_in_every_kind_of_string() {
        check(r#""a == 'b'""#, "== 'b'", "== 'b'");
        check(r#"'a == "b"'"#, "\"b\"", "\"b\"");
        check(r#""ä == \"ö\" && c""#, "\"ö\"", r#"\"ö\""#);
        check(r#""\u00e4 \U0001F600 && c""#, "&& c", "&& c");
        check("\"\"\"\na == \\\n    'b' && c\"\"\"", "'b'", "'b'");
        check("'''\n a ||\n b'''", "b", "b");
    }

    #[test]
    fn a_line_is_told_with_the_part_of_it() {
        let text = "one\n  zwöi = 'drei'\r\nvier";
        let at = text.find("drei").expect("it is there");
        let line = Line::of(text, at..at + 4);
        assert_eq!((line.number, line.column, line.length), (2, 11, 4));
        assert_eq!(line.text, "  zwöi = 'drei'");
        assert_eq!(Line::of(text, 500..600).number, 3);
    }
}
