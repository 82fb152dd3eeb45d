//! Where the board leads: its files, and the same on the command line.

use super::{Board, STATUS};
use crate::pages::fields::Fields;
use crate::pages::layout::Link;
use crate::pages::page_request::{PageRequest, shell_word};
use crate::pages::period::Unit;
use crate::pages::span::around;
use presence_texts::say;

/// Whom a board shows, as the API and the command line are asked for them: the groups, and the people where a name narrows it.
fn chosen_fields(page_request: &PageRequest, board: &Board<'_>) -> Fields {
    let fields = page_request
        .fields
        .only(&["zone", "policy", "department", "site", "queue"]);
    let narrowed = [STATUS, "person"];
    let is_narrowed = narrowed
        .iter()
        .any(|name| page_request.fields.get(name).is_some());
    if !is_narrowed || board.names_too_many() {
        return fields;
    }
    let people = board.rows.iter();
    people.fold(fields, |fields, (person, _)| {
        fields.and("person", &person.extension_id.to_string())
    })
}

/// The files of the board.
pub(super) fn downloads(page_request: &PageRequest, board: &Board<'_>) -> Vec<Link> {
    let fields = chosen_fields(page_request, board);
    let link = |name: &str, ending: &str| {
        let path = format!("{}/api/v1/now{ending}", page_request.root);
        Link::new(name, fields.address(&path))
    };
    let texts = page_request.texts;
    let is_more = board.rows.len() < board.people.len() && board.names_too_many();
    let of = |format: &str| {
        if is_more {
            say!(texts, "board-download-of-all", format = format)
        } else {
            format.to_owned()
        }
    };
    vec![
        link(&of("JSON"), ".json"),
        link(&of("CSV"), ".csv"),
        Link::new(
            texts.say("page-csv-for-excel"),
            fields
                .with("excel", "semicolon")
                .address(&format!("{}/api/v1/now.csv", page_request.root)),
        ),
        Link::new(
            texts.say("board-picture"),
            around(
                page_request,
                Unit::Day,
                page_request.zone.local(page_request.now()).date(),
            ),
        ),
    ]
}

/// The same on the command line.
pub(super) fn command(page_request: &PageRequest, board: &Board<'_>) -> String {
    let fields = chosen_fields(page_request, board).without(&["zone"]);
    let words = fields.iter().map(|(name, value)| match name {
        "person" => format!(" {}", shell_word(value)),
        _ => format!(" --{name} {}", shell_word(value)),
    });
    format!(
        "presence now --zone {}{}",
        shell_word(page_request.zone.name()),
        words.collect::<String>()
    )
}
