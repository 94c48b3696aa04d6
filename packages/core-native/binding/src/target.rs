//! JavaScript's memory for a body that is wanted whole: the engine fills it, and nothing is copied on the JavaScript thread.

use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::sys;
use wiretwin_engine::BodyTarget;

use crate::bytes_in::raw_parts;
use crate::guard::{Failure, check};
use crate::reader::malformed;

/// Memory of an `Uint8Array` that a reference keeps.
struct Memory {
    data: *mut u8,
    length: usize,
}

// SAFETY: the memory belongs to no thread. JavaScript looks at it when the engine has told that it is filled, and whoever writes
// holds the lock under which it is taken away.
unsafe impl Send for Memory {}

#[derive(Clone)]
struct Shared(Arc<Mutex<Option<Memory>>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// JavaScript's end.
pub struct Target {
    shared: Shared,
    reference: sys::napi_ref,
}

/// The engine's end.
struct Writer(Shared);

impl Target {
    /// The memory of an `Uint8Array` of the running call. JavaScript shows it to nobody before it is filled, and detaches it not.
    pub fn new(env: sys::napi_env, array: sys::napi_value) -> Result<(Self, Box<dyn BodyTarget>), Failure> {
        let (data, length) = raw_parts(env, array)?;
        let mut reference = ptr::null_mut();
        // SAFETY: the array comes from the running call. The reference keeps it, and so its memory, which V8 does not move.
        check(unsafe { sys::napi_create_reference(env, array, 1, &raw mut reference) }, "memory for a body")?;
        let shared = Shared(Arc::new(Mutex::new(Some(Memory { data, length }))));
        Ok((Self { shared: shared.clone(), reference }, Box::new(Writer(shared))))
    }

    /// Nothing is written from now on.
    pub fn take_away(&self) {
        *self.shared.lock() = None;
    }

    /// The same, and the array may go.
    pub fn release(self, env: sys::napi_env) {
        self.take_away();
        // SAFETY: made in this environment, and deleted once.
        unsafe { sys::napi_delete_reference(env, self.reference) };
    }
}

/// JavaScript's list of memory for the bodies that the commands of one call want whole.
pub struct TargetList {
    env: sys::napi_env,
    list: Option<sys::napi_value>,
    index: u32,
}

impl TargetList {
    pub fn new(env: sys::napi_env, list: Option<sys::napi_value>) -> Self {
        Self { env, list, index: 0 }
    }

    pub fn env(&self) -> sys::napi_env {
        self.env
    }

    /// The array that belongs to the next command.
    pub fn next(&mut self) -> Result<sys::napi_value, Failure> {
        let list = self.list.ok_or_else(malformed)?;
        let mut array = ptr::null_mut();
        // SAFETY: the list comes from the running call; beyond its end is `undefined`, which is no array.
        check(unsafe { sys::napi_get_element(self.env, list, self.index, &raw mut array) }, "memory for a body")?;
        self.index += 1;
        Ok(array)
    }
}

impl BodyTarget for Writer {
    fn write(&mut self, offset: usize, bytes: &[u8]) -> bool {
        let memory = self.0.lock();
        let Some(Memory { data, length }) = *memory else { return false };
        if offset.checked_add(bytes.len()).is_none_or(|end| end > length) {
            return false;
        }
        // SAFETY: the array is kept as long as its memory is here, whose lock is held; the range was checked. Nobody else has a
        // reference to the bytes.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.add(offset), bytes.len()) };
        true
    }
}
