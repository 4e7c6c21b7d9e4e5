//! The `Accept` header: which of the forms that we can produce the client likes best.

use underpin_base::{Code, Error, Result};

use super::Format;

/// What a request wants described or answered, which decides what can be produced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// Rows.
    Rows,
    /// The description of the API.
    Description,
}

/// Chooses the form of the answer. No header, or an empty one, takes anything.
pub(super) fn format(header: Option<&str>, offer: Offer) -> Result<Format> {
    let ranges = media_ranges(header.unwrap_or_default());
    if ranges.is_empty() {
        return Ok(Format::Array { strip_nulls: false });
    }
    ranges
        .iter()
        .find_map(|range| produced(range, offer))
        .ok_or_else(|| not_acceptable(&ranges))
}

/// Splits the header into its media ranges, the most liked first; equally liked ones stay in their order.
fn media_ranges(header: &str) -> Vec<&str> {
    let mut ranges: Vec<(&str, u16)> = split_outside_quotes(header, ',')
        .filter(|range| !range.is_empty())
        .map(|range| (range, quality(range)))
        .filter(|(_, quality)| *quality > 0)
        .collect();
    ranges.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
    ranges.into_iter().map(|(range, _)| range).collect()
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .map(str::trim)
}

/// Returns `q=` in thousandths; 1,000 when absent or senseless.
fn quality(range: &str) -> u16 {
    split_outside_quotes(range, ';')
        .skip(1)
        .find_map(|parameter| parameter.strip_prefix("q="))
        .and_then(|value| value.parse::<f32>().ok())
        .filter(|quality| (0.0..=1.0).contains(quality))
        .map_or(1_000, |quality| (quality * 1_000.0).round() as u16)
}

fn produced(range: &str, offer: Offer) -> Option<Format> {
    let mut parts = split_outside_quotes(range, ';');
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let strip_nulls = parts.any(|parameter| parameter == "nulls=stripped");
    let plain = Format::Array { strip_nulls: false };
    match (media_type.as_str(), offer) {
        ("*/*" | "application/*" | "application/json", _) => Some(plain),
        ("application/openapi+json", Offer::Description) => Some(plain),
        ("application/vnd.pgrst.array+json" | "application/vnd.pgrst.array", Offer::Rows) => {
            Some(Format::Array { strip_nulls })
        }
        ("application/vnd.pgrst.object+json" | "application/vnd.pgrst.object", Offer::Rows) => {
            Some(Format::Object { strip_nulls })
        }
        ("text/csv", Offer::Rows) => Some(Format::Csv),
        _ => None,
    }
}

fn not_acceptable(ranges: &[&str]) -> Error {
    let types: Vec<&str> = ranges
        .iter()
        .map(|range| split_outside_quotes(range, ';').next().unwrap_or_default())
        .collect();
    Error::new(
        Code::NOT_ACCEPTABLE,
        format!(
            "None of these media types are available: {}",
            types.join(", ")
        ),
    )
}
