//! The engine on the loop of the JavaScript thread: no other thread has to be woken to send a request or to hear its answer.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use napi::sys;
use wiretwin_engine::{Command, HostedLoop, Turned};

use crate::guard::{Failure, check, io_failure};
use crate::outbox::{self, Outbox};
use crate::uv::{self, Handle, Uv};
use crate::values::exception_is_pending;

/// One world of the engine, driven by the loop of one environment. Used on its JavaScript thread only.
pub struct LoopHost {
    hosted: Arc<HostedLoop>,
    uv: &'static Uv,
    uv_loop: *mut c_void,
    /// Watches the descriptor of the world, and waits for its next deadline. Both belong to libuv until they are closed.
    poll: Handle,
    timer: Handle,
    watching: Cell<bool>,
    /// What the timer is set to.
    armed: Cell<Option<Instant>>,
    env: sys::napi_env,
    /// JavaScript's function for "events have come".
    ring: sys::napi_ref,
    outbox: Arc<Outbox>,
    ended: Cell<bool>,
    /// Handles that libuv still has.
    open: Cell<u8>,
    /// Keeps the environment until they are closed.
    clean_up: Cell<sys::napi_async_cleanup_hook_handle>,
}

impl LoopHost {
    /// A world on the loop of `env`; `None` where the program has no libuv that could watch descriptors.
    pub fn new(env: sys::napi_env, ring: sys::napi_ref, outbox: &Arc<Outbox>) -> Result<Option<Rc<Self>>, Failure> {
        let Some(uv) = uv::find() else { return Ok(None) };
        let mut uv_loop = ptr::null_mut();
        // SAFETY: `env` is the environment of the running call.
        if unsafe { sys::napi_get_uv_event_loop(env, &raw mut uv_loop) } != sys::Status::napi_ok || uv_loop.is_null() {
            return Ok(None);
        }
        let uv_loop = uv_loop.cast::<c_void>();
        let hosted = HostedLoop::new().map_err(|error| io_failure(&error))?;
        let (poll, timer) = (memory(uv.sizes.0), memory(uv.sizes.1));
        // SAFETY: the loop is that of this thread; the memory is as large as libuv says. A handle for times cannot fail.
        if unsafe { (uv.poll_init)(uv_loop, poll, hosted.descriptor()) } != 0 {
            free(poll, uv.sizes.0);
            free(timer, uv.sizes.1);
            return Ok(None);
        }
        let host = Rc::new(Self {
            hosted,
            uv,
            uv_loop,
            poll,
            timer,
            watching: Cell::new(false),
            armed: Cell::new(None),
            env,
            ring,
            outbox: Arc::clone(outbox),
            ended: Cell::new(false),
            open: Cell::new(2),
            clean_up: Cell::new(ptr::null_mut()),
        });
        // SAFETY: as above. The data are a counted reference that `on_closed` gives back once both handles are closed. They do
        // not keep the process alive: what JavaScript waits for does.
        unsafe {
            (uv.timer_init)(uv_loop, timer);
            let data = Rc::into_raw(Rc::clone(&host)).cast_mut().cast::<c_void>();
            (uv.set_data)(poll, data);
            (uv.set_data)(timer, data);
            (uv.unref)(poll);
            (uv.unref)(timer);
        }
        let mut clean_up = ptr::null_mut();
        // SAFETY: the hook runs before the environment ends, and `data` lives until the handles that it closes are closed.
        let status = unsafe {
            let data = Rc::as_ptr(&host).cast_mut().cast::<c_void>();
            sys::napi_add_async_cleanup_hook(env, Some(on_environment_end), data, &raw mut clean_up)
        };
        host.clean_up.set(clean_up);
        if let Err(failure) = check(status, "clean-up hook") {
            host.end();
            return Err(failure);
        }
        host.watch(true);
        Ok(Some(host))
    }

    pub fn hosted(&self) -> &Arc<HostedLoop> {
        &self.hosted
    }

    /// Hands orders over, and carries out at once those that are for this world. `running`: exchanges of this thread. `true`:
    /// there are events to take.
    pub fn submit(&self, commands: Vec<Command>, running: usize) -> bool {
        let turned = outbox::without_ringing(|| self.hosted.submit(commands, running));
        self.go_on_waiting(turned);
        turned.ran && self.outbox.has_events()
    }

    /// A turn that libuv has called for.
    fn turn(&self) {
        let turned = outbox::without_ringing(|| self.hosted.turn());
        self.go_on_waiting(turned);
        if turned.ran && self.outbox.has_events() {
            self.call_ring();
        }
    }

    fn go_on_waiting(&self, turned: Turned) {
        self.watch(turned.here);
        let Some(due) = turned.due else { return };
        if self.ended.get() || self.armed.get().is_some_and(|armed| armed <= due) {
            return;
        }
        self.armed.set(Some(due));
        let wait = due.saturating_duration_since(Instant::now()).as_millis().saturating_add(1);
        // SAFETY: the handle is open. libuv counts from when it last looked at the clock.
        unsafe {
            (self.uv.update_time)(self.uv_loop);
            (self.uv.timer_start)(self.timer, on_time, u64::try_from(wait).unwrap_or(u64::MAX), 0);
        }
    }

    /// Watches the descriptor, or no longer.
    fn watch(&self, watch: bool) {
        if self.ended.get() || self.watching.replace(watch) == watch {
            return;
        }
        // SAFETY: the handle is open.
        unsafe {
            if watch {
                (self.uv.poll_start)(self.poll, uv::READABLE, on_readable);
            } else {
                (self.uv.poll_stop)(self.poll);
            }
        }
    }

    /// Tells JavaScript that events have come.
    fn call_ring(&self) {
        let env = self.env;
        let (mut scope, mut global, mut ring, mut answer) =
            (ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: libuv calls back on the JavaScript thread, outside of any other call; the environment lives, since its end
        // closes the handles. An error of JavaScript's own is reported as uncaught, as from every callback.
        unsafe {
            if sys::napi_open_handle_scope(env, &raw mut scope) != sys::Status::napi_ok {
                return;
            }
            if sys::napi_get_global(env, &raw mut global) == sys::Status::napi_ok
                && sys::napi_get_reference_value(env, self.ring, &raw mut ring) == sys::Status::napi_ok
            {
                sys::napi_make_callback(env, ptr::null_mut(), global, ring, 0, ptr::null(), &raw mut answer);
                if exception_is_pending(env) {
                    let mut error = ptr::null_mut();
                    sys::napi_get_and_clear_last_exception(env, &raw mut error);
                    sys::napi_fatal_exception(env, error);
                }
            }
            sys::napi_close_handle_scope(env, scope);
        }
    }

    /// Ends it; the environment goes away once libuv has let go of the handles.
    fn end(&self) {
        if self.ended.replace(true) {
            return;
        }
        // SAFETY: both handles are open, and are closed once. A closed handle calls back no more, so the world may end.
        unsafe {
            (self.uv.close)(self.poll, on_closed);
            (self.uv.close)(self.timer, on_closed);
        }
        self.hosted.end();
    }

    /// libuv has let go of a handle.
    fn closed(&self, handle: Handle) {
        free(handle, if ptr::eq(handle, self.poll) { self.uv.sizes.0 } else { self.uv.sizes.1 });
        self.open.set(self.open.get() - 1);
        if self.open.get() > 0 {
            return;
        }
        let clean_up = self.clean_up.get();
        if !clean_up.is_null() {
            // SAFETY: the environment has waited for this, so it is still there.
            unsafe { sys::napi_remove_async_cleanup_hook(clean_up) };
        }
        // SAFETY: gives back the reference that both handles were given; this was the last of them.
        drop(unsafe { Rc::from_raw(ptr::from_ref(self)) });
    }
}

unsafe extern "C" fn on_readable(handle: Handle, _status: c_int, _events: c_int) {
    with_host(handle, LoopHost::turn);
}

unsafe extern "C" fn on_time(handle: Handle) {
    with_host(handle, |host| {
        host.armed.set(None);
        host.turn();
    });
}

unsafe extern "C" fn on_closed(handle: Handle) {
    with_host(handle, |host| host.closed(handle));
}

unsafe extern "C" fn on_environment_end(_hook: sys::napi_async_cleanup_hook_handle, data: *mut c_void) {
    // SAFETY: the handles hold the host until they are closed, which this begins.
    let host = unsafe { &*data.cast_const().cast::<LoopHost>() };
    let _ = catch_unwind(AssertUnwindSafe(|| host.end()));
}

/// Calls `action` with the host that a handle is of. A panic ends here.
fn with_host(handle: Handle, action: impl FnOnce(&LoopHost)) {
    let Some(uv) = uv::find() else { return };
    // SAFETY: libuv calls back with a handle of ours, whose data are a reference that is held until it is closed.
    let host = unsafe {
        let data = (uv.get_data)(handle).cast_const().cast::<LoopHost>();
        Rc::increment_strong_count(data);
        Rc::from_raw(data)
    };
    let _ = catch_unwind(AssertUnwindSafe(|| action(&host)));
}

/// Zeroed memory for a handle, aligned for whatever is in it.
fn memory(size: usize) -> Handle {
    let units = vec![0_u128; size.div_ceil(size_of::<u128>())].into_boxed_slice();
    Box::into_raw(units).cast::<c_void>()
}

fn free(handle: Handle, size: usize) {
    let units = ptr::slice_from_raw_parts_mut(handle.cast::<u128>(), size.div_ceil(size_of::<u128>()));
    // SAFETY: made by `memory` with this size, and libuv has let go of it.
    drop(unsafe { Box::from_raw(units) });
}
