//! The pages for trying the API: they match the description, and their links are answered.

use serde_json::Value;

use super::desk::{Desk, Wishes};
use super::pages::{check_markup, page};

/// An attribute's text as the browser reads it.
fn read(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
}

/// The part of a page between two texts.
#[track_caller]
pub(super) fn between<'p>(page: &'p str, start: &str, end: &str) -> &'p str {
    let (_, rest) = page
        .split_once(start)
        .unwrap_or_else(|| panic!("there is no {start}"));
    rest.split_once(end).expect("it has an end").0
}

/// The address that a page's form asks for.
#[track_caller]
fn request(page: &str) -> String {
    read(between(page, "<a id=\"request\" href=\"", "\""))
}

/// The command that asks the same.
#[track_caller]
fn command(page: &str) -> String {
    read(between(page, "<code id=\"command\">", "</code>"))
}

#[tokio::test]
async fn every_operation_has_a_form_with_its_parameters() {
    let desk = Desk::open().await;
    let document = desk.get("/api/v1/openapi.json").await.json();
    let answer = desk.get("/api").await;
    let list = page(&answer);
    check_markup("/api", list);
    let board = desk.get("/").await.body;
    assert!(board.contains("href=\"/api\""), "nothing leads there");
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let (method, operation) = methods
            .as_object()
            .and_then(|methods| methods.iter().next())
            .expect("there is one");
        let text = |name: &str| operation[name].as_str().expect("text");
        let own = format!("/api/{}", text("operationId"));
        assert!(list.contains(&format!("href=\"{own}\"")), "{own}");
        assert!(read(list).contains(text("summary")), "{own}");
        let answer = desk.get(&own).await;
        let told = page(&answer);
        check_markup(&own, &told.replace("http://", ""));
        let method = method.to_uppercase();
        assert!(told.contains(&format!("<h1>{method} /api/v1{path}</h1>")));
        let parameters = operation["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            if parameter["in"] == "header" {
                assert!(told.contains(&format!("<code>{name}</code>")), "{own}");
                continue;
            }
            assert!(
                told.contains(&format!(" name=\"{name}\"")),
                "{own} lacks {name}"
            );
            let description = parameter["description"].as_str().expect("text");
            assert!(read(told).contains(description), "{own}: {name}");
            let schema = &parameter["schema"];
            let words = schema["enum"]
                .as_array()
                .or(schema["items"]["enum"].as_array());
            for word in words.into_iter().flatten().filter_map(Value::as_str) {
                assert!(told.contains(&format!(" value=\"{word}\"")), "{name}");
            }
        }
        assert_eq!(told.contains("<form id=\"try\""), method == "GET", "{own}");
    }
    assert_eq!(desk.get("/api/reprot").await.status, 404);
}

#[tokio::test]
async fn a_form_leads_to_the_answer_it_describes() {
    let desk = Desk::start(Wishes {
        prefix: "/presence",
        ..Wishes::default()
    })
    .await;
    let form = "/api/report?from=2026-11-02T08:00:00Z&to=2026-11-02T08:20:00Z&by=&hours=&as-now=true\
        &person=101%0D%0A102%0D%0A&format=csv";
    let told = desk.get(form).await.body;
    let address = request(&told);
    assert_eq!(
        address,
        "/presence/api/v1/report?person=101&person=102&as-now=true\
        &from=2026-11-02T08%3A00%3A00Z&to=2026-11-02T08%3A20%3A00Z&format=csv"
    );
    assert_eq!(
        command(&told),
        format!("curl 'http://{}{address}'", desk.address)
    );
    let path = address.strip_prefix("/presence").expect("the prefix");
    let answer = desk.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body.lines().count(), 7, "{}", answer.body);
    // A required parameter is filled in with an example.
    let empty = desk.get("/api/staffing").await.body;
    let path = request(&empty);
    let path = path.strip_prefix("/presence").expect("the prefix");
    assert_eq!(desk.get(path).await.status, 200, "{path}");
}

#[tokio::test]
async fn form_values_are_escaped() {
    let desk = Desk::open().await;
    let hostile = "</textarea></code><script>alert(1)</script>'\"&";
    let query = serde_urlencoded::to_string([
        ("person", hostile),
        ("hours", hostile),
        ("kind", hostile),
        ("zone", hostile),
    ]);
    let query = query.expect("it can be written");
    for operation in ["report", "changes"] {
        let told = desk.get(&format!("/api/{operation}?{query}")).await.body;
        assert!(!told.contains("<script>"), "{told}");
        assert_eq!(
            told.matches("</textarea>").count(),
            told.matches("<textarea").count()
        );
        let command = command(&told);
        // Nothing can end the shell's quotes.
        assert_eq!(command.matches('\'').count(), 2, "{command}");
    }
}

#[tokio::test]
async fn strangers_see_no_form_and_commands_say_who_asks() {
    let desk = Desk::guarded().await;
    for path in ["/api", "/api/report"] {
        let answer = desk.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").starts_with("/sign-in"));
    }
    let (_, secret) = desk.token("figures", &["metrics"]).await;
    assert_eq!(desk.get_with("/api", &secret).await.status, 403);
    let (_, secret) = desk.token("own", &["read:extension=1001"]).await;
    let told = desk.get_with("/api/now", &secret).await.body;
    assert!(
        command(&told).starts_with("curl -H \"Authorization: Bearer $TOKEN\" http://"),
        "{told}"
    );
    let told = desk.get_with("/api/import", &secret).await.body;
    assert!(
        command(&told).contains("--data-binary @sweeps.ndjson"),
        "{told}"
    );
}
