//! Happy eyeballs (RFC 8305): the first address that answers wins, none is skipped.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use crate::limits;
use crate::reactor::{Connecting, Reactor, Socket, SocketOptions};

/// Alternates the families, starting with that of the first address (RFC 8305 section 4).
pub(crate) fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let Some(first) = addresses.first() else { return Vec::new() };
    let (mut leading, mut other): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv4() == first.is_ipv4());
    leading.reverse();
    other.reverse();
    let mut ordered = Vec::with_capacity(addresses.len());
    while !leading.is_empty() || !other.is_empty() {
        ordered.extend(leading.pop());
        ordered.extend(other.pop());
    }
    ordered.truncate(limits::ADDRESSES_MAX);
    ordered
}

/// Connects to the first address that answers: each gets a head start before the next is tried beside it, and a failure
/// starts the next at once. Fails with the first failure once all have failed.
pub(crate) async fn connect(
    reactor: &Reactor,
    addresses: &[SocketAddr],
    options: SocketOptions,
) -> io::Result<Box<dyn Socket>> {
    let addresses: Vec<_> = addresses.iter().copied().filter(|address| options.fits(address)).collect();
    let mut queue = interleave(&addresses).into_iter();
    let mut attempts: Vec<Connecting> = Vec::new();
    let mut failure = None;
    loop {
        let next = queue.next();
        let last = next.is_none();
        if let Some(address) = next {
            attempts.push(reactor.connect(address, options));
        }
        if attempts.is_empty() {
            let none = || io::Error::new(io::ErrorKind::AddrNotAvailable, "no address of the family to bind");
            return Err(failure.unwrap_or_else(none));
        }
        let mut head_start = (!last).then(|| reactor.pause(limits::CONNECTION_ATTEMPT_DELAY));
        let outcome = poll_fn(|context| {
            if let Poll::Ready(outcome) = poll_first(&mut attempts, context) {
                return Poll::Ready(Some(outcome));
            }
            head_start.as_mut().map_or(Poll::Pending, |pause| pause.as_mut().poll(context).map(|()| None))
        })
        .await;
        match outcome {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => {
                failure.get_or_insert(error);
            }
            None => {}
        }
    }
}

/// The first attempt that has ended, which is then removed.
fn poll_first(attempts: &mut Vec<Connecting>, context: &mut Context<'_>) -> Poll<io::Result<Box<dyn Socket>>> {
    for index in 0..attempts.len() {
        let Some(attempt) = attempts.get_mut(index) else { break };
        if let Poll::Ready(outcome) = attempt.as_mut().poll(context) {
            drop(attempts.swap_remove(index));
            return Poll::Ready(outcome);
        }
    }
    Poll::Pending
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn families_alternate_and_the_first_family_leads() {
        let parse = |text: &str| SocketAddr::new(text.parse::<IpAddr>().expect("literal"), 443);
        let given: Vec<_> = ["::1", "::2", "::3", "10.0.0.1", "10.0.0.2"].map(parse).to_vec();
        let expected: Vec<_> = ["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"].map(parse).to_vec();
        assert_eq!(interleave(&given), expected);
    }
}
