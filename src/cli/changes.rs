//! `presence changes`: written as it is read, however long it is.

use crate::ask::{self, ChangesQuestion, Context};
use crate::model::ids::Position;
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
    let mut left = args
        .limit
        .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if session.is_parquet() {
        return write_parquet(session, &context, (&question, args), &provenance).await;
    }
    let beside = session.keep_beside(&provenance)?;
    let mut writer = Writer::new(session, &context, (beside, provenance)).await?;
    session.output.write(&writer.begin())?;
    let mut after = Position(args.after.unwrap_or(0));
    loop {
        let (mut changes, next) = ask::changes(&context, &question, after).await?;
        let found = changes.len();
        if let Some(left) = &mut left {
            changes.truncate(*left);
            *left -= changes.len();
        }
        session.output.write(&writer.page(&changes))?;
        if left == Some(0) && (changes.len() < found || next.is_some()) {
            session.goes_on_after(changes.last().map(|change| change.position));
            break;
        }
        let Some(next) = next else { break };
        session.output.flush()?;
        after = next;
    }
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
    context: &Context,
    (question, args): (&ChangesQuestion, &ChangesArgs),
    provenance: &Provenance,
) -> Result<(), Failure> {
    let mut table = AnswerTable::begin(session, &COLUMNS, &["from", "to"], provenance)?;
    let mut left = args.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    let mut after = Position(args.after.unwrap_or(0));
    while left > 0 {
        let (mut changes, next) = ask::changes(context, question, after).await?;
        changes.truncate(left);
        left -= changes.len();
        table.rows(&render::changes::cells(&changes))?;
        let Some(next) = next else { break };
        after = next;
    }
    table.finish()
}

/// What is asked.
pub(crate) async fn question(
    session: &mut Session,
    context: &Context,
    args: &ChangesArgs,
) -> Result<ChangesQuestion, Failure> {
    Ok(ChangesQuestion {
        window: session.settings.window(&args.window)?,
        extensions: session::people(context, &args.people).await?,
        filter: filter(session, args)?,
    })
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
    Csv,
}

struct End {
    text: String,
    count: usize,
}

impl Writer {
    async fn new(
        session: &Session,
        context: &Context,
        (beside, provenance): (Beside, Provenance),
    ) -> Result<Self, Failure> {
        let kind = match session.settings.format {
            Format::Table => {
                let extensions = context.extensions().await?;
                let people = extensions.iter().filter_map(|extension| {
                    let profile = extension.profile.as_deref()?;
                    Some((profile.extension_number.as_deref(), profile.name.as_deref()))
                });
                Kind::Table(List::new(session.page(), people))
            }
            Format::Json if beside == Beside::Inside => {
                Kind::Json(json::Array::inside(&provenance))
            }
            Format::Json => Kind::Json(json::Array::default()),
            Format::Ndjson => Kind::Ndjson,
            Format::Csv => Kind::Csv,
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
            Kind::Csv => commented(self.beside, &self.provenance) + &csv::header(&COLUMNS),
            Kind::Json(_) | Kind::Ndjson => String::new(),
        }
    }

    fn page(&mut self, changes: &[Change]) -> String {
        self.count += changes.len();
        match &mut self.kind {
            Kind::Table(list) => list.rows(changes),
            Kind::Json(array) => array.items(changes),
            Kind::Ndjson => json::lines(changes),
            Kind::Csv => csv_rows(changes),
        }
    }

    fn end(self) -> End {
        let text = match self.kind {
            Kind::Json(array) => array.end(),
            Kind::Table(_) => format!("\n{}", render::provenance::footer(&self.provenance)),
            Kind::Ndjson | Kind::Csv => String::new(),
        };
        End {
            text,
            count: self.count,
        }
    }
}
