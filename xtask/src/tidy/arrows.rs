//! Which crate may use which: the arrows of the architecture.

use std::time::Duration;

use serde_json::Value;

use super::Findings;
use crate::error::{Context, Result};
use crate::program::{Program, must};
use crate::project;

/// Each crate, the crates of ours that it may use, and the crates of others that it must not know.
const RULES: &[Rule] = &[
    Rule {
        name: "underpin-base",
        uses: &[],
        never: &["tokio", "axum", "hyper", "rusqlite"],
    },
    Rule {
        name: "underpin-sql",
        uses: &["base"],
        never: &["tokio", "axum", "hyper", "http", "rusqlite"],
    },
    Rule {
        name: "underpin-schema",
        uses: &["base", "sql"],
        never: &["tokio", "axum", "hyper", "http", "rusqlite"],
    },
    Rule {
        name: "underpin-query",
        uses: &["base", "sql", "schema"],
        never: &["tokio", "axum", "hyper", "rusqlite"],
    },
    Rule {
        name: "underpin-store",
        uses: &["base", "sql", "schema", "query"],
        never: &["axum", "hyper", "http"],
    },
    Rule {
        name: "underpin-server",
        uses: &["base", "sql", "schema", "query", "store"],
        never: &["rusqlite", "squawk-syntax"],
    },
];

/// What one crate may and must not use in the program; tests may use anything.
struct Rule {
    name: &'static str,
    uses: &'static [&'static str],
    never: &'static [&'static str],
}

/// Returns what cargo knows of the workspace.
pub(super) fn metadata() -> Result<Value> {
    let ended = Program::new("cargo")
        .arguments(["metadata", "--format-version=1", "--no-deps", "--quiet"])
        .within(&project::root())
        .quietly(Duration::from_secs(120))?;
    must(&ended, "cargo metadata")?;
    serde_json::from_str(&ended.output).context("read cargo metadata")
}

/// Checks every arrow.
pub(super) fn check(metadata: &Value, findings: &mut Findings) {
    let packages = metadata.get("packages").and_then(Value::as_array);
    for package in packages.into_iter().flatten() {
        let name = text(package, "name");
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        let used: Vec<&str> = dependencies
            .into_iter()
            .flatten()
            .filter(|dependency| dependency.get("kind").is_none_or(Value::is_null))
            .map(|dependency| text(dependency, "name"))
            .collect();
        match RULES.iter().find(|rule| rule.name == name) {
            Some(rule) => findings.errors.extend(rule.broken_by(&used)),
            None if name.starts_with("underpin-")
                && ![
                    "underpin-testkit",
                    "underpin-bench-bare",
                    "underpin-bench-bare-server",
                ]
                .contains(&name) =>
            {
                findings
                    .errors
                    .push(format!("the crate {name} has no rule in xtask's tidy"));
            }
            None => {}
        }
    }
}

impl Rule {
    fn broken_by(&self, used: &[&str]) -> Vec<String> {
        used.iter()
            .filter(|name| match name.strip_prefix("underpin-") {
                Some(ours) => !self.uses.contains(&ours),
                None => self.never.contains(name),
            })
            .map(|name| format!("{} must not use {name}", self.name))
            .collect()
    }
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_dependency(package: &str, dependency: &str, kind: &Value, expected: &[&str]) {
        let metadata = json!({ "packages": [
            { "name": package, "dependencies": [{ "name": dependency, "kind": kind }] }
        ]});
        let mut findings = Findings::default();
        check(&metadata, &mut findings);
        assert_eq!(findings.errors, expected);
    }

    #[test]
    fn arrows_point_down() {
        check_dependency("underpin-query", "underpin-schema", &Value::Null, &[]);
        check_dependency(
            "underpin-schema",
            "underpin-query",
            &Value::Null,
            &["underpin-schema must not use underpin-query"],
        );
    }

    #[test]
    fn pure_crates_know_no_driver() {
        check_dependency(
            "underpin-query",
            "rusqlite",
            &Value::Null,
            &["underpin-query must not use rusqlite"],
        );
        check_dependency("underpin-store", "rusqlite", &Value::Null, &[]);
    }

    #[test]
    fn tests_may_use_anything() {
        check_dependency("underpin-query", "rusqlite", &json!("dev"), &[]);
    }

    #[test]
    fn a_new_crate_needs_a_rule() {
        check_dependency(
            "underpin-misc",
            "serde",
            &Value::Null,
            &["the crate underpin-misc has no rule in xtask's tidy"],
        );
    }
}
