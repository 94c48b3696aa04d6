//! The seam of one Node environment (main thread or worker): commands in, events out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use std::sync::{Arc, Once};

use napi::bindgen_prelude::Uint8Array;
use napi::{Env, JsValue, Unknown, sys};
use napi_derive::napi;
use wiretwin_engine::{Runtime, certificates};

use crate::bytes_in::bytes_of;
use crate::doorbell::Doorbell;
use crate::guard::{Failure, check, guard, io_failure, napi_failure};
use crate::options;
use crate::outbox::{self, Function, Wake};
use crate::port_state::PortState;
use crate::protocol::VERSION;
use crate::reader::{malformed, size};
use crate::transport::TransportHandle;
use crate::wake;

/// Version of the packed layouts; the facade refuses another one.
#[napi]
pub fn protocol_version() -> u32 {
    VERSION
}

/// Version of the package and a number of the sources that this addon was built from: `0.1.0+2f9a11c4`.
#[napi]
pub fn build_id() -> &'static str {
    env!("WIRETWIN_BUILD_ID")
}

/// Certificates that a peer has shown, in DER, its own first; none if they are not known any more.
#[napi]
pub fn certificates(chain: f64) -> Result<Vec<Uint8Array>, Failure> {
    guard("certificates", || {
        // A saturating cast: what is no number of a chain finds none.
        let found = certificates::find(chain as u64);
        let list = found.iter().flat_map(|chain| chain.certificates());
        Ok(list.map(|certificate| Uint8Array::new(certificate.to_vec())).collect())
    })
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

/// The object that JavaScript submits commands through.
#[napi]
pub struct Port {
    state: Rc<PortState>,
    doorbell: Option<i32>,
}

/// Opens the seam of the calling environment. `doorbell`: JavaScript watches the descriptor of `Port::doorbell` itself
/// and calls `Port::take`; where there is none, a thread-safe function calls `dispatch`. `ring` is called when events have come
/// by the thread's own loop; without it all transports are looked after by the thread of the process.
#[napi]
pub fn open_port(
    env: Env,
    events: Unknown<'_>,
    dispatch: Unknown<'_>,
    doorbell: Option<bool>,
    ring: Option<Unknown<'_>>,
) -> Result<Port, Failure> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| Runtime::on_batch_end(outbox::flush));
    guard("openPort", || {
        bytes_of(env, &events)?;
        let mut reference = ptr::null_mut();
        // SAFETY: both values come from the running native call.
        check(unsafe { sys::napi_create_reference(env.raw(), events.raw(), 1, &raw mut reference) }, "events buffer")?;
        let state = Rc::new(PortState::new(reference));
        if let Some(ring) = ring {
            let mut reference = ptr::null_mut();
            // SAFETY: both values come from the running native call.
            check(unsafe { sys::napi_create_reference(env.raw(), ring.raw(), 1, &raw mut reference) }, "ring")?;
            state.drive_through(reference);
        }
        let pipe =
            if doorbell.unwrap_or_default() { Doorbell::new().map_err(|error| io_failure(&error))? } else { None };
        let descriptor = if let Some((pipe, descriptor)) = pipe {
            state.open(Wake::Pipe(Arc::new(pipe)));
            Some(descriptor)
        } else {
            let function = wake::create_function(env.raw(), dispatch.raw(), &state)?;
            state.hold_through(function);
            state.open(Wake::Function(Function(function)));
            None
        };
        let closing = Rc::clone(&state);
        // Clean-up hooks run last in, first out: this one comes before Node's own for the thread-safe function.
        env.add_env_cleanup_hook((), move |()| {
            let _ = catch_unwind(AssertUnwindSafe(|| closing.shut_down()));
        })
        .map_err(|error| napi_failure(&error))?;
        Ok(Port { state, doorbell: descriptor })
    })
}

#[napi]
impl Port {
    /// Descriptor to read; each time bytes arrive, call `take`. It belongs to the caller. None (`null`): `dispatch` is called.
    #[napi]
    pub fn doorbell(&self) -> Option<i32> {
        self.doorbell
    }

    /// Calls `dispatch` with the events that have come.
    #[napi]
    pub fn take(&self, env: Env, dispatch: Unknown<'_>) {
        wake::deliver(env.raw(), dispatch.raw(), &self.state);
    }

    /// Carries out `length` bytes of packed commands. `hold`: keep the process alive until a dispatch says otherwise. Its answer:
    /// events have come, and nobody will ring for them.
    #[napi]
    pub fn submit(
        &self,
        env: Env,
        packed: Unknown<'_>,
        length: u32,
        hold: bool,
        body: Option<Unknown<'_>>,
        targets: Option<Unknown<'_>>,
    ) -> Result<bool, Failure> {
        guard("submit", || {
            let packed = bytes_of(env, &packed)?.get(..size(length)).ok_or_else(malformed)?;
            let separate = body.as_ref().map(|body| bytes_of(env, body)).transpose()?;
            let events = self.state.submit(env.raw(), packed, separate, targets.as_ref().map(JsValue::raw))?;
            self.state.hold(env.raw(), hold)?;
            Ok(events)
        })
    }

    /// Creates a transport under a number of the caller's. `profile`: the number of a profile that has come before, or its text, which
    /// then has that number; 0 is forgotten.
    #[napi]
    pub fn create_transport(
        &self,
        env: Env,
        id: u32,
        profile: u32,
        text: Option<String>,
        options: String,
        pfx: Option<Unknown<'_>>,
    ) -> Result<TransportHandle, Failure> {
        guard("createTransport", || {
            let container = pfx.as_ref().map(|pfx| bytes_of(env, pfx)).transpose()?;
            let profile = self.state.profile(profile, text.as_deref())?;
            let (parsed, io) = options::parse(profile, &options, container)?;
            let transport = self.state.make_transport(env.raw(), parsed, io)?;
            TransportHandle::register(env, id, transport, Rc::clone(&self.state))
        })
    }
}
