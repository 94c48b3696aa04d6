//! State of one Node environment, used by the native entries and by the wake-ups.

use std::cell::{Cell, RefCell};
use std::mem;
use std::ptr;
#[cfg(unix)]
use std::rc::Rc;
use std::sync::Arc;

use napi::sys;
use wiretwin_engine::{
    BodyTarget, Command, Dictionary, Error, ExchangeHandle, ExchangeRequest, ExchangeSink, KnownProfile, Phase,
    Runtime, Timings, Transport, TransportOptions,
};
use wiretwin_wire::numbers::Numbered;

use crate::bytes_in::raw_bytes;
use crate::command::{Decoded, KnownFields, decode};
use crate::event::Batch;
use crate::guard::{Failure, check, failure, fault};
#[cfg(unix)]
use crate::loop_host::LoopHost;
use crate::options::Io;
use crate::outbox::{Outbox, Wake};
use crate::reader::{Reader, malformed};
use crate::sink::PortSink;
use crate::target::{Target, TargetList};
use crate::values::{bodies, new_buffer, undefined};

/// What belongs to one environment. Used on its JavaScript thread only.
pub struct PortState {
    outbox: Arc<Outbox>,
    handles: RefCell<Numbered<u32, ExchangeHandle>>,
    transports: RefCell<Numbered<u32, Arc<Transport>>>,
    /// Null where JavaScript watches a pipe.
    function: Cell<sys::napi_threadsafe_function>,
    /// JavaScript's buffer for packed events.
    events: Cell<sys::napi_ref>,
    /// The thread-safe function keeps the process alive.
    held: Cell<bool>,
    /// The batch that is not in use.
    spare: RefCell<Batch>,
    /// Memory for bodies that are on their way, by exchange.
    targets: RefCell<Numbered<u32, Target>>,
    /// JavaScript's function for events that come by its own loop; null where they never do.
    ring: Cell<sys::napi_ref>,
    /// The worlds on the loop of this thread, once a transport wants one: that may leave it, and that stays.
    #[cfg(unix)]
    hosts: RefCell<[Option<Rc<LoopHost>>; 2]>,
    known: RefCell<KnownFields>,
    /// Profiles that have come once.
    profiles: RefCell<Numbered<u32, KnownProfile>>,
    /// What requests may name.
    dictionaries: RefCell<Numbered<u32, Arc<Dictionary>>>,
}

impl PortState {
    /// A port that hands events over in the buffer that `events` refers to.
    pub fn new(events: sys::napi_ref) -> Self {
        Self {
            outbox: Arc::new(Outbox::new()),
            handles: RefCell::default(),
            transports: RefCell::default(),
            function: Cell::new(ptr::null_mut()),
            events: Cell::new(events),
            held: Cell::new(false),
            spare: RefCell::default(),
            targets: RefCell::default(),
            ring: Cell::new(ptr::null_mut()),
            #[cfg(unix)]
            hosts: RefCell::default(),
            known: RefCell::default(),
            profiles: RefCell::default(),
            dictionaries: RefCell::default(),
        }
    }

    /// From now on events wake JavaScript.
    pub fn open(&self, wake: Wake) {
        self.outbox.open(wake);
    }

    /// `hold` acts on `function`; without one JavaScript holds the process itself.
    pub fn hold_through(&self, function: sys::napi_threadsafe_function) {
        self.function.set(function);
    }

    /// Worlds may live on the loop of this thread; `ring` is called when events have come.
    pub fn drive_through(&self, ring: sys::napi_ref) {
        self.ring.set(ring);
    }

    /// The profile of a number, which gets one if its text is there. JavaScript bounds how many there are.
    pub fn profile(&self, number: u32, text: Option<&str>) -> Result<KnownProfile, Failure> {
        let mut profiles = self.profiles.borrow_mut();
        let Some(text) = text else { return profiles.get(&number).cloned().ok_or_else(malformed) };
        let profile = KnownProfile::load(text).map_err(engine_failure)?;
        if number > 0 {
            profiles.insert(number, profile.clone());
        }
        Ok(profile)
    }

    /// A transport that is looked after as `io` says, as far as that can be had.
    pub fn make_transport(
        &self,
        env: sys::napi_env,
        options: TransportOptions,
        io: Io,
    ) -> Result<Arc<Transport>, Failure> {
        #[cfg(unix)]
        if io != Io::Thread
            && let Some(host) = self.host(env, io == Io::Loop)?
        {
            return Transport::hosted(options, host.hosted()).map_err(engine_failure);
        }
        let _ = (env, io);
        Transport::new(options).map_err(engine_failure)
    }

    #[cfg(unix)]
    fn host(&self, env: sys::napi_env, stays: bool) -> Result<Option<Rc<LoopHost>>, Failure> {
        let [leaves, pinned] = &mut *self.hosts.borrow_mut();
        let host = if stays { pinned } else { leaves };
        if host.is_none() && !self.ring.get().is_null() {
            *host = LoopHost::new(env, self.ring.get(), &self.outbox)?;
            if let Some(host) = host.as_ref().filter(|_| stays) {
                host.hosted().pin();
            }
        }
        Ok(host.clone())
    }

    /// Makes a transport known to the command `START`.
    pub fn add_transport(&self, id: u32, transport: Arc<Transport>) {
        self.transports.borrow_mut().insert(id, transport);
    }

    /// Forgets a transport.
    pub fn remove_transport(&self, id: u32) {
        self.transports.borrow_mut().remove(&id);
    }

    /// The environment is being torn down: stop everything and never call it again.
    pub fn shut_down(&self) {
        self.outbox.close();
        // Before the memory goes with the environment.
        self.targets.borrow().values().for_each(Target::take_away);
        let handles = mem::take(&mut *self.handles.borrow_mut());
        Runtime::submit(handles.values().map(ExchangeHandle::abort_command).collect());
        for transport in mem::take(&mut *self.transports.borrow_mut()).into_values() {
            transport.close(None);
        }
    }

    /// Keeps the process alive, or no longer.
    pub fn hold(&self, env: sys::napi_env, hold: bool) -> Result<(), Failure> {
        let function = self.function.get();
        if function.is_null() || self.held.replace(hold) == hold {
            return Ok(());
        }
        // SAFETY: this runs on the JavaScript thread of the environment that made the function, before its end.
        let status = unsafe {
            if hold {
                sys::napi_ref_threadsafe_function(env, function)
            } else {
                sys::napi_unref_threadsafe_function(env, function)
            }
        };
        check(status, "holding the process")
    }

    /// Carries packed commands out. `separate` is the body that crosses beside them, `targets` the list of memory for bodies that are
    /// wanted whole, in the order of their commands. `true`: there are events to take, and nobody rings for them.
    pub fn submit(
        &self,
        env: sys::napi_env,
        packed: &[u8],
        separate: Option<&[u8]>,
        targets: Option<sys::napi_value>,
    ) -> Result<bool, Failure> {
        let mut reader = Reader::new(packed);
        let mut commands = Vec::with_capacity(8);
        let mut targets = TargetList::new(env, targets);
        let mut known = self.known.borrow_mut();
        while !reader.is_empty() {
            let (id, decoded) = decode(&mut reader, separate, &mut known)?;
            commands.extend(self.command(id, decoded, &mut targets)?);
        }
        // What is carried out in this call may come back here.
        drop(known);
        Ok(self.carry_out(commands))
    }

    fn carry_out(&self, commands: Vec<Command>) -> bool {
        #[cfg(unix)]
        for host in self.hosts.borrow().iter().flatten() {
            // What is for others goes to them from there.
            if commands.iter().any(|command| command.is_for(host.hosted())) {
                return host.submit(commands, self.handles.borrow().len());
            }
        }
        Runtime::submit(commands);
        false
    }

    fn command(&self, id: u32, decoded: Decoded, targets: &mut TargetList) -> Result<Option<Command>, Failure> {
        let decoded = match decoded {
            Decoded::Start { transport, mut request, dictionary } => {
                if let Some(number) = dictionary {
                    request.dictionary = self.dictionaries.borrow().get(&number).cloned();
                }
                return Ok(self.start(id, transport, request));
            }
            Decoded::CloseTransport => {
                return Ok(self.close_transport(id));
            }
            Decoded::Dictionary(dictionary) => {
                self.dictionaries.borrow_mut().insert(id, Arc::new(dictionary));
                return Ok(None);
            }
            Decoded::ForgetDictionary => {
                self.dictionaries.borrow_mut().remove(&id);
                return Ok(None);
            }
            other => other,
        };
        let target = if let Decoded::ReadWhole { target: true } = decoded { Some(targets.next()?) } else { None };
        let Some(handle) = self.handles.borrow().get(&id).cloned() else { return Ok(None) };
        Ok(match decoded {
            Decoded::Read { max } => Some(handle.read_command(max)),
            Decoded::ReadWhole { .. } => {
                let writer = target.map(|array| self.lend(targets.env(), id, array)).transpose()?;
                Some(handle.read_whole_command(writer))
            }
            Decoded::Write(data) => Some(handle.write_command(data)),
            Decoded::End(trailers) => Some(handle.end_command(trailers)),
            Decoded::Abort => Some(handle.abort_command()),
            Decoded::Discard { max } => Some(handle.discard_command(max)),
            Decoded::Confirm { chain } => Some(handle.confirm_command(chain)),
            Decoded::Start { .. } | Decoded::CloseTransport | Decoded::Dictionary(_) | Decoded::ForgetDictionary => {
                None
            }
        })
    }

    fn start(&self, id: u32, transport: u32, request: Box<ExchangeRequest>) -> Option<Command> {
        let Some(transport) = self.transports.borrow().get(&transport).cloned() else {
            let error = Error::internal(Phase::Queue);
            self.outbox.push_now(|batch| batch.failed(id, &error, &Timings::default()));
            return None;
        };
        let sink = |handle: &ExchangeHandle| -> Box<dyn ExchangeSink> {
            Box::new(PortSink::new(id, Arc::clone(&self.outbox), handle.clone()))
        };
        let (handle, command) = transport.start_command(request, sink);
        self.handles.borrow_mut().insert(id, handle);
        Some(command)
    }

    /// Gives memory of JavaScript's to an exchange until its last event.
    fn lend(&self, env: sys::napi_env, id: u32, array: sys::napi_value) -> Result<Box<dyn BodyTarget>, Failure> {
        let (target, writer) = Target::new(env, array)?;
        if let Some(before) = self.targets.borrow_mut().insert(id, target) {
            before.release(env);
        }
        Ok(writer)
    }

    fn close_transport(&self, id: u32) -> Option<Command> {
        let outbox = Arc::clone(&self.outbox);
        let Some(transport) = self.transports.borrow_mut().remove(&id) else {
            outbox.push_now(|batch| batch.closed(id));
            return None;
        };
        // Where its orders are carried out, behind the last events of what was running.
        Some(transport.close_command(Some(Box::new(move || outbox.push(|batch| batch.closed(id))))))
    }

    /// Takes the batch and calls JavaScript with it.
    pub fn dispatch(&self, env: sys::napi_env, callback: sys::napi_value) -> Result<(), Failure> {
        let mut batch = self.outbox.take(mem::take(&mut *self.spare.borrow_mut()));
        let result = self.dispatch_batch(env, callback, &mut batch);
        batch.clear();
        *self.spare.borrow_mut() = batch;
        result
    }

    fn dispatch_batch(&self, env: sys::napi_env, callback: sys::napi_value, batch: &mut Batch) -> Result<(), Failure> {
        if batch.events == 0 {
            return Ok(());
        }
        {
            let mut handles = self.handles.borrow_mut();
            for id in &batch.finished {
                handles.remove(id);
                if let Some(target) = self.targets.borrow_mut().remove(id) {
                    target.release(env);
                }
            }
        }
        fault("dispatch");
        let length = u32::try_from(batch.packed.len()).map_err(|_| malformed())?;
        let spill = self.hand_over(env, &batch.packed)?;
        let bodies = bodies(env, mem::take(&mut batch.bodies))?;
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

    /// Calls JavaScript; its answer says whether something is still waited for.
    pub fn call(
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
                sys::napi_call_function(
                    env,
                    undefined(env)?,
                    callback,
                    arguments.len(),
                    arguments.as_ptr(),
                    &raw mut answer,
                ),
                "dispatch",
            )?;
            check(sys::napi_get_value_bool(env, answer, &raw mut hold), "answer of dispatch")?;
        }
        self.hold(env, hold)
    }
}

fn engine_failure(error: Error) -> Failure {
    failure(error.code, error.detail.unwrap_or_default())
}
