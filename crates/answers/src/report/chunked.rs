//! A report whose rows are handed over part by part: of many people and days they are more than one wants in memory.

use std::sync::Arc;

use crate::report::shape::{Report, ReportRow};
use presence_core::query::group::ExtensionOrder;
use presence_model::ids::ExtensionId;
use presence_store::ExtensionSummary;

use crate::report::metrics::{self as report_options, Planned, ReportOptions};
use crate::report::query::{self as report, ReportQuestion};
use presence_reading::context::Context;
use presence_reading::error::AskError;
use presence_reading::parallel::{self, Maker};

/// A report that has been planned; its rows are still to be made.
pub struct ChunkedReport<'a> {
    context: &'a Context,
    question: ReportQuestion,
    report_options: ReportOptions,
    head: Report,
    rows: Rows,
}

enum Rows {
    /// Where rows depend on one another: all of them.
    Made(Vec<ReportRow>),
    /// Where each extension's stand by themselves.
    InParts(Planned),
}

impl<'a> ChunkedReport<'a> {
    /// The same report as [`crate::ask::report_options_of`] gives. What can be wrong with the question is told here.
    pub async fn of(
        context: &'a Context,
        question: &ReportQuestion,
        report_options: &ReportOptions,
    ) -> Result<Self, AskError> {
        let rows = if report_options::is_in_parts(question, report_options) {
            Rows::InParts(report_options::planned(context, question, report_options).await?)
        } else {
            Rows::Made(report_options::rows(context, question, report_options).await?)
        };
        Ok(Self {
            context,
            question: question.clone(),
            report_options: report_options.clone(),
            head: report::head(context, question, report_options).await?,
            rows,
        })
    }

    /// The report without its rows.
    pub fn head(&self) -> &Report {
        &self.head
    }

    /// Hands over the rows in their order. `make` makes something of some of them, on any thread; `take` takes it, part
    /// by part. Parts may have no rows.
    pub async fn rows<T: Send + 'static, E: From<AskError>>(
        self,
        make: impl Fn(&[ReportRow]) -> T + Send + Sync + 'static,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let planned = match self.rows {
            Rows::Made(rows) => return take(make(&rows)),
            Rows::InParts(planned) => planned,
        };
        let ids = in_order_of_rows(&planned.extensions);
        let window = planned.plan.window;
        let shared = Arc::new((planned, self.question, self.report_options, make));
        let maker = || -> Maker<T> {
            let shared = Arc::clone(&shared);
            Box::new(move |part| {
                let (planned, question, report_options, make) = &*shared;
                Ok(make(&planned.rows_of(part, question, report_options)?))
            })
        };
        parallel::in_order(self.context, &ids, window, maker, take).await
    }
}

/// Extensions in the order of their rows: by their latest numbers.
fn in_order_of_rows(extensions: &[ExtensionSummary]) -> Vec<ExtensionId> {
    let mut ordered: Vec<ExtensionOrder> = extensions
        .iter()
        .map(|summary| {
            let profile = summary.profile.as_ref();
            let number = profile.and_then(|profile| profile.extension_number.as_deref());
            ExtensionOrder::of(summary.extension_id, number)
        })
        .collect();
    ordered.sort_unstable();
    ordered.iter().map(|order| order.extension_id).collect()
}
