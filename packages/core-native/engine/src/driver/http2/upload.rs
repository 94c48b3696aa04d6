//! Request bodies on their way from the exchanges to the machine.

use std::rc::Rc;

use bytes::Bytes;

use super::Http2;
use crate::exchange::Exchange;
use crate::limits;
use crate::request::RequestBody;

impl Http2 {
    /// Whether the machine takes more of the body that waits.
    pub(super) fn has_room(&self, exchange: &Rc<Exchange>) -> bool {
        let Some(id) = self.ids.borrow().get(&exchange.id).copied() else { return false };
        self.machine.borrow().queued_body(id) < limits::STREAM_SEND_QUEUE
            && exchange.with_upload(|upload| !upload.is_empty())
    }

    /// Moves body bytes of all exchanges that have some.
    pub(super) fn feed_uploads(&self) {
        let exchanges = std::mem::take(&mut *self.uploading.borrow_mut());
        for exchange in exchanges {
            if self.feed(&exchange) {
                self.uploading.borrow_mut().push(exchange);
            }
        }
    }

    /// Moves body bytes of one exchange; `true` while more is expected here without a call of `upload_ready`.
    fn feed(&self, exchange: &Rc<Exchange>) -> bool {
        let Some(id) = self.ids.borrow().get(&exchange.id).copied() else { return false };
        let mut machine = self.machine.borrow_mut();
        let is_tunnel = exchange.request.web_socket;
        let is_left_open = is_tunnel && !self.ends_tunnels;
        let mut took = false;
        loop {
            let queued = machine.queued_body(id);
            if queued >= limits::STREAM_SEND_QUEUE {
                break;
            }
            let Some((piece, last)) = exchange.with_upload(|upload| upload.take(limits::STREAM_SEND_QUEUE - queued))
            else {
                break;
            };
            took = true;
            let ends = last && !is_left_open && exchange.with_upload(|upload| !upload.has_trailers());
            if machine.send_body(id, piece, ends).is_err() {
                return false;
            }
            if ends {
                break;
            }
        }
        let (done, empty) = exchange.with_upload(|upload| (upload.is_done(), upload.is_empty()));
        if done && exchange.with_upload(|upload| upload.has_trailers()) {
            let trailers = exchange.with_upload(|upload| upload.take_trailers());
            let _ = machine.send_trailers(id, &trailers);
        } else if done && !took && !is_left_open {
            // Ended by the caller after its last bytes had gone.
            let _ = machine.send_body(id, Bytes::new(), true);
        }
        if took && (is_tunnel || matches!(exchange.request.body, RequestBody::Stream { .. })) {
            self.touch(exchange);
        }
        !empty
    }
}
