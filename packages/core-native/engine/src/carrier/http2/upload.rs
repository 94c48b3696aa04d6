//! Request bodies on their way from the exchanges to the machine.

use std::rc::Rc;

use bytes::Bytes;

use super::{Carried, Http2};
use crate::limits;
use crate::request::RequestBody;

impl Http2 {
    /// Whether the machine takes more of the body that waits.
    pub(super) fn has_room(&self, exchange: &Rc<dyn Carried>) -> bool {
        let Some(id) = self.ids.borrow().get(&exchange.id()).copied() else { return false };
        self.machine.borrow().queued_body(id) < limits::STREAM_SEND_QUEUE && !exchange.upload().is_empty()
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

    /// The exchange is over. The end of its body may have been given in this very turn: without it the peer would wait for it, and
    /// its stream be open, for ever.
    pub(super) fn end_upload(&self, exchange: u64) {
        let last = {
            let mut uploading = self.uploading.borrow_mut();
            let place = uploading.iter().position(|known| known.id() == exchange);
            place.map(|place| uploading.remove(place))
        };
        if let Some(last) = last {
            self.feed(&last);
        }
    }

    /// Moves body bytes of one exchange; `true` while more is expected here without a call of `upload_ready`.
    fn feed(&self, exchange: &Rc<dyn Carried>) -> bool {
        let Some(id) = self.ids.borrow().get(&exchange.id()).copied() else { return false };
        let mut machine = self.machine.borrow_mut();
        let is_tunnel = exchange.request().web_socket;
        let is_left_open = is_tunnel && !self.ends_tunnels;
        let mut took = false;
        loop {
            let queued = machine.queued_body(id);
            if queued >= limits::STREAM_SEND_QUEUE {
                break;
            }
            let mut upload = exchange.upload();
            let Some((piece, last)) = upload.take(limits::STREAM_SEND_QUEUE - queued) else { break };
            took = true;
            let ends = last && !is_left_open && !upload.has_trailers();
            drop(upload);
            if machine.send_body(id, piece, ends).is_err() {
                return false;
            }
            if ends {
                break;
            }
        }
        let mut upload = exchange.upload();
        let (done, empty) = (upload.is_done(), upload.is_empty());
        if done && upload.has_trailers() {
            let trailers = upload.take_trailers();
            let _ = machine.send_trailers(id, &trailers);
        } else if done && !took && !is_left_open {
            // Ended by the caller after its last bytes had gone.
            let _ = machine.send_body(id, Bytes::new(), true);
        }
        drop(upload);
        if took && (is_tunnel || matches!(exchange.request().body, RequestBody::Stream { .. })) {
            self.touch(exchange);
        }
        !empty
    }
}
