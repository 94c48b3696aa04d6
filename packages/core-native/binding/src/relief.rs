//! Makes V8 look for pieces of long bodies that nobody holds any more.
//!
//! A piece is small on V8's own heap and large outside it. V8 looks through its young memory when that is used up, and for memory
//! outside only at 64 MiB and through everything. So each piece brings some litter: young memory is used up after some MB of body,
//! and to look through that costs less than a tenth of a full collection and gives back the same. What it does not give back, a full
//! collection has to.

use std::cell::Cell;
use std::ptr;

use napi::{Env, sys};

use crate::guard::{Failure, check, napi_failure};

/// Bytes of body for one of litter. Young memory has 1 to 2 MB at first, so it is looked through every 4 to 8 MB of body. With an
/// eighth a download of 50 MB grew the process by 31 MB instead of 23, and took more CPU since it was written to memory that was new.
const BODY_FOR_LITTER: u32 = 4;

/// An element of an array.
const ELEMENT: u32 = 8;

/// Litter of one piece: above some 128 kB V8 gives an array pages of its own, which costs more.
const LITTER_MAX: u32 = 64 * 1024;

/// Bytes of body between two looks at how much memory outside there is.
const BETWEEN_LOOKS: u32 = 4 * 1024 * 1024;

/// Growth of memory outside from which V8 is asked to look through everything.
const GROWTH: i64 = 20 * 1024 * 1024;

/// What V8 is told for one moment: it starts to look through everything at 64 MiB outside its heap.
const PRESSURE: i64 = 64 * 1024 * 1024;

/// What has been handed out of long bodies in one environment.
#[derive(Default)]
pub struct Relief {
    since_look: Cell<u32>,
    /// Memory outside from which growth is counted: the least since the last full collection was asked for.
    from: Cell<Option<i64>>,
}

impl Relief {
    /// A piece of so many bytes was handed out. Inside a native call, which frees the litter.
    pub fn piece(&self, env: Env, bytes: u32) -> Result<(), Failure> {
        let mut litter = ptr::null_mut();
        let elements = (bytes / BODY_FOR_LITTER).min(LITTER_MAX) / ELEMENT;
        // SAFETY: `env` is the environment of the running call.
        let made = unsafe { sys::napi_create_array_with_length(env.raw(), elements as usize, &raw mut litter) };
        check(made, "litter")?;
        let since_look = self.since_look.get().saturating_add(bytes);
        self.since_look.set(if since_look < BETWEEN_LOOKS { since_look } else { 0 });
        if since_look < BETWEEN_LOOKS {
            return Ok(());
        }
        let adjust = |by| env.adjust_external_memory(by).map_err(|error| napi_failure(&error));
        let outside = adjust(0)?;
        let from = self.from.get().unwrap_or(outside);
        self.from.set(Some(from.min(outside)));
        if outside.saturating_sub(from) > GROWTH {
            self.from.set(Some(outside));
            adjust(PRESSURE)?;
            adjust(-PRESSURE)?;
        }
        Ok(())
    }
}
