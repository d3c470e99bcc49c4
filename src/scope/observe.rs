//! What a statement of the history leaves behind for those after it.

use super::effects::{Effects, Hook, Runs};
use super::routines::Conduct;
use super::survey::{self, Called, Found};
use super::{Context, doubts, fired, opaque};
use crate::catalog::Catalog;
use crate::pg::{Ident, Name, operator};
use crate::query::{Call, Expr, ExprKind, Literal};
use crate::settings::Tenancy;
use crate::statement::Statement;
use crate::statement::object::Statement as Object;
use crate::statement::object::alter_object::{AlterObject, ObjectAction};
use crate::statement::object::cast::CastMethod;
use crate::statement::object::definition::DefinitionValue;
use crate::statement::object::operator::{CollationSource, CreateCollation};
use crate::statement::object::operator_class::FamilyChange;
use crate::statement::object::reference::{Kind, ObjectName};
use crate::statement::object::rule::RuleEvent;
use crate::statement::relation::{
    ActionKind, AlterRelation, ColumnConstraintKind, DomainChange, DomainConstraintKind, GenericChange, RelationChange,
    Statement as Relation, TableConstraintKind,
};
use crate::statement::session::Statement as Session;
use crate::statement::session::copy::CopySource;
use crate::statement::session::setting::{Change, Set, SetScope, Value};
use crate::statement::session::transaction::Transaction;

/// Takes note of what a statement makes, before it is applied to the catalog.
pub fn observe(catalog: &Catalog, tenancy: &Tenancy, effects: &mut Effects, statement: &Statement, text: &str) {
    let mut observer = Observer { catalog, tenancy, effects, text };
    observer.statement(statement);
}

struct Observer<'a> {
    catalog: &'a Catalog,
    tenancy: &'a Tenancy,
    effects: &'a mut Effects,
    /// The text of the file, in which bodies stand.
    text: &'a str,
}

impl Observer<'_> {
    fn statement(&mut self, statement: &Statement) {
        let defines = matches!(statement, Statement::Relation(_) | Statement::Object(_));
        if defines && !self.effects.doubts.is_on_path() {
            self.effects.doubts.named_in(&statement.to_string(), "it was made or changed under another `search_path`");
        }
        self.effects.provenance.observe(self.catalog, statement);
        self.fired(Found::Statement(statement));
        self.stored(statement);
        match statement {
            Statement::Data(_) => self.calls(Found::Statement(statement)),
            Statement::Object(object) => {
                self.made(object);
                self.changed(object);
            }
            Statement::Relation(relation) => self.relation(relation),
            Statement::Session(session) => self.session(session),
        }
    }

    /// What the triggers and rules of a written relation leave behind.
    fn fired(&mut self, found: Found<'_>) {
        if self.effects.routines.redefining().next().is_none() {
            return;
        }
        for relation in fired::relations(self.catalog, found) {
            for trigger in relation.triggers.values() {
                let what = format!("trigger `{}` on `{}` was fired", trigger.definition.name, relation.name.last());
                self.ran(trigger.definition.function.last(), &what);
            }
            let mut rules = self.effects.hooks(relation).iter().filter(|hook| hook.runs == Runs::Rule);
            if self.effects.routines.is_redefined_by_triggers() && rules.next().is_some() {
                let doubt = format!("a rule of `{}` ran, which may have changed any definition", relation.name.last());
                self.effects.doubts.everything(doubt);
            }
        }
    }

    /// What stands in a definition runs whenever somebody meets what is defined.
    fn stored(&mut self, statement: &Statement) {
        if self.effects.routines.redefining().next().is_none() {
            return;
        }
        let Some(text) = stored(statement) else { return };
        let named = self.effects.routines.redefining().filter(|name| doubts::mentions(&text, name));
        let named: Vec<Ident> = named.cloned().collect();
        named.iter().for_each(|name| self.ran(name, &format!("`{name}` stands in a definition")));
    }

    /// What comes into being.
    fn made(&mut self, object: &Object) {
        match object {
            Object::CreateTrigger(trigger) => {
                self.effects.add_hook(self.catalog, &trigger.relation, Hook::of(trigger));
            }
            Object::CreateRule(rule) => {
                let runs = if rule.event == RuleEvent::Select { Runs::View } else { Runs::Rule };
                let hook = Hook { name: rule.name.clone(), runs, conditions: Vec::new() };
                self.effects.add_hook(self.catalog, &rule.relation, hook);
            }
            Object::CreateFunction(function) => {
                let context = Context { catalog: self.catalog, tenancy: self.tenancy, effects: self.effects };
                let known = survey::conduct(&context, self.text, function);
                let name = function.name.last();
                let was_harmless =
                    self.effects.routines.conduct(name).is_some_and(|conduct| conduct < Conduct::Definitions);
                self.effects.routines.make(function, known);
                if was_harmless {
                    self.ran(name, &format!("`{name}` was replaced under what may run it"));
                }
                self.domains();
            }
            Object::CreateAggregate(aggregate) => {
                let functions = aggregate.options.iter().filter_map(|option| match &option.value {
                    Some(DefinitionValue::Type(name)) => Some(name.name.last().clone()),
                    _ => None,
                });
                self.effects.routines.aggregate(&aggregate.name, functions.collect());
            }
            Object::CreateOperator(made) => {
                self.effects.routines.operator(&made.name.symbol);
                if operator::is_implied(&made.name.symbol) {
                    let symbol = &made.name.symbol;
                    self.effects.doubts.everything(format!("the history makes an operator `{symbol}` of its own"));
                }
            }
            Object::CreateCast(cast) if matches!(cast.method, CastMethod::Function(_)) => {
                let doubt = format!("the history makes a cast from {} to {} of its own", cast.from, cast.to);
                self.effects.doubts.everything(doubt);
            }
            Object::CreateCollation(collation) if may_join_tenants(collation, self.tenancy) => {
                let doubt = format!("collation `{}` may take two tenants for one", collation.name);
                self.effects.doubts.everything(doubt);
            }
            Object::CreateCollation(collation) if is_deterministic(collation) => {
                self.effects.collations.insert(collation.name.last().clone());
            }
            Object::CreateEventTrigger(trigger) => {
                self.called(&trigger.function);
                if self.effects.routines.conduct(trigger.function.last()) != Some(Conduct::Plain) {
                    self.effects.event_trigger = Some(trigger.name.clone());
                }
            }
            Object::CreateOperatorClass(class) => {
                let doubt = format!("operator class `{}` runs functions that are not followed", class.name);
                self.effects.doubts.everything(doubt);
            }
            Object::AlterOperatorFamily(family) if matches!(family.change, FamilyChange::Add(_)) => {
                let doubt = format!("operator family `{}` runs functions that are not followed", family.name);
                self.effects.doubts.everything(doubt);
            }
            Object::CreatePolicy(policy) => {
                let exprs = policy.using.iter().chain(&policy.check);
                self.policy(&policy.table, &policy.name, exprs);
            }
            Object::AlterPolicy(policy) => {
                let exprs = policy.using.iter().chain(&policy.check);
                self.policy(&policy.table, &policy.name, exprs);
            }
            _ => {}
        }
    }

    fn policy<'e>(&mut self, table: &Name, name: &Ident, exprs: impl Iterator<Item = &'e Expr>) {
        let hook = Hook { name: name.clone(), runs: Runs::Policy, conditions: exprs.cloned().collect() };
        self.effects.add_hook(self.catalog, table, hook);
    }

    /// What goes, or gets another name.
    fn changed(&mut self, object: &Object) {
        match object {
            Object::Drop(drop) if matches!(drop.kind, Kind::Trigger | Kind::Rule) => {
                for object in &drop.objects {
                    if let ObjectName::On(name, relation) = &object.name {
                        self.effects.remove_hook(self.catalog, relation, name);
                    }
                }
            }
            Object::AlterObject(alter) => self.renamed(alter),
            _ => {}
        }
    }

    fn renamed(&mut self, alter: &AlterObject) {
        let to = match &alter.action {
            ObjectAction::Rename(to) => Some(to),
            ObjectAction::Schema(_) => None,
            _ => return,
        };
        // Triggers keep a function that was made under this name, whatever takes the name later.
        let mut moved = |from: &Name| {
            let to = to.map_or_else(|| from.clone(), |to| Name::simple(to.clone(), from.span));
            self.effects.routines.rename(from, &to);
        };
        match &alter.object.name {
            ObjectName::On(from, relation) if matches!(alter.object.kind, Kind::Trigger | Kind::Rule) => {
                if let Some(to) = to {
                    self.effects.rename_hook(self.catalog, relation, from, to);
                }
            }
            ObjectName::Routine(routine) => moved(&routine.name),
            ObjectName::Aggregate(found) => moved(&found.name),
            _ => {}
        }
        self.domains();
    }

    fn relation(&mut self, statement: &Relation) {
        match statement {
            Relation::AlterRelation(alter) => self.altered(alter),
            Relation::AlterSchema(alter) if matches!(alter.change, GenericChange::Rename(_)) => {
                let doubt = format!("schema `{}` got another name, and what is in it is not followed", alter.name);
                self.effects.doubts.everything(doubt);
            }
            Relation::CreateSchema(create) if !create.elements.is_empty() => {
                self.effects.doubts.named_in(&create.to_string(), "CREATE SCHEMA makes it and is not followed");
            }
            Relation::CreateDomain(_) | Relation::AlterDomain(_) => self.domain(statement),
            _ => {}
        }
    }

    fn altered(&mut self, alter: &AlterRelation) {
        let Some(old) = self.catalog.resolve(&alter.relation.name) else { return };
        match &alter.change {
            RelationChange::Rename(to) => self.effects.move_hooks(&old, old.schema(), to),
            RelationChange::SetSchema(to) => self.effects.move_hooks(&old, Some(to), old.last()),
            RelationChange::Actions(actions) => {
                let unfollowed = |kind: &ActionKind| {
                    use ActionKind as K;
                    matches!(kind, K::Inherit(_) | K::NoInherit(_) | K::OfType(_) | K::NotOf)
                };
                if alter.relation.only || actions.iter().any(|action| unfollowed(&action.kind)) {
                    let why = "a change of what it is a part of is not followed";
                    self.effects.doubts.named_in(&alter.to_string(), why);
                }
            }
            _ => {}
        }
    }

    /// The checks of a domain run wherever a value becomes one.
    fn domain(&mut self, statement: &Relation) {
        let exprs: Vec<_> = match statement {
            Relation::CreateDomain(create) => {
                if let Some(collation) = create.collation.iter().find(|name| !self.effects.keeps_apart(name)) {
                    let doubt = format!("collation `{collation}` may take two tenants for one");
                    self.effects.doubts.everything(doubt);
                }
                let found = create.constraints.iter().filter_map(|constraint| match &constraint.kind {
                    ColumnConstraintKind::Check(expr) | ColumnConstraintKind::Default(expr) => Some(expr),
                    _ => None,
                });
                found.collect()
            }
            Relation::AlterDomain(alter) => match &alter.change {
                DomainChange::SetDefault(expr) => vec![expr],
                DomainChange::AddConstraint(added) => match &added.kind {
                    DomainConstraintKind::Check { condition, .. } => vec![condition],
                    DomainConstraintKind::NotNull => Vec::new(),
                },
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        self.effects.domains.extend(exprs.into_iter().cloned());
        self.domains();
    }

    /// Checks of domains run wherever a value becomes one, and call what has the name by then.
    fn domains(&mut self) {
        let context = Context { catalog: self.catalog, tenancy: self.tenancy, effects: self.effects };
        let hole = self.effects.domains.iter().find_map(|expr| opaque::expr(&context, expr, &[]));
        if let Some(hole) = hole {
            self.effects.doubts.everything(format!("the check of a domain runs with values of it: {}", hole.message));
        }
    }

    fn session(&mut self, statement: &Session) {
        self.effects.portals.observe(statement);
        match statement {
            Session::Explain(explain) => self.statement(&explain.statement),
            Session::DeclareCursor(cursor) => self.calls(Found::Query(&cursor.query)),
            Session::Execute(execute) => {
                if let Some(prepared) = self.effects.portals.prepared(&execute.name) {
                    let data = Statement::Data(Box::new(prepared.statement.clone()));
                    self.statement(&data);
                }
            }
            Session::Copy(copy) => {
                if let CopySource::Statement(data) = &copy.source {
                    self.statement(&Statement::Data(data.clone()));
                }
            }
            Session::Set(set) => {
                self.effects.doubts.set(set, self.catalog, self.tenancy);
                self.forgets(set.change.name());
            }
            Session::Reset(reset) => {
                self.effects.doubts.reset(reset, self.tenancy);
                self.effects.forget_values();
            }
            Session::Call(call) => self.called(&call.call.name),
            // Settings that are set for a transaction end with it.
            Session::Transaction(Transaction::Commit(_)) if self.effects.doubts.is_local() => {
                self.effects.forget_values();
            }
            Session::Transaction(
                Transaction::Rollback(_)
                | Transaction::RollbackTo(_)
                | Transaction::Prepare(_)
                | Transaction::RollbackPrepared(_),
            ) => {
                self.effects.doubts.everything("a transaction was rolled back, and what it had changed is not followed")
            }
            Session::Do(block) => {
                let Observer { catalog, tenancy, text, .. } = *self;
                let effects = &mut *self.effects;
                survey::block(text, block, &mut |text, found| {
                    Observer { catalog, tenancy, effects: &mut *effects, text }.within(found);
                });
            }
            _ => {}
        }
    }

    /// What was chosen by the value of a setting is something else by the setting's next value.
    fn forgets(&mut self, setting: Option<&Name>) {
        if setting.is_none_or(|name| name.parts.len() > 1) || !self.effects.doubts.is_on_path() {
            self.effects.forget_values();
        }
    }

    /// What a DO block may do: nobody knows which of its statements run.
    fn within(&mut self, found: Found<'_>) {
        const WHY: &str = "a DO block may have changed it";
        match found {
            Found::Unknown => self.effects.doubts.everything("a DO block ran what it put together only then"),
            Found::Expression(_) | Found::Query(_) | Found::Statement(Statement::Data(_)) => {
                self.fired(found);
                self.calls(found);
            }
            Found::Statement(Statement::Session(session)) => match &**session {
                Session::Set(_) | Session::Reset(_) | Session::Call(_) => self.session(session),
                _ => self.effects.doubts.everything("a DO block ran a statement that is not followed"),
            },
            Found::Statement(Statement::Object(object)) => {
                self.made(object);
                if let Object::AlterObject(alter) = &**object {
                    self.effects.doubts.named_in(&alter.to_string(), WHY);
                    self.renamed(alter);
                }
            }
            Found::Statement(statement @ Statement::Relation(relation)) => {
                if matches!(**relation, Relation::CreateDomain(_) | Relation::AlterDomain(_)) {
                    self.domain(relation);
                } else if matches!(**relation, Relation::AlterSchema(_)) {
                    self.relation(relation);
                }
                if !is_quiet(relation) {
                    self.effects.doubts.named_in(&statement.to_string(), WHY);
                }
            }
        }
    }

    fn calls(&mut self, found: Found<'_>) {
        survey::calls(found, &mut |called| match called {
            Called::Call(call) => self.call(call),
            Called::Field(field) => self.ran(field, &format!("`{field}` was called")),
        });
    }

    fn call(&mut self, call: &Call) {
        if *call.name.last() == "set_config" {
            let name = call.arguments.first().map(|argument| &argument.value.kind);
            let value = call.arguments.get(1).map(|argument| &argument.value.kind);
            self.set_config(name, value);
        }
        self.called(&call.name);
    }

    fn set_config(&mut self, name: Option<&ExprKind>, value: Option<&ExprKind>) {
        let Some(ExprKind::Literal(Literal::String(name))) = name else {
            return self.effects.doubts.everything("`set_config` may have changed any setting");
        };
        let value = match value {
            Some(ExprKind::Literal(Literal::String(text))) => text.clone(),
            _ => "?".to_owned(),
        };
        let parts = name.split('.').map(Ident::exact).collect();
        let name = Name { parts, span: crate::source::Span::default() };
        let values = value.split(',').map(|part| Value::Text(part.trim().to_owned())).collect();
        let set = Set { scope: SetScope::Local, change: Change::Value(name, values) };
        self.effects.doubts.set(&set, self.catalog, self.tenancy);
        self.effects.forget_values();
    }

    fn called(&mut self, name: &Name) {
        self.ran(name.last(), &format!("`{name}` was called"));
    }

    /// What a routine leaves behind that ran, or may have.
    fn ran(&mut self, name: &Ident, what: &str) {
        match self.effects.routines.conduct(name) {
            Some(Conduct::Anything) => {
                self.effects.doubts.everything(format!("{what}, which may have changed any definition"));
            }
            Some(Conduct::Definitions) => {
                let why = format!("{what}, which may have changed it");
                let effects = &mut *self.effects;
                effects.routines.changes(name).for_each(|changed| effects.doubts.named_in(changed, &why));
            }
            // What it writes may fire such a trigger.
            Some(Conduct::Plain | Conduct::Rows)
                if self.effects.routines.is_redefined_by_triggers() && self.effects.routines.writes(name) =>
            {
                let why = format!("{what}, which may have fired a trigger that changes definitions");
                self.effects.doubts.everything(why);
            }
            Some(Conduct::Plain | Conduct::Rows) | None => {}
        }
    }
}

/// The text of a definition that holds expressions, which run later.
fn stored(statement: &Statement) -> Option<String> {
    use Relation as R;
    match statement {
        Statement::Relation(relation) => match &**relation {
            R::CreateTable(_) | R::CreateForeignTable(_) | R::CreateIndex(_) | R::CreateView(_) => {}
            R::CreateMaterializedView(_) | R::CreateDomain(_) | R::AlterDomain(_) | R::AlterRelation(_) => {}
            R::CreateStatistics(_) | R::CreateSchema(_) | R::CreateType(_) => {}
            _ => return None,
        },
        Statement::Object(object) => match &**object {
            // The function of a trigger runs when it fires.
            Object::CreateTrigger(trigger) => return trigger.condition.as_ref().map(ToString::to_string),
            Object::CreatePolicy(_) | Object::AlterPolicy(_) | Object::CreateRule(_) | Object::CreateOperator(_) => {}
            Object::AlterOperator(_) => {}
            _ => return None,
        },
        _ => return None,
    }
    Some(statement.to_string())
}

/// Says whether a statement leaves the rows, columns and keys of all relations as they are.
fn is_quiet(relation: &Relation) -> bool {
    match relation {
        Relation::CreateType(_) | Relation::CreateDomain(_) | Relation::CreateExtension(_) => true,
        Relation::CreateIndex(index) => super::reach::indexed(index).next().is_none(),
        Relation::AlterRelation(alter) => match &alter.change {
            RelationChange::Actions(actions) => actions.iter().all(|action| match &action.kind {
                ActionKind::RowSecurity(_) | ActionKind::OwnerTo(_) | ActionKind::ValidateConstraint(_) => true,
                ActionKind::AddConstraint(added) => {
                    matches!(added.kind, TableConstraintKind::Unique { .. } | TableConstraintKind::PrimaryKey(_))
                }
                _ => false,
            }),
            _ => false,
        },
        _ => false,
    }
}

/// Says whether two texts that differ may be equal where tenants are compared; numbers and UUIDs have no collation.
fn may_join_tenants(collation: &CreateCollation, tenancy: &Tenancy) -> bool {
    const WITHOUT: &[&str] = &["uuid", "int", "integer", "bigint", "smallint", "int4", "int8", "int2"];
    let plain = tenancy.type_name.as_ref().is_some_and(|own| WITHOUT.contains(&own.to_ascii_lowercase().as_str()));
    !plain && !is_deterministic(collation)
}

/// Says whether two texts that differ are never equal under a collation.
fn is_deterministic(collation: &CreateCollation) -> bool {
    match &collation.source {
        CollationSource::Options(options) => !options.iter().any(|option| {
            let value = match &option.value {
                Some(DefinitionValue::Text(text) | DefinitionValue::Number(text)) => text.to_ascii_lowercase(),
                Some(DefinitionValue::Type(name)) => name.to_string().to_ascii_lowercase(),
                Some(DefinitionValue::Operator(_)) | None => String::new(),
            };
            option.name == "deterministic" && !matches!(value.as_str(), "true" | "on" | "1")
        }),
        CollationSource::Copy(_) => false,
    }
}
