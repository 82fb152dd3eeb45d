//! One type for each kind of id and counter, so that they do not mix.

/// A text is no id or counter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a whole number")]
pub struct NotANumber(String);

macro_rules! number_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotANumber;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let number = text.parse().map(Self);
                number.map_err(|_| NotANumber(text.to_owned()))
            }
        }
    };
}

number_newtype!(
    /// A RingCentral account; its first extension has the same number.
    AccountId
);
number_newtype!(
    /// A RingCentral extension: the only thing that identifies a person; numbers and names change and are reused.
    ExtensionId
);
number_newtype!(
    /// A call queue of RingCentral: the id of its own extension.
    QueueId
);
number_newtype!(
    /// The number of a snapshot within its account, gapless from 1.
    SnapshotNo
);
number_newtype!(
    /// The place of an event within its account's log, gapless from 1; 0 is the empty log.
    Position
);
number_newtype!(
    /// The number of an event among its extension's, gapless from 1.
    Version
);
number_newtype!(
    /// A row of the dictionary of states.
    StateId
);
number_newtype!(
    /// A row of the dictionary of status messages.
    MessageId
);
number_newtype!(
    /// A row of the dictionary of profiles.
    ProfileId
);
number_newtype!(
    /// Which holder of an account's lease may write; it only grows.
    Epoch
);

impl SnapshotNo {
    /// The number of the next snapshot.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Position {
    /// The place of the next event.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Version {
    /// The number of the extension's next event.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
