//! Answers as pictures: SVG that needs no script and loads nothing, for files, pages and paper. Pure: text comes out.
//!
//! Colour is never the only sign: each value has a pattern of its own as well, unknown time is hatched, and every part
//! has a title that is read aloud or shown by the pointer. Light and dark follow the reader's own setting.

pub use presence_charts::svg::{Canvas, WIDTH};
