//! The arguments of `presence policy`.

use clap::{Args, Subcommand};

use presence_answers::shared::AsOfFields;
use presence_answers::values::{PersonRef, PolicyName, TimeExpression};

/// `presence policy`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence policy list
  presence policy check
  presence policy explain 101 2026-11-20T14:05 --policy direct_calls

A policy is a list of rules in the configuration file; the first rule whose expression holds gives the class:

  [policies.desk]
  rules = [
    { when = 'telephony_status in [\"CallConnected\", \"OnHold\"]', class = \"on the phone\" },
    { when = '\"Support\" in queues && presence_status == \"Available\"', class = \"waiting\" },
  ]

If no rule matches, the class is `other`. `presence report --policy desk` then counts these classes.")]
pub struct PolicyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PolicyCommand,
}

/// What can be done with policies.
#[derive(Clone, Debug, Subcommand)]
pub enum PolicyCommand {
    /// Check the policies of the configuration file
    #[command(after_help = "Examples:
  presence policy check
  presence --config other.toml policy check --format json

The exit code is 1 if a policy has an error. Warnings do not count.")]
    Check,
    /// List all policies, with their digests
    #[command(after_help = "Examples:
  presence policy list
  presence policy list --format json")]
    List,
    /// Show which rule decided for a person at a given time, and by which events
    #[command(after_help = "Examples:
  presence policy explain 101 2026-11-20T14:05 --policy direct_calls
  presence policy explain 101 now --format json")]
    Explain(ExplainArgs),
}

/// `presence policy explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The person: an extension number, an id, or part of a name
    #[arg(value_name = "PERSON")]
    pub person: PersonRef,
    /// The time, such as 2026-11-20T14:05, -2h or "yesterday 15:00"
    ///
    /// Also RFC 3339, 2026-11-20, now, today, last monday, 14:05, -7d, 2h ago or 1762092000s (see docs/times.md).
    #[arg(value_name = "TIME", allow_hyphen_values = true)]
    pub time: TimeExpression,
    /// The policy [default: aggregated]
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<PolicyName>,
    /// Which part of the log.
    #[command(flatten)]
    pub as_of: AsOfFields,
}
