//! Makes V8 look for pieces of long bodies that nobody holds any more.
//!
//! A piece is small on V8's own heap and large outside it, where V8 looks at 64 MiB only, and through everything. JavaScript brings
//! litter with each piece (litter.ts), so that young memory is looked through in time. What that does not give back, a full
//! collection has to.

use std::cell::Cell;

use napi::Env;

use crate::guard::{Failure, napi_failure};

/// Growth of memory outside from which V8 is asked to look through everything.
const GROWTH: i64 = 20 * 1024 * 1024;

/// What V8 is told for one moment: it starts to look through everything at 64 MiB outside its heap.
const PRESSURE: i64 = 64 * 1024 * 1024;

/// How much memory outside the heap one environment has had.
#[derive(Default)]
pub struct Relief {
    /// From which growth is counted: the least since the last full collection was asked for.
    from: Cell<Option<i64>>,
}

impl Relief {
    /// Looks at how much there is, and asks for a full collection where it has grown.
    pub fn look(&self, env: Env) -> Result<(), Failure> {
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
