//! The command line: what was asked for, wired to the parts that do it. The only part that prints.

pub mod args;
mod calendar;
mod collect;
mod complete;
mod completions;
pub mod config;
mod copy;
mod daily;
pub mod daily_rollup;
pub mod demo;
mod doctor;
pub(crate) mod environment;
pub mod exit;
mod export;
mod file;
mod get;
mod help;
mod import;
mod init;
mod lock;
mod logout;
mod man;
mod migrate;
pub mod output;
mod pack;
mod platform;
mod policy;
mod rebuild;
mod saved;
mod serve;
pub mod session;
mod set;
pub mod settings;
mod simulate;
mod stop;
mod token;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::FromArgMatches;
use clap::error::ErrorKind;

use self::args::{Cli, Command, GlobalArgs, LogFormat};
use self::config::Given;
use self::environment::Program;
use self::exit::Failure;
use self::output::{Notes, Output};
use self::session::Session;
use self::settings::Settings;
use crate::logging::{self, LogShape};
use presence_answers::ask::Visible;
use presence_answers::{self as answers, Asker, History};
use presence_clock::SystemClock;
use presence_config::Config;

/// The name of the program.
pub(crate) const PROGRAM: &str = "presence";

/// Runs the program: the exit code is 0 for success, 1 for a failure, 2 for a wrong command line.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = arguments.into_iter().collect();
    let asked = match saved::named(&words) {
        Some(named) => saved::asked(&named, &words),
        None => typed(&words),
    };
    let ended = asked.and_then(|asked| match asked {
        Some((cli, given)) => carry_out(&cli, given),
        None => Ok(()),
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(sentence) = failure.sentence() {
                output::to_stderr(&format!("presence: {sentence}"));
            }
            ExitCode::from(failure.code())
        }
    }
}

/// What a command line says; `None` if it asks for help, which was shown.
fn typed(words: &[OsString]) -> Result<Option<(Cli, Given)>, Failure> {
    let Program { command, settled } = environment::program()?;
    let parsed = help::fitted(command, words).try_get_matches_from(words);
    let parsed = parsed.and_then(|matches| {
        let given = Given::of(&matches, &settled);
        Ok((Cli::from_arg_matches(&matches)?, given))
    });
    match parsed {
        Ok(asked) => Ok(Some(asked)),
        Err(error) => explain(&error, words).map(|()| None),
    }
}

/// Whether help or the version was asked for.
fn is_help(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    )
}

/// Shows the help or version that was asked for, or says in one line what is wrong.
///
/// `presence` alone, and a group of commands alone (`presence policy`), ask for help.
fn explain(error: &clap::Error, words: &[OsString]) -> Result<(), Failure> {
    let command = help::command_named_by(words);
    let is_short = !words.iter().any(|word| word == "--help");
    match error.kind() {
        // The second where the environment gives an option.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
            if help::names_nothing_else(words, &command) =>
        {
            Ok(output::to_stdout(&help::of_group(&command))?)
        }
        ErrorKind::DisplayHelp if is_short && command == PROGRAM => {
            Ok(output::to_stdout(&help::overview())?)
        }
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(error.print()?),
        _ => Err(Failure::Usage(exit::usage_sentence(error, &command))),
    }
}

fn carry_out(cli: &Cli, given: Given) -> Result<(), Failure> {
    output::choose_colour(cli.global.color);
    presence_files::private::choose_mode(cli.global.mode.unwrap_or_default());
    let config = Config::load(cli.global.config.as_deref())?;
    let status = indicatif::ProgressBar::hidden();
    start_log(&cli.global, &config, &cli.command, &status)?;
    let clock = Arc::new(SystemClock);
    let notes = if cli.global.quiet {
        Notes::Silent
    } else {
        Notes::Shown
    };
    let asking = settings::of_answers(&cli.global, &config, &*clock)?;
    let settings = Settings::resolve(&cli.global, &config)?;
    check_format(&asking, &cli.command)?;
    if !cli.command.has_own_form() {
        settings::check_ending(&cli.global)?;
    }
    let log_format = settings::log_format(&cli.global, &config)?;
    let runtime = runtime(&cli.command).map_err(|error| {
        Failure::failed(format!("the program cannot start its threads: {error}"))
    })?;
    let inside = runtime.enter();
    let asker = Asker {
        settings: asking,
        config,
        history: History::At {
            location: settings.store.clone(),
            tell: session::tell_derived(notes),
        },
        shown_store: settings.shown_store(),
        visible: Visible::Everybody,
        veil: None,
        note: Arc::new(move |sentence| {
            if notes == Notes::Shown {
                output::to_stderr(&exit::told_of(sentence));
            }
        }),
    };
    let mut session = Session {
        settings,
        asker,
        log_format,
        given,
        clock,
        output: output(cli, notes, &status)?,
        status,
    };
    if cli.command.is_question() {
        session.show_when_long();
    }
    drop(inside);
    let ended = runtime.block_on(command(&mut session, &cli.command));
    session.status.finish_and_clear();
    // A file that is being read, or a request under way, does not hold up the end.
    runtime.shutdown_background();
    match ended {
        Ok(()) => session.output.finish(),
        Err(failure) => {
            // What was told before the failure is part of the answer, but no file is made of it.
            let flushed = session.output.flush();
            drop(session);
            flushed?;
            Err(failure)
        }
    }
}

/// What some commands write only.
fn check_format(settings: &answers::Settings, command: &Command) -> Result<(), Failure> {
    match settings.drawn {
        Some(drawn) if !command.drawn().contains(&drawn) => {
            let others = command.drawn().iter().map(|other| other.name());
            let names: Vec<&str> = ["table", "json", "ndjson", "csv"]
                .into_iter()
                .chain(others)
                .collect();
            Err(Failure::Usage(format!(
                "this command does not write {}: it writes {}",
                drawn.name(),
                names.join(", ")
            )))
        }
        _ => Ok(()),
    }
}

/// Where the answer goes. A file that is being written is taken away if the program is told to stop.
fn output(cli: &Cli, notes: Notes, status: &indicatif::ProgressBar) -> Result<Output, Failure> {
    let output = Output::new(notes, status.clone());
    // What `init` writes is no answer: it has a file of its own, and its findings go next to it.
    let path = cli.global.output.as_ref();
    let Some(path) = path.filter(|_| !matches!(cli.command, Command::Init(_))) else {
        return Ok(output);
    };
    if cli.command.is_service() {
        return Err(Failure::Usage(
            "--output: this command runs until you stop it, so its output is never complete; redirect it instead"
                .to_owned(),
        ));
    }
    // Anyone who stops the program from the first moment of the file on finds it gone.
    let stopped = stop::on_signal().context("the program cannot receive signals")?;
    let output = output.to_file(path)?;
    if let Some(unfinished) = output.unfinished() {
        tokio::spawn(async move {
            stopped.cancelled().await;
            exit::interrupted(&unfinished);
        });
    }
    Ok(output)
}

/// What a command runs on: a question has one thing to do at a time (what counts takes threads of its own), so it starts
/// no threads that would only wait.
fn runtime(command: &Command) -> std::io::Result<tokio::runtime::Runtime> {
    if command.is_question() {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
    } else {
        tokio::runtime::Runtime::new()
    }
}

async fn command(session: &mut Session, command: &Command) -> Result<(), Failure> {
    if let Some(request) = command.request() {
        return session.answer(&request).await;
    }
    match command {
        Command::Demo(args) => Box::pin(demo::run(session, args)).await,
        Command::Simulate(args) => simulate::run(session, args).await,
        Command::Collect(args) => collect::run(session, args).await,
        Command::Import(args) => import::run(session, args).await,
        Command::Calendar(args) => calendar::run(session, args),
        Command::Policy(args) => policy::run(session, args).await,
        Command::Pack(args) => pack::run(session, args).await,
        Command::Daily(args) => daily::run(session, args).await,
        Command::Rebuild(args) => rebuild::run(session, args).await,
        Command::Migrate(args) => migrate::run(session, args).await,
        Command::Copy(args) => copy::run(session, args).await,
        Command::Export(args) => export::run(session, args).await,
        Command::Serve(args) => serve::run(session, args).await,
        Command::Token(args) => token::run(session, args).await,
        Command::Init(args) => init::run(session, args).await,
        Command::Config(args) => config::run(session, args).await,
        Command::Doctor(args) => doctor::run(session, args).await,
        Command::Set(args) => set::run(session, args).await,
        Command::Get(args) => get::run(session, args).await,
        Command::Logout(_) => logout::run(session).await,
        Command::Completions(args) => completions::run(session, args),
        Command::Complete(args) => complete::run(session, args).await,
        Command::Man(args) => man::run(session, args),
        Command::Saved(_) => saved::run(session),
        Command::Ask(_) => Ok(()),
    }
}

fn start_log(
    global: &GlobalArgs,
    config: &Config,
    command: &Command,
    status: &indicatif::ProgressBar,
) -> Result<(), Failure> {
    let usual = log_filter(global, command);
    let filter = global.log.as_deref().unwrap_or(&usual);
    let shape = match settings::log_format(global, config)? {
        LogFormat::Json => LogShape::Json,
        LogFormat::Text => LogShape::Text {
            colour: output::stderr_has_colour(),
        },
    };
    logging::install(filter, shape, status.clone())
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// What is logged if nothing else is said: a service says what it does, a question only what is wrong.
fn log_filter(global: &GlobalArgs, command: &Command) -> String {
    let is_service =
        matches!(command, Command::Collect(_) | Command::Serve(_)) && !output::stderr_is_terminal();
    let own = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) if is_service => "info",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, 2) => "debug",
        (false, _) => "trace",
    };
    let others = if global.verbose > 2 { "info" } else { "warn" };
    let others = if global.quiet { "error" } else { others };
    // An export takes as long as there are rows to write.
    let statements = match command {
        Command::Export(_) => ",sqlx::query=error",
        _ => "",
    };
    format!("{others}{statements},presence={own}")
}
