//! The changes of everyone who is chosen, one by one, as they were recorded.

use askama::Template;

use super::bar::Bar;
use super::calendar_range::CalendarRange;
use super::fields::Fields;
use super::forms::{self, Choice};
use super::grid::{Cell, HtmlTable};
use super::layout::{Layout, Link};
use super::page_request::{PageRequest, shell_word};
use super::palette::facet_text;
use super::person::changes_table;
use crate::error::Problem;
use presence_answers::Request;
use presence_answers::ask;
use presence_answers::changes::question;
use presence_answers::changes::shape::Change;
use presence_answers::format::FormatWord;
use presence_model::facet::Facet;
use presence_model::ids::Position;

/// So many changes are on a page.
const AT_ONCE: usize = 200;

/// The field that says after which change a page goes on.
const AFTER: &str = "after";

/// The kinds of events, as addresses name them, and the messages with their names for people.
const KINDS: [(&str, &str); 5] = [
    ("", "page-all"),
    ("changed", "changes-kind-changed"),
    ("profile_changed", "changes-kind-profile"),
    ("appeared", "changes-kind-appeared"),
    ("disappeared", "changes-kind-disappeared"),
];

#[derive(Template)]
#[template(path = "pages/changes.html")]
struct ChangesPage {
    layout: Layout,
    bar: Bar,
    as_known: Option<String>,
    told: String,
    changes: HtmlTable,
    next: Option<String>,
    downloads: Vec<Link>,
    command: String,
}

/// The page: the changes of today, unless the address says otherwise.
pub(super) async fn page(page_request: &PageRequest) -> Result<String, Problem> {
    let fields = &page_request.fields;
    let pairs = forms::kept(&fields.with("zone", page_request.zone.name()));
    let (common, request) = page_request.read("changes", pairs)?;
    let Request::Changes(request) = &request else {
        return Err(Problem::not_found("there is no such question"));
    };
    let asker = page_request.asker(&common, FormatWord::Json).await?;
    let context = asker.context(&request.as_of).await?;
    let question = question(&asker, &context, request).await?;
    page_request
        .note_access(
            "changes",
            Some(question.window),
            question.extensions.as_deref(),
        )
        .await?;
    let mut after = Position(request.after.map_or(0, |after| after.0));
    let mut changes: Vec<Change> = Vec::new();
    let is_all = loop {
        let (mut more, next) = ask::changes(&context, &question, after).await?;
        changes.append(&mut more);
        match next {
            _ if changes.len() > AT_ONCE => break false,
            Some(next) => after = next,
            None => break true,
        }
    };
    changes.truncate(AT_ONCE);
    let (texts, page) = (page_request.texts, page_request.page());
    let told = if is_all {
        "changes-all"
    } else {
        "changes-next"
    };
    let (from, to) = (question.window.from(), question.window.to());
    let told = texts.with(
        told,
        &[
            ("count", changes.len().into()),
            ("from", page.moment(from).into()),
            ("to", page.moment_after(to, from).into()),
            ("zone", page_request.zone.name().into()),
        ],
    );
    let range = CalendarRange::of(question.window, &page_request.zone);
    let last = changes.last().filter(|_| !is_all);
    let next = last.map(|last| {
        let fields = fields.with(AFTER, &last.position.to_string());
        fields.address(&format!("{}/changes", page_request.root))
    });
    let who = |change: &Change| who(page_request, change);
    let written = fields
        .without(&[AFTER])
        .with("zone", page_request.zone.name());
    let page = ChangesPage {
        layout: page_request.layout(
            &texts.say("menu-changes"),
            "/changes",
            Some(range),
            &page_request.rests_on().await?,
        ),
        bar: bar(page_request, range),
        as_known: page_request.as_known(),
        told,
        changes: changes_table(page_request, &changes, Some(&who)),
        next,
        downloads: [("JSON", ".json"), ("CSV", ".csv")]
            .map(|(name, ending)| {
                let path = format!("{}/api/v1/changes{ending}", page_request.root);
                Link::new(name, written.address(&path))
            })
            .into(),
        command: command(&written),
    };
    page.render().map_err(|error| Problem::internal(&error))
}

/// Whom a change is about; it leads to what proves it.
fn who(page_request: &PageRequest, change: &Change) -> Cell {
    let extension_id = change.person.extension_id.0;
    let address = super::explain::address(page_request, extension_id);
    let separator = if address.contains('?') { '&' } else { '?' };
    Cell {
        text: page_request
            .directory
            .called(page_request.texts, extension_id),
        href: Some(format!("{address}{separator}time={}", change.observed_at.0)),
        ..Cell::default()
    }
}

fn bar(page_request: &PageRequest, range: CalendarRange) -> Bar {
    let (fields, texts) = (&page_request.fields, page_request.texts);
    let address = |range: CalendarRange| {
        let path = format!("{}/changes", page_request.root);
        range.asked(fields).address(&path)
    };
    let mut bar = Bar::new(page_request, "/changes")
        .who(page_request)
        .ends(page_request, ["today", "now"])
        .known(page_request)
        .time(page_request, range, &address);
    let facets = Facet::ALL.into_iter();
    let facets = facets.map(|facet| (facet.name(), facet_text(texts, facet)));
    let facets = std::iter::once(("", texts.say("page-all"))).chain(facets);
    let facets = Choice::new(
        "facet",
        texts.say("changes-status"),
        facets,
        fields.get("facet"),
    );
    let kinds = KINDS.map(|(kind, label)| (kind, texts.say(label)));
    let kinds = Choice::new("kind", texts.say("changes-kind"), kinds, fields.get("kind"));
    bar.choices.extend([facets, kinds]);
    bar.finish(page_request, &["as-of"])
}

fn command(asked: &Fields) -> String {
    let words = asked.iter().map(|(name, value)| match name {
        "person" => format!(" {}", shell_word(value)),
        _ => format!(" --{name} {}", shell_word(value)),
    });
    format!("presence changes{}", words.collect::<String>())
}
