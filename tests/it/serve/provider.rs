//! Signing in through an identity provider, which is part of the test.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use presence_model::ids::ExtensionId;
use presence_server::access::{Grants, Provider, ProviderConfig, Scope, Team};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::desk::{Answer, Desk, Wishes, client, now};

const CLIENT: &str = "presence";
const SECRET: &str = "between us";

/// An identity provider.
struct Office {
    issuer: String,
    told: Arc<Expected>,
    _folder: TempDir,
}

/// What the provider answers, and what it received.
struct Expected {
    issuer: String,
    key: Vec<u8>,
    published: Value,
    claims: Mutex<Value>,
    algorithm: Mutex<Algorithm>,
    challenge: Mutex<String>,
}

/// An elliptic curve key, as the signing program takes it and as it is published.
fn key(folder: &Path) -> (Vec<u8>, Value) {
    let openssl = |arguments: &[&str]| {
        let made = Command::new("/usr/bin/openssl")
            .current_dir(folder)
            .args(arguments)
            .output();
        let made = made.expect("there is openssl: scripts/test installs it");
        assert!(made.status.success(), "{made:?}");
        made.stdout
    };
    openssl(&[
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-out",
        "key.pem",
    ]);
    let private = openssl(&[
        "pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-outform", "DER",
    ]);
    let public = openssl(&["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"]);
    // The last 64 bytes are the point.
    let point = &public[public.len() - 64..];
    let [x, y] = [&point[..32], &point[32..]].map(|half| URL_SAFE_NO_PAD.encode(half));
    let published =
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "x": x, "y": y}]});
    (private, published)
}

impl Office {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (key, published) = key(folder.path());
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("there is a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("it listens"));
        let told = Arc::new(Expected {
            issuer: issuer.clone(),
            key,
            published,
            claims: Mutex::new(Value::Null),
            algorithm: Mutex::new(Algorithm::ES256),
            challenge: Mutex::default(),
        });
        let paths = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route(
                "/keys",
                get(async |State(told): State<Arc<Expected>>| Json(told.published.clone())),
            )
            .route("/token", post(exchange))
            .with_state(Arc::clone(&told));
        tokio::spawn(async move { axum::serve(listener, paths).await });
        Self {
            issuer,
            told,
            _folder: folder,
        }
    }

    /// What it says about the next user who signs in.
    fn says(&self, nonce: &str, change: impl Fn(&mut Value)) {
        let mut claims = json!({
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "0042",
            "email": "sales.lead@example.com",
            "groups": ["sales", "everybody"],
            "nonce": nonce,
            "iat": now().as_ms() / 1_000,
            "exp": now().as_ms() / 1_000 + 300,
        });
        change(&mut claims);
        *self.told.claims.lock().expect("nobody panicked") = claims;
    }
}

async fn describe(State(told): State<Arc<Expected>>) -> Json<Value> {
    let issuer = &told.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    }))
}

async fn exchange(
    State(told): State<Arc<Expected>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Json<Value> {
    let verifier = Sha256::digest(form["code_verifier"].as_bytes());
    let challenge = told.challenge.lock().expect("nobody panicked").clone();
    assert_eq!(
        URL_SAFE_NO_PAD.encode(verifier),
        challenge,
        "the verifier is the challenge's"
    );
    assert_eq!(form["code"], "the code");
    assert!(form["redirect_uri"].ends_with("/sign-in/callback"));
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{CLIENT}:{SECRET}"));
    assert_eq!(headers["authorization"], format!("Basic {basic}"));
    let algorithm = *told.algorithm.lock().expect("nobody panicked");
    let header = Header {
        kid: Some("1".to_owned()),
        ..Header::new(algorithm)
    };
    let key = match algorithm {
        Algorithm::HS256 => EncodingKey::from_secret(CLIENT.as_bytes()),
        _ => EncodingKey::from_ec_der(&told.key),
    };
    let claims = told.claims.lock().expect("nobody panicked").clone();
    let token = encode(&header, &claims, &key).expect("it can be signed");
    Json(json!({"id_token": token, "access_token": "x", "token_type": "Bearer"}))
}

async fn desk(office: &Office) -> Desk {
    // The provider's client uses the TLS provider that this one installs.
    drop(client());
    let provider = Provider::new(ProviderConfig {
        name: "the office".to_owned(),
        issuer: office.issuer.clone(),
        client_id: CLIENT.to_owned(),
        client_secret: Some(SecretString::from(SECRET)),
        scopes: vec!["email".to_owned()],
        public_url: "https://presence.example.com".to_owned(),
        grants: Grants {
            groups_claim: "groups".to_owned(),
            extension_claim: Some("extension_id".to_owned()),
            groups: vec![(
                "sales".to_owned(),
                vec![Scope::ReadTeam(Team::Department, "Sales".to_owned())],
            )],
        },
    });
    Desk::start(Wishes {
        requires_token: true,
        provider: Some(provider.expect("it can be asked")),
        ..Wishes::default()
    })
    .await
}

/// A user on the way through the provider.
struct Way {
    state: String,
    nonce: String,
    cookie: String,
}

async fn go(desk: &Desk, office: &Office) -> Way {
    let answer = desk.get("/sign-in/provider?next=/report").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location").to_owned();
    let (endpoint, query) = location.split_once('?').expect("it asks something");
    assert_eq!(endpoint, format!("{}/authorize", office.issuer));
    let asked: HashMap<String, String> = serde_urlencoded::from_str(query).expect("it is a query");
    assert_eq!(
        asked["redirect_uri"],
        "https://presence.example.com/sign-in/callback"
    );
    assert_eq!(
        (asked["response_type"].as_str(), asked["scope"].as_str()),
        ("code", "openid email")
    );
    assert_eq!(asked["code_challenge_method"], "S256");
    let challenge = asked["code_challenge"].clone();
    *office.told.challenge.lock().expect("nobody panicked") = challenge;
    let cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or_default();
    Way {
        state: asked["state"].clone(),
        nonce: asked["nonce"].clone(),
        cookie: cookie.to_owned(),
    }
}

async fn back(desk: &Desk, way: &Way, query: &str) -> Answer {
    let url = desk.url(&format!("/sign-in/callback?state={}&{query}", way.state));
    desk.sent(desk.client.get(url).header("cookie", &way.cookie))
        .await
}

fn session(answer: &Answer) -> Option<String> {
    let mut cookies = answer.headers.get_all("set-cookie").iter();
    cookies.find_map(|cookie| {
        let text = cookie.to_str().ok()?.split(';').next()?;
        text.starts_with("presence_session=")
            .then(|| text.to_owned())
    })
}

#[tokio::test]
async fn a_user_of_the_provider_gets_the_granted_access() {
    let office = Office::open().await;
    let desk = desk(&office).await;
    let page = desk.get("/sign-in").await.body;
    assert!(page.contains("Sign in with the office"), "{page}");
    let way = go(&desk, &office).await;
    office.says(&way.nonce, |claims| claims["extension_id"] = json!("1002"));
    let answer = back(&desk, &way, "code=the+code").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/report"),
        "{answer:?}"
    );
    let cookie = session(&answer).expect("a session");
    let request = desk
        .client
        .get(desk.url("/api/v1/me"))
        .header("cookie", &cookie);
    let me = desk.sent(request).await.json();
    assert_eq!(me["name"], "sales.lead@example.com");
    assert_eq!(
        me["scopes"],
        json!(["read:department=Sales", "read:extension=1002"])
    );
    assert_eq!(
        Scope::ReadExtension(ExtensionId(1002)).to_string(),
        "read:extension=1002"
    );
    // The same answer is valid once.
    assert_eq!(back(&desk, &way, "code=the+code").await.status, 400);
}

/// A change that makes the provider's answer wrong.
type Change = Box<dyn Fn(&mut Value)>;

#[tokio::test]
async fn a_wrong_answer_of_the_provider_lets_nobody_in() {
    let office = Office::open().await;
    let desk = desk(&office).await;
    let past = now().as_ms() / 1_000 - 120;
    let set = |name: &'static str, value: Value| -> Change {
        Box::new(move |claims| claims[name] = value.clone())
    };
    for (what, change, expected) in [
        ("of an hour ago", set("exp", json!(past)), 502),
        ("of tomorrow", set("nbf", json!(past + 86_400)), 502),
        ("for another client", set("aud", json!("other")), 502),
        (
            "for several clients",
            set("aud", json!([CLIENT, "other"])),
            502,
        ),
        ("by way of another client", set("azp", json!("other")), 502),
        (
            "of another provider",
            set("iss", json!("https://evil.example.com")),
            502,
        ),
        (
            "in answer to another request",
            set("nonce", json!("other")),
            502,
        ),
        ("without a nonce", set("nonce", Value::Null), 502),
        ("of someone without a group", set("groups", json!([])), 403),
        (
            "of someone with another group",
            set("groups", json!("sales-guests")),
            403,
        ),
    ] {
        let way = go(&desk, &office).await;
        office.says(&way.nonce, change);
        let answer = back(&desk, &way, "code=the+code").await;
        assert_eq!(
            (answer.status, session(&answer)),
            (expected, None),
            "{what}"
        );
    }
    // A signature that anyone who knows the client's name can make.
    let way = go(&desk, &office).await;
    office.says(&way.nonce, |_| {});
    *office.told.algorithm.lock().expect("nobody panicked") = Algorithm::HS256;
    let answer = back(&desk, &way, "code=the+code").await;
    assert_eq!((answer.status, session(&answer)), (502, None));
}

#[tokio::test]
async fn many_unfinished_sign_ins_do_not_block_the_others() {
    let office = Office::open().await;
    let desk = desk(&office).await;
    let before = rss_kib();
    for number in 0..10_000 {
        let next = format!("/report?x={number}&y={}", "x".repeat(2_000));
        let query = serde_urlencoded::to_string([("next", next)]).expect("a query");
        let answer = desk.get(&format!("/sign-in/provider?{query}")).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        // A path that is too long is dropped.
        assert!(answer.header("set-cookie").len() < 500, "{answer:?}");
    }
    // A kilobyte for each would be 10 MiB.
    let grown = rss_kib().saturating_sub(before);
    assert!(grown < 100 * 1_024, "{grown} KiB");
    let way = go(&desk, &office).await;
    office.says(&way.nonce, |_| {});
    let answer = back(&desk, &way, "code=the+code").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/report"));
    assert!(session(&answer).is_some());
}

/// The memory of this process, in KiB.
fn rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("it is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("it is a number")
}

#[tokio::test]
async fn repeated_failures_must_wait() {
    let office = Office::open().await;
    let desk = desk(&office).await;
    for _ in 0..30 {
        let way = go(&desk, &office).await;
        office.says(&way.nonce, |claims| claims["aud"] = json!("other"));
        assert_eq!(back(&desk, &way, "code=the+code").await.status, 502);
    }
    let way = go(&desk, &office).await;
    assert_eq!(back(&desk, &way, "code=the+code").await.status, 429);
    // A token still works: tokens are counted separately.
    let (_, secret) = desk.token("Planning", &["read"]).await;
    assert_eq!(desk.get_with("/api/v1/me", &secret).await.status, 200);
}

#[tokio::test]
async fn an_answer_belongs_to_the_browser_that_asked() {
    let office = Office::open().await;
    let desk = desk(&office).await;
    let way = go(&desk, &office).await;
    office.says(&way.nonce, |_| {});
    // Another browser, without the cookie or with its own.
    let other = go(&desk, &office).await;
    for cookie in ["", "presence_sign_in=", other.cookie.as_str()] {
        let stolen = Way {
            cookie: cookie.to_owned(),
            state: way.state.clone(),
            nonce: String::new(),
        };
        let answer = back(&desk, &stolen, "code=the+code").await;
        assert_eq!((answer.status, session(&answer)), (400, None), "{cookie:?}");
    }
    let refused = back(&desk, &other, "error=access_denied").await;
    assert_eq!((refused.status, session(&refused)), (403, None));
}
