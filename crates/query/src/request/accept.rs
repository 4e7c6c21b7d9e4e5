//! The `Accept` header: which of the forms that we can produce the client likes best.

use underpin_base::{Code, Error, Result};

use super::{Format, PlanForm, PlanOf};

/// What a request wants described or answered, which decides what can be produced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// Rows.
    Rows,
    /// Rows, or how they would be found.
    RowsAndPlan,
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
    if let Some((form, other)) = plan_form(range) {
        let told = offer == Offer::RowsAndPlan && other.is_none();
        return told.then_some(Format::Plan(form));
    }
    if offer == Offer::RowsAndPlan {
        return produced(range, Offer::Rows);
    }
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
    let types: Vec<String> = ranges.iter().map(|range| said(range)).collect();
    Error::new(
        Code::NOT_ACCEPTABLE,
        format!(
            "None of these media types are available: {}",
            types.join(", ")
        ),
    )
}

/// A media range as PostgREST repeats it: without its quality, a plan with all that it stands for.
fn said(range: &str) -> String {
    if let Some((form, other)) = plan_form(range) {
        return plan_type_of(form, other.as_deref());
    }
    let parts: Vec<&str> = split_outside_quotes(range, ';')
        .filter(|part| !part.starts_with("q="))
        .collect();
    parts.join(";")
}

/// Reads `application/vnd.pgrst.plan`; the text is what it is for, when that cannot be made.
fn plan_form(range: &str) -> Option<(PlanForm, Option<String>)> {
    let mut parts = split_outside_quotes(range, ';');
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = match media_type.strip_prefix("application/vnd.pgrst.plan")? {
        "" | "+text" => false,
        "+json" => true,
        _ => return None,
    };
    let mut form = PlanForm {
        json,
        ..PlanForm::default()
    };
    let mut other = None;
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim_matches('"');
        match name {
            "for" => match plan_of(value) {
                Some(of) => form.of = of,
                None => other = Some(value.to_owned()),
            },
            "options" => {
                let has = |word: &str| value.split('|').any(|option| option == word);
                form.analyze = has("analyze");
                form.verbose = has("verbose");
                form.settings = has("settings");
                form.buffers = has("buffers");
                form.wal = has("wal");
            }
            _ => {}
        }
    }
    Some((form, other))
}

fn plan_of(media_type: &str) -> Option<PlanOf> {
    match produced(media_type, Offer::Rows)? {
        Format::Array { strip_nulls: false } => Some(PlanOf::Array),
        Format::Array { strip_nulls: true } => Some(PlanOf::StrippedArray),
        Format::Object { strip_nulls: false } => Some(PlanOf::Object),
        Format::Object { strip_nulls: true } => Some(PlanOf::StrippedObject),
        Format::Csv => Some(PlanOf::Csv),
        Format::Plan(_) => None,
    }
}

/// Returns the media type of a plan in `form`.
pub(crate) fn plan_type(form: PlanForm) -> String {
    plan_type_of(form, None)
}

fn plan_type_of(form: PlanForm, other: Option<&str>) -> String {
    let suffix = if form.json { "json" } else { "text" };
    let of = match form.of {
        PlanOf::Array => "application/json",
        PlanOf::StrippedArray => "application/vnd.pgrst.array+json;nulls=stripped",
        PlanOf::Object => "application/vnd.pgrst.object+json",
        PlanOf::StrippedObject => "application/vnd.pgrst.object+json;nulls=stripped",
        PlanOf::Csv => "text/csv",
    };
    let of = other.unwrap_or(of);
    let options = [
        (form.analyze, "analyze"),
        (form.verbose, "verbose"),
        (form.settings, "settings"),
        (form.buffers, "buffers"),
        (form.wal, "wal"),
    ];
    let given: Vec<&str> = options
        .into_iter()
        .filter_map(|(given, word)| given.then_some(word))
        .collect();
    let mut media_type = format!("application/vnd.pgrst.plan+{suffix}; for=\"{of}\"");
    if !given.is_empty() {
        media_type.push_str("; options=");
        media_type.push_str(&given.join("|"));
    }
    media_type
}
