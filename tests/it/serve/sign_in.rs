//! Signing in to the pages, and who cannot.

use super::desk::{Answer, Desk, Wishes, now};

async fn sign_in(desk: &Desk, token: &str, next: &str) -> Answer {
    let form = [("token", token), ("next", next)];
    desk.sent(desk.client.post(desk.url("/sign-in")).form(&form))
        .await
}

/// The cookie that an answer sets, as it is sent back.
fn cookie(answer: &Answer) -> String {
    let text = answer.header("set-cookie");
    text.split(';').next().unwrap_or_default().to_owned()
}

async fn me(desk: &Desk, cookie: &str) -> Answer {
    let request = desk
        .client
        .get(desk.url("/api/v1/me"))
        .header("cookie", cookie);
    desk.sent(request).await
}

#[tokio::test]
async fn anyone_who_signs_in_is_known_until_they_sign_out() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    assert_eq!(desk.get("/sign-in").await.status, 200);
    let answer = sign_in(&desk, &secret, "/report?from=-7d").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/report?from=-7d")
    );
    let set = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure") && !set.contains(&secret), "{set}");
    let cookie = cookie(&answer);
    let known = me(&desk, &cookie).await;
    assert_eq!(
        (known.status, &known.json()["name"]),
        (200, &"Planning".into())
    );
    // A session's cookie is not a token, and a token is not a cookie.
    let value = cookie.split_once('=').expect("it has a value").1;
    assert_eq!(desk.get_with("/api/v1/me", value).await.status, 401);
    assert_eq!(
        me(&desk, &format!("presence_session={secret}"))
            .await
            .status,
        401
    );
    let request = desk
        .client
        .post(desk.url("/sign-out"))
        .header("cookie", &cookie);
    let answer = desk.sent(request).await;
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(me(&desk, &cookie).await.status, 401);
}

#[tokio::test]
async fn a_forged_cookie_is_refused() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    let real = cookie(&sign_in(&desk, &secret, "/").await);
    let mut forged = real.clone();
    let last = if forged.ends_with('0') { '1' } else { '0' };
    forged.pop();
    forged.push(last);
    for wrong in [
        forged.as_str(),
        "presence_session=",
        "presence_session=x",
        "other=x",
    ] {
        assert_eq!(me(&desk, wrong).await.status, 401, "{wrong}");
    }
    assert_eq!(me(&desk, &format!("theme=dark; {real}")).await.status, 200);
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let desk = Desk::guarded().await;
    let (id, secret) = desk.token("Planning", &["read"]).await;
    let cookie = cookie(&sign_in(&desk, &secret, "/").await);
    assert_eq!(me(&desk, &cookie).await.status, 200);
    let revoked = desk.opened.access.revoke_token(id, now()).await;
    assert!(revoked.expect("the store works"));
    assert_eq!(me(&desk, &cookie).await.status, 401);
    let (_, short) = desk
        .token_until("Visitor", &["read"], Some(now().plus_ms(60_000)))
        .await;
    assert_eq!(sign_in(&desk, &short, "/").await.status, 303);
    let sessions = desk.opened.access.tokens().await.expect("the store works");
    let last = sessions.last().expect("there are some");
    assert_eq!(last.expires_at, Some(now().plus_ms(60_000)));
}

#[tokio::test]
async fn a_page_of_another_site_signs_nobody_in_or_out() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    let own = format!("http://{}", desk.address);
    for (name, value, expected) in [
        ("origin", "https://evil.example.com", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "same-origin", 303),
        ("origin", own.as_str(), 303),
    ] {
        for path in ["/sign-in", "/sign-out"] {
            let request = desk
                .client
                .post(desk.url(path))
                .header(name, value)
                .form(&[("token", secret.as_str())]);
            let answer = desk.sent(request).await;
            assert_eq!(answer.status, expected, "{path} with {name}: {value}");
            if expected == 403 {
                assert_eq!(answer.problem().1, "cross_site");
            }
        }
    }
    let open = Desk::open().await;
    let request = open
        .client
        .post(open.url("/api/v1/import"))
        .header("sec-fetch-site", "cross-site")
        .body("{}");
    assert_eq!(open.sent(request).await.status, 403);
}

#[tokio::test]
async fn signing_in_leads_to_no_other_site() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    for next in [
        "https://evil.example.com",
        "//evil.example.com",
        "/\\evil.example.com",
        "javascript:alert(1)",
        "/\r\nset-cookie: a=b",
        "",
    ] {
        let answer = sign_in(&desk, &secret, next).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/"),
            "{next:?}"
        );
    }
    let page = desk
        .get("/sign-in?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        .await;
    assert!(!page.body.contains("<script"), "{}", page.body);
}

#[tokio::test]
async fn anyone_who_guesses_must_wait() {
    let desk = Desk::start(Wishes {
        requires_token: true,
        trusts_proxy: true,
        ..Wishes::default()
    })
    .await;
    let (_, secret) = desk.token("Planning", &["read"]).await;
    let from = |address: &'static str, token: String| {
        let request = desk
            .client
            .post(desk.url("/sign-in"))
            .header("x-forwarded-for", address)
            .form(&[("token", token)]);
        desk.sent(request)
    };
    for _ in 0..10 {
        assert_eq!(from("203.0.113.9", "x".to_owned()).await.status, 401);
    }
    // From there even the right token is refused; from elsewhere it is accepted.
    assert_eq!(from("203.0.113.9", secret.clone()).await.status, 429);
    assert_eq!(from("203.0.113.10", secret.clone()).await.status, 303);
    let api = |secret: &str| {
        let request = desk
            .client
            .get(desk.url("/api/v1/now"))
            .header("x-forwarded-for", "203.0.113.9")
            .bearer_auth(secret);
        desk.sent(request)
    };
    let refused = api("x").await;
    assert_eq!(refused.problem().0, 429);
    assert_ne!(refused.header("retry-after"), "");
    // A script with an old token does not lock out the others at its address.
    assert_eq!(api(&secret).await.status, 200);
}

#[tokio::test]
async fn behind_encryption_the_cookie_is_secure() {
    for wishes in [
        Wishes {
            trusts_proxy: true,
            ..Wishes::default()
        },
        Wishes {
            public_encrypted: true,
            prefix: "/presence",
            ..Wishes::default()
        },
    ] {
        let prefix = wishes.prefix;
        let desk = Desk::start(Wishes {
            requires_token: true,
            ..wishes
        })
        .await;
        let (_, secret) = desk.token("Planning", &["read"]).await;
        let request = desk
            .client
            .post(desk.url("/sign-in"))
            .header("x-forwarded-proto", "https")
            .form(&[("token", secret.as_str())]);
        let answer = desk.sent(request).await;
        let set = answer.header("set-cookie");
        assert!(set.contains("; Secure"), "{set}");
        assert!(set.contains(&format!("Path={prefix}/")), "{set}");
        assert_eq!(answer.header("location"), format!("{prefix}/"));
    }
}

#[tokio::test]
async fn a_token_that_may_not_read_cannot_sign_in() {
    let desk = Desk::guarded().await;
    let (_, secret) = desk.token("Uploader", &["ingest"]).await;
    let answer = sign_in(&desk, &secret, "/").await;
    assert_eq!((answer.status, answer.header("set-cookie")), (403, ""));
}
