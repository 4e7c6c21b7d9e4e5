//! [`RequestSettings`]: what functions and policies may ask of the HTTP request, as `current_setting('request.…', true)`.

use serde_json::{Map, Value as Json};

use super::Incoming;

/// The settings `request.*`, but for those of the token.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RequestSettings {
    /// `request.method`.
    pub method: String,
    /// `request.path`.
    pub path: String,
    /// `request.headers`: a JSON object, names in lower case.
    pub headers: String,
    /// `request.cookies`: a JSON object.
    pub cookies: String,
}

impl RequestSettings {
    /// Returns those of `incoming`.
    pub fn of(incoming: &Incoming<'_>) -> Self {
        let mut headers = Map::new();
        let mut cookies = Map::new();
        for (name, value) in incoming.headers {
            let name = name.to_ascii_lowercase();
            if name != "cookie" {
                headers.insert(name, Json::from(*value));
                continue;
            }
            for cookie in value.split(';') {
                if let Some((name, value)) = cookie.split_once('=') {
                    cookies.insert(name.trim().to_owned(), Json::from(value.trim()));
                }
            }
        }
        Self {
            method: incoming.method.to_owned(),
            path: format!("/{}", incoming.path),
            headers: Json::Object(headers).to_string(),
            cookies: Json::Object(cookies).to_string(),
        }
    }

    /// Returns the setting `name`; nothing when it is none of these.
    pub fn get(&self, name: &str) -> Option<String> {
        match name {
            "request.method" => Some(self.method.clone()),
            "request.path" => Some(self.path.clone()),
            "request.headers" => Some(self.headers.clone()),
            "request.cookies" => Some(self.cookies.clone()),
            _ => {
                let header = name.strip_prefix("request.header.");
                let cookie = name.strip_prefix("request.cookie.");
                let (text, member) = match (header, cookie) {
                    (Some(name), _) => (&self.headers, name),
                    (None, Some(name)) => (&self.cookies, name),
                    (None, None) => return None,
                };
                let object: Map<String, Json> = serde_json::from_str(text).ok()?;
                object.get(member)?.as_str().map(str::to_owned)
            }
        }
    }
}
