//! `docs/sql.md`: every statement runs and agrees with the program; every column of every view is documented.

mod amounts;
mod changes;
mod columns;
mod datasette;
mod days;
mod document;
mod exports;
mod grafana;
mod moments;
mod queues;
mod runs;
mod sweeps;
mod world;

use self::world::World;
use crate::store::database::{PostgresDatabase, SqliteFile};

/// The histories to ask; each has all kinds of events.
const SEEDS: [u64; 3] = [71, 73, 88];

/// Makes a test for each question, and the list of the tested questions. A check compares the statement's answer with
/// the program's and returns how much it compared.
macro_rules! questions {
    ($($title:literal => $module:ident::$check:ident),+ $(,)?) => {
        const TITLES: &[&str] = &[$($title),+];
        mod sqlite {
            $(
                #[tokio::test]
                async fn $check() {
                    let mut compared = 0;
                    for seed in super::SEEDS {
                        let world = super::World::new(super::SqliteFile::new(), seed).await;
                        compared += super::$module::$check(&world, $title).await;
                    }
                    assert!(compared > 0, "there was nothing to compare");
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $check() {
                    let mut compared = 0;
                    for seed in super::SEEDS {
                        let world = super::World::new(super::PostgresDatabase::new(), seed).await;
                        compared += super::$module::$check(&world, $title).await;
                    }
                    assert!(compared > 0, "there was nothing to compare");
                }
            )+
        }
    };
}

questions! {
    "Who was available at a given time?" => moments::available_at,
    "What did everyone show at a given time, and who was not known?" => moments::everybody_at,
    "What could a person have shown at a given time, within the bounds?" => moments::possible_at,
    "How long did each status last, per person?" => amounts::per_person,
    "How long at least, and at most?" => amounts::bounds,
    "How much of the time is anything known, per person?" => amounts::known,
    "How long did each status last, per hour (UTC)?" => amounts::per_hour,
    "How long did each status last, per department as it was then?" => amounts::per_department,
    "How long did each status last, per call queue as it was then?" => amounts::per_queue,
    "When was a person first and last available?" => amounts::first_and_last,
    "What was the longest time on do-not-disturb?" => runs::longest_do_not_disturb,
    "How many were available at each quarter hour?" => moments::each_quarter_hour,
    "When were most people on a call at once?" => runs::most_on_a_call,
    "How long were people on a call while on do-not-disturb?" => runs::calls_on_do_not_disturb,
    "How many calls did people have, and how long were they?" => runs::calls,
    "What changed for one person, step by step?" => changes::step_by_step,
    "How often did the status change, per person?" => amounts::transitions,
    "Who is flapping: several changes of status within a quarter of an hour?" => changes::flapping,
    "From which status to which, and how often?" => changes::from_to,
    "Who switched do-not-disturb on, and when?" => changes::do_not_disturb_on,
    "What changed during a gap?" => changes::while_blind,
    "Which changes are the least certain in time?" => changes::least_certain,
    "Who appeared or disappeared?" => changes::come_and_gone,
    "What did we know at a given time?" => sweeps::known_then,
    "How old is the latest data about everyone?" => sweeps::stale,
    "When is there no data?" => sweeps::gaps,
    "Which sweeps failed or were partial, and why?" => sweeps::not_complete,
    "How late was a sweep recorded, and how far apart are the clocks?" => sweeps::lateness,
    "Which status messages did a person show?" => runs::messages,
    "Which values were ever seen, and since when?" => changes::values_seen,
    "How did a person's name, department or queues change?" => changes::profiles,
    "How long after a call was a person available again?" => runs::available_after_a_call,
    "How long did each status last, per person and local day?" => days::per_day,
    "How much of each month was a person available, at least and at most?" => days::per_month,
    "On which days is too little known to compare people?" => days::little_known,
    "On which weekday are people available the longest?" => days::weekdays,
    "Who is signed in to a call queue now?" => queues::signed_in_now,
    "How long was each member signed in, per day (UTC)?" => queues::signed_in_per_day,
    "When were fewer than three signed in to a call queue?" => queues::fewer_than_three,
    "For how long were at least three ready for the calls of a queue, and when not?" => queues::three_ready,
    "How well was each call queue observed?" => queues::observed,
}

#[test]
fn every_question_is_tested() {
    let documented: Vec<String> = document::questions()
        .into_iter()
        .map(|question| question.title)
        .collect();
    assert_eq!(documented, TITLES);
}
