//! The seam of one Node environment (main thread or worker): commands in, events out.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use std::sync::{Arc, Once, OnceLock};

use napi::{Env, JsValue, Unknown, sys};
use napi_derive::napi;
use wiretwin_engine::{Command, ExchangeHandle, Runtime, Transport};

use crate::bytes_in::{bytes_of, raw_bytes};
use crate::command::{Decoded, decode};
use crate::event::Batch;
use crate::guard::{Failure, check, failure, fault, guard, napi_failure};
use crate::outbox::{self, Outbox};
use crate::protocol::{EVENTS_LOST, VERSION};
use crate::reader::{Reader, malformed, size};
use crate::sink::PortSink;
use crate::transport::TransportHandle;
use crate::options;

/// Version of the packed layouts; the facade refuses another one.
#[napi]
pub fn protocol_version() -> u32 {
    VERSION
}

/// Makes the next pass through a place panic. For the tests of FAULTS N04.
#[cfg(feature = "panic-injection")]
#[napi]
pub fn inject_panic(place: String) {
    use wiretwin_engine::fault::{Point, arm};
    match place.as_str() {
        "engine.command" => arm(Point::Command),
        "engine.dial" => arm(Point::Dial),
        "engine.driver" => arm(Point::Driver),
        _ => crate::guard::arm(place),
    }
}

/// What belongs to one environment. Used on its JavaScript thread only.
pub struct PortState {
    outbox: Arc<Outbox>,
    handles: RefCell<HashMap<u32, ExchangeHandle>>,
    transports: RefCell<HashMap<u32, Arc<Transport>>>,
    function: Cell<sys::napi_threadsafe_function>,
    /// JavaScript's buffer for packed events.
    events: Cell<sys::napi_ref>,
    /// The thread-safe function keeps the process alive.
    held: Cell<bool>,
    /// The batch that is not in use.
    spare: RefCell<Batch>,
}

impl PortState {
    /// Makes a transport known to the command `START`.
    pub fn add_transport(&self, id: u32, transport: Arc<Transport>) {
        self.transports.borrow_mut().insert(id, transport);
    }

    /// Forgets a transport.
    pub fn remove_transport(&self, id: u32) {
        self.transports.borrow_mut().remove(&id);
    }

    /// The environment is being torn down: stop everything and never call it again.
    fn shut_down(&self) {
        self.outbox.close();
        let handles = mem::take(&mut *self.handles.borrow_mut());
        Runtime::submit(handles.values().map(ExchangeHandle::abort_command).collect());
        for transport in mem::take(&mut *self.transports.borrow_mut()).into_values() {
            transport.close(None);
        }
    }

    fn hold(&self, env: sys::napi_env, hold: bool) -> Result<(), Failure> {
        if self.held.replace(hold) == hold {
            return Ok(());
        }
        let function = self.function.get();
        // SAFETY: this runs on the JavaScript thread of the environment that made the function, before its end.
        let status = unsafe {
            if hold { sys::napi_ref_threadsafe_function(env, function) } else { sys::napi_unref_threadsafe_function(env, function) }
        };
        check(status, "holding the process")
    }

    fn submit(&self, packed: &[u8], separate: Option<&[u8]>) -> Result<(), Failure> {
        let mut reader = Reader::new(packed);
        let mut commands = Vec::with_capacity(8);
        while !reader.is_empty() {
            let (id, decoded) = decode(&mut reader, separate)?;
            commands.extend(self.command(id, decoded));
        }
        Runtime::submit(commands);
        Ok(())
    }

    fn command(&self, id: u32, decoded: Decoded) -> Option<Command> {
        let handle = || self.handles.borrow().get(&id).copied();
        match decoded {
            Decoded::Start { transport, request } => {
                let slot = Arc::new(OnceLock::new());
                // Dropping the sink reports the failure if there is no such transport any more.
                let sink = Box::new(PortSink::new(id, Arc::clone(&self.outbox), Arc::clone(&slot)));
                let transport = self.transports.borrow().get(&transport).cloned()?;
                let (handle, command) = transport.start_command(*request, sink);
                let _ = slot.set(handle);
                self.handles.borrow_mut().insert(id, handle);
                Some(command)
            }
            Decoded::Read { max } => Some(handle()?.read_command(max)),
            Decoded::Write(data) => Some(handle()?.write_command(data)),
            Decoded::End(trailers) => Some(handle()?.end_command(trailers)),
            Decoded::Abort => Some(handle()?.abort_command()),
            Decoded::Discard { max } => Some(handle()?.discard_command(max)),
            Decoded::CloseTransport => {
                self.close_transport(id);
                None
            }
        }
    }

    fn close_transport(&self, id: u32) {
        let outbox = Arc::clone(&self.outbox);
        let Some(transport) = self.transports.borrow_mut().remove(&id) else {
            outbox.push_now(|batch| batch.closed(id));
            return;
        };
        // On the I/O thread, behind the last events of what was running.
        transport.close(Some(Box::new(move || outbox.push(|batch| batch.closed(id)))));
    }

    /// Takes the batch and calls JavaScript with it.
    fn dispatch(&self, env: sys::napi_env, callback: sys::napi_value) -> Result<(), Failure> {
        let batch = self.outbox.take(mem::take(&mut *self.spare.borrow_mut()));
        let result = self.dispatch_batch(env, callback, &batch);
        let mut used = batch;
        used.clear();
        *self.spare.borrow_mut() = used;
        result
    }

    fn dispatch_batch(&self, env: sys::napi_env, callback: sys::napi_value, batch: &Batch) -> Result<(), Failure> {
        if batch.events == 0 {
            return Ok(());
        }
        {
            let mut handles = self.handles.borrow_mut();
            for id in &batch.finished {
                handles.remove(id);
            }
        }
        fault("dispatch");
        let length = u32::try_from(batch.packed.len()).map_err(|_| malformed())?;
        let spill = self.hand_over(env, &batch.packed)?;
        let bodies = bodies(env, batch)?;
        self.call(env, callback, length, spill, bodies)
    }

    /// Copies packed events into JavaScript's buffer, or into a new one if they do not fit.
    fn hand_over(&self, env: sys::napi_env, packed: &[u8]) -> Result<sys::napi_value, Failure> {
        let mut value = ptr::null_mut();
        // SAFETY: the reference was made in this environment and lives as long as the port.
        check(unsafe { sys::napi_get_reference_value(env, self.events.get(), &raw mut value) }, "events buffer")?;
        let target = raw_bytes(env, value)?;
        match target.get_mut(..packed.len()) {
            Some(target) => {
                target.copy_from_slice(packed);
                undefined(env)
            }
            None => new_buffer(env, packed),
        }
    }

    fn call(
        &self,
        env: sys::napi_env,
        callback: sys::napi_value,
        length: u32,
        spill: sys::napi_value,
        bodies: sys::napi_value,
    ) -> Result<(), Failure> {
        let mut count = ptr::null_mut();
        let mut answer = ptr::null_mut();
        let mut hold = false;
        // SAFETY: called on the JavaScript thread inside the handle scope that Node opened for this wake-up; all values
        // were made in it.
        unsafe {
            check(sys::napi_create_uint32(env, length, &raw mut count), "length")?;
            let arguments = [count, spill, bodies];
            check(
                sys::napi_call_function(env, undefined(env)?, callback, arguments.len(), arguments.as_ptr(), &raw mut answer),
                "dispatch",
            )?;
            check(sys::napi_get_value_bool(env, answer, &raw mut hold), "answer of dispatch")?;
        }
        self.hold(env, hold)
    }
}

/// The object that JavaScript submits commands through.
#[napi]
pub struct Port {
    state: Rc<PortState>,
}

/// Opens the seam of the calling environment.
#[napi]
pub fn open_port(env: Env, events: Unknown<'_>, dispatch: Unknown<'_>) -> Result<Port, Failure> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| Runtime::on_batch_end(outbox::flush));
    guard("openPort", || {
        bytes_of(env, &events)?;
        let mut reference = ptr::null_mut();
        // SAFETY: both values come from the running native call.
        check(unsafe { sys::napi_create_reference(env.raw(), events.raw(), 1, &raw mut reference) }, "events buffer")?;
        let state = Rc::new(PortState {
            outbox: Arc::new(Outbox::new()),
            handles: RefCell::default(),
            transports: RefCell::default(),
            function: Cell::new(ptr::null_mut()),
            events: Cell::new(reference),
            held: Cell::new(false),
            spare: RefCell::default(),
        });
        state.function.set(create_function(env.raw(), dispatch.raw(), &state)?);
        state.outbox.open(state.function.get());
        let closing = Rc::clone(&state);
        // Clean-up hooks run last in, first out: this one comes before Node's own for the thread-safe function.
        env.add_env_cleanup_hook((), move |()| {
            let _ = catch_unwind(AssertUnwindSafe(|| closing.shut_down()));
        })
        .map_err(|error| napi_failure(&error))?;
        Ok(Port { state })
    })
}

#[napi]
impl Port {
    /// Carries out `length` bytes of packed commands. `hold`: keep the process alive until a dispatch says otherwise.
    #[napi]
    pub fn submit(&self, env: Env, packed: Unknown<'_>, length: u32, hold: bool, body: Option<Unknown<'_>>) -> Result<(), Failure> {
        guard("submit", || {
            let packed = bytes_of(env, &packed)?.get(..size(length)).ok_or_else(malformed)?;
            let separate = body.as_ref().map(|body| bytes_of(env, body)).transpose()?;
            self.state.submit(packed, separate)?;
            self.state.hold(env.raw(), hold)
        })
    }

    /// Creates a transport under a number of the caller's.
    #[napi]
    pub fn create_transport(
        &self,
        env: Env,
        id: u32,
        profile: String,
        options: String,
        pfx: Option<Unknown<'_>>,
    ) -> Result<TransportHandle, Failure> {
        guard("createTransport", || {
            let container = pfx.as_ref().map(|pfx| bytes_of(env, pfx)).transpose()?;
            let parsed = options::parse(profile, &options, container)?;
            let transport = Transport::new(parsed).map_err(|error| failure(error.code, error.detail.unwrap_or_default()))?;
            TransportHandle::register(env, id, transport, Rc::clone(&self.state))
        })
    }
}

fn create_function(env: sys::napi_env, dispatch: sys::napi_value, state: &Rc<PortState>) -> Result<sys::napi_threadsafe_function, Failure> {
    let mut function = ptr::null_mut();
    let mut name = ptr::null_mut();
    let label = "wiretwin";
    let context = Rc::into_raw(Rc::clone(state)).cast_mut().cast::<c_void>();
    // SAFETY: the context is a counted reference that `on_finalize` gives back; both callbacks have the signatures
    // that Node expects. Unreferenced at once: an idle port does not keep the process alive.
    unsafe {
        check(sys::napi_create_string_utf8(env, label.as_ptr().cast(), label.len().cast_signed(), &raw mut name), "name")?;
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

fn exception_is_pending(env: sys::napi_env) -> bool {
    let mut pending = false;
    // SAFETY: `env` is the environment of the running callback.
    let status = unsafe { sys::napi_is_exception_pending(env, &raw mut pending) };
    status == sys::Status::napi_ok && pending
}

fn bodies(env: sys::napi_env, batch: &Batch) -> Result<sys::napi_value, Failure> {
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

fn new_buffer(env: sys::napi_env, bytes: &[u8]) -> Result<sys::napi_value, Failure> {
    let mut data = ptr::null_mut();
    let mut buffer = ptr::null_mut();
    // SAFETY: Node copies `bytes.len()` readable bytes during the call.
    let status = unsafe { sys::napi_create_buffer_copy(env, bytes.len(), bytes.as_ptr().cast(), &raw mut data, &raw mut buffer) };
    check(status, "buffer")?;
    Ok(buffer)
}

fn undefined(env: sys::napi_env) -> Result<sys::napi_value, Failure> {
    let mut value = ptr::null_mut();
    // SAFETY: `env` is the environment of the running call.
    check(unsafe { sys::napi_get_undefined(env, &raw mut value) }, "undefined")?;
    Ok(value)
}
