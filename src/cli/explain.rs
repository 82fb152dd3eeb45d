//! `presence explain`.

use crate::ask;
use crate::render::{self, json};

use super::args::{ExplainMomentArgs, Format};
use super::exit::Failure;
use super::policy;
use super::session::{self, Session};

/// Why something is known of somebody at a moment, or not.
pub(super) async fn run(session: &mut Session, args: &ExplainMomentArgs) -> Result<(), Failure> {
    let moment = session.settings.moment("TIME", &args.time)?;
    let criterion = policy::criterion(session, &args.facet)?;
    let context = session.context(&args.as_of).await?;
    let extension_id = session::person(&context, &args.person).await?;
    let explanation = ask::explain_moment(&context, extension_id, &criterion, moment).await?;
    let explanation = explanation.ok_or_else(|| policy::not_seen(&args.person, moment))?;
    let page = session.page();
    let text = match session.settings.format {
        Format::Table => render::explain::table(&explanation, &page),
        Format::Json => json::pretty(&explanation),
        Format::Ndjson => json::line(&explanation),
        Format::Csv => render::explain::csv(&explanation),
    };
    Ok(session.output.write(&text)?)
}
