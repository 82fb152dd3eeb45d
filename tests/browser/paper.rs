//! Pages on paper: no sheet is blank, the first one least of all.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use regex::bytes::Regex;

use crate::driver::{Screen, browse};
use crate::office::Office;
use crate::page::Page;

/// How many pieces of text each sheet of a PDF file has, in their order. It knows files as Chromium writes them.
fn texts(pdf: &[u8]) -> Vec<usize> {
    let sheet = Regex::new(r"(?s-u)/Type /Page\n.*?/Contents (\d+) 0 R").expect("a pattern");
    let shown = Regex::new(r"(?-u)\] TJ|\) Tj|> Tj").expect("a pattern");
    let sheets = sheet.captures_iter(pdf).map(|captures| {
        let number = String::from_utf8_lossy(&captures[1]).into_owned();
        shown.find_iter(&content(pdf, &number)).count()
    });
    sheets.collect()
}

/// What a stream of a PDF file holds.
fn content(pdf: &[u8], number: &str) -> Vec<u8> {
    let begin = format!(r"(?s-u)\n{number} 0 obj\n<<.*?/Length (\d+).*?>> stream\n");
    let begin = Regex::new(&begin).expect("a pattern");
    let found = begin.captures(pdf).expect("the stream is there");
    let length: usize = String::from_utf8_lossy(&found[1])
        .parse()
        .expect("a number");
    let from = found.get(0).expect("all of it").end();
    let mut content = Vec::new();
    ZlibDecoder::new(&pdf[from..from + length])
        .read_to_end(&mut content)
        .expect("it is compressed");
    content
}

#[tokio::test]
async fn no_printed_sheet_is_blank() {
    let pages = [
        "/day/2026-11-04?hours=Mo-Fr+08:00-18:00",
        "/month/2026-11",
        "/report?from=2026-11-02&to=2026-11-06&by=department&by=day",
        "/report?from=2026-11-02&to=2026-11-06&by=extension",
        "/staffing?value=Available&from=2026-11-02&to=2026-11-06&step=1h&required=5",
        "/heatmap?value=Available&from=2026-11-02&to=2026-11-07",
        "/people",
        "/health",
        "/",
    ];
    browse(Screen::WIDE, None, async |_: &Office, page: &Page| {
        for path in pages {
            page.open(path).await;
            let sheets = texts(&page.printed().await);
            assert!(!sheets.is_empty(), "{path}");
            // The first one has the heading and what follows it.
            assert!(sheets[0] > 5, "{path}: {sheets:?}");
            assert!(sheets.iter().all(|count| *count > 0), "{path}: {sheets:?}");
        }
    })
    .await;
}
