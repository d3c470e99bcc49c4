//! Operator classes and families: what an index access method knows of a type.

use std::fmt;

use super::reference::{OperatorName, OperatorReference, RoutineName};
use crate::pg::{Ident, Name, TypeName};
use crate::source::Span;
use crate::statement::print::{Comma, InParens, Lead, When};
use crate::statement::words::words;

/// CREATE OPERATOR CLASS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateOperatorClass {
    /// Its name.
    pub name: Name,
    /// `DEFAULT` for its type.
    pub is_default: bool,
    /// The type that it is for.
    pub data_type: TypeName,
    /// The index access method.
    pub method: Ident,
    /// `FAMILY`.
    pub family: Option<Name>,
    /// Its members.
    pub items: Vec<ClassItem>,
}

/// CREATE OPERATOR FAMILY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateOperatorFamily {
    /// Its name.
    pub name: Name,
    /// The index access method.
    pub method: Ident,
}

/// ALTER OPERATOR FAMILY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterOperatorFamily {
    /// Its name.
    pub name: Name,
    /// The index access method.
    pub method: Ident,
    /// What it gains or loses.
    pub change: FamilyChange,
}

/// What ALTER OPERATOR FAMILY does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FamilyChange {
    /// `ADD`.
    Add(Vec<ClassItem>),
    /// `DROP`.
    Drop(Vec<DroppedItem>),
}

/// A member of an operator class or family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassItem {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ClassItemKind,
}

/// The members of an operator class or family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassItemKind {
    /// `OPERATOR`.
    Operator(Box<ClassOperator>),
    /// `FUNCTION`.
    Function {
        /// Its support number.
        number: i32,
        /// The operand types that it is for, when written.
        types: Vec<TypeName>,
        /// The function.
        function: RoutineName,
    },
    /// `STORAGE`.
    Storage(TypeName),
}

/// An operator of an operator class or family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassOperator {
    /// Its strategy number.
    pub number: i32,
    /// Its name.
    pub name: OperatorName,
    /// Its operand types, when written.
    pub types: Option<(Option<TypeName>, Option<TypeName>)>,
    /// `FOR ORDER BY`: the family of the result; absent for a search operator.
    pub order_by: Option<Name>,
}

/// A member that ALTER OPERATOR FAMILY drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedItem {
    /// Where it stands.
    pub span: Span,
    /// Operator or function.
    pub kind: DroppedKind,
    /// Its strategy or support number.
    pub number: i32,
    /// The operand types that it is for.
    pub types: Vec<TypeName>,
}

words! {
    /// What a number in an operator family stands for.
    pub enum DroppedKind {
        Operator = "OPERATOR",
        Function = "FUNCTION",
    }
}

impl fmt::Display for CreateOperatorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_default = When(self.is_default, " DEFAULT");
        write!(f, "CREATE OPERATOR CLASS {}{is_default} FOR TYPE {}", self.name, self.data_type)?;
        write!(f, " USING {}{} AS {}", self.method, Lead(" FAMILY ", &self.family), Comma(&self.items))
    }
}

impl fmt::Display for CreateOperatorFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE OPERATOR FAMILY {} USING {}", self.name, self.method)
    }
}

impl fmt::Display for AlterOperatorFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER OPERATOR FAMILY {} USING {}", self.name, self.method)?;
        match &self.change {
            FamilyChange::Add(items) => write!(f, " ADD {}", Comma(items)),
            FamilyChange::Drop(items) => write!(f, " DROP {}", Comma(items)),
        }
    }
}

impl fmt::Display for ClassItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ClassItemKind::Operator(operator) => write!(f, "{operator}"),
            ClassItemKind::Function { number, types, function } => {
                write!(f, "FUNCTION {number}{} {function}", InParens(" ", types))
            }
            ClassItemKind::Storage(data_type) => write!(f, "STORAGE {data_type}"),
        }
    }
}

impl fmt::Display for ClassOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OPERATOR {} ", self.number)?;
        match self.types.clone() {
            Some((left, right)) => write!(f, "{}", OperatorReference { name: self.name.clone(), left, right })?,
            None => write!(f, "{}", self.name)?,
        }
        write!(f, "{}", Lead(" FOR ORDER BY ", &self.order_by))
    }
}

impl fmt::Display for DroppedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.kind, self.number, InParens(" ", &self.types))
    }
}
