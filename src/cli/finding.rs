//! `presence route` and `presence meet`.

use crate::ask::{self, Free, MeetQuestion, RouteQuestion, Types};
use crate::query::calendars::HoursChoice;
use crate::render::{self, json};
use crate::shapes::so_far::SoFar;

use super::answer::Texts;
use super::args::{FreeArgs, MeetArgs, RouteArgs};
use super::exit::Failure;
use super::question::{Asked, about_moment, about_window};
use super::session::{self, Session};
use super::{policy, report};

/// The policies that are asked if none is named.
const DIRECT: &str = "direct_calls";
const QUEUE: &str = "queue_calls";

/// So many slots are looked at, at most.
const SLOTS_MAX: i64 = 100_000;

/// Who can take a call now.
pub(super) async fn run_route(session: &mut Session, args: &RouteArgs) -> Result<(), Failure> {
    let among = args.among.among();
    let usual = if among.queues.is_empty() {
        DIRECT
    } else {
        QUEUE
    };
    let free = free(session, &args.free, usual)?;
    let context = session.context(&args.as_of).await?;
    let extensions = session::people(&context, &args.people).await?;
    let question = RouteQuestion {
        free,
        among,
        // Whoever is named is meant, whatever they are.
        types: if extensions.is_some() {
            Types::All
        } else {
            args.types.clone().unwrap_or(Types::People)
        },
        extensions,
        age_ms_max: args.max_age,
        limit: args.limit.map(count),
    };
    let route = ask::route(&context, &question).await?;
    let asked = Asked::new("route", context.account_id())
        .people(question.extensions.as_deref())
        .types(&question.types)
        .option("--policy", Some(question.free.policy.name()))
        .options("--class", &question.free.classes)
        .among(&args.among)
        .option("--max-age", args.max_age.map(|ms| format!("{ms}ms")))
        .option("--limit", args.limit);
    let mut provenance = about_moment(&context, &asked, context.now()).await?;
    provenance.criterion = Some(route.criterion.clone());
    session.write_object(
        &route,
        &provenance,
        &Texts {
            table: &|page| {
                render::route::table(&route, page) + &render::provenance::asked(&provenance)
            },
            ndjson: &|| json::lines(&route.candidates),
            csv: &|| render::route::csv(&route),
        },
    )
}

/// When some people are free together.
pub(super) async fn run_meet(session: &mut Session, args: &MeetArgs) -> Result<(), Failure> {
    let window = session.window(&args.window)?;
    if window.duration_ms() / args.length > SLOTS_MAX {
        return Err(Failure::Usage(format!(
            "--length cuts the window into more than {SLOTS_MAX} slots; give a longer one, or a shorter window"
        )));
    }
    let free = free(session, &args.free, DIRECT)?;
    let chosen = report::hours(session, args.hours.as_deref(), None)?;
    report::note_unknown_holidays(session, &chosen, window);
    let warnings = chosen.warnings(window);
    let (hours, zone) = match chosen {
        HoursChoice::Given(hours) => (hours, None),
        HoursChoice::Calendar(calendar) => (Some(calendar.hours.clone()), calendar.zone.clone()),
        HoursChoice::Own(_) => {
            return Err(Failure::Usage(
                "--hours @own: slots are the same for all of them; name one calendar, or write hours"
                    .to_owned(),
            ));
        }
    };
    let context = session.context(&args.as_of).await?;
    let extensions = session::people(&context, &args.people).await?;
    let question = MeetQuestion {
        free,
        extensions: extensions.unwrap_or_default(),
        window,
        length_ms: args.length,
        hours,
        zone: zone.unwrap_or_else(|| session.settings.shown_zone()),
        weeks: args.weeks,
        limit: count(args.limit),
    };
    let meet = ask::meet(&context, &question).await?;
    let hours = question.hours.as_ref().map(|hours| hours.text().to_owned());
    let asked = Asked::new("meet", context.account_id())
        .people(Some(&question.extensions))
        .window(window)
        .option("--length", Some(format!("{}ms", question.length_ms)))
        .option("--hours", hours)
        .option("--zone", Some(&meet.zone))
        .option("--weeks", Some(question.weeks))
        .option("--policy", Some(question.free.policy.name()))
        .options("--class", &question.free.classes)
        .option("--limit", Some(question.limit));
    let mut provenance = about_window(&context, &asked, window).await?;
    // Slots are looked for ahead: what is still to come is what it is about.
    provenance.so_far = SoFar::default();
    provenance.criterion = Some(meet.criterion.clone());
    provenance.zone = Some(meet.zone.clone());
    provenance.warnings = warnings;
    session.write_object(
        &meet,
        &provenance,
        &Texts {
            table: &|page| {
                render::meet::table(&meet, page) + &render::provenance::asked(&provenance)
            },
            ndjson: &|| json::lines(&meet.slots),
            csv: &|| render::meet::csv(&meet),
        },
    )
}

fn free(session: &mut Session, args: &FreeArgs, usual: &str) -> Result<Free, Failure> {
    let policy = policy::policy(session, args.policy.as_deref().unwrap_or(usual))?;
    let free = Free::new(policy, &args.classes, session.settings.unknown_names);
    free.map_err(|error| Failure::Usage(format!("--class: {error}")))
}

fn count(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
