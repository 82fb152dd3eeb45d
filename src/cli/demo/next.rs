//! The demonstration's last lines: where the history is, and what to do next.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use super::HOURS;
use crate::cli::args::DemoArgs;
use presence_core::escape::shown;
use presence_model::time::Timestamp;
use presence_store::ExtensionSummary;

/// Until when relative times still mean the history's own days, in milliseconds after its end.
const RELATIVE_MS: i64 = 10 * 60_000;
/// How far back questions about one person reach, in days: over a weekend.
const PERSON_DAYS: u32 = 3;

/// What to do next.
pub(super) struct Next<'a> {
    pub(super) args: &'a DemoArgs,
    /// The end of the history.
    pub(super) end: Timestamp,
    /// The present of anyone who reads it.
    pub(super) now: Timestamp,
    /// The number of someone of whom there is much to tell.
    pub(super) person: Option<&'a str>,
    /// The queue whose calls most people take.
    pub(super) queue: Option<&'a str>,
}

/// The queue whose calls most people take; of several, the first by name.
pub(super) fn busiest_queue(extensions: &[ExtensionSummary]) -> Option<&str> {
    let profiles = extensions.iter().filter_map(|one| one.profile.as_deref());
    let mut counts = BTreeMap::new();
    for queue in profiles.flat_map(|profile| &profile.queues) {
        *counts.entry(queue.as_str()).or_insert(0) += 1;
    }
    let most = counts
        .iter()
        .max_by_key(|(name, count)| (**count, Reverse(**name)));
    most.map(|(name, _)| *name)
}

impl fmt::Display for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let store = self.args.keep.display().to_string();
        let store = shown(&store);
        let person = self.person.unwrap_or("101");
        let days = self.args.days;
        let some_days = days.min(PERSON_DAYS);
        // A history that ended long ago is asked as if it were then.
        let is_past = (self.now.as_ms() - self.end.as_ms()).abs() > RELATIVE_MS;
        let now = if is_past {
            format!(" --now {}", self.end)
        } else {
            String::new()
        };
        let queue = self.queue.map_or(String::new(), |queue| {
            format!(" --queue \"{}\"", shown(queue))
        });
        write!(f, "\nThe history is in {store}. More questions to try:\n\n")?;
        writeln!(f, "  export PRESENCE_STORE=sqlite:{store}")?;
        for question in [
            "now".to_owned(),
            format!("route{queue}"),
            format!("timeline {person} --from -{some_days}d --to now"),
            format!("changes {person} --from -{some_days}d --to now"),
            format!("report --from -{days}d --to now --by department,day --hours \"{HOURS}\""),
            format!("coverage --from -{days}d --to now"),
        ] {
            writeln!(f, "  presence {question}{now}")?;
        }
        if self.args.live {
            return f.write_str(
                "\nRun these in another terminal: the office keeps running in this one.\n",
            );
        }
        f.write_str("\nOr watch the office live in a browser:\n\n  presence demo --live\n")
    }
}
