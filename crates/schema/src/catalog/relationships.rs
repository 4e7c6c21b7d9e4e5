//! [`Relationships`]: every way from a table or view to another, found from the foreign keys as PostgREST finds them.
//!
//! A view inherits the foreign keys of the tables in it, on either side, whose columns it shows unchanged.

use std::collections::{BTreeMap, BTreeSet};

use underpin_base::{Name, QualifiedName};

use super::view_column::{Shown, shown_columns};
use super::{Cardinality, Catalog, ForeignKey, Junction, Relationship, Table};

/// The relationships of a catalog, by their source.
#[derive(Clone, Debug, Default)]
pub struct Relationships {
    by_source: BTreeMap<QualifiedName, Vec<Relationship>>,
    /// The primary keys that views show whole, by the view.
    shown_keys: BTreeMap<QualifiedName, Vec<Name>>,
}

/// A foreign key between two tables or views.
#[derive(Clone)]
struct Link {
    source: QualifiedName,
    target: QualifiedName,
    constraint: Name,
    columns: Vec<(Name, Name)>,
    unique: bool,
}

impl Relationships {
    /// Finds the relationships of `catalog`.
    pub fn find(catalog: &Catalog) -> Self {
        let shown: BTreeMap<_, _> = catalog
            .views
            .keys()
            .map(|view| (view.clone(), shown_columns(catalog, view)))
            .collect();
        let mut links = Vec::new();
        for table in catalog.tables.values() {
            // PostgREST tells candidates in the order of their constraints' names.
            let mut foreign_keys: Vec<&ForeignKey> = table.foreign_keys.iter().collect();
            foreign_keys.sort_by(|one, other| one.name.cmp(&other.name));
            for key in foreign_keys {
                let link = link(table, key);
                links.extend(through_views(&link, &shown));
                links.push(link);
            }
        }
        let keys = keys(catalog, &shown);
        let mut found = Self {
            shown_keys: shown_keys(catalog, &shown),
            ..Self::default()
        };
        for link in &links {
            found.add_direct(link);
        }
        found.add_junctions(&links, &keys);
        found
    }

    /// Returns the relationships that start at `source`.
    pub fn from(&self, source: &QualifiedName) -> &[Relationship] {
        self.by_source
            .get(source)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Returns the tables and views that lead to others.
    pub fn sources(&self) -> impl Iterator<Item = &QualifiedName> {
        self.by_source.keys()
    }

    /// Returns the columns of `view` that are a primary key of a table in it; none when it shows no key whole.
    pub fn shown_key(&self, view: &QualifiedName) -> &[Name] {
        self.shown_keys
            .get(view)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Returns the relationships from `source` to `target`.
    pub fn between(
        &self,
        source: &QualifiedName,
        target: &QualifiedName,
    ) -> impl Iterator<Item = &Relationship> {
        self.from(source)
            .iter()
            .filter(move |relationship| relationship.target == *target)
    }

    fn add(&mut self, relationship: Relationship) {
        self.by_source
            .entry(relationship.source.clone())
            .or_default()
            .push(relationship);
    }

    fn add_direct(&mut self, link: &Link) {
        let is_self = link.source == link.target;
        self.add(Relationship {
            source: link.source.clone(),
            target: link.target.clone(),
            cardinality: if link.unique {
                Cardinality::OneToOne { on_source: true }
            } else {
                Cardinality::ManyToOne
            },
            constraint: link.constraint.clone(),
            columns: link.columns.clone(),
            junction: None,
            is_self,
        });
        self.add(Relationship {
            source: link.target.clone(),
            target: link.source.clone(),
            cardinality: if link.unique {
                Cardinality::OneToOne { on_source: false }
            } else {
                Cardinality::OneToMany
            },
            constraint: link.constraint.clone(),
            columns: swapped(&link.columns),
            junction: None,
            is_self,
        });
    }

    /// Adds a many-to-many relationship for each two foreign keys of a table or view whose columns one key of it covers.
    fn add_junctions(&mut self, links: &[Link], keys: &BTreeMap<QualifiedName, Vec<Vec<Name>>>) {
        let mut by_junction: BTreeMap<&QualifiedName, Vec<&Link>> = BTreeMap::new();
        for link in links.iter().filter(|link| !link.unique) {
            by_junction.entry(&link.source).or_default().push(link);
        }
        for (junction, links) in by_junction {
            let keys = keys.get(junction).map(Vec::as_slice).unwrap_or_default();
            for first in &links {
                for second in &links {
                    if first.constraint != second.constraint && covered(first, second, keys) {
                        self.add(Relationship {
                            source: first.target.clone(),
                            target: second.target.clone(),
                            cardinality: Cardinality::ManyToMany,
                            constraint: first.constraint.clone(),
                            columns: Vec::new(),
                            junction: Some(Junction {
                                table: junction.clone(),
                                source_constraint: first.constraint.clone(),
                                source_columns: swapped(&first.columns),
                                target_constraint: second.constraint.clone(),
                                target_columns: second.columns.clone(),
                            }),
                            is_self: first.target == second.target,
                        });
                    }
                }
            }
        }
    }
}

fn swapped(columns: &[(Name, Name)]) -> Vec<(Name, Name)> {
    columns
        .iter()
        .map(|(source, target)| (target.clone(), source.clone()))
        .collect()
}

fn covered(first: &Link, second: &Link, keys: &[Vec<Name>]) -> bool {
    keys.iter().any(|key| {
        first
            .columns
            .iter()
            .chain(&second.columns)
            .all(|(column, _)| key.contains(column))
    })
}

fn link(table: &Table, key: &ForeignKey) -> Link {
    let columns: BTreeSet<&Name> = key.columns.iter().collect();
    Link {
        source: table.name.clone(),
        target: key.references.clone(),
        constraint: key.name.clone(),
        columns: key
            .columns
            .iter()
            .cloned()
            .zip(key.referenced_columns.iter().cloned())
            .collect(),
        unique: table
            .primary_key
            .iter()
            .chain(&table.uniques)
            .any(|unique| unique.columns.iter().collect::<BTreeSet<_>>() == columns),
    }
}

/// Returns the foreign key as views have it: on the source's side, the target's side, and both.
fn through_views(link: &Link, shown: &BTreeMap<QualifiedName, Vec<Shown>>) -> Vec<Link> {
    let of_source = || link.columns.iter().map(|(column, _)| column);
    let of_target = || link.columns.iter().map(|(_, column)| column);
    let sources: Vec<_> = shown
        .iter()
        .flat_map(|(view, shown)| projections(view, shown, &link.source, &of_source()))
        .collect();
    let targets: Vec<_> = shown
        .iter()
        .flat_map(|(view, shown)| projections(view, shown, &link.target, &of_target()))
        .collect();
    let base_source = (link.source.clone(), of_source().cloned().collect());
    let base_target = (link.target.clone(), of_target().cloned().collect());
    let pair = |source: &(QualifiedName, Vec<Name>), target: &(QualifiedName, Vec<Name>)| Link {
        source: source.0.clone(),
        target: target.0.clone(),
        constraint: link.constraint.clone(),
        columns: source
            .1
            .iter()
            .cloned()
            .zip(target.1.iter().cloned())
            .collect(),
        unique: link.unique,
    };
    let mut links = Vec::new();
    for source in &sources {
        links.push(pair(source, &base_target));
        links.extend(targets.iter().map(|target| pair(source, target)));
    }
    links.extend(targets.iter().map(|target| pair(&base_source, target)));
    links
}

/// Returns `view` with its names for `columns` of `table`, once for each time that the view reads the table and shows them all.
fn projections<'a>(
    view: &QualifiedName,
    shown: &[Shown],
    table: &QualifiedName,
    columns: &(impl Iterator<Item = &'a Name> + Clone),
) -> Vec<(QualifiedName, Vec<Name>)> {
    let instances: BTreeSet<&str> = shown
        .iter()
        .filter(|shown| shown.table == *table)
        .map(|shown| shown.instance.as_str())
        .collect();
    instances
        .into_iter()
        .filter_map(|instance| {
            let names: Option<Vec<Name>> = columns
                .clone()
                .map(|column| {
                    shown
                        .iter()
                        .find(|shown| {
                            shown.table == *table
                                && shown.instance == instance
                                && shown.column == *column
                        })
                        .map(|shown| shown.name.clone())
                })
                .collect();
            Some((view.clone(), names?))
        })
        .collect()
}

/// Returns the keys of every table, and of every view that shows a key whole.
fn keys(
    catalog: &Catalog,
    shown: &BTreeMap<QualifiedName, Vec<Shown>>,
) -> BTreeMap<QualifiedName, Vec<Vec<Name>>> {
    let mut keys: BTreeMap<QualifiedName, Vec<Vec<Name>>> = BTreeMap::new();
    for table in catalog.tables.values() {
        for key in table.primary_key.iter().chain(&table.uniques) {
            keys.entry(table.name.clone())
                .or_default()
                .push(key.columns.clone());
            for (view, shown) in shown {
                for (view, names) in projections(view, shown, &table.name, &key.columns.iter()) {
                    keys.entry(view).or_default().push(names);
                }
            }
        }
    }
    keys
}

/// Returns the columns of each view that are primary keys of tables in it.
fn shown_keys(
    catalog: &Catalog,
    shown: &BTreeMap<QualifiedName, Vec<Shown>>,
) -> BTreeMap<QualifiedName, Vec<Name>> {
    let mut keys: BTreeMap<QualifiedName, Vec<Name>> = BTreeMap::new();
    for table in catalog.tables.values() {
        let columns = table.primary_key_columns();
        for (view, shown) in shown.iter().filter(|_| !columns.is_empty()) {
            for (view, names) in projections(view, shown, &table.name, &columns.iter()) {
                keys.entry(view).or_default().extend(names);
            }
        }
    }
    keys
}
