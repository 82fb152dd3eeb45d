//! The collector's keeper of the table.
