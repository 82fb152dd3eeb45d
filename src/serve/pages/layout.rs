//! What is around every page: where one can go, in which zone times are, and what the page rests on.

use super::fields::Fields;

/// What is around a page.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// The title of the page.
    pub title: String,
    /// What stands in front of every path; empty if nothing does.
    pub root: String,
    /// Where one can go.
    pub links: Vec<Link>,
    /// Who has signed in.
    pub signed_in: Option<String>,
    /// In which zone times are.
    pub zone: Option<ZoneForm>,
    /// Which part of the log the page rests on.
    pub rests_on: String,
}

/// A place to go to.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// What it is called.
    pub name: String,
    /// Its address.
    pub href: String,
    /// Whether it is the page itself.
    pub is_here: bool,
    /// How it is related to the page.
    pub rel: Option<&'static str>,
}

impl Link {
    /// A place to go to.
    pub fn new(name: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            href: href.into(),
            ..Self::default()
        }
    }

    /// The same, if it is the page itself.
    pub fn here(self, is_here: bool) -> Self {
        Self { is_here, ..self }
    }

    /// The same, as the one before or after the page.
    pub fn related(self, rel: &'static str) -> Self {
        Self {
            rel: Some(rel),
            ..self
        }
    }
}

/// The form that changes the zone.
#[derive(Clone, Debug, Default)]
pub struct ZoneForm {
    /// Where it is sent to: the page itself.
    pub action: String,
    /// What else the page is asked for.
    pub fields: Vec<(String, String)>,
    /// The zone.
    pub name: String,
    /// Which release of the zone data.
    pub data: &'static str,
    /// Zones that people are in.
    pub choices: Vec<String>,
}

/// The pages that every page leads to: their names and paths.
const PAGES: [(&str, &str); 7] = [
    ("Now", "/"),
    ("Day", "/day"),
    ("People", "/people"),
    ("Report", "/report"),
    ("Staffing", "/staffing"),
    ("Heatmap", "/heatmap"),
    ("Health", "/health"),
];

/// Links to all pages, which keep the zone; `here` is the path of the one that is shown.
pub fn links(root: &str, here: &str, fields: &Fields) -> Vec<Link> {
    let kept = fields.only(&["zone"]);
    let links = PAGES.iter().map(|(name, path)| {
        Link::new(*name, kept.address(&format!("{root}{path}"))).here(*path == here)
    });
    links.collect()
}
