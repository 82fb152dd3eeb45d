//! What is around every page: where one can go, in which zone times are, and what the page rests on.

use super::fields::Fields;

/// What is around a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The title of the page.
    pub(super) title: String,
    /// What stands in front of every path; empty if nothing does.
    pub(super) root: String,
    /// The address of the first page.
    pub(super) home: String,
    /// Where one can go.
    pub(super) links: Vec<Link>,
    /// Who has signed in.
    pub(super) signed_in: Option<String>,
    /// In which zone times are.
    pub(super) zone: Option<ZoneForm>,
    /// Which part of the log the page rests on.
    pub(super) rests_on: String,
}

/// A place to go to.
#[derive(Clone, Debug, Default)]
pub(super) struct Link {
    /// What it is called.
    pub(super) name: String,
    /// Its address.
    pub(super) href: String,
    /// Whether it is the page itself.
    pub(super) is_here: bool,
    /// How it is related to the page.
    pub(super) rel: Option<&'static str>,
}

impl Link {
    /// A place to go to.
    pub(super) fn new(name: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            href: href.into(),
            ..Self::default()
        }
    }

    /// The same, if it is the page itself.
    pub(super) fn here(self, is_here: bool) -> Self {
        Self { is_here, ..self }
    }

    /// The same, as the one before or after the page.
    pub(super) fn related(self, rel: &'static str) -> Self {
        Self {
            rel: Some(rel),
            ..self
        }
    }
}

/// The form that changes the zone.
#[derive(Clone, Debug, Default)]
pub(super) struct ZoneForm {
    /// Where it is sent to: the page itself.
    pub(super) action: String,
    /// What else the page is asked for.
    pub(super) fields: Vec<(String, String)>,
    /// The zone.
    pub(super) name: String,
    /// Which release of the zone data.
    pub(super) data: &'static str,
    /// Zones that people are in.
    pub(super) choices: Vec<String>,
}

/// The pages that every page leads to: their names and paths.
const PAGES: [(&str, &str); 10] = [
    ("Now", "/"),
    ("Team", "/day"),
    ("People", "/people"),
    ("Report", "/report"),
    ("Staffing", "/staffing"),
    ("Heatmap", "/heatmap"),
    ("Changes", "/changes"),
    ("Proof", "/explain"),
    ("Health", "/health"),
    ("API", "/api"),
];

/// Links to all pages, which keep the zone; `here` is the path of the one that is shown.
pub(super) fn links(root: &str, here: &str, fields: &Fields) -> Vec<Link> {
    let kept = fields.only(&["zone"]);
    let links = PAGES.iter().map(|(name, path)| {
        Link::new(*name, kept.address(&format!("{root}{path}"))).here(*path == here)
    });
    links.collect()
}

/// The address of the first page, which keeps what [`links`] keep.
pub(super) fn home(root: &str, fields: &Fields) -> String {
    fields.only(&["zone"]).address(&format!("{root}/"))
}
