//! `presence completions`: the script that the command line's definition gives, and after it what asks the program for
//! what is not in the definition.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::{Cli, CompletionsArgs};
use super::exit::Failure;
use super::session::Session;

const BASH: &str = include_str!("completions/bash.sh");
const ZSH: &str = include_str!("completions/zsh.sh");
const FISH: &str = include_str!("completions/fish.sh");

/// A completion script for a shell.
pub(super) fn run(session: &mut Session, args: &CompletionsArgs) -> Result<(), Failure> {
    Ok(session.output.write(&script(args.shell))?)
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "presence", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => script + BASH,
        Shell::Zsh => in_zsh(&script),
        Shell::Fish => script + FISH,
        _ => script,
    }
}

/// The end of the script says what completes the program: that becomes ours, and ours must be known before.
fn in_zsh(script: &str) -> String {
    const END: &str = "if [ \"$funcstack[1]\" = \"_presence\" ]; then";
    let (functions, end) = script.split_at(script.rfind(END).unwrap_or(script.len()));
    let end = end
        .replace(
            "compdef _presence presence",
            "compdef _presence_known presence",
        )
        .replace(
            "    _presence \"$@\"",
            "    compdef _presence_known presence\n    _presence_known \"$@\"",
        );
    format!("{functions}{ZSH}\n{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zsh_is_told_of_ours() {
        let script = script(Shell::Zsh);
        assert_eq!(
            script.matches("compdef _presence_known presence").count(),
            2
        );
        assert_eq!(script.matches("    _presence_known \"$@\"").count(), 1);
        assert!(script.starts_with("#compdef presence"));
    }
}
