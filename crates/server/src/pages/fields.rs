//! The fields of an address: what a form or a link asks for, in the order in which it was written.

use form_urlencoded::{Serializer, parse};

/// The field that says whose history is shown, where a store holds several accounts.
pub(super) const ACCOUNT: &str = "account";

/// The fields of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Those of the part of an address after its question mark. Empty ones are left out: a form sends them for what
    /// was not filled in.
    pub(super) fn read(query: Option<&str>) -> Self {
        let fields = parse(query.unwrap_or_default().as_bytes()).into_owned();
        let fields = fields.map(|(name, value)| (name, value.trim().to_owned()));
        Self(fields.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The last value of a field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().rev();
        values.find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// All values of a field that may be given several times, in their order.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.0.iter().filter(move |(known, _)| known == name);
        values.map(|(_, value)| value.as_str())
    }

    /// The fields, by name and value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same with one field set.
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut fields = self.without(&[name]);
        if !value.is_empty() {
            fields.0.push((name.to_owned(), value.to_owned()));
        }
        fields
    }

    /// The same with one more field, which may be there already.
    pub(super) fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without some fields.
    pub(super) fn without(&self, names: &[&str]) -> Self {
        let fields = self.0.iter();
        let kept = fields.filter(|(name, _)| !names.contains(&name.as_str()));
        Self(kept.cloned().collect())
    }

    /// Only some of the fields; and the account, which every address keeps.
    pub(super) fn only(&self, names: &[&str]) -> Self {
        let fields = self.0.iter();
        let kept = fields.filter(|(name, _)| name == ACCOUNT || names.contains(&name.as_str()));
        Self(kept.cloned().collect())
    }

    /// The same in the zone that others ask for.
    pub(super) fn and_zone(self, others: &Self) -> Self {
        match others.get("zone") {
            Some(zone) => self.with("zone", zone),
            None => self,
        }
    }

    /// The address of `path` with these fields.
    pub(super) fn address(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.0);
        format!("{path}?{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_filled_in_is_not_asked_for() {
        let fields = Fields::read(Some(
            "zone=Europe%2FBerlin&policy=&department=a%26b&by=day&by=site",
        ));
        assert_eq!(fields.get("policy"), None);
        assert_eq!(fields.get("department"), Some("a&b"));
        assert_eq!(fields.all("by").collect::<Vec<_>>(), ["day", "site"]);
        assert_eq!(Fields::read(None), Fields::default());
    }

    #[test]
    fn an_address_reads_as_it_was_written() {
        let fields = Fields::default()
            .with("department", "R&D \"north\" <b>")
            .with("zone", "Europe/Berlin")
            .with("zone", "UTC");
        let address = fields.address("/day/2026-11-04");
        assert_eq!(
            address,
            "/day/2026-11-04?department=R%26D+%22north%22+%3Cb%3E&zone=UTC"
        );
        let query = address.split_once('?').map(|(_, query)| query);
        assert_eq!(Fields::read(query), fields);
        assert_eq!(fields.without(&["zone", "department"]).address("/"), "/");
        let kept = fields.with(ACCOUNT, "5").only(&["zone"]);
        assert_eq!(kept.address("/"), "/?zone=UTC&account=5");
    }
}
