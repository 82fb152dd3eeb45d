//! Pages of a list, as the platform cuts and describes them.
//!
//! Pure. Pages count from 1, positions inside the list from 0 and inclusively. A page beyond the
//! end is empty and leaves `page`, `pageStart` and `pageEnd` out.

use serde_json::{Value, json};

use super::refusal::Refused;

/// How many records a page has unless asked otherwise.
const PER_PAGE_DEFAULT: usize = 100;
/// How many records a page has at most; more is cut to this without a word.
const PER_PAGE_MAX: usize = 1_000;

/// The parameters of a request's query string, decoded, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    /// Finds the last value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rfind(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Lists all values of a repeated parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Says whether a value passes the filter of a repeated parameter; all pass where there is none.
    ///
    /// A comma-joined list is one value and so matches nothing, as on the platform.
    pub(super) fn passes(&self, name: &str, value: Option<&str>) -> bool {
        self.all(name).next().is_none() || self.all(name).any(|wanted| Some(wanted) == value)
    }
}

/// Which page of a list was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) page: usize,
    pub(super) per_page: usize,
}

impl Wanted {
    /// Reads `page` and `perPage`; refuses what is not a number in range.
    pub(super) fn read(query: &Query) -> Result<Self, Refused> {
        let page = number(query, "page", 1, 1)?;
        let per_page = number(query, "perPage", PER_PAGE_DEFAULT, 0)?.min(PER_PAGE_MAX);
        Ok(Self { page, per_page })
    }

    /// Gives the positions of the page's records in a list, `[from, until)`, moved back by `shift`.
    pub(super) fn range(self, total: usize, shift: usize) -> (usize, usize) {
        let from = (self.page - 1)
            .saturating_mul(self.per_page)
            .saturating_sub(shift)
            .min(total);
        (from, from.saturating_add(self.per_page).min(total))
    }
}

fn number(query: &Query, name: &str, default: usize, least: usize) -> Result<usize, Refused> {
    match query.get(name) {
        None => Ok(default),
        Some("max") if name == "perPage" => Ok(PER_PAGE_MAX),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| *number >= least)
            .ok_or_else(|| Refused::invalid_parameter(name, text)),
    }
}

/// Composes a list's answer around the records of one page.
///
/// `uri` is the list's own address without a query; `total` the length of the whole list.
pub(super) fn envelope(uri: &str, wanted: Wanted, total: usize, records: Vec<Value>) -> Value {
    let Wanted { page, per_page } = wanted;
    let pages = if per_page == 0 {
        0
    } else {
        total.div_ceil(per_page)
    };
    let link = |page: usize| json!({"uri": format!("{uri}?page={page}&perPage={per_page}")});
    let mut paging = json!({"perPage": per_page, "totalPages": pages, "totalElements": total});
    let mut navigation = json!({"firstPage": link(1), "lastPage": link(pages.max(1))});
    if !records.is_empty() {
        let from = (page - 1) * per_page;
        paging["page"] = json!(page);
        paging["pageStart"] = json!(from);
        paging["pageEnd"] = json!((from + per_page).min(total).saturating_sub(1));
        if page > 1 {
            navigation["previousPage"] = link(page - 1);
        }
        if page < pages {
            navigation["nextPage"] = link(page + 1);
        }
    }
    let mut body = json!({
        "uri": format!("{uri}?page={page}&perPage={per_page}"),
        "paging": paging,
        "navigation": navigation,
    });
    body["records"] = Value::Array(records);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        Query(
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_middle_page_is_described_as_the_platform_does() {
        let wanted = Wanted {
            page: 2,
            per_page: 3,
        };
        assert_eq!(wanted.range(23, 0), (3, 6));
        let page = envelope("u", wanted, 23, vec![json!(1), json!(2), json!(3)]);
        let expected = json!({"page":2,"totalPages":8,"perPage":3,"totalElements":23,"pageStart":3,"pageEnd":5});
        assert_eq!(page["paging"], expected);
        assert_eq!(page["navigation"]["nextPage"]["uri"], "u?page=3&perPage=3");
        assert_eq!(page["navigation"]["lastPage"]["uri"], "u?page=8&perPage=3");
    }

    #[test]
    fn a_page_beyond_the_end_is_empty() {
        let wanted = Wanted {
            page: 9,
            per_page: 3,
        };
        assert_eq!(wanted.range(23, 0), (23, 23));
        let page = envelope("u", wanted, 23, Vec::new());
        assert_eq!(
            page["paging"],
            json!({"perPage":3,"totalPages":8,"totalElements":23})
        );
        assert!(page["navigation"].get("nextPage").is_none());
    }

    #[test]
    fn nonsense_is_refused_and_too_much_is_cut() {
        for bad in ["0", "-1", "abc", "", "1.5"] {
            assert!(Wanted::read(&query(&[("page", bad)])).is_err(), "{bad}");
        }
        assert!(Wanted::read(&query(&[("perPage", "abc")])).is_err());
        let cut = Wanted::read(&query(&[("perPage", "5000")])).expect("cut");
        assert_eq!(
            cut,
            Wanted {
                page: 1,
                per_page: 1_000
            }
        );
        let huge = Wanted {
            page: usize::MAX,
            per_page: 1_000,
        };
        assert_eq!(huge.range(10, 0), (10, 10));
    }

    #[test]
    fn a_repeated_filter_matches_any_and_a_joined_one_nothing() {
        let repeated = query(&[("type", "User"), ("type", "IvrMenu")]);
        assert!(repeated.passes("type", Some("IvrMenu")) && !repeated.passes("type", Some("Bot")));
        assert!(!query(&[("type", "User,IvrMenu")]).passes("type", Some("User")));
        assert!(repeated.passes("status", None));
    }
}
