//! The bodies of single records: presence, extension, site, queue, account.
//!
//! Pure. Field names and JSON types are the contract's: ids are numbers in some records and text in
//! others, as on the platform.

use serde_json::{Map, Value, json};

use super::names::{self, COMPANY};
use super::queue_presence::QueueState;
use super::rng::{Purpose, rng};
use super::status::{Condition, Line, TrueState};
use super::world::{Extension, Profile, Site};
use super::zones::{ZoneEntry, iso};
use rand::RngExt;

/// The addresses that records point to.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    /// Scheme and host, such as `http://127.0.0.1:8123`.
    pub(super) base: String,
    /// The account's id.
    pub(super) account_id: i64,
}

impl Addresses {
    pub(super) fn account(&self) -> String {
        format!("{}/restapi/v1.0/account/{}", self.base, self.account_id)
    }

    pub(super) fn extension(&self, id: i64) -> String {
        format!("{}/extension/{id}", self.account())
    }

    fn dictionary(&self, entry: &str) -> String {
        format!("{}/restapi/v1.0/dictionary/{entry}", self.base)
    }
}

/// Composes a presence record.
pub(super) fn presence(
    addresses: &Addresses,
    extension: &Extension,
    profile: &Profile,
    state: &TrueState,
) -> Value {
    let uri = addresses.extension(extension.id);
    let mut whose = json!({"uri": uri, "id": extension.id});
    if let Some(number) = &profile.number {
        whose["extensionNumber"] = json!(number);
    }
    let mut record = Map::new();
    record.insert("uri".into(), json!(format!("{uri}/presence")));
    record.insert("extension".into(), whose);
    record.insert("presenceStatus".into(), json!(state.presence_status));
    let words = [
        ("userStatus", state.user_status),
        ("telephonyStatus", state.telephony_status),
        ("dndStatus", state.dnd_status),
        ("meetingStatus", state.meeting_status),
        ("dndStatusPersonal", state.dnd_status_personal),
        ("callerIdVisibility", state.caller_id_visibility),
        ("cxTelephonyStatus", state.cx_telephony_status),
        (
            "aggregatedTelephonyStatus",
            state.aggregated_telephony_status,
        ),
        ("message", state.message.as_deref()),
    ];
    let switches = [
        ("acceptCallQueueCalls", state.accept_call_queue_calls),
        ("allowSeeMyPresence", state.allow_see_my_presence),
        ("ringOnMonitoredCall", state.ring_on_monitored_call),
        ("pickUpCallsOnHold", state.pick_up_calls_on_hold),
    ];
    let words = words
        .into_iter()
        .filter_map(|(name, word)| Some((name, json!(word?))));
    let switches = switches
        .into_iter()
        .filter_map(|(name, on)| Some((name, json!(on?))));
    record.extend(
        words
            .chain(switches)
            .map(|(name, value)| (name.to_owned(), value)),
    );
    Value::Object(record)
}

/// Composes the list of calls that `detailedTelephonyState=true` adds: the one going on, if any.
pub(super) fn active_calls(
    extension: &Extension,
    profile: &Profile,
    condition: Condition,
    since_ms: Option<i64>,
) -> Value {
    if condition.line == Line::Idle || extension.habits.hides_presence {
        return json!([]);
    }
    let since_ms = since_ms.unwrap_or_default();
    let id = extension.id.cast_unsigned();
    let mut rng = rng(id, Purpose::Calls, since_ms.cast_unsigned(), 0);
    let session = rng.random_range(10_000_000_000_u64..99_999_999_999);
    let party = rng.random_range(100_000_000_000_u64..999_999_999_999);
    let number = profile.number.as_deref().unwrap_or("100");
    json!([{
        "id": format!("{:032x}", u128::from(party) << 64 | u128::from(session)),
        "direction": "Inbound",
        "queueCall": !profile.queues.is_empty() && session % 2 == 0,
        "from": format!("+165055501{:02}", party % 100),
        "to": number,
        "telephonyStatus": condition.line.word(),
        "startTime": iso(since_ms),
        "sessionId": session.to_string(),
        "partyId": format!("cs{party}-2"),
        "telephonySessionId": format!("s-{session:x}{party:x}"),
    }])
}

/// Composes a record of the extension list.
pub(super) fn extension(
    addresses: &Addresses,
    sites: &[Site],
    extension: &Extension,
    profile: &Profile,
) -> Value {
    let uri = addresses.extension(extension.id);
    let mut record = json!({
        "uri": uri,
        "id": extension.id,
        "type": extension.kind,
        "status": profile.status,
        "profileImage": {"uri": format!("{uri}/profile-image")},
    });
    let (Some(name), Some(number)) = (&profile.name, &profile.number) else {
        return record;
    };
    let administrator = extension.id == addresses.account_id;
    record["extensionNumber"] = json!(number);
    record["name"] = json!(name);
    record["contact"] = contact(extension, profile, name, number);
    record["permissions"] = json!({
        "admin": {"enabled": administrator},
        "internationalCalling": {"enabled": extension.is_person()},
    });
    record["hidden"] = json!(false);
    record["creationTime"] = json!(iso(extension.created_ms));
    record["site"] = site_reference(addresses, &sites[profile.site]);
    if administrator {
        record["roles"] = json!([{
            "uri": format!("{}/user-role/1", addresses.account()),
            "id": "1",
            "autoAssigned": false,
            "displayName": "Super Admin",
            "siteCompatible": false,
            "siteRestricted": false,
        }]);
    }
    if extension.kind == "Department" {
        record["callQueueInfo"] = json!({
            "slaGoal": 80,
            "slaThresholdSeconds": 20,
            "includeAbandonedCalls": true,
            "abandonedThresholdSeconds": 10,
        });
        record["alertTimer"] = json!(30);
    }
    record
}

fn contact(extension: &Extension, profile: &Profile, name: &str, number: &str) -> Value {
    let mut contact = json!({
        "company": COMPANY,
        "email": email(number),
        "emailAsLoginName": extension.is_person(),
    });
    if extension.is_person() {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        contact["firstName"] = json!(first);
        contact["lastName"] = json!(last);
    } else {
        contact["firstName"] = json!(name);
    }
    if let Some(department) = profile.department {
        contact["department"] = json!(department);
    }
    contact
}

/// Gives an extension's address for mail.
pub(super) fn email(number: &str) -> String {
    format!("ext{number}@example.com")
}

fn site_reference(addresses: &Addresses, site: &Site) -> Value {
    let mut reference = json!({"id": site.id, "name": site.name});
    if let Some(code) = site.code {
        reference["code"] = json!(code);
        reference["uri"] = json!(format!("{}/sites/{}", addresses.account(), site.id));
    }
    reference
}

/// Composes a single extension: the list's record, and what only this resource has.
pub(super) fn extension_detail(
    addresses: &Addresses,
    sites: &[Site],
    one: &Extension,
    profile: &Profile,
    queues: &[(i64, Option<String>)],
) -> Value {
    let mut record = extension(addresses, sites, one, profile);
    if profile.number.is_none() {
        return record;
    }
    let account_id = addresses.account_id.to_string();
    record["account"] = json!({"id": account_id, "uri": addresses.account()});
    record["departments"] = queues
        .iter()
        .map(|(id, number)| {
            let mut queue = json!({"id": id.to_string(), "uri": addresses.extension(*id)});
            if let Some(number) = number {
                queue["extensionNumber"] = json!(number);
            }
            queue
        })
        .collect();
    record["setupWizardState"] = json!("Completed");
    record["siteAccess"] = json!("Unlimited");
    if one.id == addresses.account_id {
        record["serviceFeatures"] = json!([
            {"featureName": "Presence", "enabled": true},
            {"featureName": "DND", "enabled": true},
        ]);
    }
    record["regionalSettings"] = regional_settings(addresses, one.zone);
    record
}

/// Composes regional settings; without a zone they lack `timezone`.
fn regional_settings(addresses: &Addresses, zone: Option<ZoneEntry>) -> Value {
    let language = json!({"id": "1033", "name": "English (United States)", "localeCode": "en-US"});
    let mut settings = json!({
        "homeCountry": {
            "uri": addresses.dictionary("country/1"),
            "id": "1",
            "name": "United States",
            "isoCode": "US",
            "callingCode": "1",
        },
        "language": language,
        "greetingLanguage": language,
        "formattingLocale": language,
        "timeFormat": "12h",
    });
    if let Some(zone) = zone {
        settings["timezone"] = json!({
            "uri": addresses.dictionary(&format!("timezone/{}", zone.id)),
            "id": zone.id,
            "name": zone.name,
            "description": zone.description,
            "bias": zone.bias,
        });
    }
    settings
}

/// Composes a site's record.
pub(super) fn site(addresses: &Addresses, site: &Site) -> Value {
    let operator = addresses.account_id;
    json!({
        "uri": format!("{}/sites/{}", addresses.account(), site.id),
        "id": site.id,
        "name": site.name,
        "code": site.code,
        "email": format!("site{}@example.com", site.code.unwrap_or("0")),
        "regionalSettings": regional_settings(addresses, Some(site.zone)),
        "siteAccess": "Unlimited",
        "operator": {
            "id": operator.to_string(),
            "uri": addresses.extension(operator),
            "extensionNumber": "101",
            "name": names::FIRST,
        },
    })
}

/// Composes a call queue's record.
pub(super) fn queue(
    addresses: &Addresses,
    sites: &[Site],
    extension: &Extension,
    profile: &Profile,
) -> Value {
    json!({
        "uri": addresses.extension(extension.id),
        "id": extension.id.to_string(),
        "extensionNumber": profile.number,
        "name": profile.name,
        "status": profile.status,
        "site": {"id": sites[profile.site].id, "name": sites[profile.site].name},
    })
}

/// Composes the record of a queue's member.
pub(super) fn member(addresses: &Addresses, extension: &Extension, profile: &Profile) -> Value {
    json!({
        "uri": addresses.extension(extension.id),
        "id": extension.id,
        "extensionNumber": profile.number,
    })
}

/// Composes the record of a member in a queue's presence.
pub(super) fn queue_member_presence(
    sites: &[Site],
    extension: &Extension,
    profile: &Profile,
    state: QueueState,
) -> Value {
    let site = &sites[profile.site];
    json!({
        "member": {
            "id": extension.id.to_string(),
            "name": profile.name,
            "extensionNumber": profile.number,
            "site": {"id": site.id, "name": site.name},
        },
        "acceptQueueCalls": state.accept_queue_calls,
        "acceptCurrentQueueCalls": state.accept_current_queue_calls,
    })
}

/// Composes the record of a queue in the presence of one of its members.
pub(super) fn member_queue_presence(
    queue: &Extension,
    profile: &Profile,
    members_may_change: bool,
    signed_in: bool,
) -> Value {
    json!({
        "callQueue": {
            "id": queue.id.to_string(),
            "name": profile.name,
            "extensionNumber": profile.number,
            "editableMemberStatus": members_may_change,
        },
        "acceptCalls": signed_in,
    })
}

/// Composes the account's record.
pub(super) fn account(addresses: &Addresses, zone: ZoneEntry) -> Value {
    let uri = addresses.account();
    let operator = addresses.account_id;
    json!({
        "uri": uri,
        "id": addresses.account_id,
        "serviceInfo": {
            "uri": format!("{uri}/service-info"),
            "brand": {"id": "1210", "name": "RingCentral"},
            "servicePlan": {"id": "4485", "name": "Office", "edition": "Enterprise"},
        },
        "operator": {
            "uri": addresses.extension(operator),
            "id": operator,
            "extensionNumber": "101",
        },
        "mainNumber": "+16505550100",
        "status": "Confirmed",
        "setupWizardState": "Completed",
        "regionalSettings": regional_settings(addresses, Some(zone)),
        "federated": false,
        "limits": {
            "freeSoftPhoneLinesPerExtension": 1,
            "meetingSize": 200,
            "maxMonitoredExtensionsPerUser": 100,
            "maxExtensionNumberLength": 6,
            "cloudRecordingStorage": 0,
        },
    })
}

/// Composes the company's record of the newer account resource.
pub(super) fn company(addresses: &Addresses) -> Value {
    json!({
        "id": addresses.account_id.to_string(),
        "mainNumber": "+16505550100",
        "status": "Confirmed",
        "billingActive": true,
        "companyName": COMPANY,
        "serviceInfo": {
            "package": {"id": "18", "version": "3"},
            "brand": {"id": "1210", "name": "RingCentral", "homeCountry": "USA"},
        },
    })
}

/// Composes the answer of the unprotected root.
pub(super) fn root(base: &str) -> Value {
    json!({
        "uri": format!("{base}/restapi"),
        "apiVersions": [{
            "uri": format!("{base}/restapi/v1.0"),
            "versionString": "1.0.60",
            "releaseDate": "2026-08-01T00:00:00.000Z",
            "uriString": "v1.0",
        }],
        "serverVersion": "26.3.1",
        "serverRevision": "simulated",
    })
}
