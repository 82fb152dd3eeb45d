//! Parts of a whole in percent: the one place where they are written.
//!
//! **Invariant:** what is not all is never written as 100, and what is not nothing never as 0, however few places there
//! are; a lower bound is rounded down, and an upper one up.

/// `94 %` of a whole; `<1 %`, `>99 %` next to nothing and to all; nothing where there is no whole.
pub fn percent(part: i64, whole: i64) -> String {
    percent_to(part, whole, 0)
}

/// The same to some decimal places: `93.1 %`, `>99.9 %`.
pub fn percent_to(part: i64, whole: i64, places: u32) -> String {
    match figure(part, whole, places, Rounding::Nearest) {
        figure if figure.is_empty() => figure,
        figure => format!("{figure} %"),
    }
}

/// The same without the sign, where a heading has it.
pub fn bare(part: i64, whole: i64) -> String {
    figure(part, whole, 0, Rounding::Nearest)
}

/// The bounds of a part, without the sign: `92.0–94.4`.
pub fn bounds(min: i64, max: i64, whole: i64, places: u32) -> String {
    format!(
        "{}–{}",
        figure(min, whole, places, Rounding::Down),
        figure(max, whole, places, Rounding::Up)
    )
}

/// A part that someone has chosen, from 0 to 1, with as many places as it has: `80 %`, `99.95 %`.
pub fn chosen(part: f64) -> String {
    let text = format!("{:.6}", part * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A difference of two parts, from -1 to 1, in points: `+2.3`, `<+0.1`.
pub fn points(difference: f64) -> String {
    let (sign, size) = if difference < 0.0 {
        ('-', -difference * 100.0)
    } else {
        ('+', difference * 100.0)
    };
    let rounded = format!("{size:.1}");
    match rounded.as_str() {
        "0.0" if size > 0.0 => format!("<{sign}0.1"),
        "100.0" if size < 100.0 => format!(">{sign}99.9"),
        _ => format!("{sign}{rounded}"),
    }
}

/// Which way a figure is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rounding {
    Nearest,
    /// Of what is certain.
    Down,
    /// Of what is possible.
    Up,
}

/// So many places are written at most.
const PLACES_MAX: u32 = 6;

fn figure(part: i64, whole: i64, places: u32, rounding: Rounding) -> String {
    if whole <= 0 {
        return String::new();
    }
    let unit = 10_i128.pow(places.min(PLACES_MAX));
    let (part, whole) = (i128::from(part.max(0)), i128::from(whole));
    let scaled = part * 100 * unit;
    let rounded = match rounding {
        Rounding::Nearest => (2 * scaled + whole) / (2 * whole),
        Rounding::Down => scaled / whole,
        Rounding::Up => (scaled + whole - 1) / whole,
    };
    let all = 100 * unit;
    if rounded == 0 && part > 0 {
        return format!("<{}", written(1, unit));
    }
    match rounded == all {
        true if part < whole => format!(">{}", written(all - 1, unit)),
        // More than all: time outside the schedule may count.
        true if part > whole => format!(">{}", written(all, unit)),
        _ => written(rounded, unit),
    }
}

/// A count of units, of which so many make a percent.
fn written(units: i128, unit: i128) -> String {
    let (whole, rest) = (units / unit, units % unit);
    if unit == 1 {
        return whole.to_string();
    }
    let width = usize::try_from(unit.ilog10()).unwrap_or(0);
    format!("{whole}.{rest:0width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_do_not_round_to_nothing_or_all() {
        assert_eq!(percent(1, 1_000), "<1 %");
        assert_eq!(percent(996, 1_000), ">99 %");
        assert_eq!(percent(999_999, 1_000_000), ">99 %");
        assert_eq!(percent(0, 10), "0 %");
        assert_eq!(percent(10, 10), "100 %");
        assert_eq!(percent(945, 1_000), "95 %");
        assert_eq!(percent(944, 1_000), "94 %");
        assert_eq!(percent(5, 0), "");
        assert_eq!(percent_to(999_901, 1_000_000, 1), ">99.9 %");
        assert_eq!(percent_to(1, 1_000_000, 1), "<0.1 %");
        assert_eq!(percent_to(931, 1_000, 1), "93.1 %");
        assert_eq!(percent_to(1, 16, 2), "6.25 %");
        assert_eq!(percent_to(i64::MAX, i64::MAX, 2), "100.00 %");
        assert_eq!(bare(999, 1_000), ">99");
    }

    #[test]
    fn more_than_all_is_not_all() {
        assert_eq!(percent_to(100_001, 100_000, 1), ">100.0 %");
        assert_eq!(percent_to(1_234, 1_000, 1), "123.4 %");
    }

    #[test]
    fn bounds_are_rounded_outwards() {
        assert_eq!(bounds(9_205, 9_431, 10_000, 1), "92.0–94.4");
        // 99.98 % is certain, and all is possible.
        assert_eq!(bounds(9_998, 10_000, 10_000, 1), "99.9–100.0");
        assert_eq!(bounds(0, 9_999, 10_000, 1), "0.0–>99.9");
        assert_eq!(bounds(1, 1, 10_000, 1), "<0.1–0.1");
        assert_eq!(bounds(0, 0, 10_000, 0), "0–0");
    }

    #[test]
    fn what_is_chosen_is_written_as_it_was() {
        let written = [0.8, 0.999, 0.9995, 1.0, 0.0, 0.07].map(chosen);
        assert_eq!(
            written,
            ["80 %", "99.9 %", "99.95 %", "100 %", "0 %", "7 %"]
        );
    }

    #[test]
    fn points_do_not_round_to_nothing_or_all() {
        let written = [0.023, -0.1, 0.0, 0.0004, -0.000_001, 1.0, -0.9999].map(points);
        assert_eq!(
            written,
            [
                "+2.3", "-10.0", "+0.0", "<+0.1", "<-0.1", "+100.0", ">-99.9",
            ]
        );
    }
}
