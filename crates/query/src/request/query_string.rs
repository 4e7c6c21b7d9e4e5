//! The query string as a whole: what each parameter is for, and which level of the `select` it belongs to.

use underpin_base::{Code, Error, Limits, Name, Result};

use super::grammar::{
    self, Budget, Cursor, Failure, Parse, Place, Word, field_name, json_path, operation,
};
use super::parameters::Parameter;
use super::range::{self, Window};
use super::{EmbedItem, Filter, FilterTree, JsonStep, Query, SelectItem};

/// What a query string says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct QueryString {
    /// Select, filters and order of all levels; limit and offset of the embeds, but not yet those of the outermost level.
    pub(super) query: Query,
    /// Limit and offset of the outermost level.
    pub(super) window: Window,
    /// `columns`.
    pub(super) columns: Option<Vec<Name>>,
    /// `on_conflict`.
    pub(super) on_conflict: Option<Vec<Name>>,
    /// Parameters that are no filter, since their value begins with no operator: the arguments of a function.
    pub(super) arguments: Vec<(Name, String)>,
}

/// What a parameter is for, by the last word of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Select,
    Columns,
    OnConflict,
    Order,
    Limit,
    Offset,
    Logic,
    Filter,
}

impl Purpose {
    fn of(key: &str) -> Self {
        match key {
            "select" => return Self::Select,
            "columns" => return Self::Columns,
            "on_conflict" => return Self::OnConflict,
            _ => {}
        }
        match key.rsplit('.').next().unwrap_or_default() {
            "order" => Self::Order,
            "limit" => Self::Limit,
            "offset" => Self::Offset,
            "and" | "or" => Self::Logic,
            _ => Self::Filter,
        }
    }
}

impl QueryString {
    /// Reads `parameters`. Where `arguments` may be, a parameter whose value begins with no operator is one.
    pub(super) fn parse(
        parameters: &[Parameter],
        arguments: bool,
        limits: &Limits,
    ) -> Result<Self> {
        let mut reader = Reader {
            budget: Budget::new(limits),
            said: Self::default(),
            windows: Vec::new(),
            ordered: Vec::new(),
            arguments,
        };
        // `select` comes first, wherever it stands: the others may name its embeds.
        let select = value_of(parameters, "select");
        reader.said.query.select = match select {
            None => vec![SelectItem::All],
            Some(text) => grammar::select(text, &mut reader.budget)
                .map_err(|failure| failure.into_error("select parameter", text, text))?,
        };
        reader.said.columns = names(parameters, "columns", limits)?;
        reader.said.on_conflict = names(parameters, "on_conflict", limits)?;
        for parameter in parameters {
            reader.read(parameter)?;
        }
        reader.finish()
    }
}

/// The value of `key`: of several, the first counts.
fn value_of<'a>(parameters: &'a [Parameter], key: &str) -> Option<&'a str> {
    parameters
        .iter()
        .find(|parameter| parameter.key == key)
        .map(|parameter| parameter.value.as_str())
}

fn names(parameters: &[Parameter], key: &str, limits: &Limits) -> Result<Option<Vec<Name>>> {
    value_of(parameters, key)
        .map(|text| {
            grammar::names(&mut Cursor::new(text), limits.select_items_max)
                .map_err(|failure| failure.into_error(&format!("{key} parameter"), text, text))
        })
        .transpose()
}

struct Reader<'a> {
    budget: Budget<'a>,
    said: QueryString,
    /// The windows of the embeds, by path.
    windows: Vec<(Vec<Name>, Window)>,
    /// The levels that have an order already: of several, the first counts.
    ordered: Vec<Vec<Name>>,
    arguments: bool,
}

impl Reader<'_> {
    fn read(&mut self, parameter: &Parameter) -> Result<()> {
        match Purpose::of(&parameter.key) {
            Purpose::Select | Purpose::Columns | Purpose::OnConflict => Ok(()),
            Purpose::Order => self.order(parameter),
            Purpose::Limit | Purpose::Offset => self.window(parameter),
            Purpose::Logic => self.logic(parameter),
            Purpose::Filter => self.filter(parameter),
        }
    }

    fn order(&mut self, Parameter { key, value }: &Parameter) -> Result<()> {
        let path = self.embed_path(key)?;
        let order = grammar::order(value, self.budget.limits)
            .map_err(|failure| failure.into_error("order", value, value))?;
        let level = level(&mut self.said.query, &path)?;
        if !self.ordered.contains(&path) {
            level.order = order;
            self.ordered.push(path);
        }
        Ok(())
    }

    /// Keeps a limit or offset; of several, the last number counts.
    fn window(&mut self, Parameter { key, value }: &Parameter) -> Result<()> {
        let path = self.embed_path(key)?;
        level(&mut self.said.query, &path)?;
        let Some(number) = range::number(value) else {
            return Ok(());
        };
        let window = if path.is_empty() {
            &mut self.said.window
        } else {
            let found = self.windows.iter().position(|(known, _)| *known == path);
            let index = found.unwrap_or(self.windows.len());
            if found.is_none() {
                self.windows.push((path, Window::default()));
            }
            let Some((_, window)) = self.windows.get_mut(index) else {
                return Ok(());
            };
            window
        };
        if Purpose::of(key) == Purpose::Limit {
            window.limit = Some(number);
        } else {
            window.offset = Some(number);
        }
        Ok(())
    }

    fn logic(&mut self, Parameter { key, value }: &Parameter) -> Result<()> {
        let mut words = key_words(key, self.budget.limits)
            .map_err(|failure| failure.into_error("logic path", key, key))?
            .0;
        let Some(operator) = words.pop() else {
            return Ok(());
        };
        let negated = words.iter().any(|word| word.is("not"));
        words.retain(|word| !word.is("not"));
        let prefix = if negated { "not." } else { "" };
        let text = format!("{prefix}{}{value}", operator.name);
        let tree = grammar::group(&text, &mut self.budget)
            .map_err(|failure| failure.into_error("logic tree", value, &text))?;
        let path: Vec<Name> = words.into_iter().map(|word| word.name).collect();
        level(&mut self.said.query, &path)?.filters.push(tree);
        Ok(())
    }

    fn filter(&mut self, Parameter { key, value }: &Parameter) -> Result<()> {
        let (mut words, json) = key_words(key, self.budget.limits)
            .map_err(|failure| failure.into_error("tree path", key, key))?;
        let Some(column) = words.pop() else {
            return Ok(());
        };
        let path: Vec<Name> = words.into_iter().map(|word| word.name).collect();
        let mut cursor = Cursor::new(value);
        match operation(&mut cursor, Place::Parameter, &mut self.budget) {
            Ok((negated, operation)) => {
                let filter = Filter {
                    column: column.name,
                    path: json,
                    negated,
                    operation,
                };
                let level = level(&mut self.said.query, &path)?;
                level.filters.push(FilterTree::Condition(filter));
                Ok(())
            }
            Err(Failure::Syntax { .. }) if self.arguments && path.is_empty() && json.is_empty() => {
                self.budget.no_condition();
                self.said.arguments.push((column.name, value.clone()));
                Ok(())
            }
            Err(failure) => Err(failure.into_error("filter", value, value)),
        }
    }

    /// Reads `a.b.limit`: the path before the last word.
    fn embed_path(&self, key: &str) -> Result<Vec<Name>> {
        let mut words = key_words(key, self.budget.limits)
            .map_err(|failure| failure.into_error("tree path", key, key))?
            .0;
        words.pop();
        Ok(words.into_iter().map(|word| word.name).collect())
    }

    fn finish(mut self) -> Result<QueryString> {
        for (path, window) in std::mem::take(&mut self.windows) {
            let level = level(&mut self.said.query, &path)?;
            (level.limit, level.offset) = window.embedded()?;
        }
        Ok(self.said)
    }
}

/// Reads a key: names joined by dots, and a JSON path into the last.
fn key_words(key: &str, limits: &Limits) -> Parse<(Vec<Word>, Vec<JsonStep>)> {
    let mut cursor = Cursor::new(key);
    let mut words = Vec::new();
    loop {
        words.push(field_name(&mut cursor)?);
        if !cursor.take(".") {
            break;
        }
    }
    let path = json_path(&mut cursor, limits.json_depth_max)?;
    if cursor.is_at_end() {
        return Ok((words, path));
    }
    Err(cursor.fail_end("letter, digit, \"-\", delimiter (.), \"->>\", \"->\" or end of input"))
}

/// Returns the level of `query` that `path` leads to.
fn level<'a>(query: &'a mut Query, path: &[Name]) -> Result<&'a mut Query> {
    let mut level = query;
    for name in path {
        let found = embed_index(&level.select, name).and_then(|index| level.select.get_mut(index));
        let Some(SelectItem::Embed(embed)) = found else {
            return Err(not_embedded(name));
        };
        level = &mut embed.query;
    }
    Ok(level)
}

/// Returns where in `select` the embed is that parameters call `name`: by its alias, or by its relation when nothing else has that name.
pub(super) fn embed_index(select: &[SelectItem], name: &str) -> Option<usize> {
    let find = |known: &dyn Fn(&EmbedItem) -> bool| {
        select
            .iter()
            .position(|item| matches!(item, SelectItem::Embed(embed) if known(embed)))
    };
    find(&|embed| &**embed.name() == name).or_else(|| find(&|embed| &*embed.relation == name))
}

fn not_embedded(name: &str) -> Error {
    Error::new(
        Code::EMBED_NOT_SELECTED,
        format!("'{name}' is not an embedded resource in this request"),
    )
    .hint(format!(
        "Verify that '{name}' is included in the 'select' query parameter."
    ))
}
