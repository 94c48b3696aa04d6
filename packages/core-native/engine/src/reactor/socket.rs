//! Bytes in and out, as the floor above sees them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};

/// A connected stream of bytes.
pub(crate) trait Socket {
    /// Both ends: the peer's address and ours.
    fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)>;

    /// Reads into `buffer`; 0 at the end.
    fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Reads what is there, even if nobody has said yet that there is something.
    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes what the other side has room for.
    fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Ends our side.
    fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// What is asked of a socket before it connects.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SocketOptions {
    /// Local address to bind.
    pub(crate) local: Option<IpAddr>,
    /// [`crate::TransportOptions::hop_limit`].
    pub(crate) hop_limit: Option<u8>,
}

impl SocketOptions {
    /// Whether an address is of the family of the one to bind.
    pub(crate) fn fits(&self, address: &SocketAddr) -> bool {
        self.local.is_none_or(|local| local.is_ipv4() == address.is_ipv4())
    }
}
