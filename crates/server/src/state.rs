//! What every handler works with.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::access::{Attempts, Identity, NoRandomness, Provider, Random, SignInLink};
use super::capacity::Room;
use super::error::Problem;
use super::per_address::PerAddress;
use super::prefix::Prefix;
use super::stream::LogTails;
use presence_answers::ask::{AsOfPosition, Context, Visible};
use presence_answers::asker::{ToRead, choose_account};
use presence_answers::common::CommonFields;
use presence_answers::format::FormatWord;
use presence_answers::{Asker, History, Settings};
use presence_clock::Clock;
use presence_config::Config;
use presence_model::ids::AccountId;
use presence_model::time::Timestamp;
use presence_store::{AccessStore, AccountRow, AppendStore, ReadStore, StoreError};

/// So many questions are worked on at once; others wait.
const QUESTIONS_AT_ONCE: usize = 8;

/// So many streams of changes are open at once.
const STREAMS_MAX: usize = 256;

/// So many of them are of one address.
const STREAMS_OF_ADDRESS_MAX: u64 = 64;

/// So many wrong tokens of an address are looked at within five minutes.
const WRONG_TOKENS_MAX: u32 = 10;

/// So many answers of the identity provider that let nobody in are looked at within five minutes, of an address.
const TURNED_AWAY_MAX: u32 = 30;

/// What a server is made of.
pub struct ServerParts {
    /// The history, and who asked about it.
    pub store: ToRead,
    /// Takes the sweeps that are sent.
    pub recording: Arc<dyn AppendStore>,
    /// The configuration: policies, calendars and the like.
    pub config: Config,
    /// What holds for every question, as the server was started: the account and the zone.
    pub settings: Settings,
    /// The store as it may be shown: without a password.
    pub shown_store: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What stands in front of every path.
    pub prefix: Prefix,
    /// Whether readers on this computer need no token.
    pub open: bool,
    /// Where secrets come from.
    pub random: Arc<dyn Random>,
    /// Whom to believe where a request comes from.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether readers reach the server through an encrypted address.
    pub public_encrypted: bool,
    /// The identity provider that readers can sign in with.
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
    /// The configuration as it was read last.
    config: RwLock<Arc<Config>>,
    questions: Arc<Semaphore>,
    attempts: Mutex<Attempts>,
    /// Those whom the identity provider did not let in.
    turned_away: Mutex<Attempts>,
    link: SignInLink,
    watched: LogTails,
    streams: Arc<Semaphore>,
    streams_of_address: Arc<PerAddress>,
    room: Room,
    /// The accounts that were there when the server started, or when the first one came.
    bound: OnceLock<Vec<AccountId>>,
    recording: tokio::sync::Mutex<()>,
}

impl AppState {
    /// The state of a server that starts.
    pub fn new(mut parts: ServerParts) -> Self {
        let config = Arc::new(std::mem::take(&mut parts.config));
        Self(Arc::new(Inner {
            parts,
            config: RwLock::new(config),
            questions: Arc::new(Semaphore::new(QUESTIONS_AT_ONCE)),
            attempts: Mutex::new(Attempts::new(WRONG_TOKENS_MAX)),
            turned_away: Mutex::new(Attempts::new(TURNED_AWAY_MAX)),
            link: SignInLink::default(),
            watched: LogTails::default(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            streams_of_address: PerAddress::new(STREAMS_OF_ADDRESS_MAX),
            room: Room::default(),
            bound: OnceLock::new(),
            recording: tokio::sync::Mutex::default(),
        }))
    }

    /// Binds the server to the accounts that the store holds now. Where it holds none, the server is bound to the first
    /// that comes.
    pub async fn bind(&self) -> Result<(), StoreError> {
        self.accounts().await.map(drop)
    }

    /// The history.
    pub fn history(&self) -> &Arc<dyn ReadStore> {
        &self.0.parts.store.history
    }

    /// What takes the sweeps that are sent.
    pub(super) fn recording_store(&self) -> &Arc<dyn AppendStore> {
        &self.0.parts.recording
    }

    /// Tokens and the access log.
    pub fn access(&self) -> &dyn AccessStore {
        &*self.0.parts.store.access
    }

    /// The configuration.
    pub fn config(&self) -> Arc<Config> {
        let config = self.0.config.read();
        Arc::clone(&config.unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes another configuration for the questions from now on: policies, calendars, absences and saved questions.
    /// What the server is reached and entered by stays as it was started.
    pub fn reconfigure(&self, config: Config) {
        let mut own = self
            .0
            .config
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *own = Arc::new(config);
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

    /// A path of this server with the prefix that readers must write.
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

    /// How many streams each address has open.
    pub(super) fn streams_of_address(&self) -> &Arc<PerAddress> {
        &self.0.streams_of_address
    }

    /// Room for answers that are not taken yet.
    pub(super) fn room(&self) -> &Room {
        &self.0.room
    }

    /// The end of the log, watched for those who wait for changes.
    pub(super) fn watched(&self) -> &LogTails {
        &self.0.watched
    }

    /// Whether readers on this computer need no token.
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

    /// The identity provider that readers can sign in with.
    pub(super) fn identity_provider(&self) -> Option<&Provider> {
        self.0.parts.provider.as_ref()
    }

    /// Where secrets come from.
    pub(super) fn random(&self) -> &dyn Random {
        &*self.0.parts.random
    }

    /// A new link that signs in the first person who opens it, and replaces the previous one; its secret. Its age is measured by the
    /// clock, also where the present moment stands still.
    pub fn new_link(&self) -> Result<String, NoRandomness> {
        self.0.link.renew(self.random(), self.clock_now())
    }

    /// Uses the link up, if this is its secret and it is still good.
    pub(super) fn take_link(&self, secret: &str) -> bool {
        self.0.link.take(secret, self.clock_now())
    }

    fn clock_now(&self) -> Timestamp {
        Timestamp::saturating_from_ms(self.clock().now_ms())
    }

    /// Why an address may not try to sign in just now.
    pub(super) fn must_wait(&self, address: IpAddr) -> Option<Problem> {
        let wait_ms = lock(&self.0.attempts).must_wait_ms(address, self.now())?;
        Some(too_many("wrong tokens", wait_ms))
    }

    /// Counts a failure; the problem, if there were too many before.
    pub(super) fn note_failed_attempt(&self, address: IpAddr) -> Option<Problem> {
        let problem = self.must_wait(address);
        lock(&self.0.attempts).note_failure(address, self.now());
        tracing::warn!(%address, "a wrong token was sent");
        problem
    }

    /// Forgets the failures of an address.
    pub(super) fn note_good_attempt(&self, address: IpAddr) {
        lock(&self.0.attempts).note_success(address);
    }

    /// Why an address may not come from the identity provider just now.
    pub(super) fn was_turned_away(&self, address: IpAddr) -> Option<Problem> {
        let wait_ms = lock(&self.0.turned_away).must_wait_ms(address, self.now())?;
        Some(too_many("answers that let nobody in", wait_ms))
    }

    /// Counts someone who came from the identity provider and was not let in.
    pub(super) fn note_turned_away(&self, address: IpAddr) {
        lock(&self.0.turned_away).note_failure(address, self.now());
    }

    /// The accounts that this server answers for, of those in the store. One that comes into the store later is none of
    /// them: what a mistaken import brings must change no answer.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        let mut accounts = self.history().accounts().await?;
        let ids = || accounts.iter().map(|account| account.account_id).collect();
        if !accounts.is_empty() {
            self.0.bound.get_or_init(ids);
        }
        accounts.retain(|account| self.is_bound_to(account.account_id));
        Ok(accounts)
    }

    /// Whether this server answers for an account.
    fn is_bound_to(&self, account_id: AccountId) -> bool {
        match (self.settings().account, self.0.bound.get()) {
            (Some(own), _) => own == account_id,
            (None, Some(bound)) => bound.contains(&account_id),
            (None, None) => true,
        }
    }

    /// Why sweeps of an account are not recorded for a sender; `first`: the account of the first sweep that was sent.
    pub(super) async fn check_recorded(
        &self,
        identity: &Identity,
        account_id: AccountId,
        first: AccountId,
    ) -> Result<(), Problem> {
        if let Some(own) = identity.account_id
            && own != account_id
        {
            return Err(Problem::forbidden(format!(
                "account {account_id} is another one than the token is for ({own})"
            )));
        }
        let accounts = self.accounts().await?;
        let is_first = accounts.is_empty() && self.0.bound.get().is_none();
        let own = self.settings().account;
        if is_first && account_id == own.or(identity.account_id).unwrap_or(first) {
            return Ok(());
        }
        let known = accounts.iter().any(|known| known.account_id == account_id);
        if known || (own == Some(account_id)) {
            return Ok(());
        }
        Err(is_for_others(account_id, &accounts))
    }

    /// Held while sweeps that were sent are recorded: one after the other.
    pub(super) fn recording(&self) -> &tokio::sync::Mutex<()> {
        &self.0.recording
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
        let all = self.history().accounts().await?;
        let accounts = self.accounts().await?;
        if let Some(wanted) = wanted
            && !self.is_bound_to(wanted)
            && all.iter().any(|account| account.account_id == wanted)
        {
            return Err(is_for_others(wanted, &accounts));
        }
        Ok(choose_account(&accounts, wanted, "the store")?)
    }

    /// The accounts to choose from, where a question must say which one it is about.
    pub(super) async fn choices(&self, identity: &Identity) -> Result<Vec<AccountRow>, Problem> {
        if identity.account_id.is_some() || self.settings().account.is_some() {
            return Ok(Vec::new());
        }
        let accounts = self.accounts().await?;
        Ok(if accounts.len() > 1 {
            accounts
        } else {
            Vec::new()
        })
    }

    /// Which people of an account an identity may see.
    pub async fn visible(
        &self,
        identity: &Identity,
        account_id: AccountId,
    ) -> Result<Visible, Problem> {
        if identity.scopes.may_read_everything() {
            return Ok(Visible::Everybody);
        }
        let mut reading = self.history().read().await?;
        let everybody = reading.extensions(account_id).await?;
        Ok(identity.scopes.visible(&everybody))
    }

    /// The context of an identity's questions: it hides everyone whom the identity may not see.
    pub async fn context(
        &self,
        identity: &Identity,
        account: Option<AccountId>,
        as_of: Option<AsOfPosition>,
    ) -> Result<Context, Problem> {
        let account_id = self.account(identity, account).await?;
        let visible = self.visible(identity, account_id).await?;
        let store = &**self.history();
        let context = match as_of {
            None => Context::new(store, account_id, self.now()).await?,
            Some(asked) => Context::as_of(store, account_id, asked, self.0.parts.now).await?,
        };
        let veil = identity.veil_over(&visible);
        Ok(context.showing(visible).veiled(veil))
    }

    /// Someone who asks, and what they may see; answers are written in this format.
    pub async fn asker(
        &self,
        identity: &Identity,
        common: &CommonFields,
        format: FormatWord,
    ) -> Result<Asker, Problem> {
        let account_id = self.account(identity, common.account).await?;
        let visible = self.visible(identity, account_id).await?;
        let config = self.config();
        let mut settings = Settings::resolve(common, format, &config, &**self.clock())?;
        settings.account = Some(account_id);
        if common.now.is_none() {
            settings.now = self.now();
            settings.now_given = self.0.parts.now;
        }
        if common.zone.is_none() {
            settings.zone = self.settings().zone.clone();
        }
        Ok(Asker {
            settings,
            config: Config::clone(&config),
            history: History::Open(self.0.parts.store.clone()),
            shown_store: self.0.parts.shown_store.clone(),
            veil: identity.veil_over(&visible),
            visible,
            note: Arc::new(|_| {}),
        })
    }
}

/// That a server does not answer for an account.
fn is_for_others(account_id: AccountId, accounts: &[AccountRow]) -> Problem {
    let ids = accounts
        .iter()
        .map(|account| account.account_id.to_string());
    let ids = ids.collect::<Vec<_>>().join(", ");
    Problem::forbidden(format!(
        "this server does not answer for account {account_id}: it is bound to the accounts that were in the store when it \
         started ({ids})"
    ))
}

fn lock<T>(guarded: &Mutex<T>) -> MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}

/// That an address must wait.
fn too_many(what: &str, wait_ms: i64) -> Problem {
    let seconds = u64::try_from(wait_ms.div_euclid(1_000) + 1).unwrap_or(1);
    Problem::too_many(
        format!("too many {what} came from this address; try again in {seconds} seconds"),
        seconds,
    )
}
