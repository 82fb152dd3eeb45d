//! What is wrong with an expression that cannot be read at all.

use std::ops::Range;

use cel::ParseErrors;

use super::check::{DEEPEST_NESTING, LONGEST_EXPRESSION};
use super::finding::Fault;

/// Refuses what would take the parser long.
pub(super) fn check_size(text: &str) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::error(
            0..text.len(),
            "the expression is empty; write one such as user_status == \"Busy\", or true",
        ));
    }
    let length = text.chars().count();
    if length > LONGEST_EXPRESSION {
        return Err(Fault::error(
            0..0,
            format!(
                "the expression is {length} characters long; at most {LONGEST_EXPRESSION} are read; make several rules of it"
            ),
        ));
    }
    let mut depth = 0;
    let mut signs = 0;
    for (at, letter) in outside_quotes(text) {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= usize::from(depth > 0),
            _ => {}
        }
        signs = if matches!(letter, '!' | '-' | '?') {
            signs + 1
        } else if letter.is_whitespace() {
            signs
        } else {
            0
        };
        if depth > DEEPEST_NESTING || signs > DEEPEST_NESTING {
            return Err(Fault::error(
                at..at + letter.len_utf8(),
                format!(
                    "this is nested more than {DEEPEST_NESTING} deep; make several rules of it"
                ),
            ));
        }
    }
    Ok(())
}

/// What the parser did not understand: the first place, and what was probably meant.
pub(super) fn fault(text: &str, errors: &ParseErrors) -> Fault {
    if let Some(fault) = other_language(text) {
        return fault;
    }
    let Some(error) = errors.errors.first() else {
        return Fault::error(0..text.len(), "the expression is not understood");
    };
    let at = byte_at(text, error.pos);
    let rest = &text[at..];
    if rest.trim().is_empty() {
        let sentence = "the expression ends too early; something is missing at its end";
        return Fault::error(at..at, sentence);
    }
    let token = rest.chars().next().map_or(0, char::len_utf8);
    let word = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    let range = at..at + token.max(word);
    let sentence = format!(
        "this is not understood at {:?}: {EXAMPLE}",
        &text[range.clone()]
    );
    Fault::error(range, sentence)
}

const EXAMPLE: &str = "write expressions like telephony_status in [\"Ringing\", \"CallConnected\"] && user_status != \"Offline\"";

/// Operators of other languages, by what to write instead.
fn other_language(text: &str) -> Option<Fault> {
    let signs: Vec<(usize, char)> = outside_quotes(text).collect();
    let sign = |index: usize| signs.get(index).map(|(_, letter)| *letter);
    for (index, &(at, letter)) in signs.iter().enumerate() {
        let (before, after) = (index.checked_sub(1).and_then(sign), sign(index + 1));
        let is_alone = before != Some(letter) && after != Some(letter);
        let advice = match letter {
            '=' if is_alone && !matches!(before, Some('!' | '<' | '>')) => {
                "one = means nothing here; write == to compare"
            }
            '&' if is_alone => "write && for and",
            '|' if is_alone => "write || for or",
            _ => continue,
        };
        return Some(Fault::error(at..at + 1, advice));
    }
    for (range, word) in words(&signs) {
        let advice = match word.to_ascii_lowercase().as_str() {
            "and" => "write && for and",
            "or" => "write || for or",
            "not" => "write ! for not, and != for not equal",
            "is" => "write == to compare",
            _ => continue,
        };
        return Some(Fault::error(range, advice));
    }
    unclosed_quote(text).map(|at| Fault::error(at..at + 1, "this quote is not closed"))
}

/// The characters of a text that are outside its quotes, with their places in bytes.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    let mut is_escaped = false;
    text.char_indices().filter(move |&(_, letter)| {
        let Some(open) = quote else {
            if matches!(letter, '"' | '\'') {
                quote = Some(letter);
            }
            return true;
        };
        if is_escaped {
            is_escaped = false;
        } else if letter == '\\' {
            is_escaped = true;
        } else if letter == open {
            quote = None;
        }
        false
    })
}

fn unclosed_quote(text: &str) -> Option<usize> {
    let mut open = None;
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match open {
            None if matches!(letter, '"' | '\'') => open = Some((at, letter)),
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if letter == '\\' => is_escaped = true,
            Some((_, quote)) if letter == quote => open = None,
            _ => {}
        }
    }
    open.map(|(at, _)| at)
}

/// The words among some characters.
fn words(signs: &[(usize, char)]) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    for &(at, letter) in signs {
        if !(letter.is_alphanumeric() || letter == '_') {
            continue;
        }
        match found.last_mut() {
            Some((range, word)) if range.end == at => {
                word.push(letter);
                range.end = at + letter.len_utf8();
            }
            _ => found.push((at..at + letter.len_utf8(), letter.to_string())),
        }
    }
    found
}

/// The byte of a position that the parser reports: lines from 1, characters from 1 or 0 depending on who found it.
fn byte_at(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or_default();
    let column = usize::try_from(column - 1).unwrap_or_default();
    let begins: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = &text[begins.min(text.len())..];
    let within = rest
        .char_indices()
        .nth(column)
        .map_or(rest.len(), |(at, _)| at);
    begins + within
}
