//! What names and groups extensions: the extension list, call queues and their members, sites.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use presence_model::ids::ExtensionId;
use presence_model::profile::ProfileUpdate;

use super::WireError;
use super::envelope::{Page, decode, tolerant_page};
use super::values::{Digits, Id, Object, Text};

/// What the platform says of an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Which.
    pub extension_id: ExtensionId,
    /// Number, name, type, status, department and site, which every object of the list has (also that there is
    /// none); the time zone only from an object that has `regionalSettings`; never the queues' names.
    pub update: ProfileUpdate,
    /// The id of its site, such as `main-site`.
    pub site_id: Option<String>,
    /// The ids of the call queues it is in (`departments`), if the object has them.
    pub queue_ids: Option<Vec<ExtensionId>>,
}

/// An extension object (`GetExtensionListInfoResponse`, `GetExtensionInfoResponse`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an extension")]
struct ExtensionObject<'a> {
    id: Id,
    #[serde(borrow, default)]
    extension_number: Digits<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow)]
    contact: Option<Object<Contact<'a>>>,
    #[serde(borrow)]
    site: Option<Object<SiteRef<'a>>>,
    #[serde(borrow)]
    regional_settings: Option<Object<RegionalSettings<'a>>>,
    departments: Option<Vec<Object<IdOnly>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Contact<'a> {
    #[serde(borrow)]
    first_name: Text<'a>,
    #[serde(borrow)]
    last_name: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    department: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SiteRef<'a> {
    #[serde(borrow)]
    id: Digits<'a>,
    #[serde(borrow)]
    name: Text<'a>,
}

/// The part of `regionalSettings` that is read: the time zone's IANA name.
#[derive(Deserialize)]
pub(super) struct RegionalSettings<'a> {
    #[serde(borrow)]
    timezone: Option<Object<TimeZone<'a>>>,
}

#[derive(Deserialize)]
struct TimeZone<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
}

impl RegionalSettings<'_> {
    pub(super) fn time_zone(self) -> Option<String> {
        self.timezone.and_then(|zone| zone.0.name.into_string())
    }
}

#[derive(Deserialize)]
struct IdOnly {
    id: Id,
}

impl Contact<'_> {
    /// First and last name; non-users have one `name` instead.
    fn full_name(&self) -> Option<String> {
        let parts: Vec<&str> = [self.first_name.get(), self.last_name.get()]
            .into_iter()
            .flatten()
            .collect();
        if parts.is_empty() {
            self.name.get().map(str::to_owned)
        } else {
            Some(parts.join(" "))
        }
    }
}

impl From<ExtensionObject<'_>> for Extension {
    fn from(object: ExtensionObject<'_>) -> Self {
        let contact = object.contact.map(|contact| contact.0).unwrap_or_default();
        let site = object.site.map(|site| site.0).unwrap_or_default();
        let name = object.name.into_string().or_else(|| contact.full_name());
        let ids = |queues: Vec<Object<IdOnly>>| {
            queues
                .iter()
                .map(|queue| ExtensionId(queue.0.id.0))
                .collect()
        };
        Self {
            extension_id: ExtensionId(object.id.0),
            update: ProfileUpdate {
                extension_number: Some(object.extension_number.into_string()),
                name: Some(name),
                extension_type: Some(object.kind.into_string()),
                status: Some(object.status.into_string()),
                department: Some(contact.department.into_string()),
                site: Some(site.name.into_string()),
                time_zone: object
                    .regional_settings
                    .map(|settings| settings.0.time_zone()),
                queues: None,
            },
            site_id: site.id.into_string(),
            queue_ids: object.departments.map(ids),
        }
    }
}

/// Reads a page of `GET /restapi/v1.0/account/{accountId}/extension`.
pub fn extension_page(bytes: &[u8]) -> Result<Page<Extension>, WireError> {
    tolerant_page(bytes, |raw| {
        serde_json::from_str::<Object<ExtensionObject<'_>>>(raw).map(|object| object.0.into())
    })
}

/// Reads one extension, as `GET /restapi/v1.0/account/{accountId}/extension/{extensionId}` answers.
pub fn extension(bytes: &[u8]) -> Result<Extension, WireError> {
    decode::<ExtensionObject<'_>>(bytes).map(Extension::from)
}

/// Reads a list of extension objects, strictly.
pub struct ExtensionsSeed;

impl<'de> DeserializeSeed<'de> for ExtensionsSeed {
    type Value = Vec<Extension>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ExtensionsSeed {
    type Value = Vec<Extension>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of extensions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut extensions = Vec::new();
        while let Some(Object(object)) = seq.next_element::<Object<ExtensionObject<'de>>>()? {
            extensions.push(object.into());
        }
        Ok(extensions)
    }
}

/// A call queue; its id is its extension's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallQueue {
    /// Which.
    pub extension_id: ExtensionId,
    /// Its name.
    pub name: Option<String>,
    /// Its extension number.
    pub extension_number: Option<String>,
    /// The platform's `status`, verbatim, such as `Enabled`.
    pub status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a call queue")]
struct CallQueueObject<'a> {
    id: Id,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    extension_number: Digits<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
}

/// Reads a page of `GET /restapi/v1.0/account/{accountId}/call-queues`.
pub fn call_queue_page(bytes: &[u8]) -> Result<Page<CallQueue>, WireError> {
    tolerant_page(bytes, |raw| {
        let Object(queue) = serde_json::from_str::<Object<CallQueueObject<'_>>>(raw)?;
        Ok(CallQueue {
            extension_id: ExtensionId(queue.id.0),
            name: queue.name.into_string(),
            extension_number: queue.extension_number.into_string(),
            status: queue.status.into_string(),
        })
    })
}

/// Reads a page of `GET /restapi/v1.0/account/{accountId}/call-queues/{groupId}/members`.
pub fn queue_member_page(bytes: &[u8]) -> Result<Page<ExtensionId>, WireError> {
    tolerant_page(bytes, |raw| {
        serde_json::from_str::<Object<IdOnly>>(raw).map(|member| ExtensionId(member.0.id.0))
    })
}

/// A site of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id: digits, or a word such as `main-site`.
    pub site_id: String,
    /// Its name.
    pub name: Option<String>,
    /// The IANA name of its time zone.
    pub time_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a site")]
struct SiteObject<'a> {
    #[serde(borrow)]
    id: Digits<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow)]
    regional_settings: Option<Object<RegionalSettings<'a>>>,
}

/// Reads a page of `GET /restapi/v1.0/account/{accountId}/sites`.
pub fn site_page(bytes: &[u8]) -> Result<Page<Site>, WireError> {
    tolerant_page(bytes, |raw| {
        let Object(site) = serde_json::from_str::<Object<SiteObject<'_>>>(raw)?;
        Ok(Site {
            site_id: site.id.into_string().unwrap_or_default(),
            name: site.name.into_string(),
            time_zone: site
                .regional_settings
                .and_then(|settings| settings.0.time_zone()),
        })
    })
}
