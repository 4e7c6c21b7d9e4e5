//! What a request supplies to expressions: who asks, and what may be asked of the HTTP request.

use underpin_base::{Error, Identity, Result, Value};
use underpin_query::request::RequestSettings;
use underpin_sql::tree::Context;
use underpin_sql::types::{Type, input};

/// Returns what a request of `identity` supplies for `context`, but for the time, which is the engine's.
pub(crate) fn supplied(
    context: &Context,
    identity: &Identity,
    asked: Option<&RequestSettings>,
) -> Result<Value> {
    let claims = &identity.claims;
    let text = |value: Option<&str>| value.map_or(Value::Null, Value::text);
    Ok(match context {
        Context::Now => return Err(Error::internal("the time is the engine's")),
        Context::CurrentUser => Value::text(&*identity.role),
        Context::Role => text(claims.text("role")),
        Context::Email => text(claims.text("email")),
        // A `sub` that is no uuid (a token of a foreign issuer) is nobody of ours.
        Context::Uid => claims
            .text("sub")
            .and_then(|sub| uuid::Uuid::try_parse(sub).ok())
            .map_or(Value::Null, |uid| Value::text(uid.to_string())),
        Context::Jwt if claims.as_json_text().is_empty() => Value::Null,
        Context::Jwt => input(&Type::Jsonb, claims.as_json_text())?,
        Context::Setting(name) => setting(name, identity, asked),
    })
}

/// Returns the setting `name` as PostgREST would have set it; null when it would not have.
fn setting(name: &str, identity: &Identity, asked: Option<&RequestSettings>) -> Value {
    if let Some(asked) = asked.and_then(|asked| asked.get(name)) {
        return Value::text(asked);
    }
    let claims = &identity.claims;
    match name {
        "request.jwt.claims" if claims.as_json_text().is_empty() => Value::Null,
        "request.jwt.claims" => Value::text(claims.as_json_text()),
        "role" => Value::text(&*identity.role),
        _ => match name.strip_prefix("request.jwt.claim.") {
            Some(claim) => match claims.get(claim) {
                None | Some(serde_json::Value::Null) => Value::Null,
                Some(serde_json::Value::String(text)) => Value::text(text.as_str()),
                Some(other) => Value::text(other.to_string()),
            },
            None => Value::Null,
        },
    }
}
