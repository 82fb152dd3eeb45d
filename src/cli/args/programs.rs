//! The arguments of the commands about the program itself, shells and configuration.

use std::path::PathBuf;

use clap::Args;

/// `presence completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence completions bash > ~/.local/share/bash-completion/completions/presence
  presence completions zsh > ~/.zfunc/_presence
  presence completions fish > ~/.config/fish/completions/presence.fish

In these three shells, people, policies, calendars, values and saved questions are completed too; the script gets them \
from the program.")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `presence complete`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence complete -- report --policy d

The words are those after `presence`; the last one is incomplete. It prints one line per completion: the word, a tab and \
a description. The scripts of `presence completions` call it.")]
pub struct CompleteArgs {
    /// What was typed
    #[arg(
        value_name = "WORD",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub words: Vec<String>,
}

/// `presence man`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence man | man -l -
  presence man --dir ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Folder for the man pages of the program and of each command; created if it does not exist
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// `presence saved`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence saved
  presence report @weekly-support
  presence report @weekly-support --by department --output support.html

Write saved questions into the configuration file, with the fields of the question by name, or as a command line:

  [saved.weekly-support]
  question = \"report\"
  from = \"-7d\"
  by = [\"extension\", \"day\"]
  calendar = \"support\"
  description = \"Support, last seven days\"

  [saved.weekly-sales]
  command = \"report\"
  args = \"--from -7d --to now --by extension,day --calendar sales\"

Put `@NAME` right after the command. People that follow are added, and an option that follows replaces the saved one. \
Relative times count from the moment at which you ask.")]
pub struct SavedArgs {}
