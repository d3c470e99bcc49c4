//! Many tenants at once: threads with a connection each, and one failure stops nobody else.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::Context;
use super::inventory::Tenant;
use super::report::Event;
use super::trouble::{Class, Trouble};
use super::visit::Hand;

/// How one tenant's turn ended.
pub(super) struct Turn<T> {
    /// The tenant, as an index in what was given.
    pub(super) tenant: usize,
    /// What came of it.
    pub(super) result: Result<T, Trouble>,
}

enum Word<T> {
    Event(Event),
    Turn(Turn<T>),
}

/// What is done for a tenant, with the connections of one thread.
pub(super) type Work<'w, T> = &'w (dyn Fn(&mut Hand<'_>, &Tenant, &mut dyn FnMut(Event)) -> Result<T, Trouble> + Sync);

/// Does something for every tenant, so many at a time; `turn` is told of each as soon as it is done with. Who has not
/// begun when we are asked to stop, or when a server's disk is full, does not begin.
pub(super) fn each<T: Send>(
    context: &Context<'_>,
    tenants: &[&Tenant],
    jobs: usize,
    work: Work<'_, T>,
    tell: &mut dyn FnMut(Event),
    turn: &mut dyn FnMut(Turn<T>),
) {
    tell(Event::Begins { tenants: tenants.len() });
    let queue = Queue::default();
    // Bounded: who tells slowly must not let words pile up.
    let (sender, receiver) = mpsc::sync_channel(256);
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, tenants.len().max(1)) {
            let (sender, queue) = (sender.clone(), &queue);
            scope.spawn(move || one_by_one(context, tenants, work, queue, &sender));
        }
        drop(sender);
        for word in receiver {
            match word {
                Word::Event(event) => tell(event),
                Word::Turn(ended) => {
                    // Who was stopped has not failed.
                    let real = ended.result.as_ref().err().filter(|trouble| trouble.class != Class::Stopped);
                    let error = real.map(ToString::to_string);
                    tell(Event::Done { tenant: tenants[ended.tenant].id.clone(), error });
                    turn(ended);
                }
            }
        }
    });
}

/// Who is next.
#[derive(Default)]
struct Queue {
    next: AtomicUsize,
    /// Whether nobody begins any more.
    is_shut: AtomicBool,
}

fn one_by_one<T>(
    context: &Context<'_>,
    tenants: &[&Tenant],
    work: Work<'_, T>,
    queue: &Queue,
    sender: &mpsc::SyncSender<Word<T>>,
) {
    let mut hand = Hand::new(context);
    loop {
        let tenant = queue.next.fetch_add(1, Ordering::SeqCst);
        let Some(found) = tenants.get(tenant) else { return };
        let result = if context.stop.is_asked() || queue.is_shut.load(Ordering::SeqCst) {
            Err(Trouble::new(Class::Stopped, "stopped before it began".to_owned()))
        } else {
            // Nobody listens only when we are about to end.
            work(&mut hand, found, &mut |event| drop(sender.send(Word::Event(event))))
        };
        if result.as_ref().is_err_and(|trouble| trouble.class == Class::Full) {
            queue.is_shut.store(true, Ordering::SeqCst);
        }
        let _ = sender.send(Word::Turn(Turn { tenant, result }));
    }
}
