//! Bodies of functions, procedures and DO blocks: the worst of what is in them.

use std::sync::Arc;

use super::bodies::{Bodies, Read};
use super::designator::Designator;
use super::judgement::{Hole, Judgement};
use super::proof::Asked;
use super::{Context, proof};
use crate::catalog::Holder;
use crate::pg::{Ident, TypeName};
use crate::procedure::{Part, Places, Procedure, Sql, SqlBody as TextBody, SqlKind, TargetRoot};
use crate::query::{self, DataStatement, Expr, Query, Select, SelectItem, Step};
use crate::rules::scope::unprovable;
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::function::{Attribute, BodyStatementKind, CreateFunction, Returns, Source, SqlBody};
use crate::statement::object::parameter::{Parameter, ParameterMode};
use crate::statement::session::program::Do;
use crate::statement::session::setting::{Attached, Set, SetScope};
use crate::statement::session::source_text::{Quoting, SourceText};
use crate::syntax::plpgsql;
use crate::verdict::Scope;

/// A body in the form of its language.
#[derive(Debug)]
pub(super) enum Body {
    /// PL/pgSQL.
    Procedure(Box<Procedure>),
    /// SQL in a string.
    Text(TextBody),
}

/// What a routine consists of.
pub(super) enum Program<'f> {
    /// A body in BEGIN ATOMIC, or one expression.
    Parsed(&'f SqlBody),
    /// A body in a string, and what was read of it.
    Written(&'f SourceText, Arc<Read>),
    /// It is not written here.
    Elsewhere,
}

impl<'f> Program<'f> {
    /// Reads the body of a routine.
    pub(super) fn of(bodies: &Bodies, text: &str, function: &'f CreateFunction) -> Self {
        if let Some(body) = &function.body {
            return Program::Parsed(body);
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
            (Some(source), Some(language)) => Program::Written(source, bodies.read(text, source, language)),
            _ => Program::Elsewhere,
        }
    }
}

/// Judges the statement that makes a routine.
pub(super) fn made(context: &Context<'_>, text: &str, function: &CreateFunction) -> Judgement {
    let alone = routine(context, text, function);
    match returns_trigger(function) && matches!(alone.scope, Scope::Unscoped | Scope::Unprovable) {
        true => fired(context, function, alone),
        false => alone,
    }
}

/// Judges the body of a routine on its own.
pub(super) fn routine(context: &Context<'_>, text: &str, function: &CreateFunction) -> Judgement {
    program(context, (text, function), &Program::of(&context.effects.bodies, text, function), Asked::Verdict)
}

/// Says whether a routine that was read meets no rows of tenants.
pub(super) fn meets_nothing(context: &Context<'_>, text: &str, function: &CreateFunction, read: &Program<'_>) -> bool {
    program(context, (text, function), read, Asked::MeetsRows).scope == Scope::NotApplicable
}

fn program(
    context: &Context<'_>,
    (text, function): (&str, &CreateFunction),
    program: &Program<'_>,
    asked: Asked,
) -> Judgement {
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
    let mut judgement = whole(&within, (text, function), program, asked);
    // An argument says nothing about who runs the routine.
    judgement.designator = judgement.designator.filter(|found| !matches!(found, Designator::LookedUp(_)));
    judgement
}

fn returns_trigger(function: &CreateFunction) -> bool {
    matches!(&function.returns, Some(Returns::Type(name)) if *name.name.last() == "trigger")
}

/// What a trigger's function does depends on the relation whose rows fire it: it is judged by the triggers that call it,
/// and where there are none yet, when one is made.
fn fired(context: &Context<'_>, function: &CreateFunction, alone: Judgement) -> Judgement {
    let relations = context.catalog.mentioning(function.name.last()).filter_map(|holder| match holder {
        Holder::Relation(name) => context.catalog.held_relation(name),
        Holder::Object(_) => None,
    });
    let triggers = relations.flat_map(|relation| relation.triggers.values());
    let calls = triggers.filter(|trigger| trigger.definition.function.last() == function.name.last());
    let judged = |trigger: &crate::catalog::Trigger| {
        let judged = proof::trigger(context, &trigger.definition, Some(function));
        let judgement = found(judged);
        let place = |hole: Hole| Hole { span: function.name.span, ..hole };
        Judgement { holes: judgement.holes.into_iter().map(place).collect(), ..judgement }
    };
    let all = calls.filter(|trigger| !trigger.inherited).map(judged).reduce(Judgement::and);
    match all {
        Some(judgement) => judgement,
        None if alone.scope == Scope::Unprovable || names_rows(function) => Judgement::not_applicable(),
        None => alone,
    }
}

/// Says whether a body looks at columns of the row that fires it.
fn names_rows(function: &CreateFunction) -> bool {
    let text = function.source().map(|source| source.text.to_ascii_lowercase()).unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '"' || c == '.';
    text.split(|c| !is_name(c)).any(|word| word.starts_with("new.") || word.starts_with("old."))
}

fn whole(
    context: &Context<'_>,
    (text, function): (&str, &CreateFunction),
    program: &Program<'_>,
    asked: Asked,
) -> Judgement {
    let given = function.parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out));
    let frame = Frame {
        context,
        text,
        names: function.parameters.iter().filter_map(|parameter| parameter.name.as_ref()).collect(),
        proof: proof::Frame {
            routine: Some(function.name.last().clone()),
            texts: given.clone().filter(|parameter| is_text(parameter)).filter_map(|p| p.name.clone()).collect(),
            blurred: given.clone().map(|parameter| is_float(&parameter.data_type)).collect(),
            parameters: given.map(|parameter| parameter.name.clone()).collect(),
            integers: integers(function).cloned().collect(),
            trigger: returns_trigger(function),
            asked,
        },
    };
    match program {
        Program::Parsed(body) => parsed(&frame, body, function.name.span),
        Program::Written(source, read) => written(&frame, source, read),
        Program::Elsewhere => open(function.name.span, format!("what `{}` does is not written here", function.name)),
    }
}

/// Returns the parameters of a routine that are whole numbers.
pub(super) fn integers(function: &CreateFunction) -> impl Iterator<Item = &Ident> {
    let single = |parameter: &&Parameter| parameter.mode != Some(ParameterMode::Variadic);
    let integers = function.parameters.iter().filter(single).filter(|parameter| is_integer(&parameter.data_type));
    integers.filter_map(|parameter| parameter.name.as_ref())
}

/// Says whether a type is one of PostgreSQL's whole numbers, whose values are written as digits with a sign.
pub(super) fn is_integer(of: &TypeName) -> bool {
    let is_plain = of.bounds.is_empty() && !of.set_of && !of.percent_type;
    let is_system = of.name.schema().is_none_or(|schema| *schema == "pg_catalog");
    is_plain && is_system && ["int2", "int4", "int8"].contains(&of.name.last().as_str())
}

/// Says whether two whole numbers may be equal to one value of a type.
fn is_float(of: &TypeName) -> bool {
    of.name.schema().is_none_or(|schema| *schema == "pg_catalog")
        && ["float4", "float8"].contains(&of.name.last().as_str())
}

fn is_text(parameter: &Parameter) -> bool {
    let of = &parameter.data_type;
    let is_input = !matches!(parameter.mode, Some(ParameterMode::Variadic | ParameterMode::Out));
    is_input && of.bounds.is_empty() && ["text", "varchar"].contains(&of.name.last().as_str())
}

/// Judges a DO block.
pub(super) fn block(context: &Context<'_>, text: &str, block: &Do) -> Judgement {
    let frame = Frame { context, text, names: Vec::new(), proof: proof::Frame::default() };
    written(&frame, &block.body, &read(text, &block.body, block.language.as_deref().unwrap_or("plpgsql")))
}

/// What a body is judged in.
struct Frame<'a> {
    context: &'a Context<'a>,
    /// The text that the body stands in.
    text: &'a str,
    /// Parameters and variables.
    names: Vec<&'a Ident>,
    proof: proof::Frame,
}

fn open(span: Span, message: String) -> Judgement {
    Judgement::open(Scope::Unprovable, Hole::new(&unprovable::RULE, span, message))
}

/// A body in BEGIN ATOMIC, or one expression.
fn parsed(frame: &Frame<'_>, body: &SqlBody, span: Span) -> Judgement {
    let statements = statements(body, span);
    found(proof::sql_body(frame.context, frame.text, &statements, &frame.proof))
}

/// The statements of a body that is parsed when it is made.
pub(super) fn statements(body: &SqlBody, span: Span) -> Vec<Sql> {
    let returned = |value: &Expr| {
        let items = vec![SelectItem { expr: value.clone(), alias: None }];
        let select = Select { items, ..Select::default() };
        let query = Query::of(value.span, query::Body::Select(Box::new(select)));
        Statement::Data(Box::new(DataStatement::Query(query)))
    };
    let statements: Vec<Statement> = match body {
        SqlBody::Return(value) => vec![returned(value)],
        SqlBody::Atomic(statements) => statements
            .iter()
            .map(|statement| match &statement.kind {
                BodyStatementKind::Statement(inner) => (**inner).clone(),
                BodyStatementKind::Return(value) => returned(value),
            })
            .collect(),
    };
    let sql = |statement| Sql { span, into: None, kind: SqlKind::Statement(Box::new(statement)) };
    statements.into_iter().map(sql).collect()
}

fn found(judged: Result<Judgement, Hole>) -> Judgement {
    judged.unwrap_or_else(|hole| Judgement::open(Scope::Unprovable, hole))
}

pub(super) fn read(text: &str, source: &SourceText, language: &str) -> Read {
    match language.to_ascii_lowercase().as_str() {
        "sql" => Ok(Body::Text(plpgsql::sql(text, source))),
        "plpgsql" => match plpgsql::procedure(text, source) {
            Ok(procedure) => Ok(Body::Procedure(Box::new(procedure))),
            Err(error) => Err(open(error.span, format!("the body cannot be read: {}", error.message))),
        },
        other => Err(open(source.span, format!("a body in `{other}` is not read"))),
    }
}

fn written(frame: &Frame<'_>, source: &SourceText, read: &Read) -> Judgement {
    // Places in the body are places in the file, or in the value of the string that the body stands in.
    let inner = match source.quoting {
        Quoting::Verbatim => frame.text,
        Quoting::Escaped => source.text.as_str(),
    };
    match read {
        Err(judgement) => judgement.clone(),
        Ok(Body::Text(body)) => {
            let judgement = found(proof::sql_body(frame.context, inner, &body.statements, &frame.proof));
            // Where a parameter has a column's name, the column is meant.
            in_file(judgement, &body.places)
        }
        Ok(Body::Procedure(procedure)) => {
            let all = procedure.parts();
            let mut judgement = found(proof::procedure(frame.context, inner, procedure, &frame.proof));
            let declared = all.iter().filter_map(|part| match part {
                Part::Declaration(declaration) => Some(&declaration.name),
                _ => None,
            });
            let names: Vec<&Ident> = frame.names.iter().copied().chain(declared).collect();
            if let Some(option) = procedure.options.iter().find(|option| option.value == "use_variable") {
                judgement =
                    judgement.and(open(option.span, "a variable may stand wherever a column is written".into()));
            }
            let assigned = all.iter().find_map(|part| match part {
                Part::Target(target) if assigns_tenant(frame.context, &target.root, &target.steps) => Some(target.span),
                _ => None,
            });
            if let Some(span) = assigned {
                judgement = judgement.and(open(span, "the tenant of a row is assigned".into()));
            }
            in_file(shadowed(frame.context, &names, judgement, source.span), &procedure.places)
        }
    }
}

/// Places in a body with doubled quotes are places in its value.
fn in_file(mut judgement: Judgement, places: &Places) -> Judgement {
    for hole in &mut judgement.holes {
        hole.span = places.in_file(hole.span);
        hole.fix.clear();
    }
    judgement
}

/// A variable with the name of a tenant column may stand where the column is meant.
fn shadowed(context: &Context<'_>, names: &[&Ident], judgement: Judgement, span: Span) -> Judgement {
    let columns = context.tenancy.tenant_columns.iter();
    let root = context.tenancy.root.as_ref().map(|root| &root.column);
    match columns.chain(root).find(|column| names.contains(column)) {
        Some(name) => judgement.and(open(span, format!("a variable is called `{name}`, as the tenant column is"))),
        None => judgement,
    }
}

fn assigns_tenant(context: &Context<'_>, root: &TargetRoot, steps: &[Step]) -> bool {
    let is_new = matches!(root, TargetRoot::Name(name) if *name == "new");
    let columns = &context.tenancy.tenant_columns;
    is_new && !matches!(steps.first(), Some(Step::Field(field)) if !columns.contains(field))
}
