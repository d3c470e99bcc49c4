//! What the grammar found, turned into our model: the parts that all readers share.

use std::cell::OnceCell;

use pest::iterators::Pair;

use super::Rule;
use crate::pg::Ident;
use crate::procedure::{CompilerOption, Places, Procedure};
use crate::source::Span;
use crate::syntax::cursor::{Parsed, SyntaxError};
use crate::syntax::lexer::tokens_of;
use crate::syntax::token::{self, Token};

/// A node of the grammar's tree.
pub(super) type Node<'a> = Pair<'a, Rule>;

/// Turns the grammar's tree into our model.
pub(super) struct Reader<'a> {
    /// The text of the whole file, or of a body with escapes.
    pub(super) text: &'a str,
    /// Where the body begins in it.
    base: u32,
    /// The text with `SELECT` behind it, when an expression needs one.
    pub(super) with_select: OnceCell<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, base: u32) -> Self {
        Reader { text, base, with_select: OnceCell::new() }
    }

    pub(super) fn procedure(&self, root: Node<'_>) -> Parsed<Procedure> {
        let options = all(&root, Rule::option).map(|option| self.option(&option)).collect();
        let block = self.block(&self.one(&root, Rule::block)?)?;
        Ok(Procedure { places: Places::File, options, block })
    }

    fn option(&self, node: &Node<'_>) -> CompilerOption {
        let mut words = all(node, Rule::word).map(|word| word.as_str().to_ascii_lowercase());
        let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        CompilerOption { span: self.span(node), name, value }
    }

    /// The place of a node.
    pub(super) fn span(&self, node: &Node<'_>) -> Span {
        let span = node.as_span();
        Span::new(self.base + span.start() as u32, self.base + span.end() as u32)
    }

    /// The child of this kind that the grammar asks for.
    pub(super) fn one<'n>(&self, node: &Node<'n>, rule: Rule) -> Parsed<Node<'n>> {
        let missing = || SyntaxError { span: self.span(node), message: format!("{rule:?} is missing") };
        first(node, rule).ok_or_else(missing)
    }

    pub(super) fn tokens(&self, span: Span) -> Vec<Token> {
        tokens_of(self.text, span)
    }

    /// The tokens of a node.
    pub(super) fn tokens_in(&self, node: &Node<'_>) -> Vec<Token> {
        self.tokens(self.span(node))
    }

    /// A name.
    pub(super) fn ident(&self, node: &Node<'_>) -> Parsed<Ident> {
        let span = self.span(node);
        let refused = |message: &str| SyntaxError { span, message: message.into() };
        let tokens = self.tokens(span);
        let [token] = tokens.as_slice() else { return Err(refused("not a name")) };
        token::ident(token.kind, node.as_str()).map_err(refused)
    }

    /// The name in the child of this kind, when there is one.
    pub(super) fn name_in(&self, node: &Node<'_>, rule: Rule) -> Parsed<Option<Ident>> {
        first(node, rule).map(|child| self.ident(&self.one(&child, Rule::ident)?)).transpose()
    }

    /// The value of a string.
    pub(super) fn string(&self, node: &Node<'_>) -> Parsed<String> {
        let span = self.span(node);
        let refused = |message: &str| SyntaxError { span, message: message.into() };
        let tokens = self.tokens(span);
        let token = tokens.first().ok_or_else(|| refused("not a string"))?;
        token::string(token.kind, node.as_str()).map(Into::into).map_err(refused)
    }
}

/// The first child of this kind.
pub(super) fn first<'n>(node: &Node<'n>, rule: Rule) -> Option<Node<'n>> {
    node.clone().into_inner().find(|child| child.as_rule() == rule)
}

/// The children of this kind.
pub(super) fn all<'n>(node: &Node<'n>, rule: Rule) -> impl Iterator<Item = Node<'n>> {
    node.clone().into_inner().filter(move |child| child.as_rule() == rule)
}

/// Says whether a child of this kind is there.
pub(super) fn has(node: &Node<'_>, rule: Rule) -> bool {
    first(node, rule).is_some()
}
