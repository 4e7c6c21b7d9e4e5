//! [`Secret`]: text that is never printed, serialised or compared in variable time.

/// A secret. It has no `Display` and no `Serialize`; its `Debug` prints nothing of it.
#[derive(Clone, Default)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the one place that signs, verifies or shows it to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares with what a caller presented, in time that depends on the lengths alone.
    pub fn matches(&self, presented: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), presented.as_bytes());
        let difference = ours
            .iter()
            .zip(theirs)
            .fold(0u8, |sum, (a, b)| sum | (a ^ b));
        std::hint::black_box(difference) == 0 && ours.len() == theirs.len()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}
