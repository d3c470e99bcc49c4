//! Blocks: what they declare, what their handlers find, and what is known behind them.

use std::collections::BTreeSet;

use super::analysis::{Analysis, unfollowed};
use super::body::Done;
use super::cursor::Cursor;
use super::formula::Formula;
use super::variables::Variable;
use crate::pg::Ident;
use crate::procedure::{Block, DataType, Declaration, DeclarationKind};
use crate::scope::procedures;

impl Analysis<'_> {
    /// Reads a block.
    pub(super) fn block_of(&mut self, block: &Block) -> Done {
        let outer = self.variables.clone();
        let cursors = self.cursors.len();
        self.variables.label(block.label.as_ref());
        block.declarations.iter().try_for_each(|declaration| self.declaration(declaration))?;
        self.statements(&block.statements)?;
        if !block.handlers.is_empty() {
            // The block may have ended anywhere.
            self.forget(&self.changed_by(&block.statements));
            let before = self.variables.clone();
            for handler in &block.handlers {
                // There, two names are what the error is; what another handler does was not done.
                self.forget(&BTreeSet::from(["sqlstate", "sqlerrm"].map(Ident::exact)));
                self.guarded(Formula::True, &handler.statements)?;
                self.variables = before.clone();
            }
            for handler in &block.handlers {
                self.forget(&self.changed_by(&handler.statements));
            }
        }
        // A block with a label may be left before its end.
        if block.declarations.is_empty() && block.handlers.is_empty() && block.label.is_none() {
            return Ok(());
        }
        // Variables of this block end with it; what it assigned to others is not known.
        let changed = self.changed_in(block);
        self.variables = outer;
        self.forget(&changed);
        self.cursors.truncate(cursors);
        Ok(())
    }

    fn declaration(&mut self, declaration: &Declaration) -> Done {
        let variable = match &declaration.kind {
            DeclarationKind::Variable { default: Some(default), .. } => Variable::Scalar(self.expression(default)?),
            DeclarationKind::Variable { default: None, data_type, .. } if self.is_row(data_type) => {
                Variable::Record(Vec::new())
            }
            DeclarationKind::Variable { default: None, .. } => Variable::Scalar(self.terms.fresh().into()),
            DeclarationKind::Alias(of) => match of.name() {
                Some(of) => {
                    self.variables.alias(declaration.name.clone(), of);
                    return Ok(());
                }
                None => return Err(unfollowed(declaration.span, "another name for a parameter or a field")),
            },
            DeclarationKind::Cursor { query, parameters, .. } => {
                let parameters = parameters.iter().map(|parameter| parameter.name.clone()).collect();
                let value = self.terms.unknown().into();
                self.variables.declare(declaration.name.clone(), Variable::Scalar(value));
                let (name, variables) = (declaration.name.clone(), self.variables.clone());
                self.cursors.push(Cursor { name, parameters, query: query.clone(), variables });
                return Ok(());
            }
        };
        if let DeclarationKind::Variable { data_type: DataType::Type(name), .. } = &declaration.kind
            && !self.keeps_in(name)
        {
            self.variables.narrow(&declaration.name);
        }
        self.variables.declare(declaration.name.clone(), Variable::Record(Vec::new()));
        if let DeclarationKind::Variable { data_type: DataType::Type(name), .. } = &declaration.kind
            && procedures::is_integer(name)
        {
            self.variables.integer(&declaration.name);
        }
        if let DeclarationKind::Variable { data_type, .. } = &declaration.kind
            && let Some(shape) = self.shape_of(data_type)
        {
            self.variables.shaped(&declaration.name, shape);
        }
        self.set_variable(declaration.name.clone(), variable);
        Ok(())
    }
}
