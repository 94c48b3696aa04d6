//! Datagrams to one peer and from it.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::task::{Context, Poll};

use mio::net::UdpSocket;

use super::Socket;
use super::tcp::{Registered, Sockets};

/// A socket that sends to `address` and hears nobody else. `port` is ours; 0: any.
pub(super) fn open(sockets: &Rc<Sockets>, address: SocketAddr, port: u16) -> io::Result<Box<dyn Socket>> {
    let local = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(local, port))?;
    socket.connect(address)?;
    Ok(Box::new(sockets.add(socket)?))
}

impl Socket for Registered<UdpSocket> {
    fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.source.peer_addr()?, self.source.local_addr()?))
    }

    /// One datagram, cut to the buffer.
    fn poll_read(&mut self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        // A short datagram says nothing of the next one: it is asked until there is none.
        self.poll_read_side(context, 0, || self.source.recv(buffer))
    }

    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.recv(buffer)
    }

    /// One datagram.
    fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_side(context, 0, || self.source.send(bytes))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
