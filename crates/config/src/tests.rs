//! What the file may say, and how a wrong one is explained.

use super::*;

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let error = parse(text, Path::new("presence.toml")).expect_err("the text is wrong");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn every_key_is_known_to_suggestions() {
    let text = r#"
        store = "sqlite:a.db"
        account = "1"
        format = "json"
        zone = "Europe/Berlin"
        log_format = "json"
        [report]
        hours = "Mo-Fr 09:00-17:00"
        min_evidence = "0.8"
        min_group = "5"
        pseudonym_key_file = "pseudonyms.txt"
        [collect]
        interval = "60s"
        operations = "off"
        queues = false
        spool = "spool"
        [ringcentral]
        server_url = "http://127.0.0.1:8180"
        client_id = "id"
        client_id_file = "id.txt"
        client_secret_file = "secret.txt"
        user_jwt_file = "jwt.txt"
        token_file = "token.json"
        [daily]
        facets = ["presence_status"]
        zone = "extension"
        [policies.phone]
        description = "who is on the phone"
        rules = [
            { when = "telephony_status == 'Ringing'", class = "ringing" },
            { when = "true", class_of = "telephony_status" },
        ]
        [calendars.support]
        hours = "Mo-Fr 09:00-17:00; PH off"
        holidays = ["country:DE"]
        [[calendar_for]]
        calendar = "support"
        person = "101"
        department = "Support"
        site = "North"
        queue = "Night"
        [[absences]]
        file = "vacation.csv"
        [saved.weekly-support]
        command = "report"
        args = "--from -7d --to now --by department"
        [saved.by-fields]
        question = "report"
        from = 2026-11-02
        by = ["department", "day"]
        as-now = true
        [serve]
        listen = "127.0.0.1:8080"
        prefix = "/presence"
        require_token = true
        trusted_proxies = ["127.0.0.1"]
        public_url = "https://presence.example.com"
        [serve.oidc]
        issuer = "https://login.example.com"
        client_id = "presence"
        client_secret_file = "oidc.txt"
        provider = "the office login"
        request_scopes = ["email"]
        groups_claim = "groups"
        extension_claim = "extension_id"
        [[serve.oidc.grants]]
        group = "planning"
        scopes = ["read"]
    "#;
    let parsed = parse(text, Path::new("presence.toml")).expect("these are all keys");
    assert_eq!(parsed.collect.interval.as_deref(), Some("60s"));
    assert_eq!(parsed.collect.queues, Some(false));
    let fields = &parsed.saved["by-fields"].fields;
    let fields: Vec<(&str, String)> = fields
        .iter()
        .map(|(name, texts)| (name.as_str(), texts.join(" ")))
        .collect();
    let expected = [
        ("as-now", "true"),
        ("by", "department day"),
        ("from", "2026-11-02"),
    ];
    assert_eq!(fields, expected.map(|(name, text)| (name, text.to_owned())));
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .collect();
    assert!(KEYS.iter().all(|key| words.contains(key)));
}

#[test]
fn an_unknown_key_is_named_with_a_suggestion() {
    check_refused(
        "stor = \"x\"",
        "presence.toml line 1: there is no key \"stor\"; did you mean \"store\"?",
    );
    check_refused(
        "\n[collect]\nintervall = \"60s\"",
        "presence.toml line 3: there is no key \"intervall\"; did you mean \"interval\"?",
    );
    check_refused(
        "[ringcentral]\nclient_secret = \"x\"",
        "presence.toml line 2: there is no key \"client_secret\"; secrets stay out of this file: \
         name a file that holds it, with client_secret_file or user_jwt_file",
    );
}

#[test]
fn keys_beside_a_saved_command_are_no_fields() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("presence.toml");
    std::fs::write(&path, "[saved.a]\ncommand = \"report\"\nargz = \"x\"\n").expect("written");
    let error = Config::load(Some(&path)).expect_err("there is no such key");
    assert_eq!(
        error.to_string(),
        format!(
            "{} line 3: there is no key \"argz\"; did you mean \"args\"?",
            path.display()
        )
    );
    std::fs::write(
        &path,
        "[saved.a]\nquestion = \"report\"\nby = { day = 1 }\n",
    )
    .expect("written");
    let error = Config::load(Some(&path)).expect_err("a field is no table");
    let told = error.to_string();
    assert!(
        told.contains("by: write a text, a number, a time"),
        "{told}"
    );
}

#[test]
fn two_letters_that_are_exchanged_get_a_suggestion() {
    check_refused(
        "stroe = \"x\"",
        "presence.toml line 1: there is no key \"stroe\"; did you mean \"store\"?",
    );
}

#[test]
fn a_number_need_not_be_in_quotation_marks() {
    let text = "account = 37439510\n[collect]\ninterval = 5\n[report]\nmin_evidence = 0.8\nmin_group = 5\n\
        [[calendar_for]]\ncalendar = \"a\"\nperson = 101\n[[absences]]\nfile = \"a.ics\"\nperson = 102\n";
    let parsed = parse(text, Path::new("presence.toml")).expect("numbers are taken");
    assert_eq!(parsed.account.as_deref(), Some("37439510"));
    assert_eq!(parsed.collect.interval.as_deref(), Some("5s"));
    assert_eq!(parsed.report.min_evidence.as_deref(), Some("0.8"));
    assert_eq!(parsed.report.min_group.as_deref(), Some("5"));
    assert_eq!(parsed.calendar_for[0].person.as_deref(), Some("101"));
    assert_eq!(parsed.absences[0].person.as_deref(), Some("102"));
}

#[test]
fn a_value_of_another_kind_is_told_in_own_words() {
    check_refused(
        "store = 5",
        "presence.toml line 1: the value has the wrong type (integer `5`): write text in quotation marks",
    );
    check_refused(
        "[collect]\ninterval = true",
        "presence.toml line 2: the value has the wrong type (boolean `true`): write text in quotation marks",
    );
    check_refused(
        "[serve]\nrequire_token = \"yes\"",
        "presence.toml line 2: the value has the wrong type (string \"yes\"): write true or false, without quotation marks",
    );
    check_refused(
        "[daily]\nfacets = \"presence_status\"",
        "presence.toml line 2: the value has the wrong type (string \"presence_status\"): write a list in square brackets, \
         such as [\"a\", \"b\"]",
    );
    check_refused(
        "report = \"x\"",
        "presence.toml line 1: the value has the wrong type (string \"x\"): this is the name of a section, such as [report]; \
         its keys follow below it",
    );
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let error = parse("store = \"x\"\nzone = ", Path::new("p.toml")).expect_err("no value");
    assert!(error.to_string().starts_with("p.toml line 2: "), "{error}");
}

#[test]
fn files_are_beside_the_configuration() {
    let config = Config {
        path: Some(PathBuf::from("/etc/presence/presence.toml")),
        ..Config::default()
    };
    let file = PathBuf::from("jwt.txt");
    assert_eq!(
        config.beside(Some(&file)),
        Some(PathBuf::from("/etc/presence/jwt.txt"))
    );
}
