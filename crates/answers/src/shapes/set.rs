//! What `set` answers.

use serde::Serialize;

use super::common::{StateShape, Text};
use presence_model::ids::ExtensionId;

/// One's own presence, after it was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnPresence {
    /// Who one is.
    pub extension_id: Text<ExtensionId>,
    /// What the platform shows.
    pub state: StateShape,
}
