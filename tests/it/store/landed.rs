//! Migrations that have landed are never edited: there are stores that they have made.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

#[test]
fn landed_migrations_are_never_edited() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let listed = fs::read_to_string(folder.join("digests.txt")).expect("the list is there");
    let listed: BTreeMap<String, String> = listed
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (digest, name) = line.split_once("  ").expect("a digest and a name");
            (name.to_owned(), digest.to_owned())
        })
        .collect();
    let mut found = BTreeMap::new();
    for database in ["postgres", "sqlite"] {
        for entry in fs::read_dir(folder.join(database)).expect("the folder is there") {
            let entry = entry.expect("it can be listed");
            let name = entry.file_name().into_string().expect("names are ASCII");
            let content = fs::read(entry.path()).expect("it can be read");
            let digest = hex::encode(Sha256::digest(content));
            found.insert(format!("{database}/{name}"), digest);
        }
    }
    assert_eq!(
        found, listed,
        "a migration that has landed was edited, or a new one is not listed in migrations/digests.txt"
    );
    // The program applies exactly these files: each is named once.
    let steps = |database: &str| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("crates/store/src")
            .join(database);
        fs::read_to_string(source.join("open.rs")).expect("the source is there")
    };
    for name in found.keys() {
        let (database, _) = name.split_once('/').expect("a folder and a name");
        let times = steps(database)
            .matches(&format!("/migrations/{name}\""))
            .count();
        assert_eq!(times, 1, "crates/store/src/{database}/open.rs and {name}");
    }
}
