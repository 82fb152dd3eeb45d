//! Who is meant by a word on the command line.
//!
//! An id or an extension number is taken exactly and first; else the word is part of a name, whatever the case of its
//! letters, and however accents are encoded. It is never a pattern. A word that could mean two is refused: a report about
//! the wrong person is worse than none.

use std::ops::Deref;

use crate::names::UnknownNames;
use presence_core::escape::shown;
use presence_core::query::suggestion::{Wanted, folded};
use presence_model::HashMap;
use presence_model::ids::ExtensionId;
use presence_store::ExtensionSummary;

/// How many are named where a word could mean many.
const NAMED_MAX: usize = 5;

/// A person who can be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub extension_id: ExtensionId,
    /// The latest extension number.
    pub number: Option<String>,
    /// The latest name.
    pub name: Option<String>,
}

impl From<&ExtensionSummary> for Candidate {
    fn from(summary: &ExtensionSummary) -> Self {
        let profile = summary.profile.as_deref();
        Self {
            extension_id: summary.extension_id,
            number: profile.and_then(|profile| profile.extension_number.clone()),
            name: profile.and_then(|profile| profile.name.clone()),
        }
    }
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.number, &self.name) {
            (Some(number), Some(name)) => write!(f, "{} {}", shown(number), shown(name)),
            (Some(text), None) | (None, Some(text)) => f.write_str(&shown(text)),
            (None, None) => f.write_str("someone without a name"),
        }?;
        write!(f, " (id {})", self.extension_id)
    }
}

/// Why a word means no one person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// It is the id of one and the number of another, or the number of several.
    #[error(
        "{word:?} means {}: give a number or id that only one of them has",
        join(candidates, " or ")
    )]
    SeveralExact {
        /// What was given.
        word: String,
        /// Whom it can mean.
        candidates: Vec<Candidate>,
    },
    /// It is part of several names.
    #[error("{word:?} can mean {}{}: give a number, an id, or more of the name", join(candidates, ", "), and_more(*count))]
    Ambiguous {
        /// What was given.
        word: String,
        /// Some whom it can mean.
        candidates: Vec<Candidate>,
        /// How many it can mean.
        count: usize,
    },
    /// No number, id or name matches.
    #[error("nobody known is {word:?}{}", suggestion(near))]
    Nobody {
        /// What was given.
        word: String,
        /// Those whose numbers or names are near it.
        near: Vec<Candidate>,
    },
}

fn join(candidates: &[Candidate], between: &str) -> String {
    let texts: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    texts.join(between)
}

fn and_more(count: usize) -> String {
    match count.saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

fn suggestion(near: &[Candidate]) -> String {
    if near.is_empty() {
        "; `presence now` lists everybody".to_owned()
    } else {
        format!("; did you mean {}?", join(near, " or "))
    }
}

/// Everyone who can be meant, to be looked up by many words.
pub struct Candidates {
    all: Vec<Candidate>,
    /// By number and by id; who has both alike is there once.
    exact: HashMap<String, Vec<usize>>,
    /// The names as they are compared.
    names: Vec<Option<String>>,
    /// By name in full.
    by_name: HashMap<String, Vec<usize>>,
}

impl Candidates {
    /// These.
    pub fn new(all: impl IntoIterator<Item = Candidate>) -> Self {
        let all: Vec<Candidate> = all.into_iter().collect();
        let names: Vec<Option<String>> = all
            .iter()
            .map(|one| one.name.as_deref().map(folded))
            .collect();
        let mut exact: HashMap<String, Vec<usize>> = HashMap::default();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::default();
        for (index, one) in all.iter().enumerate() {
            let id = one.extension_id.to_string();
            let number = one.number.clone().filter(|number| *number != id);
            for key in number.into_iter().chain([id]) {
                exact.entry(key).or_default().push(index);
            }
            if let Some(name) = &names[index] {
                by_name.entry(name.clone()).or_default().push(index);
            }
        }
        Self {
            all,
            exact,
            names,
            by_name,
        }
    }

    /// The person whom a word means. If there is none, similar names are searched only if they are to be `suggested`.
    pub fn find(&self, word: &str, suggested: bool) -> Result<ExtensionId, PersonError> {
        let word = word.trim();
        match self.exact.get(word).map(Vec::as_slice) {
            None => self.find_by_name(word, suggested),
            Some(&[one]) => Ok(self.all[one].extension_id),
            Some(several) => Err(PersonError::SeveralExact {
                word: word.to_owned(),
                candidates: self.some(several),
            }),
        }
    }

    fn find_by_name(&self, word: &str, suggested: bool) -> Result<ExtensionId, PersonError> {
        let wanted = folded(word);
        if let Some(&[one]) = self.by_name.get(&wanted).map(Vec::as_slice) {
            return Ok(self.all[one].extension_id);
        }
        let names = self.names.iter().enumerate();
        let in_part = names.filter(|(_, name)| {
            let name = name.as_deref();
            !wanted.is_empty() && name.is_some_and(|name| name.contains(&wanted))
        });
        let in_part: Vec<usize> = in_part.map(|(index, _)| index).collect();
        match in_part.as_slice() {
            &[one] => Ok(self.all[one].extension_id),
            [] => Err(PersonError::Nobody {
                word: word.to_owned(),
                near: if suggested {
                    similar_people(&self.all, word)
                } else {
                    Vec::new()
                },
            }),
            several => Err(PersonError::Ambiguous {
                word: word.to_owned(),
                candidates: self.some(several),
                count: several.len(),
            }),
        }
    }

    /// The first few of these.
    fn some(&self, indexes: &[usize]) -> Vec<Candidate> {
        let few = indexes.iter().take(NAMED_MAX);
        few.map(|&index| self.all[index].clone()).collect()
    }
}

/// Who is meant by each word, in the order of the words, each once. A word that means no one is an error, or left out.
pub fn find_all(
    candidates: &Candidates,
    words: &[impl Deref<Target = str>],
    unknown: UnknownNames,
) -> Result<Vec<ExtensionId>, PersonError> {
    let mut found = Vec::with_capacity(words.len());
    for word in words {
        let extension_id = match candidates.find(word, unknown == UnknownNames::Refused) {
            Err(PersonError::Nobody { .. }) if unknown == UnknownNames::Allowed => continue,
            meant => meant?,
        };
        if !found.contains(&extension_id) {
            found.push(extension_id);
        }
    }
    Ok(found)
}

/// Those whose number, name or a word of it is near what was written, the nearest first.
fn similar_people(candidates: &[Candidate], word: &str) -> Vec<Candidate> {
    if word.chars().count() < 2 {
        return Vec::new();
    }
    let wanted = Wanted::new(word);
    let mut near: Vec<(usize, &Candidate)> = candidates
        .iter()
        .filter_map(|one| Some((distance(one, &wanted)?, one)))
        .collect();
    near.sort_by_key(|(distance, one)| (*distance, one.extension_id));
    near.into_iter()
        .take(3)
        .map(|(_, one)| one.clone())
        .collect()
}

fn distance(candidate: &Candidate, wanted: &Wanted) -> Option<usize> {
    let name = candidate.name.as_deref();
    let words = name.iter().flat_map(|name| name.split_whitespace());
    let texts = words.chain(name).chain(candidate.number.as_deref());
    texts.filter_map(|text| wanted.distance(text)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Candidates {
        let one = |extension_id, number: &str, name: &str| Candidate {
            extension_id: ExtensionId(extension_id),
            number: (!number.is_empty()).then(|| number.to_owned()),
            name: (!name.is_empty()).then(|| name.to_owned()),
        };
        Candidates::new([
            one(9001, "101", "Front Desk North"),
            one(9002, "102", "Front Desk"),
            one(9003, "9001", "Workshop"),
            one(9004, "", "Zoë Straße"),
            one(9005, "105", ""),
            one(9006, "106", "5% [Sales] .*"),
        ])
    }

    #[track_caller]
    fn check(word: &str, expected: &str) {
        let shown = match candidates().find(word, true) {
            Ok(extension_id) => extension_id.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_number_or_an_id_is_exact() {
        check("102", "9002");
        check("9004", "9004");
        check(
            "103",
            "nobody known is \"103\"; did you mean 101 Front Desk North (id 9001) or 102 Front Desk (id 9002) or 105 (id 9005)?",
        );
    }

    #[test]
    fn a_number_that_is_anothers_id_is_refused() {
        check(
            "9001",
            "\"9001\" means 101 Front Desk North (id 9001) or 9001 Workshop (id 9003): give a number or id that only one of them has",
        );
    }

    #[test]
    fn a_part_of_a_name_must_be_unique() {
        check("shop", "9003");
        check("zoË", "9004");
        check("zoe\u{308} stra", "9004");
        check("Zoe\u{308} Straße", "9004");
        check(
            "desk",
            "\"desk\" can mean 101 Front Desk North (id 9001), 102 Front Desk (id 9002): give a number, an id, or more of the name",
        );
        check("front desk", "9002");
    }

    #[test]
    fn a_word_is_no_pattern() {
        check(".*", "9006");
        check("%", "9006");
        check("[sales]", "9006");
        check("_", "nobody known is \"_\"; `presence now` lists everybody");
        check("", "nobody known is \"\"; `presence now` lists everybody");
    }

    #[test]
    fn near_ones_are_suggested() {
        check(
            "worksop",
            "nobody known is \"worksop\"; did you mean 9001 Workshop (id 9003)?",
        );
    }
}
