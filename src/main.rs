//! The `presence` binary: arguments in, exit code out.

fn main() {}
