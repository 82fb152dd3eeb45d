//! Setting one's own presence: the only request that changes anything on the platform.
//!
//! It is sent once. If no answer comes, or none that can be read, it may have been carried out all the same, so what is shown then is read back
//! instead of sending it again (reference, "PUT presence").

use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::budget::Endpoint;
use super::client::{PRESENCE, Question, RingCentral, of_account};
use super::failure::{Verdict, describe, is_transient, judge, redacted, unreadable};
use super::transport::{Authorization, Body, Outgoing};
use super::{Answer, SourceError};
use presence_model::facet::Facet;
use presence_model::observation::Observation;
use presence_model::time::Timestamp;
use presence_ringcentral_wire as wire;

const SET_PRESENCE: Endpoint = Endpoint {
    name: "the change of your presence",
    group: "medium",
};

/// What is to be changed of one's own presence; what is not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresenceChange {
    /// `userStatus`.
    pub user_status: Option<String>,
    /// `dndStatus`.
    pub dnd_status: Option<String>,
    /// `dndStatusPersonal`.
    pub dnd_status_personal: Option<String>,
    /// `acceptCallQueueCalls`.
    pub accept_call_queue_calls: Option<bool>,
    /// `message`; empty: none.
    pub message: Option<String>,
}

impl PresenceChange {
    /// The request's body.
    fn body(&self) -> Value {
        let texts = [
            ("userStatus", &self.user_status),
            ("dndStatus", &self.dnd_status),
            ("dndStatusPersonal", &self.dnd_status_personal),
            ("message", &self.message),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text.clone()?))));
        let mut body: Map<String, Value> = texts.collect();
        if let Some(accepts) = self.accept_call_queue_calls {
            body.insert("acceptCallQueueCalls".to_owned(), Value::from(accepts));
        }
        Value::Object(body)
    }

    /// The facets that do not show what was asked for.
    pub fn missing_in(&self, shown: &Observation) -> Vec<Facet> {
        let accepts = self.accept_call_queue_calls.map(|one| one.to_string());
        let wanted = [
            (Facet::UserStatus, &self.user_status),
            (Facet::DndStatus, &self.dnd_status),
            (Facet::DndStatusPersonal, &self.dnd_status_personal),
            (Facet::AcceptCallQueueCalls, &accepts),
            (Facet::Message, &self.message),
        ];
        let missing = wanted.into_iter().filter(|(facet, wanted)| {
            wanted
                .as_ref()
                .is_some_and(|wanted| shown.presence.get(*facet).unwrap_or("") != wanted)
        });
        missing.map(|(facet, _)| facet).collect()
    }
}

impl RingCentral {
    /// Changes the presence of the user whose JWT is used, and gives what the platform shows then.
    pub async fn set_own_presence(
        &self,
        change: &PresenceChange,
        by: Timestamp,
    ) -> Result<Answer<Observation>, SourceError> {
        let what = SET_PRESENCE.name;
        let path = own_path();
        let body = change.body();
        let mut was_renewed = false;
        self.prepare_to_set(by).await?;
        loop {
            let token = self.login.token(&self.transport, by).await?;
            let outgoing = Outgoing {
                endpoint: SET_PRESENCE,
                path: &path,
                body: Body::Put(&body),
                authorization: Authorization::Bearer(&token.value),
            };
            let mut reply = match self.transport.send_once(&outgoing, by).await {
                Err(SourceError::Unavailable { why, .. }) => {
                    return self.read_back(change, why, by).await;
                }
                sent => sent?,
            };
            if is_transient(reply.status) {
                let why = describe(reply.status, &reply.body);
                return self.read_back(change, why, by).await;
            }
            if reply.status >= 300 {
                let clean = redacted(&reply.body, &[token.value.expose_secret()]);
                reply.body = clean.into_owned().into();
            }
            match judge(what, reply.status, &reply.body) {
                Verdict::Answer => match self.decode_presence(&reply) {
                    Ok(shown) => return Ok(reply.answer(shown)),
                    Err(error) => {
                        let why = unreadable(&error.to_string(), &reply.body);
                        return self.read_back(change, why, by).await;
                    }
                },
                Verdict::TokenRejected if !was_renewed => {
                    was_renewed = true;
                    self.login.reject(token.generation).await;
                }
                Verdict::TokenRejected | Verdict::NotFound => {
                    let why = describe(reply.status, &reply.body);
                    return Err(SourceError::Refused { what, why });
                }
                Verdict::Fails(error) => return Err(error),
            }
        }
    }

    /// What is shown after a request without an answer: a success if it was carried out.
    async fn read_back(
        &self,
        change: &PresenceChange,
        why: String,
        by: Timestamp,
    ) -> Result<Answer<Observation>, SourceError> {
        let question = Question {
            endpoint: PRESENCE,
            path: own_path(),
            query: &[],
        };
        let what = SET_PRESENCE.name;
        let shown = self
            .ask(&question, by, |reply| self.decode_presence(reply))
            .await;
        match shown {
            Ok(shown) if change.missing_in(&shown.value).is_empty() => Ok(shown),
            Ok(_) => Err(SourceError::Unavailable {
                what,
                why: format!("{why}; it was not made"),
            }),
            Err(error) => Err(SourceError::Unavailable {
                what,
                why: format!("{why}; whether it was made is not known ({error})"),
            }),
        }
    }

    fn decode_presence(
        &self,
        reply: &super::transport::Reply,
    ) -> Result<Observation, wire::WireError> {
        let (requested_at, received_at) = (reply.requested_at, reply.received_at);
        wire::presence(&reply.body, requested_at, received_at, &mut self.interner())
    }
}

fn own_path() -> String {
    of_account("/extension/~/presence")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_sent() {
        let change = PresenceChange {
            user_status: Some("Busy".to_owned()),
            message: Some(String::new()),
            accept_call_queue_calls: Some(false),
            ..PresenceChange::default()
        };
        assert_eq!(
            change.body().to_string(),
            r#"{"acceptCallQueueCalls":false,"message":"","userStatus":"Busy"}"#
        );
        assert_eq!(PresenceChange::default().body().to_string(), "{}");
    }
}
