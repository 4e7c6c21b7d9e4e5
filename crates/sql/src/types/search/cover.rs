//! `ts_rank_cd`: how well a vector matches a query, by how densely its words stand together.

use std::collections::HashMap;

use underpin_base::{Code, Error, Result};

use super::matching::{Answer, Places, Words, evaluate};
use super::query::{Node, Operand, Query};
use super::rank::{Normalization, Weights, length};
use super::vector::Position;
use super::view::View;

/// The most positions that are looked at: covers are looked for from each of them on.
const STEPS_MAX: usize = 2_000_000;

/// A place of the document where words of the query stand.
struct Place<'q> {
    position: Position,
    /// Tells apart words that stand at one position.
    entry: usize,
    operands: Vec<&'q Operand>,
}

/// A stretch of the document that satisfies the query and has none within it that does.
struct Extent {
    first: usize,
    last: usize,
}

/// Returns `ts_rank_cd(weights, vector, query, normalization)` of a canonical vector.
///
/// # Errors
/// `54001` when it takes too many steps.
pub fn rank_of_covers(
    weights: &Weights,
    vector: &str,
    query: &Query,
    normalization: i64,
) -> Result<f32> {
    let view = View::new(vector);
    let Some(root) = &query.root else {
        return Ok(0.0);
    };
    let places = places(&view, root);
    let (mut sum, mut distances, mut extents) = (0.0f64, 0.0f64, 0u32);
    let mut previous = 0.0f64;
    let mut from = 0;
    let mut steps = STEPS_MAX;
    while let Some((extent, next)) = cover(&places, root, from, &mut steps)? {
        from = next;
        let covered = places.get(extent.first..=extent.last).unwrap_or_default();
        let inverse: f64 = covered
            .iter()
            .map(|place| 1.0 / f64::from(weight(weights, place.position)))
            .sum();
        let ends =
            |place: Option<&Place<'_>>| place.map_or(0, |place| i64::from(place.position.at));
        let (start, end) = (ends(covered.first()), ends(covered.last()));
        let between = covered.len() as i64 - 1;
        let noise = match (end - start) - between {
            // At the last position that is told apart, half of the words are taken for others.
            negative if negative < 0 => between / 2,
            noise => noise,
        };
        sum += covered.len() as f64 / inverse / (1 + noise) as f64;
        let middle = (end + start) as f64 / 2.0;
        if extents > 0 && middle > previous {
            distances += 1.0 / (middle - previous);
        }
        previous = middle;
        extents += 1;
    }
    if places.is_empty() {
        return Ok(0.0);
    }
    let method = Normalization(normalization);
    let (length, unique) = (length(&view), view.entries.len());
    if method.has(Normalization::LOG_LENGTH) {
        sum /= ((length + 1) as f64).ln();
    }
    if method.has(Normalization::LENGTH) && length > 0 {
        sum /= length as f64;
    }
    if method.has(Normalization::EXTENT_DISTANCE) && extents > 0 && distances > 0.0 {
        sum /= f64::from(extents) / distances;
    }
    if method.has(Normalization::UNIQUE) {
        sum /= unique as f64;
    }
    if method.has(Normalization::LOG_UNIQUE) {
        sum /= ((unique + 1) as f64).ln() / 2f64.ln();
    }
    if method.has(Normalization::OF_ITSELF) {
        sum /= sum + 1.0;
    }
    Ok(sum as f32)
}

fn weight(weights: &Weights, position: Position) -> f32 {
    weights
        .get(usize::from(position.weight))
        .copied()
        .unwrap_or_default()
}

/// Returns the places of the query's words in the order of the document. Words without positions are left out.
fn places<'q>(view: &View<'_>, root: &'q Node) -> Vec<Place<'q>> {
    let mut operands: Vec<&Operand> = Vec::new();
    root.each_operand(&mut |operand| operands.push(operand));
    let mut places: Vec<Place<'q>> = Vec::new();
    for operand in operands {
        let found = view.entries.iter().enumerate().filter(|(_, entry)| {
            if operand.prefix {
                entry.word.starts_with(&operand.word)
            } else {
                *entry.word == operand.word
            }
        });
        for (index, entry) in found {
            for position in entry.positions() {
                if operand.weights == 0 || operand.weights & (1 << position.weight) != 0 {
                    places.push(Place {
                        position,
                        entry: index,
                        operands: vec![operand],
                    });
                }
            }
        }
    }
    places.sort_by_key(|place| (place.position.at, place.position.weight, place.entry));
    places.dedup_by(|next, place| {
        let same = next.position == place.position && next.entry == place.entry;
        if same {
            place.operands.append(&mut next.operands);
        }
        same
    });
    places
}

/// The words seen so far, with their positions.
#[derive(Default)]
struct Seen<'q> {
    positions: HashMap<&'q Operand, Vec<u32>>,
}

impl<'q> Seen<'q> {
    fn add(&mut self, place: &Place<'q>) {
        let at = u32::from(place.position.at);
        for operand in &place.operands {
            let positions = self.positions.entry(*operand).or_default();
            if !positions.contains(&at) {
                let index = positions.partition_point(|known| *known < at);
                positions.insert(index, at);
            }
        }
    }
}

impl Words for Seen<'_> {
    fn has(&self, operand: &Operand) -> Answer {
        if self.positions.contains_key(operand) {
            Answer::Yes
        } else {
            Answer::No
        }
    }

    fn places(&self, operand: &Operand) -> (Answer, Places) {
        match self.positions.get(operand) {
            Some(at) => (Answer::Yes, Places::of_word(at.clone())),
            None => (Answer::No, Places::default()),
        }
    }
}

/// Returns the first extent of the places from `from` on, and where the next is looked for.
fn cover(
    places: &[Place<'_>],
    root: &Node,
    mut from: usize,
    steps: &mut usize,
) -> Result<Option<(Extent, usize)>> {
    loop {
        let mut seen = Seen::default();
        let mut last = None;
        for (index, place) in places.iter().enumerate().skip(from) {
            count(steps)?;
            seen.add(place);
            if evaluate(root, &seen) != Answer::No {
                last = Some(index);
                break;
            }
        }
        let Some(last) = last else {
            return Ok(None);
        };
        let mut seen = Seen::default();
        for (index, place) in places.iter().enumerate().take(last + 1).skip(from).rev() {
            count(steps)?;
            seen.add(place);
            if evaluate(root, &seen) != Answer::No {
                return Ok(Some((Extent { first: index, last }, index + 1)));
            }
        }
        from += 1;
    }
}

fn count(steps: &mut usize) -> Result<()> {
    *steps = steps.checked_sub(1).ok_or_else(|| {
        Error::new(
            Code::TOO_COMPLEX,
            "the document has too many of the words that it is ranked by",
        )
    })?;
    Ok(())
}
