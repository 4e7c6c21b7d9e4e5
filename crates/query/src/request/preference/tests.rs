use super::*;

fn parse(headers: &[&str]) -> Preferences {
    Preferences::parse(headers.iter().copied()).expect("accepted")
}

#[test]
fn every_preference() {
    assert_eq!(parse(&[]), Preferences::default());
    assert_eq!(
        parse(&[
            "return=representation, count=exact,resolution=merge-duplicates ,missing=default",
            "handling=strict, max-affected=5, tx=rollback, timezone=Europe/Zurich",
        ]),
        Preferences {
            r#return: Some(Return::Representation),
            count: Some(Count::Exact),
            resolution: Some(Resolution::MergeDuplicates),
            missing_default: Some(true),
            strict: Some(true),
            max_affected: Some(5),
            tx: Some(TransactionEnd::Rollback),
            timezone: Some("Europe/Zurich".to_owned()),
            invalid: vec![],
        }
    );
    assert_eq!(
        parse(&[
            "return=headers-only,count=planned,resolution=ignore-duplicates,missing=null,handling=lenient,tx=commit",
        ]),
        Preferences {
            r#return: Some(Return::HeadersOnly),
            count: Some(Count::Planned),
            resolution: Some(Resolution::IgnoreDuplicates),
            missing_default: Some(false),
            strict: Some(false),
            tx: Some(TransactionEnd::Commit),
            ..Preferences::default()
        }
    );
    assert_eq!(parse(&["return=minimal"]).r#return, Some(Return::Minimal));
    assert_eq!(parse(&["count=estimated"]).count, Some(Count::Estimated));
}

#[test]
fn the_first_of_several_counts() {
    assert_eq!(
        parse(&["count=exact,count=planned"]).count,
        Some(Count::Exact)
    );
    assert_eq!(
        parse(&["tx=commit", "tx=rollback"]).tx,
        Some(TransactionEnd::Commit)
    );
    assert_eq!(
        parse(&["max-affected=1,max-affected=2"]).max_affected,
        Some(1)
    );
}

#[test]
fn unknown_ones_are_collected() {
    let preferences = parse(&["anything, count=none,return=nothing, ,timezone=Nowhere/Town"]);
    assert_eq!(
        preferences.invalid,
        [
            "anything",
            "count=none",
            "return=nothing",
            "timezone=Nowhere/Town"
        ]
    );
    assert_eq!(preferences.timezone, None);
}

#[test]
fn a_number_that_cannot_be_read_is_ignored() {
    assert_eq!(
        parse(&["max-affected=many,handling=strict"]).max_affected,
        None
    );
    assert_eq!(parse(&["max-affected=-1"]).max_affected, None);
}

#[test]
fn strict_handling_refuses_unknown_ones() {
    let error =
        Preferences::parse(["foo, handling=strict", "bar=1"].into_iter()).expect_err("refused");
    assert_eq!(
        (error.code().as_str(), error.message()),
        ("PGRST122", "Invalid preferences given with handling=strict")
    );
    assert_eq!(
        error.get_details(),
        Some(&underpin_base::Details::Text(
            "Invalid preferences: foo, bar=1".to_owned()
        ))
    );
    assert!(Preferences::parse(["foo, handling=lenient"].into_iter()).is_ok());
}

#[test]
fn a_long_time_zone_is_not_looked_up() {
    let name = "A".repeat(TIMEZONE_BYTES_MAX + 1);
    assert_eq!(parse(&[&format!("timezone={name}")]).timezone, None);
}
