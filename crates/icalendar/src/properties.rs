//! The one list of properties of an event: those that are read, and those that do not matter to its days. An event with
//! any other is refused, since what is not known may decide about its days.

/// What a property does to the days of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is read.
    Read,
    /// It says nothing about days.
    None,
    /// It may decide about days, and is not read.
    NotRead,
}

/// Those that are read; the ones that an event may have several of are apart.
const READ_ONCE: &[&str] = &[
    "DTEND",
    "DTSTART",
    "DURATION",
    "RECURRENCE-ID",
    "SEQUENCE",
    "STATUS",
    "TRANSP",
    "UID",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-MOZ-FAKED-MASTER",
];
const READ: &[&str] = &["EXDATE", "EXRULE", "RDATE", "RRULE", "SUMMARY"];

/// Those that do not matter: of RFC 5545, 7986, 9073, 9253, and what programs write in spite of them.
const WITHOUT_EFFECT: &[&str] = &[
    "ATTACH",
    "ATTENDEE",
    "CALENDAR-ADDRESS",
    "CATEGORIES",
    "CLASS",
    "COLOR",
    "COMMENT",
    "COMPLETED",
    "CONCEPT",
    "CONFERENCE",
    "CONTACT",
    "CREATED",
    "DESCRIPTION",
    "DTSTAMP",
    "GEO",
    "IMAGE",
    "LAST-MODIFIED",
    "LINK",
    "LOCATION",
    "LOCATION-TYPE",
    "NAME",
    "ORGANIZER",
    "PARTICIPANT-TYPE",
    "PERCENT-COMPLETE",
    "PRIORITY",
    "PRODID",
    "REFID",
    "REFRESH-INTERVAL",
    "RELATED-TO",
    "REQUEST-STATUS",
    "RESOURCES",
    "RESOURCE-TYPE",
    "SOURCE",
    "STRUCTURED-DATA",
    "STYLED-DESCRIPTION",
    "URL",
    "VERSION",
];

/// What a program may say of its own about recurrences (such as `X-MICROSOFT-RRULE` in another calendar than ours).
const OWN_RECURRENCES: &[&str] = &["RRULE", "EXRULE", "RDATE", "EXDATE"];
const OWN_CALENDARS: &[&str] = &["X-MICROSOFT-CALSCALE", "X-MICROSOFT-ISLEAPMONTH"];

/// What the property does; its name in capitals.
pub(super) fn effect(name: &str) -> Effect {
    if READ.contains(&name) || may_stand_once(name) {
        return Effect::Read;
    }
    if !name.starts_with("X-") {
        return if WITHOUT_EFFECT.contains(&name) {
            Effect::None
        } else {
            Effect::NotRead
        };
    }
    let is_recurrence = OWN_RECURRENCES.iter().any(|word| name.ends_with(word));
    if is_recurrence || OWN_CALENDARS.contains(&name) {
        Effect::NotRead
    } else {
        Effect::None
    }
}

/// Whether an event with two of them says two things.
pub(super) fn may_stand_once(name: &str) -> bool {
    READ_ONCE.contains(&name)
}
