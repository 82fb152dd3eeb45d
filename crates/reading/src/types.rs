//! Which types of extensions count.

use presence_model::profile::{DOCUMENTED_TYPES, Profile};

/// Which extensions count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Types {
    /// People: [`Profile::is_person`].
    People,
    /// Every extension.
    All,
    /// Those of these types.
    Listed(Vec<String>),
}

impl std::str::FromStr for Types {
    type Err = String;

    /// Reads `all` or a comma-separated list of extension types.
    ///
    /// Documented types are recognised whatever the case of their letters; others are kept as they are, since the platform
    /// adds new ones.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let words = text.split(',').map(str::trim);
        let types = words.map(|word| {
            if word.is_empty() {
                return Err(
                    "a type is missing between the commas: write them like User,VirtualUser"
                        .to_owned(),
                );
            }
            let documented = DOCUMENTED_TYPES
                .iter()
                .find(|known| known.eq_ignore_ascii_case(word));
            Ok((*documented.unwrap_or(&word)).to_owned())
        });
        types.collect::<Result<_, _>>().map(Self::Listed)
    }
}

impl Types {
    /// Whether an extension with this profile counts.
    pub fn include(&self, profile: Option<&Profile>) -> bool {
        match self {
            Self::All => true,
            Self::People => profile.is_none_or(Profile::is_person),
            Self::Listed(types) => profile
                .and_then(|profile| profile.extension_type.as_ref())
                .is_some_and(|kind| types.contains(kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_the_platforms_words() {
        let listed = vec!["User".to_owned(), "NewThing".to_owned()];
        assert_eq!("ALL".parse(), Ok(Types::All));
        assert_eq!("user, NewThing".parse(), Ok(Types::Listed(listed)));
        assert!("User,".parse::<Types>().is_err());
    }
}
