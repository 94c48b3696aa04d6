//! Opening one TCP connection.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpSocket, TcpStream};

use crate::limits;

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

/// Connects to `address`.
pub(crate) async fn connect(address: SocketAddr, options: SocketOptions) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let Some(limit) = options.hop_limit {
        // Before the SYN, which shows it. A system that does not let us keeps its own: the request is none the worse.
        let _ =
            if address.is_ipv4() { socket.set_ttl_v4(limit.into()) } else { socket.set_unicast_hops_v6(limit.into()) };
    }
    if let Some(local) = options.local {
        socket.bind(&SocketAddr::new(local, 0).into())?;
    }
    let stream = TcpSocket::from_std_stream(socket.into()).connect(address).await?;
    stream.set_nodelay(true)?;
    // A peer that vanishes without a word is noticed while the connection idles in the pool.
    let keepalive = TcpKeepalive::new().with_time(limits::TCP_KEEPALIVE).with_interval(limits::TCP_KEEPALIVE);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
    Ok(stream)
}
