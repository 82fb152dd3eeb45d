//! What a person is doing, and how the platform shows it.
//!
//! [`Condition`] is the simulator's own view of a person at one moment: small, `Copy`, and free of
//! the platform's words. [`Condition::shown`] translates it into [`TrueState`], the fields of a
//! presence record in the platform's words. The rule that makes `presenceStatus` out of the other
//! sources stands here once, in [`Condition::availability`].

use std::borrow::Cow;

/// What a person chose to show about themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// At work and reachable.
    Available,
    /// At work, not to be disturbed lightly.
    Busy,
    /// Not at work, or hidden.
    Offline,
}

impl Chosen {
    /// Gives the platform's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Busy => "Busy",
            Self::Offline => "Offline",
        }
    }
}

/// What a telephone is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing.
    Idle,
    /// A call comes in and no one has answered it yet.
    Ringing,
    /// In a conversation.
    Talking,
    /// In a call that waits.
    Holding,
}

impl Line {
    /// Gives the platform's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Idle => "NoCall",
            Self::Ringing => "Ringing",
            Self::Talking => "CallConnected",
            Self::Holding => "OnHold",
        }
    }
}

/// Which calls a person lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// All calls come through.
    Nothing,
    /// Direct calls come through, calls of queues do not.
    QueueCalls,
    /// No call comes through.
    AllCalls,
}

impl Refusal {
    /// Gives the platform's word for `dndStatus`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "TakeAllCalls",
            Self::QueueCalls => "DoNotAcceptDepartmentCalls",
            Self::AllCalls => "DoNotAcceptAnyCalls",
        }
    }
}

/// A short text that a person shows next to their status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// At lunch until this minute of the local day.
    LunchUntil(u16),
    /// Away until this minute of the local day.
    BackAt(u16),
    /// Works on something that needs quiet.
    FocusTime,
    /// Works from home today.
    FromHome,
    /// In a meeting until this minute of the local day.
    MeetingUntil(u16),
}

impl Note {
    /// Gives the text, at most 75 characters.
    pub fn text(self) -> Cow<'static, str> {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        match self {
            Self::LunchUntil(minute) => format!("Lunch until {}", clock(minute)).into(),
            Self::BackAt(minute) => format!("Back at {}", clock(minute)).into(),
            Self::FocusTime => "Focus time, please write".into(),
            Self::FromHome => "Working from home".into(),
            Self::MeetingUntil(minute) => format!("In a meeting until {}", clock(minute)).into(),
        }
    }
}

/// What one person is doing at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What the person chose to show.
    pub chosen: Chosen,
    /// What the telephone is doing.
    pub line: Line,
    /// Whether a contact-centre call is going on; only for people who have that service.
    pub contact_centre_call: bool,
    /// Whether the person is in a video meeting.
    pub in_meeting: bool,
    /// Which calls are refused.
    pub refuses: Refusal,
    /// The text shown next to the status.
    pub note: Option<Note>,
}

impl Condition {
    /// Not at work: the condition before, between and after workdays.
    pub const AWAY: Self = Self {
        chosen: Chosen::Offline,
        line: Line::Idle,
        contact_centre_call: false,
        in_meeting: false,
        refuses: Refusal::Nothing,
        note: None,
    };

    /// At the desk with nothing going on.
    pub const AT_DESK: Self = Self {
        chosen: Chosen::Available,
        ..Self::AWAY
    };

    /// Decides what all sources together amount to: the platform's `presenceStatus`.
    ///
    /// Offline beats all; a conversation (held or not), a meeting, do-not-disturb or a chosen
    /// `Busy` make `Busy`; a telephone that merely rings changes nothing. The platform does not
    /// publish its formula; this one agrees with every payload it has published.
    pub fn availability(self) -> Chosen {
        let engaged = matches!(self.line, Line::Talking | Line::Holding)
            || self.contact_centre_call
            || self.in_meeting
            || self.refuses == Refusal::AllCalls;
        match self.chosen {
            Chosen::Offline => Chosen::Offline,
            Chosen::Busy => Chosen::Busy,
            Chosen::Available if engaged => Chosen::Busy,
            Chosen::Available => Chosen::Available,
        }
    }

    /// Translates this into the fields that a presence record of a person with `habits` shows.
    ///
    /// A person who hides their presence shows as someone who is not at work.
    pub fn shown(self, habits: Habits) -> TrueState {
        let seen = if habits.hides_presence {
            Self::AWAY
        } else {
            self
        };
        let all_lines = if seen.line == Line::Idle && seen.contact_centre_call {
            Line::Talking
        } else {
            seen.line
        };
        let contact_centre = if seen.contact_centre_call {
            Line::Talking
        } else {
            Line::Idle
        };
        let personal = if seen.refuses == Refusal::AllCalls {
            Refusal::AllCalls
        } else {
            Refusal::Nothing
        };
        let upgraded = habits.new_call_handling;
        TrueState {
            presence_status: seen.availability().word(),
            user_status: Some(seen.chosen.word()),
            telephony_status: Some(seen.line.word()),
            dnd_status: Some(seen.refuses.word()),
            meeting_status: Some(if seen.in_meeting {
                "Connected"
            } else {
                "Disconnected"
            }),
            message: seen.note.map(Note::text),
            dnd_status_personal: upgraded.then(|| personal.word()),
            accept_call_queue_calls: upgraded.then_some(seen.refuses != Refusal::QueueCalls),
            allow_see_my_presence: Some(!habits.hides_presence),
            caller_id_visibility: habits.caller_id_visibility,
            ring_on_monitored_call: Some(false),
            pick_up_calls_on_hold: Some(habits.picks_up_held_calls),
            cx_telephony_status: habits.contact_centre.then(|| contact_centre.word()),
            aggregated_telephony_status: habits.contact_centre.then(|| all_lines.word()),
        }
    }
}

/// What about a person's record does not change from hour to hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a person's settings"
)]
pub struct Habits {
    /// `allowSeeMyPresence` is false: others see `Offline` whatever happens.
    pub hides_presence: bool,
    /// The person has the newer call handling, whose fields then appear.
    pub new_call_handling: bool,
    /// The person has the contact-centre service, whose fields then appear.
    pub contact_centre: bool,
    /// `pickUpCallsOnHold`.
    pub picks_up_held_calls: bool,
    /// `callerIdVisibility`, where the record has it.
    pub caller_id_visibility: Option<&'static str>,
}

/// The fields of one presence record, in the platform's words; `None` is a field that is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueState {
    /// `presenceStatus`.
    pub presence_status: &'static str,
    /// `userStatus`.
    pub user_status: Option<&'static str>,
    /// `telephonyStatus`.
    pub telephony_status: Option<&'static str>,
    /// `dndStatus`.
    pub dnd_status: Option<&'static str>,
    /// `meetingStatus`.
    pub meeting_status: Option<&'static str>,
    /// `message`.
    pub message: Option<Cow<'static, str>>,
    /// `dndStatusPersonal`.
    pub dnd_status_personal: Option<&'static str>,
    /// `acceptCallQueueCalls`.
    pub accept_call_queue_calls: Option<bool>,
    /// `allowSeeMyPresence`.
    pub allow_see_my_presence: Option<bool>,
    /// `callerIdVisibility`.
    pub caller_id_visibility: Option<&'static str>,
    /// `ringOnMonitoredCall`.
    pub ring_on_monitored_call: Option<bool>,
    /// `pickUpCallsOnHold`.
    pub pick_up_calls_on_hold: Option<bool>,
    /// `cxTelephonyStatus`.
    pub cx_telephony_status: Option<&'static str>,
    /// `aggregatedTelephonyStatus`.
    pub aggregated_telephony_status: Option<&'static str>,
}

/// The names of all fields of a record that are a state, as the platform writes them.
pub const FACETS: [&str; 14] = [
    "presenceStatus",
    "userStatus",
    "telephonyStatus",
    "dndStatus",
    "meetingStatus",
    "message",
    "dndStatusPersonal",
    "acceptCallQueueCalls",
    "allowSeeMyPresence",
    "callerIdVisibility",
    "ringOnMonitoredCall",
    "pickUpCallsOnHold",
    "cxTelephonyStatus",
    "aggregatedTelephonyStatus",
];

impl TrueState {
    /// Extensions that are not people, and those no one has: `Offline` and nothing else.
    pub const NOT_A_PERSON: Self = Self {
        presence_status: "Offline",
        user_status: None,
        telephony_status: None,
        dnd_status: None,
        meeting_status: None,
        message: None,
        dnd_status_personal: None,
        accept_call_queue_calls: None,
        allow_see_my_presence: None,
        caller_id_visibility: None,
        ring_on_monitored_call: None,
        pick_up_calls_on_hold: None,
        cx_telephony_status: None,
        aggregated_telephony_status: None,
    };

    /// Finds the value of a field by the platform's name for it; booleans read `true` and `false`.
    ///
    /// `None` where the record lacks the field, or there is no field of that name.
    pub fn facet(&self, name: &str) -> Option<Cow<'static, str>> {
        let word = |value: Option<&'static str>| value.map(Cow::Borrowed);
        let switch =
            |value: Option<bool>| value.map(|on| Cow::Borrowed(if on { "true" } else { "false" }));
        match name {
            "presenceStatus" => word(Some(self.presence_status)),
            "userStatus" => word(self.user_status),
            "telephonyStatus" => word(self.telephony_status),
            "dndStatus" => word(self.dnd_status),
            "meetingStatus" => word(self.meeting_status),
            "message" => self.message.clone(),
            "dndStatusPersonal" => word(self.dnd_status_personal),
            "acceptCallQueueCalls" => switch(self.accept_call_queue_calls),
            "allowSeeMyPresence" => switch(self.allow_see_my_presence),
            "callerIdVisibility" => word(self.caller_id_visibility),
            "ringOnMonitoredCall" => switch(self.ring_on_monitored_call),
            "pickUpCallsOnHold" => switch(self.pick_up_calls_on_hold),
            "cxTelephonyStatus" => word(self.cx_telephony_status),
            "aggregatedTelephonyStatus" => word(self.aggregated_telephony_status),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(condition: Condition, expected: &str) {
        assert_eq!(condition.availability().word(), expected, "{condition:?}");
    }

    #[test]
    fn the_aggregate_follows_the_other_sources() {
        let desk = Condition::AT_DESK;
        check(desk, "Available");
        check(
            Condition {
                line: Line::Ringing,
                ..desk
            },
            "Available",
        );
        check(
            Condition {
                line: Line::Talking,
                ..desk
            },
            "Busy",
        );
        check(
            Condition {
                line: Line::Holding,
                ..desk
            },
            "Busy",
        );
        check(
            Condition {
                in_meeting: true,
                ..desk
            },
            "Busy",
        );
        check(
            Condition {
                contact_centre_call: true,
                ..desk
            },
            "Busy",
        );
        check(
            Condition {
                refuses: Refusal::AllCalls,
                ..desk
            },
            "Busy",
        );
        check(
            Condition {
                refuses: Refusal::QueueCalls,
                ..desk
            },
            "Available",
        );
        check(
            Condition {
                chosen: Chosen::Busy,
                line: Line::Ringing,
                ..desk
            },
            "Busy",
        );
        check(Condition::AWAY, "Offline");
        check(
            Condition {
                line: Line::Talking,
                in_meeting: true,
                ..Condition::AWAY
            },
            "Offline",
        );
    }

    #[test]
    fn a_hidden_person_always_shows_the_same() {
        let habits = Habits {
            hides_presence: true,
            ..Habits::default()
        };
        let talking = Condition {
            line: Line::Talking,
            note: Some(Note::FromHome),
            ..Condition::AT_DESK
        };
        assert_eq!(talking.shown(habits), Condition::AWAY.shown(habits));
        assert_eq!(
            talking.shown(habits).facet("allowSeeMyPresence").as_deref(),
            Some("false")
        );
        assert_eq!(talking.shown(habits).presence_status, "Offline");
    }

    #[test]
    fn newer_fields_come_only_with_the_newer_services() {
        let plain = Condition::AT_DESK.shown(Habits::default());
        assert_eq!(plain.dnd_status_personal, None);
        assert_eq!(plain.cx_telephony_status, None);
        let habits = Habits {
            new_call_handling: true,
            contact_centre: true,
            ..Habits::default()
        };
        let busy = Condition {
            contact_centre_call: true,
            ..Condition::AT_DESK
        }
        .shown(habits);
        assert_eq!(busy.telephony_status, Some("NoCall"));
        assert_eq!(busy.aggregated_telephony_status, Some("CallConnected"));
        assert_eq!(busy.accept_call_queue_calls, Some(true));
    }

    #[test]
    fn notes_fit_the_platforms_bound_and_every_facet_has_a_name() {
        for note in [
            Note::LunchUntil(780),
            Note::BackAt(1439),
            Note::FocusTime,
            Note::FromHome,
        ] {
            assert!(note.text().chars().count() <= 75);
        }
        assert_eq!(Note::LunchUntil(13 * 60).text(), "Lunch until 13:00");
        let full = Condition {
            note: Some(Note::FromHome),
            ..Condition::AT_DESK
        }
        .shown(Habits {
            new_call_handling: true,
            contact_centre: true,
            caller_id_visibility: Some("All"),
            ..Habits::default()
        });
        assert!(FACETS.iter().all(|name| full.facet(name).is_some()));
    }
}
