use super::{check, check_same, parse};
use crate::request::{EmbedKind, FieldItem, JsonStep, SelectItem};
use underpin_base::Limits;
use underpin_sql::functions::Aggregate;

fn items(select: &str) -> Vec<SelectItem> {
    parse(&format!("select={select}"), Limits::default())
        .expect(select)
        .query
        .select
}

#[test]
fn nothing_said_selects_everything() {
    check("", "");
    check("select=*", "");
    check("a=eq.1", "a=eq.1");
    assert_eq!(items("*"), [SelectItem::All]);
}

#[test]
fn an_empty_select_selects_nothing() {
    check_same("select=");
    assert_eq!(items(""), []);
    check("select=%20", "select=");
}

#[test]
fn columns() {
    for select in [
        "id",
        "id,name",
        "*,id",
        "id,*",
        "_",
        "$",
        "123",
        "naïve",
        "名前",
        "identifier with spaces",
        "identifier-with-dashes",
        "a-b-c",
        "\"a.b\"",
        "\"a,b\",c",
        "\"say \\\"hi\\\"\"",
        "\"back\\\\slash\"",
        "\" padded \"",
        "\"*\"",
    ] {
        check(
            &format!("select={}", urlencode(select)),
            &format!("select={select}"),
        );
    }
    check("select=+id+,++name++", "select=id,name");
    check("select=%09id", "select=id");
    check("select=\"id\"", "select=id");
    check("select=\"a b\"", "select=a b");
}

fn urlencode(text: &str) -> String {
    text.replace('%', "%25")
        .replace('&', "%26")
        .replace('+', "%2B")
        .replace(' ', "+")
}

#[test]
fn aliases_and_casts() {
    check_same("select=alias:id");
    check_same("select=id::text");
    check_same("select=alias:id::text");
    check_same("select=id::double precision");
    check("select=a:+id::int4+,b", "select=a:id::int4,b");
    check_same("select=\"my alias!\":id");
    let SelectItem::Field(field) = &items("alias:id::text")[0] else {
        panic!("no field");
    };
    assert_eq!(
        *field,
        FieldItem {
            alias: Some("alias".into()),
            column: Some("id".into()),
            path: vec![],
            cast: Some("text".to_owned()),
            aggregate: None,
        }
    );
}

#[test]
fn json_paths() {
    for select in [
        "data->a",
        "data->>a",
        "data->a->b->>c",
        "data->0",
        "data->-1->>name",
        "data->a::int",
        "alias:data->a->>b::int",
        "data->!@#$*_a",
        "data->key with spaces",
        "data->a-b",
        "data->a->>2",
    ] {
        check(
            &format!("select={}", urlencode(select)),
            &format!("select={select}"),
        );
    }
    check("select=data->\"a\"", "select=data->a");
    check_same("select=data->\"a.b\"");
    check_same("select=data->\"0\"");
    check("select=data->2nd", "select=data->\"2nd\"");
    let SelectItem::Field(field) = &items("a->b->>-2")[0] else {
        panic!("no field");
    };
    assert_eq!(
        field.path,
        [
            JsonStep {
                key: "b".to_owned(),
                index: None,
                as_text: false
            },
            JsonStep {
                key: "-2".to_owned(),
                index: Some(-2),
                as_text: true
            },
        ]
    );
}

#[test]
fn an_index_that_no_array_has_is_as_large_as_can_be() {
    let SelectItem::Field(field) = &items("a->99999999999999999999,b->-99999999999999999999")[0]
    else {
        panic!("no field");
    };
    assert_eq!(field.path[0].index, Some(i64::MAX));
}

#[test]
fn aggregates() {
    for select in [
        "amount.sum()",
        "amount.avg()",
        "amount.min()",
        "amount.max()",
        "amount.count()",
        "count()",
        "total:count()",
        "count()::text",
        "total:count()::text",
        "amount.sum()::text",
        "amount::int.sum()",
        "amount::int.sum()::text",
        "total:amount::int.sum()::text",
        "data->price::numeric.sum()",
        "data->>price.max()",
        "category,amount.sum(),count()",
        "count",
        "count,id",
        "count:id",
        "sum",
        "rel(count())",
        "rel(amount.sum())",
        "...rel(amount.sum())",
    ] {
        check_same(&format!("select={select}"));
    }
    let SelectItem::Field(field) = &items("count()")[0] else {
        panic!("no field");
    };
    assert_eq!(field.column, None);
    assert_eq!(
        field.aggregate.as_ref().map(|call| call.function),
        Some(Aggregate::Count)
    );
    let SelectItem::Field(field) = &items("count")[0] else {
        panic!("no field");
    };
    assert_eq!(
        (field.column.as_deref(), &field.aggregate),
        (Some("count"), &None)
    );
}

#[test]
fn embeds() {
    for select in [
        "rel(*)",
        "rel(id)",
        "rel()",
        "id,rel(id,name)",
        "rel(id),other(id)",
        "alias:rel(*)",
        "rel!hint(*)",
        "rel!inner(*)",
        "rel!hint!inner(*)",
        "alias:rel!hint!inner(*)",
        "...rel(*)",
        "...rel!hint(*)",
        "...rel!hint!inner(a,b)",
        "a(b(c(d)))",
        "a(b(c(d),e),f)",
        "a(x:id,...b(y:id))",
        "rel!\"inner\"(*)",
        "rel!\"left\"(*)",
        "rel!inner_fkey(*)",
        "rel!left_fkey!inner(*)",
        "\"count\"(*)",
        "\"my rel!\"(*)",
        "counts(*)",
    ] {
        check_same(&format!("select={select}"));
    }
    check("select=rel!left(*)", "select=rel(*)");
    check("select=rel!inner!hint(*)", "select=rel!hint!inner(*)");
    check("select=rel!left!hint(*)", "select=rel!hint(*)");
    check("select=rel!hint!left(*)", "select=rel!hint(*)");
    check("select=rel+(+id+,+x+(+)+)+,+b", "select=rel(id,x()),b");
    check("select=*,rel(*)", "select=*,rel(*)");
}

#[test]
fn the_parts_of_an_embed() {
    let SelectItem::Embed(embed) = &items("alias:rel!inner!hint(id)")[0] else {
        panic!("no embed");
    };
    assert_eq!(embed.alias.as_deref(), Some("alias"));
    assert_eq!(&*embed.relation, "rel");
    assert_eq!(embed.hint.as_deref(), Some("hint"));
    assert!(embed.inner);
    assert_eq!(embed.kind, EmbedKind::Member);
    assert_eq!(embed.query.select.len(), 1);
    let SelectItem::Embed(embed) = &items("...rel(id)")[0] else {
        panic!("no embed");
    };
    assert_eq!(embed.kind, EmbedKind::Spread);
}

#[test]
fn of_two_selects_the_first_counts() {
    check("select=a&select=b", "select=a");
}

#[test]
fn a_parameter_without_a_value_means_nothing() {
    check("select&a&b=eq.1&&", "b=eq.1");
}
