//! What the main job costs, compared with what reading its JSON costs by itself in the same run.
//!
//! ```text
//! cargo bench                                               # some two minutes
//! cargo bench --bench main_job -- --sweeps 1440 --days 30   # a day of sweeps: 6 GB of JSON
//! ```
//!
//! Seconds differ from machine to machine; ratios hardly do. Processor time counts all threads and does not depend on
//! what else the machine does; time does, and is lower where two stages run side by side.

mod asking;
mod office;
mod plain;
mod recording;
mod table;
mod usage;

use std::ops::Add;

use asking::{Answered, Month};
use office::Writing;
use recording::{Baseline, Imported, Parts};
use table::{Table, note};
use usage::Cost;

/// How many sweeps are imported, and how many days the report is over, unless the command line says otherwise.
const SWEEPS: u32 = 144;
const DAYS: u32 = 30;

/// What is aimed at: a sweep through an import costs at most so many readings of its JSON, in so much memory.
const PARSES_MAX: f64 = 2.0;
const MEMORY_MB_MAX: f64 = 300.0;

fn main() {
    let sweeps = number_after("--sweeps").unwrap_or(SWEEPS).max(1);
    let days = number_after("--days").unwrap_or(DAYS).max(1);
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    runtime.block_on(run(sweeps, days));
}

/// The number that follows an option; cargo adds options of its own, so others are passed over.
fn number_after(option: &str) -> Option<u32> {
    let mut arguments = std::env::args().skip_while(|argument| argument != option);
    arguments.nth(1)?.parse().ok()
}

async fn run(sweeps: u32, days: u32) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let imported_path = folder.path().join("imported.db");
    let load = usage::load();

    // The import comes first: the most memory in use is the process's.
    let before = recording::baseline();
    let imported = recording::import(&imported_path, sweeps, Writing::Same).await;
    let after = recording::baseline();
    let rewritten_path = folder.path().join("rewritten.db");
    let rewritten =
        recording::import(&rewritten_path, sweeps.min(SWEEPS), Writing::Different).await;
    let parts = recording::parts(&folder.path().join("parts.db")).await;
    let last = recording::baseline();
    let base = mean([before, after, last]);
    show_recording(base, &parts, &imported, &rewritten);

    let at = asking::at(&imported_path, imported.last_at).await;
    let month = asking::month(&folder.path().join("month.db"), i64::from(days)).await;
    show_questions(base, &at, &month, days);
    note(&format!(
        "load of the machine: {load:.1} when it began, {:.1} when it ended",
        usage::load()
    ));
}

fn mean(baselines: [Baseline; 3]) -> Baseline {
    let count = u32::try_from(baselines.len()).expect("there are few");
    let sum = |part: fn(&Baseline) -> Cost| {
        let parts = baselines.iter().map(part);
        parts.fold(Cost::default(), Cost::add) / count
    };
    Baseline {
        line_bytes: baselines[0].line_bytes,
        parse: sum(|baseline| baseline.parse),
        make: sum(|baseline| baseline.make),
    }
}

fn show_recording(base: Baseline, parts: &Parts, imported: &Imported, rewritten: &Imported) {
    let line_mb = table::megabytes(base.line_bytes as u64);
    let changed = parts.events_each;
    let title =
        format!("a sweep of 10,000 extensions, {changed} of them changed, {line_mb:.2} MB of JSON");
    let table = Table::begin(&title, base.parse);
    table.row("reading its JSON alone (serde_json)", base.parse);
    table.row("its line to observations", parts.decode);
    table.row("compared with what is known", parts.diff);
    table.row("its events appended, on the medium", parts.append);
    let each = |imported: &Imported| Cost {
        cpu: imported.each.cpu.saturating_sub(base.make.cpu),
        wall: imported.each.wall,
    };
    let name = format!("imported, each of {}", imported.sweep_count);
    table.row(&name, each(imported));
    let name = format!("no record written as before, {}", rewritten.sweep_count);
    table.row(&name, each(rewritten));
    note(&format!(
        "without making the file ({:.2} ms), which the time includes",
        table::millis(base.make.cpu)
    ));
    let per_event = table::megabytes(imported.store_bytes * 1_000_000 / imported.event_count);
    note(&format!(
        "store: {:.1} MB, {per_event:.0} bytes for each of {} events, all included",
        table::megabytes(imported.store_bytes),
        imported.event_count,
    ));
    let parses = each(imported).cpu.as_secs_f64() / base.parse.cpu.as_secs_f64();
    table::verdict("readings of its JSON", parses, PARSES_MAX);
    let memory_mb = table::megabytes(imported.memory_peak);
    table::verdict("MB of memory at most", memory_mb, MEMORY_MB_MAX);
}

fn show_questions(base: Baseline, at: &Answered, month: &Month, days: u32) {
    let table = Table::begin("questions", base.parse);
    let name = format!("everybody at a moment, {} rows", at.rows);
    table.row(&name, at.each);
    let name = format!("report by extension, {} rows", month.by_extension.rows);
    table.row(&name, month.by_extension.each);
    let daily = &month.by_extension_and_day;
    table.row(
        &format!("report by extension and day, {} rows", daily.rows),
        daily.each,
    );
    note(&format!(
        "reports over {days} days of 1,000 extensions, {} changes",
        month.event_count
    ));
}
