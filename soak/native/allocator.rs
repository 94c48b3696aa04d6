//! What the C library's allocator holds, as an addon for the soak: nothing of JavaScript tells it. Only glibc has these functions;
//! elsewhere the addon does not load, and the soak judges without. `rustc` builds it (`src/client/allocator.ts`), it needs no crate.
#![allow(non_camel_case_types)]

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

type napi_env = *mut c_void;
type napi_value = *mut c_void;
type napi_callback = unsafe extern "C" fn(napi_env, *mut c_void) -> napi_value;

/// `struct mallinfo2` of malloc.h.
#[repr(C)]
struct Mallinfo2 {
    arena: usize,
    ordblks: usize,
    smblks: usize,
    hblks: usize,
    hblkhd: usize,
    usmblks: usize,
    fsmblks: usize,
    uordblks: usize,
    fordblks: usize,
    keepcost: usize,
}

unsafe extern "C" {
    fn mallinfo2() -> Mallinfo2;
    fn malloc_trim(pad: usize) -> c_int;
    fn napi_create_double(env: napi_env, value: f64, result: *mut napi_value) -> c_int;
    fn napi_create_function(
        env: napi_env,
        name: *const c_char,
        length: usize,
        callback: napi_callback,
        data: *mut c_void,
        result: *mut napi_value,
    ) -> c_int;
    fn napi_set_named_property(env: napi_env, object: napi_value, name: *const c_char, value: napi_value) -> c_int;
}

/// Bytes that the program has and has not given back, of all threads.
unsafe extern "C" fn in_use(env: napi_env, _info: *mut c_void) -> napi_value {
    // SAFETY: Node calls with its environment; the result is written before it is read, or stays null, which is `undefined`.
    unsafe {
        let info = mallinfo2();
        let mut value = null_mut();
        napi_create_double(env, (info.uordblks + info.hblkhd) as f64, &mut value);
        value
    }
}

/// Gives pages that nobody uses back to the system, of all threads.
unsafe extern "C" fn give_back(_env: napi_env, _info: *mut c_void) -> napi_value {
    // SAFETY: takes the locks that it needs.
    unsafe { malloc_trim(0) };
    null_mut()
}

/// What Node calls when it has loaded the addon.
///
/// # Safety
/// By Node only, with its environment and the object of exports.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn napi_register_module_v1(env: napi_env, exports: napi_value) -> napi_value {
    for (name, callback) in [(c"inUse", in_use as napi_callback), (c"giveBack", give_back)] {
        let mut function = null_mut();
        // SAFETY: the names live as long as the program, and the function is used only if it was made.
        unsafe {
            if napi_create_function(env, null(), 0, callback, null_mut(), &mut function) == 0 {
                napi_set_named_property(env, exports, name.as_ptr(), function);
            }
        }
    }
    exports
}
