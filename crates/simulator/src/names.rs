//! What people's extensions are called: by department and colour, as in "Support Green".
//!
//! Pure. A name says where in the office a telephone stands, and is never one that a person could have: so no one can
//! take the office for real people, and no one real is in it.

use super::world::Extension;

/// What the company is called.
pub const COMPANY: &str = "Example, Inc.";

/// What the first extension is called, the administrator's.
pub(super) const FIRST: &str = "Front desk";

/// What a department's extensions are called, before the colour.
const PLACES: [(Option<&str>, &str); 6] = [
    (Some("Support"), "Support"),
    (Some("Sales"), "Sales"),
    (Some("Engineering"), "Workshop"),
    (Some("Operations"), "Warehouse"),
    (Some("Finance"), "Accounts"),
    (None, "Office"),
];

/// Colours that are not first names.
const COLOURS: [&str; 20] = [
    "Green",
    "Blue",
    "Red",
    "Orange",
    "Yellow",
    "Purple",
    "Teal",
    "Turquoise",
    "Cyan",
    "Magenta",
    "Beige",
    "Lime",
    "Navy",
    "Maroon",
    "Ochre",
    "Bronze",
    "Copper",
    "Crimson",
    "Azure",
    "Khaki",
];

/// Names everyone who works, by rising id; the first is the [`FIRST`]. No two names are equal: when a department runs out
/// of colours, a number follows.
pub(super) fn give(extensions: &mut [Extension]) {
    let mut counts = [0_usize; PLACES.len()];
    for (index, extension) in extensions.iter_mut().enumerate() {
        if !extension.is_person() {
            continue;
        }
        let profile = &mut extension.profiles[0].1;
        if profile.status != "Enabled" {
            continue;
        }
        if index == 0 {
            profile.name = Some(FIRST.to_owned());
            continue;
        }
        let known = PLACES
            .iter()
            .position(|(department, _)| *department == profile.department);
        let place = known.unwrap_or(PLACES.len() - 1);
        profile.name = Some(name(PLACES[place].1, counts[place]));
        counts[place] += 1;
    }
}

/// The name of a place's extension, counted from 0.
fn name(place: &str, count: usize) -> String {
    let colour = COLOURS[count % COLOURS.len()];
    match count / COLOURS.len() {
        0 => format!("{place} {colour}"),
        round => format!("{place} {colour} {}", round + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::world::{OfficeConfig, World};
    use super::*;

    #[test]
    fn a_department_that_runs_out_of_colours_counts_on() {
        let names = [0, 1, 19, 20, 40].map(|count| name("Support", count));
        assert_eq!(
            names,
            [
                "Support Green",
                "Support Blue",
                "Support Khaki",
                "Support Green 2",
                "Support Green 3"
            ]
        );
    }

    #[test]
    fn everyone_has_a_name_of_their_own_that_is_no_persons() {
        let world = World::new(OfficeConfig {
            extensions: 1_000,
            ..OfficeConfig::default()
        });
        let mut given = HashSet::new();
        let known: Vec<&str> = PLACES.iter().map(|(_, place)| *place).collect();
        for one in world.extensions() {
            let profile = &one.profiles[0].1;
            if !one.is_person() || profile.status != "Enabled" {
                continue;
            }
            let name = profile.name.as_deref().expect("it is named");
            assert!(given.insert(name), "{name} twice");
            let words: Vec<&str> = name.split(' ').collect();
            let is_a_place = known.contains(&words[0]) && COLOURS.contains(&words[1]);
            assert!(is_a_place || name == FIRST, "{name}");
        }
        assert!(
            given.contains(FIRST) && given.len() > 800,
            "{}",
            given.len()
        );
    }
}
