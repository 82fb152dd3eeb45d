//! `presence at` and `presence now`.

use crate::ask;
use crate::model::time::Timestamp;
use crate::render::{self, json};

use super::args::{AsOfArgs, AtArgs, Format, NowArgs, PolicyChoice};
use super::exit::Failure;
use super::policy;
use super::session::{self, Session};

/// Everyone's state at a moment.
pub(super) async fn run(session: &mut Session, args: &AtArgs) -> Result<(), Failure> {
    let moment = session.settings.moment("TIME", &args.time)?;
    answer(
        session,
        Some(moment),
        &args.people,
        &args.policy,
        &args.as_of,
    )
    .await
}

/// Everyone's state now.
pub(super) async fn run_now(session: &mut Session, args: &NowArgs) -> Result<(), Failure> {
    answer(session, None, &args.people, &args.policy, &args.as_of).await
}

async fn answer(
    session: &mut Session,
    moment: Option<Timestamp>,
    people: &[String],
    policy: &PolicyChoice,
    as_of: &AsOfArgs,
) -> Result<(), Failure> {
    let policy = match &policy.policy {
        Some(name) => Some(policy::policy(session, name)?),
        None => None,
    };
    let context = session.context(as_of).await?;
    let wanted = session::people(&context, people).await?;
    let moment = moment.unwrap_or_else(|| context.now());
    let mut entries = match &policy {
        Some(policy) => ask::at_by_policy(&context, moment, policy).await?,
        None => ask::at(&context, moment).await?,
    };
    if let Some(wanted) = wanted {
        entries.retain(|entry| wanted.contains(&entry.person.extension_id.0));
    }
    let page = session.page();
    let text = match session.settings.format {
        Format::Table => render::at::table(&entries, moment, &page),
        Format::Json => json::pretty(&entries),
        Format::Ndjson => json::lines(&entries),
        Format::Csv => render::at::csv(&entries),
    };
    Ok(session.output.write(&text)?)
}
