//! `presence saved`: the list of them.

use presence_answers::Question;
use presence_answers::format::Format;
use presence_answers::parameters::Times;
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::json;
use presence_charts::table::{Align, Cell, Table};
use presence_config::SavedSection;
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::session::Session;

/// A saved question as it is listed.
#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    command: &'a str,
    args: Vec<String>,
    description: Option<&'a str>,
}

/// Lists what is saved.
pub(in crate::cli) fn run(session: &mut Session) -> Result<(), Failure> {
    let entries: Vec<Entry<'_>> = session
        .asker
        .config
        .file
        .saved
        .iter()
        .map(|(name, saved): (&String, &SavedSection)| Entry {
            name,
            command: saved.asked_by(),
            args: words(saved),
            description: saved.description.as_deref(),
        })
        .collect();
    let line = |entry: &Entry<'_>| {
        let words = shlex::try_join(entry.args.iter().map(String::as_str));
        words.unwrap_or_else(|_| entry.args.join(" "))
    };
    let text = match session.asker.settings.format {
        Format::Json => json::pretty(&entries),
        Format::Ndjson => json::lines(&entries),
        Format::Csv => {
            let rows = entries.iter().map(|entry| {
                let texts = [Some(entry.name), Some(entry.command)].map(CsvCell::text);
                let rest = [Some(line(entry)), entry.description.map(str::to_owned)];
                texts
                    .into_iter()
                    .chain(rest.map(|text| CsvCell::text(text.as_deref())))
                    .collect()
            });
            let names = ["name", "command", "args", "description"];
            csv::Sheet::new(&names, rows).file(&session.asker.settings.csv_style())
        }
        Format::Table => {
            let names = ["Ask", "Description", "Stands for"].map(|name| (name, Align::Left));
            let mut table = Table::new(&names);
            for entry in &entries {
                table.row(vec![
                    Cell::new(&format!("presence {} @{}", entry.command, entry.name)),
                    Cell::new(entry.description.unwrap_or_default()),
                    Cell::new(&line(entry)),
                ]);
            }
            table.text(session.output.width())
        }
    };
    let is_empty = entries.is_empty();
    if !is_empty || session.asker.settings.format != Format::Table {
        session.output.write(&text)?;
    }
    if is_empty {
        session
            .output
            .note("There are no saved questions; write [saved.NAME] into the configuration.");
    }
    Ok(())
}

/// The words that stand for a saved question on a command line.
fn words(section: &SavedSection) -> Vec<String> {
    let Some(question) = section.question.as_deref().and_then(Question::named) else {
        return section.args.words().unwrap_or_default();
    };
    let fields = question.fields();
    let is_flag = |name: &str| {
        let mut fields = fields.iter();
        fields.any(|field| field.name.0 == name && field.times == Times::Flag)
    };
    let written = section.fields.iter().flat_map(|(name, texts)| {
        let one = |text: &String| match name.as_str() {
            "person" | "time" => vec![text.clone()],
            flag if is_flag(flag) && text == "false" => Vec::new(),
            flag if is_flag(flag) => vec![format!("--{flag}")],
            option => vec![format!("--{option}"), text.clone()],
        };
        texts.iter().flat_map(one)
    });
    written.collect()
}
