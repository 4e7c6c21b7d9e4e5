use std::os::unix::fs::PermissionsExt;

use underpin_base::Secret;

use super::{FILE, Keys, Stored, random};
use crate::settings;

fn none() -> settings::Keys {
    settings::Keys {
        publishable: None,
        secret: None,
        jwt_secret: None,
    }
}

#[test]
fn keys_are_made_once_and_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Keys::load(&data, &none()).unwrap();
    let again = Keys::load(&data, &none()).unwrap();
    assert_eq!(first.publishable.expose(), again.publishable.expose());
    assert_eq!(first.anon.expose(), again.anon.expose());
    assert_eq!(first.jwks(), again.jwks());
    let mode = std::fs::metadata(data.join(FILE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!Stored::is_exposed(&data));
    assert_eq!(
        std::fs::read_dir(&data).unwrap().count(),
        1,
        "no temporary file stays"
    );
}

#[test]
fn keys_differ_between_projects_and_have_their_form() {
    let (one, other) = (Stored::generate().unwrap(), Stored::generate().unwrap());
    assert_ne!(one.secret, other.secret);
    assert_ne!(one.jwt_secret, other.jwt_secret);
    assert_ne!(one.signing_key.public, other.signing_key.public);
    for (key, prefix) in [
        (&one.publishable, "sb_publishable_"),
        (&one.secret, "sb_secret_"),
    ] {
        let rest = key.strip_prefix(prefix).unwrap();
        let (letters, checksum) = rest.split_once('_').unwrap();
        assert_eq!((letters.len(), checksum.len()), (22, 8));
        assert_eq!(random::checksum(&format!("{prefix}{letters}")), checksum);
    }
}

#[test]
fn settings_replace_keys_and_sign_the_role_tokens() {
    let stored = Stored::generate().unwrap();
    let mut set = none();
    set.publishable = Some(Secret::new("sb_publishable_mine"));
    set.jwt_secret = Some(Secret::new("another secret of more than 32 letters"));
    let keys = Keys::from_stored(&stored, &set).unwrap();
    assert_eq!(keys.publishable.expose(), "sb_publishable_mine");
    assert_eq!(keys.secret.expose(), stored.secret);
    let plain = Keys::from_stored(&stored, &none()).unwrap();
    assert_ne!(keys.anon.expose(), plain.anon.expose());
}

#[test]
fn programs_that_start_at_once_agree() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let keys: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Stored::load_or_create(data).unwrap().secret))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[test]
fn a_broken_file_is_named_and_its_content_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), "{\n\"sb_secret_abc\": 1}").unwrap();
    let message = Stored::load(folder.path()).unwrap_err().to_string();
    assert!(message.contains("keys.json expects"), "{message}");
    assert!(!message.contains("sb_secret_abc"), "{message}");
}

#[test]
fn debug_prints_no_key() {
    let stored = Stored::generate().unwrap();
    let keys = Keys::from_stored(&stored, &none()).unwrap();
    let printed = format!("{stored:?} {keys:?}");
    for key in [
        &stored.secret,
        &stored.jwt_secret,
        &stored.signing_key.private,
    ] {
        assert!(!printed.contains(key.as_str()));
    }
}
