//! `presence config`.

mod checks;

use clap::ArgMatches;
use clap::parser::ValueSource;

use presence_answers::format::Format;
use presence_answers::render::{self, counted};
use presence_answers::shapes::settings::Setting;
use presence_charts::json;
use presence_config::{
    Config, ConfigError, CredentialPart, DEFAULT_SERVER_URL, Origin, SessionLocation,
};
use presence_server::listen::ListenAddress;

pub(super) use self::checks::credential_checks;

use super::args::{ConfigArgs, ConfigCommand};
use super::collect;
use super::exit::Failure;
use super::session::Session;
use super::settings::interval_text;

/// Which options of every command were given as flags, and which by the environment.
#[derive(Clone, Debug, Default)]
pub struct Given {
    flags: Vec<&'static str>,
    variables: Vec<&'static str>,
}

/// The options of every command that the file can say too: identifier, and variable.
const OPTIONS: [(&str, &str); 5] = [
    ("store", "PRESENCE_STORE"),
    ("account", "PRESENCE_ACCOUNT"),
    ("format", "PRESENCE_FORMAT"),
    ("zone", "PRESENCE_ZONE"),
    ("log_format", "PRESENCE_LOG_FORMAT"),
];

/// The identifier under which an option of a source is read: the ending of a file goes between the flag and the
/// environment, so that the format has one for each.
fn read_as(id: &'static str, source: ValueSource) -> &'static str {
    match (id, source) {
        ("format", ValueSource::EnvVariable) => "format_default",
        _ => id,
    }
}

impl Given {
    /// What the command line's parser found where; the options in `settled` have their value from a variable, though
    /// the parser takes it for a default.
    pub fn of(matches: &ArgMatches, settled: &[String]) -> Self {
        let source = |id: &str| match matches.value_source(id) {
            Some(ValueSource::DefaultValue) if settled.iter().any(|one| one == id) => {
                Some(ValueSource::EnvVariable)
            }
            source => source,
        };
        let from = |wanted: ValueSource| {
            let found = OPTIONS.map(|(id, _)| id).into_iter();
            found
                .filter(|id| source(read_as(id, wanted)) == Some(wanted))
                .collect()
        };
        Self {
            flags: from(ValueSource::CommandLine),
            variables: from(ValueSource::EnvVariable),
        }
    }

    fn origin(&self, config: &Config, id: &'static str, variable: &str) -> Origin {
        if self.flags.contains(&id) {
            Origin::Flag(format!("--{}", id.replace('_', "-")))
        } else if self.variables.contains(&id) {
            Origin::Environment(variable.to_owned())
        } else {
            config.origin_of(&[id])
        }
    }
}

/// What was asked of the configuration.
pub(super) async fn run(session: &mut Session, args: &ConfigArgs) -> Result<(), Failure> {
    match args.command {
        ConfigCommand::Show => show(session),
        ConfigCommand::Check => checks::check(session).await,
    }
}

fn show(session: &mut Session) -> Result<(), Failure> {
    let settings = settings(session)?;
    let text = match session.asker.settings.format {
        Format::Table => render::settings::table(&settings, session.output.width()),
        Format::Json => json::pretty(&settings),
        Format::Ndjson => json::lines(&settings),
        Format::Csv => render::settings::csv(&settings).file(&session.asker.settings.csv_style()),
    };
    Ok(session.output.write(&text)?)
}

fn settings(session: &Session) -> Result<Vec<Setting>, ConfigError> {
    let config = &session.asker.config;
    let mut found = Vec::new();
    for ((id, variable), value) in OPTIONS.into_iter().zip(option_values(session)) {
        let origin = session.given.origin(config, id, variable);
        found.push(setting(config, id, value, origin));
    }
    let file = &config.file;
    let collect = &file.collect;
    let interval = interval_text(session.settings.interval_ms(None));
    let interval = (Some(interval), config.origin_of(&["collect", "interval"]));
    found.push(setting(config, "collect.interval", interval.0, interval.1));
    let operations = match Config::variable("PRESENCE_OPERATIONS")? {
        Some(value) => (
            Some(value),
            Origin::Environment("PRESENCE_OPERATIONS".to_owned()),
        ),
        None => (
            collect.operations.clone().or(Some("off".to_owned())),
            config.origin_of(&["collect", "operations"]),
        ),
    };
    found.push(setting(
        config,
        "collect.operations",
        operations.0,
        operations.1,
    ));
    found.push(spool(session)?);
    let facets = session.settings.daily.facets.iter();
    let facets: Vec<&str> = facets.map(|facet| facet.name()).collect();
    for (section, key, value) in [
        ("report", "hours", file.report.hours.clone()),
        ("report", "min_evidence", file.report.min_evidence.clone()),
        ("report", "min_group", file.report.min_group.clone()),
        ("daily", "facets", Some(facets.join(", "))),
        (
            "daily",
            "zone",
            Some(file.daily.zone.clone().unwrap_or("extension".to_owned())),
        ),
    ] {
        let origin = config.origin_of(&[section, key]);
        found.push(setting(config, &format!("{section}.{key}"), value, origin));
    }
    found.push(pseudonym_key(config)?);
    found.extend(
        config
            .credential_parts()?
            .map(|part| credential(config, part)),
    );
    found.push(token_file(config)?);
    found.extend(served(config)?);
    found.extend(tables(config));
    Ok(found)
}

fn option_values(session: &Session) -> [Option<String>; 5] {
    let settings = &session.asker.settings;
    [
        Some(session.settings.shown_store()),
        settings.account.map(|account| account.to_string()),
        Some(value_name(&settings.format)),
        Some(settings.zone_name()),
        Some(value_name(&session.log_format)),
    ]
}

/// A value as it is written on the command line.
fn value_name(value: &impl clap::ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn setting(config: &Config, name: &str, value: Option<String>, origin: Origin) -> Setting {
    let (source, origin) = match origin {
        Origin::Flag(flag) => ("flag", Some(flag)),
        Origin::Environment(variable) => ("environment", Some(variable)),
        Origin::File(line) => ("file", Some(format!("{}:{line}", config.shown_path()))),
        Origin::Default => ("default", None),
    };
    Setting {
        name: name.to_owned(),
        value,
        source,
        origin,
    }
}

/// What is shown of a secret.
const SECRET: &str = "(secret)";

fn credential(config: &Config, part: CredentialPart) -> Setting {
    let is_set = part.origin != Origin::Default;
    let value = match (&part.file, part.is_secret) {
        (Some(file), true) => Some(format!("{SECRET} in {}", file.display())),
        (Some(file), false) => Some(format!("in {}", file.display())),
        (None, true) => is_set.then(|| SECRET.to_owned()),
        (None, false) => part.value,
    };
    let value = value.or_else(|| (part.key == "server_url").then(|| DEFAULT_SERVER_URL.to_owned()));
    setting(
        config,
        &format!("ringcentral.{}", part.key),
        value,
        part.origin,
    )
}

fn pseudonym_key(config: &Config) -> Result<Setting, ConfigError> {
    let name = "PRESENCE_PSEUDONYM_KEY";
    let file_name = format!("{name}_FILE");
    let origin = if Config::variable(name)?.is_some() {
        Origin::Environment(name.to_owned())
    } else if Config::variable(&file_name)?.is_some() {
        Origin::Environment(file_name)
    } else {
        config.origin_of(&["report", "pseudonym_key_file"])
    };
    let value = (origin != Origin::Default).then(|| SECRET.to_owned());
    Ok(setting(config, "report.pseudonym_key", value, origin))
}

/// Where sweeps wait while the store cannot be used.
fn spool(session: &Session) -> Result<Setting, ConfigError> {
    let folder = collect::spool_folder(session, None)?;
    let origin = session.asker.config.origin_of(&["collect", "spool"]);
    let value = Some(folder.display().to_string());
    Ok(setting(
        &session.asker.config,
        "collect.spool",
        value,
        origin,
    ))
}

/// Where the session is kept from one start to the next.
fn token_file(config: &Config) -> Result<Setting, ConfigError> {
    let variable = "RC_TOKEN_FILE";
    let origin = match Config::variable(variable)? {
        Some(_) => Origin::Environment(variable.to_owned()),
        None => config.origin_of(&["ringcentral", "token_file"]),
    };
    let value = match config.session_location()? {
        None => "off".to_owned(),
        Some(SessionLocation::File(path)) => path.display().to_string(),
        Some(SessionLocation::Folder(folder)) => format!("in {}", folder.display()),
    };
    Ok(setting(
        config,
        "ringcentral.token_file",
        Some(value),
        origin,
    ))
}

/// What the server goes by.
fn served(config: &Config) -> Result<Vec<Setting>, ConfigError> {
    let section = &config.file.serve;
    let (listen, origin) = if let Some(value) = Config::variable("PRESENCE_LISTEN")? {
        (value, Origin::Environment("PRESENCE_LISTEN".to_owned()))
    } else {
        let value = section
            .listen
            .clone()
            .unwrap_or(ListenAddress::default().to_string());
        (value, config.origin_of(&["serve", "listen"]))
    };
    let listen = setting(config, "serve.listen", Some(listen), origin);
    let proxies = &section.trusted_proxies;
    let rest = [
        ("prefix", section.prefix.clone()),
        (
            "require_token",
            Some(section.require_token.unwrap_or(false).to_string()),
        ),
        (
            "trusted_proxies",
            (!proxies.is_empty()).then(|| proxies.join(", ")),
        ),
        ("public_url", section.public_url.clone()),
        (
            "oidc",
            section.oidc.as_ref().map(|oidc| oidc.issuer.clone()),
        ),
    ];
    let rest = rest.into_iter().map(|(key, value)| {
        let origin = config.origin_of(&["serve", key]);
        setting(config, &format!("serve.{key}"), value, origin)
    });
    Ok(std::iter::once(listen).chain(rest).collect())
}

/// What the file has several of, a line each.
fn tables(config: &Config) -> Vec<Setting> {
    let file = &config.file;
    let policies = file.policies.iter().map(|(name, policy)| {
        let value = counted(policy.rules.len() as u64, "rule");
        (
            format!("policies.{name}"),
            value,
            config.origin_of(&["policies", name]),
        )
    });
    let calendars = file.calendars.iter().map(|(name, calendar)| {
        let origin = config.origin_of(&["calendars", name]);
        (format!("calendars.{name}"), calendar.hours.clone(), origin)
    });
    let lists = [
        ("calendar_for", file.calendar_for.len(), "choice"),
        ("absences", file.absences.len(), "source"),
    ];
    let lists = lists.into_iter().filter(|(_, count, _)| *count > 0);
    let lists = lists.map(|(name, count, what)| {
        (
            name.to_owned(),
            counted(count as u64, what),
            config.origin_of(&[name]),
        )
    });
    policies
        .chain(calendars)
        .chain(lists)
        .map(|(name, value, origin)| setting(config, &name, Some(value), origin))
        .collect()
}
