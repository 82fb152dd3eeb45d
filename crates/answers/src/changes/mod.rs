//! `changes`: written as it is read, however long it is.

pub mod query;
pub mod request;
pub mod shape;
pub mod table;

use self::request::ChangesRequest;
use crate::ask::{self, ChangesQuestion, Context};
use crate::asker::{self, Asker};
use crate::changes::shape::Change;
use crate::changes::table::{COLUMNS, List, csv_rows};
use crate::format::{Drawn, Format};
use crate::policy;
use crate::question_text::{QuestionText, about_window};
use crate::refusal::Refusal;
use crate::render::{self, Page};
use crate::reply::{AnswerTable, Reply, Sidecar, commented, is_drawn};
use crate::shapes::provenance::Provenance;
use crate::values::Limit;
use presence_charts::{csv, json};
use presence_core::query::changes::ChangeFilter;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::wanted::Wanted;
use presence_model::ids::Position;
use presence_model::time::TimeRange;

/// The changes, one by one.
pub async fn answer(
    asker: &Asker,
    reply: &mut Reply<'_>,
    request: &ChangesRequest,
) -> Result<(), Refusal> {
    let context = asker.context(&request.as_of).await?;
    let question = question(asker, &context, request).await?;
    let window = question.window;
    let zone = asker.settings.zone.clone();
    let question_text = QuestionText::new("changes", context.account_id())
        .people(question.extensions.as_deref())
        .window(window)
        .options("--facet", &request.facets)
        .option("--policy", request.policy.as_ref())
        .option("--value", request.value.as_ref())
        .option("--from-value", request.from_value.as_ref())
        .option("--to-value", request.to_value.as_ref())
        .options("--kind", &request.kinds)
        .options("--source", &request.sources)
        .team(&request.team)
        .option("--after", request.after)
        .option("--limit", request.limit)
        .zone(&zone);
    let mut provenance = about_window(&context, &question_text, window).await?;
    provenance.zone = zone.name();
    let mut parts = Parts::new(&context, &question, request);
    if is_drawn(asker, Drawn::Parquet) {
        return write_parquet(asker, reply, parts, &provenance).await;
    }
    let beside = reply.write_sidecar(asker, &provenance)?;
    let mut writer = Writer::new(
        asker,
        reply.page(asker),
        &context,
        window,
        (beside, provenance),
    )
    .await?;
    reply.write(&writer.begin())?;
    while let Some(changes) = parts.next().await? {
        reply.write(&writer.page(&changes))?;
        if !parts.is_over {
            reply.sink.flush()?;
        }
    }
    reply.goes_on_after(parts.cut_after);
    let end = writer.end();
    reply.write(&end.text)?;
    if end.count == 0 && asker.settings.format == Format::Table {
        asker.note("No changes in the window.");
    }
    Ok(())
}

/// The changes as Parquet: the columns of CSV, in which `from` and `to` are values.
async fn write_parquet(
    asker: &Asker,
    reply: &mut Reply<'_>,
    mut parts: Parts<'_>,
    provenance: &Provenance,
) -> Result<(), Refusal> {
    let mut table = AnswerTable::begin(reply, asker, &COLUMNS, &["from", "to"], provenance)?;
    while let Some(changes) = parts.next().await? {
        table.rows(&crate::changes::table::cells(&changes))?;
    }
    table.finish()?;
    reply.goes_on_after(parts.cut_after);
    Ok(())
}

/// The changes of a question, part by part, as far as its limit goes.
struct Parts<'a> {
    context: &'a Context,
    question: &'a ChangesQuestion,
    after: Position,
    left: Option<usize>,
    /// Whether there is no further part.
    is_over: bool,
    /// The last change before the limit, if there are more behind it.
    cut_after: Option<Position>,
}

impl<'a> Parts<'a> {
    fn new(context: &'a Context, question: &'a ChangesQuestion, request: &ChangesRequest) -> Self {
        Self {
            context,
            question,
            after: Position(request.after.map_or(0, |after| after.0)),
            left: request.limit.map(Limit::count),
            is_over: false,
            cut_after: None,
        }
    }

    /// The next part; `None` after the last.
    async fn next(&mut self) -> Result<Option<Vec<Change>>, Refusal> {
        if self.is_over {
            return Ok(None);
        }
        let (mut changes, next) = ask::changes(self.context, self.question, self.after).await?;
        let found = changes.len();
        if let Some(left) = &mut self.left {
            changes.truncate(*left);
            *left -= changes.len();
        }
        self.after = next.unwrap_or(self.after);
        self.is_over = next.is_none();
        if self.left == Some(0) {
            let has_more = changes.len() < found || next.is_some();
            let last = changes.last().map(|change| Position(change.position));
            self.cut_after = last.filter(|_| has_more);
            self.is_over = true;
        }
        Ok(Some(changes))
    }
}

/// What is asked.
pub async fn question(
    asker: &Asker,
    context: &Context,
    request: &ChangesRequest,
) -> Result<ChangesQuestion, Refusal> {
    let mut question = ChangesQuestion {
        window: asker.window(&request.window)?,
        known_until: context.now(),
        extensions: asker::people(context, &request.people).await?,
        filter: filter(asker, request)?,
    };
    ask::check_changes(context, &question).await?;
    if request.team.as_now {
        let named = question.extensions.take();
        question.extensions =
            asker::of_team(context, named, &request.team, question.window).await?;
        question.filter.group_filter = GroupFilter::default();
    }
    Ok(question)
}

fn filter(asker: &Asker, request: &ChangesRequest) -> Result<ChangeFilter, Refusal> {
    let policy = match &request.policy {
        Some(name) => Some(policy::policy(asker, name)?),
        None => None,
    };
    let wanted = |word: &Option<String>| word.as_deref().map(Wanted::of_word);
    Ok(ChangeFilter {
        facets: request.facets.iter().map(|word| word.0).collect(),
        policy,
        value: wanted(&request.value),
        from_value: wanted(&request.from_value),
        to_value: wanted(&request.to_value),
        kinds: request.kinds.iter().map(|word| word.0).collect(),
        sources: request.sources.iter().map(|word| word.0).collect(),
        group_filter: request.team.group_filter(),
    })
}

/// The text of a list in parts.
struct Writer {
    count: usize,
    kind: Kind,
    beside: Sidecar,
    provenance: Provenance,
}

enum Kind {
    Table(List),
    Json(json::Array),
    Ndjson,
    Csv(csv::Style),
}

struct End {
    text: String,
    count: usize,
}

impl Writer {
    async fn new(
        asker: &Asker,
        page: Page,
        context: &Context,
        window: TimeRange,
        (beside, provenance): (Sidecar, Provenance),
    ) -> Result<Self, Refusal> {
        let kind = match asker.settings.format {
            Format::Table => {
                let extensions = context.extensions().await?;
                let people = extensions.iter().filter_map(|extension| {
                    let profile = extension.profile.as_deref()?;
                    Some((profile.extension_number.as_deref(), profile.name.as_deref()))
                });
                Kind::Table(List::new(page, window, people))
            }
            Format::Json if beside == Sidecar::Inside => {
                Kind::Json(json::Array::inside(&provenance))
            }
            Format::Json => Kind::Json(json::Array::default()),
            Format::Ndjson => Kind::Ndjson,
            Format::Csv => Kind::Csv(asker.settings.csv_style()),
        };
        Ok(Self {
            count: 0,
            kind,
            beside,
            provenance,
        })
    }

    fn begin(&self) -> String {
        match &self.kind {
            Kind::Table(list) => list.header(),
            Kind::Csv(style) => {
                commented(self.beside, &self.provenance, style) + &csv::header(&COLUMNS, style)
            }
            Kind::Json(_) | Kind::Ndjson => String::new(),
        }
    }

    fn page(&mut self, changes: &[Change]) -> String {
        self.count += changes.len();
        match &mut self.kind {
            Kind::Table(list) => list.rows(changes),
            Kind::Json(array) => array.items(changes),
            Kind::Ndjson => json::lines(changes),
            Kind::Csv(style) => csv_rows(changes, style),
        }
    }

    fn end(self) -> End {
        let text = match self.kind {
            Kind::Json(array) => array.end(),
            Kind::Table(_) => format!("\n{}", render::provenance::footer(&self.provenance)),
            Kind::Ndjson | Kind::Csv(_) => String::new(),
        };
        End {
            text,
            count: self.count,
        }
    }
}
