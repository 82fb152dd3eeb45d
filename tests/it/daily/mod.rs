//! The daily table: it says what reports say, and what it calls final stays.

mod commands;
mod keeping;
mod table;
mod world;
