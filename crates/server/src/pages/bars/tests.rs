use super::*;
use presence_answers::ask::LaneValues;
use presence_answers::shapes::common::CriterionShape;
use presence_core::query::classes::ClassId;
use presence_model::ids::ExtensionId;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn span(from: &str, to: &str) -> TimeRange {
    TimeRange::new(at(from), at(to)).expect("not empty")
}

fn segment(from: &str, to: &str, knowledge: Knowledge) -> Segment {
    Segment {
        span: span(from, to),
        knowledge,
        presumed: false,
        not_before: None,
    }
}

const AVAILABLE: Knowledge = Knowledge::Known(ClassId(1));
const BUSY: Knowledge = Knowledge::Known(ClassId(0));

fn values(facet: &'static str, values: &[&str]) -> LaneValues {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    LaneValues::new(CriterionShape::Facet { facet }, values)
}

fn lanes_of(window: TimeRange, lanes: Vec<LaneValues>, of_one: Vec<Vec<Segment>>) -> Lanes {
    Lanes {
        window,
        lanes,
        extensions: vec![ExtensionLanes {
            extension_id: ExtensionId(9_001),
            lanes: of_one,
        }],
    }
}

fn drawn(lanes: &Lanes, name: &str, backdrop: &Backdrop) -> String {
    let palettes = palettes(Texts::english(), lanes);
    let drawing = Drawing {
        texts: Texts::english(),
        ruler: Ruler::new(lanes.window),
        backdrop,
        palettes: &palettes,
    };
    let links = RowLinks {
        events: "/people/9001".to_owned(),
        explain: "/explain?person=9001".to_owned(),
    };
    drawing.row(name, &links, &lanes.extensions[0])
}

#[test]
fn a_row_has_a_path_for_each_value_and_lane() {
    let window = span("2026-11-04T08:00:00Z", "2026-11-04T12:00:00Z");
    let mut busy = segment("2026-11-04T09:00:00Z", "2026-11-04T10:00:00Z", BUSY);
    busy.not_before = Some(at("2026-11-04T08:59:00Z"));
    let main = vec![
        segment("2026-11-04T08:00:00Z", "2026-11-04T09:00:00Z", AVAILABLE),
        busy,
        segment(
            "2026-11-04T10:00:00Z",
            "2026-11-04T10:30:00Z",
            Knowledge::Unknown,
        ),
        segment("2026-11-04T10:30:00Z", "2026-11-04T11:00:00Z", AVAILABLE),
        segment(
            "2026-11-04T11:00:00Z",
            "2026-11-04T12:00:00Z",
            Knowledge::Absent,
        ),
    ];
    let calls = vec![
        segment("2026-11-04T08:00:00Z", "2026-11-04T09:00:00Z", BUSY),
        segment("2026-11-04T09:00:00Z", "2026-11-04T12:00:00Z", AVAILABLE),
    ];
    let lanes = lanes_of(
        window,
        vec![
            values("presence_status", &["Busy", "Available"]),
            values("telephony_status", &["NoCall", "CallConnected"]),
        ],
        vec![main, calls],
    );
    let svg = drawn(&lanes, "Extension 101", &Backdrop::default());
    assert_eq!(
        svg,
        "<svg class=\"bars\" viewBox=\"0 0 14400 40\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"Extension 101: Available 1h 30m, Busy 1h 00m, unknown 30m, absent 1h 00m\" data-name=\"Extension 101\" \
         data-from=\"1793779200000\" data-unit=\"1000\" data-events=\"/people/9001\" data-explain=\"/explain?person=9001\">\
         <path class=\"ground\" stroke-width=\"40\" d=\"M0 20h7200m1800 0h5400\"/>\
         <path class=\"absent\" stroke-width=\"28\" d=\"M10800 14h3600\"/>\
         <path class=\"good\" data-lane=\"0\" data-value=\"Available\" stroke-width=\"28\" d=\"M0 14h3600m5400 0h1800\"/>\
         <path class=\"busy\" data-lane=\"0\" data-value=\"Busy\" stroke-width=\"6\" d=\"M3600 25h3600\"/>\
         <path class=\"doubt\" stroke-width=\"28\" d=\"M3540 14h60\"/>\
         <path class=\"plain-3 thin\" data-lane=\"1\" data-value=\"On a call\" stroke-width=\"4\" d=\"M3600 33h10800\"/>\
         </svg>"
    );
}

#[test]
fn a_name_cannot_leave_its_label() {
    let window = span("2026-11-04T08:00:00Z", "2026-11-04T12:00:00Z");
    let lanes = lanes_of(
        window,
        vec![values("message", &["\"><script>alert(1)</script>"])],
        vec![vec![segment(
            "2026-11-04T08:00:00Z",
            "2026-11-04T12:00:00Z",
            BUSY,
        )]],
    );
    let svg = drawn(&lanes, "\"/><script>'&", &Backdrop::default());
    assert!(!svg.contains("<script"), "{svg}");
    assert_eq!(svg.matches('"').count() % 2, 0);
    assert!(
        svg.contains("&quot;/&gt;&lt;script&gt;&#39;&amp;: "),
        "{svg}"
    );
}

#[test]
fn more_than_can_be_seen_is_drawn_by_columns() {
    let window = span("2026-08-01T00:00:00Z", "2026-11-01T00:00:00Z");
    let step_ms = window.duration_ms() / 20_000;
    // Every fiftieth is another value, for half as long.
    let edge = |place: i64| {
        let early_ms = if place % 50 == 1 { step_ms / 2 } else { 0 };
        window.from().plus_ms(place * step_ms - early_ms)
    };
    let segments = (0..20_000).map(|place| Segment {
        span: TimeRange::new(edge(place), edge(place + 1)).expect("not empty"),
        knowledge: if place % 50 == 0 { BUSY } else { AVAILABLE },
        presumed: false,
        not_before: Some(edge(place - 1)),
    });
    let lanes = lanes_of(
        window,
        vec![values("presence_status", &["Busy", "Available"])],
        vec![segments.collect()],
    );
    let svg = drawn(&lanes, "Extension 101", &Backdrop::default());
    // The four hundred that the columns do not show have a mark each, in four hundred columns.
    let marks = marks_of(&svg);
    let counts: Vec<(&str, usize)> = marks
        .iter()
        .map(|(style, strokes)| (*style, strokes.matches('h').count()))
        .collect();
    assert_eq!(counts, [("good", 1), ("busy", 400)]);
    let strokes = marks[1].1;
    let rest = svg.len() - strokes.len();
    assert!(rest < 1_000, "{rest} bytes");
    assert!(svg.contains("Available 2185h"), "{svg}");
}

#[test]
fn the_backdrop_shades_closed_hours_and_ends_at_now() {
    let window = span("2026-11-04T08:00:00Z", "2026-11-04T12:00:00Z");
    let open = [span("2026-11-04T09:00:00Z", "2026-11-04T11:00:00Z")];
    let backdrop = Backdrop::new(
        Ruler::new(window),
        &[at("2026-11-04T10:00:00Z")],
        Some(&open),
        at("2026-11-04T11:30:00Z"),
    );
    assert_eq!(
        backdrop.over,
        "<path class=\"closed\" d=\"M0 0h3600v40H0zM10800 0h3600v40H10800z\"/>\
         <path class=\"now\" d=\"M12600 0v40\"/>"
    );
    assert_eq!(backdrop.grid, "<path class=\"grid\" d=\"M7200 0v40\"/>");
    assert_eq!(
        backdrop.under,
        "<path class=\"future\" d=\"M12600 0h1800v40H12600z\"/>"
    );
}

#[test]
fn a_short_window_is_drawn_finely() {
    let minute = Ruler::new(span("2026-11-04T08:00:00Z", "2026-11-04T08:01:00Z"));
    assert_eq!((minute.unit_ms, minute.width()), (10, 6_000));
    assert_eq!(minute.percent(at("2026-11-04T08:00:20Z")), "33.333%");
}

/// The paths of a picture without data: their classes, heights and strokes.
fn marks_of(svg: &str) -> Vec<(&str, &str)> {
    let paths = svg.split("<path class=\"").skip(1);
    let paths = paths.filter(|path| !path.contains("data-lane"));
    let parts = paths.filter_map(|path| {
        let (style, rest) = path.split_once('"')?;
        Some((style, rest.split_once(" d=\"")?.1.split('"').next()?))
    });
    parts
        .filter(|(style, _)| !["ground", "grid", "doubt", "presumed"].contains(style))
        .collect()
}

#[test]
fn what_is_shorter_than_a_pixel_has_a_mark() {
    // A minute of a week: a tenth of a pixel. Columns are 604.8 s wide.
    let window = span("2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z");
    let main = vec![
        segment("2026-11-02T00:00:00Z", "2026-11-04T12:00:00Z", AVAILABLE),
        segment("2026-11-04T12:00:00Z", "2026-11-04T12:01:00Z", BUSY),
        segment("2026-11-04T12:01:00Z", "2026-11-06T00:00:00Z", AVAILABLE),
        segment(
            "2026-11-06T00:00:00Z",
            "2026-11-06T00:01:00Z",
            Knowledge::Unknown,
        ),
        segment("2026-11-06T00:01:00Z", "2026-11-09T00:00:00Z", AVAILABLE),
    ];
    let lanes = lanes_of(
        window,
        vec![values("presence_status", &["Busy", "Available"])],
        vec![main],
    );
    let row = drawn(&lanes, "Desk", &Backdrop::default());
    // The 2.5th day of seven is in column 357, which begins at 215,913 s; the fourth begins in column 571.
    assert_eq!(
        marks_of(&row),
        [("busy", "M215913 5h605"), ("unseen", "M345340 5h605")]
    );
    // What the bars say is as exact as before.
    assert!(
        row.contains("data-value=\"Busy\" stroke-width=\"8\" d=\"M216000 36h60\""),
        "{row}"
    );
}

#[test]
fn many_short_ones_are_no_more_than_there_are_columns() {
    let window = span("2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z");
    let from = window.from();
    let flicker = (0..20_160).filter_map(|number| {
        let at = from.plus_ms(number * 30_000);
        let knowledge = if number % 2 == 0 { AVAILABLE } else { BUSY };
        Some(Segment {
            span: TimeRange::new(at, at.plus_ms(30_000))?,
            knowledge,
            presumed: false,
            not_before: None,
        })
    });
    let lanes = lanes_of(
        window,
        vec![values("presence_status", &["Busy", "Available"])],
        vec![flicker.collect()],
    );
    let row = drawn(&lanes, "Desk", &Backdrop::default());
    assert!(row.len() < 60_000, "{}", row.len());
    let marks = marks_of(&row);
    assert!(marks.iter().any(|(style, _)| *style == "busy"), "{marks:?}");
}
