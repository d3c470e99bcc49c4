//! Bodies of functions, procedures and DO blocks: the worst of what is in them.

use super::designator::Designator;
use super::judgement::{Hole, Judgement};
use super::{Context, judged, opaque};
use crate::pg::Ident;
use crate::procedure::{ExpressionKind, Part, Places, Procedure, Sql, SqlBody as TextBody, SqlKind, TargetRoot};
use crate::query::visit::{self, Node};
use crate::query::{ExprKind, Parameter, Step};
use crate::rules::scope::unprovable;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::function::{Attribute, BodyStatementKind, CreateFunction, Source, SqlBody};
use crate::statement::session::Statement as Session;
use crate::statement::session::program::Do;
use crate::statement::session::setting::{Attached, Set, SetScope};
use crate::statement::session::source_text::{Quoting, SourceText};
use crate::syntax::plpgsql;
use crate::verdict::Scope;

/// A body in the form of its language.
pub(super) enum Body {
    /// PL/pgSQL.
    Procedure(Box<Procedure>),
    /// SQL in a string.
    Text(TextBody),
}

/// Judges the body of a routine.
pub(super) fn routine(context: &Context<'_>, text: &str, function: &CreateFunction) -> Judgement {
    let settings = function.attributes.iter().filter_map(|attribute| match attribute {
        Attribute::Setting(Attached::Set(change)) => Some(change),
        _ => None,
    });
    let mut effects = None;
    for change in settings {
        let set = Set { scope: SetScope::Local, change: change.clone() };
        let doubts = &mut effects.get_or_insert_with(|| context.effects.clone()).doubts;
        doubts.set(&set, context.catalog, context.tenancy);
    }
    let within = Context { effects: effects.as_ref().unwrap_or(context.effects), ..*context };
    let tenancy = within.effects.doubts.tenancy(context.tenancy);
    let within = Context { tenancy: tenancy.as_ref().unwrap_or(context.tenancy), ..within };
    let mut judgement = whole(&within, text, function);
    // `$1` is the routine's own parameter, and says nothing about who runs it.
    judgement.designator = judgement.designator.filter(|found| !matches!(found, Designator::Number(_)));
    judgement
}

fn whole(context: &Context<'_>, text: &str, function: &CreateFunction) -> Judgement {
    let parameters: Vec<&Ident> = function.parameters.iter().filter_map(|parameter| parameter.name.as_ref()).collect();
    if let Some(body) = &function.body {
        return parsed(&Frame { context, text, names: parameters }, body);
    }
    let language = function.attributes.iter().find_map(|attribute| match attribute {
        Attribute::Language(language) => Some(language.as_str()),
        _ => None,
    });
    let source = function.attributes.iter().find_map(|attribute| match attribute {
        Attribute::As(Source::Text(source)) => Some(source),
        _ => None,
    });
    match (source, language) {
        (Some(source), Some(language)) => written(context, text, source, language, &parameters),
        _ => open(function.name.span, format!("what `{}` does is not written here", function.name)),
    }
}

/// Judges a DO block.
pub(super) fn block(context: &Context<'_>, text: &str, block: &Do) -> Judgement {
    written(context, text, &block.body, block.language.as_deref().unwrap_or("plpgsql"), &[])
}

/// What statements of a body are judged in.
struct Frame<'a> {
    context: &'a Context<'a>,
    /// The text that places in the body are places of.
    text: &'a str,
    /// Parameters and variables.
    names: Vec<&'a Ident>,
}

fn open(span: Span, message: String) -> Judgement {
    Judgement::open(Scope::Unprovable, Hole::new(&unprovable::RULE, span, message))
}

/// A body in BEGIN ATOMIC, or one expression.
fn parsed(frame: &Frame<'_>, body: &SqlBody) -> Judgement {
    match body {
        SqlBody::Return(value) => match opaque::expr(frame.context, value, &[]) {
            Some(hole) => Judgement::open(Scope::Unprovable, hole),
            None => Judgement::not_applicable(),
        },
        SqlBody::Atomic(statements) => {
            let judgements = statements.iter().map(|statement| match &statement.kind {
                BodyStatementKind::Statement(inner) => nested(frame, inner),
                BodyStatementKind::Return(value) => parsed(frame, &SqlBody::Return(value.clone())),
            });
            judgements.fold(Judgement::not_applicable(), Judgement::and)
        }
    }
}

pub(super) fn read(text: &str, source: &SourceText, language: &str) -> Result<Body, Judgement> {
    match language.to_ascii_lowercase().as_str() {
        "sql" => Ok(Body::Text(plpgsql::sql(text, source))),
        "plpgsql" => match plpgsql::procedure(text, source) {
            Ok(procedure) => Ok(Body::Procedure(Box::new(procedure))),
            Err(error) => Err(open(error.span, format!("the body cannot be read: {}", error.message))),
        },
        other => Err(open(source.span, format!("a body in `{other}` is not read"))),
    }
}

fn written(context: &Context<'_>, text: &str, source: &SourceText, language: &str, parameters: &[&Ident]) -> Judgement {
    // Places in the body are places in the file, or in the value of the string that the body stands in.
    let inner = match source.quoting {
        Quoting::Verbatim => text,
        Quoting::Escaped => source.text.as_str(),
    };
    let mut frame = Frame { context, text: inner, names: parameters.to_vec() };
    match read(text, source, language) {
        Err(judgement) => judgement,
        Ok(Body::Text(body)) => {
            let judgements = body.statements.iter().map(|statement| sql(&frame, statement));
            let judgement = judgements.fold(Judgement::not_applicable(), Judgement::and);
            let judgement = unless_defining(judgement, body.statements.iter(), source.span);
            in_file(shadowed(&frame, judgement, source.span), body.places)
        }
        Ok(Body::Procedure(procedure)) => {
            let all = procedure.parts();
            frame.names.extend(all.iter().filter_map(|part| match part {
                Part::Declaration(declaration) => Some(&declaration.name),
                _ => None,
            }));
            let judgements = all.iter().map(|part| self::part(&frame, part));
            let judgement = judgements.fold(Judgement::not_applicable(), Judgement::and);
            let statements = all.iter().filter_map(|part| match part {
                Part::Sql(statement) => Some(*statement),
                _ => None,
            });
            let judgement = unless_defining(judgement, statements, source.span);
            let judgement = resolved(undecided(judgement, &all, source.span), &procedure);
            let judgement = shadowed(&frame, judgement, source.span);
            in_file(judgement, procedure.places)
        }
    }
}

/// Places in a body with doubled quotes are places in its value.
fn in_file(mut judgement: Judgement, places: Places) -> Judgement {
    for hole in &mut judgement.holes {
        hole.span = places.in_file(hole.span);
        hole.fix.clear();
    }
    judgement
}

/// What one statement says of all tenants must not decide what the next one does.
fn undecided(judgement: Judgement, parts: &[Part<'_>], span: Span) -> Judgement {
    let decides = |part: &Part<'_>| matches!(part, Part::Expression(_) | Part::Perform(_) | Part::Target(_));
    let statements = parts.iter().filter(|part| matches!(part, Part::Sql(_))).count();
    if judgement.scope != Scope::Aligned || statements < 2 && !parts.iter().any(decides) {
        return judgement;
    }
    judgement.and(open(span, "statements on every tenant may decide each other".into()))
}

/// Where variables go before columns, one may stand wherever a column is written.
fn resolved(judgement: Judgement, procedure: &Procedure) -> Judgement {
    match procedure.options.iter().find(|option| option.value == "use_variable") {
        Some(option) => judgement.and(open(option.span, "a variable may stand wherever a column is written".into())),
        None => judgement,
    }
}

/// What a body changes about definitions or settings holds for its later statements, which are judged by those before it.
fn unless_defining<'a>(judgement: Judgement, statements: impl Iterator<Item = &'a Sql>, span: Span) -> Judgement {
    let (mut defines, mut touches) = (false, false);
    for statement in statements {
        let SqlKind::Statement(inner) = &statement.kind else { continue };
        match &**inner {
            Statement::Relation(_) | Statement::Object(_) => defines = true,
            Statement::Session(session) => defines |= matches!(**session, Session::Set(_) | Session::Reset(_)),
            Statement::Data(_) => touches = true,
        }
    }
    if !defines || !touches || !matches!(judgement.scope, Scope::Scoped | Scope::Aligned) {
        return judgement;
    }
    judgement.and(open(span, "the body changes definitions or settings and then reads or writes rows".into()))
}

fn part(frame: &Frame<'_>, part: &Part<'_>) -> Judgement {
    match part {
        Part::Sql(statement) => sql(frame, statement),
        Part::Expression(expression) | Part::Perform(expression) => self::expression(frame.context, &expression.kind),
        Part::Command(command) => open(command.span, "a command is put together only when it runs".into()),
        Part::Opaque(opaque) => open(opaque.span, opaque.message.clone()),
        Part::Target(target) if assigns_tenant(frame.context, &target.root, &target.steps) => {
            open(target.span, "the tenant of a row is assigned".into())
        }
        Part::Target(_) | Part::Declaration(_) | Part::Block(_) | Part::Statement(_) => Judgement::not_applicable(),
    }
}

/// A variable with the name of a tenant column may stand where the column is meant.
fn shadowed(frame: &Frame<'_>, judgement: Judgement, span: Span) -> Judgement {
    let columns = frame.context.tenancy.tenant_columns.iter();
    let root = frame.context.tenancy.root.as_ref().map(|root| &root.column);
    match columns.chain(root).find(|column| frame.names.contains(column)) {
        Some(name) => judgement.and(open(span, format!("a variable is called `{name}`, as the tenant column is"))),
        None => judgement,
    }
}

fn assigns_tenant(context: &Context<'_>, root: &TargetRoot, steps: &[Step]) -> bool {
    let is_new = matches!(root, TargetRoot::Name(name) if *name == "new");
    let columns = &context.tenancy.tenant_columns;
    is_new && !matches!(steps.first(), Some(Step::Field(field)) if !columns.contains(field))
}

fn expression(context: &Context<'_>, kind: &ExpressionKind) -> Judgement {
    let hole = match kind {
        ExpressionKind::Scalar(expr) => opaque::expr(context, expr, &[]),
        ExpressionKind::Query(query) => opaque::query(context, query, &[]),
        ExpressionKind::Opaque(opaque) => return open(opaque.span, opaque.message.clone()),
    };
    hole.map_or_else(Judgement::not_applicable, |hole| Judgement::open(Scope::Unprovable, hole))
}

fn sql(frame: &Frame<'_>, statement: &Sql) -> Judgement {
    match &statement.kind {
        SqlKind::Statement(inner) => nested(frame, inner),
        SqlKind::Opaque(opaque) => open(opaque.span, opaque.message.clone()),
    }
}

fn nested(frame: &Frame<'_>, statement: &Statement) -> Judgement {
    let mut judgement = match judged(frame.context, statement, frame.text) {
        Ok(judgement) => judgement,
        Err(hole) => Judgement::open(Scope::Unprovable, hole),
    };
    // What is not restricted by what stands there may be restricted by what a variable holds.
    if matches!(judgement.scope, Scope::Unscoped | Scope::Aligned) && has_variables(frame, statement) {
        judgement.scope = Scope::Unprovable;
        for hole in &mut judgement.holes {
            hole.rule = &unprovable::RULE;
            hole.message = "whose rows are met depends on variables, which are not followed yet".into();
            hole.help = None;
        }
    }
    judgement
}

fn has_variables(frame: &Frame<'_>, statement: &Statement) -> bool {
    let Statement::Data(data) = statement else { return false };
    let mut found = false;
    visit::statement(data, &mut |node| {
        let Node::Expr(expr) = node else { return };
        found |= match &expr.kind {
            ExprKind::Column(parts) => parts.first().is_some_and(|first| {
                frame.names.contains(&first) || *first == "new" || *first == "old" || first.as_str().starts_with("tg_")
            }),
            ExprKind::Parameter(Parameter::Number(_)) => true,
            _ => false,
        };
    });
    found
}
