//! `presence demo`.

use super::args::DemoArgs;
use super::exit::Failure;
use super::session::Session;

/// Shows it all on a simulated office.
pub(super) async fn run(_session: &mut Session, _args: &DemoArgs) -> Result<(), Failure> {
    Err(Failure::failed("the demonstration is not part of this build"))
}
