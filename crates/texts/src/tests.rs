use std::collections::BTreeSet;

use fluent_bundle::FluentResource;

use super::*;

#[test]
fn every_file_can_be_read_whole() {
    for (tag, text) in FILES {
        let read = FluentResource::try_new(text.to_owned());
        let errors = read.map_err(|(_, errors)| errors).err();
        assert_eq!(errors, None, "{tag}");
        let mut ids = BTreeSet::new();
        for id in LANGUAGES
            .iter()
            .find(|language| language.tag == tag)
            .expect("it is there")
            .ids()
        {
            assert!(ids.insert(id), "{tag} has {id} twice");
        }
    }
}

#[test]
fn every_language_has_every_message_with_the_same_variables() {
    let english = &LANGUAGES[0];
    for language in LANGUAGES.iter().skip(1) {
        let ids: BTreeSet<&str> = english.ids().collect();
        let others: BTreeSet<&str> = language.ids().collect();
        let differing: Vec<_> = ids.symmetric_difference(&others).collect();
        assert!(differing.is_empty(), "{}: {differing:?}", language.tag);
        for id in ids {
            assert_eq!(
                english.variables(id),
                language.variables(id),
                "{}: {id}",
                language.tag
            );
        }
    }
}

#[test]
fn the_most_wanted_language_that_is_there_is_spoken() {
    let tag = |header| Texts::accepted(header).tag();
    assert_eq!(tag("de-AT,de;q=0.9,en;q=0.5"), "de");
    assert_eq!(tag("fr, en;q=0.8, de;q=0.3"), "en");
    assert_eq!(tag("fr"), "en");
    assert_eq!(tag(""), "en");
    assert_eq!(tag("DE"), "de");
    assert_eq!(Texts::of_tag("tlh"), None);
}

#[test]
fn numbers_and_dates_are_written_as_the_language_does() {
    let german = Texts::of_tag("de").expect("German is there");
    assert_eq!(Texts::english().number(1_234_567), "1,234,567");
    assert_eq!(german.number(-1_234), "-1.234");
    assert_eq!(Texts::english().decimal(0.25, 1), "0.2");
    assert_eq!(german.decimal(2.5, 1), "2,5");
    assert_eq!(Texts::english().date(2026, 11, 4), "2026-11-04");
    assert_eq!(german.date(2026, 11, 4), "04.11.2026");
    assert_eq!(
        say!(Texts::english(), "extensions", count = 1),
        "1 extension"
    );
    assert_eq!(
        say!(german, "extensions", count = 12_345),
        "12.345 Nebenstellen"
    );
}

#[test]
fn what_is_nowhere_is_shown_by_its_id() {
    assert_eq!(
        Texts::english().say("nothing-of-this-name"),
        "nothing-of-this-name"
    );
    assert_eq!(Texts::english().find("nothing-of-this-name"), None);
}
