//! The `presence` binary: arguments in, exit code out.

use std::process::ExitCode;

/// Reports allocate on all cores at once. The usual allocator of Linux keeps what each thread once had: after slow readers of large
/// answers a server held three times as much as it began with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    presence_history::cli::run(std::env::args_os())
}
