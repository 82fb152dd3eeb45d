//! Where a Postgres store is: the location on the command line, taken apart, and shown without its password.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::service::Surroundings;
use crate::StoreError;
use crate::location::redacted;

/// What a location says.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// The location without its password.
    pub(super) shown: String,
    /// A plain name: letters, digits and underscores.
    pub(super) schema: String,
    /// How to connect.
    pub(super) options: PgConnectOptions,
}

impl Address {
    /// Takes a location apart.
    pub(super) fn parse(location: &str) -> Result<Self, StoreError> {
        let shown = redacted(location);
        let refused = |why: String| StoreError::Unusable(format!("the store {shown:?} {why}"));
        let (rest, schema) = without_schema(location);
        let schema = schema.unwrap_or("public");
        if !is_plain_name(schema) {
            return Err(refused(
                "has a schema that is no plain name; use lower-case letters, digits and underscores, \
                 such as ?schema=presence"
                    .to_owned(),
            ));
        }
        let rest = Surroundings::of_environment()
            .resolve(&rest)
            .map_err(refused)?;
        let options = PgConnectOptions::from_str(&without_empty_host(&rest)).map_err(|error| {
            refused(format!(
                "is no address of a Postgres database: {}",
                cause(&error)
            ))
        })?;
        if options.get_database().is_none() {
            return Err(refused(
                "names no database; use postgres://HOST/DATABASE".to_owned(),
            ));
        }
        // A pooler refuses start-up parameters that it does not know, and no column here is a fraction.
        let options = options.extra_float_digits(None);
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("presence"),
        };
        let schema = schema.to_owned();
        Ok(Self {
            shown,
            schema,
            options,
        })
    }
}

/// The location, if it names no host, without the empty place of one: `postgres:///db` is read as `postgres:/db`, for
/// which the driver takes the host of the environment, or this computer.
fn without_empty_host(location: &str) -> String {
    match location.split_once(":///") {
        Some((scheme, rest)) => format!("{scheme}:/{rest}"),
        None => location.to_owned(),
    }
}

/// What went wrong, without the driver's preface.
fn cause(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Configuration(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

/// The location without its parameter `schema`, which is ours, and that parameter.
fn without_schema(location: &str) -> (String, Option<&str>) {
    let Some((base, query)) = location.split_once('?') else {
        return (location.to_owned(), None);
    };
    let mut schema = None;
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match pair.strip_prefix("schema=") {
            Some(name) => schema = Some(name),
            None => rest.push(pair),
        }
    }
    if rest.is_empty() {
        (base.to_owned(), schema)
    } else {
        (format!("{base}?{}", rest.join("&")), schema)
    }
}

fn is_plain_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    name.len() <= 63
        && name.starts_with(is_letter)
        && !name.starts_with("pg_")
        && name
            .chars()
            .all(|letter| is_letter(letter) || letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_ours_and_the_rest_is_the_drivers() {
        let address = Address::parse("postgres://me@host:1234/db?schema=presence&sslmode=disable");
        let address = address.expect("it is an address");
        assert_eq!(address.schema, "presence");
        assert_eq!(address.options.get_port(), 1234);
        assert_eq!(address.options.get_database(), Some("db"));
        assert_eq!(
            Address::parse("postgresql://host/db")
                .expect("it is an address")
                .schema,
            "public"
        );
    }

    #[track_caller]
    fn check_refused(location: &str, expected: &str) {
        let refused = Address::parse(location).expect_err(location).to_string();
        assert!(refused.contains(expected), "{refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }

    #[test]
    fn other_addresses_are_refused_without_their_password() {
        for schema in ["", "Upper", "a\"b", "1a", "pg_temp", "a b", "%61"] {
            let location = format!("postgres://me:secret@host/db?schema={schema}");
            check_refused(&location, "no plain name");
        }
        check_refused("postgres://me:secret@host:99999/db", "invalid port");
        check_refused("postgres://me:secret@host/db?sslmode=some", "sslmode");
        check_refused("postgres://me:secret@host", "names no database");
    }
}
