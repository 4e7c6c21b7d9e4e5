use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value as Json, json};
use underpin_base::{Identity, Result, Secret};

use super::Gate;
use super::cache::TokenCache;
use crate::keys::{Keys, Stored, sign};
use crate::settings::{Settings, Sources};

const NOW: i64 = 1_800_000_000;

/// A gate, the keys behind it, and an ES256 key pair of another issuer whose public half `auth.jwks` holds.
struct Fixture {
    gate: Gate,
    stored: Stored,
    foreign: Stored,
}

impl Fixture {
    fn new() -> Self {
        let stored = Stored::generate().unwrap();
        let foreign = Stored::generate().unwrap();
        let flags = vec![
            format!(
                "auth.jwks={}",
                json!({"keys": [foreign.signing_key.public]})
            ),
            "auth.jwt_issuer=https://issuer".to_owned(),
            "auth.jwt_aud=shop".to_owned(),
        ];
        let settings = Settings::load(&Sources {
            flags,
            ..Sources::default()
        })
        .unwrap();
        let mut keys = Keys::from_stored(&stored, &settings.keys).unwrap();
        // Tokens of the fixture's clock, not of the machine's.
        keys.anon = Secret::new(hs256(&stored, &json!({"role": "anon", "iat": NOW})));
        keys.service_role = Secret::new(hs256(&stored, &json!({"role": "service_role"})));
        let gate = Gate::new(&settings, keys, || NOW).unwrap();
        Self {
            gate,
            stored,
            foreign,
        }
    }

    fn identify(&self, headers: &[(&'static str, &str)]) -> Result<Identity> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let roles = ["anon", "authenticated", "service_role"];
        self.gate.identify(&map, None, |role| roles.contains(&role))
    }

    fn bearer(&self, token: &str) -> Result<Identity> {
        self.identify(&[("authorization", &format!("Bearer {token}"))])
    }

    #[track_caller]
    fn check_refused(&self, token: &str, code: &str, message: &str) {
        let error = self.bearer(token).unwrap_err();
        assert_eq!((error.code().as_str(), error.message()), (code, message));
    }
}

fn hs256(stored: &Stored, claims: &Json) -> String {
    sign(claims, &Secret::new(stored.jwt_secret.as_str())).unwrap()
}

fn es256(stored: &Stored, claims: &Json) -> String {
    let mut header = Header::new(Algorithm::ES256);
    header.kid = stored.signing_key.public["kid"].as_str().map(str::to_owned);
    let key = STANDARD.decode(&stored.signing_key.private).unwrap();
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&key)).unwrap()
}

fn unsigned(header: &Json, claims: &Json, signature: &str) -> String {
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

fn user() -> Json {
    json!({"role": "authenticated", "sub": "7a"})
}

#[test]
fn each_key_makes_its_role() {
    let fixture = Fixture::new();
    let keys = fixture.gate.keys();
    let role =
        |headers: &[(&'static str, &str)]| fixture.identify(headers).unwrap().role.to_string();
    let (publishable, secret) = (keys.publishable.expose(), keys.secret.expose());
    let bearer = |key: &str| format!("Bearer {key}");
    let user = bearer(&hs256(&fixture.stored, &user()));
    assert_eq!(role(&[]), "anon");
    assert_eq!(role(&[("apikey", publishable)]), "anon");
    assert_eq!(role(&[("apikey", secret)]), "service_role");
    assert_eq!(role(&[("apikey", keys.anon.expose())]), "anon");
    assert_eq!(
        role(&[("apikey", keys.service_role.expose())]),
        "service_role"
    );
    // Signed out: the client sends its key twice.
    assert_eq!(
        role(&[
            ("apikey", publishable),
            ("authorization", &bearer(publishable))
        ]),
        "anon"
    );
    assert_eq!(
        role(&[("apikey", secret), ("authorization", &bearer(secret))]),
        "service_role"
    );
    // The key decides over an opaque bearer, a token over the key.
    assert_eq!(
        role(&[("apikey", publishable), ("authorization", &bearer(secret))]),
        "anon"
    );
    assert_eq!(
        role(&[("apikey", publishable), ("authorization", &user)]),
        "authenticated"
    );
    assert_eq!(
        role(&[("apikey", secret), ("authorization", &user)]),
        "authenticated"
    );
    assert_eq!(role(&[("authorization", &bearer(secret))]), "service_role");
    assert_eq!(
        role(&[("authorization", &user.replace("Bearer", "bEARER"))]),
        "authenticated"
    );
    // Another scheme is that of a proxy before the server.
    assert_eq!(
        role(&[("authorization", "Basic dTpw"), ("apikey", secret)]),
        "service_role"
    );
}

#[test]
fn the_key_of_a_url_counts_where_a_service_takes_it() {
    let fixture = Fixture::new();
    let secret = fixture.gate.keys().secret.expose();
    let identify = |key| fixture.gate.identify(&HeaderMap::new(), key, |_| true);
    assert_eq!(&*identify(Some(secret)).unwrap().role, "service_role");
    assert!(identify(Some("sb_secret_no")).is_err());
}

#[test]
fn a_wrong_key_is_refused_even_beside_a_right_token() {
    let fixture = Fixture::new();
    let user = format!("Bearer {}", hs256(&fixture.stored, &user()));
    let other = hs256(&fixture.foreign, &json!({"role": "anon"}));
    let secret = fixture.gate.keys().secret.expose();
    for headers in [
        &[("apikey", "sb_publishable_no")][..],
        &[("apikey", "")],
        &[("apikey", "anything")],
        &[("apikey", other.as_str())],
        &[("apikey", &secret[..secret.len() - 1])],
        &[("apikey", "sb_secret_no"), ("authorization", &user)],
        &[("authorization", "Bearer sb_secret_no")],
        &[("apikey", secret), ("authorization", "Bearer sb_secret_no")],
    ] {
        let error = fixture.identify(headers).unwrap_err();
        assert_eq!(error.code().as_str(), "api_key_invalid", "{headers:?}");
        assert_eq!(error.code().status(true), 401);
    }
}

#[test]
fn tokens_of_each_accepted_kind_are_verified() {
    let fixture = Fixture::new();
    let identity = fixture.bearer(&hs256(&fixture.stored, &user())).unwrap();
    assert_eq!(
        (&*identity.role, identity.claims.text("sub")),
        ("authenticated", Some("7a"))
    );
    let own = fixture.bearer(&es256(&fixture.stored, &user())).unwrap();
    assert_eq!(&*own.role, "authenticated");
    let issued = json!({"role": "authenticated", "iss": "https://issuer"});
    assert!(fixture.bearer(&es256(&fixture.foreign, &issued)).is_ok());
    // The same key, but not its issuer.
    let error = fixture
        .bearer(&es256(&fixture.foreign, &user()))
        .unwrap_err();
    assert_eq!(error.code().as_str(), "PGRST301");
    // Without a role, the visitor's; the claim is there for `auth.role()`.
    let visitor = fixture
        .bearer(&hs256(&fixture.stored, &json!({"sub": "x"})))
        .unwrap();
    assert_eq!(
        (&*visitor.role, visitor.claims.text("role")),
        ("anon", Some("anon"))
    );
}

#[test]
fn a4_forged_tokens_are_refused() {
    let fixture = Fixture::new();
    let claims = json!({"role": "service_role"});
    const KEY: &str = "No suitable key or wrong key type";
    const ALGORITHM: &str = "Wrong or unsupported encoding algorithm";
    for algorithm in ["none", "None", "NONE", "HS384", "ES384", "RS1", ""] {
        let token = unsigned(&json!({"alg": algorithm}), &claims, "");
        fixture.check_refused(&token, "PGRST301", ALGORITHM);
    }
    fixture.check_refused(&unsigned(&json!({}), &claims, ""), "PGRST301", ALGORITHM);
    fixture.check_refused(
        &unsigned(&json!({"alg": "HS256"}), &claims, ""),
        "PGRST301",
        KEY,
    );
    // HS256 with what is public of an asymmetric key as the secret.
    let public = &fixture.stored.signing_key.public;
    for secret in [
        public.to_string(),
        public["x"].as_str().unwrap().to_owned(),
        String::new(),
    ] {
        let token = sign(&claims, &Secret::new(secret)).unwrap();
        fixture.check_refused(&token, "PGRST301", KEY);
    }
    // Of another project, and with a signature that belongs to other claims.
    fixture.check_refused(&hs256(&fixture.foreign, &claims), "PGRST301", KEY);
    let real = hs256(&fixture.stored, &user());
    let signature = real.rsplit('.').next().unwrap();
    let swapped = unsigned(&json!({"alg": "HS256", "typ": "JWT"}), &claims, signature);
    fixture.check_refused(&swapped, "PGRST301", KEY);
    // A key named by the token itself is not looked at.
    let embedded = unsigned(
        &json!({"alg": "ES256", "jwk": public, "jku": "http://evil"}),
        &claims,
        "AA",
    );
    fixture.check_refused(&embedded, "PGRST301", KEY);
    let critical = unsigned(&json!({"alg": "HS256", "crit": ["b64"]}), &claims, "AA");
    fixture.check_refused(&critical, "PGRST301", "Unsupported token type");
    fixture.check_refused("abc", "PGRST301", "Expected 3 parts in JWT; got 1");
    fixture.check_refused("a.b.c.d.e", "PGRST301", "Expected 3 parts in JWT; got 5");
    fixture.check_refused("a.b.c", "PGRST301", "JWT couldn't be decoded");
    fixture.check_refused("", "PGRST301", "Empty JWT is sent in Authorization header");
}

#[test]
fn claims_are_checked_with_thirty_seconds_of_grace() {
    let fixture = Fixture::new();
    let check = |claims: Json, expected: &str| {
        let found = match fixture.bearer(&hs256(&fixture.stored, &claims)) {
            Ok(_) => "ok".to_owned(),
            Err(error) => {
                assert_eq!(error.code().as_str(), "PGRST303");
                error.message().to_owned()
            }
        };
        assert_eq!(found, expected, "{claims}");
    };
    check(json!({"exp": NOW}), "ok");
    check(json!({"exp": NOW - 30}), "ok");
    check(json!({"exp": NOW - 31}), "JWT expired");
    check(json!({"exp": 0}), "JWT expired");
    check(json!({"exp": -1e300}), "JWT expired");
    check(json!({"exp": 1e300}), "ok");
    check(json!({"exp": null}), "ok");
    check(
        json!({"exp": "soon"}),
        "The JWT 'exp' claim must be a number",
    );
    check(json!({"nbf": NOW + 30}), "ok");
    check(json!({"nbf": NOW + 31}), "JWT not yet valid");
    check(json!({"nbf": []}), "The JWT 'nbf' claim must be a number");
    check(json!({"iat": NOW + 31}), "JWT issued at future");
    check(json!({"iat": true}), "The JWT 'iat' claim must be a number");
    check(json!({"aud": "shop"}), "ok");
    check(json!({"aud": ["other", "shop"]}), "ok");
    check(json!({"aud": []}), "ok");
    check(json!({"aud": "other"}), "JWT not in audience");
    check(json!({"aud": ["other"]}), "JWT not in audience");
    check(
        json!({"aud": 1}),
        "The JWT 'aud' claim must be a string or an array of strings",
    );
    check(json!([1]), "Parsing claims failed");
}

#[test]
fn a_role_that_does_not_exist_is_refused() {
    let fixture = Fixture::new();
    let error = fixture
        .bearer(&hs256(&fixture.stored, &json!({"role": "postgres"})))
        .unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.message()),
        ("22023", "role \"postgres\" does not exist")
    );
}

#[test]
fn the_cache_is_bounded_and_forgets_what_expired() {
    let cache = TokenCache::new(10);
    for index in 0..1000 {
        let hash = TokenCache::hash(&index.to_string());
        cache.insert(hash, Identity::visitor(), NOW);
        assert!(cache.get(&hash, NOW).is_some());
        assert!(cache.len() <= 10);
    }
    assert!(cache.get(&TokenCache::hash("999"), NOW + 1).is_none());
    assert!(cache.get(&TokenCache::hash("1"), NOW).is_none());
}

proptest::proptest! {
    #[test]
    fn no_header_makes_a_panic_or_a_role(header in "[ -~]{0,80}") {
        let fixture = Fixture::new();
        for name in ["apikey", "authorization"] {
            let role = fixture.identify(&[(name, &header)]).map(|identity| identity.role.to_string());
            assert!(role.is_err() || role.is_ok_and(|role| role == "anon"));
        }
    }

    #[test]
    fn a_token_with_one_letter_changed_is_refused(place in 0usize..200, letter in "[A-Za-z0-9_-]") {
        let fixture = Fixture::new();
        let token = hs256(&fixture.stored, &user());
        let place = place % token.len();
        let changed = format!("{}{letter}{}", &token[..place], &token[place + 1..]);
        // The last letter of a signature has bits that mean nothing.
        let same = changed == token || place == token.len() - 1;
        assert!(same || fixture.bearer(&changed).is_err());
    }
}
