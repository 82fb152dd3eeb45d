//! `meet` as a table and as CSV.

use std::fmt::Write as _;

use crate::meet::shape::{Meet, MeetPerson, MeetSlot};
use crate::shapes::common::{Status, Time};
use presence_core::query::local_time::{Fineness, LocalTime};

use crate::render::status::{self, NO_VALUE};
use crate::render::{Page, counted, name_of};
use presence_charts::csv::{self, Cell as CsvCell};
use presence_charts::duration::spoken;
use presence_charts::percent::{bounds, percent};
use presence_charts::table::{Align, Cell, Paint, Table, dimmed};
use presence_core::escape::shown;

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// Who is free now, and the slots, the best first.
pub fn table(meet: &Meet, page: &Page) -> String {
    let mut text = String::new();
    for person in &meet.people {
        let _ = writeln!(text, "{}", now(person));
    }
    let _ = writeln!(text, "together now: {}\n", painted(meet.now));
    let mut table = Table::new(&[
        ("Slot", Align::Left),
        ("Free together", Align::Right),
        ("Weeks known", Align::Right),
        ("Possible", Align::Right),
        ("Was", Align::Left),
    ]);
    for slot in &meet.slots {
        table.row(row(slot, page));
    }
    if meet.slots.is_empty() {
        text.push_str("No slot of that length lies in the window and its hours.\n");
    } else {
        text.push_str(&table.text(page.width));
    }
    let more = match meet.beyond_limit {
        0 => String::new(),
        count => format!(", {count} more not shown"),
    };
    let footer = format!(
        "{} of {}{more}, looking back {}; slots by the clocks of {}, times in {}; by {}",
        counted(meet.slots.len(), "slot"),
        spoken(meet.length_ms),
        counted(meet.weeks, "week"),
        meet.zone,
        page.zone.name(),
        status::criterion(&meet.criterion)
    );
    let _ = write!(text, "\n{}", dimmed(&footer, page.width));
    text
}

fn now(person: &MeetPerson) -> String {
    let number = person.person.extension_number.as_deref().unwrap_or("");
    let who = format!("{} {}", shown(number), shown(&name_of(&person.person)));
    let class = match (&person.status, &person.class) {
        (Status::Known, Some(class)) => shown(class.as_deref().unwrap_or(NO_VALUE)).into_owned(),
        (status, _) => status.name().to_owned(),
    };
    let presumed = if person.presumed { ", presumed" } else { "" };
    format!(
        "{}: {} now ({class}{presumed})",
        who.trim(),
        painted(person.now)
    )
}

fn painted(freedom: &str) -> String {
    let paint = match freedom {
        "free" => Paint::Good,
        "busy" => Paint::Busy,
        _ => Paint::Dim,
    };
    paint.on(freedom)
}

fn row(slot: &MeetSlot, page: &Page) -> Vec<Cell> {
    let (free, observed) = (i64::from(slot.free), i64::from(slot.observed));
    let all = observed + i64::from(slot.unknown);
    let share = slot.share.map(|_| percent(free, observed));
    let known = format!("{observed} of {all}");
    let possible = slot.share_min.map(|_| {
        let possible = free + i64::from(slot.unknown);
        let bounds = bounds(i64::from(slot.certainly_free), possible, all, 0);
        format!("{bounds} %")
    });
    vec![
        Cell::new(&when(slot, page)),
        Cell::new(share.as_deref().unwrap_or("?")),
        Cell::new(&known),
        Cell::new(possible.as_deref().unwrap_or("")),
        Cell::new(slot.was.unwrap_or("")),
    ]
}

fn when(slot: &MeetSlot, page: &Page) -> String {
    let local = page.zone.local(slot.from.0);
    let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
    let clock = |at: Time| LocalTime::of(&page.zone, at.0).clock(Fineness::Minute);
    format!(
        "{} {} {}–{}",
        DAYS[day],
        local.date(),
        clock(slot.from),
        clock(slot.to)
    )
}

/// The slots as CSV.
pub fn csv(meet: &Meet) -> csv::Sheet {
    let names = [
        "from",
        "to",
        "share",
        "share_min",
        "share_max",
        "observed",
        "free",
        "certainly_free",
        "busy",
        "unknown",
        "was",
    ];
    let number = |number: Option<f64>| number.map_or(CsvCell::Empty, CsvCell::own);
    let rows = meet.slots.iter().map(|slot| {
        vec![
            CsvCell::time(Some(slot.from)),
            CsvCell::time(Some(slot.to)),
            number(slot.share),
            number(slot.share_min),
            number(slot.share_max),
            CsvCell::own(slot.observed),
            CsvCell::own(slot.free),
            CsvCell::own(slot.certainly_free),
            CsvCell::own(slot.busy),
            CsvCell::own(slot.unknown),
            slot.was.map_or(CsvCell::Empty, CsvCell::own),
        ]
    });
    csv::Sheet::new(&names, rows)
}
