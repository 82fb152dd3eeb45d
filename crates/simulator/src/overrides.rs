//! What a person set through the platform: the overrides of PUT presence.
//!
//! Pure. An override lies over what the simulated person does and lasts until the next; the
//! [`truth`](super::truth) knows nothing of it.

use std::borrow::Cow;

use serde_json::Value;

use super::refusal::Refused;
use super::status::TrueState;

/// The settings that a person changed; `None` leaves the person's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Override {
    user_status: Option<&'static str>,
    dnd_status: Option<&'static str>,
    dnd_status_personal: Option<&'static str>,
    caller_id_visibility: Option<&'static str>,
    message: Option<String>,
    switches: [Option<bool>; 4],
}

const SWITCHES: [&str; 4] = [
    "acceptCallQueueCalls",
    "allowSeeMyPresence",
    "ringOnMonitoredCall",
    "pickUpCallsOnHold",
];
const USER: [&str; 3] = ["Available", "Busy", "Offline"];
const DND: [&str; 4] = [
    "TakeAllCalls",
    "DoNotAcceptAnyCalls",
    "DoNotAcceptDepartmentCalls",
    "TakeDepartmentCallsOnly",
];
const PERSONAL: [&str; 2] = ["TakeAllCalls", "DoNotAcceptAnyCalls"];
const VISIBILITY: [&str; 3] = ["All", "None", "PermittedUsers"];
const MESSAGE_CHARS_MAX: usize = 75;

impl Override {
    /// Takes over what a request's body sets; refuses values that are not documented.
    pub(super) fn amend(&mut self, body: &Value) -> Result<(), Refused> {
        let mut next = self.clone();
        amend_word(&mut next.user_status, body, "userStatus", &USER)?;
        amend_word(&mut next.dnd_status, body, "dndStatus", &DND)?;
        amend_word(
            &mut next.dnd_status_personal,
            body,
            "dndStatusPersonal",
            &PERSONAL,
        )?;
        amend_word(
            &mut next.caller_id_visibility,
            body,
            "callerIdVisibility",
            &VISIBILITY,
        )?;
        match body.get("message") {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.chars().count() <= MESSAGE_CHARS_MAX => {
                next.message = Some(text.clone());
            }
            Some(other) => return Err(invalid("message", other)),
        }
        for (name, switch) in SWITCHES.iter().zip(&mut next.switches) {
            match body.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::Bool(on)) => *switch = Some(*on),
                Some(other) => return Err(invalid(name, other)),
            }
        }
        *self = next;
        Ok(())
    }

    /// Applies the settings to a state, and aggregates it again.
    pub(super) fn over(&self, state: TrueState) -> TrueState {
        let mut next = state;
        next.user_status = self.user_status.or(next.user_status);
        next.dnd_status = self.dnd_status.or(next.dnd_status);
        next.dnd_status_personal = self.dnd_status_personal.or(next.dnd_status_personal);
        next.caller_id_visibility = self.caller_id_visibility.or(next.caller_id_visibility);
        if let Some(text) = &self.message {
            next.message = (!text.is_empty()).then(|| Cow::Owned(text.clone()));
        }
        let [queues, seen, rings, picks] = self.switches;
        next.accept_call_queue_calls = queues.or(next.accept_call_queue_calls);
        next.allow_see_my_presence = seen.or(next.allow_see_my_presence);
        next.ring_on_monitored_call = rings.or(next.ring_on_monitored_call);
        next.pick_up_calls_on_hold = picks.or(next.pick_up_calls_on_hold);
        next.presence_status = aggregated(&next);
        next
    }
}

fn amend_word(
    field: &mut Option<&'static str>,
    body: &Value,
    name: &str,
    words: &'static [&'static str],
) -> Result<(), Refused> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(()),
        Some(value) => {
            let word = words.iter().find(|word| value.as_str() == Some(**word));
            *field = Some(*word.ok_or_else(|| invalid(name, value))?);
            Ok(())
        }
    }
}

fn invalid(name: &str, value: &Value) -> Refused {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    Refused::invalid_parameter(name, &text)
}

/// The rule of [`Condition::availability`](super::status::Condition::availability) on shown words.
fn aggregated(state: &TrueState) -> &'static str {
    let refuses = Some("DoNotAcceptAnyCalls");
    let engaged = matches!(state.telephony_status, Some("CallConnected" | "OnHold"))
        || state.cx_telephony_status == Some("CallConnected")
        || state.meeting_status == Some("Connected")
        || state.dnd_status == refuses
        || state.dnd_status_personal == refuses;
    match state.user_status {
        Some("Available") if engaged => "Busy",
        Some("Available") => "Available",
        Some("Busy") => "Busy",
        _ => "Offline",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{Condition, Habits};
    use serde_json::json;

    #[test]
    fn settings_lie_over_the_state_and_are_aggregated() {
        let mut mine = Override::default();
        let desk = Condition::AT_DESK.shown(Habits::default());
        assert_eq!(mine.over(desk.clone()), desk);
        mine.amend(&json!({"dndStatus": "DoNotAcceptAnyCalls", "message": "Thinking"}))
            .expect("good");
        let shown = mine.over(desk.clone());
        assert_eq!(
            (shown.presence_status, shown.message.as_deref()),
            ("Busy", Some("Thinking"))
        );
        mine.amend(&json!({"userStatus": "Offline", "message": ""}))
            .expect("good");
        let shown = mine.over(desk);
        assert_eq!((shown.presence_status, shown.message), ("Offline", None));
    }

    #[test]
    fn undocumented_values_are_refused_and_change_nothing() {
        let mut mine = Override::default();
        let bad = [
            json!({"userStatus": "Asleep"}),
            json!({"userStatus": "Busy", "dndStatus": 5}),
            json!({"message": "x".repeat(76)}),
            json!({"allowSeeMyPresence": "no"}),
        ];
        for body in bad {
            assert_eq!(mine.amend(&body).expect_err("not documented").status, 400);
        }
        assert_eq!(mine, Override::default());
    }
}
