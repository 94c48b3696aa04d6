//! The few functions of libuv that a loop needs, as far as the running program has them: Node does, on every system but
//! Windows, where its loop watches no descriptors.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::OnceLock;

/// Memory of a handle; libuv knows what is in it.
pub type Handle = *mut c_void;

/// Called when a descriptor is readable.
pub type PollCallback = unsafe extern "C" fn(Handle, c_int, c_int);
/// Called when a time has come, and when a handle is closed.
pub type HandleCallback = unsafe extern "C" fn(Handle);

/// `UV_POLL`.
const POLL: c_int = 8;
/// `UV_TIMER`.
const TIMER: c_int = 13;
/// `UV_READABLE`.
pub const READABLE: c_int = 1;

/// Functions of libuv. Documented in its manual; all but `handle_size` are for the thread of the loop.
pub struct Uv {
    pub poll_init: unsafe extern "C" fn(*mut c_void, Handle, c_int) -> c_int,
    pub poll_start: unsafe extern "C" fn(Handle, c_int, PollCallback) -> c_int,
    pub poll_stop: unsafe extern "C" fn(Handle) -> c_int,
    pub timer_init: unsafe extern "C" fn(*mut c_void, Handle) -> c_int,
    pub timer_start: unsafe extern "C" fn(Handle, HandleCallback, u64, u64) -> c_int,
    pub update_time: unsafe extern "C" fn(*mut c_void),
    pub unref: unsafe extern "C" fn(Handle),
    pub close: unsafe extern "C" fn(Handle, HandleCallback),
    pub set_data: unsafe extern "C" fn(Handle, *mut c_void),
    pub get_data: unsafe extern "C" fn(Handle) -> *mut c_void,
    /// Bytes of a handle for a descriptor, and of one for a time.
    pub sizes: (usize, usize),
}

/// The functions, if they are all here.
pub fn find() -> Option<&'static Uv> {
    static UV: OnceLock<Option<Uv>> = OnceLock::new();
    UV.get_or_init(load).as_ref()
}

/// The function of this name, which has the type `F`.
fn symbol<F: Copy>(name: &CStr) -> Option<F> {
    // SAFETY: the name ends with NUL; nothing is loaded.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if found.is_null() || size_of::<F>() != size_of_val(&found) {
        return None;
    }
    // SAFETY: only used for pointers to functions of libuv, with the types that those have in all versions that know their
    // names; it is code of the program and stays as long as it.
    Some(unsafe { std::mem::transmute_copy(&found) })
}

fn load() -> Option<Uv> {
    let type_name: unsafe extern "C" fn(c_int) -> *const c_char = symbol(c"uv_handle_type_name")?;
    let size: unsafe extern "C" fn(c_int) -> usize = symbol(c"uv_handle_size")?;
    let is_called = |kind: c_int, name: &CStr| {
        // SAFETY: any number may be asked for; the answer is a constant text or null.
        let told = unsafe { type_name(kind) };
        // SAFETY: as above.
        !told.is_null() && unsafe { CStr::from_ptr(told) } == name
    };
    // Another libuv than the one that these numbers are of.
    if !is_called(POLL, c"poll") || !is_called(TIMER, c"timer") {
        return None;
    }
    // SAFETY: both are types of handles.
    let sizes = unsafe { (size(POLL), size(TIMER)) };
    Some(Uv {
        poll_init: symbol(c"uv_poll_init")?,
        poll_start: symbol(c"uv_poll_start")?,
        poll_stop: symbol(c"uv_poll_stop")?,
        timer_init: symbol(c"uv_timer_init")?,
        timer_start: symbol(c"uv_timer_start")?,
        update_time: symbol(c"uv_update_time")?,
        unref: symbol(c"uv_unref")?,
        close: symbol(c"uv_close")?,
        set_data: symbol(c"uv_handle_set_data")?,
        get_data: symbol(c"uv_handle_get_data")?,
        sizes,
    })
}
