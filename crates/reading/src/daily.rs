//! Bringing the daily table up to date, and comparing it with the history.
//!
//! The figures are those of a report by extension and day: the same code computes both.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use presence_core::query::classes::Classes;
use presence_core::query::daily::{
    self, DailyFrame, final_until, first_difference, first_life, local_date, local_days,
};
use presence_core::query::zone::{Zone, zone_data_version};
use presence_model::daily::{DailyAmount, DailyBatch, DailySeries, LocalDate, LocalDay};
use presence_model::facet::Facet;
use presence_model::ids::{AccountId, ExtensionId};
use presence_model::time::{TimeRange, Timestamp};
use presence_store::MaintainStore;

use crate::context::{Context, EXTENSIONS_AT_ONCE, messages_for};
use crate::error::AskError;
use crate::zones::{ZoneChoice, own_zone};

/// How many local days are computed at once.
const DAYS_AT_ONCE: i32 = 31;

/// Which part of the daily table is meant.
#[derive(Clone, Debug, PartialEq)]
pub struct DailyTable {
    /// Whose history.
    pub account_id: AccountId,
    /// The facet whose values are told apart.
    pub facet: Facet,
    /// In whose local time days are.
    pub zone: ZoneChoice,
}

/// What an update wrote into the daily table of one facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyUpdate {
    /// Whose history.
    pub account_id: AccountId,
    /// Which facet.
    pub facet: Facet,
    /// The first local date that was written; `None` if nothing was.
    pub from: Option<LocalDate>,
    /// The last local date that was written.
    pub to: Option<LocalDate>,
    /// Local days, each once for every extension that existed on it.
    pub days: i64,
    /// How many of these may still change by what is recorded later.
    pub open_days: i64,
    /// Rows.
    pub rows: i64,
    /// When the next local day of anybody ends; `None` for an empty history.
    pub next_at: Option<Timestamp>,
}

impl DailyUpdate {
    /// Nothing yet.
    fn new(account_id: AccountId, facet: Facet) -> Self {
        Self {
            account_id,
            facet,
            from: None,
            to: None,
            days: 0,
            open_days: 0,
            rows: 0,
            next_at: None,
        }
    }

    /// Counts a batch in.
    fn count(&mut self, batch: &DailyBatch) {
        let mut days: Vec<_> = batch
            .amounts
            .iter()
            .map(|amount| (amount.extension_id, amount.date))
            .collect();
        days.dedup();
        let is_open = |(id, date)| {
            let mut series = batch.series.iter();
            series.any(|one| one.extension_id == id && one.final_before <= date)
        };
        let open = days.iter().filter(|day| is_open(**day));
        self.open_days += i64::try_from(open.count()).unwrap_or(i64::MAX);
        self.days += i64::try_from(days.len()).unwrap_or(i64::MAX);
        self.rows += i64::try_from(batch.amounts.len()).unwrap_or(i64::MAX);
        for (_, date) in days {
            let least = self.from.map_or(date, |from| from.min(date));
            let most = self.to.map_or(date, |to| to.max(date));
            (self.from, self.to) = (Some(least), Some(most));
        }
    }
}

/// Brings the daily table of one facet up to date: computes what is new, what later sweeps may have changed, and
/// everything of an extension whose zone has changed. What is final stays as it is.
///
/// It may be stopped at any moment: the next update goes on. `now` is the present moment.
pub fn update_daily<'a>(
    store: &'a dyn MaintainStore,
    table: &'a DailyTable,
    now: Timestamp,
) -> BoxFuture<'a, Result<DailyUpdate, AskError>> {
    updated(store, table, now).boxed()
}

async fn updated(
    store: &dyn MaintainStore,
    table: &DailyTable,
    now: Timestamp,
) -> Result<DailyUpdate, AskError> {
    let context = Context::new(store, table.account_id, now).await?;
    let mut update = Updating {
        store,
        table,
        now,
        kept: kept_series(&context, table.facet).await?,
        done: DailyUpdate::new(table.account_id, table.facet),
    };
    let Some(observed_until) = context.log_end().await?.observed_until else {
        return Ok(update.done);
    };
    let plan = Plan::of(&context, table, observed_until, &update.kept).await?;
    // The plan's transaction ends here; each part of the work has a short one of its own.
    drop(context);
    for (zone, ids) in &plan.again {
        for ids in ids.chunks(EXTENSIONS_AT_ONCE) {
            update.again(zone, ids, observed_until).await?;
        }
    }
    for relabelled in plan.relabelled {
        update.put(relabelled).await?;
    }
    for (work, ids) in &plan.going_on {
        for ids in ids.chunks(EXTENSIONS_AT_ONCE) {
            update.days(&work.zone, ids, work.from, work.before).await?;
        }
    }
    update.done.next_at = plan.next_at;
    Ok(update.done)
}

/// Extensions of one zone whose days are computed from one date on and before another.
struct Work {
    zone: Zone,
    from: LocalDate,
    before: LocalDate,
}

/// What an update has to do.
#[derive(Default)]
struct Plan {
    /// Extensions that are computed from their first day on.
    again: Vec<(Zone, Vec<ExtensionId>)>,
    /// What is put before the rest, where the version of the zone data has changed.
    relabelled: Vec<DailyBatch>,
    /// Extensions that are gone on with.
    going_on: Vec<(Work, Vec<ExtensionId>)>,
    /// When the next local day ends.
    next_at: Option<Timestamp>,
}

impl Plan {
    async fn of(
        context: &Context,
        table: &DailyTable,
        observed_until: Timestamp,
        kept: &Kept,
    ) -> Result<Self, AskError> {
        let mut by_zone: BTreeMap<String, (Zone, Vec<ExtensionId>)> = BTreeMap::new();
        for extension in context.extensions().await? {
            if extension.was_observed {
                let zone = match &table.zone {
                    ZoneChoice::Own => own_zone(Some(&extension)),
                    ZoneChoice::Named(zone) => zone.clone(),
                };
                let of_zone = by_zone.entry(zone.name().to_owned());
                let (_, ids) = of_zone.or_insert_with(|| (zone, Vec::new()));
                ids.push(extension.extension_id);
            }
        }
        let mut plan = Self::default();
        for (zone, ids) in by_zone.into_values() {
            let before = daily::kept_before(&zone, context.now(), observed_until);
            let ends_at = zone.day_start(before.plus_days(1).date());
            plan.next_at = Some(plan.next_at.map_or(ends_at, |next_at| next_at.min(ends_at)));
            plan.add_zone(context, table, &zone, &ids, kept).await?;
            plan.go_on(&zone, before, &ids, kept);
        }
        Ok(plan)
    }

    /// Plans which of a zone's extensions are computed again, and what bears the name of older zone data.
    async fn add_zone(
        &mut self,
        context: &Context,
        table: &DailyTable,
        zone: &Zone,
        ids: &[ExtensionId],
        kept: &Kept,
    ) -> Result<(), AskError> {
        let is_kept = |id: &&ExtensionId| kept.get(id).is_some_and(|one| one.zone == zone.name());
        let again: Vec<ExtensionId> = ids.iter().filter(|id| !is_kept(id)).copied().collect();
        if !again.is_empty() {
            self.again.push((zone.clone(), again));
        }
        let mut as_of_view: BTreeMap<&str, Vec<DailySeries>> = BTreeMap::new();
        for series in ids.iter().filter(is_kept).filter_map(|id| kept.get(id)) {
            if series.zone_data != zone_data_version() {
                let of_version = as_of_view.entry(&series.zone_data).or_default();
                of_version.push(series.clone());
            }
        }
        for (zone_data, series) in as_of_view {
            let mut reading = context.reading().await;
            let days = reading.local_days(zone.name(), zone_data).await?;
            drop(reading);
            self.relabelled.push(relabelled(table, zone, series, &days));
        }
        Ok(())
    }

    fn go_on(&mut self, zone: &Zone, before: LocalDate, ids: &[ExtensionId], kept: &Kept) {
        let mut by_date: BTreeMap<LocalDate, Vec<ExtensionId>> = BTreeMap::new();
        let changed = self.relabelled.iter().flat_map(|batch| &batch.series);
        let changed: BTreeMap<ExtensionId, LocalDate> = changed
            .map(|series| (series.extension_id, series.final_before))
            .collect();
        for id in ids {
            let series = kept.get(id).filter(|series| series.zone == zone.name());
            let from = series.map(|series| {
                let relabelled = changed.get(id).copied();
                relabelled.unwrap_or(series.final_before)
            });
            if let Some(from) = from.filter(|from| *from < before) {
                by_date.entry(from).or_default().push(*id);
            }
        }
        self.going_on.extend(by_date.into_iter().map(|(from, ids)| {
            let zone = zone.clone();
            (Work { zone, from, before }, ids)
        }));
    }
}

/// How far the table is, by extension.
type Kept = BTreeMap<ExtensionId, DailySeries>;

async fn kept_series(context: &Context, facet: Facet) -> Result<Kept, AskError> {
    let mut reading = context.reading().await;
    let series = reading.daily_series(context.account_id(), facet).await?;
    let series = series.into_iter().map(|one| (one.extension_id, one));
    Ok(series.collect())
}

/// Series under the present version of the zone data: as far as both versions have the same days, they stay.
fn relabelled(
    table: &DailyTable,
    zone: &Zone,
    mut series: Vec<DailySeries>,
    kept_days: &[LocalDay],
) -> DailyBatch {
    let days = match kept_days.first().zip(kept_days.last()) {
        Some((first, last)) => local_days(zone, first.date, last.date.plus_days(1)),
        None => Vec::new(),
    };
    let ends = series.iter().map(|one| one.kept_before).max();
    let from = first_difference(kept_days, &days).or(ends);
    let from = from.unwrap_or_else(|| LocalDate::of(jiff::civil::Date::MIN));
    for one in &mut series {
        zone_data_version().clone_into(&mut one.zone_data);
        one.kept_before = one.kept_before.min(from);
        one.final_before = one.final_before.min(from);
    }
    DailyBatch {
        account_id: table.account_id,
        facet: table.facet,
        from,
        expected: Vec::new(),
        series,
        amounts: Vec::new(),
        days,
    }
}

struct Updating<'a> {
    store: &'a dyn MaintainStore,
    table: &'a DailyTable,
    now: Timestamp,
    kept: Kept,
    done: DailyUpdate,
}

impl Updating<'_> {
    async fn context(&self) -> Result<Context, AskError> {
        Context::new(self.store, self.table.account_id, self.now).await
    }

    async fn put(&mut self, mut batch: DailyBatch) -> Result<(), AskError> {
        let series = batch.series.clone();
        let expected = series
            .iter()
            .filter_map(|one| self.kept.get(&one.extension_id));
        batch.expected = expected.cloned().collect();
        self.store.put_daily(batch).await?;
        let written = series.into_iter().map(|one| (one.extension_id, one));
        self.kept.extend(written);
        Ok(())
    }

    /// Empties what is kept of some extensions, and computes all their days.
    async fn again(
        &mut self,
        zone: &Zone,
        ids: &[ExtensionId],
        observed_until: Timestamp,
    ) -> Result<(), AskError> {
        let before = daily::kept_before(zone, self.now, observed_until);
        let moment = TimeRange::of_moment(observed_until);
        let histories = self.context().await?.histories(ids, moment).await?;
        let first = histories.iter().filter_map(first_life).min();
        let from = first.map_or(before, |first| local_date(zone, first).min(before));
        let series = ids.iter().map(|id| DailySeries {
            extension_id: *id,
            zone: zone.name().to_owned(),
            zone_data: zone_data_version().to_owned(),
            final_before: from,
            kept_before: from,
        });
        let emptied = DailyBatch {
            account_id: self.table.account_id,
            facet: self.table.facet,
            from: LocalDate::of(jiff::civil::Date::MIN),
            expected: Vec::new(),
            series: series.collect(),
            amounts: Vec::new(),
            days: Vec::new(),
        };
        self.put(emptied).await?;
        self.days(zone, ids, from, before).await
    }

    /// Computes the days from `from` on and before `before`.
    async fn days(
        &mut self,
        zone: &Zone,
        ids: &[ExtensionId],
        from: LocalDate,
        before: LocalDate,
    ) -> Result<(), AskError> {
        let mut from = from;
        while from < before {
            let to = from.plus_days(DAYS_AT_ONCE).min(before);
            let context = self.context().await?;
            let days = local_days(zone, from, to);
            let computed = Computed::of(&context, self.table.facet, zone, ids, &days).await?;
            drop(context);
            let series = computed.final_until.iter().map(|&(extension_id, until)| {
                let final_before = local_date(zone, until).min(to);
                DailySeries {
                    extension_id,
                    zone: zone.name().to_owned(),
                    zone_data: zone_data_version().to_owned(),
                    final_before,
                    kept_before: to,
                }
            });
            let batch = DailyBatch {
                account_id: self.table.account_id,
                facet: self.table.facet,
                from,
                expected: Vec::new(),
                series: series.collect(),
                amounts: computed.amounts,
                days,
            };
            self.done.count(&batch);
            self.put(batch).await?;
            from = to;
        }
        Ok(())
    }
}

/// What the history says of some extensions' days.
struct Computed {
    amounts: Vec<DailyAmount>,
    final_until: Vec<(ExtensionId, Timestamp)>,
}

impl Computed {
    async fn of(
        context: &Context,
        facet: Facet,
        zone: &Zone,
        ids: &[ExtensionId],
        days: &[LocalDay],
    ) -> Result<Self, AskError> {
        let mut computed = Self {
            amounts: Vec::new(),
            final_until: Vec::new(),
        };
        let Some(window) = daily::window_of(days) else {
            return Ok(computed);
        };
        let end = context.log_end().await?.observed_until;
        let observed_until = end.unwrap_or(Timestamp::MIN);
        let at_end = context
            .coverage(TimeRange::of_moment(observed_until))
            .await?;
        let coverage = context.coverage(window).await?;
        let dictionary = context.dictionary(messages_for(&facet.into())).await?;
        let frame = DailyFrame {
            days,
            now: context.now(),
            complete: &coverage.complete,
            classes: &Classes::of_facet(&dictionary, facet),
            dictionary: &dictionary,
            grid: &daily::grid_of(zone, window),
        };
        for history in context.histories(ids, window).await? {
            computed.amounts.extend(daily::amounts(&history, &frame)?);
            let until = final_until(&history, at_end.complete.last(), observed_until);
            computed.final_until.push((history.extension_id, until));
        }
        Ok(computed)
    }
}

/// The first thing in which the final days of the daily table differ from the history, in words; `None` if they agree.
pub async fn check_daily(context: &Context, facet: Facet) -> Result<Option<String>, AskError> {
    let series = kept_series(context, facet).await?;
    let ends = series.values().map(|one| one.final_before).max();
    let Some((begin, end)) = first_sweep(context).await?.zip(ends) else {
        return Ok(None);
    };
    let mut by_zone: BTreeMap<&str, Vec<ExtensionId>> = BTreeMap::new();
    for of_extension in series.values() {
        let ids = by_zone.entry(&of_extension.zone).or_default();
        ids.push(of_extension.extension_id);
    }
    // The first sweep's date differs by zone, by no more than a day.
    let mut from = begin.plus_days(-1);
    for name in by_zone.keys() {
        if let Some(difference) = differing_day(context, name, (from, end)).await? {
            return Ok(Some(difference));
        }
    }
    while from < end {
        let to = from.plus_days(DAYS_AT_ONCE).min(end);
        let mut reading = context.reading().await;
        let kept = reading.daily_amounts(context.account_id(), facet, from, to);
        let mut kept = kept.await?;
        drop(reading);
        let mut computed = Vec::new();
        for (zone, ids) in &by_zone {
            let zone = Zone::named(zone).unwrap_or_else(|_| Zone::utc());
            let days = local_days(&zone, from, to);
            for ids in ids.chunks(EXTENSIONS_AT_ONCE) {
                let part = Computed::of(context, facet, &zone, ids, &days).await?;
                computed.extend(part.amounts);
            }
        }
        computed.sort_by_key(|amount| (amount.extension_id, amount.date));
        for amounts in [&mut kept, &mut computed] {
            amounts.retain(|amount| {
                let of_extension = series.get(&amount.extension_id);
                of_extension.is_none_or(|one| amount.date < one.final_before)
            });
        }
        if let Some(difference) = difference(facet, &kept, &computed) {
            return Ok(Some(difference));
        }
        from = to;
    }
    Ok(None)
}

/// The first day of a zone that is kept otherwise than the present zone data have it.
async fn differing_day(
    context: &Context,
    name: &str,
    (from, to): (LocalDate, LocalDate),
) -> Result<Option<String>, AskError> {
    let zone = Zone::named(name).unwrap_or_else(|_| Zone::utc());
    let mut reading = context.reading().await;
    let kept = reading.local_days(name, zone_data_version()).await?;
    let computed = local_days(&zone, from, to);
    let differing = kept.iter().find(|day| {
        let same = computed.iter().find(|one| one.date == day.date);
        same.is_some_and(|one| one.span != day.span)
    });
    Ok(differing.map(|day| {
        format!(
            "local_day (zone {name}, local_date {}): kept and computed differ",
            day.date
        )
    }))
}

async fn first_sweep(context: &Context) -> Result<Option<LocalDate>, AskError> {
    let ever = TimeRange::new(Timestamp::MIN, Timestamp::MAX).expect("all time is not empty");
    let coverage = context.coverage(ever).await?;
    let first = coverage.observed.first();
    Ok(first.map(|segment| local_date(&Zone::utc(), segment.from)))
}

fn difference(facet: Facet, kept: &[DailyAmount], computed: &[DailyAmount]) -> Option<String> {
    let same = kept.iter().zip(computed);
    let same = same.take_while(|(one, other)| one == other).count();
    let differing = kept.get(same).or(computed.get(same))?;
    Some(format!(
        "daily_amount ({}, extension_id {}, local_date {}): kept and computed differ",
        facet.name(),
        differing.extension_id,
        differing.date
    ))
}
