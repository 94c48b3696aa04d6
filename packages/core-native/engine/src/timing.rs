//! When each phase of an exchange ended.

use std::time::Duration;

use crate::phase::Phase;

/// End of each phase, counted from the start of the exchange; `None` = the phase did not happen (reused connection).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// A connection was found or begun.
    pub queue: Option<Duration>,
    /// The name was resolved.
    pub resolve: Option<Duration>,
    /// TCP was connected.
    pub connect: Option<Duration>,
    /// The proxy had opened the tunnel.
    pub proxy: Option<Duration>,
    /// The TLS handshake was complete.
    pub tls: Option<Duration>,
    /// The last byte of the request had been handed to the kernel.
    pub send: Option<Duration>,
    /// The response head was complete.
    pub head: Option<Duration>,
    /// The exchange was over.
    pub total: Option<Duration>,
}

impl Timings {
    /// Records the end of `phase` unless it is known already. The body's end is the exchange's: `total`.
    pub(crate) fn mark(&mut self, phase: Phase, since_start: Duration) {
        let slot = match phase {
            Phase::Queue => &mut self.queue,
            Phase::Resolve => &mut self.resolve,
            Phase::Connect => &mut self.connect,
            Phase::Proxy => &mut self.proxy,
            Phase::Tls => &mut self.tls,
            Phase::Send => &mut self.send,
            Phase::Head => &mut self.head,
            Phase::Body | Phase::Total => &mut self.total,
        };
        slot.get_or_insert(since_start);
    }
}
