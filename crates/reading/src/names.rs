//! Names that mean nothing: refused, with the nearest ones that the asker may see.
//!
//! A name means something if it is in the account's history (of those whom the asker may see), if the platform documents
//! it, or if the policy gives it. Names are compared letter by letter, however accents are encoded. An answer to a question about a misspelt queue
//! would look like the answer about an empty one.

use std::collections::BTreeSet;

use presence_core::query::classes::Criterion;
use presence_core::query::group_filter::GroupFilter;
use presence_core::query::policy::{Compared, Field, Policy};
use presence_core::query::suggestion::{folded, suggestions};
use presence_core::query::wanted::Wanted;
use presence_model::facet::Facet;
use presence_model::ids::ExtensionId;
use presence_model::profile::{DOCUMENTED_TYPES, Profile};
use presence_model::text::is_same_name;
use presence_model::time::TimeRange;
use presence_store::Messages;

use crate::context::{Context, EXTENSIONS_AT_ONCE, Visible};
use crate::error::AskError;
use crate::types::Types;

/// So many names are listed where none is near.
const LISTED_MAX: usize = 12;

/// What becomes of names that mean nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownNames {
    /// They are refused.
    #[default]
    Refused,
    /// They are accepted, and match nothing: for programs that must not fail.
    Allowed,
}

/// What values are of.
#[derive(Clone, Copy, Debug)]
pub enum ValuesOf<'a> {
    /// Of any of these facets; of any at all, if none is named.
    Facets(&'a [Facet]),
    /// Of a facet, or classes of a policy.
    Criterion(&'a Criterion),
}

/// The names in a question that have to mean something.
#[derive(Clone, Debug, Default)]
pub struct Named<'a> {
    group_filter: Option<&'a GroupFilter>,
    types: Option<&'a Types>,
    values: Vec<(&'static str, &'a str)>,
    values_of: Option<ValuesOf<'a>>,
}

impl<'a> Named<'a> {
    /// The groups that the question is narrowed to.
    pub fn group_filter(self, group_filter: &'a GroupFilter) -> Self {
        Self {
            group_filter: Some(group_filter),
            ..self
        }
    }

    /// The types of extensions that it counts.
    pub fn types(self, types: &'a Types) -> Self {
        Self {
            types: Some(types),
            ..self
        }
    }

    /// The values that it names, each under its parameter; all are of the same.
    pub fn values(
        mut self,
        of: ValuesOf<'a>,
        values: impl IntoIterator<Item = (&'static str, &'a str)>,
    ) -> Self {
        self.values.extend(values);
        self.values_of = Some(of);
        self
    }
}

/// Who is meant where no group is named.
static EVERYBODY: GroupFilter = GroupFilter {
    departments: Vec::new(),
    sites: Vec::new(),
    queues: Vec::new(),
};

/// A kind of name that profiles have.
struct Kind {
    parameter: &'static str,
    noun: &'static str,
    names: fn(&Profile) -> &[String],
    name: fn(&Profile) -> Option<&str>,
    documented: &'static [&'static str],
}

const DEPARTMENT: Kind = Kind {
    parameter: "department",
    noun: "department",
    names: |_| &[],
    name: |profile| profile.department.as_deref(),
    documented: &[],
};
const SITE: Kind = Kind {
    parameter: "site",
    noun: "site",
    names: |_| &[],
    name: |profile| profile.site.as_deref(),
    documented: &[],
};
const QUEUE: Kind = Kind {
    parameter: "queue",
    noun: "call queue",
    names: |profile| &profile.queues,
    name: |_| None,
    documented: &[],
};
const TYPE: Kind = Kind {
    parameter: "types",
    noun: "extension type",
    names: |_| &[],
    name: |profile| profile.extension_type.as_deref(),
    documented: &DOCUMENTED_TYPES,
};

impl Kind {
    fn of<'p>(&self, profile: &'p Profile) -> impl Iterator<Item = &'p str> + use<'p> {
        let queues = (self.names)(profile).iter().map(String::as_str);
        queues.chain((self.name)(profile))
    }

    /// The first of `names` that is none of these profiles'.
    fn first_unknown<'n>(&self, names: &[&'n str], known: &BTreeSet<&str>) -> Option<&'n str> {
        names.iter().copied().find(|name| {
            !known.contains(name)
                && !self.documented.contains(name)
                && !known.iter().any(|known| is_same_name(known, name))
        })
    }
}

/// Refuses names that mean nothing, unless the context allows them.
pub async fn check_names<'a>(context: &Context, named: &Named<'a>) -> Result<(), AskError> {
    if context.unknown_names() == UnknownNames::Allowed {
        return Ok(());
    }
    let group_filter = named.group_filter.unwrap_or(&EVERYBODY);
    let types = match named.types {
        Some(Types::Listed(types)) => {
            let types = types.iter().map(String::as_str);
            types.filter(|one| !one.is_empty()).collect()
        }
        _ => Vec::new(),
    };
    let of = |wanted: &'a [Wanted]| wanted.iter().filter_map(Wanted::name).collect();
    let kinds: [(&Kind, Vec<&str>); 4] = [
        (&DEPARTMENT, of(&group_filter.departments)),
        (&SITE, of(&group_filter.sites)),
        (&QUEUE, of(&group_filter.queues)),
        (&TYPE, types),
    ];
    check_groups(context, &kinds).await?;
    check_values(context, named).await
}

/// What the conditions of a policy compare with and nothing in the account's history is, each with what was probably
/// meant: they may be misspelt, or belong to a person who is yet to come.
pub async fn unknown_comparisons(
    context: &Context,
    policy: &Policy,
) -> Result<Vec<String>, AskError> {
    let mut told = Vec::new();
    for (compared, text) in policy.comparisons() {
        let alone = vec![Wanted::of_word(text)];
        let mut group_filter = GroupFilter::default();
        let types = Types::Listed(vec![text.to_owned()]);
        let facet;
        let named = match compared {
            Compared::Facet(of) => {
                facet = [of];
                Named::default().values(ValuesOf::Facets(&facet), [("value", text)])
            }
            Compared::Field(Field::Type) => Named::default().types(&types),
            Compared::Field(Field::Department) => {
                group_filter.departments = alone;
                Named::default().group_filter(&group_filter)
            }
            Compared::Field(Field::Site) => {
                group_filter.sites = alone;
                Named::default().group_filter(&group_filter)
            }
            Compared::Queues => {
                group_filter.queues = alone;
                Named::default().group_filter(&group_filter)
            }
        };
        match check_names(context, &named).await {
            Err(AskError::UnknownName {
                what, name, hint, ..
            }) => told.push(format!("{what} {name:?}{hint}")),
            checked => checked?,
        }
    }
    Ok(told)
}

/// First among the latest profiles, which are at hand; names of the past are looked for only if they are needed.
async fn check_groups(context: &Context, kinds: &[(&Kind, Vec<&str>)]) -> Result<(), AskError> {
    if kinds.iter().all(|(_, names)| names.is_empty()) {
        return Ok(());
    }
    let extensions = context.extensions().await?;
    let latest = extensions.iter().filter_map(|one| one.profile.as_deref());
    let latest: Vec<&Profile> = latest.collect();
    if unknown(kinds, &latest).is_none() {
        return Ok(());
    }
    let ids: Vec<ExtensionId> = extensions.iter().map(|one| one.extension_id).collect();
    let dictionary = context.dictionary(Messages::NotNeeded).await?;
    let mut used = BTreeSet::new();
    let now = context.now();
    // Whatever the window, a history has all profiles.
    if let Some(moment) = TimeRange::new(now.plus_ms(-1), now) {
        for ids in ids.chunks(EXTENSIONS_AT_ONCE) {
            for history in context.histories(ids, moment).await? {
                used.extend(history.profiles.iter().map(|interval| interval.profile_id));
            }
        }
    }
    let past = used.iter().map(|id| dictionary.profile(*id));
    let past = past.collect::<Result<Vec<_>, _>>()?;
    let ever: Vec<&Profile> = latest
        .into_iter()
        .chain(past.into_iter().map(|one| &**one))
        .collect();
    unknown(kinds, &ever).map_or(Ok(()), Err)
}

fn unknown(kinds: &[(&Kind, Vec<&str>)], profiles: &[&Profile]) -> Option<AskError> {
    kinds.iter().find_map(|(kind, names)| {
        if names.is_empty() {
            return None;
        }
        let known = profiles.iter().flat_map(|profile| kind.of(profile));
        let known: BTreeSet<&str> = known.collect();
        let name = kind.first_unknown(names, &known)?;
        let what = format!("no {} in the account's history is", kind.noun);
        Some(refusal(kind.parameter, what, name, known, kind.documented))
    })
}

async fn check_values(context: &Context, named: &Named<'_>) -> Result<(), AskError> {
    let Some(of) = named.values_of else {
        return Ok(());
    };
    let documented = documented(of);
    let unknown = |known: &BTreeSet<String>| {
        let mut values = named.values.iter();
        values
            .find(|(_, value)| {
                // The empty text is the absence of the facet.
                !value.is_empty()
                    && !documented.iter().any(|one| one == value)
                    && !known.contains(*value)
            })
            .copied()
    };
    if unknown(&BTreeSet::new()).is_none() {
        return Ok(());
    }
    let facets = facets(of);
    let seen = seen_values(context, &facets).await?;
    let Some((parameter, value)) = unknown(&seen) else {
        return Ok(());
    };
    let what = match of {
        ValuesOf::Criterion(Criterion::Policy(policy)) => {
            format!("no class of policy {} is", policy.name())
        }
        ValuesOf::Criterion(Criterion::Facet(facet)) => format!("no state of {} is", facet.name()),
        ValuesOf::Facets([]) => "no state of any facet is".to_owned(),
        ValuesOf::Facets(facets) => {
            let of: Vec<&str> = facets.iter().map(|facet| facet.name()).collect();
            format!("no state of {} is", of.join(" or "))
        }
    };
    // What people wrote is no list to choose from.
    let is_text = facets.contains(&Facet::Message);
    let listed: BTreeSet<&str> = if is_text {
        BTreeSet::new()
    } else {
        seen.iter().map(String::as_str).collect()
    };
    let documented: Vec<&str> = documented.iter().map(String::as_str).collect();
    Err(refusal(parameter, what, value, listed, &documented))
}

/// The values that are known whatever was seen.
fn documented(of: ValuesOf<'_>) -> Vec<String> {
    let facets = match of {
        ValuesOf::Criterion(criterion) => {
            let known = criterion.known_values().into_iter();
            return known.map(str::to_owned).collect();
        }
        ValuesOf::Facets([]) => &Facet::ALL[..],
        ValuesOf::Facets(facets) => facets,
    };
    let values = facets.iter().flat_map(|facet| facet.documented_values());
    values.map(|&value| value.to_owned()).collect()
}

/// The facets whose values, whatever they are, can be meant.
fn facets(of: ValuesOf<'_>) -> Vec<Facet> {
    match of {
        ValuesOf::Criterion(Criterion::Facet(facet)) => vec![*facet],
        ValuesOf::Criterion(Criterion::Policy(policy)) => policy.value_facets().collect(),
        ValuesOf::Facets([]) => Facet::ALL.to_vec(),
        ValuesOf::Facets(facets) => facets.to_vec(),
    }
}

/// Every value that these facets ever had, of those whom the asker may see.
///
/// The dictionary is of the whole store: where all of it may be seen, it is the answer; else histories are read.
async fn seen_values(context: &Context, facets: &[Facet]) -> Result<BTreeSet<String>, AskError> {
    let mut seen = BTreeSet::new();
    if facets.is_empty() {
        return Ok(seen);
    }
    let messages = if facets.contains(&Facet::Message) {
        Messages::Needed
    } else {
        Messages::NotNeeded
    };
    let dictionary = context.dictionary(messages).await?;
    let sees_all = *context.visible() == Visible::Everybody && !context.is_older();
    let is_only = sees_all && context.reading().await.accounts().await?.len() == 1;
    if is_only {
        for state in dictionary.states.values() {
            let values = facets.iter().filter_map(|facet| state.get(*facet));
            seen.extend(values.map(str::to_owned));
        }
        if messages == Messages::Needed {
            seen.extend(dictionary.messages.values().map(ToString::to_string));
        }
        return Ok(seen);
    }
    let Some(always) = TimeRange::new(
        presence_model::time::Timestamp::MIN,
        context.now().plus_ms(1),
    ) else {
        return Ok(seen);
    };
    let extensions = context.extensions().await?;
    let ids: Vec<ExtensionId> = extensions.iter().map(|one| one.extension_id).collect();
    let mut used = BTreeSet::new();
    for ids in ids.chunks(EXTENSIONS_AT_ONCE) {
        for history in context.histories(ids, always).await? {
            let shown = history.intervals.iter();
            used.extend(shown.map(|interval| (interval.state_id, interval.message_id)));
        }
    }
    for (state_id, message_id) in used {
        let state = dictionary.state(state_id)?;
        let is_message = |facet: &Facet| *facet == Facet::Message;
        if let Some(id) = message_id.filter(|_| facets.iter().any(is_message)) {
            seen.insert(dictionary.message(id)?.to_string());
        }
        let values = facets.iter().filter_map(|facet| state.get(*facet));
        seen.extend(values.map(str::to_owned));
    }
    Ok(seen)
}

fn refusal<'n>(
    parameter: &'static str,
    what: String,
    name: &str,
    mut known: BTreeSet<&'n str>,
    documented: &[&'n str],
) -> AskError {
    known.extend(documented);
    known.remove("");
    let near = suggestions(name, known.iter().copied());
    let is_alike = near.iter().any(|near| folded(near) == folded(name));
    let hint = if near.is_empty() {
        listed(&known)
    } else {
        let near: Vec<String> = near.iter().map(|near| format!("{near:?}")).collect();
        let near = near.join(" or ");
        if is_alike {
            format!("; did you mean {near}? Names are compared letter by letter")
        } else {
            format!("; did you mean {near}?")
        }
    };
    AskError::UnknownName {
        parameter,
        what,
        name: name.to_owned(),
        hint,
    }
}

fn listed(known: &BTreeSet<&str>) -> String {
    if known.is_empty() {
        return "; none is known".to_owned();
    }
    let shown: Vec<&str> = known.iter().copied().take(LISTED_MAX).collect();
    let more = match known.len().saturating_sub(LISTED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(": known are {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, known: &[&str], expected: &str) {
        let known = known.iter().copied().collect();
        let error = refusal("queue", "no call queue is".to_owned(), name, known, &[]);
        assert_eq!(
            error.to_string(),
            format!("no call queue is {name:?}{expected}")
        );
    }

    #[test]
    fn what_is_near_is_named_and_else_what_there_is() {
        check(
            "Suport",
            &["Sales", "Support"],
            "; did you mean \"Support\"?",
        );
        check(
            "support",
            &["Sales", "Support"],
            "; did you mean \"Support\"? Names are compared letter by letter",
        );
        check(
            "Warehouse",
            &["Sales", "Support"],
            ": known are Sales, Support",
        );
        check("Warehouse", &[], "; none is known");
        let many: Vec<String> = (10..30).map(|number| format!("Queue {number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        check(
            "Warehouse",
            &many,
            ": known are Queue 10, Queue 11, Queue 12, Queue 13, Queue 14, Queue 15, Queue 16, Queue 17, Queue 18, \
             Queue 19, Queue 20, Queue 21 and 8 more",
        );
    }

    #[test]
    fn accents_that_are_encoded_otherwise_mean_the_same() {
        let known = BTreeSet::from(["M\u{fc}nchen", "Sales"]);
        let names = ["Mu\u{308}nchen", "Sales", "Munchen"];
        assert_eq!(QUEUE.first_unknown(&names, &known), Some("Munchen"));
        assert_eq!(QUEUE.first_unknown(&names[..2], &known), None);
    }
}
