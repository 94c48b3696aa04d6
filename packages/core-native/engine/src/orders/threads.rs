//! The I/O threads of the process. Each begins with its first order and lives as long as the process: it is detached, holds no
//! lock while idle and needs no shutdown, so leaving `main` or `process.exit` at any moment is safe.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::thread;

use super::end_batch;
use super::inbox::Inbox;
use super::world::World;
use crate::limits::IO_THREADS_MAX;
use crate::reactor::{self, Called};

static INBOXES: LazyLock<Vec<Arc<Inbox>>> =
    LazyLock::new(|| (0..IO_THREADS_MAX).map(|number| Arc::new(Inbox::starting(number, start))).collect());

/// Where a new transport is looked after that may be on any of the first `count` threads: where there are fewest. It stays
/// there with its pool, so what a pool decides does not depend on how many threads there are.
pub(super) fn least_used(count: usize) -> Arc<Inbox> {
    let first = INBOXES.iter().take(count.max(1)).min_by_key(|inbox| inbox.transports());
    first.map(Arc::clone).unwrap_or_default()
}

fn start(number: usize) {
    // The kernel keeps 15 characters of a name.
    let name = if number == 0 { "wiretwin-io".to_owned() } else { format!("wiretwin-io-{}", number + 1) };
    // LIMIT: without descriptors or a thread every exchange stays silent; the process is out of resources anyway.
    let _ = thread::Builder::new().name(name).spawn(move || run(number));
}

fn run(number: usize) {
    let Some(inbox) = INBOXES.get(number) else { return };
    let _ = reactor::run(end_batch, |reactor| {
        let world = Rc::new(World::new(reactor));
        let task = Arc::clone(inbox).carry_out(Rc::clone(&world));
        (world as Rc<dyn Called>, Box::pin(task))
    });
}
