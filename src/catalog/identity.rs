//! How objects are told apart, and how statements name them.

use super::{Class, Definition, Mention, Object, ObjectId};
use crate::pg::{Ident, Name, Parts, TypeName};
use crate::source::Span;
use crate::statement::Statement;
use crate::statement::object::Statement as Made;
use crate::statement::object::definition::{Definition as Item, DefinitionValue};
use crate::statement::object::function::{CreateFunction, RoutineKind};
use crate::statement::object::operator::CreateAggregate;
use crate::statement::object::parameter::{AggregateArguments, Parameter, ParameterMode};
use crate::statement::object::reference::{Kind, OperatorName, OperatorReference};
use crate::statement::object::role_spec::RoleSpec;
use crate::statement::relation::Statement as Relation;

impl ObjectId {
    /// Names a schema.
    pub fn schema(name: &Ident) -> Self {
        ObjectId::plain(Class::Schema, name)
    }

    /// Names an object of a class without schemas.
    pub fn plain(class: Class, name: &Ident) -> Self {
        ObjectId::new(class, Name::simple(name.clone(), Span::default()))
    }

    /// Names a routine by its qualified name and the types of what is given to it, qualified too.
    pub fn routine<'a>(name: Name, types: impl Iterator<Item = &'a TypeName>) -> Self {
        let types: Vec<String> = types.map(TypeName::identity).collect();
        ObjectId::with_signature(Class::Routine, name, format!("({})", types.join(", ")))
    }

    /// Names an operator by its qualified name and the types of its operands.
    pub fn operator(operator: &OperatorReference) -> Self {
        let side = |side: &Option<TypeName>| side.as_ref().map_or_else(|| "NONE".to_owned(), TypeName::identity);
        let signature = format!("({}, {})", side(&operator.left), side(&operator.right));
        let mut parts = Parts::from_vec(operator.name.qualifiers.clone());
        parts.push(Ident::exact(&operator.name.symbol));
        ObjectId::with_signature(Class::Operator, Name { parts, span: Span::default() }, signature)
    }

    /// Names an operator class or family.
    pub fn using(class: Class, name: Name, method: &Ident) -> Self {
        ObjectId::with_signature(class, name, format!(" USING {method}"))
    }

    /// Names a cast.
    pub fn cast(from: &TypeName, to: &TypeName) -> Self {
        ObjectId::nameless(Class::Cast, format!("({} AS {})", from.identity(), to.identity()))
    }

    /// Names a transform.
    pub fn transform(of: &TypeName, language: &Ident) -> Self {
        ObjectId::nameless(Class::Transform, format!("FOR {} LANGUAGE {language}", of.identity()))
    }

    /// Names the mapping of a user to a server.
    pub fn user_mapping(user: &RoleSpec, server: &Ident) -> Self {
        ObjectId::nameless(Class::UserMapping, format!("FOR {user} SERVER {server}"))
    }

    /// Objects without a name of their own go by that of their class.
    fn nameless(class: Class, signature: String) -> Self {
        ObjectId::with_signature(class, Name::simple(Ident::folded(&class.to_string()), Span::default()), signature)
    }

    /// Says whether what it names has no name of its own.
    pub(crate) fn is_nameless(&self) -> bool {
        matches!(self.class, Class::Cast | Class::Transform | Class::UserMapping)
    }
}

/// Returns the parameters of a routine that tell it from its overloads.
pub fn given(parameters: &[Parameter]) -> impl Iterator<Item = &TypeName> {
    let given = parameters.iter().filter(|parameter| parameter.mode != Some(ParameterMode::Out));
    given.map(|parameter| &parameter.data_type)
}

/// Returns the argument types of an aggregate, as its signature lists them.
pub fn aggregated(create: &CreateAggregate) -> Vec<&TypeName> {
    match &create.arguments {
        Some(AggregateArguments::List { direct, ordered }) => {
            // One variadic argument at the end of both lists is one argument.
            let shared = direct.last().zip(ordered.last()).is_some_and(|(last, ordered)| {
                last.mode == Some(ParameterMode::Variadic) && ordered.mode == Some(ParameterMode::Variadic)
            });
            let direct = &direct[..direct.len() - usize::from(shared)];
            given(direct).chain(given(ordered)).collect()
        }
        Some(AggregateArguments::Star) => Vec::new(),
        None => {
            // In the old syntax `basetype = "ANY"` stands for no argument.
            let base = type_option(&create.options, &["basetype"]);
            base.filter(|found| !found.name.last().as_str().eq_ignore_ascii_case("any")).into_iter().collect()
        }
    }
}

/// Returns the type that an option of one of these names gives.
pub fn type_option<'a>(options: &'a [Item], names: &[&str]) -> Option<&'a TypeName> {
    let found = options.iter().find(|option| names.contains(&option.name.as_str()))?;
    match &found.value {
        Some(DefinitionValue::Type(name)) => Some(name),
        _ => None,
    }
}

/// Returns an operator as references name it.
pub fn operator_reference(name: &OperatorName, options: &[Item]) -> OperatorReference {
    let side = |side| type_option(options, &[side]).cloned();
    OperatorReference { name: name.clone(), left: side("leftarg"), right: side("rightarg") }
}

impl Definition {
    /// Returns the statement that makes it, when it is kept as one.
    pub fn statement(&self) -> Option<&Statement> {
        match self {
            Definition::EventTrigger(statement, _)
            | Definition::Statement(statement)
            | Definition::Extended(statement, _) => Some(statement),
            _ => None,
        }
    }

    /// Returns the statement that makes it, to change it.
    pub fn statement_mut(&mut self) -> Option<&mut Statement> {
        match self {
            Definition::EventTrigger(statement, _)
            | Definition::Statement(statement)
            | Definition::Extended(statement, _) => Some(statement),
            _ => None,
        }
    }

    /// Returns the statement that makes a function or procedure.
    pub fn function(&self) -> Option<&CreateFunction> {
        match self.statement()? {
            Statement::Object(made) => match &**made {
                Made::CreateFunction(create) => Some(create),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Object {
    /// Returns the kind by whose words statements name it; `None` for a user mapping.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self.id.class {
            Class::Schema => Kind::Schema,
            Class::Extension => Kind::Extension,
            Class::Language => Kind::Language,
            Class::AccessMethod => Kind::AccessMethod,
            Class::Type if matches!(self.definition, Definition::Domain(_)) => Kind::Domain,
            Class::Type => Kind::Type,
            Class::Collation => Kind::Collation,
            Class::Conversion => Kind::Conversion,
            Class::Routine => match self.definition.function().map(|create| create.kind) {
                Some(RoutineKind::Function) => Kind::Function,
                Some(RoutineKind::Procedure) => Kind::Procedure,
                None => Kind::Aggregate,
            },
            Class::Operator => Kind::Operator,
            Class::OperatorFamily => Kind::OperatorFamily,
            Class::OperatorClass => Kind::OperatorClass,
            Class::Cast => Kind::Cast,
            Class::Transform => Kind::Transform,
            Class::TextSearchParser => Kind::TextSearchParser,
            Class::TextSearchTemplate => Kind::TextSearchTemplate,
            Class::TextSearchDictionary => Kind::TextSearchDictionary,
            Class::TextSearchConfiguration => Kind::TextSearchConfiguration,
            Class::ForeignDataWrapper => Kind::ForeignDataWrapper,
            Class::Server => Kind::Server,
            Class::Statistics => Kind::Statistics,
            Class::Publication => Kind::Publication,
            Class::Subscription => Kind::Subscription,
            Class::EventTrigger => Kind::EventTrigger,
            Class::Role => Kind::Role,
            Class::UserMapping | Class::DefaultPrivileges => return None,
        })
    }

    /// Returns how statements name it, kind included: `FUNCTION touch(integer)`; names that the search path finds in
    /// `home` are not qualified.
    pub fn words(&self, home: Option<&Ident>) -> String {
        let kind = self.kind().map_or_else(|| self.id.class.to_string(), |kind| kind.to_string());
        format!("{kind} {}", self.written(home))
    }

    /// Returns how statements name it behind the word for its kind: `touch(integer)`.
    pub fn written(&self, home: Option<&Ident>) -> String {
        let short = self.shortened(home);
        let id = short.identity();
        match (&id.class, short.kind()) {
            _ if id.is_nameless() => id.signature,
            (Class::Operator, _) => {
                let qualifier = id.name.schema().map_or_else(String::new, |schema| format!("{schema}."));
                format!("{qualifier}{} {}", id.name.last().as_str(), id.signature)
            }
            (_, Some(Kind::Aggregate)) => format!("{}{}", id.name, short.aggregate_signature()),
            _ => format!("{}{}", id.name, id.signature),
        }
    }

    fn aggregate_signature(&self) -> String {
        match self.definition.statement() {
            Some(Statement::Object(made)) => match &**made {
                Made::CreateAggregate(create) => match &create.arguments {
                    Some(arguments) => arguments.to_string(),
                    None if self.id.signature == "()" => "(*)".to_owned(),
                    None => self.id.signature.clone(),
                },
                _ => self.id.signature.clone(),
            },
            _ => self.id.signature.clone(),
        }
    }

    /// Returns the object with names unqualified where the search path finds them in `home`.
    pub(crate) fn shortened(&self, home: Option<&Ident>) -> Object {
        let mut short = self.clone();
        let is_home = |schema: Option<&Ident>| schema.is_some() && schema == home;
        if is_home(short.id.name.schema()) {
            short.id.name = bare(&short.id.name);
        }
        short.definition.each_mention(&mut |mention| match mention {
            Mention::Own(name) | Mention::Relation(name) | Mention::Object(_, name) if is_home(name.schema()) => {
                *name = bare(name);
            }
            Mention::OwnOperator(operator) | Mention::Operator(operator) if is_home(operator.qualifiers.last()) => {
                operator.qualifiers.clear();
            }
            Mention::Type(found) => *found = found.without_schema(home),
            _ => {}
        });
        short
    }

    /// Computes what tells the object from all others from its definition.
    pub(crate) fn identity(&self) -> ObjectId {
        let name = self.id.name.clone();
        let Some(statement) = self.definition.statement() else { return self.id.clone() };
        match statement {
            Statement::Relation(made) => match &**made {
                Relation::CreateStatistics(_) => ObjectId::new(Class::Statistics, name),
                _ => self.id.clone(),
            },
            Statement::Object(made) => match &**made {
                Made::CreateFunction(create) => ObjectId::routine(name, given(&create.parameters)),
                Made::CreateAggregate(create) => ObjectId::routine(name, aggregated(create).into_iter()),
                Made::CreateOperator(create) => {
                    let mut id = ObjectId::operator(&operator_reference(&create.name, &create.options));
                    id.name = name;
                    id
                }
                Made::CreateCast(create) => ObjectId::cast(&create.from, &create.to),
                Made::CreateUserMapping(create) => ObjectId::user_mapping(&create.user, &create.server),
                Made::CreateTransform(create) => ObjectId::transform(&create.data_type, &create.language),
                _ => self.id.clone(),
            },
            Statement::Data(_) | Statement::Session(_) => self.id.clone(),
        }
    }
}

fn bare(name: &Name) -> Name {
    Name::simple(name.last().clone(), name.span)
}
