//! Reading several files at once.

use rayon::prelude::*;

use super::order::Job;
use crate::finding::FileId;
use crate::project::Project;
use crate::syntax::read::{self, ReadScript};

/// The stack of a thread that parses: statements may nest as deep as the gate allows.
const STACK: usize = 256 << 20;

/// So little text is read faster than threads start.
const FEW: usize = 64 << 10;

/// Threads that parse, started when the first large chunk comes.
pub(super) struct Readers {
    pool: Option<rayon::ThreadPool>,
}

impl Readers {
    /// Makes readers that have no threads yet.
    pub(super) fn new() -> Self {
        Readers { pool: None }
    }

    /// Reads the files of a chunk, in order; of those that are not selected, what they do to definitions.
    pub(super) fn read(&mut self, project: &Project, selected: &[FileId], chunk: &[Job]) -> Vec<ReadScript> {
        let text = |job: &Job| (project.file(job.file).text.as_str(), selected.binary_search(&job.file).is_ok());
        let texts: Vec<(&str, bool)> = chunk.iter().map(text).collect();
        let bytes: usize = texts.iter().map(|(text, _)| text.len()).sum();
        if texts.len() > 1 && bytes > FEW && self.pool.is_none() {
            // A machine that gives no more threads still has this one.
            self.pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build().ok();
        }
        match &self.pool {
            Some(pool) => pool.install(|| texts.par_iter().map(one).collect()),
            None => texts.iter().map(one).collect(),
        }
    }
}

fn one((text, is_selected): &(&str, bool)) -> ReadScript {
    if *is_selected { read::script(text) } else { read::outline(text) }
}
