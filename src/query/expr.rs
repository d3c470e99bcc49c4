//! Scalar expressions.

use super::call::Call;
use super::select::Query;
use crate::pg::{Ident, Name, Parts, TypeName};
use crate::source::Span;

/// An expression and where it stands.
///
/// The span of a name, literal or call is exact; that of a compound expression covers its operands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// Where it stands in its file.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `a`, `t.a`, `s.t.a`.
    Column(Parts),
    /// `*` (no parts) or `t.*`.
    Star(Parts),
    /// A constant.
    Literal(Literal),
    /// A value that is given from outside.
    Parameter(Parameter),
    /// `CURRENT_DATE`, `LOCALTIME(2)`, `CURRENT_USER`: the words in upper case.
    Value(String),
    /// `DEFAULT` in a place where it is allowed.
    Default,
    /// A prefix operator.
    Prefix(Operator, Box<Expr>),
    /// An infix operator.
    Infix(Box<Expr>, Operator, Box<Expr>),
    /// `AND` of two or more; left-deep chains are one list, as in PostgreSQL.
    And(Vec<Expr>),
    /// `OR` of two or more.
    Or(Vec<Expr>),
    /// `NOT`.
    Not(Box<Expr>),
    /// `IS [NOT] NULL` and its kin.
    Is {
        /// What is tested.
        operand: Box<Expr>,
        /// The test.
        test: Test,
        /// `IS NOT`.
        negated: bool,
    },
    /// `IS [NOT] DISTINCT FROM`.
    Distinct {
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
        /// `IS NOT DISTINCT FROM`, which holds when both are equal or both NULL.
        negated: bool,
    },
    /// `[NOT] IN`.
    In {
        /// What is looked for.
        operand: Box<Expr>,
        /// Where.
        source: InOperand,
        /// `NOT IN`.
        negated: bool,
    },
    /// `[NOT] BETWEEN [SYMMETRIC]`.
    Between {
        /// What is compared.
        operand: Box<Expr>,
        /// Lower bound.
        low: Box<Expr>,
        /// Upper bound.
        high: Box<Expr>,
        /// `SYMMETRIC`.
        symmetric: bool,
        /// `NOT BETWEEN`.
        negated: bool,
    },
    /// `[NOT] LIKE`, `ILIKE`, `SIMILAR TO`.
    Like {
        /// The text.
        operand: Box<Expr>,
        /// The pattern.
        pattern: Box<Expr>,
        /// `ESCAPE`.
        escape: Option<Box<Expr>>,
        /// Which of the three.
        kind: LikeKind,
        /// `NOT`.
        negated: bool,
    },
    /// `left op ANY (…)`, `left op ALL (…)`; also `left LIKE ANY (…)` with the operator `~~`.
    Quantified {
        /// Left operand.
        left: Box<Expr>,
        /// The comparison.
        operator: Box<Operator>,
        /// `ANY` or `ALL`.
        quantifier: Quantifier,
        /// An array, or a query.
        source: InOperand,
    },
    /// `CAST (x AS t)`, `x::t`, `t 'x'`.
    Cast(Box<Expr>, Box<TypeName>),
    /// `COLLATE`.
    Collate(Box<Expr>, Name),
    /// `AT TIME ZONE`; without a zone `AT LOCAL`.
    AtTimeZone(Box<Expr>, Option<Box<Expr>>),
    /// `(x).field[1].*`.
    Indirection(Box<Expr>, Vec<Step>),
    /// A function call.
    Call(Box<Call>),
    /// A call in the SQL standard's own syntax, as `EXTRACT(day FROM x)`.
    SqlCall(SqlFunction, Vec<Expr>),
    /// `CASE`.
    Case {
        /// `CASE operand WHEN …`.
        operand: Option<Box<Expr>>,
        /// Condition and result of each branch.
        branches: Vec<(Expr, Expr)>,
        /// `ELSE`.
        otherwise: Option<Box<Expr>>,
    },
    /// `COALESCE`, `GREATEST`, `LEAST`, `NULLIF`, `GROUPING`, `XMLCONCAT`: the word in upper case.
    Special(&'static str, Vec<Expr>),
    /// `EXISTS (…)`.
    Exists(Box<Query>),
    /// A scalar query in parentheses.
    Subquery(Box<Query>),
    /// `ARRAY(SELECT …)`.
    ArrayQuery(Box<Query>),
    /// `ARRAY[…]`, with nested brackets as further arrays.
    Array(Vec<Expr>),
    /// `ROW(…)`, or `(a, b)` when `explicit` is false.
    Row {
        /// The fields.
        fields: Vec<Expr>,
        /// Whether `ROW` is written.
        explicit: bool,
    },
}

/// A constant as written, quoting undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `NULL`.
    Null,
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// Digits as written, without a sign: `12`, `1.5e3`, `0x1F`.
    Number(String),
    /// A string of any quoting form.
    String(String),
    /// `B'…'` (`'b'`) or `X'…'` (`'x'`).
    Bits(char, String),
}

/// A value given from outside the statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// `$1`.
    Number(u32),
    /// `:name`, which psql pastes as raw text.
    Raw(String),
    /// `:'name'`, which psql quotes as a literal.
    Quoted(String),
    /// `:"name"`, which psql quotes as an identifier.
    Identifier(String),
}

/// An operator, qualified when written as `OPERATOR(schema.op)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The schema when written.
    pub schema: Option<Ident>,
    /// The symbol; `!=` is `<>`.
    pub symbol: String,
}

/// What `IS` tests for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `NULL`.
    Null,
    /// `TRUE`.
    True,
    /// `FALSE`.
    False,
    /// `UNKNOWN`.
    Unknown,
}

/// The right side of `IN` and of `ANY`/`ALL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InOperand {
    /// Values; for `ANY` and `ALL` one array.
    List(Vec<Expr>),
    /// A query.
    Query(Box<Query>),
}

/// The pattern operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LikeKind {
    /// `LIKE`.
    Like,
    /// `ILIKE`.
    ILike,
    /// `SIMILAR TO`.
    SimilarTo,
}

/// `ANY` or `ALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `ANY` or `SOME`.
    Any,
    /// `ALL`.
    All,
}

/// One step into a composite or array value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `.name`.
    Field(Ident),
    /// `.*`.
    Star,
    /// `[i]`.
    Index(Box<Expr>),
    /// `[a:b]`, either side optional.
    Slice(Option<Box<Expr>>, Option<Box<Expr>>),
}

/// A function with a syntax of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlFunction {
    /// `EXTRACT(field FROM x)`; the field as PostgreSQL keeps it.
    Extract(String),
    /// `SUBSTRING(x FROM a FOR b)`: whether `FROM` and `FOR` are there.
    Substring {
        /// `FROM`.
        from: bool,
        /// `FOR`.
        length: bool,
    },
    /// `SUBSTRING(x SIMILAR p ESCAPE e)`.
    SubstringSimilar,
    /// `POSITION(a IN b)`.
    Position,
    /// `OVERLAY(a PLACING b FROM c [FOR d])`.
    Overlay,
    /// `TRIM([side] [what] FROM x)`, with the text first and the characters, if any, second.
    Trim(TrimSide),
    /// `(a, b) OVERLAPS (c, d)`.
    Overlaps,
    /// `NORMALIZE(x[, form])`; the form in upper case or empty.
    Normalize(&'static str),
}

/// The sides of `TRIM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrimSide {
    /// `BOTH`, also when nothing is written.
    Both,
    /// `LEADING`.
    Leading,
    /// `TRAILING`.
    Trailing,
}

impl Expr {
    /// Makes an expression.
    pub fn new(span: Span, kind: ExprKind) -> Self {
        Expr { span, kind }
    }

    /// Returns the conjuncts: the operands of a top-level `AND`, or the expression itself.
    pub fn conjuncts(&self) -> &[Expr] {
        match &self.kind {
            ExprKind::And(operands) => operands,
            _ => std::slice::from_ref(self),
        }
    }
}

impl Operator {
    /// Makes an unqualified operator.
    pub fn plain(symbol: &str) -> Self {
        Operator { schema: None, symbol: if symbol == "!=" { "<>".into() } else { symbol.into() } }
    }

    /// Says whether this is the unqualified operator with this symbol.
    pub fn is(&self, symbol: &str) -> bool {
        self.schema.is_none() && self.symbol == symbol
    }
}
