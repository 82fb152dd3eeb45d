//! RingCentral, as a [`PresenceSource`].

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use secrecy::ExposeSecret;

use presence_clock::Clock;
use presence_model::ids::{ExtensionId, QueueId};
use presence_model::observation::Observation;
use presence_model::state::Interner;
use presence_model::time::Timestamp;

use super::auth::{Credentials, KeptSession, Login};
use super::budget::{Endpoint, RateLimit};
use super::failure::{
    Verdict, application_lacks, describe, judge, redacted, unreadable, user_lacks,
};
use super::token_file::SessionStorage;
use super::transport::{Authorization, Body, ClientError, HttpLimits, Outgoing, Reply, Transport};
use super::{Answer, PRESENCE_PAGE_SIZE, PresenceSource, SourceError, TellWait, Traffic};
use presence_ringcentral_wire::{
    self as wire, Account, CallQueue, Extension, Oddity, OddityEffect, Page, PresencePage,
    QueuePresence, Site, WireError,
};

const ACCOUNT_PRESENCE: Endpoint = endpoint("the account's presence", "heavy");
pub(super) const PRESENCE: Endpoint = endpoint("an extension's presence", "light");
const EXTENSION_LIST: Endpoint = endpoint("the extension list", "medium");
const EXTENSION: Endpoint = endpoint("an extension", "light");
const ACCOUNT: Endpoint = endpoint("the account", "light");
const COMPANY: Endpoint = endpoint("the company", "light");
const CALL_QUEUES: Endpoint = endpoint("the call queues", "medium");
const QUEUE_MEMBERS: Endpoint = endpoint("a call queue's members", "light");
const QUEUE_PRESENCE: Endpoint = endpoint("who takes a call queue's calls", "light");
const SITES: Endpoint = endpoint("the sites", "light");
const PERMISSION_CHECK: Endpoint = endpoint("a permission", "light");

/// Without it the application cannot ask for anyone's presence.
const APPLICATION_PERMISSION: &str = "ReadPresence";
/// Without it the application cannot read names and groups.
const DIRECTORY_PERMISSION: &str = "ReadAccounts";
/// Without it the application cannot change the user's own presence.
const SETTING_PERMISSION: &str = "EditPresence";
/// Without it the user cannot.
const USER_PERMISSION: &str = "ReadPresenceStatus";

/// The groups are those of the platform's reference; responses correct them.
const fn endpoint(name: &'static str, group: &'static str) -> Endpoint {
    Endpoint { name, group }
}

/// The platform, reached with one set of credentials.
///
/// Paging goes by page numbers and paths always begin with the configured server: addresses inside answers are never
/// followed.
#[derive(Debug)]
pub struct RingCentral {
    pub(super) transport: Transport,
    pub(super) login: Login,
    interner: Mutex<Interner>,
    odd_records: AtomicU64,
}

/// A question, before it has a token.
pub(super) struct Question<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) path: String,
    pub(super) query: &'a [(&'static str, String)],
}

impl RingCentral {
    /// A client that logs in when it is first asked; `jitter_seed` spreads the pauses between repeated requests.
    pub fn new(
        credentials: Credentials,
        clock: Arc<dyn Clock>,
        limits: HttpLimits,
        jitter_seed: u64,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            transport: Transport::new(&credentials.server_url, clock, limits, jitter_seed)?,
            login: Login::new(credentials),
            interner: Mutex::default(),
            odd_records: AtomicU64::new(0),
        })
    }

    /// Keeps the token in a file, so that the next start goes on with the session instead of opening another: a user has
    /// only a few. A file that others can read is refused.
    pub fn keeping_token(self, path: PathBuf) -> Result<Self, ClientError> {
        self.keeping_session(SessionStorage::File(path))
    }

    /// The same, in a file that was named or in one of the credentials' own; programs with the same credentials and
    /// place share one session.
    pub fn keeping_session(mut self, place: SessionStorage) -> Result<Self, ClientError> {
        self.login.keep_in(place, &self.transport)?;
        Ok(self)
    }

    /// Says of each wait of more than a moment as it begins: for what, why, and until when.
    #[must_use]
    pub fn reporting_waits(mut self, tell: Arc<TellWait>) -> Self {
        self.transport.tell_waits_to(tell);
        self
    }

    /// Where the session is kept, and until when its token holds; `None` if there is none, or it is not kept.
    pub async fn kept_session(&self) -> Option<(&Path, Timestamp)> {
        self.login.kept().await
    }

    /// Ends the session that was kept, for all programs that share it, and removes it from its file.
    pub async fn end_kept_session(&self, by: Timestamp) -> Result<KeptSession, ClientError> {
        self.login.end_kept(&self.transport, by).await
    }

    /// Whether the application may change the user's own presence; `None` if that is not known, as before the login.
    pub async fn may_set_presence(&self) -> Option<bool> {
        self.application_has(SETTING_PERMISSION).await
    }

    /// Whether the application may change the user's own presence, asked before it is tried: a session from before the
    /// permission was given does not have it, and is replaced.
    pub(super) async fn prepare_to_set(&self, by: Timestamp) -> Result<(), SourceError> {
        self.login.token(&self.transport, by).await?;
        self.renew_if_lacking(&[SETTING_PERMISSION], by).await
    }

    /// A session keeps the permissions that the application had when it was opened (OAuth guide, "Refresh rules"): one
    /// that lacks a permission is replaced, once, since the application may have it by now.
    async fn renew_if_lacking(
        &self,
        permissions: &[&str],
        by: Timestamp,
    ) -> Result<(), SourceError> {
        for permission in permissions {
            if self.application_has(permission).await == Some(false) {
                if self.login.replace_older(&self.transport, by).await {
                    self.login.token(&self.transport, by).await?;
                }
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether the application has a permission, as the login's answer says (its `scope`); `None` if it does not.
    async fn application_has(&self, permission: &str) -> Option<bool> {
        let scope = self.login.scope().await?;
        let mut granted = scope.split_whitespace().peekable();
        granted.peek()?;
        Some(granted.any(|one| one == permission))
    }

    /// Says what is missing before anything depends on it: which permission, of the application or of the user.
    async fn check_permissions(&self, by: Timestamp) -> Result<(), SourceError> {
        self.login.token(&self.transport, by).await?;
        self.renew_if_lacking(&[APPLICATION_PERMISSION, DIRECTORY_PERMISSION], by)
            .await?;
        if self.application_has(APPLICATION_PERMISSION).await == Some(false) {
            let named = format!("the permission {APPLICATION_PERMISSION}");
            return Err(SourceError::PermissionMissing(application_lacks(&named)));
        }
        let question = Question {
            endpoint: PERMISSION_CHECK,
            path: of_account("/extension/~/authz-profile/check"),
            query: &[("permissionId", USER_PERMISSION.to_owned())],
        };
        let decode = |reply: &Reply| wire::permission_check(&reply.body);
        match self.ask(&question, by, decode).await {
            Ok(check) if !check.value => {
                let named = format!("the permission {USER_PERMISSION}");
                Err(SourceError::PermissionMissing(user_lacks(&named)))
            }
            Ok(_) => Ok(()),
            Err(error @ SourceError::LoginRefused(_)) => Err(error),
            Err(error) => {
                // Whether it is missing shows when it is needed.
                tracing::debug!(%error, "the user's permissions are not known");
                Ok(())
            }
        }
    }

    /// Ends the session, if there is one that is not kept in a file: a user has only a few. Nothing depends on whether
    /// it works.
    pub async fn log_out(&self) {
        self.login.log_out(&self.transport).await;
    }

    /// What was sent so far, and what may still be sent.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            odd_records: self.odd_records.load(Ordering::Relaxed),
            ..self.transport.traffic()
        }
    }

    /// Counts the records of a page that are not as they should be, and says of the first one.
    fn note_oddities(&self, oddities: &[Oddity]) {
        let Some(first) = oddities.first() else {
            return;
        };
        let before = self
            .odd_records
            .fetch_add(oddities.len() as u64, Ordering::Relaxed);
        let (error, is_lost) = (&first.error, first.effect == OddityEffect::Lost);
        if before == 0 {
            tracing::warn!(%error, is_lost, "the platform sent a malformed record; further ones are only counted");
        } else {
            tracing::debug!(%error, is_lost, count = oddities.len(), "records are malformed");
        }
    }

    /// Asks for what there is for certain.
    pub(super) async fn ask<T>(
        &self,
        question: &Question<'_>,
        by: Timestamp,
        decode: impl Fn(&Reply) -> Result<T, WireError> + Send + Sync,
    ) -> Result<Answer<T>, SourceError> {
        let found = self.ask_whether(question, by, decode).await?;
        match found.value {
            Ok(value) => Ok(Answer {
                value,
                requested_at: found.requested_at,
                received_at: found.received_at,
                clock_skew_ms: found.clock_skew_ms,
            }),
            Err(why) => Err(SourceError::Refused {
                what: question.endpoint.name,
                why,
            }),
        }
    }

    /// Asks for one extension, which may not exist.
    async fn ask_single<T>(
        &self,
        question: &Question<'_>,
        by: Timestamp,
        decode: impl Fn(&Reply) -> Result<T, WireError> + Send + Sync,
    ) -> Result<Answer<Option<T>>, SourceError> {
        let found = self.ask_whether(question, by, decode).await?;
        Ok(found.map(Result::ok))
    }

    /// Asks until there is an answer that can be read, and gives what `decode` makes of it, or the platform's words
    /// for there being no such thing.
    ///
    /// An answer that cannot be read is asked for again: it may have been cut, or come from something in between.
    async fn ask_whether<T>(
        &self,
        question: &Question<'_>,
        by: Timestamp,
        decode: impl Fn(&Reply) -> Result<T, WireError> + Send + Sync,
    ) -> Result<Answer<Result<T, String>>, SourceError> {
        let mut attempt = 0;
        loop {
            let error = match self.send(question, by).await? {
                Sent::NotFound(reply) => {
                    return Ok(reply.answer(Err(describe(reply.status, &reply.body))));
                }
                Sent::Found(reply) => match decode(&reply) {
                    Ok(value) => return Ok(reply.answer(Ok(value))),
                    Err(error) => SourceError::Malformed {
                        what: question.endpoint.name,
                        why: unreadable(&error.to_string(), &reply.body),
                    },
                },
            };
            let failed = (question.endpoint.name, &error);
            if !self.transport.pause(attempt, None, failed, by).await {
                return Err(error);
            }
            attempt += 1;
        }
    }

    /// Sends a question with a token; if the token is not accepted, once more with a new one.
    async fn send(&self, question: &Question<'_>, by: Timestamp) -> Result<Sent, SourceError> {
        let what = question.endpoint.name;
        let mut was_renewed = false;
        loop {
            let token = self.login.token(&self.transport, by).await?;
            let outgoing = Outgoing {
                endpoint: question.endpoint,
                path: &question.path,
                body: Body::Query(question.query),
                authorization: Authorization::Bearer(&token.value),
            };
            let mut reply = self.transport.send(&outgoing, by).await?;
            if reply.status >= 300 {
                let clean = redacted(&reply.body, &[token.value.expose_secret()]);
                reply.body = clean.into_owned().into();
            }
            match judge(what, reply.status, &reply.body) {
                Verdict::Answer => return Ok(Sent::Found(reply)),
                Verdict::NotFound => return Ok(Sent::NotFound(reply)),
                Verdict::TokenRejected if !was_renewed => {
                    was_renewed = true;
                    self.login.reject(token.generation).await;
                }
                Verdict::TokenRejected => {
                    return Err(SourceError::LoginRefused(format!(
                        "a new token was not accepted for {what} either ({})",
                        describe(reply.status, &reply.body)
                    )));
                }
                Verdict::Fails(error) => return Err(error),
            }
        }
    }

    pub(super) fn interner(&self) -> std::sync::MutexGuard<'_, Interner> {
        self.interner
            .lock()
            .expect("decoding does not panic while it holds this lock")
    }
}

/// A response that is an answer, or says that there is nothing to be had.
enum Sent {
    Found(Reply),
    NotFound(Reply),
}

/// A list's largest page (reference, "Paging").
const LIST_PAGE_SIZE: u32 = 1_000;

fn paged(page: u32, per_page: u32) -> [(&'static str, String); 2] {
    [
        ("page", page.to_string()),
        ("perPage", per_page.to_string()),
    ]
}

/// The page, if it does not say that it is another than the one that was asked for.
fn right<T>(asked: u32, page: Page<T>) -> Result<Page<T>, WireError> {
    wire::check_page(asked, &page.paging)?;
    Ok(page)
}

/// The path of a resource of the token's account.
pub(super) fn of_account(rest: &str) -> String {
    format!("/restapi/v1.0/account/~{rest}")
}

#[async_trait::async_trait]
impl PresenceSource for RingCentral {
    /// First whether all is permitted that collecting needs. Number and time zone from one resource, the company's name from another; the name is done without if refused.
    async fn account(&self, by: Timestamp) -> Result<Answer<Account>, SourceError> {
        self.check_permissions(by).await?;
        let question = |endpoint, path| Question {
            endpoint,
            path,
            query: &[],
        };
        let decode = |reply: &Reply| wire::account(&reply.body);
        let account = self
            .ask(&question(ACCOUNT, of_account("")), by, decode)
            .await?;
        let company = question(COMPANY, "/restapi/v2/accounts/~".to_owned());
        let company_name = match self.ask(&company, by, decode).await {
            Ok(company) => company.value.company_name,
            Err(error @ SourceError::LoginRefused(_)) => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "the company's name is not known");
                None
            }
        };
        Ok(account.map(|account| Account {
            company_name: company_name.or(account.company_name),
            ..account
        }))
    }

    async fn presence_page(
        &self,
        page: u32,
        by: Timestamp,
    ) -> Result<Answer<PresencePage>, SourceError> {
        let question = Question {
            endpoint: ACCOUNT_PRESENCE,
            path: of_account("/presence"),
            query: &paged(page, PRESENCE_PAGE_SIZE),
        };
        let answer = self.ask(&question, by, |reply| {
            let content = wire::presence_page(
                &reply.body,
                reply.requested_at,
                reply.received_at,
                &mut self.interner(),
            )?;
            wire::check_page(page, &content.paging)?;
            Ok(content)
        });
        let answer = answer.await?;
        self.note_oddities(&answer.value.oddities);
        Ok(answer)
    }

    async fn presence(
        &self,
        extension_id: ExtensionId,
        by: Timestamp,
    ) -> Result<Answer<Option<Observation>>, SourceError> {
        let question = Question {
            endpoint: PRESENCE,
            path: of_account(&format!("/extension/{extension_id}/presence")),
            query: &[],
        };
        self.ask_single(&question, by, |reply| {
            wire::presence(
                &reply.body,
                reply.requested_at,
                reply.received_at,
                &mut self.interner(),
            )
        })
        .await
    }

    async fn extension_page(
        &self,
        page: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<Extension>>, SourceError> {
        let question = Question {
            endpoint: EXTENSION_LIST,
            path: of_account("/extension"),
            query: &paged(page, LIST_PAGE_SIZE),
        };
        let answer = self.ask(&question, by, |reply| {
            right(page, wire::extension_page(&reply.body)?)
        });
        let answer = answer.await?;
        self.note_oddities(&answer.value.oddities);
        Ok(answer)
    }

    async fn extension(
        &self,
        extension_id: ExtensionId,
        by: Timestamp,
    ) -> Result<Answer<Option<Extension>>, SourceError> {
        let question = Question {
            endpoint: EXTENSION,
            path: of_account(&format!("/extension/{extension_id}")),
            query: &[],
        };
        self.ask_single(&question, by, |reply| wire::extension(&reply.body))
            .await
    }

    async fn queue_page(
        &self,
        page: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<CallQueue>>, SourceError> {
        let question = Question {
            endpoint: CALL_QUEUES,
            path: of_account("/call-queues"),
            query: &paged(page, LIST_PAGE_SIZE),
        };
        let answer = self.ask(&question, by, |reply| {
            right(page, wire::call_queue_page(&reply.body)?)
        });
        let answer = answer.await?;
        self.note_oddities(&answer.value.oddities);
        Ok(answer)
    }

    async fn queue_member_page(
        &self,
        queue_id: ExtensionId,
        page: u32,
        by: Timestamp,
    ) -> Result<Answer<Page<ExtensionId>>, SourceError> {
        let question = Question {
            endpoint: QUEUE_MEMBERS,
            path: of_account(&format!("/call-queues/{queue_id}/members")),
            query: &paged(page, LIST_PAGE_SIZE),
        };
        let answer = self.ask(&question, by, |reply| {
            right(page, wire::queue_member_page(&reply.body)?)
        });
        let answer = answer.await?;
        self.note_oddities(&answer.value.oddities);
        Ok(answer)
    }

    async fn site_page(&self, page: u32, by: Timestamp) -> Result<Answer<Page<Site>>, SourceError> {
        let question = Question {
            endpoint: SITES,
            path: of_account("/sites"),
            query: &paged(page, LIST_PAGE_SIZE),
        };
        let answer = self.ask(&question, by, |reply| {
            right(page, wire::site_page(&reply.body)?)
        });
        let answer = answer.await?;
        self.note_oddities(&answer.value.oddities);
        Ok(answer)
    }

    async fn queue_presence(
        &self,
        queue_id: QueueId,
        by: Timestamp,
    ) -> Result<Answer<Option<QueuePresence>>, SourceError> {
        let question = Question {
            endpoint: QUEUE_PRESENCE,
            path: of_account(&format!("/call-queues/{queue_id}/presence")),
            query: &[],
        };
        let answer = self.ask_single(&question, by, |reply| wire::queue_presence(&reply.body));
        let answer = answer.await?;
        if let Some(presence) = &answer.value {
            self.note_oddities(&presence.oddities);
        }
        Ok(answer)
    }

    fn presence_page_limit(&self) -> RateLimit {
        self.transport.limit_of(ACCOUNT_PRESENCE)
    }

    fn queue_presence_limit(&self) -> RateLimit {
        self.transport.limit_of(QUEUE_PRESENCE)
    }
}
