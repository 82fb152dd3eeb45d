//! When an extension counted in which groups.

use presence_model::history::{Dictionary, ExtensionHistory, UnknownId};
use presence_model::time::{TimeRange, Timestamp};

use super::group::{ExtensionOrder, GroupKey, Groups};

/// Groups, and when an extension counted in all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Membership {
    /// The groups.
    pub(super) keys: Vec<GroupKey>,
    /// When; ascending. `None`: throughout the window.
    pub(super) segments: Option<Vec<TimeRange>>,
}

/// The groups that an extension counted in during `window`.
///
/// The first profile reaches back as far as need be, the last one on.
pub(super) fn memberships(
    history: &ExtensionHistory,
    dictionary: &Dictionary,
    window: TimeRange,
    groups: Groups<'_>,
) -> Result<Vec<Membership>, UnknownId> {
    let segments = key_stretches(history, dictionary, window, groups)?;
    if let [(keys, span)] = &segments[..]
        && *span == window
    {
        return Ok(vec![Membership {
            keys: keys.clone(),
            segments: None,
        }]);
    }
    let mut memberships: Vec<Membership> = Vec::new();
    for (keys, span) in segments {
        for key in keys {
            let known = memberships.iter().position(|one| one.keys[0] == key);
            let index = known.unwrap_or_else(|| {
                memberships.push(Membership {
                    keys: vec![key],
                    segments: Some(Vec::new()),
                });
                memberships.len() - 1
            });
            let spans = memberships[index].segments.get_or_insert_default();
            match spans.last_mut().filter(|last| last.to() == span.from()) {
                Some(last) => *last = last.until(span.to()),
                None => spans.push(span),
            }
        }
    }
    Ok(memberships)
}

/// The part of the window that counts, cut where the groups change.
fn key_stretches(
    history: &ExtensionHistory,
    dictionary: &Dictionary,
    window: TimeRange,
    groups: Groups<'_>,
) -> Result<Vec<(Vec<GroupKey>, TimeRange)>, UnknownId> {
    let profile = |id| dictionary.profile(id).map(|profile| &**profile);
    let latest = history.profiles.last();
    let latest = latest.map(|row| profile(row.profile_id)).transpose()?;
    let number = latest.and_then(|profile| profile.extension_number.as_deref());
    let extension = ExtensionOrder::of(history.extension_id, number);
    if history.profiles.is_empty() || !groups.needs_profile() {
        let keys = groups.keys(&extension, latest);
        let counts = !keys.is_empty();
        return Ok(counts.then_some((keys, window)).into_iter().collect());
    }
    let mut segments: Vec<(Vec<GroupKey>, TimeRange)> = Vec::new();
    let mut from = Timestamp::MIN;
    for (index, row) in history.profiles.iter().enumerate() {
        let is_last = index + 1 == history.profiles.len();
        let until = row.until.filter(|_| !is_last).unwrap_or(Timestamp::MAX);
        let span = TimeRange::new(from, until).and_then(|span| span.clip(window));
        from = from.max(until);
        let Some(span) = span else { continue };
        let keys = groups.keys(&extension, Some(profile(row.profile_id)?));
        if keys.is_empty() {
            continue;
        }
        match segments.last_mut() {
            Some((last, segment)) if *last == keys && segment.to() == span.from() => {
                *segment = segment.until(span.to());
            }
            _ => segments.push((keys, span)),
        }
    }
    Ok(segments)
}
