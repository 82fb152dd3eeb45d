//! What is the same for every extension that a question counts.

use std::sync::Arc;

use crate::model::HashMap;
use crate::model::coverage::CoverageSegment;
use crate::model::facet::Facet;
use crate::model::history::Dictionary;
use crate::model::ids::ExtensionId;
use crate::model::time::{Span, Timestamp};
use crate::query::calendar::{Schedule, schedule};
use crate::query::cells::{Cells, Grid};
use crate::query::classes::{ClassId, Classes};
use crate::query::group::GroupBy;
use crate::query::track::Frame;
use crate::query::zone::Zone;
use crate::store::ExtensionSummary;

use super::context::{AskError, Context, messages_for};
use super::report::{ReportQuestion, ZoneChoice, own_zone};

/// What is the same for every extension that a question counts.
pub(super) struct Plan {
    pub(super) window: Span,
    now: Timestamp,
    complete: Vec<CoverageSegment>,
    pub(super) classes: Classes,
    pub(super) dictionary: Dictionary,
    /// The zones' scheduled time, in the order of the zones, and the same as cells.
    pub(super) schedules: Vec<Schedule>,
    pub(super) grid: Grid,
    zones: Zones,
    pub(super) group_by: GroupBy,
}

impl Plan {
    /// The plan of a question, and the extensions that it counts, by id.
    pub(super) async fn of(
        context: &Context,
        question: &ReportQuestion,
    ) -> Result<(Arc<Self>, Vec<ExtensionSummary>), AskError> {
        let extensions = context.extensions().await?.into_iter();
        let counted: Vec<ExtensionSummary> = extensions
            .filter(|extension| question.counts(extension))
            .collect();
        let dictionary = context.dictionary(messages_for(question.facet)).await?;
        let zones = Zones::of(&counted, &question.zone);
        let hours = question.hours.as_ref();
        let of_zone = |zone| schedule(question.window, zone, hours, question.bucket);
        let schedules: Vec<Schedule> = zones.zones.iter().map(of_zone).collect();
        let plan = Self {
            window: question.window,
            now: context.now(),
            complete: context.coverage(question.window).await?.complete,
            classes: Classes::of_facet(&dictionary, question.facet),
            dictionary,
            grid: Grid::new(&schedules),
            schedules,
            zones,
            group_by: question.group_by,
        };
        Ok((Arc::new(plan), counted))
    }

    /// What tracks are made from.
    pub(super) fn frame(&self) -> Frame<'_> {
        Frame {
            window: self.window,
            now: self.now,
            complete: &self.complete,
            classes: &self.classes,
        }
    }

    /// The scheduled time of an extension.
    pub(super) fn cells(&self, id: ExtensionId) -> &Cells {
        self.grid.zone(self.zones.place(id))
    }

    /// The class that stands for a value; `None` for one that is documented but was never seen.
    pub(super) fn class(&self, facet: Facet, value: &str) -> Result<Option<ClassId>, AskError> {
        let class = self.classes.find(value);
        let documented = facet.documented_values();
        if class.is_some() || documented.contains(&value) {
            return Ok(class);
        }
        let ids = (0..=u16::MAX).map(ClassId).take(self.classes.count());
        let seen = ids.filter_map(|class| self.classes.value(class));
        let mut known: Vec<&str> = seen.chain(documented.iter().copied()).collect();
        known.sort_unstable();
        known.dedup();
        Err(AskError::NoSuchValue {
            facet: facet.name(),
            value: value.to_owned(),
            known: known
                .into_iter()
                .take(VALUES_SHOWN)
                .map(str::to_owned)
                .collect(),
        })
    }
}

/// So many values are named to whoever asked for another.
const VALUES_SHOWN: usize = 20;

/// The ids of extensions, in their order.
pub(super) fn ids(extensions: &[ExtensionSummary]) -> Vec<ExtensionId> {
    extensions.iter().map(|one| one.extension_id).collect()
}

/// The zones that extensions are in.
struct Zones {
    zones: Vec<Zone>,
    /// By id; empty if all are in the same one.
    places: Vec<(ExtensionId, usize)>,
}

impl Zones {
    /// The zones of these extensions, which are sorted by id.
    fn of(counted: &[ExtensionSummary], choice: &ZoneChoice) -> Self {
        if let ZoneChoice::Named(zone) = choice {
            return Self {
                zones: vec![zone.clone()],
                places: Vec::new(),
            };
        }
        let mut zones: Vec<Zone> = Vec::new();
        let mut known: HashMap<Option<&str>, usize> = HashMap::default();
        let places = counted.iter().map(|summary| {
            let profile = summary.profile.as_deref();
            let name = profile.and_then(|profile| profile.time_zone.as_deref());
            let place = *known.entry(name).or_insert_with(|| {
                let zone = own_zone(profile);
                let same = zones.iter().position(|other| *other == zone);
                same.unwrap_or_else(|| {
                    zones.push(zone);
                    zones.len() - 1
                })
            });
            (summary.extension_id, place)
        });
        let places = places.collect();
        if zones.is_empty() {
            zones.push(Zone::utc());
        }
        Self { zones, places }
    }

    /// The zone of an extension, as a place among the zones.
    fn place(&self, id: ExtensionId) -> usize {
        let found = self.places.binary_search_by_key(&id, |(id, _)| *id);
        found.map_or(0, |index| self.places[index].1)
    }
}
