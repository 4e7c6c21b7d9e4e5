//! No text makes the grammar panic.

use proptest::prelude::*;

use super::*;

/// Statements to be mangled.
const VALID: &[&str] = &[
    "select distinct on (name) name, count(*) over w from u join t using (id) window w as (order by id)",
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select * from n limit 3",
    "select id, unnest(tags) from t where (id, name) in ((1, 'a')) and data -> 'a' ->> 'b' = 'c' or not flag",
    "insert into u (id, name) values (1, default) on conflict (id) do update set name = excluded.name returning *",
    "update u set (name, amount) = ('a', 1) from t where t.id between 1 and 2 and u.name like 'x!%' escape '!'",
    "delete from u using unnest(array[1, 2]) with ordinality as x(a, b) where u.id = any ('{1,2}') returning u.*",
    "select case id when 1 then 'a' else $$b$$ end, extract(year from at), at at time zone 'utc', '1'::numeric(5,2)[] from t",
    "select sum(id) filter (where flag) over (partition by name rows between 1 preceding and current row) from t group by 1",
    "create function f(a int default 1) returns setof t language sql as $$ select * from t where id = $1 $$",
    "create policy p on t for select using ((select auth.uid()) = owner and exists (select 1 from u where u.id = t.id))",
];

/// Words to make statements of.
const WORDS: &str = r#"
select from where t u id name ( ) , 1 'a' null and or not = < :: int text[] in is between like
escape case when then else end union all any array [ ] * . || -> with as recursive x group by
order having limit join left on using natural lateral values insert into update set delete
returning default count sum over filter distinct row exists interval date auth uid unnest $1 -
add => variadic tags data collate "C" at time zone extract trim both ;
"#;

/// Reads every statement of a text; what matters is that it returns.
fn read_all(text: &str) {
    let _ = expression_text(text, &scope(), &Project);
    let _ = column_type_text(text, &Project);
    let Ok(parsed) = parse(text) else {
        return;
    };
    for parsed in parsed {
        let _ = statement(&parsed.statement, &Scope::default(), &Project);
        let _ = statement(&parsed.statement, &scope(), &Project);
    }
}

fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS.split_whitespace().collect::<Vec<_>>());
    prop::collection::vec(word, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        read_all(&text);
    }

    #[test]
    fn any_words_are_read_or_refused(text in words()) {
        read_all(&text);
        read_all(&format!("select {text} from t"));
        read_all(&format!("select * from t where {text}"));
    }

    #[test]
    fn mangled_statements_are_read_or_refused(
        which in 0..VALID.len(),
        at in 0.0..1.0_f64,
        length in 0..12_usize,
        with in words(),
    ) {
        let characters: Vec<char> = VALID[which].chars().collect();
        let start = (characters.len() as f64 * at) as usize;
        let end = (start + length).min(characters.len());
        let cut: String = characters[..start].iter().chain(&characters[end..]).collect();
        read_all(&cut);
        let replaced: String = characters[..start]
            .iter()
            .copied()
            .chain(" ".chars())
            .chain(with.chars())
            .chain(" ".chars())
            .chain(characters[end..].iter().copied())
            .collect();
        read_all(&replaced);
    }
}
