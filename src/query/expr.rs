//! Scalar expressions.

use std::fmt;

use super::call::Call;
use super::select::Query;
use crate::pg::{Ident, Name, TypeName};
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
    Column(Vec<Ident>),
    /// `*` (no parts) or `t.*`.
    Star(Vec<Ident>),
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
        operator: Operator,
        /// `ANY` or `ALL`.
        quantifier: Quantifier,
        /// An array, or a query.
        source: InOperand,
    },
    /// `CAST (x AS t)`, `x::t`, `t 'x'`.
    Cast(Box<Expr>, TypeName),
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

/// Writes a list with commas between.
pub(crate) fn comma<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// An expression as an operand: in parentheses unless it is one token or closes itself.
pub(crate) struct Operand<'a>(pub &'a Expr);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ExprKind as K;
        let closed = matches!(
            self.0.kind,
            K::Column(_)
                | K::Star(_)
                | K::Literal(_)
                | K::Parameter(_)
                | K::Value(_)
                | K::Default
                | K::Subquery(_)
                | K::Array(_)
                | K::ArrayQuery(_)
                | K::Exists(_)
                | K::SqlCall(..)
                | K::Special(..)
                | K::Case { .. }
        ) || matches!(&self.0.kind, K::Row { explicit: true, .. });
        if closed { write!(f, "{}", self.0) } else { write!(f, "({})", self.0) }
    }
}

/// Text as a string literal.
pub(crate) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

fn joined(f: &mut fmt::Formatter<'_>, operands: &[Expr], word: &str) -> fmt::Result {
    for (at, operand) in operands.iter().enumerate() {
        if at > 0 {
            write!(f, " {word} ")?;
        }
        write!(f, "{}", Operand(operand))?;
    }
    Ok(())
}

fn path(f: &mut fmt::Formatter<'_>, parts: &[Ident]) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(".")?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Column(parts) => path(f, parts),
            ExprKind::Star(parts) if parts.is_empty() => f.write_str("*"),
            ExprKind::Star(parts) => {
                path(f, parts)?;
                f.write_str(".*")
            }
            ExprKind::Literal(literal) => write!(f, "{literal}"),
            ExprKind::Parameter(parameter) => write!(f, "{parameter}"),
            ExprKind::Value(words) => f.write_str(words),
            ExprKind::Default => f.write_str("DEFAULT"),
            ExprKind::And(operands) => joined(f, operands, "AND"),
            ExprKind::Or(operands) => joined(f, operands, "OR"),
            ExprKind::Array(items) => {
                f.write_str("ARRAY[")?;
                comma(f, items)?;
                f.write_str("]")
            }
            ExprKind::Row { fields, explicit } => {
                f.write_str(if *explicit { "ROW(" } else { "(" })?;
                comma(f, fields)?;
                f.write_str(")")
            }
            ExprKind::Special(word, arguments) => {
                write!(f, "{word}(")?;
                comma(f, arguments)?;
                f.write_str(")")
            }
            ExprKind::Call(call) => write!(f, "{call}"),
            ExprKind::SqlCall(function, arguments) => sql_call(f, function, arguments),
            ExprKind::Exists(query) => write!(f, "EXISTS ({query})"),
            ExprKind::Subquery(query) => write!(f, "({query})"),
            ExprKind::ArrayQuery(query) => write!(f, "ARRAY({query})"),
            ExprKind::Case { operand, branches, otherwise } => {
                case(f, operand.as_deref(), branches, otherwise.as_deref())
            }
            _ => self.fmt_operator(f),
        }
    }
}

impl Expr {
    fn fmt_operator(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Prefix(operator, operand) => write!(f, "{operator} {}", Operand(operand)),
            ExprKind::Infix(left, operator, right) => write!(f, "{} {operator} {}", Operand(left), Operand(right)),
            ExprKind::Not(operand) => write!(f, "NOT {}", Operand(operand)),
            ExprKind::Is { operand, test, negated } => write!(f, "{} IS {}{test}", Operand(operand), not(*negated)),
            ExprKind::Distinct { left, right, negated } => {
                write!(f, "{} IS {}DISTINCT FROM {}", Operand(left), not(*negated), Operand(right))
            }
            ExprKind::In { operand, source, negated } => {
                write!(f, "{} {}IN ({source})", Operand(operand), not(*negated))
            }
            ExprKind::Between { operand, low, high, symmetric, negated } => {
                let symmetric = if *symmetric { "SYMMETRIC " } else { "" };
                let (operand, low, high) = (Operand(operand), Operand(low), Operand(high));
                write!(f, "{operand} {}BETWEEN {symmetric}{low} AND {high}", not(*negated))
            }
            ExprKind::Like { operand, pattern, escape, kind, negated } => {
                write!(f, "{} {}{kind} {}", Operand(operand), not(*negated), Operand(pattern))?;
                escape.as_deref().map_or(Ok(()), |escape| write!(f, " ESCAPE {}", Operand(escape)))
            }
            ExprKind::Quantified { left, operator, quantifier, source } => {
                write!(f, "{} {operator} {quantifier} ({source})", Operand(left))
            }
            ExprKind::Cast(operand, to) => write!(f, "CAST({operand} AS {to})"),
            ExprKind::Collate(operand, collation) => write!(f, "{} COLLATE {collation}", Operand(operand)),
            ExprKind::AtTimeZone(operand, Some(zone)) => {
                write!(f, "{} AT TIME ZONE {}", Operand(operand), Operand(zone))
            }
            ExprKind::AtTimeZone(operand, None) => write!(f, "{} AT LOCAL", Operand(operand)),
            ExprKind::Indirection(base, steps) => {
                match base.kind {
                    ExprKind::Parameter(_) | ExprKind::Subquery(_) => write!(f, "{base}")?,
                    _ => write!(f, "({base})")?,
                }
                steps.iter().try_for_each(|step| write!(f, "{step}"))
            }
            _ => Ok(()),
        }
    }
}

fn case(
    f: &mut fmt::Formatter<'_>,
    operand: Option<&Expr>,
    branches: &[(Expr, Expr)],
    otherwise: Option<&Expr>,
) -> fmt::Result {
    f.write_str("CASE")?;
    if let Some(operand) = operand {
        write!(f, " {}", Operand(operand))?;
    }
    for (condition, result) in branches {
        write!(f, " WHEN {} THEN {}", Operand(condition), Operand(result))?;
    }
    if let Some(otherwise) = otherwise {
        write!(f, " ELSE {}", Operand(otherwise))?;
    }
    f.write_str(" END")
}

fn sql_call(f: &mut fmt::Formatter<'_>, function: &SqlFunction, arguments: &[Expr]) -> fmt::Result {
    let words: &[&str] = match function {
        SqlFunction::Extract(field) => {
            write!(f, "EXTRACT({} FROM ", Quoted(field))?;
            &[""]
        }
        SqlFunction::Substring { from: true, .. } => &["SUBSTRING(", " FROM ", " FOR "],
        SqlFunction::Substring { from: false, .. } => &["SUBSTRING(", " FOR "],
        SqlFunction::SubstringSimilar => &["SUBSTRING(", " SIMILAR ", " ESCAPE "],
        SqlFunction::Position => &["POSITION(", " IN "],
        SqlFunction::Overlay => &["OVERLAY(", " PLACING ", " FROM ", " FOR "],
        SqlFunction::Overlaps => &["((", ", ", ") OVERLAPS (", ", "],
        SqlFunction::Normalize(form) => {
            let text = arguments.first().map(|text| text.to_string()).unwrap_or_default();
            return write!(f, "NORMALIZE({text}{}{form})", if form.is_empty() { "" } else { ", " });
        }
        SqlFunction::Trim(side) => return trim(f, *side, arguments),
    };
    for (word, argument) in words.iter().zip(arguments) {
        write!(f, "{word}{}", Operand(argument))?;
    }
    f.write_str(if *function == SqlFunction::Overlaps { "))" } else { ")" })
}

fn trim(f: &mut fmt::Formatter<'_>, side: TrimSide, arguments: &[Expr]) -> fmt::Result {
    let side = match side {
        TrimSide::Both => "BOTH",
        TrimSide::Leading => "LEADING",
        TrimSide::Trailing => "TRAILING",
    };
    match arguments {
        [text, characters] => write!(f, "TRIM({side} {} FROM {})", Operand(characters), Operand(text)),
        _ => {
            write!(f, "TRIM({side} FROM ")?;
            comma(f, arguments)?;
            f.write_str(")")
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("NULL"),
            Literal::Boolean(true) => f.write_str("TRUE"),
            Literal::Boolean(false) => f.write_str("FALSE"),
            Literal::Number(digits) => f.write_str(digits),
            Literal::String(text) => write!(f, "{}", Quoted(text)),
            Literal::Bits(base, digits) => write!(f, "{base}'{digits}'"),
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parameter::Number(number) => write!(f, "${number}"),
            Parameter::Raw(name) => write!(f, ":{name}"),
            Parameter::Quoted(name) => write!(f, ":'{name}'"),
            Parameter::Identifier(name) => write!(f, ":\"{name}\""),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "OPERATOR({schema}.{})", self.symbol),
            None => f.write_str(&self.symbol),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Null => f.write_str("NULL"),
            Test::True => f.write_str("TRUE"),
            Test::False => f.write_str("FALSE"),
            Test::Unknown => f.write_str("UNKNOWN"),
        }
    }
}

impl fmt::Display for InOperand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InOperand::List(items) => comma(f, items),
            InOperand::Query(query) => write!(f, "{query}"),
        }
    }
}

impl fmt::Display for LikeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LikeKind::Like => "LIKE",
            LikeKind::ILike => "ILIKE",
            LikeKind::SimilarTo => "SIMILAR TO",
        })
    }
}

impl fmt::Display for Quantifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Quantifier::Any => "ANY",
            Quantifier::All => "ALL",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Field(name) => write!(f, ".{name}"),
            Step::Star => f.write_str(".*"),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Slice(low, high) => {
                f.write_str("[")?;
                low.iter().try_for_each(|low| write!(f, "{}", Operand(low)))?;
                f.write_str(":")?;
                high.iter().try_for_each(|high| write!(f, "{}", Operand(high)))?;
                f.write_str("]")
            }
        }
    }
}
