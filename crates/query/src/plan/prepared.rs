//! [`Prepared`]: what a form of reading is planned into once, and the plan that it becomes with a request's operands.

use std::sync::Arc;

use underpin_base::{Error, Identity, Result, Value};
use underpin_sql::tree::ExprKind;
use underpin_sql::types::{self, Type};

use super::world::{Planner, World};
use super::{Action, Plan};
use crate::request::Template;

/// A read that lacks the operands of its comparisons. It was planned with the rights of one role and serves that role alone.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The plan, without operands and claims.
    plan: Arc<Plan>,
    /// The type of each operand.
    slots: Arc<[Type]>,
}

impl Prepared {
    /// Plans a template.
    ///
    /// # Errors
    /// Those of [`Plan::authorize`] that do not lie in an operand.
    pub(super) fn new(template: &Template, world: World<'_>, identity: &Identity) -> Result<Self> {
        // Nothing of a plan depends on claims but what is bound when it runs.
        let identity = Identity::of_role(&identity.role);
        let mut planner = Planner::new(world, &identity)?;
        planner.slots = Some(vec![Type::Unknown; template.literals().len()]);
        let read = planner.read(template.request())?;
        let slots = planner.slots.take().unwrap_or_default();
        let action = Action::Read(Arc::new(read));
        let plan = Plan::of(&planner, action, template.request())?;
        Ok(Self {
            plan: Arc::new(plan),
            slots: slots.into(),
        })
    }

    /// Returns the plan for the operands of `template`, which is of the form that was planned.
    ///
    /// # Errors
    /// `22P02` and its like for an operand that is not of its type.
    pub(super) fn bind(&self, template: &Template, identity: &Identity) -> Result<Plan> {
        let operands = self.slots.iter().zip(template.literals());
        let operands = operands
            // An operand that nothing is compared with has no type: its embed gives no rows of its own.
            .map(|(ty, text)| match ty {
                Type::Unknown => Ok(Value::Null),
                ty => types::input(ty, text),
            })
            .collect::<Result<Vec<Value>>>()?;
        Ok(Plan {
            identity: identity.clone(),
            operands,
            ..Plan::clone(&self.plan)
        })
    }
}

impl Planner<'_> {
    /// Notes which type the operand of number `slot` has been given in `condition`.
    pub(super) fn settle_slot(&mut self, slot: usize, condition: &ExprKind) -> Result<()> {
        let ExprKind::Operator(_, sides) = condition else {
            return Err(Error::internal("a comparison is not an operator"));
        };
        let [_, right] = &**sides;
        let ty = match &right.kind {
            ExprKind::Parameter(number) if *number == slot => &right.ty,
            _ => return Err(Error::internal("an operand is not compared as it is")),
        };
        let known = self.slots.as_mut().and_then(|slots| slots.get_mut(slot));
        match known {
            Some(known) if *known == Type::Unknown || known == ty => *known = ty.clone(),
            _ => return Err(Error::internal("an operand has two types")),
        }
        Ok(())
    }
}
