//! `presence explain`.

use crate::ask;
use crate::render::{self, json};

use super::answer::Texts;
use super::args::ExplainMomentArgs;
use super::exit::Failure;
use super::policy;
use super::question::{Asked, about_moment};
use super::session::{self, Session};

/// Why something is known of somebody at a moment, or not.
pub(super) async fn run(session: &mut Session, args: &ExplainMomentArgs) -> Result<(), Failure> {
    let moment = session.settings.moment("TIME", &args.time)?;
    let criterion = policy::criterion(session, &args.facet)?;
    let context = session.context(&args.as_of).await?;
    let extension_id = session::person(&context, &args.person).await?;
    let explanation = ask::explain_moment(&context, extension_id, &criterion, moment).await?;
    let explanation = explanation.ok_or_else(|| policy::not_seen(&args.person, moment))?;
    let asked = Asked::new("explain", context.account_id())
        .word(&extension_id)
        .word(&moment)
        .criterion(&criterion);
    let mut provenance = about_moment(&context, &asked, moment).await?;
    provenance.criterion = Some((&criterion).into());
    session.write_object(
        &explanation,
        &provenance,
        &Texts {
            table: &|page| {
                render::explain::table(&explanation, page) + &render::provenance::asked(&provenance)
            },
            ndjson: &|| json::line(&explanation),
            csv: &|| render::explain::csv(&explanation),
        },
    )
}
