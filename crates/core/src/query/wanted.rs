//! A name by which something is asked for, or that it has none.

/// A value of a facet, a class of a policy or the name of a group, by which something is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one of this name.
    Named(String),
    /// None: the facet is absent, or the extension is in no group of the kind.
    Absent,
}

impl Wanted {
    /// What a word of a request stands for: `""` is the absence.
    pub fn of_word(word: &str) -> Self {
        match word {
            "" => Self::Absent,
            name => Self::Named(name.to_owned()),
        }
    }

    /// The word of a request that stands for it.
    pub fn word(&self) -> &str {
        self.name().unwrap_or_default()
    }

    /// The name; `None` for the absence.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Absent => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_word_stands_for_what_is_absent() {
        assert_eq!(Wanted::of_word(""), Wanted::Absent);
        assert_eq!(Wanted::of_word("Busy"), Wanted::Named("Busy".to_owned()));
        for word in ["", "Busy"] {
            assert_eq!(Wanted::of_word(word).word(), word);
        }
    }
}
