//! sqlparser's function calls to ours.

use sqlparser::ast::{
    DuplicateTreatment, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator, FunctionArgumentClause,
    FunctionArguments, OrderByExpr, OrderByOptions, OrderBySort, WindowType,
};

use super::islands::{Islands, VARIADIC};
use super::lower::{any_ident, covering, object_name, unsupported};
use crate::pg::keyword::{self, Category};
use crate::pg::{Ident, Name};
use crate::query::{Argument, Call, Expr, ExprKind, Nulls, Over, SortDirection, SortItem};
use crate::source::Span;
use crate::syntax::cursor::Parsed;

/// Calls that PostgreSQL's grammar has as expressions of their own.
const SPECIAL: &[&str] = &["COALESCE", "GREATEST", "LEAST", "NULLIF", "GROUPING", "XMLCONCAT"];

impl Islands {
    pub(super) fn function(&mut self, function: Function) -> Parsed<Expr> {
        let Function { name, uses_odbc_syntax, parameters, args, within_group, filter, null_treatment, over } =
            function;
        let quoted = name.0.iter().any(|part| part.as_ident().is_some_and(|ident| ident.quote_style.is_some()));
        let name = object_name(&name)?;
        let span = name.span;
        if uses_odbc_syntax || parameters != FunctionArguments::None || null_treatment.is_some() {
            return unsupported(span, "this call");
        }
        let FunctionArguments::List(list) = args else { return unsupported(span, "this call") };
        let mut call = empty(name);
        call.distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        for argument in list.args {
            self.argument(&mut call, argument)?;
        }
        for clause in list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(keys) if call.order_by.is_empty() => call.order_by = self.sort(keys)?,
                _ => return unsupported(span, "this clause"),
            }
        }
        if !within_group.is_empty() {
            if !call.order_by.is_empty() {
                return unsupported(span, "a second ORDER BY");
            }
            call.within_group = true;
            call.order_by = self.sort(within_group)?;
        }
        call.filter = filter.map(|filter| self.expr(*filter)).transpose()?;
        call.over = over.map(|over| self.over(over, span)).transpose()?;
        if quoted { Ok(finished(call, span)) } else { special(call, span) }
    }

    fn argument(&mut self, call: &mut Call, argument: FunctionArg) -> Parsed<()> {
        let span = call.name.span;
        let (name, value) = match argument {
            FunctionArg::Unnamed(value) => (None, value),
            FunctionArg::Named {
                name,
                arg,
                operator: FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment,
            } => (Some(any_ident(&name)), arg),
            FunctionArg::ExprNamed {
                name: sqlparser::ast::Expr::Identifier(name),
                arg,
                operator: FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment,
            } => (Some(any_ident(&name)), arg),
            _ => return unsupported(span, "this argument"),
        };
        let value = match value {
            FunctionArgExpr::Expr(expr) => self.expr(expr)?,
            FunctionArgExpr::QualifiedWildcard(name) => {
                let name = object_name(&name)?;
                Expr::new(name.span, ExprKind::Star(name.parts))
            }
            FunctionArgExpr::Wildcard if name.is_none() && call.arguments.is_empty() && !call.star => {
                call.star = true;
                return Ok(());
            }
            FunctionArgExpr::Wildcard | FunctionArgExpr::WildcardWithOptions(_) => {
                return unsupported(span, "this argument");
            }
        };
        if call.variadic || call.star {
            return unsupported(span, "an argument behind the last one");
        }
        call.variadic = name.as_ref().is_some_and(|name| *name == VARIADIC);
        let name = name.filter(|_| !call.variadic);
        call.arguments.push(Argument { name, value });
        Ok(())
    }

    fn sort(&mut self, keys: Vec<OrderByExpr>) -> Parsed<Vec<SortItem>> {
        keys.into_iter()
            .map(|key| {
                let OrderByExpr { expr, options, with_fill } = key;
                let expr = self.expr(expr)?;
                let span = expr.span;
                let OrderByOptions { sort, nulls_first } = options;
                let direction = match sort {
                    None => SortDirection::Default,
                    Some(OrderBySort::Asc) => SortDirection::Ascending,
                    Some(OrderBySort::Desc) => SortDirection::Descending,
                    Some(OrderBySort::Using(_)) => return unsupported(span, "this sort order"),
                };
                if with_fill.is_some() {
                    return unsupported(span, "this sort order");
                }
                let nulls = match nulls_first {
                    None => Nulls::Default,
                    Some(true) => Nulls::First,
                    Some(false) => Nulls::Last,
                };
                Ok(SortItem { expr, direction, nulls })
            })
            .collect()
    }

    fn over(&mut self, over: WindowType, span: Span) -> Parsed<Over> {
        match over {
            WindowType::NamedWindow(ident) => Ok(match self.window(&ident.value) {
                Some(window) => Over::Window(window.clone()),
                None => Over::Named(any_ident(&ident)),
            }),
            WindowType::WindowSpec(_) => unsupported(span, "this window"),
        }
    }
}

/// A call that has only a name.
pub(super) fn empty(name: Name) -> Call {
    Call {
        name,
        star: false,
        distinct: false,
        arguments: Vec::new(),
        variadic: false,
        order_by: Vec::new(),
        within_group: false,
        filter: None,
        over: None,
    }
}

fn finished(call: Call, span: Span) -> Expr {
    let end = call.arguments.iter().fold(span, |span, argument| span.to(argument.value.span));
    Expr::new(end, ExprKind::Call(Box::new(call)))
}

/// `COALESCE (…)` and `ROW (…)` are no functions; other names that are key words of their own cannot be called.
pub(super) fn special(call: Call, span: Span) -> Parsed<Expr> {
    let [name] = call.name.parts.as_slice() else { return Ok(finished(call, span)) };
    let word = SPECIAL.iter().find(|word| word.eq_ignore_ascii_case(name.as_str()));
    let is_row = name == &Ident::exact("row");
    if word.is_none() && !is_row {
        const CALLED: &[&str] = &["substring", "overlay"];
        // A key word since PostgreSQL 16, which names the built-in function.
        if name.as_str() == "json_object" && !call.arguments.is_empty() {
            let parts = [Ident::exact("pg_catalog"), name.clone()].into();
            return Ok(finished(Call { name: Name { parts, span }, ..call }, span));
        }
        let refused = matches!(keyword::category(name.as_str()), Some(Category::Reserved | Category::ColumnName));
        let plain = !refused || CALLED.contains(&name.as_str());
        return if plain { Ok(finished(call, span)) } else { unsupported(span, "this call") };
    }
    let plain = !call.star && !call.distinct && !call.variadic && call.order_by.is_empty();
    let plain = plain && call.filter.is_none() && call.over.is_none();
    if !plain || call.arguments.iter().any(|argument| argument.name.is_some()) {
        return unsupported(span, "this call");
    }
    let fields: Vec<Expr> = call.arguments.into_iter().map(|argument| argument.value).collect();
    let span = span.to(covering(&fields));
    let kind = match word {
        Some(word) => ExprKind::Special(word, fields),
        None => ExprKind::Row { fields, explicit: true },
    };
    Ok(Expr::new(span, kind))
}
