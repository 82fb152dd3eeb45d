//! Wrong questions, and how they are refused.

use super::desk::Desk;

#[tokio::test]
async fn what_is_still_to_come_is_refused() {
    let desk = Desk::open().await;
    for path in ["at?", "explain?person=101&"] {
        let moment = "time=2026-11-02T08:12:00Z&now=2026-11-02T08:11:59Z";
        let answer = desk.get(&format!("/api/v1/{path}{moment}")).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.json()["parameter"], "time", "{path}");
    }
}

/// Wrong questions: the status, the code, and the parameter that is named.
const WRONG: &[(&str, u16, &str, Option<&str>)] = &[
    ("/api/v1/reprot", 404, "not_found", None),
    ("/api/v1/", 404, "not_found", None),
    ("/api/v2/now", 404, "not_found", None),
    ("/nothing", 404, "not_found", None),
    ("/api/v1/now.xml", 404, "not_found", None),
    (
        "/api/v1/now?format=xml",
        400,
        "wrong_parameter",
        Some("format"),
    ),
    ("/api/v1/report", 200, "", None),
    ("/api/v1/report?to=now", 200, "", None),
    (
        "/api/v1/report?from=%2B1d",
        400,
        "wrong_parameter",
        Some("from"),
    ),
    (
        "/api/v1/report?from=x&to=now",
        400,
        "wrong_parameter",
        Some("from"),
    ),
    (
        "/api/v1/report?from=now&to=-1d",
        400,
        "wrong_parameter",
        Some("from"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&by=day,week",
        400,
        "wrong_parameter",
        Some("by"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&hours=x",
        400,
        "wrong_parameter",
        Some("hours"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&zone=Mars",
        400,
        "wrong_parameter",
        Some("zone"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&policy=x",
        400,
        "wrong_parameter",
        Some("policy"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&calendar=x",
        400,
        "wrong_parameter",
        Some("calendar"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&as-of=99999",
        400,
        "wrong_parameter",
        Some("as-of"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&compare-as-of=99999",
        400,
        "wrong_parameter",
        Some("compare-as-of"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&compare-as-of=2020-01-01",
        400,
        "wrong_parameter",
        Some("compare-as-of"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&color=always",
        400,
        "wrong_parameter",
        Some("color"),
    ),
    (
        "/api/v1/report?from=-1d&to=now&pseudonymous",
        400,
        "wrong_parameter",
        Some("pseudonymous"),
    ),
    (
        "/api/v1/now?person=nobody",
        404,
        "wrong_parameter",
        Some("person"),
    ),
    ("/api/v1/now?account=5", 422, "no_answer", None),
    ("/api/v1/at", 400, "wrong_parameter", Some("time")),
    ("/api/v1/at?time=noon", 400, "wrong_parameter", Some("time")),
    (
        "/api/v1/timeline?from=-1d&to=now",
        400,
        "wrong_parameter",
        Some("person"),
    ),
    (
        "/api/v1/staffing?from=-1d&to=now&value=x",
        400,
        "wrong_parameter",
        Some("value"),
    ),
    (
        "/api/v1/changes?from=-1d&to=now&limit=x",
        400,
        "wrong_parameter",
        Some("limit"),
    ),
    ("/api/v1/now?a=%ff", 400, "wrong_parameter", None),
    ("/api/v1/report?from=-400d&to=now&by=hour", 200, "", None),
    (
        "/api/v1/report?from=-20x&to=now",
        400,
        "wrong_parameter",
        Some("from"),
    ),
    (
        "/api/v1/report?from=-20y&to=now",
        422,
        "too_large",
        Some("from"),
    ),
    (
        "/api/v1/report?zone=GMT%2B1",
        400,
        "wrong_parameter",
        Some("zone"),
    ),
    ("/api/v1/at?time=7d", 400, "wrong_parameter", Some("time")),
    (
        "/api/v1/report?from=1990-01-01&to=now",
        422,
        "too_large",
        Some("from"),
    ),
    (
        "/api/v1/timeline?from=1990-01-01&to=now&person=101",
        422,
        "too_large",
        Some("from"),
    ),
    (
        "/api/v1/staffing?from=-9d&to=now&value=Busy&step=1s",
        422,
        "too_large",
        Some("step"),
    ),
    ("/assets/nothing.js", 404, "not_found", None),
    ("/assets/..%2f..%2fCargo.toml", 404, "not_found", None),
    ("/assets/%2e%2e/Cargo.toml", 404, "not_found", None),
    ("/api/v1/..%2f..%2fpresence.db", 404, "not_found", None),
];

#[tokio::test]
async fn wrong_requests_name_the_parameter() {
    let desk = Desk::open().await;
    for &(path, status, code, parameter) in WRONG {
        let answer = desk.get(path).await;
        if status == 200 {
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            continue;
        }
        let expected = (status, code.to_owned(), parameter.map(str::to_owned));
        assert_eq!(answer.problem(), expected, "{path}: {}", answer.body);
    }
    let request = desk.client.delete(desk.url("/api/v1/now"));
    let refused = desk.sent(request).await.problem();
    assert_eq!(refused, (405, "wrong_method".to_owned(), None));
}
