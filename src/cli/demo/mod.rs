//! `presence demo`: a simulated office, collected over real HTTP into a real store, and asked.

pub mod accuracy;
pub mod check;
mod live;
mod next;
pub mod office;
mod queues;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use indicatif::ProgressBar;

use self::accuracy::Accuracy;
use self::check::{FACET, person_days, question};
use self::live::Live;
use self::next::{Next, busiest_queue};
use self::office::{ACCOUNT, Collected, Ending, Office};
use super::args::DemoArgs;
use super::exit::Failure;
use super::output::progress_style;
use super::session::Session;
use presence_answers::ask::{self, ReportOptions, own_zone};
use presence_answers::format::Format;
use presence_answers::refusal::FieldName;
use presence_answers::render::Page;
use presence_answers::report::shape::Report;
use presence_answers::timeline::table as timeline_table;
use presence_answers::{Reply, report};
use presence_charts::duration;
use presence_charts::percent::percent_to;
use presence_collector::progress::{Observer, Progress};
use presence_core::escape::shown;
use presence_core::query::calendar::Bucket;
use presence_core::query::hours::Hours;
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};
use presence_reading::daily::{DailyTable, update_daily};
use presence_ringcentral::install_tls;
use presence_simulator::COMPANY;
use presence_store::{
    self as store, AccountRow, Durability, OpenMode, ReadStore, refresh_statistics,
};

const HOURS: &str = "Mo-Fr 09:00-17:00";
/// The end of the history.
const END: FieldName = FieldName("end");

/// The value whose error is measured.
const VALUE: &str = "Available";
/// SQLite's companions of a store, by what is added to its name.
const COMPANIONS: [&str; 3] = ["", "-wal", "-shm"];
const DAY_MS: i64 = 24 * 3_600_000;

/// Collects some simulated days, shows what can be asked of them, and how right the answers are; then it goes on, if asked.
pub(super) async fn run(session: &mut Session, args: &DemoArgs) -> Result<(), Failure> {
    install_tls();
    let live = if args.live {
        Some(Live::begin(session, args).await?)
    } else {
        None
    };
    clear(&args.keep).await?;
    let office = Office {
        extension_count: args.extensions,
        day_count: args.days,
        end: match &args.end {
            Some(text) => session.asker.settings.moment(END, text)?,
            None => session.asker.settings.now,
        },
        interval_ms: args.interval,
        seed: args.seed,
    };
    let is_now = args.end.is_none() && session.asker.settings.now_given.is_none();
    let clock = Arc::clone(&session.clock);
    let ending = Ending {
        present: is_now.then_some(&*clock),
        goes_on: args.live,
    };
    let bar = Bar::over(session.shown_status(), office.window());
    let began_ms = clock.now_ms();
    let collecting = Box::pin(office.collect(&args.keep, ending, Arc::new(bar)));
    let Some(collected) = unless_stopped(live.as_ref(), collecting).await else {
        return Ok(());
    };
    let collected = collected?;
    session.status.finish_and_clear();
    let took_ms = clock.now_ms() - began_ms;
    let shown = show(session, args, office, &collected, took_ms).await;
    collected.store.close().await;
    shown?;
    match live {
        Some(live) => live.go_on(session, args, office).await,
        None => Ok(()),
    }
}

/// What `work` comes to; `None` if a demonstration that goes on is told to stop before.
async fn unless_stopped<T>(live: Option<&Live>, work: impl Future<Output = T>) -> Option<T> {
    match live {
        Some(live) => live.unless_stopped(work).await,
        None => Some(work.await),
    }
}

/// Makes room for the demonstration's store: one of an earlier demonstration is removed, anything else is kept.
async fn clear(path: &Path) -> Result<(), Failure> {
    if !path.exists() {
        return Ok(());
    }
    let name = path.display();
    let refused = || {
        Failure::failed(format!(
            "{name} exists and is not a demonstration's store: move it, or choose another name with `--keep`"
        ))
    };
    let location = path.to_str().ok_or_else(refused)?;
    let store = store::open_file(location, OpenMode::ReadOnly, Durability::Relaxed)
        .await
        .map_err(|_| refused())?;
    let is_demo = is_demo(&*store).await;
    store.close().await;
    if !is_demo {
        return Err(refused());
    }
    for companion in COMPANIONS {
        let mut file = path.as_os_str().to_owned();
        file.push(companion);
        match fs::remove_file(PathBuf::from(file)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let error = anyhow::Error::new(error);
                return Err(error.context(format!("{name} cannot be replaced")).into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a store holds a demonstration and nothing else: its account, under the name of the simulated company.
async fn is_demo(store: &dyn ReadStore) -> bool {
    let Ok(accounts) = store.accounts().await else {
        return false;
    };
    let is_demo = |account: &AccountRow| {
        account.account_id == ACCOUNT && account.name.as_deref() == Some(COMPANY)
    };
    accounts.iter().all(is_demo)
}

async fn show(
    session: &mut Session,
    args: &DemoArgs,
    office: Office,
    collected: &Collected,
    took_ms: i64,
) -> Result<(), Failure> {
    let window = collected.window;
    let outage = office.outage();
    session.output.note(&format!(
        "Collected {} extensions from {} to {} in {}: {} complete sweeps, {} changes.\n\
         The collector was down from {} to {}.",
        office.extension_count,
        window.from(),
        window.to(),
        duration::spoken(took_ms),
        collected.sweep_count,
        collected.event_count,
        outage.from(),
        outage.to(),
    ));
    let daily = DailyTable {
        account_id: ACCOUNT,
        facet: FACET,
        zone: ask::ZoneChoice::Own,
    };
    update_daily(&*collected.store, &daily, window.to()).await?;
    refresh_statistics(&*collected.store).await;
    let context = ask::Context::new(&*collected.store, ACCOUNT, window.to()).await?;
    let hours = Hours::parse(HOURS).context("the demonstration's hours are valid")?;
    let asked = question(window, &hours, Bucket::Range);
    let report = ask::report(&context, &asked).await?;
    let provenance = report::provenance(&context, &asked, &ReportOptions::default()).await?;
    let mut reply = Reply::to(&mut session.output);
    report::write(&session.asker, &mut reply, &context, &report, &provenance).await?;
    if session.asker.settings.format == Format::Table {
        let busiest = busiest(&report);
        if let Some(person) = busiest {
            show_day(session, &context, person, office).await?;
        }
        let width = session.output.width();
        let queues = queues::table(&context, window, &hours, width).await?;
        session.output.write(&queues)?;
        let days = person_days(&context, &collected.truth, window, &hours).await?;
        let accuracy = accuracy_lines(&Accuracy::of(&days, VALUE));
        session.output.write(&accuracy)?;
        let extensions = context.extensions().await?;
        let next = Next {
            args,
            queue: busiest_queue(&extensions),
            end: window.to(),
            now: session.asker.settings.now,
            person: busiest.and_then(|person| number(&report, person)),
        };
        session.output.write(&next.to_string())?;
    }
    session.output.flush()?;
    Ok(())
}

/// Who changed most often.
fn busiest(report: &Report) -> Option<ExtensionId> {
    let row = report.rows.iter().max_by_key(|row| row.transitions)?;
    row.keys.person.as_ref().map(|person| person.extension_id.0)
}

/// One person's day: the day of the outage, from six to six in their own zone.
async fn show_day(
    session: &mut Session,
    context: &ask::Context,
    person: ExtensionId,
    office: Office,
) -> Result<(), Failure> {
    let extensions = context.extensions().await?;
    let summary = extensions.iter().find(|one| one.extension_id == person);
    let zone = own_zone(summary);
    let day = zone.day_start(zone.local(office.outage().from()).date());
    let (from, to) = (day.plus_ms(DAY_MS / 4), day.plus_ms(DAY_MS * 5 / 6));
    let window = TimeRange::new(from, to).context("a day is not empty")?;
    let timeline = ask::timeline(context, &[person], FACET, window).await?;
    let page = Page::english(zone, session.output.width());
    session
        .output
        .write("\nOne day of the person with the most changes:\n\n")?;
    session
        .output
        .write(&timeline_table::bars(&timeline, &page))?;
    Ok(())
}

fn accuracy_lines(accuracy: &Accuracy) -> String {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    format!(
        "\nCompared with what really happened (which only a simulator knows), over {} person-days:\n  \
         {} of {} true totals lie within the reported bounds;\n  \
         the mean error of {VALUE} is {} a person-day, {} of the scheduled time.\n",
        accuracy.person_day_count,
        percent_to(
            count(accuracy.within_bounds_count),
            count(accuracy.total_count),
            2
        ),
        accuracy.total_count,
        seconds(accuracy.mean_absolute_error_ms),
        percent_to(accuracy.absolute_error_ms, accuracy.scheduled_ms, 2),
    )
}

fn seconds(ms: f64) -> String {
    format!("{:.0} s", ms / 1_000.0)
}

/// The number of someone in a report.
fn number(report: &Report, extension_id: ExtensionId) -> Option<&str> {
    let mut people = report
        .rows
        .iter()
        .filter_map(|row| row.keys.person.as_ref());
    people
        .find(|person| person.extension_id.0 == extension_id)?
        .extension_number
        .as_deref()
}

fn minute(at: Timestamp) -> String {
    format!("{}Z", &at.to_string()[..16])
}

/// Shows how far the simulated week is.
struct Bar {
    shown: ProgressBar,
    window: TimeRange,
    sweeps: Mutex<i64>,
}

impl Bar {
    fn over(bar: ProgressBar, window: TimeRange) -> Self {
        if let Some(style) = progress_style("{bar:40} {share} {msg}") {
            bar.set_style(style);
        }
        bar.set_length(window.duration_ms().unsigned_abs());
        Self {
            shown: bar,
            window,
            sweeps: Mutex::new(0),
        }
    }
}

impl Observer for Bar {
    fn notice(&self, progress: Progress<'_>) {
        match progress {
            Progress::Ticked(tick) => {
                let passed_ms = tick.finished_at.since_ms(self.window.from()).max(0);
                let mut sweeps = self.sweeps.lock().unwrap_or_else(PoisonError::into_inner);
                *sweeps += 1;
                self.shown.set_position(passed_ms.unsigned_abs());
                self.shown
                    .set_message(format!("{}, {sweeps} sweeps", minute(tick.started_at)));
            }
            Progress::Warning(text) => tracing::warn!("{}", shown(text)),
            _ => {}
        }
    }
}
