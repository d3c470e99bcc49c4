//! Reading several files at once.

use rayon::prelude::*;

use super::order::Job;
use crate::project::Project;
use crate::syntax::read::{self, ReadScript};

/// The stack of a thread that parses: statements may nest as deep as the gate allows.
const STACK: usize = 256 << 20;

/// So little text is read faster than threads start.
const FEW: usize = 64 << 10;

/// Reads the files of a chunk, in order.
pub(super) fn read(project: &Project, chunk: &[Job]) -> Vec<ReadScript> {
    let texts: Vec<&str> = chunk.iter().map(|job| project.file(job.file).text.as_str()).collect();
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if texts.len() < 2 || bytes < FEW {
        return texts.into_iter().map(read::script).collect();
    }
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build();
    match pool {
        Ok(pool) => pool.install(|| texts.par_iter().map(|text| read::script(text)).collect()),
        // A machine that gives no more threads still has this one.
        Err(_) => texts.into_iter().map(read::script).collect(),
    }
}
