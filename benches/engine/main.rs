//! What counting costs once the intervals are in memory: each part of a report, in nanoseconds an interval, compared with the
//! least that any pass over them costs.
//!
//! ```text
//! cargo bench --bench engine
//! cargo bench --bench engine -- --save
//! ```
//!
//! The last column is the figure divided by the one that `--save` wrote into `figures.txt`: both as multiples of the least,
//! so that it is about the program and not the machine.
//!
//! The histories are few, so that they stay in the processor's cache, as those of one extension do that were just
//! read. Each figure is the best of many rounds: what else the machine does makes the others worse.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(
    clippy::cast_precision_loss,
    reason = "figures are shown with a few digits"
)]

mod figures;
mod office;

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Instant;

use figures::Figures;
use office::Office;
use presence_core::query::calendar::{Bucket, Schedule, schedule};
use presence_core::query::classes::Classes;
use presence_core::query::group::GroupBy;
use presence_core::query::hours::Hours;
use presence_core::query::report::Report;
use presence_core::query::schedule_slots::Grid;
use presence_core::query::staffing::{Staffing, Steps};
use presence_core::query::steps::StepLength;
use presence_core::query::track::{Frame, Track};
use presence_core::query::zone::Zone;
use presence_model::facet::Facet;
use presence_model::ids::AccountId;
use presence_model::month::Month;
use presence_model::packed::{Block, BlockKey, PackedBlock, Parts, pack_month};
use presence_model::time::Timestamp;

const EXTENSIONS: i64 = 24;
const DAYS: i64 = 30;
const MANY_EXTENSIONS: i64 = 2_000;
const SEED: u64 = 7;
const ROUNDS: u32 = 200;

fn main() {
    let office = Office::drawn(EXTENSIONS, DAYS, SEED);
    let classes = Classes::of_facet(&office.dictionary, Facet::PresenceStatus);
    let frame = Frame {
        window: office.window,
        now: office.window.to(),
        complete: &office.complete,
        classes: &classes,
    };
    let figures = RefCell::new(Figures::read());
    let table = Table::begin(&office, &figures);
    blocks(&table, &office);
    tracks(&table, &office, &frame);
    reports(&table, &office, &frame);
    staffing(&figures);
    if std::env::args().any(|argument| argument == "--save") {
        figures.into_inner().save();
    }
}

/// Packing what has ended, and unpacking it.
fn blocks(table: &Table<'_>, office: &Office) {
    let packed = || -> Vec<(BlockKey, PackedBlock)> {
        let months = office.histories.iter().flat_map(|history| {
            let ended = history.intervals.iter().filter(|one| one.until.is_some());
            let ended: Vec<_> = ended.copied().collect();
            let key = |month| BlockKey {
                account_id: AccountId(1),
                extension_id: history.extension_id,
                month,
            };
            let month = Month::of(office.window.from());
            [month, month.next()].map(|month| {
                let packed = pack_month(
                    AccountId(1),
                    history.extension_id,
                    month,
                    Timestamp::MAX,
                    &ended,
                );
                let packed = packed.expect("all of them have ended");
                packed.map(|packed| (key(month), packed.block))
            })
        });
        months.flatten().collect()
    };
    table.row("blocks packed", || {
        black_box(packed().len());
    });
    let blocks = packed();
    let mut intervals = Vec::new();
    for (name, parts) in [
        ("blocks unpacked, times and states", Parts::Times),
        ("blocks unpacked, all of them", Parts::All),
    ] {
        table.row(name, || {
            for (key, block) in &blocks {
                intervals.clear();
                let block = Block::open(*key, &block.bytes, parts);
                let unpacked = block.and_then(|block| block.unpack(&mut intervals));
                unpacked.expect("they are whole");
                black_box(&intervals);
            }
        });
    }
}

fn tracks(table: &Table<'_>, office: &Office, frame: &Frame<'_>) {
    let mut track = Track::default();
    table.row("one track after the other", || {
        for history in &office.histories {
            track
                .follow(history, frame)
                .expect("the dictionary has them all");
            black_box(&track);
        }
    });
    table.row("and its pieces", || {
        for history in &office.histories {
            track
                .follow(history, frame)
                .expect("the dictionary has them all");
            let mut sum_ms = 0;
            track.for_each_segment(|piece| sum_ms += piece.span.duration_ms());
            black_box(sum_ms);
        }
    });
}

fn reports(table: &Table<'_>, office: &Office, frame: &Frame<'_>) {
    let by_extension = GroupBy {
        extension: true,
        ..GroupBy::default()
    };
    let by_department = GroupBy {
        department: true,
        ..GroupBy::default()
    };
    let hours = "Mo-Fr 09:00-17:00";
    let questions = [
        ("report by extension", by_extension, Bucket::Range, None),
        (
            "by extension, day, hours",
            by_extension,
            Bucket::Day,
            Some(hours),
        ),
        ("by extension, hour", by_extension, Bucket::Hour, None),
        (
            "by department, day, hours",
            by_department,
            Bucket::Day,
            Some(hours),
        ),
    ];
    for (name, group_by, bucket, hours) in questions {
        let grid = Grid::new(&[scheduled(office, bucket, hours)]);
        table.row(name, || {
            let mut report = Report::new();
            for history in &office.histories {
                let cells = grid.zone(0);
                report
                    .add(history, &office.dictionary, frame, cells, group_by)
                    .expect("the dictionary has them all");
            }
            black_box(report.rows(&grid).count());
        });
    }
}

/// How many were available each minute of a week: many people, since their edges are sorted together.
fn staffing(figures: &RefCell<Figures>) {
    let office = Office::drawn(MANY_EXTENSIONS, 7, SEED);
    let classes = Classes::of_facet(&office.dictionary, Facet::PresenceStatus);
    let frame = Frame {
        window: office.window,
        now: office.window.to(),
        complete: &office.complete,
        classes: &classes,
    };
    let count = office.interval_count();
    println!("{MANY_EXTENSIONS} extensions, 7 days, {count} intervals");
    let table = Table {
        interval_count: count as f64,
        least_ns: Table::least(&office),
        rounds: 10,
        figures,
    };
    let schedules = [scheduled(&office, Bucket::Range, None)];
    let grid = Grid::new(&schedules);
    let asked = (GroupBy::default().into(), classes.find(Some("Available")));
    table.row("people available each minute", || {
        let mut staffing = Staffing::new();
        for history in &office.histories {
            staffing
                .add(history, &office.dictionary, &frame, grid.zone(0), asked)
                .expect("the dictionary has them all");
        }
        let step = StepLength::Exact { ms: 60_000 };
        let steps = Steps::new(office.window, step, &Zone::utc(), &schedules);
        for (_, segments) in staffing.finish(office.window) {
            black_box(steps.points(&segments));
        }
    });
}

fn scheduled(office: &Office, bucket: Bucket, hours: Option<&str>) -> Schedule {
    let zone = Zone::named("Europe/Berlin").expect("it is a zone");
    let hours = hours.map(|hours| Hours::parse(hours).expect("they are hours"));
    schedule(office.window, &zone, hours.as_ref(), bucket)
}

/// What things cost, as multiples of a pass that adds up how long each interval was.
struct Table<'a> {
    interval_count: f64,
    least_ns: f64,
    rounds: u32,
    figures: &'a RefCell<Figures>,
}

impl<'a> Table<'a> {
    fn begin(office: &Office, figures: &'a RefCell<Figures>) -> Self {
        let count = office.interval_count();
        println!("{EXTENSIONS} extensions, {DAYS} days, {count} intervals");
        println!(
            "{:36}{:>14}{:>10}{:>10}",
            "", "ns/interval", "× least", "× saved"
        );
        let table = Self {
            interval_count: count as f64,
            least_ns: Self::least(office),
            rounds: ROUNDS,
            figures,
        };
        table.show("the length of each, added up", table.least_ns);
        table
    }

    fn least(office: &Office) -> f64 {
        let count = office.interval_count() as f64;
        best_ns(ROUNDS, || {
            let histories = office.histories.iter();
            let intervals = histories.flat_map(|history| &history.intervals);
            let lengths = intervals.filter_map(|one| Some(one.until?.since_ms(one.from)));
            black_box(lengths.sum::<i64>());
        }) / count
    }

    fn row(&self, name: &str, work: impl FnMut()) {
        self.show(name, best_ns(self.rounds, work) / self.interval_count);
    }

    fn show(&self, name: &str, ns: f64) {
        let times = ns / self.least_ns;
        let ratio = self.figures.borrow_mut().over_saved(name, times);
        let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        println!("  {name:34}{ns:14.1}{times:10.1}{ratio:>10}");
    }
}

/// The best of so many rounds, in nanoseconds.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn best_ns(rounds: u32, mut work: impl FnMut()) -> f64 {
    let each = (0..rounds).map(|_| {
        let started = Instant::now();
        work();
        started.elapsed().as_secs_f64() * 1e9
    });
    each.fold(f64::MAX, f64::min)
}
