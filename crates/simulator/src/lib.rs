//! A local platform that speaks as RingCentral does, and an office of people behind it.
//!
//! It has two halves. The *world* ([`world`], [`workday`], [`status`], [`truth`]) is pure: from a
//! seed it says who works in an office and what everyone does at each millisecond, and keeps the
//! exact [`truth`] with which a recorded history can be compared. The *platform* ([`platform`],
//! [`server`]) is HTTP in front of it: tokens, rate limits, paging, batches, error bodies, and
//! [`fault`]s on demand, written from the published contract.
//!
//! Call queues have a truth of their own ([`queue_truth`]): who belongs to them, who is signed in, and who takes their
//! calls at all ([`queue_presence`]). Members come and go by [`queue_change`]s. Sign-ins are drawn apart from all else,
//! so that presence and directory of a seed are the same with and without them.
//!
//! What it deliberately is not: it shares no type, constant or code with this program's own client,
//! store or questions; a mistake in a shared word would cancel out and no test would see it. Nor
//! does it push notifications, or know of resources that a presence history does not use.
//!
//! Time is handed in ([`time`]): a demonstration runs world and protocol on one virtual clock, which
//! the platform's latency moves on; a stand-alone platform can let the world run faster.

mod answer;
pub mod counters;
pub mod fault;
mod further_queues;
pub mod ground_truth;
pub mod limits;
mod names;
pub mod oauth;
mod office;
mod overrides;
mod paging;
pub mod platform;
pub mod queue_change;
mod queue_overrides;
pub mod queue_presence;
pub mod queue_truth;
mod queue_view;
mod records;
mod refusal;
pub mod rng;
mod rota;
pub mod route;
pub mod server;
mod sign_in;
pub mod status;
pub mod time;
pub mod tokens;
mod view;
pub mod workday;
pub mod world;
pub mod zones;

pub use counters::Counters;
pub use fault::{Fault, FaultRule, Faults, When};
pub use ground_truth::{GroundTruth, ProfileSegment, Segment};
pub use limits::{Group, Limits};
pub use names::COMPANY;
pub use oauth::Credentials;
pub use platform::{Platform, PlatformConfig};
pub use queue_change::{QueueChange, QueueEvent};
pub use queue_overrides::Membership;
pub use queue_presence::QueueState;
pub use queue_truth::QueueSegment;
pub use route::PathKind;
pub use server::{Running, StandAlone, Started, serve, start, start_anywhere};
pub use status::TrueState;
pub use time::{PlatformTime, WorldTime};
pub use tokens::TokenPolicy;
pub use world::{Extension, OfficeConfig, Profile, World};
