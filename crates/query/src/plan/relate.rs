//! Which relationship an embed means: names, hints, and the answers when there is none or more than one.

use serde_json::json;
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_schema::catalog::{Cardinality, Relationship};

use super::nearest::{nearest, other};
use super::world::Planner;
use crate::request::EmbedItem;

impl Planner<'_> {
    /// Returns the relationship from `source` that `embed` means.
    ///
    /// `embed.relation` is the name of the target, of the foreign key's constraint, or of its column on the source; the hint is a constraint, a
    /// column of the foreign key, or a junction.
    ///
    /// # Errors
    /// PGRST200 when there is none, PGRST201 when there is more than one.
    pub(super) fn relationship(
        &self,
        source: &QualifiedName,
        embed: &EmbedItem,
    ) -> Result<Relationship> {
        let from = self.world.relationships.from(source);
        let exposed = |relationship: &&Relationship| {
            self.world
                .settings
                .schemas
                .contains(&relationship.target.schema)
        };
        let mut candidates: Vec<&Relationship> = from
            .iter()
            .filter(exposed)
            .filter(|relationship| self.names_target(relationship, &embed.relation, source))
            .filter(|relationship| {
                embed
                    .hint
                    .as_ref()
                    .is_none_or(|hint| matches_hint(relationship, hint))
            })
            .collect();
        if embed.hint.is_none() {
            prefer_many(&mut candidates, &embed.relation);
        }
        match candidates.as_slice() {
            [] => Err(self.no_relationship(source, embed)),
            [one] => Ok((*one).clone()),
            // A table that points to itself: the hint names the foreign key, whose other end is meant. The near end is
            // named by the column in the place of the table.
            [one, other]
                if embed.hint.is_some() && one.is_self && one.constraint == other.constraint =>
            {
                let many = if one.cardinality.is_to_one() {
                    other
                } else {
                    one
                };
                Ok((*many).clone())
            }
            several => match several
                .iter()
                .filter(|relationship| relationship.target.name == embed.relation)
                .collect::<Vec<_>>()
                .as_slice()
            {
                [one] if several.iter().all(|other| same_key(one, other)) => Ok((**one).clone()),
                _ => Err(ambiguous(source, embed, several)),
            },
        }
    }

    /// Tells whether `name` names the relationship's far end. A column or constraint means the table that it refers to, never a
    /// view of it; a table that points to itself is reached by its own name only as many.
    fn names_target(
        &self,
        relationship: &Relationship,
        name: &Name,
        source: &QualifiedName,
    ) -> bool {
        let target = &relationship.target;
        if target.name == *name && target.schema == source.schema {
            return true;
        }
        let by_column = matches!(
            relationship.cardinality,
            Cardinality::ManyToOne | Cardinality::OneToOne { on_source: true }
        ) && matches!(relationship.columns.as_slice(), [(column, _)] if column == name);
        let by_constraint = relationship.junction.is_none() && relationship.constraint == *name;
        (by_column || by_constraint) && !self.world.catalog.views.contains_key(target)
    }

    fn no_relationship(&self, source: &QualifiedName, embed: &EmbedItem) -> Error {
        let target = &embed.relation;
        let error = Error::new(
            Code::NO_RELATIONSHIP,
            format!(
                "Could not find a relationship between '{}' and '{target}' in the schema cache",
                source.name
            ),
        );
        let hinted = match &embed.hint {
            Some(hint) => format!(" using the hint '{hint}'"),
            None => String::new(),
        };
        let error = error.details(format!(
            "Searched for a foreign key relationship between '{}' and '{target}'{hinted} in the schema '{}', but no matches were found.",
            source.name, source.schema
        ));
        let found = match self.world.relationships.from(source) {
            [] => {
                let of_schema = self.world.relationships.sources();
                let sources = of_schema.filter(|name| name.schema == source.schema);
                nearest(&source.name, sources.map(|name| &*name.name))
                    .map(|near| (near, &source.name))
            }
            from => other(target, from.iter().map(|r| &*r.target.name)).map(|near| (near, target)),
        };
        match found {
            Some((near, said)) => {
                error.hint(format!("Perhaps you meant '{near}' instead of '{said}'."))
            }
            None => error,
        }
    }
}

/// Of a table that points to itself, its own name means the rows that point to it; those of a junction only when there are none.
fn prefer_many(candidates: &mut Vec<&Relationship>, name: &Name) {
    let by_name = |it: &&Relationship| it.is_self && it.target.name == *name;
    let points_here = |it: &&Relationship| {
        matches!(
            it.cardinality,
            Cardinality::OneToMany | Cardinality::OneToOne { on_source: false }
        )
    };
    if !candidates.iter().any(by_name) {
        return;
    }
    if candidates.iter().any(points_here) {
        candidates.retain(points_here);
    } else {
        candidates.retain(|it| it.junction.is_some());
    }
}

fn matches_hint(relationship: &Relationship, hint: &Name) -> bool {
    if let Some(junction) = &relationship.junction {
        return junction.table.name == *hint
            || junction.source_constraint == *hint
            || junction.target_constraint == *hint;
    }
    relationship.constraint == *hint
        || matches!(relationship.columns.as_slice(), [(source, target)] if source == hint || target == hint)
}

fn same_key(one: &Relationship, other: &Relationship) -> bool {
    one.target == other.target
        && one.columns == other.columns
        && one.cardinality == other.cardinality
}

fn ambiguous(source: &QualifiedName, embed: &EmbedItem, candidates: &[&Relationship]) -> Error {
    let target = &embed.relation;
    let details: Vec<_> = candidates
        .iter()
        .map(|relationship| {
            json!({
                "cardinality": relationship.cardinality.as_str(),
                "embedding": format!("{} with {}", source.name, relationship.target.name),
                "relationship": describe(relationship),
            })
        })
        .collect();
    let forms: Vec<String> = candidates
        .iter()
        .map(|relationship| {
            let hint = match &relationship.junction {
                Some(junction) => &junction.table.name,
                None => &relationship.constraint,
            };
            format!("'{target}!{hint}'")
        })
        .collect();
    Error::new(
        Code::AMBIGUOUS_RELATIONSHIP,
        format!(
            "Could not embed because more than one relationship was found for '{}' and '{target}'",
            source.name
        ),
    )
    .details_json(details.into())
    .hint(format!(
        "Try changing '{target}' to one of the following: {}. Find the desired relationship in the 'details' key.",
        forms.join(", ")
    ))
}

fn describe(relationship: &Relationship) -> String {
    let list = |columns: Vec<&Name>| {
        columns
            .iter()
            .map(|column| column.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match &relationship.junction {
        Some(junction) => {
            let near = list(
                junction
                    .source_columns
                    .iter()
                    .map(|(_, column)| column)
                    .collect(),
            );
            let far = list(
                junction
                    .target_columns
                    .iter()
                    .map(|(column, _)| column)
                    .collect(),
            );
            format!(
                "{} using {}({near}) and {}({far})",
                junction.table.name, junction.source_constraint, junction.target_constraint
            )
        }
        None => {
            let near = list(
                relationship
                    .columns
                    .iter()
                    .map(|(column, _)| column)
                    .collect(),
            );
            let far = list(
                relationship
                    .columns
                    .iter()
                    .map(|(_, column)| column)
                    .collect(),
            );
            format!(
                "{} using {}({near}) and {}({far})",
                relationship.constraint, relationship.source.name, relationship.target.name
            )
        }
    }
}
