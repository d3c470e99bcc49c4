//! FROM: relations, subqueries and joins.

use super::analysis::{Analysis, Entry, Level, Means, unfollowed};
use super::formula::Formula;
use super::node::{NodeId, Outer, Output, Stack, What};
use super::term::TermId;
use crate::catalog::{Kind, Relation};
use crate::pg::{Ident, Name, system};
use crate::query::{Alias, ExprKind, FromItem, FromKind, FunctionCall, JoinCondition, JoinKind, Query};
use crate::rules::scope::unscoped_read;
use crate::scope::Hole;

impl Analysis<'_> {
    /// Reads an item of FROM at a place; its entries become visible.
    pub(super) fn from(&mut self, item: &FromItem, stack: &Stack) -> Result<(), Hole> {
        let entries = self.level().entries.len();
        self.bounded(entries.max(stack.len()))?;
        match &item.kind {
            FromKind::Table { sample: Some(_), .. } => Err(unfollowed(item.span, "TABLESAMPLE")),
            FromKind::Table { name, alias, .. } => self.table(name, alias.as_ref(), stack),
            FromKind::Subquery { lateral, query, alias } => self.derived(query, *lateral, alias.as_ref(), stack),
            FromKind::Function { calls, ordinality, alias, .. } => {
                self.functions(calls, *ordinality, alias.as_ref(), stack)
            }
            FromKind::Join { .. } => self.join(item, stack),
        }
    }

    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("FROM is read at a level")
    }

    /// Makes an entry visible.
    pub(super) fn show(&mut self, entry: Entry) {
        self.level().entries.push(entry);
    }

    fn table(&mut self, name: &Name, alias: Option<&Alias>, stack: &Stack) -> Result<(), Hole> {
        let own = Alias { name: Some(name.last().clone()), ..Alias::default() };
        let bound =
            if name.parts.len() == 1 { self.ctes.iter().rposition(|cte| cte.name == *name.last()) } else { None };
        if let Some(at) = bound {
            let outputs = self.named_query(at, stack)?;
            return self.show_derived(outputs, Some(alias.unwrap_or(&own)), stack);
        }
        self.on_path(name)?;
        if let Some(relation) = self.view(name) {
            return self.view_rows(relation, (name, Some(alias.unwrap_or(&own))), stack);
        }
        if system::holds_definitions(name) && self.catalog().relation(name).is_none() {
            let mut entry = derived(Vec::new(), Some(alias.unwrap_or(&own)), stack);
            // Its columns are PostgreSQL's; a name that no other entry has is one of them.
            entry.complete = true;
            self.show(entry);
            return Ok(());
        }
        if let (Some(filled), Some(relation)) = (self.filled(name), self.catalog().relation(name))
            && matches!(relation.kind, Kind::Temporary | Kind::TableAs)
        {
            self.order.look_up(name.span)?;
            let outputs = self.derived_rows(name, relation, filled, stack)?;
            return self.show_derived(outputs, Some(alias.unwrap_or(&own)), stack);
        }
        let (row, relation) = self.relation(name, stack, (What::Read, &unscoped_read::RULE))?;
        let mut entry = self.entry(relation, row, alias.and_then(|alias| alias.name.as_ref()), stack);
        rename(&mut entry.columns, alias.map_or(&[], |alias| &alias.columns));
        self.show(entry);
        Ok(())
    }

    /// Reads the rows of a view.
    pub(super) fn view_rows(
        &mut self,
        relation: &Relation,
        (name, alias): (&Name, Option<&Alias>),
        stack: &Stack,
    ) -> Result<(), Hole> {
        let Some(view) = relation.view.as_deref() else { return Ok(()) };
        self.order.look_up(name.span)?;
        crate::scope::owner::undoubted(self.context, name)?;
        // Its query stands in another place, perhaps in another file.
        let read = |analysis: &mut Self| analysis.outside_of_all(|analysis| analysis.query(&view.query));
        let outputs = self.placed(name.span, read)?;
        self.child(outputs, stack, Vec::new());
        let export = self.node(outputs).export.clone();
        self.fact(stack, export);
        let mut outputs = self.node(outputs).outputs.clone();
        rename(&mut outputs, &view.columns);
        self.show_derived(outputs, alias, stack)
    }

    /// Reads something that sees none of the names around it.
    pub(super) fn outside_of_all<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Hole>) -> Result<T, Hole> {
        let (levels, ctes) = (std::mem::take(&mut self.levels), std::mem::take(&mut self.ctes));
        let found = read(self);
        (self.levels, self.ctes) = (levels, ctes);
        found
    }

    /// Reads the query that a name stands for where it is named.
    fn named_query(&mut self, at: usize, stack: &Stack) -> Result<Vec<Output>, Hole> {
        let binding = self.ctes[at].clone();
        let node = match &binding.means {
            Means::Rows(outputs, facts) => {
                self.fact(stack, facts.clone());
                return Ok(outputs.clone());
            }
            Means::Written(relation, tenant) => return self.written_rows(relation, *tenant, stack),
            Means::Query(cte) | Means::Recursive(cte) => {
                let levels = self.levels.split_off(binding.depth.0);
                let ctes = self.ctes.split_off(binding.depth.1);
                let found = match &binding.means {
                    Means::Recursive(_) => self.recursive(cte),
                    _ => self.cte_query(cte),
                };
                self.levels.extend(levels);
                self.ctes.extend(ctes);
                let found = found?;
                let mut outputs = self.node(found).outputs.clone();
                rename(&mut outputs, &cte.columns);
                (found, outputs)
            }
        };
        self.child(node.0, stack, Vec::new());
        let export = self.node(node.0).export.clone();
        self.fact(stack, export);
        Ok(node.1)
    }

    fn derived(&mut self, query: &Query, lateral: bool, alias: Option<&Alias>, stack: &Stack) -> Result<(), Hole> {
        let level = if lateral { None } else { self.levels.pop() };
        let node = self.query(query);
        self.levels.extend(level);
        let node: NodeId = node?;
        self.child(node, stack, Vec::new());
        let export = self.node(node).export.clone();
        self.fact(stack, export);
        let outputs = self.node(node).outputs.clone();
        self.show_derived(outputs, alias, stack)
    }

    fn show_derived(&mut self, mut outputs: Vec<Output>, alias: Option<&Alias>, stack: &Stack) -> Result<(), Hole> {
        rename(&mut outputs, alias.map_or(&[], |alias| &alias.columns));
        let entry = derived(outputs, alias, stack);
        self.show(entry);
        Ok(())
    }

    fn functions(
        &mut self,
        calls: &[FunctionCall],
        ordinality: bool,
        alias: Option<&Alias>,
        stack: &Stack,
    ) -> Result<(), Hole> {
        if let [only] = calls
            && let Some(outputs) = self.function_rows(&only.call, stack)?
        {
            let outputs = match definitions(calls, alias) {
                defined if defined.is_empty() => outputs,
                defined if defined.len() != outputs.len() => Vec::new(),
                defined => defined.into_iter().zip(outputs).map(|(name, own)| Output { name, ..own }).collect(),
            };
            return self.show_rows(outputs, ordinality, alias, stack);
        }
        let mut elements = None;
        for call in calls {
            elements = match &call.call.kind {
                ExprKind::Call(inner) => self.unnested(inner)?,
                _ => None,
            };
            if elements.is_none() {
                self.value(&call.call)?;
            }
        }
        let name = alias.and_then(|alias| alias.name.clone()).or_else(|| function_name(calls));
        let columns = columns_of(calls, alias, name.as_ref());
        let complete = columns.is_some();
        let columns = columns.unwrap_or_default().into_iter();
        let mut outputs: Vec<Output> = columns.map(|name| Output { name, term: self.terms.fresh() }).collect();
        if let ([_], [only], Some(element)) = (calls, outputs.as_mut_slice(), elements) {
            only.term = element.term;
        }
        if ordinality {
            outputs.push(Output { name: Ident::exact("ordinality"), term: self.terms.fresh() });
        }
        let own = Alias { name, ..Alias::default() };
        let entry = Entry { complete, ..derived(outputs, Some(&own), stack) };
        self.show(entry);
        Ok(())
    }

    /// Shows the rows of a routine of the history.
    fn show_rows(
        &mut self,
        mut outputs: Vec<Output>,
        ordinality: bool,
        alias: Option<&Alias>,
        stack: &Stack,
    ) -> Result<(), Hole> {
        if let ([only], Some(name)) = (outputs.as_mut_slice(), alias.and_then(|alias| alias.name.as_ref())) {
            only.name = name.clone();
        }
        if ordinality {
            outputs.push(Output { name: Ident::exact("ordinality"), term: self.terms.fresh() });
        }
        let complete = !outputs.is_empty();
        self.show_derived(outputs, alias, stack)?;
        if let Some(entry) = self.level().entries.last_mut() {
            entry.complete = complete;
        }
        Ok(())
    }

    fn join(&mut self, item: &FromItem, stack: &Stack) -> Result<(), Hole> {
        let FromKind::Join { natural, kind, left, right, condition, alias } = &item.kind else { return Ok(()) };
        let start = self.level().entries.len();
        let side = |analysis: &mut Self| {
            analysis.joins += 1;
            analysis.joins
        };
        let (left_side, right_side) = match kind {
            JoinKind::Inner => (None, None),
            JoinKind::Left => (None, Some(side(self))),
            JoinKind::Right => (Some(side(self)), None),
            JoinKind::Full => (Some(side(self)), Some(side(self))),
        };
        let sides: Vec<u32> = left_side.into_iter().chain(right_side).collect();
        let outer = self.block().joins.len();
        if !sides.is_empty() {
            self.block().joins.push(Outer { stack: stack.clone(), sides: sides.clone(), on: Formula::True });
        }
        let below = |side: Option<u32>| stack.iter().copied().chain(side).collect::<Stack>();
        self.from(left, &below(left_side))?;
        let middle = self.level().entries.len();
        // What stands on the right may look at what stands on the left, from where it is.
        let at = std::mem::replace(&mut self.level().at, below(right_side));
        let found = self.from(right, &below(right_side));
        self.level().at = at;
        found?;
        let place = Place { start, middle, at: below(sides.first().copied()), sides: &sides };
        let on = self.condition(&place, (*natural, condition), *kind)?;
        match sides.is_empty() {
            true => self.fact(stack, on),
            false => self.block().joins[outer].on = on,
        }
        match alias {
            Some(alias) => self.hide_behind(start, alias, stack),
            None => Ok(()),
        }
    }

    /// Returns what holds for rows that a join matched.
    fn condition(
        &mut self,
        place: &Place<'_>,
        (natural, condition): (bool, &JoinCondition),
        kind: JoinKind,
    ) -> Result<Formula, Hole> {
        let columns = match condition {
            JoinCondition::On(on) => {
                let level = self.level();
                let outer_at = std::mem::replace(&mut level.at, place.at.clone());
                let outer_from = std::mem::replace(&mut level.from, place.start);
                // Both sides of a FULL JOIN are seen as they are: it is the matched rows that the condition is about.
                let held = self.matched(place, |analysis| analysis.filters_by(on));
                let level = self.level();
                (level.at, level.from) = (outer_at, outer_from);
                return held;
            }
            JoinCondition::Using(columns, alias) if alias.is_none() => columns.clone(),
            JoinCondition::Using(..) => {
                return Err(unfollowed(crate::source::Span::default(), "an alias for the columns of USING"));
            }
            JoinCondition::None if natural => self.common((place.start, place.middle)),
            JoinCondition::None => return Ok(Formula::True),
        };
        self.merge(place, &columns, kind)
    }

    /// Reads with the entries of a join as they are for rows that it matched.
    fn matched<T>(&mut self, place: &Place<'_>, read: impl FnOnce(&mut Self) -> T) -> T {
        let depth = place.at.len();
        let entries = self.level().entries.iter_mut().skip(place.start);
        let mut stacks: Vec<Stack> = Vec::new();
        for entry in entries {
            stacks.push(entry.stack.clone());
            // Whatever side of this join it lies on, its own outer joins stay.
            let own = depth.checked_sub(1).and_then(|last| entry.stack.get_mut(last));
            if let (Some(side), Some(seen)) = (own, place.at.last())
                && place.sides.contains(side)
            {
                *side = *seen;
            }
        }
        let found = read(self);
        for (entry, stack) in self.level().entries.iter_mut().skip(place.start).zip(stacks) {
            entry.stack = stack;
        }
        found
    }

    /// The columns that both sides of a natural join have.
    fn common(&mut self, (start, middle): (usize, usize)) -> Vec<Ident> {
        let entries = &self.level().entries;
        let visible = |entry: &Entry| -> Vec<Ident> {
            let columns = entry.columns.iter().map(|column| column.name.clone());
            columns.filter(|name| !entry.merged.contains(name)).collect()
        };
        let left: Vec<Ident> = entries.iter().take(middle).skip(start).flat_map(visible).collect();
        let right: Vec<Ident> = entries.iter().skip(middle).flat_map(visible).collect();
        left.into_iter().filter(|name| right.contains(name)).collect()
    }

    /// Merges columns of the two sides of a join by name.
    fn merge(&mut self, place: &Place<'_>, columns: &[Ident], kind: JoinKind) -> Result<Formula, Hole> {
        let Place { start, middle, .. } = *place;
        let mut equal = Vec::new();
        let mut merged = Vec::new();
        let mut stack = Stack::new();
        for name in columns {
            let find = |entries: &[Entry]| {
                let has = |entry: &&Entry| entry.column(name).is_some() && !entry.merged.contains(name);
                let found: Vec<&Entry> = entries.iter().filter(has).collect();
                match found.as_slice() {
                    [entry] => entry.column(name).map(|term| (term, entry.stack.clone())),
                    _ => None,
                }
            };
            let entries = self.level().entries.clone();
            let (left, right) = (find(&entries[start..middle]), find(&entries[middle..]));
            let (Some(left), Some(right)) = (left, right) else {
                return Err(unfollowed(crate::source::Span::default(), &format!("which `{name}` USING means")));
            };
            equal.push(Formula::equal(left.0, right.0));
            let (term, own): (TermId, Stack) = match kind {
                JoinKind::Inner | JoinKind::Left => left,
                JoinKind::Right => right,
                JoinKind::Full => self.of_either(place, (left.0, right.0)),
            };
            stack = own;
            merged.push(Output { name: name.clone(), term });
        }
        for entry in self.level().entries.iter_mut().skip(start) {
            let own: Vec<Ident> = columns.iter().filter(|name| entry.column(name).is_some()).cloned().collect();
            entry.merged.extend(own);
        }
        let entry =
            Entry { alias: None, schema: None, columns: merged, complete: true, merged: Vec::new(), stack, row: None };
        // A star shows merged columns first.
        self.level().entries.insert(start, entry);
        Ok(Formula::all(equal))
    }

    /// A column that a full join takes from the side that has a row: for a row of either side it is that row's own.
    fn of_either(&mut self, place: &Place<'_>, (left, right): (TermId, TermId)) -> (TermId, Stack) {
        let merged = self.terms.fresh();
        let above: Stack = place.at.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default();
        for (side, own) in place.sides.iter().zip([left, right]) {
            let at: Stack = above.iter().chain([side]).copied().collect();
            self.fact(&at, Formula::Same(merged, own));
        }
        (merged, above)
    }

    /// An alias for a whole join hides the names in it.
    fn hide_behind(&mut self, start: usize, alias: &Alias, stack: &Stack) -> Result<(), Hole> {
        let entries = self.level().entries.split_off(start);
        if entries.iter().any(|entry| !entry.complete) {
            return Err(unfollowed(
                crate::source::Span::default(),
                "an alias for a join of columns that are not known",
            ));
        }
        let mut outputs = Vec::new();
        for entry in &entries {
            let crossed: Stack = entry.stack.get(stack.len()..).unwrap_or(&[]).to_vec();
            for column in entry.columns.iter().filter(|column| !entry.merged.contains(&column.name)) {
                let term = self.outside(column.term, &crossed);
                outputs.push(Output { name: column.name.clone(), term });
            }
        }
        self.show_derived(outputs, Some(alias), stack)
    }
}

/// A join whose condition is read.
struct Place<'a> {
    /// Its first entry.
    start: usize,
    /// The first entry of its right side.
    middle: usize,
    /// The place of rows that it matched.
    at: Stack,
    /// Its nullable sides.
    sides: &'a [u32],
}

/// Set-returning functions, and the columns that they give; none stands for the function's own name.
const SETS: &[(&str, &[&str])] = &[
    ("generate_series", &[]),
    ("generate_subscripts", &[]),
    ("json_array_elements", &["value"]),
    ("json_array_elements_text", &["value"]),
    ("json_each", &["key", "value"]),
    ("json_each_text", &["key", "value"]),
    ("json_object_keys", &[]),
    ("jsonb_array_elements", &["value"]),
    ("jsonb_array_elements_text", &["value"]),
    ("jsonb_each", &["key", "value"]),
    ("jsonb_each_text", &["key", "value"]),
    ("jsonb_object_keys", &[]),
    ("jsonb_path_query", &[]),
    ("regexp_matches", &[]),
    ("regexp_split_to_table", &[]),
    ("string_to_table", &[]),
];

/// Returns the columns of functions that stand in FROM; `None` when they are not known.
fn columns_of(calls: &[FunctionCall], alias: Option<&Alias>, name: Option<&Ident>) -> Option<Vec<Ident>> {
    let given = alias.map_or(&[][..], |alias| &alias.columns);
    let defined = definitions(calls, alias);
    if !defined.is_empty() {
        return Some(defined);
    }
    let [call] = calls else { return (!given.is_empty()).then(|| given.to_vec()) };
    let called = match &call.call.kind {
        ExprKind::Call(call) => call.name.last().as_str(),
        _ => "",
    };
    let known = SETS.iter().find(|(known, _)| *known == called).map(|(_, columns)| *columns);
    match (given.is_empty(), known) {
        (false, _) => Some(given.to_vec()),
        (true, Some([])) => Some(name.cloned().into_iter().collect()),
        (true, Some(columns)) => Some(columns.iter().map(|column| Ident::exact(column)).collect()),
        // Of a composite type it would give one column for each field.
        (true, None) => None,
    }
}

/// The columns that a call in FROM defines for its records.
fn definitions(calls: &[FunctionCall], alias: Option<&Alias>) -> Vec<Ident> {
    let defined = alias.iter().flat_map(|alias| &alias.definitions);
    defined.chain(calls.iter().flat_map(|call| &call.definitions)).map(|found| found.name.clone()).collect()
}

fn derived(outputs: Vec<Output>, alias: Option<&Alias>, stack: &Stack) -> Entry {
    Entry {
        alias: alias.and_then(|alias| alias.name.clone()),
        schema: None,
        columns: outputs,
        complete: true,
        merged: Vec::new(),
        stack: stack.clone(),
        row: None,
    }
}

/// Gives the first columns other names.
pub(super) fn rename(outputs: &mut [Output], names: &[Ident]) {
    for (output, name) in outputs.iter_mut().zip(names) {
        output.name = name.clone();
    }
}

fn function_name(calls: &[FunctionCall]) -> Option<Ident> {
    match &calls.first()?.call.kind {
        ExprKind::Call(call) => Some(call.name.last().clone()),
        _ => None,
    }
}
