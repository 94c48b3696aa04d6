//! A world that another loop drives, or a thread of its own: they take turns, and nobody can tell from outside.
//!
//! Connections, pools and tasks stay where they are; what changes is only who waits for the descriptor of their loop. The loop
//! of the JavaScript thread ("here") saves two switches of threads with each request, and a thread of its own ("away") lets
//! the JavaScript thread do something else.

use std::os::fd::RawFd;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::inbox::Inbox;
use super::world::World;
use super::{Command, Order, Runtime, end_batch};
use crate::limits;
use crate::reactor::{Called, Loop, Rest, wait_for};

/// Who drives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Whoever calls [`HostedLoop::submit`] and [`HostedLoop::turn`].
    Here,
    /// A thread of its own.
    Away,
    /// Nobody any more.
    Over,
}

/// What a turn has left.
#[derive(Debug, Clone, Copy)]
pub struct Turned {
    /// Something may have been told to sinks.
    pub ran: bool,
    /// The caller goes on waiting for the descriptor. `false`: the thread does.
    pub here: bool,
    /// When there has to be a turn even if the descriptor is silent.
    pub due: Option<Instant>,
}

/// A world for the loop of the calling thread.
pub struct HostedLoop {
    pub(super) inbox: Arc<Inbox>,
    seat: Mutex<Seat>,
    moved: Condvar,
    /// As the seat says; for a glance without the lock.
    away: AtomicBool,
    descriptor: RawFd,
    /// It stays here, whatever there is to do.
    pinned: AtomicBool,
    /// Calls of `submit` since it came back, or away since there was last much to do. Only the caller's thread counts.
    submits: AtomicU32,
    /// Calm ones before it comes back: more each time that it soon had to leave again.
    patience: AtomicU32,
}

struct Seat {
    place: Place,
    has_thread: bool,
    world: Option<Movable>,
    /// Turns here so far, and how many there were when the thread last looked.
    turns: u64,
    seen: u64,
    /// The thread looks from time to time whether there are any.
    guarded: bool,
    /// Until when the thread waits, if it does and nothing comes.
    waits_until: Option<Instant>,
}

/// A world that changes its thread between turns.
struct Movable {
    looper: Loop,
    world: Rc<World>,
}

// SAFETY: nothing that is not thread-safe leads out of a world or into it from outside (handles, wakers, sinks and finished
// lookups are shared through `Arc`), and whoever comes to it holds the lock of its seat: it is on one thread at a time, and
// what it does there ends before the lock is given back. No value in it refers to data of the thread that made it.
unsafe impl Send for Movable {}

impl Movable {
    fn called(&self) -> &dyn Called {
        &*self.world
    }
}

impl Command {
    /// Whether it is carried out in this world.
    pub fn is_for(&self, host: &HostedLoop) -> bool {
        Arc::ptr_eq(&self.home, &host.inbox)
    }

    fn ends_a_transport(&self) -> bool {
        matches!(self.order, Order::CloseTransport { .. })
    }
}

impl HostedLoop {
    /// A world that the caller drives.
    ///
    /// # Errors
    /// The process is out of descriptors.
    pub fn new() -> std::io::Result<Arc<Self>> {
        let looper = Loop::new(end_batch)?;
        let descriptor = looper.descriptor();
        let world = Rc::new(World::new(looper.reactor()));
        looper.serve(&(Rc::clone(&world) as Rc<dyn Called>));
        let inbox = Arc::<Inbox>::default();
        drop(looper.reactor().spawn(Arc::clone(&inbox).carry_out(Rc::clone(&world))));
        // The first order may come past `submit` (the end of a transport), and has to ring: who takes orders listens from now on.
        looper.go_on();
        looper.rest();
        let world = Some(Movable { looper, world });
        let seat =
            Seat { place: Place::Here, has_thread: false, world, turns: 0, seen: 0, guarded: false, waits_until: None };
        Ok(Arc::new(Self {
            inbox,
            seat: Mutex::new(seat),
            moved: Condvar::new(),
            away: AtomicBool::new(false),
            descriptor,
            pinned: AtomicBool::new(false),
            submits: AtomicU32::new(0),
            patience: AtomicU32::new(limits::SUBMITS_CALM),
        }))
    }

    /// Readable when there should be a turn.
    pub fn descriptor(&self) -> RawFd {
        self.descriptor
    }

    /// From now on the caller alone drives it, whatever there is to do.
    pub fn pin(&self) {
        self.pinned.store(true, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands orders over. Those for this world are carried out in the call, unless the thread has it. `running`: exchanges of the
    /// caller.
    pub fn submit(self: &Arc<Self>, commands: Vec<Command>, running: usize) -> Turned {
        if !self.is_to_be_here(running) {
            return self.submit_away(commands, running);
        }
        let mut seat = self.lock();
        if let (Some(movable), Place::Here) = (&seat.world, seat.place) {
            // Before the orders: there is nobody to wake.
            movable.looper.rise();
            Runtime::submit(commands);
            movable.looper.go_on();
            return self.rest(&mut seat, running > limits::EXCHANGES_HERE);
        }
        drop(seat);
        Runtime::submit(commands);
        Turned { ran: false, here: false, due: None }
    }

    /// Leaves orders to the thread, but for the end of transports while it waits: that is little, and would wake the thread for it and
    /// the caller for its answer.
    fn submit_away(&self, commands: Vec<Command>, running: usize) -> Turned {
        let elsewhere = Turned { ran: false, here: false, due: None };
        let is_little = running <= limits::EXCHANGES_CALM && commands.iter().all(Command::ends_a_transport);
        let seat = if is_little { self.seat.try_lock().ok() } else { None };
        let seat = seat.as_ref().filter(|seat| seat.place == Place::Away);
        let Some((seat, movable)) = seat.and_then(|seat| Some((seat, seat.world.as_ref()?))) else {
            Runtime::submit(commands);
            return elsewhere;
        };
        movable.looper.rise();
        Runtime::submit(commands);
        movable.looper.go_on();
        for _ in 0..limits::TURNS_BESIDE {
            match movable.looper.rest() {
                Rest::Until(due) if due.is_none_or(|due| seat.waits_until.is_some_and(|until| until <= due)) => {
                    return Turned { ran: true, ..elsewhere };
                }
                Rest::Until(_) => break,
                Rest::Again => movable.looper.turn_now(movable.called()),
            };
        }
        movable.looper.rest();
        movable.looper.ring();
        Turned { ran: true, ..elsewhere }
    }

    /// Looks at sockets and clocks, and does what there is to do, within bounds.
    pub fn turn(self: &Arc<Self>) -> Turned {
        let mut seat = self.lock();
        if let (Some(movable), Place::Here) = (&seat.world, seat.place) {
            movable.looper.turn_now(movable.called());
            return self.rest(&mut seat, false);
        }
        Turned { ran: false, here: false, due: None }
    }

    /// Ends a turn here. `much`: there is more to do than this thread should be held up by.
    fn rest(self: &Arc<Self>, seat: &mut Seat, much: bool) -> Turned {
        seat.turns += 1;
        let Some(movable) = &seat.world else { return Turned { ran: false, here: false, due: None } };
        let rest = movable.looper.rest();
        let strain = movable.looper.take_strain();
        let runs = movable.world.runs();
        if (much || strain) && !self.pinned.load(Ordering::Relaxed) && self.leave(seat) {
            return Turned { ran: true, here: false, due: None };
        }
        if runs && !seat.guarded && !self.pinned.load(Ordering::Relaxed) {
            self.guard(seat);
        }
        match (rest, &seat.world) {
            (Rest::Until(due), _) => Turned { ran: true, here: true, due },
            (Rest::Again, world) => {
                if let Some(movable) = world {
                    movable.looper.ring();
                }
                Turned { ran: true, here: true, due: None }
            }
        }
    }

    /// Whether the thread drives it.
    pub fn is_away(&self) -> bool {
        self.away.load(Ordering::Acquire)
    }

    /// Whether orders are carried out in the call. Takes the world back once it has been calm for a while.
    fn is_to_be_here(&self, running: usize) -> bool {
        let submits = self.submits.load(Ordering::Relaxed).saturating_add(1);
        if !self.is_away() {
            self.submits.store(submits, Ordering::Relaxed);
            return true;
        }
        let calm = if running > limits::EXCHANGES_CALM { 0 } else { submits };
        self.submits.store(calm, Ordering::Relaxed);
        let enough = calm >= self.patience.load(Ordering::Relaxed) || self.pinned.load(Ordering::Relaxed);
        enough && self.come_back()
    }

    /// Takes it back, if the thread has nothing to do at the moment.
    fn come_back(&self) -> bool {
        let Ok(mut seat) = self.seat.try_lock() else { return false };
        if seat.place == Place::Away {
            self.put(&mut seat, Place::Here);
            self.submits.store(0, Ordering::Relaxed);
        }
        seat.place == Place::Here
    }

    /// Lets the thread drive it; `false` if there is none to be had.
    fn leave(self: &Arc<Self>, seat: &mut Seat) -> bool {
        if !self.has_thread(seat) {
            return false;
        }
        let was_worth_it = self.submits.swap(0, Ordering::Relaxed) > limits::SUBMITS_HERE;
        let patience = if was_worth_it { limits::SUBMITS_CALM } else { self.patience.load(Ordering::Relaxed) * 2 };
        self.patience.store(patience.min(limits::SUBMITS_CALM_MAX), Ordering::Relaxed);
        self.put(seat, Place::Away);
        self.moved.notify_one();
        true
    }

    fn has_thread(self: &Arc<Self>, seat: &mut Seat) -> bool {
        if !seat.has_thread {
            let own = Arc::clone(self);
            let started = thread::Builder::new().name("wiretwin-io".into()).spawn(move || own.serve());
            seat.has_thread = started.is_ok();
        }
        seat.has_thread
    }

    fn put(&self, seat: &mut Seat, place: Place) {
        seat.place = place;
        self.away.store(place == Place::Away, Ordering::Release);
    }

    /// Something runs: the thread sees to it that somebody looks, whatever the caller is busy with.
    fn guard(self: &Arc<Self>, seat: &mut Seat) {
        if self.has_thread(seat) {
            seat.guarded = true;
            self.moved.notify_one();
        }
    }

    /// Ends it: what runs is aborted, connections are closed.
    pub fn end(&self) {
        let mut seat = self.lock();
        if seat.place == Place::Over {
            return;
        }
        self.put(&mut seat, Place::Over);
        let Some(movable) = &seat.world else { return };
        movable.looper.rise();
        movable.world.close_all();
        for _ in 0..limits::TURNS_TO_CLOSE {
            movable.looper.turn_now(movable.called());
            if let Rest::Until(_) = movable.looper.rest() {
                break;
            }
        }
        self.inbox.close();
        movable.looper.clear();
        if seat.has_thread {
            // It still waits for the descriptor, which must not be closed under it.
            movable.looper.ring();
            self.moved.notify_one();
        } else {
            seat.world = None;
        }
    }

    /// What the thread does.
    fn serve(&self) {
        let wait = wait_for(self.descriptor);
        let mut seat = self.lock();
        let Ok(mut wait) = wait else {
            seat.has_thread = false;
            return;
        };
        loop {
            match seat.place {
                Place::Here => seat = self.look_after(seat),
                Place::Away => {
                    let Some(movable) = &seat.world else { return };
                    movable.looper.turn_now(movable.called());
                    let rest = movable.looper.rest();
                    movable.looper.take_strain();
                    if let Rest::Until(due) = rest {
                        seat.waits_until = due;
                        drop(seat);
                        wait(due);
                    } else {
                        drop(seat);
                    }
                    seat = self.lock();
                }
                Place::Over => {
                    seat.world = None;
                    return;
                }
            }
        }
    }

    /// Waits while others drive. As long as something runs, it looks from time to time whether they do.
    fn look_after<'a>(&'a self, mut seat: MutexGuard<'a, Seat>) -> MutexGuard<'a, Seat> {
        if !seat.guarded {
            return self.moved.wait(seat).unwrap_or_else(PoisonError::into_inner);
        }
        let (back, waited) = self.moved.wait_timeout(seat, limits::BUSY_AFTER).unwrap_or_else(PoisonError::into_inner);
        seat = back;
        if seat.place != Place::Here || !waited.timed_out() {
            return seat;
        }
        let turns = seat.turns;
        let Some(movable) = &seat.world else { return seat };
        let runs = movable.world.runs();
        if turns != seat.seen {
            seat.seen = turns;
        } else if !runs {
            seat.guarded = false;
        } else if movable.looper.turn_now(movable.called()) {
            // The system had something to say, and nobody has listened for a while.
            movable.looper.rest();
            self.put(&mut seat, Place::Away);
        } else {
            movable.looper.rest();
        }
        seat
    }
}
