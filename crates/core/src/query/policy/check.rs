//! Reads an expression: its syntax is the Common Expression Language, its names are facets and fields of the profile.
//!
//! The language has no types to check before an expression is evaluated, and much that is not wanted here. So what its
//! parser gives is checked node by node and turned into a [`Condition`]; whatever is not listed here is refused.

use std::ops::Range;

use cel::Env;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::expression::{Condition, Field, QUEUES, QueueFact, Search, Text};
use super::finding::{Fault, Severity};
use super::syntax;
use crate::query::suggestion::suggestion;
use presence_model::facet::Facet;
use presence_model::profile::DOCUMENTED_TYPES;

/// So many characters an expression may have.
pub const LONGEST_EXPRESSION: usize = 2_000;

/// So deep parentheses and brackets may be nested.
pub const DEEPEST_NESTING: usize = 24;

/// Reads an expression: the condition and what seems wrong in it, or all that is wrong.
pub(super) fn read(text: &str) -> Result<(Condition, Vec<Fault>), Vec<Fault>> {
    syntax::check_size(text).map_err(|fault| vec![fault])?;
    let parser = Env::default()
        .with_optional_support(false)
        .parser()
        .max_recursion_depth(96)
        .error_recovery_limit(4);
    let (expression, source) = parser
        .parse_with_source_info(text)
        .map_err(|errors| vec![syntax::fault(text, &errors)])?;
    let mut checker = Checker {
        text,
        places: NodePositions { text, source },
        faults: Vec::new(),
    };
    let condition = match checker.any(&expression) {
        Checked::Truth(condition) => Some(condition),
        Checked::Wrong => None,
        _ => {
            checker.error(
                0..text.len(),
                "a rule asks a question that is answered by yes or no, such as user_status == \"Busy\"",
            );
            None
        }
    };
    let mut faults = checker.faults;
    faults.sort_by_key(|fault| (fault.severity, fault.range.start));
    match condition {
        Some(condition) if faults.iter().all(|fault| fault.severity != Severity::Error) => {
            Ok((condition, faults))
        }
        _ => Err(faults),
    }
}

/// Where the parser found each node: it counts bytes, and its last byte belongs to the token.
struct NodePositions<'t> {
    text: &'t str,
    source: SourceInfo,
}

impl NodePositions<'_> {
    /// The token that a node is known by: an operator, a name, a literal.
    fn token(&self, id: u64) -> Range<usize> {
        let length = self.text.len();
        let Some((first, last)) = self.source.offset_for(id) else {
            return 0..length;
        };
        let first = self.text.floor_char_boundary((first as usize).min(length));
        let after = (last as usize).saturating_add(1).clamp(first, length);
        first..self.text.ceil_char_boundary(after)
    }
}

/// What a node is, once checked.
enum Checked {
    Text(Text),
    Truth(Condition),
    List(Vec<String>),
    Queues,
    /// Something is wrong in it, and has been reported.
    Wrong,
}

struct Checker<'t> {
    text: &'t str,
    places: NodePositions<'t>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn error(&mut self, range: Range<usize>, sentence: impl Into<String>) {
        self.faults.push(Fault::error(range, sentence));
    }

    fn wrong(&mut self, node: &IdedExpr, sentence: impl Into<String>) -> Checked {
        let range = self.places.token(node.id);
        self.error(range, sentence);
        Checked::Wrong
    }

    fn any(&mut self, node: &IdedExpr) -> Checked {
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(name) => self.name(node, name),
            Expr::Call(call) => self.call(node, call),
            Expr::List(list) => self.list(&list.elements),
            Expr::Select(select) => {
                let sentence = format!(
                    "there are no parts to take with a dot; write a name by itself, such as {}",
                    known_name(&select.field).unwrap_or("presence_status")
                );
                self.wrong(node, sentence)
            }
            Expr::Comprehension(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.wrong(node, "expressions are made of names, texts, lists of texts, and the operators == != in && || ! ?:")
            }
        }
    }

    fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> Checked {
        match literal {
            LiteralValue::String(text) => Checked::Text(Text::Literal(text.inner().to_owned())),
            LiteralValue::Boolean(value) => Checked::Truth(Condition::Constant(*value.inner())),
            LiteralValue::Null => self.wrong(
                node,
                "there is no null; what is absent is the empty text \"\"",
            ),
            _ => self.wrong(
                node,
                "facets are texts; write what they are compared with in quotes",
            ),
        }
    }

    fn name(&mut self, node: &IdedExpr, name: &str) -> Checked {
        if let Some(facet) = Facet::from_name(name) {
            return Checked::Text(Text::Facet(facet));
        }
        if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) {
            return Checked::Text(Text::Field(field));
        }
        if name == QUEUES {
            return Checked::Queues;
        }
        let sentence = if let Some(meant) = known_name(name) {
            format!("there is no facet {name:?}; did you mean {meant}?")
        } else if is_value(name) {
            format!("there is no facet {name:?}; a value is written in quotes")
        } else {
            format!(
                "there is no facet {name:?}; the names are {}",
                names().collect::<Vec<_>>().join(", ")
            )
        };
        self.wrong(node, sentence)
    }

    fn list(&mut self, elements: &[IdedExpr]) -> Checked {
        let mut texts = Vec::with_capacity(elements.len());
        let mut is_wrong = false;
        for element in elements {
            match self.any(element) {
                Checked::Text(Text::Literal(text)) => texts.push(text),
                Checked::Wrong => is_wrong = true,
                _ => {
                    self.wrong(element, "a list holds texts in quotes only");
                    is_wrong = true;
                }
            }
        }
        if is_wrong {
            Checked::Wrong
        } else {
            Checked::List(texts)
        }
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Checked {
        match (call.func_name.as_str(), &call.target, call.args.as_slice()) {
            (operators::EQUALS, None, [one, other]) => self.equality(node, one, other),
            (operators::NOT_EQUALS, None, [one, other]) => match self.equality(node, one, other) {
                Checked::Truth(condition) => Checked::Truth(not(condition)),
                wrong => wrong,
            },
            (operators::IN, None, [one, other]) => self.membership(node, one, other),
            (operators::LOGICAL_NOT, None, [one]) => match self.truth(one) {
                Some(condition) => Checked::Truth(not(condition)),
                None => Checked::Wrong,
            },
            (operators::LOGICAL_AND, None, [one, other]) => self.joined(one, other, Join::All),
            (operators::LOGICAL_OR, None, [one, other]) => self.joined(one, other, Join::Any),
            (operators::CONDITIONAL, None, [condition, then, otherwise]) => {
                let parts = [condition, then, otherwise].map(|part| self.truth(part));
                match parts {
                    [Some(condition), Some(then), Some(otherwise)] => {
                        Checked::Truth(Condition::Choice(Box::new([condition, then, otherwise])))
                    }
                    _ => Checked::Wrong,
                }
            }
            (name, Some(target), arguments) => self.search(node, name, target, arguments),
            (name, None, arguments) => self.of_queue(node, name, arguments),
        }
    }

    /// What is asked of one call queue, by its name.
    fn of_queue(&mut self, node: &IdedExpr, name: &str, arguments: &[IdedExpr]) -> Checked {
        let Some(fact) = QueueFact::ALL.into_iter().find(|fact| fact.name() == name) else {
            return self.unknown_call(node, name);
        };
        let [argument] = arguments else {
            let range = self.function_name(node, name);
            self.error(
                range,
                format!("{name} takes one queue: {name}(\"Support\")"),
            );
            return Checked::Wrong;
        };
        match &argument.expr {
            Expr::Literal(LiteralValue::String(queue)) if !queue.inner().trim().is_empty() => {
                Checked::Truth(Condition::OfQueue(fact, queue.inner().to_owned()))
            }
            _ => self.wrong(
                argument,
                format!("{name} takes the name of a queue in quotes: {name}(\"Support\")"),
            ),
        }
    }

    fn truth(&mut self, node: &IdedExpr) -> Option<Condition> {
        match self.any(node) {
            Checked::Truth(condition) => Some(condition),
            Checked::Wrong => None,
            Checked::Text(Text::Facet(facet)) => {
                let sentence = if facet.documented_values() == ["true", "false"] {
                    format!("facets are texts; write {} == \"true\"", facet.name())
                } else {
                    format!("{} is a text; say what it is compared with", facet.name())
                };
                self.wrong(node, sentence);
                None
            }
            _ => {
                self.wrong(
                    node,
                    "this is neither true nor false; compare it with something",
                );
                None
            }
        }
    }

    fn joined(&mut self, one: &IdedExpr, other: &IdedExpr, join: Join) -> Checked {
        let (one, other) = (self.truth(one), self.truth(other));
        let (Some(one), Some(other)) = (one, other) else {
            return Checked::Wrong;
        };
        let mut parts = Vec::new();
        for part in [one, other] {
            match (join, part) {
                (Join::All, Condition::All(inner)) | (Join::Any, Condition::Any(inner)) => {
                    parts.extend(inner);
                }
                (_, part) => parts.push(part),
            }
        }
        Checked::Truth(match join {
            Join::All => Condition::All(parts),
            Join::Any => Condition::Any(parts),
        })
    }

    fn equality(&mut self, node: &IdedExpr, one: &IdedExpr, other: &IdedExpr) -> Checked {
        match (self.any(one), self.any(other)) {
            (Checked::Wrong, _) | (_, Checked::Wrong) => Checked::Wrong,
            (Checked::Text(left), Checked::Text(right)) => {
                self.check_value(&left, &right, other);
                self.check_value(&right, &left, one);
                if matches!((&left, &right), (Text::Literal(_), Text::Literal(_))) {
                    let range = self.places.token(node.id);
                    self.faults.push(Fault::warning(range, "this compares two texts that never change; one side is probably a facet, without quotes"));
                }
                Checked::Truth(Condition::Equal(left, right))
            }
            (Checked::Truth(left), Checked::Truth(right)) => {
                Checked::Truth(Condition::Same(Box::new(left), Box::new(right)))
            }
            (Checked::Text(Text::Facet(facet)), Checked::Truth(Condition::Constant(value)))
            | (Checked::Truth(Condition::Constant(value)), Checked::Text(Text::Facet(facet))) => {
                let sentence = format!("facets are texts; write {} == \"{value}\"", facet.name());
                self.wrong(node, sentence)
            }
            (Checked::Queues, _) | (_, Checked::Queues) => {
                self.wrong(node, "queues is a list; ask \"Support\" in queues")
            }
            (Checked::List(_), _) | (_, Checked::List(_)) => self.wrong(
                node,
                "a text is never equal to a list; ask whether it is in the list, with in",
            ),
            _ => self.wrong(node, "a text is never equal to a condition"),
        }
    }

    fn membership(&mut self, node: &IdedExpr, one: &IdedExpr, other: &IdedExpr) -> Checked {
        match (self.any(one), self.any(other)) {
            (Checked::Wrong, _) | (_, Checked::Wrong) => Checked::Wrong,
            (Checked::Text(text), Checked::List(list)) => {
                if let Expr::List(elements) = &other.expr {
                    for (element, value) in elements.elements.iter().zip(&list) {
                        self.check_value(&text, &Text::Literal(value.clone()), element);
                    }
                }
                Checked::Truth(Condition::OneOf(text, list))
            }
            (Checked::Text(text), Checked::Queues) => Checked::Truth(Condition::InQueues(text)),
            (_, Checked::Text(_)) => self.wrong(
                node,
                "in asks whether a text is in a list, such as [\"Available\", \"Busy\"], or in queues",
            ),
            _ => self.wrong(node, "in takes a text on its left and a list of texts, or queues, on its right"),
        }
    }

    fn search(
        &mut self,
        node: &IdedExpr,
        name: &str,
        target: &IdedExpr,
        arguments: &[IdedExpr],
    ) -> Checked {
        let Some(search) = Search::ALL.into_iter().find(|known| known.name() == name) else {
            return self.unknown_call(node, name);
        };
        let target_checked = self.any(target);
        let [argument] = arguments else {
            let range = self.function_name(node, name);
            self.error(
                range,
                format!("{name} takes one text, such as message.{name}(\"lunch\")"),
            );
            return Checked::Wrong;
        };
        match (target_checked, self.any(argument)) {
            (Checked::Wrong, _) | (_, Checked::Wrong) => Checked::Wrong,
            (Checked::Text(text), Checked::Text(part)) => {
                Checked::Truth(Condition::Found(search, text, part))
            }
            (Checked::Queues, _) => {
                self.wrong(target, "queues is a list; ask \"Support\" in queues")
            }
            _ => {
                let range = self.function_name(node, name);
                self.error(range, format!("{name} searches for a text in a text"));
                Checked::Wrong
            }
        }
    }

    fn unknown_call(&mut self, node: &IdedExpr, name: &str) -> Checked {
        if let Some(operator) = unwanted_operator(name) {
            if name == operators::INDEX {
                return self.wrong(node, "there are no parts to take with brackets; write a name by itself, such as presence_status");
            }
            let sentence = format!("texts are compared with == and != only, not with {operator}");
            return self.wrong(node, sentence);
        }
        let range = self.function_name(node, name);
        let known = Search::ALL.map(Search::name);
        let of_queues = QueueFact::ALL.map(QueueFact::name);
        let sentence = if known.contains(&name) {
            format!("{name} is asked of a text: message.{name}(\"lunch\")")
        } else if name == operators::HAS {
            "there is no function \"has\"; compare with the empty text, which an absent facet is: message != \"\"".to_owned()
        } else if let Some(meant) = suggestion(name, known) {
            format!(
                "there is no function {name:?}; did you mean {meant}, as in message.{meant}(\"lunch\")?"
            )
        } else if of_queues.contains(&name) {
            format!("{name} stands by itself: {name}(\"Support\")")
        } else if let Some(meant) = suggestion(name, of_queues) {
            format!(
                "there is no function {name:?}; did you mean {meant}, as in {meant}(\"Support\")?"
            )
        } else {
            let (known, of_queues) = (known.join(", "), of_queues.join(", "));
            format!(
                "there is no function {name:?}; there are {known}, as in message.contains(\"lunch\"), and {of_queues}, as in \
                 on_queue(\"Support\")"
            )
        };
        self.error(range, sentence);
        Checked::Wrong
    }

    /// Where the name of a function is written: the parser reports its parenthesis.
    fn function_name(&self, node: &IdedExpr, name: &str) -> Range<usize> {
        let token = self.places.token(node.id);
        if self.text[token.start..].starts_with(name) {
            return token.start..token.start + name.len();
        }
        match self.text[..token.end].rfind(name) {
            Some(start) => start..start + name.len(),
            None => token,
        }
    }

    /// Warns where a facet is compared with a value that the platform does not document: it is probably misspelt.
    fn check_value(&mut self, of: &Text, value: &Text, written: &IdedExpr) {
        let Text::Literal(value) = value else { return };
        let (name, known) = match of {
            Text::Facet(facet) => (facet.name(), facet.documented_values()),
            Text::Field(Field::Type) => (Field::Type.name(), &DOCUMENTED_TYPES[..]),
            Text::Field(_) | Text::Literal(_) => return,
        };
        if value.is_empty() || known.is_empty() || known.contains(&value.as_str()) {
            return;
        }
        let advice = match suggestion(value, known.iter().copied()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("it documents {}", known.join(", ")),
        };
        let range = self.places.token(written.id);
        let sentence = format!("the platform documents no {name} {value:?}; {advice}");
        self.faults.push(Fault::warning(range, sentence));
    }
}

#[derive(Clone, Copy)]
enum Join {
    All,
    Any,
}

/// The opposite of a condition; twice is once too often.
fn not(condition: Condition) -> Condition {
    match condition {
        Condition::Not(inner) => *inner,
        other => Condition::Not(Box::new(other)),
    }
}

/// Every name that an expression can use.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let facets = Facet::ALL.into_iter().map(Facet::name);
    facets
        .chain(Field::ALL.into_iter().map(Field::name))
        .chain([QUEUES])
}

fn known_name(name: &str) -> Option<&'static str> {
    names()
        .find(|known| known.replace('_', "") == name.to_lowercase())
        .or_else(|| suggestion(name, names()))
}

/// Whether the platform documents a value of that name for any facet.
fn is_value(name: &str) -> bool {
    let mut facets = Facet::ALL.into_iter();
    facets.any(|facet| facet.documented_values().contains(&name))
}

/// The sign of an operator of the language that has no use here.
fn unwanted_operator(name: &str) -> Option<&str> {
    let sign = name.trim_matches(['_', '@']);
    let is_operator = !sign.is_empty() && !sign.starts_with(|c: char| c.is_alphanumeric());
    is_operator.then_some(sign)
}
