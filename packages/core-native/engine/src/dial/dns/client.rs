//! One question to name servers in plain: over UDP, and over TCP where the answer does not fit.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use wiretwin_wire::dns::{Answer, DnsError, MESSAGE_MAX, Name, Query, RecordType, Status};

use super::{Unanswered, within};
use crate::limits;
use crate::reactor::{Reactor, Socket, SocketOptions};

/// Asks one server behind the other, all of them twice, until one says what there is or that there is nothing.
pub(in crate::dial) async fn ask(
    reactor: &Rc<Reactor>,
    servers: &[SocketAddr],
    name: &Name,
    kind: RecordType,
) -> Result<Answer, Unanswered> {
    let mut last = Unanswered::Silence;
    let mut time = limits::DNS_TRY;
    for _ in 0..limits::DNS_ROUNDS {
        for server in servers.iter().take(limits::DNS_SERVERS) {
            match within(reactor, time, ask_server(reactor, *server, name, kind)).await {
                Some(Ok(answer)) if !matches!(answer.status, Status::Failed(_)) => return Ok(answer),
                Some(Ok(_)) => last = Unanswered::Refused,
                Some(Err(unanswered)) => last = unanswered,
                None => {}
            }
        }
        time *= 2;
    }
    Err(last)
}

async fn ask_server(
    reactor: &Rc<Reactor>,
    server: SocketAddr,
    name: &Name,
    kind: RecordType,
) -> Result<Answer, Unanswered> {
    // Number and port are what an attacker who sees nothing has to guess (RFC 5452 9): new ones for each question.
    let query = Query { id: random().ok_or(Unanswered::Silence)?, name: name.clone(), kind };
    let answer = over_udp(reactor, server, &query).await?;
    if answer.truncated { over_tcp(reactor, server, &query).await } else { Ok(answer) }
}

async fn over_udp(reactor: &Rc<Reactor>, server: SocketAddr, query: &Query) -> Result<Answer, Unanswered> {
    let mut socket = open(reactor, server).ok_or(Unanswered::Silence)?;
    write(&mut *socket, &query.encode(None)).await?;
    let mut buffer = vec![0; limits::DNS_DATAGRAM];
    for _ in 0..limits::DNS_STRAYS {
        let length = read(&mut *socket, &mut buffer).await?;
        match Answer::read(buffer.get(..length).unwrap_or_default(), query) {
            Ok(answer) => return Ok(answer),
            // From the right address, yet not the answer: a late one, or somebody who guesses.
            Err(DnsError::NotAsked | DnsError::Malformed) => {}
            Err(error) => return Err(Unanswered::Unreadable(error)),
        }
    }
    Err(Unanswered::Silence)
}

async fn over_tcp(reactor: &Rc<Reactor>, server: SocketAddr, query: &Query) -> Result<Answer, Unanswered> {
    let mut socket = reactor.connect(server, SocketOptions::default()).await.map_err(silence)?;
    let message = query.encode(None);
    let length = u16::try_from(message.len()).map_err(|_| Unanswered::Silence)?;
    write(&mut *socket, &[&length.to_be_bytes()[..], &message].concat()).await?;
    let mut head = [0; 2];
    read_all(&mut *socket, &mut head).await?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(head)).min(MESSAGE_MAX)];
    read_all(&mut *socket, &mut answer).await?;
    let answer = Answer::read(&answer, query).map_err(Unanswered::Unreadable)?;
    if answer.truncated { Err(Unanswered::Unreadable(DnsError::Malformed)) } else { Ok(answer) }
}

/// A socket with a port that was drawn, or any where those drawn are taken.
fn open(reactor: &Rc<Reactor>, server: SocketAddr) -> Option<Box<dyn Socket>> {
    for _ in 0..limits::DNS_PORT_DRAWS {
        let port = random().filter(|port| *port >= limits::DNS_PORT_LOWEST);
        if let Some(socket) = port.and_then(|port| reactor.datagrams(server, port).ok()) {
            return Some(socket);
        }
    }
    reactor.datagrams(server, 0).ok()
}

fn random() -> Option<u16> {
    let mut bytes = [0; 2];
    boring::rand::rand_bytes(&mut bytes).ok()?;
    Some(u16::from_be_bytes(bytes))
}

async fn write(socket: &mut dyn Socket, mut bytes: &[u8]) -> Result<(), Unanswered> {
    while !bytes.is_empty() {
        let written = poll_fn(|context| socket.poll_write(context, bytes)).await.map_err(silence)?;
        bytes = bytes.get(written..).unwrap_or_default();
    }
    Ok(())
}

async fn read(socket: &mut dyn Socket, buffer: &mut [u8]) -> Result<usize, Unanswered> {
    poll_fn(|context| socket.poll_read(context, buffer)).await.map_err(silence)
}

async fn read_all(socket: &mut dyn Socket, mut buffer: &mut [u8]) -> Result<(), Unanswered> {
    while !buffer.is_empty() {
        let length = read(socket, buffer).await?;
        if length == 0 {
            return Err(Unanswered::Silence);
        }
        buffer = buffer.get_mut(length..).unwrap_or_default();
    }
    Ok(())
}

/// No server at that address says so at once (ICMP); the next one is asked.
fn silence(_: io::Error) -> Unanswered {
    Unanswered::Silence
}
