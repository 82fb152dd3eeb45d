//! The account at one moment: every resource's answer, without HTTP around it.
//!
//! Pure: who asks, when, and what is to go wrong are handed in.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::fault::Fault;
use super::overrides::Override;
use super::paging::{Query, Wanted, envelope};
use super::queue_overrides::QueueOverrides;
use super::records::{self, Addresses};
use super::refusal::Refused;
use super::world::{Extension, World};

/// Where pages after the first begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LaterPages {
    /// Where they should.
    #[default]
    Follow,
    /// With the last record of the page before.
    Overlap,
    /// Where the first page does.
    Repeat,
}

/// What is to go wrong with lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Twist {
    missing: Vec<i64>,
    pub(super) forbidden: Vec<i64>,
    pub(super) vanished_queues: Vec<i64>,
    missing_percent: usize,
    surplus: usize,
    later_pages: LaterPages,
    pub(super) short: bool,
    shrinks: bool,
}

impl Twist {
    /// Picks out of all faults those that concern lists.
    pub(super) fn of(faults: &[Fault]) -> Self {
        let has = |fault: &Fault| faults.contains(fault);
        let first = |number: fn(&Fault) -> Option<usize>| faults.iter().find_map(number);
        Self {
            missing: faults
                .iter()
                .filter_map(|fault| match fault {
                    Fault::MissingExtension(id) | Fault::Forbidden(id) => Some(*id),
                    _ => None,
                })
                .collect(),
            forbidden: faults
                .iter()
                .filter_map(|fault| match fault {
                    Fault::Forbidden(id) => Some(*id),
                    _ => None,
                })
                .collect(),
            vanished_queues: faults
                .iter()
                .filter_map(|fault| match fault {
                    Fault::VanishedQueue(id) => Some(*id),
                    _ => None,
                })
                .collect(),
            missing_percent: first(|fault| match fault {
                Fault::MissingShare(percent) => Some(usize::from(*percent)),
                Fault::EmptyList => Some(100),
                _ => None,
            })
            .unwrap_or(0),
            surplus: first(|fault| match fault {
                Fault::WrongTotal(surplus) => usize::try_from(*surplus).ok(),
                _ => None,
            })
            .unwrap_or(0),
            later_pages: match (has(&Fault::FirstPageAgain), has(&Fault::RepeatedRecord)) {
                (true, _) => LaterPages::Repeat,
                (false, true) => LaterPages::Overlap,
                (false, false) => LaterPages::Follow,
            },
            short: has(&Fault::ShortPage),
            shrinks: has(&Fault::ShrinkingTotal),
        }
    }
}

/// The account at one moment, as the token's owner sees it.
pub(super) struct View<'a> {
    pub(super) world: &'a World,
    pub(super) at_ms: i64,
    pub(super) addresses: Addresses,
    pub(super) overrides: &'a HashMap<i64, Override>,
    pub(super) queue_overrides: &'a QueueOverrides,
    pub(super) twist: Twist,
    pub(super) user_permissions: &'a [String],
}

impl View<'_> {
    /// The presence of the whole account.
    pub(super) fn presence_list(&self, query: &Query) -> Result<Value, Refused> {
        let detailed = detailed(query);
        let uri = format!("{}/presence", self.addresses.account());
        let everyone: Vec<&Extension> = self.present().collect();
        self.page(&uri, query, &everyone, |one| {
            self.presence_of(one, detailed)
        })
    }

    /// The presence of one extension.
    pub(super) fn presence(&self, id: &str, query: &Query) -> Result<Value, Refused> {
        let is_forbidden = |one: &&Extension| self.twist.forbidden.contains(&one.id);
        let found = self.one(id);
        if found.as_ref().is_ok_and(is_forbidden) {
            return Err(Refused::user_lacks("ReadPresenceStatus"));
        }
        found.map(|extension| self.presence_of(extension, detailed(query)))
    }

    /// The list of extensions.
    pub(super) fn extension_list(&self, query: &Query) -> Result<Value, Refused> {
        let listed: Vec<&Extension> = self
            .present()
            .filter(|one| self.is_wanted(one, query))
            .collect();
        let uri = format!("{}/extension", self.addresses.account());
        self.page(&uri, query, &listed, |one| {
            let profile = one.profile_at(self.at_ms);
            records::extension(&self.addresses, self.world.sites(), one, profile)
        })
    }

    /// One extension with its settings.
    pub(super) fn extension(&self, id: &str) -> Result<Value, Refused> {
        let one = self.one(id)?;
        let profile = one.profile_at(self.at_ms);
        let queues: Vec<(i64, Option<String>)> = self
            .queues_of(one)
            .into_iter()
            .map(|queue| (queue.id, queue.profile_at(self.at_ms).number.clone()))
            .collect();
        let sites = self.world.sites();
        Ok(records::extension_detail(
            &self.addresses,
            sites,
            one,
            profile,
            &queues,
        ))
    }

    /// Whether the token's owner has a permission.
    pub(super) fn permission_check(&self, id: &str, query: &Query) -> Result<Value, Refused> {
        let one = self.one(id)?;
        let Some(permission) = query.get("permissionId") else {
            return Err(Refused::invalid_parameter("permissionId", ""));
        };
        let successful = self
            .user_permissions
            .iter()
            .any(|known| known == permission);
        let own = self.addresses.extension(one.id);
        let mut answer = json!({
            "uri": format!("{own}/authz-profile/check?permissionId={permission}"),
            "successful": successful,
        });
        if successful {
            let base = &self.addresses.base;
            let uri = format!("{base}/restapi/v1.0/dictionary/permission/{permission}");
            answer["details"] = json!({
                "permission": {"uri": uri, "id": permission},
                "scopes": ["AllExtensions"],
            });
        }
        Ok(answer)
    }

    /// The account.
    pub(super) fn account(&self) -> Value {
        records::account(&self.addresses, self.world.sites()[0].zone)
    }

    /// The company.
    pub(super) fn company(&self) -> Value {
        records::company(&self.addresses)
    }

    /// The sites next to the main one, which the published list leaves out.
    pub(super) fn sites(&self, query: &Query) -> Result<Value, Refused> {
        let uri = format!("{}/sites", self.addresses.account());
        let branches = self.world.sites().get(1..).unwrap_or_default();
        self.page(&uri, query, branches, |site| {
            records::site(&self.addresses, site)
        })
    }

    /// The call queues.
    pub(super) fn call_queues(&self, query: &Query) -> Result<Value, Refused> {
        let member = match query.get("memberExtensionId") {
            Some(id) => Some(self.one(id)?),
            None => None,
        };
        let queues: Vec<&Extension> = self
            .present_queues()
            .filter(|queue| member.is_none_or(|one| self.is_member(one, queue.id)))
            .collect();
        let uri = format!("{}/call-queues", self.addresses.account());
        self.page(&uri, query, &queues, |one| {
            let profile = one.profile_at(self.at_ms);
            records::queue(&self.addresses, self.world.sites(), one, profile)
        })
    }

    /// The members of a call queue.
    pub(super) fn queue_members(&self, id: &str, query: &Query) -> Result<Value, Refused> {
        let queue = self.queue(id)?;
        let members: Vec<&Extension> = self
            .present()
            .filter(|one| self.is_member(one, queue.id))
            .collect();
        let account = self.addresses.account();
        let uri = format!("{account}/call-queues/{}/members", queue.id);
        self.page(&uri, query, &members, |one| {
            records::member(&self.addresses, one, one.profile_at(self.at_ms))
        })
    }

    /// Finds an extension by its id as written in an address; `~` is the token's owner.
    pub(super) fn one(&self, id: &str) -> Result<&Extension, Refused> {
        let id = if id == "~" {
            Some(self.addresses.account_id)
        } else {
            id.parse().ok()
        };
        id.and_then(|id| self.world.find(id))
            .filter(|one| one.exists_at(self.at_ms))
            .ok_or_else(|| Refused::not_found("extensionId"))
    }

    /// Lists those who exist, except those that faults leave out of lists.
    pub(super) fn present(&self) -> impl Iterator<Item = &Extension> {
        let percent = self.twist.missing_percent;
        // Spread over all of them, and always the same.
        let is_left = move |index: usize| index * percent / 100 == (index + 1) * percent / 100;
        self.world
            .existing_at(self.at_ms)
            .enumerate()
            .filter(move |(index, _)| is_left(*index))
            .map(|(_, one)| one)
            .filter(|one| !self.twist.missing.contains(&one.id))
    }

    fn is_wanted(&self, one: &Extension, query: &Query) -> bool {
        let profile = one.profile_at(self.at_ms);
        let number = profile.number.as_deref();
        query.passes("type", Some(one.kind))
            && query.passes("status", Some(profile.status))
            && query.passes("extensionNumber", number)
            && query.passes("email", number.map(records::email).as_deref())
    }

    fn presence_of(&self, one: &Extension, detailed: bool) -> Value {
        let profile = one.profile_at(self.at_ms);
        let Some((since_ms, condition)) = self.world.condition_of(one.id, self.at_ms) else {
            return Value::Null;
        };
        let mut state = one.shown(condition);
        if let Some(adjustment) = self.overrides.get(&one.id) {
            state = adjustment.over(state);
        }
        let mut record = records::presence(&self.addresses, one, profile, &state);
        if detailed && state.telephony_status.is_some() {
            record["activeCalls"] = records::active_calls(one, profile, condition, since_ms);
        }
        record
    }

    fn page<T>(
        &self,
        uri: &str,
        query: &Query,
        all: &[T],
        record: impl Fn(&T) -> Value,
    ) -> Result<Value, Refused> {
        let wanted = Wanted::read(query)?;
        let later = wanted.page > 1;
        let overlaps = self.twist.later_pages == LaterPages::Overlap;
        let shift = usize::from(overlaps && later);
        let from_page = Wanted {
            page: match self.twist.later_pages {
                LaterPages::Repeat => 1,
                LaterPages::Follow | LaterPages::Overlap => wanted.page,
            },
            ..wanted
        };
        let (from, until) = from_page.range(all.len(), shift);
        let until = if self.twist.short && from < until {
            until - 1
        } else {
            until
        };
        let total = all
            .len()
            .saturating_sub(usize::from(self.twist.shrinks && later))
            .saturating_add(self.twist.surplus);
        let records = all[from..until].iter().map(record).collect();
        Ok(envelope(uri, wanted, total, records))
    }
}

fn detailed(query: &Query) -> bool {
    query.get("detailedTelephonyState") == Some("true")
}
