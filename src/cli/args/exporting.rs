//! The arguments of `export`.

use std::path::PathBuf;

use clap::Args;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use presence_answers::values::TimeExpression;
use presence_model::renamed;
use presence_store::View;

/// `presence export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence export --dir lake
  presence export --dir lake --view presence_intervals,presence_daily --from 2026-11-01 --to 2026-12-01
  presence export --view presence_changes --output changes.parquet
  presence export --view presence_now --format ndjson | jq .name

The columns are those of the views in SQL (docs/sql.md), with times as UTC timestamps (`…_at`) and in milliseconds \
(`…_ms`). Rows are not cut: one that only overlaps the window is exported whole. `presence_now` has no window. Formats: \
`parquet` (the default), `csv`, `ndjson`. The columns include status messages, which are personal data.")]
pub struct ExportArgs {
    /// Folder for the files, one VIEW.parquet per view; created if it does not exist
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// The views, comma-separated [default: all]
    #[arg(long, value_name = "VIEWS", value_delimiter = ',', value_parser = view_parser())]
    pub view: Vec<NamedView>,

    /// Only what happened at or after this time, or lasted until it [default: the beginning]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<TimeExpression>,

    /// Only what happened or began before this time [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<TimeExpression>,
}

/// A view, as it was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedView {
    /// The view.
    pub view: View,
    /// Its old name, if it was named by that.
    pub by_old: Option<&'static str>,
}

fn view_parser() -> impl TypedValueParser<Value = NamedView> {
    let old_name = |name: &str| renamed::VIEWS.iter().find(|one| one.new == name);
    let possible = View::ALL.map(move |view| {
        let old = old_name(view.name()).map(|one| one.old);
        PossibleValue::new(view.name()).aliases(old)
    });
    PossibleValuesParser::new(possible).map(|name| {
        let by_old = renamed::VIEWS.iter().find(|one| one.old == name);
        let name = by_old.map_or(&*name, |one| one.new);
        let mut views = View::ALL.into_iter();
        let view = views.find(|view| view.name() == name);
        NamedView {
            view: view.expect("the possible values are the views' names"),
            by_old: by_old.map(|one| one.old),
        }
    })
}
