//! Tickets of any length: nobody opens them.

use std::cell::Cell;
use std::ffi::c_int;

use boring::ssl::{Ssl, SslContextBuilder, SslVersion};
use boring_sys as ffi;
use wiretwin_engine::tls::{Progress, Ticket, TlsSession};

use super::certificates::good;
use super::peer::{Server, drain, server_context};

thread_local! {
    /// Length of the tickets that `seal` makes, in bytes.
    static TICKET: Cell<usize> = const { Cell::new(0) };
}

unsafe extern "C" fn seal(
    _: *mut ffi::SSL,
    out: *mut u8,
    out_length: *mut usize,
    room: usize,
    _: *const u8,
    _: usize,
) -> c_int {
    let length = TICKET.get();
    assert!(length <= room);
    // SAFETY: the library passes `room` writable bytes and a place for the length.
    unsafe {
        out.write_bytes(0xab, length);
        out_length.write(length);
    }
    1
}

static TICKETS: ffi::SSL_TICKET_AEAD_METHOD =
    ffi::SSL_TICKET_AEAD_METHOD { max_overhead: Some(overhead), seal: Some(seal), open: None };

unsafe extern "C" fn overhead(_: *mut ffi::SSL) -> usize {
    4096
}

pub const AES_128: u16 = 0x1301;
pub const AES_256: u16 = 0x1302;

/// Makes the tickets of a server have the wanted length; `suite` decides how long a binder is.
fn seal_with(builder: &mut SslContextBuilder, suite: u16) {
    // SAFETY: the context is alive and not shared yet; the method is static, the list is copied.
    unsafe {
        ffi::SSL_CTX_set_ticket_aead_method(builder.as_ptr(), &raw const TICKETS);
        assert_eq!(ffi::SSL_CTX_set1_tls13_ciphers(builder.as_ptr(), &raw const suite, std::ptr::null(), 1), 1);
    }
}

/// A ticket of `length` bytes, from a connection of this session.
pub fn ticket(mut client: TlsSession, suite: u16, length: usize) -> Ticket {
    TICKET.set(length);
    let context = server_context(good(), (SslVersion::TLS1_3, SslVersion::TLS1_3), |builder| seal_with(builder, suite));
    let mut server = Server::from_ssl(Ssl::new(&context).unwrap());
    assert_eq!(server.run(&mut client).0.unwrap(), Progress::Done);
    server.send(&mut client, b"x");
    drain(&mut client).1.unwrap();
    client.take_tickets().pop().expect("a ticket")
}
