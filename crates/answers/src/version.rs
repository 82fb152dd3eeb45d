//! What this program is made of, as `--version` shows it.

use presence_core::query::zone::zone_data_version;

/// The version alone.
pub fn short() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The version, and those of what answers depend on.
pub fn long() -> String {
    let sqlite = libsqlite3_sys::SQLITE_VERSION.to_string_lossy();
    format!(
        "{}\nzone data {}, SQLite {sqlite}",
        short(),
        zone_data_version()
    )
}
