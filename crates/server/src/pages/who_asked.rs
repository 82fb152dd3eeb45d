//! Who asked about whom: the access log.

use askama::Template;

use super::asked;
use super::bar::Bar;
use super::forms::TextField;
use super::grid::HtmlTable;
use super::layout::{Layout, Link};
use super::page_request::PageRequest;
use crate::error::Problem;
use presence_answers::Request;
use presence_answers::access_log;
use presence_answers::format::FormatWord;
use presence_answers::shapes::access::AccessEntry;
use presence_texts::say;

/// So many entries are on a page.
const AT_ONCE: &str = "200";

/// What the list understands of an address.
const KNOWS: [&str; 4] = ["person", "from", "limit", "after"];

#[derive(Template)]
#[template(path = "pages/who_asked.html")]
struct WhoAskedPage {
    layout: Layout,
    bar: Bar,
    list: HtmlTable,
    next: Option<String>,
    downloads: Vec<Link>,
    command: String,
}

/// The page.
pub(super) async fn page(page_request: &PageRequest) -> Result<String, Problem> {
    let (fields, texts) = (&page_request.fields, page_request.texts);
    let pairs = asked::pairs(page_request, &KNOWS);
    let (entries, next) = entries(page_request, &pairs, AT_ONCE).await?;
    let mut bar = Bar::new(page_request, "/access-log");
    bar.texts = vec![
        TextField::new(fields, "person", texts.say("access-log-about"), "101", 14),
        TextField::new(fields, "from", texts.say("access-log-since"), "-7d", 16),
    ];
    let next = next.map(|after| {
        let fields = fields.with("after", &after.to_string());
        fields.address(&format!("{}/access-log", page_request.root))
    });
    let page = WhoAskedPage {
        layout: page_request.layout(
            &texts.say("access-log-title"),
            "/access-log",
            None,
            &page_request.rests_on().await?,
        ),
        bar: bar.finish(page_request, &[]),
        list: list(page_request, &entries, &texts.say("access-log-caption")),
        next,
        downloads: asked::downloads(page_request, "access-log", &pairs),
        command: asked::command("access-log", &pairs),
    };
    page.render().map_err(|error| Problem::internal(&error))
}

/// Entries of the log, and before which it goes on.
pub(super) async fn entries(
    page_request: &PageRequest,
    pairs: &[(String, String)],
    limit: &str,
) -> Result<(Vec<AccessEntry>, Option<i64>), Problem> {
    let mut pairs = pairs.to_vec();
    if !pairs.iter().any(|(name, _)| name == "limit") {
        pairs.push(("limit".to_owned(), limit.to_owned()));
    }
    let (common, request) = page_request.read("access-log", pairs)?;
    let Request::AccessLog(request) = &request else {
        return Err(Problem::not_found("there is no such question"));
    };
    let reader = page_request.asker(&common, FormatWord::Json).await?;
    Ok(access_log::entries(&reader, request).await?)
}

/// Entries as a table.
pub(super) fn list(
    page_request: &PageRequest,
    entries: &[AccessEntry],
    caption: &str,
) -> HtmlTable {
    let (texts, page) = (page_request.texts, page_request.page());
    let rows = entries.iter().map(|entry| {
        let window = match (entry.from, entry.to) {
            (Some(from), Some(to)) => say!(
                texts,
                "page-from-to",
                from = page.moment(from.0),
                to = page.moment_after(to.0, from.0)
            ),
            _ => texts.say("access-log-present"),
        };
        vec![
            page.moment(entry.last_at.0),
            entry.who.clone(),
            entry.question.clone(),
            window,
            about(page_request, entry),
            texts.number(entry.request_count),
        ]
    });
    HtmlTable::of_texts(
        caption,
        &[
            (&texts.say("access-log-last"), false),
            (&texts.say("access-log-who"), false),
            (&texts.say("access-log-asked"), false),
            (&texts.say("access-log-time"), false),
            (&texts.say("access-log-about"), false),
            (&texts.say("access-log-times"), true),
        ],
        rows.collect(),
    )
}

/// So many people are named in a row.
const NAMED_MAX: usize = 5;

fn about(page_request: &PageRequest, entry: &AccessEntry) -> String {
    let texts = page_request.texts;
    let Some(ids) = &entry.extension_ids else {
        return texts.say("access-log-everybody");
    };
    let named = ids.iter().take(NAMED_MAX);
    let named = named.map(|id| page_request.directory.called(texts, id.0));
    let mut named: Vec<String> = named.collect();
    if ids.len() > NAMED_MAX {
        named.push(say!(
            texts,
            "access-log-more",
            count = ids.len() - NAMED_MAX
        ));
    }
    named.join(", ")
}
