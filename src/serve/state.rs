//! What every handler works with.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::access::{Attempts, Identity, Provider};
use super::error::Problem;
use super::prefix::Prefix;
use super::stream::Watched;
use crate::ask::{AsOfPosition, Context, Visible};
use crate::cli::args::{GlobalArgs, LogFormat};
use crate::cli::config::Given;
use crate::cli::output::Output;
use crate::cli::session::{Asking, Session, choose_account};
use crate::cli::settings::Settings;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::ids::AccountId;
use crate::model::time::Timestamp;
use crate::store::{AccessStore, Opened, Store};

/// So many questions are worked on at once; others wait.
const QUESTIONS_AT_ONCE: usize = 8;

/// So many streams of changes are open at once.
const STREAMS_MAX: usize = 256;

/// What a server is made of.
pub struct ServerParts {
    /// The store.
    pub opened: Opened,
    /// The configuration: policies, calendars and the like.
    pub config: Config,
    /// What holds for every question, as the server was started: the account and the zone.
    pub settings: Settings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What stands in front of every path.
    pub prefix: Prefix,
    /// Whether whoever asks from this computer needs no token.
    pub open: bool,
    /// Whom to believe where a request comes from.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether readers reach the server through an encrypted address.
    pub public_encrypted: bool,
    /// Where one can sign in besides.
    pub provider: Option<Provider>,
    /// The present moment, if it is to stand still.
    pub now: Option<Timestamp>,
    /// Cancelled when the server is to end.
    pub stop: CancellationToken,
}

/// What every handler works with; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

struct Inner {
    parts: ServerParts,
    questions: Arc<Semaphore>,
    attempts: Mutex<Attempts>,
    watched: Watched,
    streams: Arc<Semaphore>,
}

impl AppState {
    /// The state of a server that starts.
    pub fn new(parts: ServerParts) -> Self {
        Self(Arc::new(Inner {
            parts,
            questions: Arc::new(Semaphore::new(QUESTIONS_AT_ONCE)),
            attempts: Mutex::default(),
            watched: Watched::default(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        }))
    }

    /// The history.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.parts.opened.history
    }

    /// Tokens and the access log.
    pub fn access(&self) -> &dyn AccessStore {
        &*self.0.parts.opened.access
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.parts.config
    }

    /// What was settled when the server was started.
    pub fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    /// The time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.parts.clock
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        let clock = &self.0.parts.clock;
        let given = self.0.parts.now;
        given.unwrap_or_else(|| Timestamp::saturating_from_ms(clock.now_ms()))
    }

    /// A path of this server as whoever asks must write it: with the prefix in front.
    pub fn path(&self, path: &str) -> String {
        self.0.parts.prefix.join(path)
    }

    /// Cancelled when the server is to end.
    pub fn stop(&self) -> &CancellationToken {
        &self.0.parts.stop
    }

    /// Places for questions that are worked on at once.
    pub(super) fn questions(&self) -> &Arc<Semaphore> {
        &self.0.questions
    }

    /// Places for streams that are open at once.
    pub(super) fn streams(&self) -> &Arc<Semaphore> {
        &self.0.streams
    }

    /// The end of the log, watched for those who wait for changes.
    pub(super) fn watched(&self) -> &Watched {
        &self.0.watched
    }

    /// Whether whoever asks from this computer needs no token.
    pub fn is_open(&self) -> bool {
        self.0.parts.open
    }

    /// Whom to believe where a request comes from.
    pub(super) fn trusted_proxies(&self) -> &[IpAddr] {
        &self.0.parts.trusted_proxies
    }

    /// Whether readers reach the server through an encrypted address.
    pub(super) fn is_public_encrypted(&self) -> bool {
        self.0.parts.public_encrypted
    }

    /// Where one can sign in besides.
    pub(super) fn identity_provider(&self) -> Option<&Provider> {
        self.0.parts.provider.as_ref()
    }

    /// Why an address may not try to sign in just now.
    pub(super) fn must_wait(&self, address: IpAddr) -> Option<Problem> {
        let attempts = self
            .0
            .attempts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let wait_ms = attempts.must_wait_ms(address, self.now())?;
        let seconds = u64::try_from(wait_ms.div_euclid(1_000) + 1).unwrap_or(1);
        Some(Problem::too_many(
            format!("too many wrong tokens came from this address; try again in {seconds} seconds"),
            seconds,
        ))
    }

    /// Counts a failure; the problem, if there were too many before.
    pub(super) fn note_failed_attempt(&self, address: IpAddr) -> Option<Problem> {
        let problem = self.must_wait(address);
        let mut attempts = self
            .0
            .attempts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        attempts.note_failure(address, self.now());
        drop(attempts);
        tracing::warn!(%address, "a wrong token was sent");
        problem
    }

    /// Forgets the failures of an address.
    pub(super) fn note_good_attempt(&self, address: IpAddr) {
        let mut attempts = self
            .0
            .attempts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        attempts.note_success(address);
    }

    /// Whose history is asked about: the one that is named, else the token's, else the server's, else the only one.
    pub async fn account(
        &self,
        identity: &Identity,
        named: Option<AccountId>,
    ) -> Result<AccountId, Problem> {
        let is_foreign = |named: AccountId| identity.account_id.is_some_and(|own| own != named);
        if let Some(named) = named.filter(|named| is_foreign(*named)) {
            return Err(Problem::forbidden(format!(
                "the token is not for account {named}"
            )));
        }
        let wanted = named.or(identity.account_id).or(self.settings().account);
        let accounts = self.store().accounts().await?;
        Ok(choose_account(&accounts, wanted, "the store")?)
    }

    /// Whom somebody may see of an account.
    pub async fn visible(
        &self,
        identity: &Identity,
        account_id: AccountId,
    ) -> Result<Visible, Problem> {
        if identity.scopes.may_read_everything() {
            return Ok(Visible::Everybody);
        }
        let everybody = self.store().extensions(account_id).await?;
        Ok(identity.scopes.visible(&everybody))
    }

    /// What questions of somebody are asked of: it shows nobody whom they may not see.
    pub async fn context(
        &self,
        identity: &Identity,
        account: Option<AccountId>,
        as_of: Option<AsOfPosition>,
    ) -> Result<Context, Problem> {
        let account_id = self.account(identity, account).await?;
        let visible = self.visible(identity, account_id).await?;
        let store = &**self.store();
        let context = match as_of {
            None => Context::new(store, account_id, self.now()).await?,
            Some(asked) => Context::as_of(store, account_id, asked, self.0.parts.now).await?,
        };
        Ok(context.showing(visible))
    }

    /// A session of the command line that asks for somebody and keeps the answer.
    pub async fn session(
        &self,
        identity: &Identity,
        global: &GlobalArgs,
    ) -> Result<Session, Problem> {
        let account_id = self.account(identity, global.account).await?;
        let mut global = global.clone();
        global.store = Some(self.settings().store.clone());
        global.account = Some(account_id);
        let mut settings = Settings::settle(&global, self.config(), &**self.clock())?;
        if global.now.is_none() {
            settings.now = self.now();
            settings.now_given = self.0.parts.now;
        }
        if global.zone.is_none() {
            settings.zone = self.settings().zone.clone();
        }
        Ok(Session {
            settings,
            config: self.config().clone(),
            given: Given::default(),
            log_format: LogFormat::Text,
            clock: Arc::clone(self.clock()),
            output: Output::kept(),
            status: indicatif::ProgressBar::hidden(),
            asking: Some(Asking {
                opened: self.0.parts.opened.clone(),
                visible: self.visible(identity, account_id).await?,
                next: None,
            }),
        })
    }
}
