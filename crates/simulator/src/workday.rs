//! One person's working day: from the first click in the morning to the last in the evening.
//!
//! Pure: the same seed, person and date give the same day. A day is a list of [`Change`]s in rising
//! order of time, each to another [`Condition`], the last to [`Condition::AWAY`]. A shift belongs to
//! the local date it begins on and may run into the next.
//!
//! How a day is made: first what happens (calls, meetings, quiet hours, lunch), then the free time
//! between, spread at random over what the shift leaves. So a day never overruns its shift.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use super::rng::{Purpose, between, one_in, rng};
use super::status::{Chosen, Condition, Line, Note, Refusal};
use super::zones::{minute_of_day, moment};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60_000;

/// From `at_ms` (UTC, milliseconds since the epoch) on, a person is in `condition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The moment of the change.
    pub at_ms: i64,
    /// What holds from then on.
    pub condition: Condition,
}

/// When a person usually works, and what their day consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent traits of a person's work"
)]
pub struct Schedule {
    /// The local days on which a shift begins, Monday first.
    pub weekdays: [bool; 7],
    /// The local minute of the day at which a shift usually begins, below 1440.
    pub start_minute: u16,
    /// How long a shift usually takes, in minutes; at most 16 hours.
    pub length_minutes: u16,
    /// About how many changes of state a day has.
    pub changes_a_day: u16,
    /// Takes calls of a queue, and pauses them at times.
    pub in_queue: bool,
    /// Has contact-centre calls.
    pub contact_centre: bool,
    /// Joins video meetings.
    pub meets: bool,
    /// Likes to write a status message.
    pub writes_notes: bool,
    /// Is never ill, and has lunch at the desk: a team that works round the clock rests on it.
    pub is_relied_on: bool,
}

impl Schedule {
    /// Never at work: for extensions that no one uses.
    pub const NEVER: Self = Self {
        weekdays: [false; 7],
        start_minute: 0,
        length_minutes: 0,
        changes_a_day: 0,
        in_queue: false,
        contact_centre: false,
        meets: false,
        writes_notes: false,
        is_relied_on: false,
    };
}

/// Makes the shift that begins on `date`; empty on a day off.
///
/// About one working day in thirty is a day off (illness, leave), but of those who are relied on.
pub fn workday(
    seed: u64,
    extension_id: i64,
    schedule: &Schedule,
    date: Date,
    zone: &TimeZone,
) -> Vec<Change> {
    let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
    if !schedule.weekdays[weekday] {
        return Vec::new();
    }
    let mut rng = rng(
        seed,
        Purpose::Day,
        extension_id.cast_unsigned(),
        day_key(date),
    );
    if one_in(&mut rng, 30) && !schedule.is_relied_on {
        return Vec::new();
    }
    let Some(usual) = moment(date, schedule.start_minute, zone) else {
        return Vec::new();
    };
    let from_ms = usual + between(&mut rng, -12 * MINUTE_MS, 14 * MINUTE_MS);
    let length_ms = i64::from(schedule.length_minutes) * MINUTE_MS
        + between(&mut rng, -15 * MINUTE_MS, 20 * MINUTE_MS);
    let until_ms = from_ms + length_ms.max(30 * MINUTE_MS);
    let plan = Plan::draw(&mut rng, schedule, until_ms - from_ms);
    plan.play(&mut rng, from_ms, until_ms, zone)
}

/// Gives each date a number of its own, as the subkey of a generator.
pub(super) fn day_key(date: Date) -> u64 {
    let part = |value: i16| u64::from(value.unsigned_abs());
    part(date.year()) << 16 | part(date.month().into()) << 8 | part(date.day().into())
}

/// One thing that happens in a day.
#[derive(Clone, Copy, Debug)]
enum Activity {
    Call {
        rings_ms: i64,
        talks_ms: i64,
        holds_ms: i64,
    },
    MissedCall {
        rings_ms: i64,
    },
    ContactCentreCall {
        talks_ms: i64,
    },
    Meeting {
        lasts_ms: i64,
    },
    Quiet {
        lasts_ms: i64,
    },
    Occupied {
        lasts_ms: i64,
    },
    QueuePause {
        lasts_ms: i64,
        call_ms: i64,
    },
    Lunch {
        lasts_ms: i64,
        leaves: bool,
    },
}

impl Activity {
    fn lasts_ms(self) -> i64 {
        match self {
            Self::Call {
                rings_ms,
                talks_ms,
                holds_ms,
            } => rings_ms + talks_ms + holds_ms,
            Self::MissedCall { rings_ms } => rings_ms,
            Self::ContactCentreCall { talks_ms } => talks_ms,
            Self::Meeting { lasts_ms }
            | Self::Quiet { lasts_ms }
            | Self::Occupied { lasts_ms }
            | Self::Lunch { lasts_ms, .. } => lasts_ms,
            Self::QueuePause { lasts_ms, call_ms } => lasts_ms + call_ms,
        }
    }

    fn changes(self) -> u16 {
        match self {
            Self::Call {
                rings_ms, holds_ms, ..
            } => 2 + u16::from(rings_ms > 0) + if holds_ms > 0 { 2 } else { 0 },
            Self::QueuePause { .. } => 4,
            _ => 2,
        }
    }

    /// Draws one that is not lunch.
    fn draw(rng: &mut ChaCha8Rng, schedule: &Schedule) -> Self {
        let minutes =
            |rng: &mut ChaCha8Rng, low, high| between(rng, low * MINUTE_MS, high * MINUTE_MS);
        match rng.random_range(0..100) {
            0..6 if schedule.meets => Self::Meeting {
                lasts_ms: minutes(rng, 18, 58),
            },
            6..10 => Self::Quiet {
                lasts_ms: minutes(rng, 12, 45),
            },
            10..15 => Self::Occupied {
                lasts_ms: minutes(rng, 4, 25),
            },
            15..22 if schedule.in_queue => Self::QueuePause {
                lasts_ms: minutes(rng, 8, 30),
                call_ms: minutes(rng, 1, 7),
            },
            22..32 if schedule.contact_centre => Self::ContactCentreCall {
                talks_ms: minutes(rng, 2, 12),
            },
            32..44 => Self::MissedCall {
                rings_ms: between(rng, 5 * SECOND_MS, 28 * SECOND_MS),
            },
            _ => Self::draw_call(rng),
        }
    }

    /// Short calls are more frequent than long ones: the shorter of two draws.
    fn draw_call(rng: &mut ChaCha8Rng) -> Self {
        let outbound = one_in(rng, 4);
        let rings_ms = if outbound {
            0
        } else {
            between(rng, 2 * SECOND_MS, 18 * SECOND_MS)
        };
        let draw = |rng: &mut ChaCha8Rng| between(rng, MINUTE_MS, 20 * MINUTE_MS);
        let talks_ms = draw(rng).min(draw(rng));
        let holds_ms = if one_in(rng, 4) {
            between(rng, 9 * SECOND_MS, 150 * SECOND_MS)
        } else {
            0
        };
        Self::Call {
            rings_ms,
            talks_ms,
            holds_ms,
        }
    }
}

/// What happens in a day, in order, and the free time left between.
struct Plan {
    activities: Vec<Activity>,
    free_ms: i64,
    from_home: bool,
    notes: bool,
}

impl Plan {
    fn draw(rng: &mut ChaCha8Rng, schedule: &Schedule, shift_ms: i64) -> Self {
        let mut budget_ms = shift_ms * 4 / 5;
        let low = i64::from(schedule.changes_a_day) * 3 / 4;
        let high = i64::from(schedule.changes_a_day) * 5 / 4;
        let wanted = u16::try_from(between(rng, low, high)).unwrap_or(0);
        let lunch = (shift_ms > 6 * 60 * MINUTE_MS).then(|| Activity::Lunch {
            lasts_ms: between(rng, 24 * MINUTE_MS, 62 * MINUTE_MS),
            leaves: !one_in(rng, 3) && !schedule.is_relied_on,
        });
        budget_ms -= lunch.map_or(0, Activity::lasts_ms);
        let mut count = 2 + if lunch.is_some() { 2 } else { 0 };
        let mut activities = Vec::new();
        while count < wanted {
            let next = Activity::draw(rng, schedule);
            count += next.changes();
            if next.lasts_ms() <= budget_ms {
                budget_ms -= next.lasts_ms();
                activities.push(next);
            }
        }
        activities.shuffle(rng);
        if let Some(lunch) = lunch {
            activities.insert(activities.len() / 2, lunch);
        }
        let busy_ms: i64 = activities.iter().map(|activity| activity.lasts_ms()).sum();
        Self {
            activities,
            free_ms: shift_ms - busy_ms,
            from_home: schedule.writes_notes && one_in(rng, 4),
            notes: schedule.writes_notes,
        }
    }

    /// Puts the activities into the shift and writes down what changes.
    fn play(
        self,
        rng: &mut ChaCha8Rng,
        from_ms: i64,
        until_ms: i64,
        zone: &TimeZone,
    ) -> Vec<Change> {
        let base = Condition {
            note: self.from_home.then_some(Note::FromHome),
            ..Condition::AT_DESK
        };
        let weights: Vec<i64> = (0..=self.activities.len())
            .map(|_| between(rng, 20, 200))
            .collect();
        let total: i64 = weights.iter().sum();
        let mut day = Day {
            changes: Vec::new(),
            zone,
        };
        day.note(from_ms, base);
        let mut at_ms = from_ms;
        for (activity, weight) in self.activities.iter().zip(&weights) {
            at_ms += self.free_ms * weight / total;
            at_ms = day.play(rng, *activity, at_ms, base, self.notes);
        }
        day.note(until_ms, Condition::AWAY);
        day.changes
    }
}

/// A day being written down.
struct Day<'a> {
    changes: Vec<Change>,
    zone: &'a TimeZone,
}

impl Day<'_> {
    /// Notes a change; one that changes nothing, or does not come after the last, is left out.
    fn note(&mut self, at_ms: i64, condition: Condition) {
        let known = self.changes.last();
        if known.is_none_or(|last| last.at_ms < at_ms && last.condition != condition) {
            self.changes.push(Change { at_ms, condition });
        }
    }

    /// Writes one activity that begins at `at_ms`; gives the moment it ends.
    fn play(
        &mut self,
        rng: &mut ChaCha8Rng,
        activity: Activity,
        at_ms: i64,
        base: Condition,
        notes: bool,
    ) -> i64 {
        let until_ms = at_ms + activity.lasts_ms();
        match activity {
            Activity::Call {
                rings_ms,
                talks_ms,
                holds_ms,
            } => {
                self.call(rng, at_ms, base, [rings_ms, talks_ms, holds_ms]);
            }
            Activity::QueuePause { lasts_ms, call_ms } => {
                let paused = Condition {
                    refuses: Refusal::QueueCalls,
                    ..base
                };
                self.note(at_ms, paused);
                let call_at_ms = at_ms + between(rng, lasts_ms / 5, lasts_ms / 2);
                self.note(
                    call_at_ms,
                    Condition {
                        line: Line::Talking,
                        ..paused
                    },
                );
                self.note(call_at_ms + call_ms, paused);
            }
            steady => self.note(at_ms, self.during(steady, until_ms, base, notes)),
        }
        self.note(until_ms, base);
        until_ms
    }

    /// Finds the condition of an activity that is one condition from beginning to end.
    fn during(&self, activity: Activity, until_ms: i64, base: Condition, notes: bool) -> Condition {
        let remark = |word| self.remark(notes, until_ms, base, word);
        match activity {
            Activity::Call { .. } | Activity::QueuePause { .. } => base,
            Activity::MissedCall { .. } => Condition {
                line: Line::Ringing,
                ..base
            },
            Activity::ContactCentreCall { .. } => Condition {
                contact_centre_call: true,
                ..base
            },
            Activity::Meeting { .. } => Condition {
                in_meeting: true,
                note: remark(Note::MeetingUntil),
                ..base
            },
            Activity::Quiet { .. } => Condition {
                chosen: Chosen::Busy,
                refuses: Refusal::AllCalls,
                note: if notes {
                    Some(Note::FocusTime)
                } else {
                    base.note
                },
                ..base
            },
            Activity::Occupied { .. } => Condition {
                chosen: Chosen::Busy,
                note: remark(Note::BackAt),
                ..base
            },
            Activity::Lunch { leaves, .. } => {
                let chosen = if leaves {
                    Chosen::Offline
                } else {
                    Chosen::Busy
                };
                Condition {
                    chosen,
                    note: remark(Note::LunchUntil),
                    ..base
                }
            }
        }
    }

    /// Writes a call: rings, talk, perhaps a hold inside the talk.
    fn call(&mut self, rng: &mut ChaCha8Rng, at_ms: i64, base: Condition, parts_ms: [i64; 3]) {
        let [rings_ms, talks_ms, holds_ms] = parts_ms;
        if rings_ms > 0 {
            self.note(
                at_ms,
                Condition {
                    line: Line::Ringing,
                    ..base
                },
            );
        }
        let talk = Condition {
            line: Line::Talking,
            ..base
        };
        self.note(at_ms + rings_ms, talk);
        if holds_ms > 0 {
            let hold_at_ms = at_ms + rings_ms + between(rng, talks_ms / 4, talks_ms * 3 / 4);
            self.note(
                hold_at_ms,
                Condition {
                    line: Line::Holding,
                    ..base
                },
            );
            self.note(hold_at_ms + holds_ms, talk);
        }
    }

    /// Words a remark that names the next five minutes after `until_ms`, for those who write them.
    fn remark(
        &self,
        notes: bool,
        until_ms: i64,
        base: Condition,
        word: fn(u16) -> Note,
    ) -> Option<Note> {
        if !notes {
            return base.note;
        }
        let minute = minute_of_day(until_ms, self.zone);
        Some(word(minute.div_ceil(5) * 5 % 1440))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zones::time_zone;
    use jiff::civil::date;

    const OFFICE_DAY: Schedule = Schedule {
        weekdays: [true, true, true, true, true, false, false],
        start_minute: 9 * 60,
        length_minutes: 9 * 60,
        changes_a_day: 38,
        in_queue: true,
        contact_centre: false,
        meets: true,
        writes_notes: true,
        is_relied_on: false,
    };

    #[test]
    fn a_day_rises_ends_away_and_stays_inside_its_shift() {
        let zone = time_zone("Europe/Berlin");
        for extension in 1..200 {
            let day = workday(7, extension, &OFFICE_DAY, date(2026, 11, 3), &zone);
            let Some((first, last)) = day.first().zip(day.last()) else {
                continue;
            };
            assert!(day.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms));
            assert!(
                day.windows(2)
                    .all(|pair| pair[0].condition != pair[1].condition)
            );
            assert_eq!(last.condition, Condition::AWAY);
            assert!(last.at_ms - first.at_ms < 10 * 60 * MINUTE_MS);
        }
    }

    #[test]
    fn a_day_has_a_plausible_number_of_changes_and_is_repeatable() {
        let zone = time_zone("America/New_York");
        let day = |extension| workday(7, extension, &OFFICE_DAY, date(2026, 11, 3), &zone);
        let counts: Vec<usize> = (1..100).map(|extension| day(extension).len()).collect();
        let worked = counts.iter().filter(|count| **count > 0).count();
        let mean = counts.iter().sum::<usize>() / worked;
        assert!((25..=50).contains(&mean), "{mean}");
        assert_eq!(day(5), day(5));
        assert_ne!(day(5), day(6));
    }

    #[test]
    fn nobody_works_on_sunday() {
        let zone = time_zone("America/New_York");
        assert!(workday(7, 1, &OFFICE_DAY, date(2026, 11, 8), &zone).is_empty());
    }

    #[test]
    fn changes_do_not_fall_on_whole_minutes() {
        let zone = time_zone("America/New_York");
        let day: Vec<Change> = (1..20)
            .flat_map(|extension| workday(7, extension, &OFFICE_DAY, date(2026, 11, 3), &zone))
            .collect();
        let aligned = day
            .iter()
            .filter(|change| change.at_ms % 1_000 == 0)
            .count();
        assert!(aligned * 50 < day.len(), "{aligned} of {}", day.len());
    }
}
