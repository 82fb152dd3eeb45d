//! What questions have in common, as far as they have it: whom they name, when, and of which part of the log.

use crate::cli::args::{AsOfArgs, Command, WrittenWindow};
use crate::cli::settings::Settings;
use crate::model::time::Span;
use crate::serve::error::Problem;

/// What a question has of what questions have in common.
pub(super) struct Parts<'a> {
    /// Who is named.
    pub(super) people: &'a [String],
    when: When<'a>,
    as_of: Option<&'a AsOfArgs>,
}

/// What a question says of time.
enum When<'a> {
    /// It is about the present, or about no time.
    Now,
    /// A moment.
    At(&'a str),
    /// A stretch.
    Within(WrittenWindow<'a>),
}

impl<'a> Parts<'a> {
    /// The parts of a question.
    pub(super) fn of(command: &'a Command) -> Self {
        use When::{At, Now, Within};
        let (people, when, as_of): (&[String], _, _) = match command {
            Command::Now(args) => (&args.people, Now, Some(&args.as_of)),
            Command::At(args) => (&args.people, At(&args.time), Some(&args.as_of)),
            Command::Timeline(args) => (
                &args.people,
                Within((&args.window).into()),
                Some(&args.as_of),
            ),
            Command::Changes(args) => (
                &args.people,
                Within((&args.window).into()),
                Some(&args.as_of),
            ),
            Command::Report(args) => (
                &args.people,
                Within((&args.window).into()),
                Some(&args.as_of),
            ),
            Command::Staffing(args) => {
                let args = &args.count;
                (
                    &args.people,
                    Within((&args.window).into()),
                    Some(&args.as_of),
                )
            }
            Command::Heatmap(args) => {
                let args = &args.count;
                (
                    &args.people,
                    Within((&args.window).into()),
                    Some(&args.as_of),
                )
            }
            Command::Explain(args) => {
                let person = std::slice::from_ref(&args.person);
                (person, At(&args.time), Some(&args.as_of))
            }
            Command::Route(args) => (&args.people, Now, Some(&args.as_of)),
            Command::Meet(args) => (
                &args.people,
                Within((&args.window).into()),
                Some(&args.as_of),
            ),
            Command::Coverage(args) => (&[], Within((&args.window).into()), Some(&args.as_of)),
            Command::People(args) => (&args.people, Now, Some(&args.as_of)),
            Command::AccessLog(args) => (&args.people, Now, None),
            _ => (&[], Now, None),
        };
        Self {
            people,
            when,
            as_of,
        }
    }

    /// The stretch of time; `None`: the present, or none.
    pub(super) fn window(&self, settings: &Settings) -> Result<Option<Span>, Problem> {
        Ok(match self.when {
            When::Now => None,
            When::At(time) => {
                let moment = settings.moment("--time", time)?;
                Some(Span::of_moment(moment))
            }
            When::Within(window) => Some(settings.window(window)?.span),
        })
    }

    /// The part of the log.
    pub(super) fn as_of(&self) -> AsOfArgs {
        self.as_of.cloned().unwrap_or_default()
    }
}
