//! Long lists in pages: which part is shown, and the links to the others.

use std::ops::Range;

use super::fields::Fields;
use super::layout::Link;
use super::page_request::PageRequest;
use presence_texts::{Texts, say};

/// The field that says which page is shown.
pub(super) const PAGE: &str = "page";

/// Which part of a long list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    /// How many there are in all.
    pub(super) total: usize,
    at_once: usize,
    page: usize,
}

impl Paging {
    /// The page that an address asks for, of a list of `total` with `at_once` on each; the nearest where there is no such page.
    pub(super) fn of(total: usize, at_once: usize, fields: &Fields) -> Self {
        let wanted = fields.get(PAGE).and_then(|page| page.parse().ok());
        let count = total.div_ceil(at_once).max(1);
        Self {
            total,
            at_once,
            page: wanted.unwrap_or(1).clamp(1, count),
        }
    }

    fn count(self) -> usize {
        self.total.div_ceil(self.at_once).max(1)
    }

    /// The indexes that are shown.
    pub(super) fn range(self) -> Range<usize> {
        let from = (self.page - 1) * self.at_once;
        from..(from + self.at_once).min(self.total)
    }

    /// Whether not all are shown.
    pub(super) fn is_part(self) -> bool {
        self.count() > 1
    }

    /// Which part is shown, such as `People 1 to 500 of 2,699 are on this page`; `None` where all are.
    pub(super) fn told(self, texts: Texts) -> Option<String> {
        let Range { start, end } = self.range();
        self.is_part().then(|| {
            say!(
                texts,
                "page-part",
                from = start + 1,
                to = end,
                total = self.total
            )
        })
    }

    /// Links to the first, the last and the near pages; none if there is one page.
    pub(super) fn links(self, page_request: &PageRequest, path: &str) -> Vec<Link> {
        let count = self.count();
        if count < 2 {
            return Vec::new();
        }
        let near =
            |number: &usize| *number == 1 || *number == count || number.abs_diff(self.page) < 4;
        let links = (1..=count).filter(near).map(|number| {
            let fields = page_request.fields.with(PAGE, &number.to_string());
            let href = fields.address(&format!("{}{path}", page_request.root));
            let name = say!(
                page_request.texts,
                "page-number",
                number = number.to_string()
            );
            Link::new(name, href).here(number == self.page)
        });
        links.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(total: usize, page: &str, range: Range<usize>, told: Option<&str>) {
        let fields = Fields::read(Some(&format!("page={page}")));
        let paging = Paging::of(total, 500, &fields);
        assert_eq!(paging.range(), range);
        assert_eq!(paging.told(Texts::english()).as_deref(), told);
    }

    #[test]
    fn the_page_that_is_asked_for_is_shown_or_the_nearest() {
        check(0, "", 0..0, None);
        check(500, "3", 0..500, None);
        check(
            501,
            "",
            0..500,
            Some("People 1 to 500 of 501 are on this page."),
        );
        check(
            501,
            "2",
            500..501,
            Some("People 501 to 501 of 501 are on this page."),
        );
        check(
            2699,
            "99",
            2500..2699,
            Some("People 2,501 to 2,699 of 2,699 are on this page."),
        );
        check(
            2699,
            "0",
            0..500,
            Some("People 1 to 500 of 2,699 are on this page."),
        );
        check(
            2699,
            "-1",
            0..500,
            Some("People 1 to 500 of 2,699 are on this page."),
        );
    }

    #[test]
    fn the_part_is_told_in_the_language_of_the_reader() {
        let german = Texts::of_tag("de").expect("German is there");
        let paging = Paging::of(2699, 500, &Fields::default());
        assert_eq!(
            paging.told(german).as_deref(),
            Some("Auf dieser Seite: Personen 1 bis 500 von 2.699.")
        );
    }
}
