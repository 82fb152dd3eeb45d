//! The arguments of what concerns the program itself, its shells and its configuration.

use std::path::PathBuf;

use clap::Args;

/// `presence completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence completions bash > ~/.local/share/bash-completion/completions/presence
  presence completions zsh > ~/.zfunc/_presence
  presence completions fish > ~/.config/fish/completions/presence.fish

In these three shells, people of the store, policies, calendars, values and saved questions are completed as well; the \
script asks the program for them.")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `presence complete`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence complete -- report --policy d

The words are those after `presence`, the last one unfinished. A line for each word that it can become: the word, a \
tab, something about it. Shells call it, by the scripts of `presence completions`.")]
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
    /// The folder to write the pages of the program and of each command to; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// `presence saved`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  presence saved
  presence report @weekly-support
  presence report @weekly-support --by department --output support.html

Saved questions are in the configuration file, with the fields of the question by name, or as the words of a command:

  [saved.weekly-support]
  question = \"report\"
  from = \"-7d\"
  by = [\"extension\", \"day\"]
  calendar = \"support\"
  description = \"Support, last seven days\"

  [saved.weekly-sales]
  command = \"report\"
  args = \"--from -7d --to now --by extension,day --calendar sales\"

Write `@NAME` just after the command. People that follow are added, and an option that follows replaces the saved one. \
Relative times count from the moment at which you ask.")]
pub struct SavedArgs {}
