//! [`Text`]: a text as the matcher sees it.

/// A text as characters, with the place of each in bytes.
#[derive(Debug)]
pub struct Text {
    characters: Vec<char>,
    /// The place of each character, and that of the end.
    offsets: Vec<usize>,
}

/// What the whole and the groups matched, in bytes: the whole is the first.
pub type Captures = Vec<Option<(usize, usize)>>;

impl Text {
    /// Takes a text apart.
    pub fn new(text: &str) -> Self {
        let mut offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
        offsets.push(text.len());
        Self {
            characters: text.chars().collect(),
            offsets,
        }
    }

    /// Returns the number of the character at `offset` bytes.
    pub(super) fn index(&self, offset: usize) -> usize {
        self.offsets.partition_point(|it| *it < offset)
    }

    pub(super) fn offset(&self, index: usize) -> usize {
        let last = self.offsets.last().copied().unwrap_or(0);
        self.offsets.get(index).copied().unwrap_or(last)
    }

    pub(super) fn len(&self) -> usize {
        self.characters.len()
    }

    pub(super) fn before(&self, index: usize) -> Option<char> {
        self.characters.get(index.checked_sub(1)?).copied()
    }

    pub(super) fn at(&self, index: usize) -> Option<char> {
        self.characters.get(index).copied()
    }
}
