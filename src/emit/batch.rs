//! A phase that runs in batches: each is a transaction, and how far it has come is recorded with it.

use std::fmt::Write;

use super::Way;
use super::script::{Context, Work};
use crate::plan::{Batch, Preparation};
use crate::query::Quoted;

impl Context<'_> {
    /// Writes the forward script: batches along the key, from where an earlier attempt ended.
    pub(super) fn batches(&self, batch: &Batch) -> String {
        let (recording, here) = (self.recording(), self.phase.preparation == Preparation::Here);
        let segments = || self.phase.recordings.iter().filter(|_| here);
        let source = Quoted(self.source);
        let mut text = self.header(Way::Forward);
        text.push_str(&self.settings_of("SET"));
        text.push_str(&self.tenant("false"));
        let key = self.key();
        let claim = format!("SELECT tenet.claim({key}, 'applied') AS claimed \\gset tenet_\n\\if :tenet_claimed");
        self.push(&mut text, &claim);
        self.push(&mut text, &format!("SELECT tenet.batch_start({key}, {source}) AS started \\gset tenet_"));
        segments().for_each(|segment| self.push(&mut text, &recording.prepare(segment)));
        let step = self.phase.recordings.first().map_or_else(|| "NULL".to_owned(), |found| found.number.to_string());
        let keys: Vec<String> = batch.keys.iter().map(|key| Quoted(key.as_str()).to_string()).collect();
        let line = self.phase.statements.first().map_or(0, |found| found.line);
        let batches = format!(
            "\n-- {}:{line}\nSELECT sql FROM tenet.batches({key}, {}::regclass, ARRAY[{}]::text[], {},\n    {},\n    {},\n    {}, \
             {step}) AS batch (sql) \\gexec\n",
            self.path(),
            recording.relation(&batch.table),
            keys.join(", "),
            batch.rows,
            Quoted(&batch.source),
            Quoted(&batch.head),
            Quoted(&batch.tail),
        );
        self.push(&mut text, &batches.replace("::regclass::regclass", "::regclass"));
        segments().for_each(|segment| self.push(&mut text, &recording.release(segment)));
        self.push(&mut text, &format!("SELECT tenet.batch_end({key}, {source}) AS ended \\gset tenet_\n\\endif"));
        self.reset(&mut text);
        text
    }

    /// Writes the rollback script: one transaction, also for what was only begun.
    pub(super) fn batches_undone(&self, work: &[Work]) -> String {
        let (key, source) = (self.key(), Quoted(self.source));
        let mut text = self.header(Way::Rollback);
        text.push_str("BEGIN;\n");
        text.push_str(&self.settings_of("SET LOCAL"));
        text.push_str(&self.tenant("true"));
        let claim = format!("SELECT tenet.batch_claim({key}) AS claimed \\gset tenet_\n\\if :tenet_claimed");
        self.push(&mut text, &claim);
        let is_recorded = !self.phase.recordings.is_empty();
        if is_recorded {
            let asked = format!("SELECT tenet.is_recorded({key}) AS recorded \\gset tenet_\n\\if :tenet_recorded");
            self.push(&mut text, &asked);
        }
        for piece in work {
            let _ = writeln!(text, "\n{}\n{}", piece.comment, piece.sql.trim_end());
        }
        if is_recorded {
            text.push_str("\\endif\n");
        }
        self.push(&mut text, &format!("SELECT tenet.batch_undone({key}, {source}) AS undone \\gset tenet_\n\\endif"));
        text.push_str("COMMIT;\n");
        text
    }
}
