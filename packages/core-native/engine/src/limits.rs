//! Every bound of the engine, with the reason for its value.

use std::net::Ipv6Addr;
use std::time::Duration;

/// Bytes asked from the kernel in one read. Larger reads measured no gain on loopback; smaller ones cost syscalls.
pub const SOCKET_READ_SIZE: usize = 64 * 1024;

/// Largest content of a TLS record (RFC 8446 5.1).
pub const RECORD_CONTENT_MAX: usize = 16 * 1024;

/// Memory that decrypted bytes land in: those of one socket read, behind a record that had come in part and a frame that has.
pub const LANDING_SIZE: usize = SOCKET_READ_SIZE + 2 * RECORD_CONTENT_MAX;

/// Pieces of such memory that a thread keeps to use them again: 1.5 MB, which is what 20 answers of 64 kB at once need.
pub const LANDINGS_KEPT: usize = 16;

/// Socket reads of one connection in one turn of the I/O thread, so that a fast peer cannot starve the others.
pub const READS_PER_TURN: usize = 8;

/// Threads of the process among which a transport may be put. More than the cores of any machine that runs one JavaScript
/// thread; each has a loop, its buffers and a lookup cache of its own.
pub const IO_THREADS_MAX: usize = 64;

/// Tasks that go on between two looks at sockets and clocks. Most turns have fewer; a task that always has more to do cannot
/// keep the others waiting.
pub const TASKS_PER_TURN: usize = 64;

/// Sockets that one look tells of; more are told of in the next.
pub const EVENTS_PER_LOOK: usize = 256;

/// Exchanges of a JavaScript thread above which its own loop does not carry them: much in flight is better done beside it.
pub const EXCHANGES_HERE: usize = 8;

/// Exchanges up to which a JavaScript thread may take them back, once it has been so for [`SUBMITS_CALM`] batches of orders.
pub const EXCHANGES_CALM: usize = 2;

/// See [`EXCHANGES_CALM`].
pub const SUBMITS_CALM: u32 = 16;

/// Batches of orders between coming back and leaving below which it was not worth it: the next time it takes twice as many calm
/// ones.
pub const SUBMITS_HERE: u32 = 64;

/// Calm batches that are enough whatever was before.
pub const SUBMITS_CALM_MAX: u32 = 4096;

/// Looks at sockets in which a JavaScript thread ends a transport whose loop another thread drives: one is needed to see that its
/// sockets are closed. What takes longer is left to that thread.
pub const TURNS_BESIDE: usize = 3;

/// Bytes read from sockets in one turn above which the JavaScript thread is not held up by more of them: about 0.2 ms of
/// decrypting.
pub const BYTES_HERE: usize = 256 * 1024;

/// The same of bytes written. What one streamed body has waiting may go: its caller makes the next piece only then, and to hand it to
/// another thread costs more than to encrypt it.
pub const BYTES_SENT_HERE: usize = UPLOAD_QUEUE_HIGH + WRITE_BUFFER_HIGH;

/// Time in which a JavaScript thread looks at its sockets at least once, or another thread does it. It looks once more before
/// that, so it is twice as long at most.
pub const BUSY_AFTER: Duration = Duration::from_millis(25);

/// Turns of connections after which a batch of events is handed over although the I/O thread has more to do: a thread
/// that is never idle would else never end a batch.
pub const TURNS_PER_BATCH: u32 = 32;

/// Turns of the I/O thread that closing a transport waits for its sockets at most; one or two are needed.
pub const TURNS_TO_CLOSE: u32 = 1000;

/// Encrypted bytes waiting for the socket above which no more plaintext is turned into records.
pub const WRITE_BUFFER_HIGH: usize = 256 * 1024;

/// Undecoded HTTP/1.1 body bytes held for a reader that does not read; the socket is left alone above it.
/// HTTP/2 is bounded by the profile's stream window instead.
pub const HTTP1_BODY_BUFFER: usize = 256 * 1024;

/// Pieces of a body below this size are copied together while they wait, so that memory is what they hold: a chunk of one
/// byte would else keep a read buffer and an entry for itself (FAULTS B10).
pub const BODY_COPY_BELOW: usize = 4 * 1024;

/// Memory of one buffer of such pieces.
pub const BODY_COPY_BUFFER: usize = 64 * 1024;

/// Largest piece that one `read` returns.
pub const BODY_PIECE_MAX: usize = 256 * 1024;

/// Decoded body bytes that may travel together with the head, so that a small response costs one crossing.
pub const BODY_WITH_HEAD_MAX: usize = 64 * 1024;

/// Length of a body from which none of it travels with the head unless all of it does: the caller may want it in one piece,
/// and would have to join the two.
pub const BODY_APART_FROM_HEAD: u64 = 16 * 1024;

/// Memory set aside at once for a body that is wanted whole. Its length is the peer's word, so no more than this.
pub const BODY_WHOLE_RESERVE: usize = 4 * 1024 * 1024;

/// Bytes gathered for such a body before others have their turn. Copying so many takes about a millisecond.
pub const BODY_WHOLE_STEP: usize = 4 * 1024 * 1024;

/// Work of decoding in one turn of the I/O thread, in units of about a byte written: half a millisecond of ordinary text.
/// A turn that begins with some left may pass it by as much again, so that small answers are never cut in two.
pub const DECODE_TURN: u64 = 512 * 1024;

/// Request body bytes accepted but not yet handed to the protocol above which `RequestBodyCapacity` is held back.
pub const UPLOAD_QUEUE_HIGH: usize = 256 * 1024;

/// Length of a streamed body up to which it is kept until the answer, if its request may be repeated: what browsers send of forms
/// and files, mostly, and a copy of what the caller has in memory. A longer one is sent once.
pub const BODY_KEPT_MAX: u64 = 1024 * 1024;

/// Plain request body bytes handed to one HTTP/2 stream ahead of its window.
pub const STREAM_SEND_QUEUE: usize = 128 * 1024;

/// Plain request body bytes per HTTP/1.1 write: one TLS record.
pub const HTTP1_BODY_WRITE: usize = 16 * 1024;

/// HTTP/1.1 connections per origin: what Chrome and Firefox allow.
pub const HTTP1_CONNECTIONS_PER_ORIGIN: usize = 6;

/// How long an unused connection is kept by default.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// Head start of an address family before the next address is tried beside it (RFC 8305 section 5).
pub const CONNECTION_ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Addresses tried for one connection; a hostile zone with thousands of records is cut here.
pub const ADDRESSES_MAX: usize = 32;

/// How long a looked-up name is believed. Browsers use 60 s when the resolver hides the TTL.
pub const DNS_CACHE_TTL: Duration = Duration::from_secs(60);

/// Names remembered by one transport.
pub const DNS_CACHE_ENTRIES: usize = 1024;

/// How long a name server has to answer over https, the connection included; the time that both rounds of plain questions to
/// three servers take.
pub const DNS_OVER_HTTPS_TIME: Duration = Duration::from_secs(9);

/// Size of answers over UDP that questions over https speak of where the browser is not known to ask so.
pub const DNS_PAYLOAD: u16 = 4096;

/// Port of name servers.
pub const DNS_PORT: u16 = 53;

/// Name servers that are asked; the system's resolver has the same limit (MAXNS).
pub const DNS_SERVERS: usize = 3;

/// Times that each of them is asked: as the system's resolver and both browsers do.
pub const DNS_ROUNDS: u32 = 2;

/// How long the first round waits for one server; each round twice as long as the one before. Chromium's first wait.
pub const DNS_TRY: Duration = Duration::from_secs(1);

/// Bytes of an answer over UDP that are taken. Without EDNS a server sends up to 512.
pub const DNS_DATAGRAM: usize = 4096;

/// Datagrams that are no answer before a server counts as silent: who guesses gets no more tries at one question.
pub const DNS_STRAYS: u32 = 16;

/// Ports drawn for a question before the system may choose one.
pub const DNS_PORT_DRAWS: u32 = 8;

/// Ports below belong to servers.
pub const DNS_PORT_LOWEST: u16 = 1024;

/// Questions for HTTPS records of one transport at the same time. They hold a socket each; who comes later dials without.
pub const HTTPS_RECORDS_IN_FLIGHT: usize = 64;

/// An address of the IPv6 internet, to ask the system for a route to; Chromium asks for the same one (Google's name server).
pub const IPV6_PROBE: Ipv6Addr = Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888);

/// Bytes of `/etc/hosts` and `/etc/resolv.conf` that are read. Lists that block advertisements have some MB.
pub const SYSTEM_FILE: u64 = 8 * 1024 * 1024;

/// Threads for blocking lookups in the process; one is started when it is needed. Room for four transports whose names
/// are all served by servers that hang.
pub const LOOKUP_THREADS: usize = 64;

/// How long a lookup's thread waits for another one before it ends.
pub const LOOKUP_THREAD_IDLE: Duration = Duration::from_secs(10);

/// Lookups of one transport at the same time. The system gives a silent name server up after 5 to 30 s; names that have
/// one must not take the threads of everybody. Chromium asks for 6 at once, Firefox for 8.
pub const LOOKUPS_PER_TRANSPORT: usize = 16;

/// Idle time before the kernel probes a connection, as Chrome sets it.
pub const TCP_KEEPALIVE: Duration = Duration::from_secs(45);

/// Body bytes that `discard` reads on by default to save the connection.
pub const DISCARD_DEFAULT: u64 = 64 * 1024;

/// How long `discard` reads on. Chromium's HttpResponseBodyDrainer gives up after the same time.
pub const DISCARD_TIME: Duration = Duration::from_secs(5);

/// Replays of one exchange that the peer provably did not process (FAULTS H07: never a storm).
pub const REPLAYS_MAX: u8 = 1;
/// Replays of one exchange whose requests are answered 408: Firefox 153 gives up after ten requests.
pub const TIMEOUT_REPLAYS_MAX: u8 = 9;
/// An answer 408 within this time of the request is shown where later ones have the request repeated: as in Firefox 153.
pub const TIMEOUT_IS_SLOW_AFTER: Duration = Duration::from_secs(1);

/// Certificate chains remembered after their connections, for callers who look at a certificate once they have the
/// response.
pub const RECENT_CHAINS: usize = 256;

/// Bytes of [`RECENT_CHAINS`] together. A public chain has 3 to 6 kB, a hostile one up to 128.
pub const RECENT_CHAINS_SIZE: usize = 1024 * 1024;

/// Certificates of one chain that are kept; public chains have at most four.
pub const CHAIN_CERTIFICATES: usize = 16;

/// Origins whose pool entry is kept although nothing is open for them (they remember the negotiated protocol).
pub const IDLE_ORIGINS: usize = 4096;
