//! Types and argument lists in the one spelling by which objects are told apart.

use super::Catalog;
use crate::pg::{Name, TypeName};
use crate::statement::object::parameter::{AggregateArguments, Parameter, ParameterMode};

impl Catalog {
    /// Writes a type as signatures hold it: qualified when the history makes it, in PostgreSQL's words when it is built in;
    /// modifiers do not tell types apart.
    pub fn type_text(&self, type_name: &TypeName) -> String {
        self.qualified_type(type_name).identity()
    }

    /// Returns the qualified name of a type that the history makes: a type, a domain, or the row type of a relation.
    pub fn type_identity(&self, name: &Name) -> Option<Name> {
        self.type_named(name).map(|object| object.id.name.clone()).or_else(|| self.resolve(name))
    }

    /// Writes the signature of a routine: the types of what is given to it, `(integer, text)`.
    pub fn signature(&self, parameters: &[Parameter]) -> String {
        let given = parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out));
        self.argument_list(given)
    }

    /// Writes the signature of an aggregate, the ordered arguments behind the direct ones.
    pub fn aggregate_signature(&self, arguments: &AggregateArguments) -> String {
        match arguments {
            AggregateArguments::Star => "()".to_owned(),
            AggregateArguments::List { direct, ordered } => self.argument_list(direct.iter().chain(ordered)),
        }
    }

    /// Writes the signature of an operator, `(integer, text)`; an operand that is missing is `NONE`.
    pub fn operand_signature(&self, left: Option<&TypeName>, right: Option<&TypeName>) -> String {
        let text =
            |operand: Option<&TypeName>| operand.map_or_else(|| "NONE".to_owned(), |found| self.type_text(found));
        format!("({}, {})", text(left), text(right))
    }

    fn argument_list<'a>(&self, parameters: impl Iterator<Item = &'a Parameter>) -> String {
        let types: Vec<String> = parameters.map(|parameter| self.type_text(&parameter.data_type)).collect();
        format!("({})", types.join(", "))
    }
}
