//! `presence daily`, and the commands that have to do with its table.
