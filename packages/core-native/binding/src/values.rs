//! Small JavaScript values made through raw napi calls: the hot path has no use for more.

use std::ffi::c_void;
use std::ptr;

use bytes::{Bytes, BytesMut};
use napi::sys;

use crate::guard::{Failure, check};
use crate::protocol::ADOPT_ABOVE;

/// JavaScript has thrown and nobody has caught it yet.
pub fn exception_is_pending(env: sys::napi_env) -> bool {
    let mut pending = false;
    // SAFETY: `env` is the environment of the running callback.
    let status = unsafe { sys::napi_is_exception_pending(env, &raw mut pending) };
    status == sys::Status::napi_ok && pending
}

/// The separate bodies of a batch as an array of buffers; `undefined` when there are none.
pub fn bodies(env: sys::napi_env, bodies: Vec<Bytes>) -> Result<sys::napi_value, Failure> {
    if bodies.is_empty() {
        return undefined(env);
    }
    let mut list = ptr::null_mut();
    // SAFETY: `env` is the environment of the running callback.
    check(unsafe { sys::napi_create_array_with_length(env, bodies.len(), &raw mut list) }, "bodies")?;
    for (index, body) in (0u32..).zip(bodies) {
        let buffer = buffer_of(env, body)?;
        // SAFETY: both values were made in this environment just now.
        check(unsafe { sys::napi_set_element(env, list, index, buffer) }, "bodies")?;
    }
    Ok(list)
}

/// A buffer with these bytes: the same memory if they are many and nobody else has them, else a copy.
fn buffer_of(env: sys::napi_env, bytes: Bytes) -> Result<sys::napi_value, Failure> {
    if bytes.len() <= ADOPT_ABOVE {
        return new_buffer(env, &bytes);
    }
    match bytes.try_into_mut() {
        Ok(owned) => adopted(env, owned),
        Err(shared) => new_buffer(env, &shared),
    }
}

/// A buffer over memory that is given to JavaScript.
fn adopted(env: sys::napi_env, bytes: BytesMut) -> Result<sys::napi_value, Failure> {
    let mut bytes = Box::new(bytes);
    let (data, length) = (bytes.as_mut_ptr(), bytes.len());
    let owner = Box::into_raw(bytes);
    let mut buffer = ptr::null_mut();
    // SAFETY: `data` points to `length` bytes that only `owner` holds, which `drop_owner` frees when the buffer is gone.
    let status = unsafe {
        sys::napi_create_external_buffer(
            env,
            length,
            data.cast(),
            Some(drop_owner),
            owner.cast::<c_void>(),
            &raw mut buffer,
        )
    };
    if status == sys::Status::napi_ok {
        return Ok(buffer);
    }
    // Any other failure is that of making the buffer: Node has the owner by then and drops it itself (a body above
    // `buffer.constants.MAX_LENGTH`, a worker that is being stopped).
    let refused_before = [
        sys::Status::napi_no_external_buffers_allowed,
        sys::Status::napi_pending_exception,
        sys::Status::napi_cannot_run_js,
    ];
    if !buffer.is_null() || !refused_before.contains(&status) {
        return check(status, "body").map(|()| buffer);
    }
    // SAFETY: the call was refused before Node took the owner.
    let bytes = unsafe { Box::from_raw(owner) };
    // Electron forbids memory from outside.
    new_buffer(env, &bytes)
}

unsafe extern "C" fn drop_owner(_env: sys::napi_env, _data: *mut c_void, owner: *mut c_void) {
    // SAFETY: the hint is the box that `adopted` leaked; Node calls this once.
    drop(unsafe { Box::from_raw(owner.cast::<BytesMut>()) });
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
