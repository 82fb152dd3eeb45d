//! The views that analysts read, for exports.

use std::ops::ControlFlow;

use presence_model::time::TimeRange;
use presence_store::{View, ViewQuery, ViewValue};

use crate::context::Context;
use crate::error::AskError;

/// Hands over the rows of a view, some at once, in their order, until `take` has enough; of all of the log, also where
/// the context is of an older end.
pub async fn view_rows(
    context: &Context,
    view: View,
    window: Option<TimeRange>,
    take: &mut (dyn FnMut(Vec<Vec<ViewValue>>) -> ControlFlow<()> + Send),
) -> Result<(), AskError> {
    let query = ViewQuery {
        account_id: context.account_id(),
        view,
        window,
    };
    Ok(context.reading().await.view_rows(&query, take).await?)
}
