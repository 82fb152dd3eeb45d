//! A condition over what an extension shows and who it is: the checked form of an expression.
//!
//! Every name is known and every type fits, so that evaluating one cannot fail: it takes a subject and says yes or no, or
//! that it depends on what is not known of a call queue. Its text is canonical: equal conditions are written alike, and
//! what is written is read as the same condition.

use std::fmt;

use presence_model::facet::Facet;
use presence_model::profile::Profile;
use presence_model::queue::Accepts;
use presence_model::state::{Presence, State};
use presence_model::text::{composed, is_same_name};

/// What a condition is asked of: one extension at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Every facet but the message.
    pub state: &'a State,
    /// The status message.
    pub message: Option<&'a str>,
    /// The profile of the time; `None` if it was never listed.
    pub profile: Option<&'a Profile>,
}

impl<'a> Subject<'a> {
    /// An extension that shows this, under a profile.
    pub fn of(presence: &'a Presence, profile: Option<&'a Profile>) -> Self {
        Self {
            state: &presence.state,
            message: presence.message.as_deref(),
            profile,
        }
    }

    /// The value of a facet; `None` where it is absent.
    pub fn facet(&self, facet: Facet) -> Option<&'a str> {
        match facet {
            Facet::Message => self.message,
            _ => self.state.get(facet),
        }
    }

    /// A field of the profile; `None` where it is not set or no profile is known.
    pub fn field(&self, field: Field) -> Option<&'a str> {
        self.profile.and_then(|profile| match field {
            Field::Type => profile.extension_type.as_deref(),
            Field::Department => profile.department.as_deref(),
            Field::Site => profile.site.as_deref(),
        })
    }

    /// The call queues.
    pub fn queues(&self) -> &'a [String] {
        self.profile.map_or(&[], |profile| &profile.queues)
    }
}

/// A single-valued field of a profile that conditions can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The platform's type of extension.
    Type,
    /// The department.
    Department,
    /// The name of the site.
    Site,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 3] = [Self::Type, Self::Department, Self::Site];

    /// Its name in expressions: as in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Department => "department",
            Self::Site => "site",
        }
    }
}

/// The name of the list of call queues in expressions.
pub const QUEUES: &str = "queues";

/// A text in a condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Text {
    /// The value of a facet.
    Facet(Facet),
    /// A field of the profile.
    Field(Field),
    /// What is written.
    Literal(String),
}

impl Text {
    fn compared(&self) -> Option<Compared> {
        match self {
            Self::Facet(facet) => Some(Compared::Facet(*facet)),
            Self::Field(field) => Some(Compared::Field(*field)),
            Self::Literal(_) => None,
        }
    }

    /// Whether it is the name of something that people call by it, and is compared as such, however accents are encoded.
    fn is_name(&self) -> bool {
        matches!(self, Self::Field(_))
    }

    /// The text; what is absent is `""` in expressions.
    fn of<'a>(&'a self, subject: &Subject<'a>) -> &'a str {
        match self {
            Self::Facet(facet) => subject.facet(*facet).unwrap_or_default(),
            Self::Field(field) => subject.field(*field).unwrap_or_default(),
            Self::Literal(text) => text,
        }
    }
}

/// Whether two texts are the same: those of names as they read, others letter by letter.
fn is_equal(is_name: bool, one: &str, other: &str) -> bool {
    one == other || (is_name && is_same_name(one, other))
}

/// What a written text is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The value of a facet.
    Facet(Facet),
    /// A field of the profile.
    Field(Field),
    /// The call queues.
    Queues,
}

/// What a condition asks of a call queue's own sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueFact {
    /// Whether the extension is signed in to the queue.
    SignedIn,
    /// Whether it is a member of the queue, signed in or not.
    Member,
}

impl QueueFact {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::SignedIn, Self::Member];

    /// Its name in expressions.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "on_queue",
            Self::Member => "queue_member",
        }
    }

    /// Whether it is so where the queue stands like this; `None` where that is not known.
    pub fn of(self, standing: QueueStanding) -> Option<bool> {
        match (self, standing) {
            (_, QueueStanding::Unknown)
            | (Self::SignedIn, QueueStanding::Member(Accepts::NotSaid)) => None,
            (_, QueueStanding::NoMember) => Some(false),
            (Self::Member, QueueStanding::Member(_)) => Some(true),
            (Self::SignedIn, QueueStanding::Member(accepts)) => Some(accepts == Accepts::SignedIn),
        }
    }
}

/// How an extension stands to a call queue at a moment, by the queue's own sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueStanding {
    /// No sweep of the queue covers the moment.
    Unknown,
    /// It is no member.
    NoMember,
    /// It is a member, and accepts this.
    Member(Accepts),
}

/// How one extension stands to the call queues that a policy names, at one moment.
pub trait QueueStandings {
    /// How it stands to the queue of this name.
    fn standing(&self, queue: &str) -> QueueStanding;
}

/// Nothing is known of any queue.
#[derive(Clone, Copy, Debug)]
pub struct NoQueueKnown;

impl QueueStandings for NoQueueKnown {
    fn standing(&self, _queue: &str) -> QueueStanding {
        QueueStanding::Unknown
    }
}

/// How a text is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Search {
    /// At its beginning.
    StartsWith,
    /// At its end.
    EndsWith,
    /// Anywhere.
    Contains,
}

impl Search {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::StartsWith, Self::EndsWith, Self::Contains];

    fn finds(self, text: &str, part: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(part),
            Self::EndsWith => text.ends_with(part),
            Self::Contains => text.contains(part),
        }
    }

    /// Its name in expressions.
    pub fn name(self) -> &'static str {
        match self {
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Contains => "contains",
        }
    }
}

/// A checked expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Always so, or never.
    Constant(bool),
    /// Two texts are the same.
    Equal(Text, Text),
    /// Two conditions are both true or both false.
    Same(Box<Condition>, Box<Condition>),
    /// A text is one of those written.
    OneOf(Text, Vec<String>),
    /// A text is the name of one of the extension's call queues.
    InQueues(Text),
    /// It is so of the call queue of this name.
    OfQueue(QueueFact, String),
    /// The second text is found in the first.
    Found(Search, Text, Text),
    /// It is not so.
    Not(Box<Condition>),
    /// All are so.
    All(Vec<Condition>),
    /// At least one is so.
    Any(Vec<Condition>),
    /// The second if the first is so, else the third.
    Choice(Box<[Condition; 3]>),
}

impl Condition {
    /// Whether it is so for a subject; `None` if that depends on what is not known of a queue.
    ///
    /// Three-valued: `false && unknown` is false, `true || unknown` is true, `!unknown` is unknown.
    pub fn truth(&self, subject: &Subject<'_>, queues: &dyn QueueStandings) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Equal(one, other) => {
                let is_name = one.is_name() || other.is_name();
                Some(is_equal(is_name, one.of(subject), other.of(subject)))
            }
            Self::OneOf(text, list) => {
                let (is_name, text) = (text.is_name(), text.of(subject));
                Some(list.iter().any(|listed| is_equal(is_name, listed, text)))
            }
            Self::InQueues(text) => {
                let text = text.of(subject);
                let mut queues = subject.queues().iter();
                Some(queues.any(|queue| is_same_name(queue, text)))
            }
            Self::OfQueue(fact, queue) => fact.of(queues.standing(queue)),
            Self::Found(search, text, part) => {
                let is_name = text.is_name() || part.is_name();
                let (text, part) = (text.of(subject), part.of(subject));
                if is_name && !(text.is_ascii() && part.is_ascii()) {
                    return Some(search.finds(&composed(text), &composed(part)));
                }
                Some(search.finds(text, part))
            }
            Self::Same(one, other) => {
                Some(one.truth(subject, queues)? == other.truth(subject, queues)?)
            }
            Self::Not(condition) => condition.truth(subject, queues).map(|truth| !truth),
            Self::All(conditions) => one_decides(conditions, false, subject, queues),
            Self::Any(conditions) => one_decides(conditions, true, subject, queues),
            Self::Choice(parts) => {
                let [condition, then, otherwise] = &**parts;
                match condition.truth(subject, queues) {
                    Some(true) => then.truth(subject, queues),
                    Some(false) => otherwise.truth(subject, queues),
                    None => {
                        let then = then.truth(subject, queues)?;
                        (otherwise.truth(subject, queues)? == then).then_some(then)
                    }
                }
            }
        }
    }

    /// What is left to ask of queues where the subject is this: a constant, if nothing is.
    pub(super) fn reduced(&self, subject: &Subject<'_>) -> Self {
        if let Some(truth) = self.truth(subject, &NoQueueKnown) {
            return Self::Constant(truth);
        }
        let all = |conditions: &[Self]| conditions.iter().map(|one| one.reduced(subject)).collect();
        match self {
            Self::Not(condition) => Self::Not(Box::new(condition.reduced(subject))),
            Self::Same(one, other) => {
                let parts = [one, other].map(|part| Box::new(part.reduced(subject)));
                let [one, other] = parts;
                Self::Same(one, other)
            }
            Self::All(conditions) => Self::All(all(conditions)),
            Self::Any(conditions) => Self::Any(all(conditions)),
            Self::Choice(parts) => {
                let parts: &[Self; 3] = parts;
                Self::Choice(Box::new(parts.each_ref().map(|part| part.reduced(subject))))
            }
            _ => self.clone(),
        }
    }

    /// Adds the texts that something is compared with as a whole, from left to right.
    pub(super) fn comparisons<'a>(&'a self, found: &mut Vec<(Compared, &'a str)>) {
        match self {
            Self::Constant(_) | Self::Found(..) => {}
            Self::OfQueue(_, queue) => found.push((Compared::Queues, queue)),
            Self::Equal(one, other) => {
                for (text, literal) in [(one, other), (other, one)] {
                    if let (Some(compared), Text::Literal(literal)) = (text.compared(), literal) {
                        found.push((compared, literal));
                    }
                }
            }
            Self::OneOf(text, list) => {
                if let Some(compared) = text.compared() {
                    found.extend(list.iter().map(|listed| (compared, listed.as_str())));
                }
            }
            Self::InQueues(text) => {
                if let Text::Literal(name) = text {
                    found.push((Compared::Queues, name));
                }
            }
            Self::Same(one, other) => {
                one.comparisons(found);
                other.comparisons(found);
            }
            Self::Not(condition) => condition.comparisons(found),
            Self::All(conditions) | Self::Any(conditions) => {
                for condition in conditions {
                    condition.comparisons(found);
                }
            }
            Self::Choice(parts) => {
                for part in &**parts {
                    part.comparisons(found);
                }
            }
        }
    }

    /// Shows every text and condition in it to `see`, from left to right.
    pub fn walk<'a>(&'a self, see: &mut impl FnMut(Part<'a>)) {
        match self {
            Self::Constant(_) => {}
            Self::Equal(one, other) | Self::Found(_, one, other) => {
                see(Part::Text(one));
                see(Part::Text(other));
            }
            Self::Same(one, other) => {
                one.walk(see);
                other.walk(see);
            }
            Self::OneOf(text, _) => see(Part::Text(text)),
            Self::InQueues(text) => {
                see(Part::Text(text));
                see(Part::Queues);
            }
            Self::OfQueue(fact, queue) => see(Part::Queue(*fact, queue)),
            Self::Not(condition) => condition.walk(see),
            Self::All(conditions) | Self::Any(conditions) => {
                for condition in conditions {
                    condition.walk(see);
                }
            }
            Self::Choice(parts) => {
                for condition in &**parts {
                    condition.walk(see);
                }
            }
        }
    }

    /// The facets it asks for, each once, in the order of [`Facet::ALL`].
    pub fn facets(&self) -> Vec<Facet> {
        let mut facets = Vec::new();
        self.walk(&mut |part| {
            if let Part::Text(Text::Facet(facet)) = part {
                facets.push(*facet);
            }
        });
        facets.sort_unstable();
        facets.dedup();
        facets
    }

    /// Whether it asks for anything of the profile.
    pub fn uses_profile(&self) -> bool {
        let mut uses = false;
        self.walk(&mut |part| {
            uses |= matches!(part, Part::Queues | Part::Text(Text::Field(_)));
        });
        uses
    }
}

/// What a condition is made of.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// A text.
    Text(&'a Text),
    /// The list of call queues.
    Queues,
    /// What is asked of the call queue of this name.
    Queue(QueueFact, &'a str),
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Facet(facet) => f.write_str(facet.name()),
            Self::Field(field) => f.write_str(field.name()),
            Self::Literal(text) => quoted(text, f),
        }
    }
}

/// A text as a literal of the language.
fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(f, "\\{letter}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            _ if letter.is_control() => write!(f, "\\u{:04x}", u32::from(letter))?,
            _ => write!(f, "{letter}")?,
        }
    }
    f.write_str("\"")
}

impl fmt::Display for Condition {
    /// Expression text: every part that has parts of its own is in parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(value) => write!(f, "{value}"),
            Self::Equal(one, other) => write!(f, "({one} == {other})"),
            Self::Same(one, other) => write!(f, "({one} == {other})"),
            Self::OneOf(text, list) => {
                write!(f, "({text} in [")?;
                for (index, listed) in list.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    quoted(listed, f)?;
                }
                f.write_str("])")
            }
            Self::InQueues(text) => write!(f, "({text} in {QUEUES})"),
            Self::OfQueue(fact, queue) => {
                write!(f, "{}(", fact.name())?;
                quoted(queue, f)?;
                f.write_str(")")
            }
            Self::Found(search, text, part) => write!(f, "{text}.{}({part})", search.name()),
            Self::Not(condition) => write!(f, "!{condition}"),
            Self::All(conditions) => joined(conditions, " && ", f),
            Self::Any(conditions) => joined(conditions, " || ", f),
            Self::Choice(parts) => {
                let [condition, then, otherwise] = &**parts;
                write!(f, "({condition} ? {then} : {otherwise})")
            }
        }
    }
}

/// Whether one of some conditions is `decisive`; `None` if one may be, and none is.
fn one_decides(
    conditions: &[Condition],
    decisive: bool,
    subject: &Subject<'_>,
    queues: &dyn QueueStandings,
) -> Option<bool> {
    let mut is_known = true;
    for condition in conditions {
        match condition.truth(subject, queues) {
            Some(truth) if truth == decisive => return Some(decisive),
            Some(_) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(!decisive)
}

fn joined(conditions: &[Condition], with: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("(")?;
    for (index, condition) in conditions.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { with })?;
        write!(f, "{condition}")?;
    }
    f.write_str(")")
}
