//! Which resource a request is for.
//!
//! Pure. Knows addresses and methods, and for each resource its rate group and the permissions it
//! asks for; nothing about answers.

use serde::Deserialize;

use super::limits::Group;
use super::refusal::Refused;

/// A kind of address, by which faults are aimed and requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathKind {
    /// `/restapi`.
    Root,
    /// `/restapi/oauth/token`.
    Token,
    /// `/restapi/oauth/revoke`.
    Revoke,
    /// `…/account/{a}/presence`.
    PresenceList,
    /// `…/extension/{e}/presence`, single and batch.
    Presence,
    /// `…/extension/{e}/presence` with PUT.
    PresenceUpdate,
    /// `…/account/{a}/extension`.
    ExtensionList,
    /// `…/extension/{e}`, single and batch.
    Extension,
    /// `…/authz-profile/check`.
    PermissionCheck,
    /// `/restapi/v1.0/account/{a}`.
    Account,
    /// `/restapi/v2/accounts/{a}`.
    Company,
    /// `…/sites`.
    Sites,
    /// `…/call-queues`.
    CallQueues,
    /// `…/call-queues/{g}/members`.
    QueueMembers,
    /// `…/call-queues/{g}/presence`.
    QueuePresence,
    /// `…/call-queues/{g}/presence` with PUT.
    QueuePresenceUpdate,
    /// `…/extension/{e}/call-queue-presence`.
    ExtensionQueuePresence,
    /// `…/extension/{e}/call-queue-presence` with PUT.
    ExtensionQueuePresenceUpdate,
    /// Any other address.
    Unknown,
}

impl PathKind {
    /// Gives the rate group; `None` for what is not limited.
    pub fn group(self) -> Option<Group> {
        match self {
            Self::Root | Self::Unknown => None,
            Self::Token | Self::Revoke => Some(Group::Auth),
            Self::PresenceList => Some(Group::Heavy),
            Self::ExtensionList
            | Self::CallQueues
            | Self::PresenceUpdate
            | Self::QueuePresenceUpdate
            | Self::ExtensionQueuePresenceUpdate => Some(Group::Medium),
            Self::Presence
            | Self::Extension
            | Self::PermissionCheck
            | Self::Account
            | Self::Company
            | Self::Sites
            | Self::QueueMembers
            | Self::QueuePresence
            | Self::ExtensionQueuePresence => Some(Group::Light),
        }
    }

    /// Gives the permission that the application needs.
    pub(super) fn application_permission(self) -> Option<&'static str> {
        match self {
            Self::PresenceList
            | Self::Presence
            | Self::QueuePresence
            | Self::ExtensionQueuePresence => Some("ReadPresence"),
            Self::PresenceUpdate
            | Self::QueuePresenceUpdate
            | Self::ExtensionQueuePresenceUpdate => Some("EditPresence"),
            Self::ExtensionList
            | Self::Extension
            | Self::Account
            | Self::Company
            | Self::Sites
            | Self::CallQueues
            | Self::QueueMembers => Some("ReadAccounts"),
            Self::Root | Self::Token | Self::Revoke | Self::PermissionCheck | Self::Unknown => None,
        }
    }

    /// Says whether it is about the presence of queues, for which no user permission is documented.
    pub(super) fn is_queue_presence(self) -> bool {
        matches!(
            self,
            Self::QueuePresence
                | Self::QueuePresenceUpdate
                | Self::ExtensionQueuePresence
                | Self::ExtensionQueuePresenceUpdate
        )
    }

    /// Gives the permission that the user needs.
    pub(super) fn user_permission(self) -> Option<&'static str> {
        match self {
            Self::PresenceList | Self::Presence => Some("ReadPresenceStatus"),
            Self::Account | Self::Company => Some("ReadCompanyInfo"),
            Self::ExtensionList
            | Self::Extension
            | Self::Sites
            | Self::CallQueues
            | Self::QueueMembers => Some("ReadExtensions"),
            _ => None,
        }
    }
}

/// A request's address, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// What it is.
    pub(super) kind: PathKind,
    /// The account as written, `~` or a number; empty where the address has none.
    pub(super) account: String,
    /// The extensions or the queue as written, taken apart at commas.
    pub(super) ids: Vec<String>,
}

impl Route {
    /// Takes an address apart.
    pub(super) fn read(method: &str, path: &str) -> Self {
        let path = unescaped(path);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (kind, account, ids) = match (method, parts.as_slice()) {
            ("GET", ["restapi"]) => (PathKind::Root, "", ""),
            ("POST", ["restapi", "oauth", "token"]) => (PathKind::Token, "", ""),
            ("POST", ["restapi", "oauth", "revoke"]) => (PathKind::Revoke, "", ""),
            ("GET", ["restapi", "v2", "accounts", account]) => (PathKind::Company, *account, ""),
            (method, ["restapi", "v1.0", "account", account, rest @ ..]) => {
                let (kind, ids) = inside_account(method, rest);
                (kind, *account, ids)
            }
            _ => (PathKind::Unknown, "", ""),
        };
        let ids = ids
            .split(',')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        Self {
            kind,
            account: account.to_owned(),
            ids,
        }
    }

    /// Gives the one id of an address that takes no lists; refuses none and several.
    pub(super) fn single(&self) -> Result<&str, Refused> {
        let parameter = match self.kind {
            PathKind::QueuePresence | PathKind::QueuePresenceUpdate => "groupId",
            _ => "extensionId",
        };
        match self.ids.as_slice() {
            [id] => Ok(id),
            _ => Err(Refused::not_found(parameter)),
        }
    }

    /// Gives the id that the address names, if it is one number.
    pub(super) fn id(&self) -> Option<i64> {
        match self.ids.as_slice() {
            [id] => id.parse().ok(),
            _ => None,
        }
    }
}

fn inside_account<'a>(method: &str, rest: &[&'a str]) -> (PathKind, &'a str) {
    match (method, rest) {
        ("GET", []) => (PathKind::Account, ""),
        ("GET", ["presence"]) => (PathKind::PresenceList, ""),
        ("GET", ["sites"]) => (PathKind::Sites, ""),
        ("GET", ["call-queues"]) => (PathKind::CallQueues, ""),
        ("GET", ["call-queues", queue, "members"]) => (PathKind::QueueMembers, queue),
        ("GET", ["call-queues", queue, "presence"]) => (PathKind::QueuePresence, queue),
        ("PUT", ["call-queues", queue, "presence"]) => (PathKind::QueuePresenceUpdate, queue),
        ("GET", ["extension", id, "call-queue-presence"]) => (PathKind::ExtensionQueuePresence, id),
        ("PUT", ["extension", id, "call-queue-presence"]) => {
            (PathKind::ExtensionQueuePresenceUpdate, id)
        }
        ("GET", ["extension"]) => (PathKind::ExtensionList, ""),
        ("GET", ["extension", ids]) => (PathKind::Extension, ids),
        ("GET", ["extension", ids, "presence"]) => (PathKind::Presence, ids),
        ("PUT", ["extension", ids, "presence"]) => (PathKind::PresenceUpdate, ids),
        ("GET", ["extension", ids, "authz-profile", "check"]) => (PathKind::PermissionCheck, ids),
        _ => (PathKind::Unknown, ""),
    }
}

/// Undoes the escapes that clients put into ids: of the tilde and the comma.
fn unescaped(path: &str) -> String {
    path.replace("%7E", "~")
        .replace("%7e", "~")
        .replace("%2C", ",")
        .replace("%2c", ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, path: &str, kind: PathKind, account: &str, ids: &[&str]) {
        let route = Route::read(method, path);
        assert_eq!((route.kind, route.account.as_str()), (kind, account));
        assert_eq!(route.ids, ids);
    }

    #[test]
    fn addresses_are_taken_apart() {
        check("GET", "/restapi", PathKind::Root, "", &[]);
        check(
            "GET",
            "/restapi/v1.0/account/~/presence",
            PathKind::PresenceList,
            "~",
            &[],
        );
        let batch = "/restapi/v1.0/account/%7E/extension/1%2C2,~/presence";
        check("GET", batch, PathKind::Presence, "~", &["1", "2", "~"]);
        check(
            "PUT",
            "/restapi/v1.0/account/5/extension/~/presence",
            PathKind::PresenceUpdate,
            "5",
            &["~"],
        );
        check("GET", "/restapi/v2/accounts/~", PathKind::Company, "~", &[]);
        check(
            "DELETE",
            "/restapi/v1.0/account/~/presence",
            PathKind::Unknown,
            "~",
            &[],
        );
        check(
            "GET",
            "/restapi/v1.0/account/~/nonsense/1",
            PathKind::Unknown,
            "~",
            &[],
        );
        check("GET", "//", PathKind::Unknown, "", &[]);
    }

    #[test]
    fn presence_of_queues_is_read_lightly_and_written_with_a_permission_of_its_own() {
        let queue = "/restapi/v1.0/account/~/call-queues/7/presence";
        let own = "/restapi/v1.0/account/~/extension/~/call-queue-presence";
        let cases = [
            ("GET", queue, PathKind::QueuePresence, "7"),
            ("PUT", queue, PathKind::QueuePresenceUpdate, "7"),
            ("GET", own, PathKind::ExtensionQueuePresence, "~"),
            ("PUT", own, PathKind::ExtensionQueuePresenceUpdate, "~"),
        ];
        for (method, path, kind, id) in cases {
            check(method, path, kind, "~", &[id]);
            let (group, permission) = match method {
                "GET" => (Group::Light, "ReadPresence"),
                _ => (Group::Medium, "EditPresence"),
            };
            assert_eq!(kind.group(), Some(group));
            assert_eq!(kind.application_permission(), Some(permission));
            assert_eq!(kind.user_permission(), None);
            assert!(kind.is_queue_presence());
        }
        check("POST", queue, PathKind::Unknown, "~", &[]);
    }
}
