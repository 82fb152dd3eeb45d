//! Which languages a browser asks for.

/// So many languages of a header are read; more are not.
const TAGS_MAX: usize = 32;

/// The tags of an `Accept-Language` (RFC 9110, 12.5.4), the most wanted first; those of quality 0 are left out.
pub(crate) fn tags(header: &str) -> Vec<&str> {
    let mut wanted: Vec<(&str, f32)> = header
        .split(',')
        .take(TAGS_MAX)
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().filter(|tag| !tag.is_empty())?;
            let quality = parts.find_map(|part| part.strip_prefix("q="));
            let quality = quality.map_or(Some(1.0), |text| text.trim().parse::<f32>().ok())?;
            (quality > 0.0).then_some((tag, quality))
        })
        .collect();
    wanted.sort_by(|one, other| other.1.total_cmp(&one.1));
    wanted.into_iter().map(|(tag, _)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_comes_first() {
        assert_eq!(
            tags("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.85, *;q=0.5"),
            ["fr-CH", "fr", "de", "en", "*"]
        );
        assert_eq!(tags("en;q=0, de"), ["de"]);
        assert!(tags("").is_empty());
        assert_eq!(tags("en;q=high, ,de ; q=0.1"), ["de"]);
    }
}
