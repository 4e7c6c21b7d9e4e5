//! [`Identity`]: who asks, as far as the database is concerned: a role and the claims of a verified token.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::Name;

/// The claims of a verified token, with what policies ask for most kept at hand.
#[derive(Debug, Default)]
pub struct Claims {
    text: String,
    claims: Map<String, Json>,
}

impl Claims {
    /// Wraps claims whose signature and times were checked.
    pub fn new(claims: Map<String, Json>) -> Self {
        let text = Json::Object(claims.clone()).to_string();
        Self { text, claims }
    }

    /// Returns the claims as JSON text, as `request.jwt.claims` holds them.
    pub fn as_json_text(&self) -> &str {
        &self.text
    }

    /// Returns one claim when it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Json::as_str)
    }

    /// Returns one claim.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.claims.get(name)
    }
}

/// A role and its claims; cheap to clone.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The database role: `anon`, `authenticated`, `service_role`, or one that a migration created.
    pub role: Name,
    /// The claims; empty for a visitor.
    pub claims: Arc<Claims>,
}

impl Identity {
    /// Returns an identity of role `role` with `claims`.
    pub fn new(role: impl Into<Name>, claims: Claims) -> Self {
        Self {
            role: role.into(),
            claims: Arc::new(claims),
        }
    }

    /// Returns the visitor: role `anon`, and only that as its claim.
    pub fn visitor() -> Self {
        Self::of_role("anon")
    }

    /// Returns an identity whose only claim is its role.
    pub fn of_role(role: &str) -> Self {
        let claims = Map::from_iter([("role".to_owned(), Json::from(role))]);
        Self::new(role, Claims::new(claims))
    }

    /// Tells whether this is the visitor's role: a refusal is then 401, not 403.
    pub fn is_anonymous(&self) -> bool {
        &*self.role == "anon"
    }
}
