//! Misspelt addresses of a server: they are refused, never shown with their password, and never create a file.

use super::support::Place;

/// Addresses, each with the password `hush7`.
const MISSPELT: [&str; 12] = [
    "postgres//u:hush7@h",
    "postgres:/u:hush7@h/db",
    "postgresql:u:hush7@",
    "POSTGRES://u:hush7@h/db",
    "postgress://u:hush7@h/db",
    "u:hush7@h/db",
    "jdbc:postgresql://h/db?user=u&password=hush7",
    "host=127.0.0.1 dbname=office user=x password=hush7",
    "host = 127.0.0.1 password = hush7",
    "Host=h;Username=u;Password=hush7",
    "mysql://u:hush7@h/db",
    "sqlite:postgres://u:hush7@h/db",
];

fn files(place: &Place) -> Vec<String> {
    let entries = std::fs::read_dir(place.path()).expect("the folder is there");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("it reads")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[track_caller]
fn check(place: &Place, arguments: &[&str], variables: &[(&str, &str)], code: i32) {
    let before = files(place);
    let mut command = place.command(arguments);
    command.envs(variables.iter().copied());
    let ran = super::support::Ran::from_command(&mut command);
    assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.shown());
    let shown = ran.shown();
    assert!(!shown.contains("hush7"), "{arguments:?}: {shown}");
    assert_eq!(files(place), before, "{arguments:?}");
}

#[test]
fn a_misspelt_address_is_refused_without_its_password() {
    let place = Place::empty();
    place.write("one.ndjson", "");
    for misspelt in MISSPELT {
        for command in [
            &["import", "one.ndjson"][..],
            &["migrate"],
            &["at", "now"],
            &["doctor", "--offline"],
            &["rebuild", "--check"],
            &["config", "show"],
        ] {
            check(&place, &[command, &["--store", misspelt]].concat(), &[], 2);
        }
        check(
            &place,
            &["import", "one.ndjson"],
            &[("PRESENCE_STORE", misspelt)],
            2,
        );
        for (from, to) in [(misspelt, "sqlite:b.db"), ("sqlite:a.db", misspelt)] {
            check(&place, &["copy", "--from", from, "--to", to], &[], 2);
        }
        // The message quotes an argument that does not belong to an option.
        check(&place, &["migrate", misspelt], &[], 2);
    }
}

#[test]
fn a_misspelt_address_in_the_configuration_is_not_shown() {
    let place = Place::empty();
    place.write("one.ndjson", "");
    for misspelt in MISSPELT {
        let line = format!("store = {misspelt:?}\n");
        place.write("presence.toml", &line);
        check(&place, &["import", "one.ndjson"], &[], 1);
        check(&place, &["migrate"], &[], 1);
    }
}

#[test]
fn an_address_is_shown_without_its_password() {
    let place = Place::empty();
    for address in [
        "postgres://u:hush7@127.0.0.1:1/db",
        "postgres://127.0.0.1:1/db?user=u&password=hush7",
        "postgres://127.0.0.1:1/db?user=u&password=s@hush7",
        "postgres://127.0.0.1:1/db?user=u&%70assword=hush7",
        "postgres://u:hush7@127.0.0.1:99999/db",
        "postgres://u:hush7@127.0.0.1:1",
        "postgres://u:hush7@127.0.0.1:1/db?schema=A%20B",
        "postgres://u:hush7@127.0.0.1:1/db?sslmode=odd",
    ] {
        check(&place, &["migrate", "--store", address], &[], 1);
        check(&place, &["import", address], &[], 1);
        let shown = place.run(&["config", "show", "--store", address]);
        assert!(!shown.shown().contains("hush7"), "{}", shown.shown());
        let quoted = place.run(&["migrate", "--writer", address, address]);
        assert!(!quoted.shown().contains("hush7"), "{}", quoted.shown());
    }
}
