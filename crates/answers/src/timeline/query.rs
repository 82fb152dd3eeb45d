//! One facet, or the classes of a policy, of some extensions over a window.

use crate::shapes;
use crate::shapes::common::{Person, Text};
use crate::shapes::so_far::SoFar;
use presence_core::query::classed::{ClassedHistory, Classing};
use presence_core::query::classes::{Classes, Criterion};
use presence_core::query::timeline as timeline_query;
use presence_core::query::track::Frame;
use presence_core::query::zone::zone_data_version;
use presence_model::ids::ExtensionId;
use presence_model::time::TimeRange;

use presence_reading::context::{Context, latest_profile, messages_for};
use presence_reading::error::AskError;

/// One facet, or the classes of a policy, of some extensions over what has passed of a window, in the order asked for. In which zone the
/// question's times were read is for the caller to say.
pub async fn timeline(
    context: &Context,
    extensions: &[ExtensionId],
    criterion: Criterion,
    window: TimeRange,
) -> Result<crate::timeline::shape::Timeline, AskError> {
    let dictionary = context
        .dictionary_of(extensions, messages_for(&criterion))
        .await?;
    let classes = context
        .classes_of(extensions, &dictionary, &criterion, window)
        .await?;
    let mut classing = Classing::new(&criterion, &dictionary, &classes);
    let mut shown = Vec::with_capacity(extensions.len());
    for &id in extensions {
        let Some((history, longer)) =
            far_enough(context, id, &classes, &mut classing, window).await?
        else {
            continue;
        };
        let coverage = context.coverage(longer).await?;
        let frame = Frame {
            window: longer,
            now: context.now(),
            complete: &coverage.complete,
            classes: &classes,
        };
        let intervals = timeline_query::cut(&timeline_query::timeline(&history, &frame)?, window);
        let latest = latest_profile(&history, &dictionary)?;
        shown.push(crate::timeline::shape::TimelineExtension {
            person: Person::of(id, latest.as_deref()),
            intervals: intervals
                .iter()
                .map(|segment| crate::timeline::shape::TimelineInterval::of(segment, &classes))
                .collect(),
        });
    }
    Ok(crate::timeline::shape::Timeline {
        criterion: (&criterion).into(),
        from: Text(window.from()),
        to: Text(window.to()),
        so_far: SoFar::of(window, context.now()),
        zone: None,
        zone_data: zone_data_version(),
        extensions: shown,
        as_of: shapes::as_of::AsOf::of(context.log_end().await?, window.to(), context.now()),
    })
}

/// A history that reaches back to where the first interval of the timeline began, and the window that it covers.
async fn far_enough(
    context: &Context,
    id: ExtensionId,
    classes: &Classes,
    classing: &mut Classing<'_>,
    window: TimeRange,
) -> Result<Option<(ClassedHistory<'static>, TimeRange)>, AskError> {
    let mut longer = window;
    loop {
        let Some(history) = context.histories(&[id], longer).await?.pop() else {
            return Ok(None);
        };
        let history = classing.of(&history)?.into_owned();
        let frame = Frame {
            window,
            now: context.now(),
            complete: &[],
            classes,
        };
        let earlier = timeline_query::needs_earlier(&history, &frame)?
            .and_then(|from| TimeRange::new(from.min(longer.from()), window.to()))
            .filter(|earlier| earlier.from() < longer.from());
        let Some(earlier) = earlier else {
            let from = history.intervals.first().map(|interval| interval.from);
            let covered = from.map_or(window.from(), |from| from.min(window.from()));
            let covered = TimeRange::new(covered, window.to()).unwrap_or(window);
            return Ok(Some((history, covered)));
        };
        longer = earlier;
    }
}
