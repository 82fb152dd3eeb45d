//! What was set through the platform about queues: sign-ins of PUT, and memberships that tests change.
//!
//! Pure. An override lies over what the office does and lasts until the next; the [`truth`](super::queue_truth) knows
//! nothing of it. For changes that it knows, see `queue_change.rs`.

use std::collections::HashMap;

use serde_json::Value;

use super::refusal::Refused;

/// Whether an extension belongs to a queue, whatever its profile says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// As the office has it.
    AsInOffice,
    /// It belongs to the queue.
    Added,
    /// It does not.
    Removed,
}

/// A queue and one extension in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The queue's id.
    pub(super) queue: i64,
    /// The extension's id.
    pub(super) member: i64,
}

/// Everything that was set about queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct QueueOverrides {
    sign_ins: HashMap<Place, bool>,
    memberships: HashMap<Place, bool>,
}

impl QueueOverrides {
    /// Signs members in or out.
    pub(super) fn sign(&mut self, settings: Vec<(Place, bool)>) {
        self.sign_ins.extend(settings);
    }

    /// Sets whether an extension belongs to a queue.
    pub(super) fn set_membership(&mut self, place: Place, membership: Membership) {
        match membership {
            Membership::AsInOffice => drop(self.memberships.remove(&place)),
            Membership::Added => drop(self.memberships.insert(place, true)),
            Membership::Removed => drop(self.memberships.insert(place, false)),
        }
    }

    /// Finds what was set about a sign-in.
    pub(super) fn sign_in(&self, place: Place) -> Option<bool> {
        self.sign_ins.get(&place).copied()
    }

    /// Finds what was set about a membership.
    pub(super) fn belongs(&self, place: Place) -> Option<bool> {
        self.memberships.get(&place).copied()
    }
}

/// Which records a request's body has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wording {
    /// The key of what a record is about, an object with an `id`.
    pub(super) subject: &'static str,
    /// The key of the switch.
    pub(super) switch: &'static str,
}

/// Records about the members of one queue.
pub(super) const OF_MEMBERS: Wording = Wording {
    subject: "member",
    switch: "acceptCurrentQueueCalls",
};

/// Records about the queues of one member.
pub(super) const OF_QUEUES: Wording = Wording {
    subject: "callQueue",
    switch: "acceptCalls",
};

impl Wording {
    /// Names the parameter that is wrong when a record's id is.
    fn id_name(self) -> String {
        format!("{}.id", self.subject)
    }

    /// Refuses an id that may not be named here.
    pub(super) fn refuse_id(self, id: i64) -> Refused {
        Refused::invalid_parameter(&self.id_name(), &id.to_string())
    }

    /// Reads the ids that a body names, each with what it sets; records without the switch set nothing.
    pub(super) fn read(self, body: &[u8]) -> Result<Vec<(i64, Option<bool>)>, Refused> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|_| Refused::new(400, "CMN-104", "Request body is unparsable"))?;
        let records = body.get("records").unwrap_or(&Value::Null);
        let list = records
            .as_array()
            .ok_or_else(|| invalid("records", records))?;
        list.iter().map(|record| self.read_record(record)).collect()
    }

    fn read_record(self, record: &Value) -> Result<(i64, Option<bool>), Refused> {
        let id = &record[self.subject]["id"];
        let number = id
            .as_i64()
            .or_else(|| id.as_str().and_then(|text| text.parse().ok()))
            .ok_or_else(|| invalid(&self.id_name(), id))?;
        match &record[self.switch] {
            Value::Null => Ok((number, None)),
            Value::Bool(on) => Ok((number, Some(*on))),
            other => Err(invalid(self.switch, other)),
        }
    }
}

fn invalid(name: &str, value: &Value) -> Refused {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Refused::invalid_parameter(name, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(wording: Wording, body: &str, code: &str, parameter: Option<&str>) {
        let refused = wording.read(body.as_bytes()).expect_err(body);
        assert_eq!(
            (refused.status, &refused.body["errorCode"]),
            (400, &code.into())
        );
        assert_eq!(refused.body["parameterName"].as_str(), parameter, "{body}");
    }

    #[test]
    fn bodies_are_read_with_ids_as_text_or_numbers() {
        let body = r#"{"records":[
            {"member":{"id":"12"},"acceptCurrentQueueCalls":true},
            {"member":{"id":13},"acceptCurrentQueueCalls":false,"acceptQueueCalls":false},
            {"member":{"id":"14"}}
        ]}"#;
        let read = OF_MEMBERS.read(body.as_bytes()).expect("good");
        assert_eq!(read, [(12, Some(true)), (13, Some(false)), (14, None)]);
        let body = r#"{"records":[{"callQueue":{"id":"7"},"acceptCalls":true}]}"#;
        assert_eq!(
            OF_QUEUES.read(body.as_bytes()).expect("good"),
            [(7, Some(true))]
        );
        assert_eq!(OF_QUEUES.read(br#"{"records":[]}"#).expect("good"), []);
    }

    #[test]
    fn nonsense_is_refused_with_the_name_of_the_parameter() {
        check_refused(OF_MEMBERS, "{", "CMN-104", None);
        check_refused(OF_MEMBERS, "[]", "CMN-101", Some("records"));
        check_refused(OF_MEMBERS, r#"{"records":{}}"#, "CMN-101", Some("records"));
        let subject = Some("member.id");
        check_refused(OF_MEMBERS, r#"{"records":[5]}"#, "CMN-101", subject);
        let odd_id = r#"{"records":[{"member":{"id":"x"}}]}"#;
        check_refused(OF_MEMBERS, odd_id, "CMN-101", subject);
        let odd_switch = r#"{"records":[{"callQueue":{"id":"7"},"acceptCalls":"yes"}]}"#;
        check_refused(OF_QUEUES, odd_switch, "CMN-101", Some("acceptCalls"));
    }

    #[test]
    fn the_last_setting_counts_and_a_membership_can_be_left_to_the_office_again() {
        let place = Place {
            queue: 1,
            member: 2,
        };
        let mut set = QueueOverrides::default();
        set.sign(vec![(place, true), (place, false)]);
        assert_eq!(set.sign_in(place), Some(false));
        set.set_membership(place, Membership::Added);
        assert_eq!(set.belongs(place), Some(true));
        set.set_membership(place, Membership::Removed);
        assert_eq!(set.belongs(place), Some(false));
        set.set_membership(place, Membership::AsInOffice);
        assert_eq!(set.belongs(place), None);
    }
}
