//! A question of a page as the API and the command line ask it, so that the page, its data and its command are the same.

use super::directory::Directory;
use super::fields::{ACCOUNT, Fields};
use super::layout::Link;
use super::page_request::{PageRequest, shell_word};
use presence_model::text::is_same_name;

/// The fields of an address that a question understands, with the people that it names and the zone of the page.
pub(super) fn pairs(page_request: &PageRequest, understood: &[&str]) -> Vec<(String, String)> {
    let given = page_request
        .fields
        .only(understood)
        .without(&["person", ACCOUNT, "zone"]);
    let account = page_request.fields.get(ACCOUNT);
    let account = account.map(|account| (ACCOUNT.to_owned(), account.to_owned()));
    let zone = ("zone".to_owned(), page_request.zone.name().to_owned());
    let mut pairs = super::forms::kept(&given);
    if understood.contains(&"person") {
        pairs.extend(people(page_request));
    }
    pairs.push(zone);
    pairs.extend(account);
    pairs
}

/// The people that an address names.
pub(super) fn people(page_request: &PageRequest) -> Vec<(String, String)> {
    let directory = &page_request.directory;
    let lines = page_request.fields.all("person");
    lines
        .flat_map(|line| people_of(line, directory))
        .flat_map(|word| meant_by(word, directory))
        .map(|word| ("person".to_owned(), word))
        .collect()
}

/// The people that a line names, apart by semicolons, or by commas where no name has one: `Doe, Jane` is one person.
fn people_of<'a>(line: &'a str, directory: &Directory) -> Vec<&'a str> {
    let is_name = |text: &str| {
        let mut entries = directory.entries.iter();
        entries.any(|entry| {
            entry
                .name
                .as_deref()
                .is_some_and(|name| is_same_name(name, text))
        })
    };
    let line = line.trim();
    let separator = if line.contains(';') { ';' } else { ',' };
    let parts = match separator {
        ',' if is_name(line) => vec![line],
        separator => line.split(separator).collect(),
    };
    let parts = parts.into_iter().map(str::trim);
    parts.filter(|word| !word.is_empty()).collect()
}

/// Who is meant by a word: the person of this name, number or id, else everyone whose name has it, as on the other pages.
fn meant_by(word: &str, directory: &Directory) -> Vec<String> {
    let mut entries = directory.entries.iter();
    let is_exact = entries.any(|entry| {
        entry.extension_id.to_string() == word
            || entry.number.as_deref() == Some(word)
            || entry
                .name
                .as_deref()
                .is_some_and(|name| is_same_name(name, word))
    });
    if !is_exact {
        let fields = Fields::default().with("person", word);
        let named = directory.chosen(&fields);
        let named: Vec<String> = named.map(|entry| entry.extension_id.to_string()).collect();
        if !named.is_empty() {
            return named;
        }
    }
    vec![word.to_owned()]
}

/// The files of an answer.
pub(super) fn downloads(
    page_request: &PageRequest,
    question: &str,
    pairs: &[(String, String)],
) -> Vec<Link> {
    let fields = pairs.iter();
    let fields = fields.fold(Fields::default(), |fields, (name, value)| {
        fields.and(name, value)
    });
    let path = |ending: &str| format!("{}/api/v1/{question}.{ending}", page_request.root);
    let excel = fields.with("excel", "semicolon");
    let links = [("CSV", "csv"), ("JSON", "json"), ("NDJSON", "ndjson")]
        .map(|(name, ending)| Link::new(name, fields.address(&path(ending))));
    let name = page_request.texts.say("download-excel");
    let excel = Link::new(name, excel.address(&path("csv")));
    links.into_iter().chain([excel]).collect()
}

/// The same on the command line.
pub(super) fn command(question: &str, pairs: &[(String, String)]) -> String {
    let people = pairs.iter().filter(|(name, _)| name == "person");
    let flags = pairs.iter().filter(|(name, _)| name != "person");
    let mut words = vec!["presence".to_owned(), question.to_owned()];
    words.extend(people.map(|(_, value)| shell_word(value)));
    for (name, value) in flags {
        if value == "true" {
            words.push(format!("--{name}"));
        } else {
            words.push(format!("--{name} {}", shell_word(value)));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_what_a_shell_understands() {
        let pairs = [
            ("from", "-7d"),
            ("hours", "Mo-Fr 09:00-17:00"),
            ("as-now", "true"),
            ("person", "Front Desk"),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            command("report", &pairs),
            "presence report 'Front Desk' --from -7d --hours 'Mo-Fr 09:00-17:00' --as-now"
        );
    }
}
