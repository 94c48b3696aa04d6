//! Node's side of a wake-up: one thread-safe function for each environment.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use napi::sys;

use crate::guard::{Failure, check};
use crate::port_state::PortState;
use crate::protocol::EVENTS_LOST;
use crate::values::{exception_is_pending, undefined};

/// Makes the function that wakes `dispatch`. It does not keep the process alive until told to.
pub fn create_function(
    env: sys::napi_env,
    dispatch: sys::napi_value,
    state: &Rc<PortState>,
) -> Result<sys::napi_threadsafe_function, Failure> {
    let mut function = ptr::null_mut();
    let mut name = ptr::null_mut();
    let label = "wiretwin";
    let context = Rc::into_raw(Rc::clone(state)).cast_mut().cast::<c_void>();
    // SAFETY: the context is a counted reference that `on_finalize` gives back; both callbacks have the signatures
    // that Node expects. Unreferenced at once: an idle port does not keep the process alive.
    unsafe {
        check(
            sys::napi_create_string_utf8(env, label.as_ptr().cast(), label.len().cast_signed(), &raw mut name),
            "name",
        )?;
        check(
            sys::napi_create_threadsafe_function(
                env,
                dispatch,
                ptr::null_mut(),
                name,
                0,
                1,
                ptr::null_mut(),
                Some(on_finalize),
                context,
                Some(on_wake),
                &raw mut function,
            ),
            "thread-safe function",
        )?;
        check(sys::napi_unref_threadsafe_function(env, function), "thread-safe function")?;
    }
    Ok(function)
}

/// Node calls this on the JavaScript thread, once for each wake-up.
unsafe extern "C" fn on_wake(env: sys::napi_env, callback: sys::napi_value, context: *mut c_void, _data: *mut c_void) {
    if env.is_null() || callback.is_null() {
        return;
    }
    // SAFETY: the context is the reference that `create_function` leaked; `on_finalize` runs after the last wake-up.
    let state = unsafe { &*context.cast::<PortState>() };
    deliver(env, callback, state);
}

/// Calls JavaScript's `callback` with what has come.
pub fn deliver(env: sys::napi_env, callback: sys::napi_value, state: &PortState) {
    let outcome = catch_unwind(AssertUnwindSafe(|| state.dispatch(env, callback)));
    if matches!(outcome, Ok(Ok(()))) || exception_is_pending(env) {
        // An exception of JavaScript's own is Node's to report.
        return;
    }
    // The batch is lost: JavaScript fails what runs instead of waiting for ever.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let nothing = undefined(env)?;
        state.call(env, callback, EVENTS_LOST, nothing, nothing)
    }));
}

unsafe extern "C" fn on_finalize(_env: sys::napi_env, _data: *mut c_void, context: *mut c_void) {
    // The function's context comes as the hint.
    if !context.is_null() {
        // SAFETY: gives back the one reference that `create_function` leaked; Node calls this once.
        drop(unsafe { Rc::from_raw(context.cast::<PortState>()) });
    }
}
