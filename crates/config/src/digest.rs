//! What stands for the whole configuration: another text, another file that it names, or another key, another digest.

use std::path::PathBuf;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::{Digest as _, Sha256};

use super::Config;
use presence_core::query::holidays::HolidaySource;

/// What the key of pseudonyms is asked to sign: what stands for a key in a digest reveals nothing of it.
const KEY_LABEL: &[u8] = b"presence configuration digest";

impl Config {
    /// The SHA-256 of everything that answers follow from the configuration: its values, and what the files hold that it
    /// names, as they are at this moment. A file that cannot be read counts by its error.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut add = |what: &str, bytes: &[u8]| {
            for part in [what.as_bytes(), bytes] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        };
        add("values", format!("{:?}", self.file).as_bytes());
        for name in self.files_of_answers() {
            let path = self.beside(Some(&PathBuf::from(&name))).unwrap_or_default();
            match std::fs::read(&path) {
                Ok(content) => add(&name, &Sha256::digest(content)),
                Err(error) => add(&name, error.to_string().as_bytes()),
            }
        }
        match self.pseudonym_key() {
            Ok(Some(key)) => {
                let key = key.expose_secret().as_bytes();
                let code = Hmac::<Sha256>::new_from_slice(key);
                let mut code = code.expect("HMAC takes keys of any length");
                code.update(KEY_LABEL);
                add("key", &code.finalize().into_bytes());
            }
            Ok(None) => add("no key", &[]),
            Err(error) => add("no key", error.to_string().as_bytes()),
        }
        hasher.finalize().into()
    }

    /// The files that answers depend on, as they are named.
    fn files_of_answers(&self) -> Vec<String> {
        let calendars = self.file.calendars.values();
        let words = calendars.flat_map(|calendar| calendar.holidays.iter());
        let holidays = words.filter_map(|word| match HolidaySource::parse(word) {
            Ok(HolidaySource::File(file)) => Some(file),
            _ => None,
        });
        let absences = self.file.absences.iter();
        let absences = absences.map(|section| section.file.clone());
        holidays.chain(absences).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configuration that names a file of each kind.
    const TEXT: &str = r#"
        [report]
        min_group = "5"
        pseudonym_key_file = "key.txt"
        [policies.phone]
        rules = [{ when = "true", class_of = "telephony_status" }]
        [calendars.support]
        hours = "Mo-Fr 09:00-17:00; PH off"
        holidays = ["own.ics"]
        [[absences]]
        file = "vacation.csv"
    "#;

    #[test]
    fn everything_that_answers_depend_on_counts() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("presence.toml");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("it can be written");
        };
        let digest = || Config::load(Some(&path)).expect("it is right").digest();
        write("presence.toml", TEXT);
        write("key.txt", "a key of many bytes");
        write("own.ics", "one");
        write("vacation.csv", "one");
        let mut seen = vec![digest()];
        assert_eq!(digest(), seen[0], "nothing has changed");
        for (name, text) in [
            ("key.txt", "another key of many bytes"),
            ("own.ics", "two"),
            ("vacation.csv", "two"),
        ] {
            write(name, text);
            seen.push(digest());
        }
        std::fs::remove_file(folder.path().join("own.ics")).expect("it is there");
        seen.push(digest());
        for (before, after) in [
            ("\"5\"", "\"6\""),
            ("telephony_status", "user_status"),
            ("17:00", "18:00"),
        ] {
            write("presence.toml", &TEXT.replace(before, after));
            seen.push(digest());
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
