//! How values look in pictures: each has a colour and, since colour must not be the only sign, a height of its own.

use presence_answers::ask::LaneValues;
use presence_answers::render::status;
use presence_answers::shapes::common::CriterionShape;
use presence_charts::table::Paint;
use presence_model::facet::Facet;
use presence_texts::Texts;

/// How many colours the style sheet has for values without a usual one.
const PLAIN_COUNT: usize = 8;

/// The least part of the lane's height that a bar has, in hundredths.
const LOWEST: usize = 22;

/// How a value looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ValueStyle {
    /// The value; `""` is the absence of the facet.
    pub(super) value: String,
    /// The value for people.
    pub(super) label: String,
    /// The class of the style sheet that colours it.
    pub(super) style: String,
    /// How much of the lane's height its bars have, in hundredths; another one for each value, as far as that can be seen.
    pub(super) height: usize,
}

/// The values of a lane that occur, each with its style, in the order in which they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Palette {
    /// The styles.
    pub(super) styles: Vec<ValueStyle>,
    /// The positions in `styles`, by class; those that do not occur have none.
    by_class: Vec<Option<usize>>,
}

impl Palette {
    /// The styles of the values of a lane that occur, beside lanes whose styles are `taken`.
    pub(super) fn of(
        texts: Texts,
        values: &LaneValues,
        occurs: impl Fn(usize) -> bool,
        taken: &mut Vec<String>,
    ) -> Self {
        let all = values.values();
        let present = (0..all.len()).filter(|class| occurs(*class));
        let present: Vec<&str> = present.map(|class| all[class].as_str()).collect();
        let ordered = status::order(present, &values.criterion.order());
        let styles = styles_beside(texts, &ordered, taken);
        let place = |value: &String| styles.iter().position(|style| style.value == *value);
        let by_class = all
            .iter()
            .enumerate()
            .map(|(class, value)| if occurs(class) { place(value) } else { None })
            .collect();
        Self { styles, by_class }
    }

    /// The position of a class among the styles.
    pub(super) fn place(&self, class: usize) -> Option<usize> {
        self.by_class.get(class).copied().flatten()
    }
}

/// How values appear next to each other, in this order.
pub(super) fn styles(texts: Texts, values: &[&str]) -> Vec<ValueStyle> {
    styles_beside(texts, values, &mut Vec::new())
}

/// The same beside others, whose styles are `taken`: no two values of a picture look alike while there are colours.
fn styles_beside(texts: Texts, values: &[&str], taken: &mut Vec<String>) -> Vec<ValueStyle> {
    let mut styles = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let is_free = |style: &str| !taken.iter().any(|other| other == style);
        let mut plain = (1..=PLAIN_COUNT).map(plain_style);
        let usual = usual_style(value).filter(|style| is_free(style));
        let style = usual
            .or_else(|| plain.find(|style| is_free(style)))
            .unwrap_or_else(|| plain_style(index % PLAIN_COUNT + 1));
        taken.push(style.clone());
        styles.push(ValueStyle {
            value: (*value).to_owned(),
            label: value_text(texts, value),
            style,
            height: height(index, values.len()),
        });
    }
    styles
}

fn plain_style(number: usize) -> String {
    format!("plain-{number}")
}

/// The style that a value has wherever it is free.
fn usual_style(value: &str) -> Option<String> {
    let style = match value {
        "CallConnected" => "plain-3",
        "DoNotAcceptDepartmentCalls" => "plain-4",
        "Ringing" => "plain-5",
        "OnHold" => "plain-2",
        _ => match status::paint(value) {
            Paint::Good => "good",
            Paint::Busy => "busy",
            Paint::Bad => "bad",
            Paint::Dim => "dim",
            _ => return None,
        },
    };
    Some(style.to_owned())
}

/// A value for people, in their language: what they call it.
pub(super) fn value_text(texts: Texts, value: &str) -> String {
    if value.is_empty() {
        return texts.say("value-none");
    }
    let id = format!("value-of-{value}");
    texts.find(&id).unwrap_or_else(|| value.to_owned())
}

/// A facet for people, in their language.
pub(super) fn facet_text(texts: Texts, facet: Facet) -> String {
    texts.say(&format!("facet-{}", facet.name()))
}

/// What states are told apart by, for people, in their language: the label of a facet, the name of a policy.
pub(super) fn criterion_text(texts: Texts, criterion: &CriterionShape) -> String {
    match criterion {
        CriterionShape::Facet { facet } => {
            let known = Facet::from_name(facet);
            known.map_or_else(|| (*facet).to_owned(), |facet| facet_text(texts, facet))
        }
        CriterionShape::Policy { policy, .. } => policy.clone(),
    }
}

/// A value for people, in their language, and as it is where that differs: `On a call (CallConnected)`.
pub(super) fn value_text_and_value(texts: Texts, value: &str) -> String {
    match value_text(texts, value) {
        label if label == value || value.is_empty() => label,
        label => format!("{label} ({value})"),
    }
}

/// The first value is the highest.
fn height(index: usize, count: usize) -> usize {
    if count <= 1 {
        return 100;
    }
    100 - index * (100 - LOWEST) / (count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use presence_answers::render::status::NO_VALUE;
    use presence_model::facet::value_label;

    #[test]
    fn labels_in_english_are_those_of_tables_and_files() {
        let english = Texts::english();
        for facet in Facet::ALL {
            assert_eq!(facet_text(english, facet), facet.label());
            for value in facet.documented_values() {
                assert_eq!(value_text(english, value), value_label(value));
                for texts in Texts::all() {
                    assert!(texts.find(&format!("value-of-{value}")).is_some());
                }
            }
        }
        assert_eq!(value_text(english, ""), NO_VALUE);
        assert_eq!(value_text(english, "SomethingNew"), "SomethingNew");
        assert_eq!(value_text(english, "a = { b }"), "a = { b }");
    }

    #[test]
    fn every_value_differs_in_colour_and_height() {
        let english = Texts::english();
        let styles = styles(
            english,
            &["Available", "Busy", "OnHold", "Offline", "Away", ""],
        );
        let shown: Vec<(&str, usize)> = styles
            .iter()
            .map(|style| (style.style.as_str(), style.height))
            .collect();
        assert_eq!(
            shown,
            [
                ("good", 100),
                ("busy", 85),
                ("plain-2", 69),
                ("dim", 54),
                ("plain-1", 38),
                ("plain-3", 22),
            ]
        );
        assert_eq!(styles[5].label, "(none)");
    }

    #[test]
    fn no_lane_has_the_colours_of_another() {
        let mut taken = Vec::new();
        let lanes = [
            ["Available", "Busy", "Offline"],
            ["CallConnected", "Ringing", "OnHold"],
            [
                "TakeAllCalls",
                "DoNotAcceptAnyCalls",
                "DoNotAcceptDepartmentCalls",
            ],
        ];
        for lane in lanes {
            styles_beside(Texts::english(), &lane, &mut taken);
        }
        let distinct: std::collections::BTreeSet<&String> = taken.iter().collect();
        assert_eq!(distinct.len(), 9, "{taken:?}");
    }

    #[test]
    fn only_what_occurs_has_a_look() {
        let values = LaneValues::new(
            presence_answers::shapes::common::CriterionShape::Facet {
                facet: "presence_status",
            },
            ["Offline", "Zzz", "Available"].map(str::to_owned).to_vec(),
        );
        let palette = Palette::of(
            Texts::english(),
            &values,
            |class| class != 1,
            &mut Vec::new(),
        );
        let names: Vec<&str> = palette
            .styles
            .iter()
            .map(|style| style.label.as_str())
            .collect();
        assert_eq!(names, ["Available", "Offline"]);
        assert_eq!(
            [0, 1, 2].map(|class| palette.place(class)),
            [Some(1), None, Some(0)]
        );
    }
}
