//! The configuration file that is written. Pure.

use crate::cli::settings::interval_text;
use presence_collector::schedule::Pace;

/// What is filled in.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    /// The account, for a comment.
    pub(super) account: String,
    /// The store; `None` if it has a password in it.
    pub(super) store: Option<String>,
    /// The lines of `[ringcentral]`.
    pub(super) credentials: String,
    /// How often to look, in milliseconds.
    pub(super) interval_ms: i64,
    /// How often one can look.
    pub(super) pace: Pace,
}

/// The file's text. What is commented out and looks like a setting can be used as it stands.
pub(super) fn text(filled: &Filled) -> String {
    let store = match &filled.store {
        Some(store) => format!("store = {}", toml::Value::from(store.as_str())),
        None => "# The store has a password in its address: name it in the environment, as PRESENCE_STORE."
            .to_owned(),
    };
    format!(
        "\
# Configuration of `presence`, for account {account}.
# `presence config show` shows every setting and where it comes from; `presence config check` checks this file.

# Where the history is kept: sqlite:FILE, or postgres://USER@HOST/DATABASE?schema=SCHEMA.
{store}

# The time zone of days and hours; without it, each extension's own.
# zone = \"Europe/Berlin\"

# How the log is written: text or json.
# log_format = \"json\"

[ringcentral]
# Secrets are never in this file, only the names of the files that hold them (beside this file, unless absolute).
{credentials}
[collect]
# How often to poll. For this account {fastest} is the shortest interval; {comfortable} leaves half of the limit free.
interval = \"{interval}\"
# Health and metrics, for a service manager and Prometheus; no login is needed.
# operations = \"127.0.0.1:9464\"
# Whether call queues are asked who takes their calls.
# queues = true

[report]
# The hours that count in reports.
# hours = \"Mo-Fr 09:00-17:00\"
# Groups with fewer people than this are suppressed.
# min_group = \"5\"

[daily]
# The facets in the daily table, for SQL.
# facets = [\"presence_status\"]
",
        account = filled.account,
        credentials = filled.credentials,
        fastest = interval_text(filled.pace.fastest_ms),
        comfortable = interval_text(filled.pace.comfortable_ms),
        interval = interval_text(filled.interval_ms),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_config::FileConfig;

    fn filled() -> Filled {
        Filled {
            account: "7 (Office)".to_owned(),
            store: Some("sqlite:a \"b\".db".to_owned()),
            credentials: "client_id = \"x\"\nuser_jwt_file = \"jwt.txt\"\n".to_owned(),
            interval_ms: 90_000,
            pace: Pace {
                page_count: 1,
                fastest_ms: 7_000,
                comfortable_ms: 12_000,
            },
        }
    }

    #[test]
    fn it_says_what_was_filled_in() {
        let config: FileConfig = toml::from_str(&text(&filled())).expect("it can be read");
        assert_eq!(config.store.as_deref(), Some("sqlite:a \"b\".db"));
        assert_eq!(config.collect.interval.as_deref(), Some("90s"));
        assert_eq!(config.ringcentral.client_id.as_deref(), Some("x"));
        assert_eq!(config.collect.operations, None);
    }

    #[test]
    fn what_is_commented_out_can_be_used() {
        let text = text(&filled());
        let used = text.lines().map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") => format!("{setting}\n"),
            _ => format!("{line}\n"),
        });
        let config: FileConfig =
            toml::from_str(&used.collect::<String>()).expect("every setting is known");
        assert_eq!(config.collect.operations.as_deref(), Some("127.0.0.1:9464"));
        assert_eq!(config.report.min_group.as_deref(), Some("5"));
    }

    #[test]
    fn a_password_is_not_written() {
        let text = text(&Filled {
            store: None,
            ..filled()
        });
        assert!(!text.contains("\nstore ="), "{text}");
    }
}
