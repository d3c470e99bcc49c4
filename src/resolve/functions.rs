//! What functions return, in FROM and elsewhere: those of the catalog, and the common ones of PostgreSQL.

use super::types::{builtin, plain};
use super::{Completeness, Output, OutputColumn, Resolver};
use crate::catalog::{Class, Definition};
use crate::pg::{Ident, Name, TypeName, function};
use crate::query::{Call, Expr, ExprKind};
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::function::{CreateFunction, Returns};
use crate::statement::object::parameter::ParameterMode;

impl Resolver<'_> {
    /// Returns the columns of a function in FROM; `alias` names the one column of a function that returns a plain value.
    pub(super) fn function_output(&self, expr: &Expr, alias: Option<&Ident>) -> Output {
        let own = self.label(expr);
        let one = |name: Ident, type_name| Output {
            columns: vec![OutputColumn { name, type_name }],
            completeness: Completeness::Whole,
        };
        let unknown = Output { columns: Vec::new(), completeness: Completeness::Partial };
        let ExprKind::Call(call) = &expr.kind else {
            return one(alias.unwrap_or(&own).clone(), self.type_of(expr));
        };
        match self.routine(&call.name, call.arguments.len()) {
            Found::One(create) => {
                let columns = out_columns(create);
                match (columns.as_slice(), returned(create)) {
                    ([], Some(of)) => {
                        let single = TypeName { set_of: false, ..of.clone() };
                        let scalar = || one(alias.unwrap_or(&own).clone(), Some(single.clone()));
                        match of.name.last().as_str() {
                            "record" => unknown,
                            _ => self.fields_of(&single).unwrap_or_else(scalar),
                        }
                    }
                    ([], None) => unknown,
                    // The name of a single output parameter stands, whatever the alias is.
                    _ => Output { columns, completeness: Completeness::Whole },
                }
            }
            Found::Several => unknown,
            Found::None if call.name.last().as_str() == "unnest" => {
                self.unnested(call, alias.unwrap_or(&own)).unwrap_or(unknown)
            }
            Found::None => match call.name.parts.as_slice() {
                [name] => builtin_output(name.as_str(), alias.unwrap_or(&own)).unwrap_or(unknown),
                [schema, name] if *schema == "pg_catalog" => {
                    builtin_output(name.as_str(), alias.unwrap_or(&own)).unwrap_or(unknown)
                }
                _ => unknown,
            },
        }
    }

    /// An array of plain values makes one column; of what the others make, nothing is known.
    fn unnested(&self, call: &Call, shown: &Ident) -> Option<Output> {
        let mut columns = Vec::new();
        for argument in &call.arguments {
            let array = self.type_of(&argument.value)?;
            let element = TypeName { bounds: Vec::new(), ..array.clone() };
            let named =
                matches!(element.name.parts.as_slice(), [_]) && self.catalog.type_named(&element.name).is_none();
            let is_plain = element.name.schema().is_some_and(|schema| *schema == "pg_catalog") || named;
            if array.bounds.is_empty() || !is_plain || self.fields_of(&element).is_some() {
                return None;
            }
            let name = if call.arguments.len() == 1 { shown.clone() } else { "unnest".into() };
            columns.push(OutputColumn { name, type_name: Some(element) });
        }
        Some(Output { columns, completeness: Completeness::Whole })
    }

    /// Returns the type of a call outside FROM.
    pub(super) fn call_type(&self, call: &Call) -> Option<TypeName> {
        match self.routine(&call.name, call.arguments.len()) {
            Found::One(create) => match out_columns(create).as_slice() {
                [] => returned(create).map(|of| TypeName { set_of: false, ..of.clone() }),
                [column] => column.type_name.clone(),
                _ => None,
            },
            Found::Several => None,
            Found::None => self.builtin_type(call),
        }
    }

    fn builtin_type(&self, call: &Call) -> Option<TypeName> {
        let first = call.arguments.first().map(|argument| &argument.value);
        match call.name.last().as_str() {
            "count" | "row_number" | "rank" | "dense_rank" | "nextval" | "currval" | "lastval" => builtin("int8"),
            "now" | "clock_timestamp" | "statement_timestamp" | "transaction_timestamp" => builtin("timestamptz"),
            "length" | "char_length" | "character_length" | "octet_length" | "array_length" | "cardinality"
            | "ntile" => builtin("int4"),
            "lower" | "upper" => self.type_of(first?).filter(|found| found.name.last().as_str() == "text"),
            "concat" | "concat_ws" | "format" | "initcap" | "replace" | "btrim" | "ltrim" | "rtrim" | "md5"
            | "to_char" | "string_agg" | "quote_ident" | "split_part" | "lpad" | "rpad" | "repeat"
            | "current_setting" => plain("text"),
            "to_jsonb" | "jsonb_build_object" | "jsonb_build_array" | "jsonb_agg" | "jsonb_object_agg" => {
                plain("jsonb")
            }
            "to_json" | "json_build_object" | "json_build_array" | "json_agg" | "json_object_agg" | "row_to_json" => {
                plain("json")
            }
            "bool_and" | "bool_or" | "every" => builtin("bool"),
            "gen_random_uuid" => plain("uuid"),
            "sum" => sum(&self.type_of(first?)?),
            "min" | "max" | "lag" | "lead" | "first_value" | "last_value" => {
                let of = self.type_of(first?)?;
                // min and max take what they have a function for: not every type stays as it is.
                let stays = of.bounds.is_empty() && of.modifiers.is_empty();
                let kept = matches!(of.name.last().as_str(), "int2" | "int4" | "int8" | "numeric" | "text" | "date")
                    || matches!(of.name.last().as_str(), "timestamp" | "timestamptz" | "float8" | "float4");
                (stays && kept).then_some(of)
            }
            "array_agg" => {
                let of = self.type_of(first?)?;
                (of.bounds.is_empty() && of.modifiers.is_empty()).then(|| TypeName { bounds: vec![None], ..of })
            }
            _ => None,
        }
    }

    /// Finds the one routine of the catalog that takes so many arguments.
    fn routine(&self, name: &Name, given: usize) -> Found<'_> {
        let all = self.catalog.objects_named(Class::Routine, name);
        if all.is_empty() {
            return Found::None;
        }
        let makers = all.iter().filter_map(|object| match &object.definition {
            Definition::Statement(statement) => match &**statement {
                Statement::Object(object) => match &**object {
                    Object::CreateFunction(create) => Some(create),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
        let mut fitting = makers.filter(|create| takes(create, given));
        match (fitting.next(), fitting.next()) {
            (Some(create), None) => Found::One(create),
            _ => Found::Several,
        }
    }
}

/// What the catalog knows of a routine's name.
enum Found<'a> {
    None,
    One(&'a CreateFunction),
    Several,
}

/// Says whether a routine can be called with so many arguments.
pub(crate) fn takes(create: &CreateFunction, given: usize) -> bool {
    let inputs = create.parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out));
    let variadic = create.parameters.iter().any(|parameter| parameter.mode == Some(ParameterMode::Variadic));
    let needed = inputs.clone().filter(|parameter| parameter.default.is_none()).count();
    let needed = if variadic { needed.saturating_sub(1) } else { needed };
    given >= needed && (variadic || given <= inputs.count())
}

fn returned(create: &CreateFunction) -> Option<&TypeName> {
    match &create.returns {
        Some(Returns::Type(of)) => Some(of),
        _ => None,
    }
}

/// The columns that OUT parameters or RETURNS TABLE make.
fn out_columns(create: &CreateFunction) -> Vec<OutputColumn> {
    if let Some(Returns::Table(columns)) = &create.returns {
        let column = |(name, of): (&Ident, &TypeName)| OutputColumn { name: name.clone(), type_name: Some(of.clone()) };
        return columns.iter().map(|found| column((&found.name, &found.data_type))).collect();
    }
    let out = create
        .parameters
        .iter()
        .filter(|parameter| matches!(parameter.mode, Some(ParameterMode::Out | ParameterMode::InOut)));
    let numbered = out.enumerate().map(|(at, parameter)| OutputColumn {
        name: parameter.name.clone().unwrap_or_else(|| Ident::exact(&format!("column{}", at + 1))),
        type_name: Some(parameter.data_type.clone()),
    });
    numbered.collect()
}

/// The columns of PostgreSQL's own functions in FROM.
fn builtin_output(name: &str, shown: &Ident) -> Option<Output> {
    let columns: Vec<(Ident, Option<TypeName>)> = match name {
        "json_each" => vec![("key".into(), plain("text")), ("value".into(), plain("json"))],
        "jsonb_each" => vec![("key".into(), plain("text")), ("value".into(), plain("jsonb"))],
        "json_each_text" | "jsonb_each_text" => vec![("key".into(), plain("text")), ("value".into(), plain("text"))],
        "json_array_elements" => vec![("value".into(), plain("json"))],
        "jsonb_array_elements" => vec![("value".into(), plain("jsonb"))],
        "json_array_elements_text" | "jsonb_array_elements_text" => vec![("value".into(), plain("text"))],
        // Their columns are those of a type or of the arrays that they are given.
        "unnest"
        | "json_populate_record"
        | "jsonb_populate_record"
        | "json_populate_recordset"
        | "jsonb_populate_recordset"
        | "json_to_record"
        | "jsonb_to_record"
        | "json_to_recordset"
        | "jsonb_to_recordset" => return None,
        _ if function::reads_no_table(name) => vec![(shown.clone(), None)],
        _ => return None,
    };
    let columns = columns.into_iter().map(|(name, type_name)| OutputColumn { name, type_name });
    Some(Output { columns: columns.collect(), completeness: Completeness::Whole })
}

fn sum(of: &TypeName) -> Option<TypeName> {
    match of.name.last().as_str() {
        _ if !of.bounds.is_empty() => None,
        "int2" | "int4" => builtin("int8"),
        "int8" | "numeric" => builtin("numeric"),
        "float4" => builtin("float4"),
        "float8" => builtin("float8"),
        _ => None,
    }
}
