//! What stands in front of every path where a proxy puts the server below another address.

/// A path like `/presence`, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// Reads a path: it begins with a slash, ends without one, and has no letters that mean something in an address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.strip_suffix('/').unwrap_or(text);
        let is_path = trimmed.is_empty()
            || (trimmed.starts_with('/')
                && trimmed[1..].split('/').all(|part| {
                    !part.is_empty()
                        && part != "."
                        && part != ".."
                        && part
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
                }));
        if is_path {
            return Ok(Self(trimmed.to_owned()));
        }
        Err(format!(
            "{text:?} cannot stand in front of paths: write it like /presence"
        ))
    }

    /// The prefix itself; empty if there is none.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A path below it.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_plain_path() {
        for (text, expected) in [
            ("", ""),
            ("/", ""),
            ("/presence", "/presence"),
            ("/a/b/", "/a/b"),
        ] {
            assert_eq!(Prefix::parse(text), Ok(Prefix(expected.to_owned())));
        }
        for wrong in [
            "presence", "//", "/a//b", "/a b", "/../x", "/{x}", "/a?b", "/\u{e9}",
        ] {
            assert!(Prefix::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
