//! What was sent so far, counted: for anyone who watches the program.

use std::collections::BTreeMap;

use super::budget::{GroupStanding, RateGroup};

/// What was sent, and what may still be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests by group and by what became of them.
    pub requests: Vec<RequestCount>,
    /// Where each rate limit group stands.
    pub groups: Vec<GroupStanding>,
    /// Records of pages that were not as they should be, whether they could be read nevertheless or not.
    pub odd_records: u64,
}

/// How many requests of a group ended alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestCount {
    /// The group.
    pub group: RateGroup,
    /// The HTTP status; `None`: there was no answer that could be read.
    pub status: Option<u16>,
    /// How many since the program began.
    pub count: u64,
}

/// Counts requests.
#[derive(Debug, Default)]
pub(super) struct RequestCounter(BTreeMap<(String, Option<u16>), u64>);

impl RequestCounter {
    /// One more request has ended.
    pub(super) fn add(&mut self, group: &RateGroup, status: Option<u16>) {
        *self.0.entry((group.name().to_owned(), status)).or_default() += 1;
    }

    /// All of them, by group and status.
    pub(super) fn counts(&self) -> Vec<RequestCount> {
        let counts = self.0.iter().map(|((group, status), count)| RequestCount {
            group: RateGroup::new(group),
            status: *status,
            count: *count,
        });
        counts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_group_and_status() {
        let mut counter = RequestCounter::default();
        let (heavy, light) = (RateGroup::new("Heavy"), RateGroup::new("light"));
        for (group, status) in [
            (&light, Some(200)),
            (&heavy, Some(429)),
            (&heavy, None),
            (&light, Some(200)),
        ] {
            counter.add(group, status);
        }
        let shown: Vec<String> = counter
            .counts()
            .iter()
            .map(|one| format!("{} {:?} {}", one.group.name(), one.status, one.count))
            .collect();
        assert_eq!(
            shown,
            ["heavy None 1", "heavy Some(429) 1", "light Some(200) 2"]
        );
    }
}
