//! Several facets or policies of many extensions over a window, as a picture needs them.

use std::sync::Arc;

use crate::shapes::common::CriterionShape;
use presence_core::query::classed::Classing;
use presence_core::query::classes::{ClassId, Classes, Criterion};
use presence_core::query::track::{Frame, Segment, Track};
use presence_model::coverage::CoverageSegment;
use presence_model::history::{Dictionary, ExtensionHistory, UnknownId};
use presence_model::ids::ExtensionId;
use presence_model::time::{TimeRange, Timestamp};
use presence_store::{Messages, StoreError};

use presence_reading::context::{Context, messages_for};
use presence_reading::error::AskError;
use presence_reading::parallel::{self, Accumulator, Part, unpacked};

/// Several facets or policies of some extensions over a window.
#[derive(Clone, Debug)]
pub struct Lanes {
    /// When.
    pub window: TimeRange,
    /// One a criterion, in the order asked for.
    pub lanes: Vec<LaneValues>,
    /// Those that are known, in the order asked for.
    pub extensions: Vec<ExtensionLanes>,
}

/// What the classes of a lane mean.
#[derive(Clone, Debug)]
pub struct LaneValues {
    /// What the values are of.
    pub criterion: CriterionShape,
    values: Vec<String>,
}

impl LaneValues {
    /// The values by their classes; `""` is the absence of the facet.
    pub fn new(criterion: CriterionShape, values: Vec<String>) -> Self {
        Self { criterion, values }
    }

    /// The value that a class stands for; `""` is the absence of the facet.
    pub fn value(&self, class: ClassId) -> &str {
        self.values.get(class.index()).map_or("", String::as_str)
    }

    /// The class that stands for a value; `""` is the absence of the facet. `None` for one that no state has.
    pub fn class(&self, value: &str) -> Option<ClassId> {
        let index = self.values.iter().position(|known| known == value)?;
        u32::try_from(index).ok().map(ClassId)
    }

    /// All values that states have, whether or not they occur in the window, by class.
    pub fn values(&self) -> &[String] {
        &self.values
    }
}

/// One extension's lanes.
#[derive(Clone, Debug)]
pub struct ExtensionLanes {
    /// Whose.
    pub extension_id: ExtensionId,
    /// One a criterion: stretches that tile what has passed of the window. The first one does not tell by which change before the window
    /// it began, if that is further back than the window needs.
    pub lanes: Vec<Vec<Segment>>,
}

/// Several facets or policies of some extensions over a window: each history is read once, and all processors work.
pub(crate) async fn lanes(
    context: &Context,
    extensions: &[ExtensionId],
    criteria: &[Criterion],
    window: TimeRange,
) -> Result<Lanes, AskError> {
    let mut ids = extensions.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let needs_messages = criteria
        .iter()
        .any(|criterion| messages_for(criterion) == Messages::Needed);
    let messages = if needs_messages {
        Messages::Needed
    } else {
        Messages::NotNeeded
    };
    let dictionary = context.dictionary_of(&ids, messages).await?;
    let mut asked = Vec::with_capacity(criteria.len());
    for criterion in criteria {
        let classes = context.classes(&dictionary, criterion, window).await?;
        asked.push((criterion.clone(), classes));
    }
    let plan = Arc::new(Plan {
        window,
        now: context.now(),
        complete: context.coverage(window).await?.complete,
        asked,
        dictionary,
    });
    let empty = || Drawing {
        plan: Arc::clone(&plan),
        extensions: Vec::new(),
    };
    let mut drawn = parallel::count(context, &ids, window, empty)
        .await?
        .extensions;
    drawn.sort_unstable_by_key(|one| one.extension_id);
    let in_order = extensions.iter().filter_map(|id| {
        let place = drawn.binary_search_by_key(id, |one| one.extension_id);
        place.ok().map(|place| drawn[place].clone())
    });
    Ok(Lanes {
        window,
        lanes: plan.asked.iter().map(values_of).collect(),
        extensions: in_order.collect(),
    })
}

fn values_of((criterion, classes): &(Criterion, Classes)) -> LaneValues {
    let values = classes
        .ids()
        .map(|class| classes.value(class).unwrap_or_default().to_owned());
    LaneValues::new(criterion.into(), values.collect())
}

/// What is the same for everyone.
struct Plan {
    window: TimeRange,
    now: Timestamp,
    complete: Vec<CoverageSegment>,
    asked: Vec<(Criterion, Classes)>,
    dictionary: Dictionary,
}

/// The lanes of some of the extensions.
struct Drawing {
    plan: Arc<Plan>,
    extensions: Vec<ExtensionLanes>,
}

impl Accumulator for Drawing {
    fn add(&mut self, part: Part) -> Result<(), StoreError> {
        let plan = &*self.plan;
        let classings = plan.asked.iter().map(|(criterion, classes)| {
            let classing = Classing::new(criterion, &plan.dictionary, classes);
            (classing, classes)
        });
        let mut classings: Vec<_> = classings.collect();
        let mut track = Track::default();
        let extensions = &mut self.extensions;
        unpacked(part, |history: &ExtensionHistory| {
            let lanes = classings.iter_mut().map(|(classing, classes)| {
                let frame = Frame {
                    window: plan.window,
                    now: plan.now,
                    complete: &plan.complete,
                    classes,
                };
                track.follow(classing.of(history)?, &frame)?;
                Ok(track.segments.clone())
            });
            extensions.push(ExtensionLanes {
                extension_id: history.extension_id,
                lanes: lanes.collect::<Result<_, UnknownId>>()?,
            });
            Ok(())
        })
    }

    fn merge(&mut self, mut other: Self) {
        self.extensions.append(&mut other.extensions);
    }
}
