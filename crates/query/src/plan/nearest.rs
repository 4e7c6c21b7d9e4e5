//! The name that was probably meant: PostgREST's fuzzy search, so that its hints are the same.

/// How alike two names must be.
const SCORE_MIN: f64 = 0.33;

/// Returns the name among `names` that is most like `name`, if one is like it at all.
///
/// A candidate shares three letters in a row with `name`, the ends of the names counted as letters; only when none of those is near
/// enough, one that shares two. Of several, the one of the fewest edits counts.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    scored(name, names).map(|(_, found)| found)
}

/// Returns the name among `names` that is most like `name` but is another; nothing when `name` itself is among them.
pub(super) fn other<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    scored(name, names)
        .filter(|(score, _)| *score < 1.0)
        .map(|(_, found)| found)
}

fn scored<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<(f64, &'n str)> {
    let wanted = name.to_lowercase();
    let names: Vec<(String, &str)> = names.map(|found| (found.to_lowercase(), found)).collect();
    if let Some((_, same)) = names.iter().find(|(lower, _)| *lower == wanted) {
        return Some((1.0, same));
    }
    [3, 2].into_iter().find_map(|size| {
        let grams = grams(&wanted, size);
        let mut best: Option<(f64, &str)> = None;
        for (lower, found) in &names {
            if !self::grams(lower, size)
                .iter()
                .any(|gram| grams.contains(gram))
            {
                continue;
            }
            let score = strsim::normalized_levenshtein(&wanted, lower);
            if score >= SCORE_MIN && best.is_none_or(|(known, _)| score > known) {
                best = Some((score, found));
            }
        }
        best
    })
}

/// The runs of `size` letters in `name`, which begins and ends with a mark; what is no letter of a word is left out.
fn grams(name: &str, size: usize) -> Vec<String> {
    let marked: Vec<char> = std::iter::once('-')
        .chain(
            name.chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | ',')),
        )
        .chain(std::iter::once('-'))
        .collect();
    marked
        .windows(size)
        .map(|window| window.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests;
