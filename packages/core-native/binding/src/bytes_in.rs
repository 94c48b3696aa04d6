//! Borrows the bytes of a JavaScript typed array.

use std::ptr;

use napi::{Env, JsValue, Unknown, sys};

use crate::guard::{Failure, check, failure};

/// The bytes of a `Uint8Array`, valid until the current native call calls back into JavaScript.
pub fn bytes_of<'a>(env: Env, value: &'a Unknown<'_>) -> Result<&'a [u8], Failure> {
    raw_bytes(env.raw(), value.raw()).map(|bytes| &*bytes)
}

/// Writable form of [`bytes_of`]; an array that was detached is empty.
pub fn raw_bytes<'a>(env: sys::napi_env, value: sys::napi_value) -> Result<&'a mut [u8], Failure> {
    let (data, length) = raw_parts(env, value)?;
    if data.is_null() || length == 0 {
        return Ok(&mut []);
    }
    // SAFETY: napi gave the memory of a live Uint8Array. The facade passes no shared memory, the JavaScript thread is
    // here and not in code that could detach it, and each array is borrowed once in a call.
    Ok(unsafe { std::slice::from_raw_parts_mut(data, length) })
}

/// Where the bytes of an `Uint8Array` are, and how many.
pub fn raw_parts(env: sys::napi_env, value: sys::napi_value) -> Result<(*mut u8, usize), Failure> {
    let mut kind = 0;
    let mut length = 0;
    let mut data = ptr::null_mut();
    // SAFETY: `env` and `value` come from the running native call; napi checks that the value is a typed array.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            &raw mut kind,
            &raw mut length,
            &raw mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    check(status, "typed array expected")?;
    if kind != sys::TypedarrayType::uint8_array {
        return Err(failure("ERR_INVALID_ARG", "Uint8Array expected"));
    }
    Ok((data.cast::<u8>(), length))
}
