//! How PostgreSQL would answer a request: its own `explain`.

use underpin_base::Result;
use underpin_query::plan::Plan;
use underpin_query::reply::{Outcome, Rows};
use underpin_query::request::PlanForm;
use underpin_sql::writer::Rendered;

use super::client::Query;
use super::engine::Database;
use super::prelude::Access;
use super::render;

impl Database {
    /// Asks for the plan of a statement; with `analyze` it is carried out.
    pub(super) async fn explain(
        &self,
        plan: &Plan,
        rendered: &Rendered,
        form: PlanForm,
        access: Access,
    ) -> Result<Outcome> {
        let query = render::query(rendered, plan)?;
        let sql = format!("explain ({}) {}", options(form), query.sql);
        let mut queries = self.opening(plan, access);
        let main = queries.len();
        queries.push(Query::once(sql, query.parameters));
        let mut connection = self.connection(plan).await?;
        if plan.rollback() {
            queries.insert(0, Query::new("begin", Vec::new()));
        }
        let answers = connection.batch(&queries).await?;
        if plan.rollback() {
            let end = [Query::new("rollback", Vec::new())];
            connection.batch(&end).await?;
        }
        let mut body = String::new();
        let main = main + usize::from(plan.rollback());
        for row in answers.get(main).iter().flat_map(|answer| &answer.rows) {
            if !body.is_empty() {
                body.push('\n');
            }
            body.push_str(row.get(0)?.unwrap_or_default());
        }
        let rows = Rows {
            body: body.into_bytes(),
            count: 1,
            ..Rows::default()
        };
        Ok(Outcome {
            rows: Some(rows),
            ..Outcome::default()
        })
    }
}

fn options(form: PlanForm) -> String {
    let asked = [
        (form.analyze, "analyze"),
        (form.verbose, "verbose"),
        (form.settings, "settings"),
        (form.buffers, "buffers"),
        (form.wal, "wal"),
    ];
    let format = if form.json {
        "format json"
    } else {
        "format text"
    };
    let asked = asked.into_iter().filter(|(is_asked, _)| *is_asked);
    let words: Vec<&str> = std::iter::once(format)
        .chain(asked.map(|(_, word)| word))
        .collect();
    words.join(", ")
}
