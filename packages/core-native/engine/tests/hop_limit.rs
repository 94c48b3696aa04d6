//! The time to live of what the client sends, as the peer's kernel sees it: a listener that takes no less than so much.

#![allow(clippy::expect_used, clippy::unwrap_used, unsafe_code)]
#![cfg(target_os = "linux")]

mod support;

use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsRawFd;
use std::time::Duration;

use support::client::{get, start, transport_with};
use support::peer::{read_head, wait_for_end};
use wiretwin_engine::{Error, Timeouts};

const IPPROTO_IP: i32 = 0;
const IP_MINTTL: i32 = 21;
const IPPROTO_IPV6: i32 = 41;
const IPV6_MINHOPCOUNT: i32 = 73;

unsafe extern "C" {
    fn setsockopt(socket: i32, level: i32, name: i32, value: *const i32, size: u32) -> i32;
}

/// A server whose kernel drops every packet that comes with a lower time to live.
fn strict(address: &str, least: i32) -> SocketAddr {
    let listener = TcpListener::bind(address).expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (level, name) = if address.is_ipv4() { (IPPROTO_IP, IP_MINTTL) } else { (IPPROTO_IPV6, IPV6_MINHOPCOUNT) };
    // SAFETY: the option is an int, and the socket is open.
    let set = unsafe { setsockopt(listener.as_raw_fd(), level, name, &raw const least, 4) };
    assert_eq!(set, 0, "the kernel knows the option");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            read_head(&mut stream);
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            wait_for_end(&mut stream);
        }
    });
    address
}

fn fetch_with(hop_limit: u8, peer: SocketAddr) -> Result<String, Error> {
    let transport = transport_with(|options| options.hop_limit = Some(hop_limit));
    let mut request = get(peer.port(), "/");
    request.host = peer.ip().to_string();
    request.timeouts = Timeouts { connect: Some(Duration::from_millis(500)), ..Timeouts::default() };
    start(&transport, request).finish().map(|answer| answer.text())
}

#[test]
fn packets_leave_with_the_time_to_live_of_the_profiles_system() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        for hop_limit in [64u8, 128] {
            let exact = strict(address, hop_limit.into());
            assert_eq!(fetch_with(hop_limit, exact).expect("answered"), "ok", "{address} {hop_limit}");
            let above = strict(address, i32::from(hop_limit) + 1);
            assert_eq!(fetch_with(hop_limit, above).expect_err("dropped").code, "ERR_TIMEOUT_CONNECT");
        }
    }
}
