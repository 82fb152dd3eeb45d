//! `presence at` and `presence now`.

use crate::ask;
use crate::model::time::Timestamp;
use crate::query::classes::Criterion;
use crate::render::{self, json};

use super::answer::Texts;
use super::args::{AsOfArgs, AtArgs, NowArgs, PolicyChoice};
use super::exit::Failure;
use super::policy;
use super::question::{Asked, about_moment};
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
    let zone = session.settings.zone.clone();
    let asked = Asked::new("at", context.account_id())
        .word(&moment)
        .people(wanted.as_deref())
        .option("--policy", policy.as_ref().map(|policy| policy.name()))
        .zone(&zone);
    let mut entries = match &policy {
        Some(policy) => ask::at_by_policy(&context, moment, policy).await?,
        None => ask::at(&context, moment).await?,
    };
    if let Some(wanted) = wanted {
        entries.retain(|entry| wanted.contains(&entry.person.extension_id.0));
    }
    let mut provenance = about_moment(&context, &asked, moment).await?;
    provenance.criterion = policy.map(|policy| (&Criterion::Policy(policy)).into());
    provenance.zone = zone.name();
    session.write_array(
        &entries,
        &provenance,
        &Texts {
            table: &|page| {
                render::at::table(&entries, moment, page) + &render::provenance::footer(&provenance)
            },
            ndjson: &|| json::lines(&entries),
            csv: &|| render::at::csv(&entries),
        },
    )
}
