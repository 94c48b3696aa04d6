//! Small JavaScript values made through raw napi calls: the hot path has no use for more.

use std::ptr;

use napi::sys;

use crate::event::Batch;
use crate::guard::{Failure, check};

/// JavaScript has thrown and nobody has caught it yet.
pub fn exception_is_pending(env: sys::napi_env) -> bool {
    let mut pending = false;
    // SAFETY: `env` is the environment of the running callback.
    let status = unsafe { sys::napi_is_exception_pending(env, &raw mut pending) };
    status == sys::Status::napi_ok && pending
}

/// The separate bodies of a batch as an array of buffers; `undefined` when there are none.
pub fn bodies(env: sys::napi_env, batch: &Batch) -> Result<sys::napi_value, Failure> {
    if batch.bodies.is_empty() {
        return undefined(env);
    }
    let mut list = ptr::null_mut();
    // SAFETY: `env` is the environment of the running callback.
    check(unsafe { sys::napi_create_array_with_length(env, batch.bodies.len(), &raw mut list) }, "bodies")?;
    for (index, body) in (0u32..).zip(&batch.bodies) {
        let buffer = new_buffer(env, body)?;
        // SAFETY: both values were made in this environment just now.
        check(unsafe { sys::napi_set_element(env, list, index, buffer) }, "bodies")?;
    }
    Ok(list)
}

/// A buffer with a copy of `bytes`.
pub fn new_buffer(env: sys::napi_env, bytes: &[u8]) -> Result<sys::napi_value, Failure> {
    let mut data = ptr::null_mut();
    let mut buffer = ptr::null_mut();
    // SAFETY: Node copies `bytes.len()` readable bytes during the call.
    let status = unsafe {
        sys::napi_create_buffer_copy(env, bytes.len(), bytes.as_ptr().cast(), &raw mut data, &raw mut buffer)
    };
    check(status, "buffer")?;
    Ok(buffer)
}

/// `undefined`.
pub fn undefined(env: sys::napi_env) -> Result<sys::napi_value, Failure> {
    let mut value = ptr::null_mut();
    // SAFETY: `env` is the environment of the running call.
    check(unsafe { sys::napi_get_undefined(env, &raw mut value) }, "undefined")?;
    Ok(value)
}
