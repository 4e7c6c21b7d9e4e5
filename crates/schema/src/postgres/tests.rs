use super::catalog;

#[test]
fn a_document_that_is_none_is_an_error() {
    assert!(catalog("{}").is_err());
    assert!(catalog("").is_err());
}
