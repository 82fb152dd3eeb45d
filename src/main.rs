//! The `presence` binary: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    presence_history::cli::run(std::env::args_os())
}
