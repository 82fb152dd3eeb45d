//! The drawing kit of pictures: SVG that needs no script and loads nothing, for files, pages and paper.
//!
//! Colour is never the only sign: each value has a pattern of its own as well, unknown time is hatched, and every part
//! has a title that is read aloud or shown by the pointer. Light and dark follow the reader's own setting.

pub mod axis;
pub mod frame;
pub mod style;
pub mod writer;

use presence_core::query::zone::Zone;
use presence_model::time::TimeRange;
use presence_texts::Texts;

/// How wide a picture is if nothing is said, in pixels.
pub const WIDTH: u16 = 1_200;

/// What a picture is drawn for.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// Distinguishes this picture from others on the same page: the beginning of every id in it. A letter, then letters, digits
    /// and hyphens.
    pub id: String,
    /// What stands above it, and is read aloud for it.
    pub title: String,
    /// What stands below it, a line each: the question, and what the answer rests on.
    pub notes: Vec<String>,
    /// The same for programs, kept in `metadata`; empty: nothing is.
    pub metadata: String,
    /// In which local time moments are shown.
    pub zone: Zone,
    /// The stretches that are shaded, by time: business hours.
    pub hours: Vec<TimeRange>,
    /// How wide it is, in pixels.
    pub width: u16,
    /// In which language its words are.
    pub texts: Texts,
}

impl Canvas {
    /// A picture of usual width about nothing in particular, by the clocks of a zone.
    pub fn new(id: &str, title: &str, zone: Zone) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            notes: Vec::new(),
            metadata: String::new(),
            zone,
            hours: Vec::new(),
            width: WIDTH,
            texts: Texts::english(),
        }
    }
}
