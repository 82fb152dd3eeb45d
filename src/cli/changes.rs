//! `presence changes`: written as it is read, however long it is.

use crate::ask::{self, ChangesQuestion, Context};
use crate::model::ids::Position;
use crate::model::time::Span;
use crate::query::changes::ChangeFilter;
use crate::render::changes::{COLUMNS, List, csv_rows};
use crate::render::{self, csv, json};
use crate::shapes::changes::Change;
use crate::shapes::provenance::Provenance;

use super::answer::{Beside, commented};
use super::args::{ChangesArgs, Format};
use super::exit::Failure;
use super::export::AnswerTable;
use super::policy;
use super::question::{Asked, about_window};
use super::session::{self, Session};

/// The changes, one by one.
pub(super) async fn run(session: &mut Session, args: &ChangesArgs) -> Result<(), Failure> {
    let context = session.context(&args.as_of).await?;
    let question = question(session, &context, args).await?;
    let window = question.window;
    let zone = session.settings.zone.clone();
    let asked = Asked::new("changes", context.account_id())
        .people(question.extensions.as_deref())
        .window(window)
        .options("--facet", args.facets.iter().map(|facet| facet.name()))
        .option("--policy", args.policy.as_ref())
        .option("--value", args.value.as_ref())
        .option("--from-value", args.from_value.as_ref())
        .option("--to-value", args.to_value.as_ref())
        .options("--kind", args.kinds.iter().map(|kind| kind.name()))
        .options("--source", args.sources.iter().map(|source| source.name()))
        .among(&args.among)
        .option("--after", args.after)
        .option("--limit", args.limit)
        .zone(&zone);
    let mut provenance = about_window(&context, &asked, window).await?;
    provenance.zone = zone.name();
    let mut parts = Parts::new(&context, &question, args);
    if session.is_parquet() {
        return write_parquet(session, parts, &provenance).await;
    }
    let beside = session.keep_beside(&provenance)?;
    let mut writer = Writer::new(session, &context, window, (beside, provenance)).await?;
    session.output.write(&writer.begin())?;
    while let Some(changes) = parts.next().await? {
        session.output.write(&writer.page(&changes))?;
        if !parts.is_over {
            session.output.flush()?;
        }
    }
    session.goes_on_after(parts.cut_after);
    let end = writer.end();
    session.output.write(&end.text)?;
    if end.count == 0 && session.settings.format == Format::Table {
        session.output.note("No changes in the window.");
    }
    Ok(())
}

/// The changes as Parquet: the columns of CSV, in which `from` and `to` are values.
async fn write_parquet(
    session: &mut Session,
    mut parts: Parts<'_>,
    provenance: &Provenance,
) -> Result<(), Failure> {
    let mut table = AnswerTable::begin(session, &COLUMNS, &["from", "to"], provenance)?;
    while let Some(changes) = parts.next().await? {
        table.rows(&render::changes::cells(&changes))?;
    }
    table.finish()?;
    session.goes_on_after(parts.cut_after);
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
    fn new(context: &'a Context, question: &'a ChangesQuestion, args: &ChangesArgs) -> Self {
        Self {
            context,
            question,
            after: Position(args.after.unwrap_or(0)),
            left: args
                .limit
                .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            is_over: false,
            cut_after: None,
        }
    }

    /// The next part; `None` after the last.
    async fn next(&mut self) -> Result<Option<Vec<Change>>, Failure> {
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
pub(crate) async fn question(
    session: &mut Session,
    context: &Context,
    args: &ChangesArgs,
) -> Result<ChangesQuestion, Failure> {
    let question = ChangesQuestion {
        window: session.window(&args.window)?,
        known_until: context.now(),
        extensions: session::people(context, &args.people).await?,
        filter: filter(session, args)?,
    };
    ask::check_changes(context, &question).await?;
    Ok(question)
}

fn filter(session: &mut Session, args: &ChangesArgs) -> Result<ChangeFilter, Failure> {
    let policy = match &args.policy {
        Some(name) => Some(policy::policy(session, name)?),
        None => None,
    };
    Ok(ChangeFilter {
        facets: args.facets.clone(),
        policy,
        value: args.value.clone(),
        from_value: args.from_value.clone(),
        to_value: args.to_value.clone(),
        kinds: args.kinds.clone(),
        sources: args.sources.clone(),
        among: args.among.among(),
    })
}

/// The text of a list in parts.
struct Writer {
    count: usize,
    kind: Kind,
    beside: Beside,
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
        session: &Session,
        context: &Context,
        window: Span,
        (beside, provenance): (Beside, Provenance),
    ) -> Result<Self, Failure> {
        let kind = match session.settings.format {
            Format::Table => {
                let extensions = context.extensions().await?;
                let people = extensions.iter().filter_map(|extension| {
                    let profile = extension.profile.as_deref()?;
                    Some((profile.extension_number.as_deref(), profile.name.as_deref()))
                });
                Kind::Table(List::new(session.page(), window, people))
            }
            Format::Json if beside == Beside::Inside => {
                Kind::Json(json::Array::inside(&provenance))
            }
            Format::Json => Kind::Json(json::Array::default()),
            Format::Ndjson => Kind::Ndjson,
            Format::Csv => Kind::Csv(session.settings.csv_style()),
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
