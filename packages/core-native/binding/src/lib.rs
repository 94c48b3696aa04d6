//! napi binding of the engine: converts, calls, converts back. If it branches on HTTP it is in the wrong crate.
//!
//! Commands come in packed batches ([`port`], [`command`]), events go out in packed batches ([`sink`], [`event`],
//! [`outbox`], [`wake`]). See `docs/internals/binding.md`.
#![deny(missing_docs)]

mod bytes_in;
mod command;
mod doorbell;
mod event;
mod event_text;
mod guard;
#[cfg(unix)]
mod loop_host;
mod options;
mod outbox;
mod port;
mod port_state;
mod protocol;
mod reader;
mod sink;
mod target;
mod transport;
#[cfg(unix)]
mod uv;
mod values;
mod wake;
