//! The independent presence states that the platform reports for an extension.
//!
//! Names and documented values are from the platform's reference, `PresenceInfoResponse`; values are kept verbatim
//! and may grow at any time, so nothing here refuses one.

/// One independent presence state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// The platform's aggregate of the others.
    PresenceStatus,
    /// Chosen by the user.
    UserStatus,
    /// Calls.
    TelephonyStatus,
    /// Direct and queue calls in one do-not-disturb setting.
    DndStatus,
    /// Whether the user is in a RingCentral meeting.
    MeetingStatus,
    /// Direct calls on accounts with the newer call handling.
    DndStatusPersonal,
    /// Queue calls on accounts with the newer call handling.
    AcceptCallQueueCalls,
    /// `false`: others are shown `Offline`.
    AllowSeeMyPresence,
    /// Who sees caller ids.
    CallerIdVisibility,
    /// The user's own monitoring setting.
    RingOnMonitoredCall,
    /// The user's own monitoring setting.
    PickUpCallsOnHold,
    /// Contact-centre calls.
    CxTelephonyStatus,
    /// Telephony and contact centre together.
    AggregatedTelephonyStatus,
    /// The status message: free text and personal, so it is kept apart from the state.
    Message,
}

/// How many facets a state has: all but the message.
pub const STATE_FACET_COUNT: usize = 13;

const CALLS: &[&str] = &["NoCall", "CallConnected", "Ringing", "OnHold", "ParkedCall"];
const BOOLEAN: &[&str] = &["true", "false"];

impl Facet {
    /// Every facet, in the order of their columns; the message comes last.
    pub const ALL: [Self; STATE_FACET_COUNT + 1] = [
        Self::PresenceStatus,
        Self::UserStatus,
        Self::TelephonyStatus,
        Self::DndStatus,
        Self::MeetingStatus,
        Self::DndStatusPersonal,
        Self::AcceptCallQueueCalls,
        Self::AllowSeeMyPresence,
        Self::CallerIdVisibility,
        Self::RingOnMonitoredCall,
        Self::PickUpCallsOnHold,
        Self::CxTelephonyStatus,
        Self::AggregatedTelephonyStatus,
        Self::Message,
    ];

    /// The facets of a [`super::state::State`]: all but the message.
    pub const OF_STATE: [Self; STATE_FACET_COUNT] = {
        let mut facets = [Self::PresenceStatus; STATE_FACET_COUNT];
        let mut index = 0;
        while index < STATE_FACET_COUNT {
            facets[index] = Self::ALL[index];
            index += 1;
        }
        facets
    };

    /// Its place in a state's values; `None` for the message.
    pub fn state_index(self) -> Option<usize> {
        match self {
            Self::Message => None,
            _ => Some(self as usize),
        }
    }

    /// Its name in tables, views, JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::PresenceStatus => "presence_status",
            Self::UserStatus => "user_status",
            Self::TelephonyStatus => "telephony_status",
            Self::DndStatus => "dnd_status",
            Self::MeetingStatus => "meeting_status",
            Self::DndStatusPersonal => "dnd_status_personal",
            Self::AcceptCallQueueCalls => "accept_call_queue_calls",
            Self::AllowSeeMyPresence => "allow_see_my_presence",
            Self::CallerIdVisibility => "caller_id_visibility",
            Self::RingOnMonitoredCall => "ring_on_monitored_call",
            Self::PickUpCallsOnHold => "pick_up_calls_on_hold",
            Self::CxTelephonyStatus => "cx_telephony_status",
            Self::AggregatedTelephonyStatus => "aggregated_telephony_status",
            Self::Message => "message",
        }
    }

    /// What people call it: the label in forms and tables. Files, JSON and the command line have its [`Self::name`].
    pub fn label(self) -> &'static str {
        match self {
            Self::PresenceStatus => "Status",
            Self::UserStatus => "Chosen status",
            Self::TelephonyStatus => "Phone",
            Self::DndStatus => "Do not disturb",
            Self::MeetingStatus => "Meeting",
            Self::DndStatusPersonal => "Direct calls",
            Self::AcceptCallQueueCalls => "Queue calls",
            Self::AllowSeeMyPresence => "Visible to others",
            Self::CallerIdVisibility => "Caller ID",
            Self::RingOnMonitoredCall => "Ring on monitored call",
            Self::PickUpCallsOnHold => "Pick up calls on hold",
            Self::CxTelephonyStatus => "Contact center",
            Self::AggregatedTelephonyStatus => "Phone and contact center",
            Self::Message => "Message",
        }
    }

    /// The facet of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.name() == name)
    }

    /// The values that the platform documents for it; none for the message, which is free text.
    pub fn documented_values(self) -> &'static [&'static str] {
        match self {
            Self::PresenceStatus | Self::UserStatus => &["Available", "Busy", "Offline"],
            Self::TelephonyStatus | Self::AggregatedTelephonyStatus => CALLS,
            Self::DndStatus => &[
                "TakeAllCalls",
                "DoNotAcceptAnyCalls",
                "DoNotAcceptDepartmentCalls",
                "TakeDepartmentCallsOnly",
                "Unknown",
            ],
            Self::MeetingStatus => &["Connected", "Disconnected"],
            Self::DndStatusPersonal => &["TakeAllCalls", "DoNotAcceptAnyCalls", "Unknown"],
            Self::CallerIdVisibility => &["All", "None", "PermittedUsers"],
            Self::CxTelephonyStatus => &["NoCall", "CallConnected"],
            Self::AcceptCallQueueCalls
            | Self::AllowSeeMyPresence
            | Self::RingOnMonitoredCall
            | Self::PickUpCallsOnHold => BOOLEAN,
            Self::Message => &[],
        }
    }
}

/// What people call a value that the platform documents, for pages and pictures; any other value as it is. In data a value stays
/// verbatim.
pub fn value_label(value: &str) -> &str {
    match value {
        "NoCall" => "No call",
        "CallConnected" => "On a call",
        "OnHold" => "On hold",
        "ParkedCall" => "Call parked",
        "TakeAllCalls" => "Takes all calls",
        "DoNotAcceptAnyCalls" => "Takes no calls",
        "DoNotAcceptDepartmentCalls" => "Takes no queue calls",
        "TakeDepartmentCallsOnly" => "Takes queue calls only",
        "Connected" => "In a meeting",
        "Disconnected" => "In no meeting",
        "PermittedUsers" => "Permitted people",
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_value_of_several_words_has_a_label_of_its_own() {
        for facet in Facet::ALL {
            let mut labels = Vec::new();
            for value in facet.documented_values() {
                let label = value_label(value);
                let inner = value.get(1..).unwrap_or_default();
                let is_compound = inner.contains(|letter: char| letter.is_ascii_uppercase());
                assert!(
                    !is_compound || label.contains(' '),
                    "{value} is called {label}"
                );
                assert!(!labels.contains(&label), "{label} stands for two values");
                labels.push(label);
            }
        }
        assert_eq!(value_label("SomethingNew"), "SomethingNew");
    }

    #[test]
    fn names_and_indices_are_consistent() {
        for (index, facet) in Facet::ALL.into_iter().enumerate() {
            assert_eq!(Facet::from_name(facet.name()), Some(facet));
            let others = Facet::ALL
                .into_iter()
                .filter(|other| other.label() == facet.label());
            assert_eq!(others.count(), 1, "{}", facet.label());
            let expected = (index < STATE_FACET_COUNT).then_some(index);
            assert_eq!(facet.state_index(), expected);
        }
        assert_eq!(Facet::from_name("presenceStatus"), None);
    }
}
