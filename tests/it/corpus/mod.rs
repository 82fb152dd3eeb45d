//! The corpus of `tests/corpus`: questions in every way that they can be asked, and the stored answers. It finds every
//! unintended change of an answer, in whatever part it is.
//!
//! `scripts/compare-answers` asks two programs all questions. Here, some of them are asked of a small store on both
//! databases, and compared with the answers in `tests/corpus/answers`.

mod answers;
mod home;
mod questions;

use std::thread;

use self::answers::{Written, check, differences, text};
use self::home::Home;
use self::questions::of_store;

/// The lists that a store is asked, in order.
fn lists(store: &str) -> Vec<String> {
    let lists = of_store(store, "ask").concat();
    lists.split(' ').map(str::to_owned).collect()
}

fn asked(home: &Home, lists: &[String]) -> Vec<(String, Written)> {
    home.ask(&lists.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Asks a store on both databases, and compares the answers with each other and with the stored ones.
#[track_caller]
fn check_store(name: &str, prepare: fn(Home) -> Home) {
    let lists = lists(name);
    let [of_file, of_postgres] = thread::scope(|scope| {
        let lists = &lists;
        let of_file = scope.spawn(move || text(&asked(&prepare(Home::with_file(name)), lists)));
        let of_postgres =
            scope.spawn(move || text(&asked(&prepare(Home::with_database(name)), lists)));
        [of_file, of_postgres].map(|asked| asked.join().expect("every question is asked"))
    });
    let different = differences(&of_file, &of_postgres);
    assert!(
        different.is_empty(),
        "{} questions are answered in another way on Postgres (+) than on SQLite (-):\n{}",
        different.len(),
        different.concat()
    );
    check(name, &of_file);
}

#[test]
fn an_office_is_answered_as_before() {
    check_store("office", |home| home.with_part_of_log().with_tokens());
}

#[test]
fn a_store_of_two_accounts_is_answered_as_before() {
    check_store("two", Home::with_tokens);
}

#[test]
fn help_usage_and_recording_are_as_before() {
    let home = Home::with_file("program");
    check("program", &text(&asked(&home, &lists("program"))));
}
