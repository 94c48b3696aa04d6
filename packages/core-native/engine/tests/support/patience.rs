//! When to give a wait up: by what this process has done meanwhile, since time says nothing on a busy machine.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A wait is looked at so often.
const ROUND: Duration = Duration::from_secs(20);
/// Ticks of the processor (10 ms) below which a round was spent waiting: with 40 others a busy process gets some hundred.
const IDLE: u64 = 5;
/// Ticks after which what goes on is no work but a loop: 5 minutes.
const ENDLESS: u64 = 30_000;

/// A wait for something that this process brings about itself.
pub struct Patience {
    round: Instant,
    at_round: u64,
    at_start: u64,
}

impl Patience {
    pub fn new() -> Self {
        let now = ticks();
        Patience { round: Instant::now(), at_round: now, at_start: now }
    }

    /// Nothing happens any more, or it never ends.
    pub fn is_over(&mut self) -> bool {
        if self.round.elapsed() < ROUND {
            return false;
        }
        let now = ticks();
        let is_over = now < self.at_round + IDLE || now > self.at_start + ENDLESS;
        (self.round, self.at_round) = (Instant::now(), now);
        is_over
    }
}

/// Time of the processor that this process has had; 0 where the system does not tell, where a round is then all there is.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    // utime and stime, fields 14 and 15 of proc(5); the third follows the name.
    behind_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// What waits for another thread.
pub trait Patient<T> {
    /// The next message, or why there is none.
    fn receive(&self) -> Result<T, RecvTimeoutError>;
}

impl<T> Patient<T> for Receiver<T> {
    fn receive(&self) -> Result<T, RecvTimeoutError> {
        let mut patience = Patience::new();
        loop {
            match self.recv_timeout(ROUND) {
                Err(RecvTimeoutError::Timeout) if !patience.is_over() => {}
                outcome => return outcome,
            }
        }
    }
}
