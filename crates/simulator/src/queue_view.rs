//! The account's queues at one moment: members, sign-ins, and what a request may set about them.
//!
//! Pure, as the rest of [`View`].

use serde_json::{Value, json};

use super::paging::Query;
use super::queue_overrides::{OF_MEMBERS, OF_QUEUES, Place};
use super::queue_presence::{QueueState, members_may_change, takes_queue_calls, unmasked};
use super::records;
use super::refusal::Refused;
use super::view::View;
use super::world::Extension;

impl View<'_> {
    /// Says whether an extension belongs to a queue.
    pub(super) fn is_member(&self, one: &Extension, queue: i64) -> bool {
        let place = Place {
            queue,
            member: one.id,
        };
        self.queue_overrides
            .belongs(place)
            .unwrap_or_else(|| one.profile_at(self.at_ms).queues.contains(&queue))
    }

    /// Lists the queues that an extension belongs to, those of its profile first.
    pub(super) fn queues_of(&self, one: &Extension) -> Vec<&Extension> {
        let own = &one.profile_at(self.at_ms).queues;
        let mut queues: Vec<&Extension> = self
            .world
            .existing_at(self.at_ms)
            .filter(|queue| queue.is_queue() && self.is_member(one, queue.id))
            .collect();
        let order = |id: i64| own.iter().position(|known| *known == id);
        queues.sort_by_key(|queue| order(queue.id).unwrap_or(usize::MAX));
        queues
    }

    /// Finds a queue by its id as written in an address.
    pub(super) fn queue(&self, id: &str) -> Result<&Extension, Refused> {
        self.one(id)
            .ok()
            .filter(|one| one.is_queue() && !self.twist.vanished_queues.contains(&one.id))
            .ok_or_else(|| Refused::not_found("groupId"))
    }

    /// The presence of a queue: which of its members take its calls.
    pub(super) fn queue_presence(&self, id: &str) -> Result<Value, Refused> {
        let queue = self.readable_queue(id)?;
        let sites = self.world.sites();
        let members = self.present().filter(|one| self.is_member(one, queue.id));
        let records = members.map(|one| {
            let profile = one.profile_at(self.at_ms);
            records::queue_member_presence(sites, one, profile, self.queue_state(queue, one))
        });
        Ok(self.unpaged(records.collect()))
    }

    /// The queues of an extension, and in which of them it takes calls.
    pub(super) fn extension_queue_presence(
        &self,
        id: &str,
        query: &Query,
    ) -> Result<Value, Refused> {
        let one = self.readable_one(id)?;
        let only_changeable = match query.get("editableMemberStatus") {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                return Err(Refused::invalid_parameter("editableMemberStatus", other));
            }
        };
        let seed = self.world.config().seed;
        let queues = self
            .present_queues()
            .filter(|queue| self.is_member(one, queue.id))
            .map(|queue| (queue, members_may_change(seed, queue.id)))
            .filter(|(_, may_change)| *may_change || !only_changeable);
        let records = queues.map(|(queue, may_change)| {
            let profile = queue.profile_at(self.at_ms);
            let signed_in = self.queue_state(queue, one).accept_current_queue_calls;
            records::member_queue_presence(queue, profile, may_change, signed_in)
        });
        Ok(self.unpaged(records.collect()))
    }

    /// Reads what a request sets about the members of a queue; refuses all of it if one is not a member.
    pub(super) fn settings_of_queue(
        &self,
        id: &str,
        body: &[u8],
    ) -> Result<Vec<(Place, bool)>, Refused> {
        let queue = self.readable_queue(id)?;
        let is_member = |member: i64| self.belongs(queue.id, member);
        let mut settings = Vec::new();
        for (member, switch) in OF_MEMBERS.read(body)? {
            if !is_member(member) {
                return Err(OF_MEMBERS.refuse_id(member));
            }
            let place = Place {
                queue: queue.id,
                member,
            };
            settings.extend(switch.map(|on| (place, on)));
        }
        Ok(settings)
    }

    /// Reads what a request sets about the queues of an extension; refuses all of it if it is not a member of one.
    pub(super) fn settings_of_extension(
        &self,
        id: &str,
        body: &[u8],
    ) -> Result<Vec<(Place, bool)>, Refused> {
        let one = self.readable_one(id)?;
        let mut settings = Vec::new();
        for (queue, switch) in OF_QUEUES.read(body)? {
            let is_there = self.queue(&queue.to_string()).is_ok();
            if !is_there || !self.is_member(one, queue) {
                return Err(OF_QUEUES.refuse_id(queue));
            }
            let place = Place {
                queue,
                member: one.id,
            };
            settings.extend(switch.map(|on| (place, on)));
        }
        Ok(settings)
    }

    /// Lists the queues that lists show.
    pub(super) fn present_queues(&self) -> impl Iterator<Item = &Extension> {
        self.present()
            .filter(|one| one.is_queue() && !self.twist.vanished_queues.contains(&one.id))
    }

    fn belongs(&self, queue: i64, member: i64) -> bool {
        let one = self.world.find(member);
        one.is_some_and(|one| one.exists_at(self.at_ms) && self.is_member(one, queue))
    }

    fn readable_queue(&self, id: &str) -> Result<&Extension, Refused> {
        self.queue(id).and_then(|queue| self.readable(queue))
    }

    fn readable_one(&self, id: &str) -> Result<&Extension, Refused> {
        self.one(id).and_then(|one| self.readable(one))
    }

    fn readable<'b>(&self, one: &'b Extension) -> Result<&'b Extension, Refused> {
        if self.twist.forbidden.contains(&one.id) {
            return Err(Refused::user_lacks("ReadPresenceStatus"));
        }
        Ok(one)
    }

    /// Finds the switches of a member, with what was set through the platform.
    fn queue_state(&self, queue: &Extension, one: &Extension) -> QueueState {
        let place = Place {
            queue: queue.id,
            member: one.id,
        };
        let condition = self.world.condition_of(one.id, self.at_ms);
        let takes = condition.is_none_or(|(_, condition)| {
            let state = unmasked(one, condition);
            takes_queue_calls(&match self.overrides.get(&one.id) {
                Some(adjustment) => adjustment.over(state),
                None => state,
            })
        });
        QueueState {
            accept_queue_calls: takes,
            accept_current_queue_calls: self
                .queue_overrides
                .sign_in(place)
                .unwrap_or_else(|| self.world.is_signed_in(queue.id, one.id, self.at_ms)),
        }
    }

    /// Composes a list that has no pages; a short page lacks its last record.
    fn unpaged(&self, mut records: Vec<Value>) -> Value {
        if self.twist.short {
            records.pop();
        }
        json!({"records": records})
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::fault::Fault;
    use super::super::overrides::Override;
    use super::super::queue_overrides::{Membership, QueueOverrides};
    use super::super::records::Addresses;
    use super::super::view::Twist;
    use super::super::world::{OfficeConfig, World};
    use super::*;

    /// Hours from the start of the office's period to Tuesday morning in California.
    const TUESDAY_MORNING: i64 = 42;

    /// An office at one moment, and what was set in it.
    struct Office {
        world: World,
        at_ms: i64,
        overrides: HashMap<i64, Override>,
        queue_overrides: QueueOverrides,
        faults: Vec<Fault>,
    }

    impl Office {
        fn open() -> Self {
            let world = World::new(OfficeConfig {
                extensions: 60,
                ..OfficeConfig::default()
            });
            Self {
                at_ms: world.config().start_ms + TUESDAY_MORNING * 3_600_000,
                world,
                overrides: HashMap::new(),
                queue_overrides: QueueOverrides::default(),
                faults: Vec::new(),
            }
        }

        fn with(faults: Vec<Fault>) -> Self {
            Self {
                faults,
                ..Self::open()
            }
        }

        fn view(&self) -> View<'_> {
            View {
                world: &self.world,
                at_ms: self.at_ms,
                addresses: Addresses {
                    base: "http://127.0.0.1".to_owned(),
                    account_id: self.world.config().account_id,
                },
                overrides: &self.overrides,
                queue_overrides: &self.queue_overrides,
                twist: Twist::of(&self.faults),
                user_permissions: &[],
            }
        }

        /// The first queue that has members, and its members.
        fn queue(&self) -> (i64, Vec<i64>) {
            let queues = self.world.extensions().iter().filter(|one| one.is_queue());
            let members = |queue: i64| -> Vec<i64> {
                let everyone = self.world.existing_at(self.at_ms);
                everyone
                    .filter(|one| one.profile_at(self.at_ms).queues.contains(&queue))
                    .map(|one| one.id)
                    .collect()
            };
            queues
                .map(|queue| (queue.id, members(queue.id)))
                .find(|(_, members)| members.len() > 2)
                .expect("a queue has members")
        }

        fn presence(&self, queue: i64) -> Vec<Value> {
            let body = self.view().queue_presence(&queue.to_string());
            body.expect("it may be read")["records"]
                .as_array()
                .expect("a list")
                .clone()
        }

        fn member(&self, queue: i64, member: i64) -> Option<Value> {
            let id = json!(member.to_string());
            self.presence(queue)
                .into_iter()
                .find(|record| record["member"]["id"] == id)
        }

        fn own(&self, member: i64, query: &[(&str, &str)]) -> Vec<Value> {
            let pairs = query
                .iter()
                .map(|(key, value)| ((*key).into(), (*value).into()));
            let query = Query(pairs.collect());
            let body = self
                .view()
                .extension_queue_presence(&member.to_string(), &query);
            body.expect("it may be read")["records"]
                .as_array()
                .expect("a list")
                .clone()
        }
    }

    #[track_caller]
    fn check_refused<T: std::fmt::Debug>(result: Result<T, Refused>, status: u16, code: &str) {
        let refused = result.expect_err("it is refused");
        assert_eq!(
            (refused.status, &refused.body["errorCode"]),
            (status, &json!(code))
        );
    }

    #[test]
    fn a_queue_shows_each_member_once_and_both_resources_agree() {
        let office = Office::open();
        let (queue, members) = office.queue();
        let shown: Vec<String> = members.iter().map(ToString::to_string).collect();
        let records = office.presence(queue);
        let found: Vec<&str> = records
            .iter()
            .map(|record| record["member"]["id"].as_str().expect("text"))
            .collect();
        assert_eq!(found, shown);
        for member in members {
            let record = office.member(queue, member).expect("a member");
            let id = json!(queue.to_string());
            let own = office.own(member, &[]);
            let own = own.iter().find(|own| own["callQueue"]["id"] == id);
            let accepts = &own.expect("it is its queue")["acceptCalls"];
            assert_eq!(accepts, &record["acceptCurrentQueueCalls"]);
            assert!(record["acceptQueueCalls"].is_boolean());
        }
    }

    #[test]
    fn what_is_no_queue_or_nobody_is_not_found_and_a_stranger_has_no_queues() {
        let office = Office::open();
        let (queue, _) = office.queue();
        let own = office.world.config().account_id;
        for id in ["1", "abc", "~", "", &own.to_string()] {
            check_refused(office.view().queue_presence(id), 404, "CMN-102");
        }
        let view = office.view();
        check_refused(
            view.extension_queue_presence("1", &Query::default()),
            404,
            "CMN-102",
        );
        assert_eq!(office.own(queue, &[]), Vec::<Value>::new());
        let odd = Query(vec![("editableMemberStatus".into(), "perhaps".into())]);
        check_refused(view.extension_queue_presence("~", &odd), 400, "CMN-101");
    }

    #[test]
    fn queues_whose_members_may_not_change_are_left_out_on_demand() {
        let office = Office::open();
        let people = office.world.existing_at(office.at_ms);
        for one in people.filter(|one| one.is_person()) {
            let all = office.own(one.id, &[]);
            let free = all
                .iter()
                .filter(|own| own["callQueue"]["editableMemberStatus"] == true);
            let asked = office.own(one.id, &[("editableMemberStatus", "true")]);
            assert_eq!(free.cloned().collect::<Vec<Value>>(), asked);
            assert_eq!(
                office.own(one.id, &[("editableMemberStatus", "false")]),
                all
            );
        }
    }

    #[test]
    fn a_refused_queue_is_forbidden_and_a_vanished_one_is_gone() {
        let (queue, members) = Office::open().queue();
        let (id, member) = (queue.to_string(), members[0].to_string());
        let office = Office::with(vec![Fault::Forbidden(queue)]);
        check_refused(office.view().queue_presence(&id), 403, "CMN-408");
        check_refused(office.view().settings_of_queue(&id, b"{}"), 403, "CMN-408");
        let office = Office::with(vec![Fault::Forbidden(members[0])]);
        let read = office
            .view()
            .extension_queue_presence(&member, &Query::default());
        check_refused(read, 403, "CMN-408");
        let office = Office::with(vec![Fault::VanishedQueue(queue)]);
        let view = office.view();
        check_refused(view.queue_presence(&id), 404, "CMN-102");
        check_refused(view.queue_members(&id, &Query::default()), 404, "CMN-102");
        let list = view
            .call_queues(&Query::default())
            .expect("the list is there");
        assert!(!list.to_string().contains(&format!("\"id\":\"{id}\"")));
        let own = office.own(members[0], &[]);
        assert!(own.iter().all(|own| own["callQueue"]["id"] != json!(id)));
    }

    #[test]
    fn lists_can_lack_records() {
        let honest = Office::open();
        let (queue, members) = honest.queue();
        let count = |fault| Office::with(vec![fault]).presence(queue).len();
        assert_eq!(count(Fault::ShortPage), members.len() - 1);
        assert_eq!(
            count(Fault::MissingExtension(members[1])),
            members.len() - 1
        );
        assert_eq!(count(Fault::EmptyList), 0);
    }

    #[test]
    fn do_not_disturb_and_sign_ins_that_were_set_show_at_once() {
        let mut office = Office::open();
        let (queue, members) = office.queue();
        let member = members[0];
        let mut adjustment = Override::default();
        adjustment
            .amend(&json!({"dndStatus": "TakeAllCalls", "acceptCallQueueCalls": true}))
            .expect("good");
        office.overrides.insert(member, adjustment.clone());
        let takes = |office: &Office| {
            office.member(queue, member).expect("a member")["acceptQueueCalls"].clone()
        };
        adjustment
            .amend(&json!({"dndStatus": "DoNotAcceptAnyCalls"}))
            .expect("good");
        office.overrides.insert(member, adjustment);
        assert_eq!(takes(&office), false);
        for on in [true, false] {
            let body = json!({"records": [
                {"member": {"id": member.to_string()}, "acceptCurrentQueueCalls": on},
            ]});
            let settings = office
                .view()
                .settings_of_queue(&queue.to_string(), body.to_string().as_bytes());
            office.queue_overrides.sign(settings.expect("good"));
            let record = office.member(queue, member).expect("a member");
            assert_eq!(record["acceptCurrentQueueCalls"], on);
        }
        let body = json!({"records": [
            {"callQueue": {"id": queue.to_string()}, "acceptCalls": true},
        ]});
        let settings = office
            .view()
            .settings_of_extension(&member.to_string(), body.to_string().as_bytes());
        office.queue_overrides.sign(settings.expect("good"));
        let record = office.member(queue, member).expect("a member");
        assert_eq!(record["acceptCurrentQueueCalls"], true);
    }

    #[test]
    fn settings_of_a_stranger_are_refused_as_a_whole() {
        let office = Office::open();
        let (queue, members) = office.queue();
        let mut everyone = office.world.existing_at(office.at_ms);
        let stranger = everyone.find(|one| one.is_person() && !members.contains(&one.id));
        let stranger = stranger.expect("someone is not in it").id;
        let body = |id: i64| json!({"member": {"id": id}, "acceptCurrentQueueCalls": true});
        let both = json!({"records": [body(members[0]), body(stranger)]}).to_string();
        let view = office.view();
        check_refused(
            view.settings_of_queue(&queue.to_string(), both.as_bytes()),
            400,
            "CMN-101",
        );
        let own =
            json!({"records": [{"callQueue": {"id": queue}, "acceptCalls": true}]}).to_string();
        let set = view.settings_of_extension(&stranger.to_string(), own.as_bytes());
        check_refused(set, 400, "CMN-101");
        let silent = json!({"records": [{"member": {"id": members[0]}}]}).to_string();
        let set = view.settings_of_queue(&queue.to_string(), silent.as_bytes());
        assert_eq!(set.expect("good"), []);
    }

    #[test]
    fn a_membership_that_was_set_shows_in_every_resource() {
        let mut office = Office::open();
        let (queue, members) = office.queue();
        let mut everyone = office.world.existing_at(office.at_ms);
        let stranger = everyone.find(|one| one.is_person() && !members.contains(&one.id));
        let stranger = stranger.expect("someone is not in it").id;
        drop(everyone);
        let mut set = |member, membership| {
            let place = Place { queue, member };
            office.queue_overrides.set_membership(place, membership);
        };
        set(stranger, Membership::Added);
        set(members[0], Membership::Removed);
        assert!(office.member(queue, stranger).is_some());
        assert!(office.member(queue, members[0]).is_none());
        let view = office.view();
        let id = queue.to_string();
        let list = view
            .queue_members(&id, &Query::default())
            .expect("good")
            .to_string();
        let written = |member: i64| format!("\"id\":{member},");
        assert!(
            list.contains(&written(stranger)) || list.contains(&format!("\"id\":{stranger}}}"))
        );
        assert!(!list.contains(&written(members[0])));
        let one = view.extension(&stranger.to_string()).expect("known");
        let mine = one["departments"].as_array().expect("a list");
        assert!(mine.iter().any(|own| own["id"] == json!(id)));
        let query = Query(vec![("memberExtensionId".into(), members[0].to_string())]);
        let queues = view.call_queues(&query).expect("good").to_string();
        assert!(!queues.contains(&format!("\"id\":\"{id}\"")));
    }
}
