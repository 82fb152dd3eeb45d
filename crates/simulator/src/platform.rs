//! The platform: requests in, answers out.
//!
//! What happens to a request, in order: half of the latency; for an unknown address, the end; the
//! token; the rate limit; faults; permissions; the resource, at the world time of that moment; the
//! other half of the latency.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Query as Parameters};
use axum::http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use rand::Rng;
use rand::rngs::ChaCha8Rng;
use serde_json::{Value, json};

use super::answer::{Answer, MULTIPART_JSON, batch};
use super::counters::{Answered, Counters};
use super::fault::{Fault, FaultRule, Faults, Occasion};
use super::limits::{Limiter, Limits, Ruling};
use super::oauth::{Credentials, authorization, grant};
use super::overrides::Override;
use super::paging::Query;
use super::queue_overrides::{Membership, Place, QueueOverrides};
use super::records::{Addresses, root};
use super::refusal::Refused;
use super::rng::{Purpose, between, rng};
use super::route::{PathKind, Route};
use super::time::PlatformTime;
use super::tokens::{Denied, Sessions, TokenPolicy};
use super::view::{Twist, View};
use super::world::World;

/// How many ids one batch may have.
const BATCH_MAX: usize = 30;
/// How long a request's body may be, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// How a platform behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct PlatformConfig {
    /// Decides token values, latency and the chances of faults.
    pub seed: u64,
    /// What a client must present.
    pub credentials: Credentials,
    /// The application's permissions.
    pub scopes: Vec<String>,
    /// The permissions of the token's owner, who is the first extension.
    pub user_permissions: Vec<String>,
    /// How tokens are issued.
    pub tokens: TokenPolicy,
    /// How much is allowed.
    pub limits: Limits,
    /// The least and the greatest time an answer takes, in milliseconds of protocol time.
    pub latency_ms: Option<(i64, i64)>,
    /// Scheme and host in the addresses that answers contain; `None` takes the request's own.
    pub public_uri: Option<String>,
    /// What goes wrong from the beginning.
    pub faults: Vec<FaultRule>,
}

impl Default for PlatformConfig {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            seed: 1,
            credentials: Credentials::default(),
            scopes: words(&["ReadAccounts", "ReadPresence", "EditPresence"]),
            user_permissions: words(&["ReadPresenceStatus", "ReadExtensions", "ReadCompanyInfo"]),
            tokens: TokenPolicy::default(),
            limits: Limits::default(),
            latency_ms: None,
            public_uri: None,
            faults: Vec::new(),
        }
    }
}

/// A simulated platform in front of a world.
pub struct Platform {
    world: Arc<World>,
    config: PlatformConfig,
    time: PlatformTime,
    faults: Faults,
    counters: Counters,
    sessions: Mutex<Sessions>,
    limiter: Mutex<Limiter>,
    rng: Mutex<ChaCha8Rng>,
    overrides: Mutex<HashMap<i64, Override>>,
    queue_overrides: Mutex<QueueOverrides>,
}

/// A request, read as far as routing needs.
struct RoutedRequest {
    route: Route,
    query: Query,
    headers: HeaderMap,
    base: String,
}

impl Platform {
    /// Puts a platform in front of a world.
    pub fn new(world: Arc<World>, config: PlatformConfig, time: PlatformTime) -> Self {
        Self {
            faults: Faults::new(config.seed, config.faults.clone()),
            counters: Counters::default(),
            sessions: Mutex::new(Sessions::new(config.seed, config.tokens)),
            limiter: Mutex::new(Limiter::new(config.limits)),
            rng: Mutex::new(rng(config.seed, Purpose::Latency, 0, 0)),
            overrides: Mutex::default(),
            queue_overrides: Mutex::default(),
            world,
            config,
            time,
        }
    }

    /// Gives the world behind it.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Gives its notions of time.
    pub fn time(&self) -> &PlatformTime {
        &self.time
    }

    /// Gives what a client must present.
    pub fn credentials(&self) -> &Credentials {
        &self.config.credentials
    }

    /// Gives the handle with which faults are switched on and off.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Gives the counts of requests.
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// Sets whether an extension belongs to a queue from now on, whatever the office says.
    ///
    /// The truth knows nothing of it: for changes that it knows, see
    /// [`World::with_queue_changes`](super::world::World::with_queue_changes).
    pub fn set_membership(&self, queue: i64, extension: i64, membership: Membership) {
        let place = Place {
            queue,
            member: extension,
        };
        lock(&self.queue_overrides).set_membership(place, membership);
    }

    /// Answers one request; `None` where the connection is to be closed without an answer.
    pub(super) async fn respond(&self, request: Request<Body>) -> Option<Response<Body>> {
        let latency_ms = self.config.latency_ms.map_or(0, |(low_ms, high_ms)| {
            between(&mut lock(&self.rng), low_ms, high_ms)
        });
        self.time.protocol.sleep_ms(latency_ms / 2).await;
        let asked = self.asked(&request);
        let kind = asked.route.kind;
        let page = asked
            .query
            .get("page")
            .and_then(|page| page.parse().ok())
            .unwrap_or(1);
        let mut skew_ms = 0;
        let answer = self.answer(asked, page, request, &mut skew_ms).await;
        self.time
            .protocol
            .sleep_ms(latency_ms - latency_ms / 2)
            .await;
        self.counters.count(Answered {
            kind,
            status: answer.status,
        });
        self.stamp(answer, skew_ms).into_response()
    }

    fn asked(&self, request: &Request<Body>) -> RoutedRequest {
        let query = Parameters::<Vec<(String, String)>>::try_from_uri(request.uri())
            .map(|Parameters(pairs)| Query(pairs))
            .unwrap_or_default();
        let headers = request.headers().clone();
        let base = self
            .config
            .public_uri
            .clone()
            .unwrap_or_else(|| own_base(&headers));
        let route = Route::read(request.method().as_str(), request.uri().path());
        RoutedRequest {
            route,
            query,
            headers,
            base,
        }
    }

    async fn answer(
        &self,
        asked: RoutedRequest,
        page: usize,
        request: Request<Body>,
        skew_ms: &mut i64,
    ) -> Answer {
        let kind = asked.route.kind;
        if kind == PathKind::Unknown {
            return Refused::no_such_address().into();
        }
        let client = match self.client_of(&asked) {
            Ok(client) => client,
            Err(refused) => return refused.into(),
        };
        let ruling = kind
            .group()
            .map(|group| lock(&self.limiter).admit(&client, group, self.time.protocol.now_ms()));
        if let Some((ruling, wait_s)) = ruling.and_then(|one| Some((one, one.retry_after_s?))) {
            return limited(Refused::rate_exceeded(wait_s).into(), ruling);
        }
        let world_ms = self.time.world.now_ms();
        let faults = self.faults.draw(Occasion {
            kind,
            page,
            id: asked.route.id(),
            world_ms,
        });
        *skew_ms = faults
            .iter()
            .map(|fault| {
                if let Fault::ClockSkew(ms) = fault {
                    *ms
                } else {
                    0
                }
            })
            .sum();
        self.stall(&faults).await;
        if let Some(answer) = Answer::instead(&faults) {
            return match ruling {
                Some(ruling) if is_group_limit(&faults) => limited(answer, ruling),
                _ => answer,
            };
        }
        let answer = match kind {
            PathKind::Root => Answer::json(200, root(&asked.base)),
            PathKind::Token | PathKind::Revoke => self.tokens(kind, request).await,
            _ => {
                let body = to_bytes(request.into_body(), BODY_MAX)
                    .await
                    .unwrap_or_default();
                self.resource(&asked, &faults, &body)
                    .unwrap_or_else(Answer::from)
            }
        };
        match ruling {
            _ if faults.contains(&Fault::NoRateHeaders) => answer.corrupt(&faults),
            Some(ruling) if faults.contains(&Fault::UnknownRateGroup) => {
                let mut answer = limited(answer.corrupt(&faults), ruling);
                let group = answer.headers.iter_mut();
                for (_, value) in group.filter(|(name, _)| *name == "x-rate-limit-group") {
                    "colossal".clone_into(value);
                }
                answer
            }
            Some(ruling) if answer.status != 401 => limited(answer.corrupt(&faults), ruling),
            _ => answer.corrupt(&faults),
        }
    }

    /// Finds out who asks; the limits are kept per application and user.
    fn client_of(&self, asked: &RoutedRequest) -> Result<String, Refused> {
        let app = &self.config.credentials.client_id;
        let owner = self.world.config().account_id;
        match asked.route.kind {
            PathKind::Root => Ok(String::new()),
            PathKind::Token | PathKind::Revoke => {
                if self.config.credentials.match_basic(&asked.headers) {
                    Ok(app.clone())
                } else {
                    Err(Refused::invalid_client())
                }
            }
            _ => {
                let token = authorization(&asked.headers)?;
                let now_ms = self.time.protocol.now_ms();
                lock(&self.sessions).accept(token, now_ms).map_err(denied)?;
                Ok(format!("{app}/{owner}"))
            }
        }
    }

    async fn stall(&self, faults: &[Fault]) {
        for fault in faults {
            if let Fault::Stall(late_ms) = fault {
                self.time.protocol.sleep_ms(*late_ms).await;
            }
        }
    }

    /// Issues or revokes tokens.
    async fn tokens(&self, kind: PathKind, request: Request<Body>) -> Answer {
        let Ok(Form(pairs)) = Form::<Vec<(String, String)>>::from_request(request, &()).await
        else {
            let message = "Unsupported content type or malformed form";
            return Refused::oauth(400, "invalid_request", "CMN-103", message).into();
        };
        let form = Query(pairs);
        let now_ms = self.time.protocol.now_ms();
        let mut sessions = lock(&self.sessions);
        if kind == PathKind::Revoke {
            sessions.revoke(form.get("token").unwrap_or_default());
            return Answer::json(200, json!({}));
        }
        match grant(&self.config.credentials, &mut sessions, &form, now_ms) {
            Ok(issued) => {
                let owner = self.world.config().account_id;
                let scope = self.config.scopes.join(" ");
                Answer::json(200, super::oauth::token_body(&issued, owner, &scope, &form))
            }
            Err(refused) => refused.into(),
        }
    }

    /// Answers for a resource behind a token.
    fn resource(
        &self,
        asked: &RoutedRequest,
        faults: &[Fault],
        body: &[u8],
    ) -> Result<Answer, Refused> {
        let RoutedRequest {
            route,
            query,
            headers,
            base,
        } = asked;
        self.check_permissions(route.kind, headers, faults)?;
        self.check_account(&route.account)?;
        let mut overrides = lock(&self.overrides);
        if route.kind == PathKind::PresenceUpdate {
            self.update(&mut overrides, route, body)?;
        }
        let mut queue_overrides = lock(&self.queue_overrides);
        let view = self.view(base, faults, &overrides, &queue_overrides);
        let first = route.ids.first().map(String::as_str).unwrap_or_default();
        let settings = match route.kind {
            PathKind::QueuePresenceUpdate => view.settings_of_queue(route.single()?, body)?,
            PathKind::ExtensionQueuePresenceUpdate => {
                view.settings_of_extension(route.single()?, body)?
            }
            _ => Vec::new(),
        };
        queue_overrides.sign(settings);
        let view = self.view(base, faults, &overrides, &queue_overrides);
        let found = match route.kind {
            PathKind::PresenceList => view.presence_list(query)?,
            PathKind::ExtensionList => view.extension_list(query)?,
            PathKind::Presence if route.ids.len() != 1 => {
                return many(asked, "Extension Presence Info", "/presence", &view, |id| {
                    view.presence(id, query)
                });
            }
            PathKind::Extension if route.ids.len() != 1 => {
                return many(asked, "Extension Info", "", &view, |id| view.extension(id));
            }
            PathKind::Presence | PathKind::PresenceUpdate => view.presence(first, query)?,
            PathKind::Extension => view.extension(first)?,
            PathKind::PermissionCheck => view.permission_check(first, query)?,
            PathKind::Account => view.account(),
            PathKind::Company => view.company(),
            PathKind::Sites => view.sites(query)?,
            PathKind::CallQueues => view.call_queues(query)?,
            PathKind::QueueMembers => view.queue_members(first, query)?,
            PathKind::QueuePresence | PathKind::QueuePresenceUpdate => {
                view.queue_presence(route.single()?)?
            }
            PathKind::ExtensionQueuePresence | PathKind::ExtensionQueuePresenceUpdate => {
                view.extension_queue_presence(route.single()?, query)?
            }
            PathKind::Root | PathKind::Token | PathKind::Revoke | PathKind::Unknown => {
                return Err(Refused::no_such_address());
            }
        };
        Ok(Answer::json(200, found))
    }

    /// Looks at the account now.
    fn view<'a>(
        &'a self,
        base: &str,
        faults: &[Fault],
        overrides: &'a HashMap<i64, Override>,
        queue_overrides: &'a QueueOverrides,
    ) -> View<'a> {
        View {
            world: &self.world,
            at_ms: self.time.world.now_ms(),
            addresses: Addresses {
                base: base.to_owned(),
                account_id: self.world.config().account_id,
            },
            overrides,
            queue_overrides,
            twist: Twist::of(faults),
            user_permissions: &self.config.user_permissions,
        }
    }

    fn check_permissions(
        &self,
        kind: PathKind,
        headers: &HeaderMap,
        faults: &[Fault],
    ) -> Result<(), Refused> {
        if faults.contains(&Fault::TokenRevoked) {
            lock(&self.sessions).revoke(authorization(headers)?);
            return Err(Refused::token_not_found());
        }
        let lacks = |granted: &[String], wanted: &str| !granted.iter().any(|one| one == wanted);
        if let Some(wanted) = kind.application_permission()
            && (lacks(&self.config.scopes, wanted)
                || faults.contains(&Fault::ApplicationLacksPermission))
        {
            return Err(Refused::application_lacks(wanted));
        }
        if let Some(wanted) = kind.user_permission()
            && (lacks(&self.config.user_permissions, wanted)
                || faults.contains(&Fault::UserLacksPermission))
        {
            return Err(Refused::user_lacks(wanted));
        }
        if kind.is_queue_presence() && faults.contains(&Fault::UserLacksPermission) {
            return Err(Refused::user_lacks("ReadPresenceStatus"));
        }
        Ok(())
    }

    fn check_account(&self, account: &str) -> Result<(), Refused> {
        match account.parse::<i64>() {
            _ if account == "~" => Ok(()),
            Ok(id) if id == self.world.config().account_id => Ok(()),
            Ok(_) => Err(Refused::not_found("accountId")),
            Err(_) => Err(Refused::invalid_parameter("accountId", account)),
        }
    }

    /// Takes over what PUT presence sets.
    fn update(
        &self,
        overrides: &mut HashMap<i64, Override>,
        route: &Route,
        body: &[u8],
    ) -> Result<(), Refused> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|_| Refused::new(400, "CMN-104", "Request body is unparsable"))?;
        let [id] = route.ids.as_slice() else {
            return Err(Refused::not_found("extensionId"));
        };
        let own = self.world.config().account_id;
        let id = if id == "~" {
            Some(own)
        } else {
            id.parse().ok()
        };
        let at_ms = self.time.world.now_ms();
        let person = id
            .and_then(|id| self.world.find(id))
            .filter(|one| one.exists_at(at_ms))
            .ok_or_else(|| Refused::not_found("extensionId"))?;
        if person.kind != "User" {
            let message = "Operation is not allowed for extension type";
            return Err(Refused::new(403, "CMN-403", message));
        }
        overrides.entry(person.id).or_default().amend(&body)
    }

    /// Adds the headers that every answer has.
    fn stamp(&self, mut answer: Answer, skew_ms: i64) -> Answer {
        let now_ms = self.time.protocol.now_ms().saturating_add(skew_ms);
        if let Ok(at) = Timestamp::from_millisecond(now_ms) {
            let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            answer.headers.push(("date", date));
        }
        let mut rng = lock(&self.rng);
        let (high, low) = (rng.next_u64(), rng.next_u64());
        let hex = format!("{high:016x}{low:016x}");
        let parts = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ];
        answer.headers.push(("rcrequestid", parts.join("-")));
        answer
    }
}

/// Answers a batch.
fn many(
    asked: &RoutedRequest,
    what: &str,
    tail: &str,
    view: &View<'_>,
    one: impl Fn(&str) -> Result<Value, Refused>,
) -> Result<Answer, Refused> {
    let ids = &asked.route.ids;
    if ids.is_empty() {
        return Err(Refused::not_found("extensionId"));
    }
    if ids.len() > BATCH_MAX {
        return Err(Refused::too_many_ids(what));
    }
    let accepts = asked
        .headers
        .get("accept")
        .and_then(|value| value.to_str().ok());
    let as_json = accepts.is_some_and(|value| value.contains(MULTIPART_JSON));
    let items = ids.iter().map(|id| (id.clone(), one(id))).collect();
    let account = view.addresses.account();
    Ok(batch(items, as_json, |id| {
        format!("{account}/extension/{id}{tail}")
    }))
}

fn denied(denied: Denied) -> Refused {
    match denied {
        Denied::Expired => Refused::token_expired(),
        Denied::Ended => Refused::token_not_found(),
        Denied::Unknown => Refused::token_invalid(),
    }
}

/// Adds the headers of a rate group.
fn limited(mut answer: Answer, ruling: Ruling) -> Answer {
    answer.headers.extend([
        ("x-rate-limit-group", ruling.group.word().to_owned()),
        ("x-rate-limit-limit", ruling.limit.to_string()),
        ("x-rate-limit-remaining", ruling.remaining.to_string()),
        ("x-rate-limit-window", ruling.window_s.to_string()),
    ]);
    answer
}

fn is_group_limit(faults: &[Fault]) -> bool {
    faults
        .iter()
        .any(|fault| matches!(fault, Fault::GroupRateLimit(_)))
}

/// Makes the addresses in answers point back to where the client asked.
fn own_base(headers: &HeaderMap) -> String {
    let host = headers
        .get("host")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if host.is_empty() || !host.chars().all(plain) {
        return "http://127.0.0.1".to_owned();
    }
    format!("http://{host}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
