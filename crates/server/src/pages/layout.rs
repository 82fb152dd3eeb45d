//! What is around every page: where one can go, in which zone times are, and what the page rests on.

use super::calendar_range::CalendarRange;
use super::fields::Fields;
use super::language::{Reading, languages};
use super::together::{REQUIRED, VALUE};
use crate::access::Identity;
use crate::state::AppState;
use presence_texts::Texts;

/// What is around a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The texts of the language that the reader reads.
    pub(super) texts: Texts,
    /// The page in other languages.
    pub(super) languages: Vec<Link>,
    /// The title of the page.
    pub(super) title: String,
    /// What stands in front of every path; empty if nothing does.
    pub(super) root: String,
    /// The address of the first page.
    pub(super) home: String,
    /// Where one can go.
    pub(super) links: Vec<Link>,
    /// Who has signed in.
    pub(super) signed_in: Option<String>,
    /// Which part of the log the page rests on.
    pub(super) rests_on: String,
}

impl Layout {
    /// What is around a page that asks nothing of the history; `here` is the path of the menu's page.
    pub(super) fn of(
        state: &AppState,
        identity: Option<&Identity>,
        reading: &Reading,
        fields: &Fields,
        here: &str,
        title: &str,
    ) -> Self {
        let root = state.path("");
        let texts = reading.texts;
        let signed_in = identity.filter(|identity| identity.is_session);
        Self {
            texts,
            languages: languages(&root, texts, &reading.address),
            title: title.to_owned(),
            home: home(&root, fields),
            links: links(texts, &root, here, fields, None),
            signed_in: signed_in.map(|identity| identity.name.clone()),
            root,
            rests_on: String::new(),
        }
    }

    /// A message.
    pub(super) fn say(&self, id: &str) -> String {
        self.texts.say(id)
    }

    /// A message about a `count`.
    pub(super) fn count(&self, id: &str, count: usize) -> String {
        self.texts.with(id, &[("count", count.into())])
    }
}

/// A place to go to.
#[derive(Clone, Debug, Default)]
pub(super) struct Link {
    /// What it is called.
    pub(super) name: String,
    /// Its address.
    pub(super) href: String,
    /// Whether it is the page itself.
    pub(super) is_here: bool,
    /// How it is related to the page.
    pub(super) rel: Option<&'static str>,
    /// The language that it leads to, where that is another one.
    pub(super) language: Option<&'static str>,
    /// Whether it leads to a longer stretch of time around the one that is shown.
    pub(super) is_zoom_out: bool,
}

impl Link {
    /// A place to go to.
    pub(super) fn new(name: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            href: href.into(),
            ..Self::default()
        }
    }

    /// The same, if it is the page itself.
    pub(super) fn here(self, is_here: bool) -> Self {
        Self { is_here, ..self }
    }

    /// The same, in the language with this tag.
    pub(super) fn in_language(self, tag: &'static str) -> Self {
        Self {
            language: Some(tag),
            ..self
        }
    }

    /// The same, to a longer stretch of time around the one that is shown.
    pub(super) fn zooming_out(self) -> Self {
        Self {
            is_zoom_out: true,
            ..self
        }
    }

    /// The same, as the one before or after the page.
    pub(super) fn related(self, rel: &'static str) -> Self {
        Self {
            rel: Some(rel),
            ..self
        }
    }
}

/// Who is asked about.
const WHO: [&str; 4] = ["department", "site", "queue", "person"];
/// What states are told apart by.
const BY: [&str; 2] = ["facet", "policy"];
/// Which hours count.
const HOURS: [&str; 2] = ["hours", "calendar"];
/// Which part of the log is believed.
const KNOWN: [&str; 2] = ["as-of", "as-known-at"];

/// A page that every page leads to.
struct Place {
    /// The message with its name.
    name: &'static str,
    path: &'static str,
    /// What it understands of what another page is asked for.
    keeps: &'static [&'static [&'static str]],
    /// Whether it shows a stretch of time.
    has_time: bool,
}

const fn place(
    name: &'static str,
    path: &'static str,
    keeps: &'static [&'static [&'static str]],
) -> Place {
    Place {
        name,
        path,
        keeps,
        has_time: false,
    }
}

const fn place_in_time(
    name: &'static str,
    path: &'static str,
    keeps: &'static [&'static [&'static str]],
) -> Place {
    Place {
        has_time: true,
        ..place(name, path, keeps)
    }
}

/// Where the team is shown.
const TEAM: &str = "/day";

/// The pages that every page leads to.
const PLACES: [Place; 15] = [
    place("menu-now", "/", &[&WHO, &BY]),
    place_in_time(
        "menu-team",
        TEAM,
        &[&WHO, &BY, &HOURS, &KNOWN, &[VALUE, REQUIRED]],
    ),
    place("menu-people", "/people", &[&WHO]),
    place_in_time("menu-report", "/report", &[&WHO, &BY, &HOURS, &KNOWN]),
    place_in_time(
        "menu-staffing",
        "/staffing",
        &[&WHO, &BY, &HOURS, &KNOWN, &[VALUE, REQUIRED]],
    ),
    place_in_time(
        "menu-heatmap",
        "/heatmap",
        &[&WHO, &BY, &HOURS, &KNOWN, &[VALUE]],
    ),
    place("menu-route", "/route", &[&WHO, &["policy"], &KNOWN]),
    place("menu-meet", "/meet", &[&WHO, &["policy", "hours"], &KNOWN]),
    place_in_time("menu-policies", "/policies", &[&WHO, &HOURS]),
    place_in_time("menu-changes", "/changes", &[&WHO, &KNOWN]),
    place("menu-proof", "/explain", &[&BY, &KNOWN]),
    place_in_time("menu-health", "/health", &[]),
    place("menu-access-log", "/access-log", &[]),
    place("menu-accounts", "/accounts", &[]),
    place("menu-api", "/api", &[]),
];

/// Links to all pages, which keep what these understand of what the page is asked for, and the stretch of time that it
/// shows; `here` is the path of the one that is shown.
pub(super) fn links(
    texts: Texts,
    root: &str,
    here: &str,
    fields: &Fields,
    range: Option<CalendarRange>,
) -> Vec<Link> {
    let links = PLACES.iter().map(|place| {
        let kept: Vec<&str> = place.keeps.concat();
        let kept = fields.only(&kept).and_zone(fields);
        let range = range.filter(|_| place.has_time);
        let href = match range {
            Some(CalendarRange::Period(period)) if place.path == TEAM => {
                kept.address(&format!("{root}/{}", period.path()))
            }
            Some(range) if place.path == TEAM => {
                range.asked(&kept).address(&format!("{root}/span"))
            }
            Some(range) => range.asked(&kept).address(&format!("{root}{}", place.path)),
            None => kept.address(&format!("{root}{}", place.path)),
        };
        Link::new(texts.say(place.name), href).here(place.path == here)
    });
    links.collect()
}

/// The address of the first page, which keeps what [`links`] keep.
pub(super) fn home(root: &str, fields: &Fields) -> String {
    let kept: Vec<&str> = PLACES[0].keeps.concat();
    fields
        .only(&kept)
        .and_zone(fields)
        .address(&format!("{root}/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::period::{Period, Unit};

    fn hrefs(query: &str, range: Option<CalendarRange>) -> Vec<String> {
        let links = links(Texts::english(), "", "/", &Fields::read(Some(query)), range);
        links.into_iter().map(|link| link.href).collect()
    }

    #[test]
    fn a_page_is_led_to_with_all_that_it_understands() {
        let week = Period::parse(Unit::Week, "2026-W45").map(CalendarRange::Period);
        let query = "department=Support&policy=cover&hours=Mo-Fr+09:00-17:00&required=5&value=on&by=day&zone=UTC&account=5";
        let hours = "hours=Mo-Fr+09%3A00-17%3A00";
        let time = "from=2026-11-02&to=2026-11-09";
        assert_eq!(
            hrefs(query, week),
            [
                "/?department=Support&policy=cover&account=5&zone=UTC".to_owned(),
                format!(
                    "/week/2026-W45?department=Support&policy=cover&{hours}&required=5&value=on&account=5&zone=UTC"
                ),
                "/people?department=Support&account=5&zone=UTC".to_owned(),
                format!(
                    "/report?department=Support&policy=cover&{hours}&account=5&zone=UTC&{time}"
                ),
                format!(
                    "/staffing?department=Support&policy=cover&{hours}&required=5&value=on&account=5&zone=UTC&{time}"
                ),
                format!(
                    "/heatmap?department=Support&policy=cover&{hours}&value=on&account=5&zone=UTC&{time}"
                ),
                "/route?department=Support&policy=cover&account=5&zone=UTC".to_owned(),
                format!("/meet?department=Support&policy=cover&{hours}&account=5&zone=UTC"),
                format!("/policies?department=Support&{hours}&account=5&zone=UTC&{time}"),
                format!("/changes?department=Support&account=5&zone=UTC&{time}"),
                "/explain?policy=cover&account=5&zone=UTC".to_owned(),
                format!("/health?account=5&zone=UTC&{time}"),
                "/access-log?account=5&zone=UTC".to_owned(),
                "/accounts?account=5&zone=UTC".to_owned(),
                "/api?account=5&zone=UTC".to_owned(),
            ]
        );
    }

    #[test]
    fn any_stretch_of_time_is_kept() {
        let days = CalendarRange::Days {
            first: "2026-11-03".parse().expect("a date"),
            after: "2026-11-06".parse().expect("a date"),
        };
        let hrefs = hrefs("from=-3d&to=now", Some(days));
        assert_eq!(hrefs[1], "/span?from=2026-11-03&to=2026-11-06");
        assert_eq!(hrefs[3], "/report?from=2026-11-03&to=2026-11-06");
        assert_eq!(hrefs[0], "/");
    }
}
