//! [`Template`]: a request without the operands of its comparisons, which requests of the same form share.

use std::hash::{Hash, Hasher};

use super::{Action, FilterTree, Operation, Query, Request, SelectItem};

/// A request and, when it reads, apart from it the operands of its plain comparisons (`eq neq gt gte lt lte`).
///
/// In such a request each operand's place holds its number among the literals, so that what is planned once serves every request that
/// differs in them alone. Everything else, such as the elements of `in` and patterns, stays part of the form.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    request: Request,
    literals: Vec<String>,
}

impl From<Request> for Template {
    fn from(mut request: Request) -> Self {
        let mut literals = Vec::new();
        if request.action == Action::Read {
            take_from_query(&mut request.query, &mut literals);
        }
        Self { request, literals }
    }
}

impl Template {
    /// Returns the request; the operands of its plain comparisons are numbers of [`Template::literals`].
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Returns the operands, as text.
    pub fn literals(&self) -> &[String] {
        &self.literals
    }

    /// Tells whether this reads the same as the template whose request is `two`, but for the operands.
    pub(crate) fn is_like(&self, two: &Request) -> bool {
        let one = &self.request;
        one.target == two.target
            && one.query == two.query
            && one.preferences == two.preferences
            && one.format == two.format
            && one.head == two.head
    }

    /// Hashes what [`Template::is_like`] compares.
    pub(crate) fn hash_form(&self, state: &mut impl Hasher) {
        let request = &self.request;
        request.target.hash(state);
        request.query.hash(state);
        request.preferences.hash(state);
        request.format.hash(state);
        request.head.hash(state);
    }

    /// Returns how many items, conditions and order terms the request has on all its levels.
    pub(crate) fn size(&self) -> usize {
        size(&self.request.query)
    }
}

fn take_from_query(query: &mut Query, literals: &mut Vec<String>) {
    for tree in &mut query.filters {
        take_from_tree(tree, literals);
    }
    for item in &mut query.select {
        if let SelectItem::Embed(embed) = item {
            take_from_query(&mut embed.query, literals);
        }
    }
}

fn take_from_tree(tree: &mut FilterTree, literals: &mut Vec<String>) {
    match tree {
        FilterTree::And(trees, _) | FilterTree::Or(trees, _) => {
            for tree in trees {
                take_from_tree(tree, literals);
            }
        }
        FilterTree::Condition(filter) => {
            use Operation as O;
            if let O::Equal(operand, None)
            | O::NotEqual(operand, None)
            | O::Greater(operand, None)
            | O::GreaterOrEqual(operand, None)
            | O::Less(operand, None)
            | O::LessOrEqual(operand, None) = &mut filter.operation
            {
                let number = literals.len().to_string();
                literals.push(std::mem::replace(operand, number));
            }
        }
    }
}

fn size(query: &Query) -> usize {
    let items = query.select.iter().map(|item| match item {
        SelectItem::Embed(embed) => 1 + size(&embed.query),
        SelectItem::All | SelectItem::Field(_) => 1,
    });
    let conditions = query.filters.iter().map(tree_size);
    items.chain(conditions).sum::<usize>() + query.order.len()
}

fn tree_size(tree: &FilterTree) -> usize {
    match tree {
        FilterTree::Condition(filter) => match &filter.operation {
            Operation::In(values) => values.len().max(1),
            _ => 1,
        },
        FilterTree::And(trees, _) | FilterTree::Or(trees, _) => trees.iter().map(tree_size).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApiSettings;
    use crate::request::{Incoming, Parsed};

    fn template(method: &str, query: &str) -> Template {
        let incoming = Incoming {
            spool: None,
            method,
            path: "t",
            query,
            headers: &[],
            body: b"{}",
        };
        match Request::parse(&incoming, &ApiSettings::default()) {
            Ok(Parsed::Data(request)) => Template::from(*request),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn operands_of_plain_comparisons_are_apart() {
        let check = |query: &str, literals: &[&str]| {
            assert_eq!(template("GET", query).literals(), literals, "{query}");
        };
        check("a=eq.1&b=not.gt.2", &["1", "2"]);
        check("or=(a.eq.1,and(b.lt.2,c.gte.3))", &["1", "2", "3"]);
        check(
            "select=*,r(*,s(*))&r.a=eq.1&r.s.b=neq.2&c=lte.3",
            &["3", "1", "2"],
        );
        check("a=in.(1,2)&b=like.x&c=is.null&d=eq(any).{1}&e=cs.{1}", &[]);
        assert_eq!(template("PATCH", "a=eq.1").literals(), [""; 0]);
    }

    #[test]
    fn requests_that_differ_in_operands_alone_are_alike() {
        let check = |one: &str, two: &str, alike: bool| {
            let (one, two) = (template("GET", one), template("GET", two));
            assert_eq!(one.is_like(two.request()), alike);
        };
        check("a=eq.1", "a=eq.2", true);
        check("a=eq.1", "a=gt.1", false);
        check("a=eq.1", "b=eq.1", false);
        check("a=eq.1&limit=1", "a=eq.1&limit=2", false);
        check("a=in.(1)", "a=in.(2)", false);
        check("a=eq.1&b=eq.2", "a=eq.3&b=eq.4", true);
    }
}
