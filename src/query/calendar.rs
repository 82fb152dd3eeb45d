//! Scheduled time: which stretches of a window count, and in which bucket.
use crate::model::time::Span;
/// Part of a schedule.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Part of a schedule.
    pub span: Span,
    /// Which bucket: an index into the labels.
    pub bucket: u32,
}
/// Part of a schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Part of a schedule.
    pub slices: Vec<Slice>,
    /// The labels of the buckets.
    pub labels: Vec<String>,
}
