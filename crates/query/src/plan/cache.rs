//! [`PlanCache`]: the reads of one schema that were planned already, by role and form.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::sync::{PoisonError, RwLock};

use underpin_base::{Identity, Name, Result};
use underpin_sql::types::datetime::{in_zone, lasting};

use super::prepared::Prepared;
use super::{Plan, World};
use crate::request::{Action, Request, Template};

/// The most forms that are kept; when there are more, all are forgotten and those in use come back.
const FORMS_MAX: usize = 256;

/// The largest form that is kept, in items and conditions: large ones are rare, and their trees are not small.
const SIZE_MAX: usize = 64;

/// The most forms of one hash.
const ALIKE_MAX: usize = 4;

/// Plans of reads, kept for the next request of the same role and form. It belongs to one schema and one set of settings, and is
/// dropped with them: a policy or grant that changes makes a schema of its own.
#[derive(Debug, Default)]
pub struct PlanCache {
    forms: RwLock<HashMap<u64, Vec<Form>>>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Form {
    role: Name,
    /// Without operands: they are somebody's.
    request: Request,
    prepared: Prepared,
}

impl PlanCache {
    /// Returns the plan of a request with the rights of `identity`, as [`Plan::authorize`] does.
    ///
    /// # Errors
    /// Those of [`Plan::authorize`].
    pub fn authorize(
        &self,
        template: &Template,
        world: World<'_>,
        identity: &Identity,
    ) -> Result<Plan> {
        if template.request().action != Action::Read {
            return Plan::authorize(template.request(), world, identity);
        }
        in_zone(template.request().preferences.timezone.as_deref(), || {
            self.read(template, world, identity)
        })
    }

    fn read(&self, template: &Template, world: World<'_>, identity: &Identity) -> Result<Plan> {
        let hash = self.hash(template, identity);
        if let Some(prepared) = self.find(hash, template, identity) {
            return prepared.bind(template, identity);
        }
        let (prepared, lasts) = lasting(|| Prepared::new(template, world, identity));
        let prepared = prepared?;
        let plan = prepared.bind(template, identity);
        // Of `in.(today)` the plan has the day in it.
        if lasts && template.size() <= SIZE_MAX {
            self.keep(
                hash,
                Form {
                    role: identity.role.clone(),
                    request: template.request().clone(),
                    prepared,
                },
            );
        }
        plan
    }

    fn hash(&self, template: &Template, identity: &Identity) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        identity.role.hash(&mut hasher);
        template.hash_form(&mut hasher);
        hasher.finish()
    }

    fn find(&self, hash: u64, template: &Template, identity: &Identity) -> Option<Prepared> {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        forms
            .get(&hash)?
            .iter()
            .find(|form| form.role == identity.role && template.is_like(&form.request))
            .map(|form| form.prepared.clone())
    }

    fn keep(&self, hash: u64, form: Form) {
        let mut forms = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        if forms.len() >= FORMS_MAX {
            forms.clear();
        }
        let alike = forms.entry(hash).or_default();
        if alike.len() >= ALIKE_MAX {
            return;
        }
        // Another request of the same form may have been planned at the same time.
        let known = alike
            .iter()
            .any(|other| other.role == form.role && other.request == form.request);
        if !known {
            alike.push(form);
        }
    }
}
