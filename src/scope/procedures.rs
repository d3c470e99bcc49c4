//! Bodies of functions, procedures and DO blocks: the worst of what is in them.

use super::designator::Designator;
use super::judgement::{Hole, Judgement};
use super::{Context, judged, opaque};
use crate::pg::Ident;
use crate::procedure::{ExpressionKind, Part, Places, Procedure, Sql, SqlBody as TextBody, SqlKind, TargetRoot};
use crate::query::Step;
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
        return parsed(context, text, body);
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

fn open(span: Span, message: String) -> Judgement {
    Judgement::open(Scope::Unprovable, Hole::new(&unprovable::RULE, span, message))
}

/// A body in BEGIN ATOMIC, or one expression.
fn parsed(context: &Context<'_>, text: &str, body: &SqlBody) -> Judgement {
    match body {
        SqlBody::Return(value) => match opaque::expr(context, value, &[]) {
            Some(hole) => Judgement::open(Scope::Unprovable, hole),
            None => Judgement::not_applicable(),
        },
        SqlBody::Atomic(statements) => {
            let judgements = statements.iter().map(|statement| match &statement.kind {
                BodyStatementKind::Statement(inner) => nested(context, text, inner),
                BodyStatementKind::Return(value) => parsed(context, text, &SqlBody::Return(value.clone())),
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
    let (judgement, places) = match read(text, source, language) {
        Err(judgement) => return judgement,
        Ok(Body::Text(body)) => {
            let names = parameters.to_vec();
            let judgements = body.statements.iter().map(|statement| sql(context, inner, statement));
            let judgement = judgements.fold(Judgement::not_applicable(), Judgement::and);
            let judgement = unless_defining(judgement, body.statements.iter(), source.span);
            (hidden(context, &names, source.span).map_or(judgement.clone(), |hole| judgement.and(hole)), body.places)
        }
        Ok(Body::Procedure(procedure)) => {
            let judgement = parts(context, inner, &procedure, parameters, source.span);
            (judgement, procedure.places)
        }
    };
    in_file(judgement, places)
}

/// Places in a body with doubled quotes are places in its value.
fn in_file(mut judgement: Judgement, places: Places) -> Judgement {
    for hole in &mut judgement.holes {
        hole.span = places.in_file(hole.span);
        hole.fix.clear();
    }
    judgement
}

fn parts(context: &Context<'_>, text: &str, procedure: &Procedure, parameters: &[&Ident], span: Span) -> Judgement {
    let mut judgement = Judgement::not_applicable();
    if let Some(option) = procedure.options.iter().find(|option| option.value == "use_variable") {
        judgement = open(option.span, "a variable may stand wherever a column is written".into());
    }
    let mut names = parameters.to_vec();
    let all = procedure.parts();
    for part in &all {
        let next = match *part {
            Part::Sql(statement) => sql(context, text, statement),
            Part::Expression(expression) | Part::Perform(expression) => self::expression(context, &expression.kind),
            Part::Command(command) => open(command.span, "a command is put together only when it runs".into()),
            Part::Opaque(opaque) => open(opaque.span, opaque.message.clone()),
            Part::Target(target) => match assigns_tenant(context, &target.root, &target.steps) {
                true => open(target.span, "the tenant of a row is assigned".into()),
                false => continue,
            },
            Part::Declaration(declaration) => {
                names.push(&declaration.name);
                continue;
            }
            Part::Block(_) | Part::Statement(_) => continue,
        };
        judgement = judgement.and(next);
    }
    let statements =
        all.iter().filter_map(|part| if let Part::Sql(statement) = part { Some(*statement) } else { None });
    let judgement = unless_defining(judgement, statements, span);
    match hidden(context, &names, span) {
        Some(hole) => judgement.and(hole),
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

/// A variable with the name of a tenant column may stand where the column is meant.
fn hidden(context: &Context<'_>, names: &[&Ident], span: Span) -> Option<Judgement> {
    let columns = context.tenancy.tenant_columns.iter();
    let root = context.tenancy.root.as_ref().map(|root| &root.column);
    let name = columns.chain(root).find(|column| names.contains(column))?;
    Some(open(span, format!("a variable is called `{name}`, as the tenant column is")))
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

fn sql(context: &Context<'_>, text: &str, statement: &Sql) -> Judgement {
    match &statement.kind {
        SqlKind::Statement(inner) => nested(context, text, inner),
        SqlKind::Opaque(opaque) => open(opaque.span, opaque.message.clone()),
    }
}

fn nested(context: &Context<'_>, text: &str, statement: &Statement) -> Judgement {
    match judged(context, statement, text) {
        Ok(judgement) => judgement,
        Err(hole) => Judgement::open(Scope::Unprovable, hole),
    }
}
