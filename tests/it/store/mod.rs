//! The store: one story for every database, and what is SQLite's own.

mod story;
