//! What `config show` lists.

use serde::Serialize;

/// A setting, and where its value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name: the key in the configuration file, after its section and a dot.
    pub name: String,
    /// Its value; `null` if it has none. Of a secret, only that there is one.
    pub value: Option<String>,
    /// `flag`, `environment`, `file` or `default`.
    pub source: &'static str,
    /// The flag, the variable, or the file with its line; `null` for a default.
    pub origin: Option<String>,
}
