//! The client and the simulated platform.

use std::sync::Arc;

use presence_clock::{Clock, VirtualClock};
use presence_model::ids::{AccountId, ExtensionId};
use presence_ringcentral::{Credentials, HttpLimits, PresenceSource, RingCentral, SourceError};
use presence_simulator::{
    Fault, FaultRule, Group, OfficeConfig, PathKind, Platform, PlatformConfig, PlatformTime,
    Running, TokenPolicy, World, start_anywhere,
};
use secrecy::SecretString;

use super::at;

pub(super) struct Case {
    pub(super) platform: Arc<Platform>,
    _running: Running,
    clock: Arc<VirtualClock>,
    pub(super) client: RingCentral,
}

impl Case {
    pub(super) async fn open(extensions: usize, config: PlatformConfig) -> Self {
        let office = OfficeConfig {
            extensions,
            ..OfficeConfig::default()
        };
        let clock = Arc::new(VirtualClock::new(office.start_ms + 9 * 3_600_000));
        let time = PlatformTime::virtual_clock(Arc::clone(&clock));
        let platform = Arc::new(Platform::new(Arc::new(World::new(office)), config, time));
        let running = start_anywhere(Arc::clone(&platform))
            .await
            .expect("loopback has free ports");
        let known = platform.credentials();
        let credentials = Credentials {
            server_url: running.server_url(),
            client_id: known.client_id.clone(),
            client_secret: SecretString::from(known.client_secret.as_str()),
            jwt: SecretString::from(known.jwt.as_str()),
        };
        let clock_of_client = Arc::clone(&clock) as Arc<dyn Clock>;
        let client = RingCentral::new(credentials, clock_of_client, HttpLimits::default(), 1)
            .expect("loopback is a good server");
        Self {
            platform,
            _running: running,
            clock,
            client,
        }
    }

    pub(super) fn by(&self) -> presence_model::time::Timestamp {
        at(self.clock.now_ms() + 120_000)
    }
}

#[tokio::test]
async fn everything_that_is_asked_is_answered() {
    let case = Case::open(2_300, PlatformConfig::default()).await;
    let by = case.by();
    let account = case.client.account(by).await.expect("an account").value;
    assert_eq!(account.account_id, AccountId(37_439_510));
    assert!(account.company_name.is_some());
    assert!(account.time_zone.is_some());

    let mut seen = Vec::new();
    for page in 1..=3 {
        let answer = case
            .client
            .presence_page(page, by)
            .await
            .expect("a page")
            .value;
        assert_eq!(answer.paging.total_pages, Some(3));
        assert!(!answer.is_short());
        seen.extend(answer.observations.iter().map(|seen| seen.extension_id));
    }
    assert!(seen.len() > 2_000, "{}", seen.len());

    let list = case
        .client
        .extension_page(1, by)
        .await
        .expect("a page")
        .value;
    let person = list.records[0].extension_id;
    let extension = case
        .client
        .extension(person, by)
        .await
        .expect("an answer")
        .value;
    let update = extension.expect("it is listed").update;
    assert!(update.time_zone.flatten().is_some());
    let presence = case
        .client
        .presence(person, by)
        .await
        .expect("an answer")
        .value;
    assert_eq!(presence.expect("it is listed").extension_id, person);
    let nobody = ExtensionId(1);
    assert!(
        case.client
            .presence(nobody, by)
            .await
            .expect("an answer")
            .value
            .is_none()
    );
    assert!(
        case.client
            .extension(nobody, by)
            .await
            .expect("an answer")
            .value
            .is_none()
    );

    let queues = case.client.queue_page(1, by).await.expect("a page").value;
    let queue = queues.records[0].extension_id;
    let members = case
        .client
        .queue_member_page(queue, 1, by)
        .await
        .expect("a page")
        .value;
    assert!(!members.records.is_empty());
    let sites = case.client.site_page(1, by).await.expect("a page").value;
    assert!(sites.records.iter().all(|site| site.time_zone.is_some()));
    assert_eq!(case.platform.counters().with_status(429), 0);
}

#[tokio::test]
async fn however_much_is_asked_the_rate_limit_is_never_hit() {
    let case = Case::open(25, PlatformConfig::default()).await;
    for _ in 0..40 {
        case.client
            .presence_page(1, case.by())
            .await
            .expect("a page");
    }
    let counters = case.platform.counters();
    assert_eq!(counters.requests(PathKind::PresenceList), 40);
    assert_eq!(counters.refused_in(Group::Heavy), 0);
}

#[tokio::test]
async fn a_week_of_tokens_needs_no_second_login_at_a_time() {
    let config = PlatformConfig {
        tokens: TokenPolicy {
            refresh_expires_in_s: Some(604_800),
            ..TokenPolicy::default()
        },
        ..PlatformConfig::default()
    };
    for config in [config, PlatformConfig::default()] {
        let case = Case::open(25, config).await;
        for _ in 0..24 * 7 {
            case.client
                .presence_page(1, case.by())
                .await
                .expect("a page");
            case.clock.advance(3_600_000);
        }
        assert_eq!(
            case.platform.counters().with_status(401),
            0,
            "renewed before their end"
        );
        assert_eq!(case.platform.counters().requests(PathKind::Token), 24 * 7);
    }
}

#[tokio::test]
async fn a_revoked_token_costs_one_renewal() {
    let case = Case::open(25, PlatformConfig::default()).await;
    case.client
        .presence_page(1, case.by())
        .await
        .expect("a page");
    let rule = FaultRule::new(Fault::TokenRevoked)
        .on(PathKind::PresenceList)
        .when(presence_simulator::When::Requests(1));
    case.platform.faults().add(rule);
    case.client
        .presence_page(1, case.by())
        .await
        .expect("a page");
    assert_eq!(case.platform.counters().with_status(401), 1);
}

#[tokio::test]
async fn missing_permissions_are_reported_at_the_start() {
    let without = |name: &str, all: Vec<String>| -> Vec<String> {
        all.into_iter().filter(|one| one != name).collect()
    };
    let standard = PlatformConfig::default();
    let application = PlatformConfig {
        scopes: without("ReadPresence", standard.scopes.clone()),
        ..standard.clone()
    };
    let user = PlatformConfig {
        user_permissions: without("ReadPresenceStatus", standard.user_permissions.clone()),
        ..standard.clone()
    };
    let expected = [
        (
            application,
            "the application lacks the permission ReadPresence; add it in the developer console",
        ),
        (
            user,
            "the user of the JWT lacks the permission ReadPresenceStatus; give them a role that has it in the \
             admin portal",
        ),
    ];
    for (config, text) in expected {
        let case = Case::open(25, config).await;
        let error = case
            .client
            .account(case.by())
            .await
            .expect_err("it is missing");
        assert!(
            matches!(error, SourceError::PermissionMissing(_)),
            "{error:?}"
        );
        assert!(error.to_string().contains(text), "{error}");
        let counters = case.platform.counters();
        assert_eq!(
            counters.requests(PathKind::PresenceList),
            0,
            "nothing was tried"
        );
    }
    let case = Case::open(25, standard).await;
    // If the check itself fails, the first request shows whether a permission is missing.
    let rule = FaultRule::new(Fault::BadRequest).on(PathKind::PermissionCheck);
    case.platform.faults().add(rule);
    case.client.account(case.by()).await.expect("an account");
}

#[tokio::test]
async fn missing_permissions_stop_with_an_explanation() {
    let faults = [
        (
            Fault::ApplicationLacksPermission,
            "the application lacks the permission ReadPresence",
        ),
        (
            Fault::UserLacksPermission,
            "the user of the JWT lacks the permission ReadPresenceStatus",
        ),
    ];
    for (fault, text) in faults {
        let case = Case::open(25, PlatformConfig::default()).await;
        let rule = FaultRule::new(fault).on(PathKind::PresenceList);
        case.platform.faults().add(rule);
        let error = case
            .client
            .presence_page(1, case.by())
            .await
            .expect_err("it is missing");
        assert!(
            matches!(error, SourceError::PermissionMissing(_)),
            "{error:?}"
        );
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[tokio::test]
async fn records_that_are_not_as_they_should_be_are_counted() {
    let case = Case::open(20, PlatformConfig::default()).await;
    let ask = async || {
        let page = case.client.presence_page(1, case.by()).await;
        page.expect("a page").value.oddities.len() as u64
    };
    assert_eq!((ask().await, case.client.traffic().odd_records), (0, 0));
    let rule: FaultRule = "wrong_type".parse().expect("it is a fault");
    case.platform.faults().add(rule);
    let odd = ask().await;
    assert!(odd > 0);
    assert_eq!(ask().await, odd);
    assert_eq!(case.client.traffic().odd_records, 2 * odd);
}
