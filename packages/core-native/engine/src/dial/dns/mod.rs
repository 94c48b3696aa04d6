//! Name servers asked by ourselves: for HTTPS records beside the system, and for all if the caller says whom.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

pub(super) use wiretwin_wire::dns::Answer as Said;
use wiretwin_wire::dns::{Answer, DnsError, Edns, Name, Query, RecordType};

use crate::reactor::Reactor;

mod around;
mod client;
mod records;

pub(super) use around::{Around, look_around};
pub(super) use client::ask;
pub(super) use records::{Begun, HttpsRecords, Services};

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Nobody is there to be asked, or nobody answered in time.
    Silence,
    /// What came is no answer.
    Unreadable(DnsError),
    /// A server said that it cannot say.
    Refused,
}

/// What carries a question to a name server over https: the floor that has exchanges.
pub(crate) trait OverHttps {
    /// The answer's bytes.
    fn ask(&self, question: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Unanswered>>>>;

    /// What questions say beside the question.
    fn edns(&self) -> Edns;
}

/// Asks over https. The number of a question is 0, so that answers can be cached on their way (RFC 8484 4.1).
pub(super) async fn ask_over_https(
    carrier: &dyn OverHttps,
    name: &Name,
    kind: RecordType,
) -> Result<Answer, Unanswered> {
    let query = Query { id: 0, name: name.clone(), kind };
    let message = carrier.ask(query.encode(Some(&carrier.edns()))).await?;
    Answer::read(&message, &query).map_err(Unanswered::Unreadable)
}

/// Both, at the same time.
pub(super) async fn both<A, B>(first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut other) = (None, None);
    poll_fn(move |context| {
        if one.is_none()
            && let Poll::Ready(done) = first.as_mut().poll(context)
        {
            one = Some(done);
        }
        if other.is_none()
            && let Poll::Ready(done) = second.as_mut().poll(context)
        {
            other = Some(done);
        }
        match (one.take(), other.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (first, second) => {
                (one, other) = (first, second);
                Poll::Pending
            }
        }
    })
    .await
}

/// What comes of `work` if it is done in time.
pub(super) async fn within<T>(reactor: &Rc<Reactor>, time: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut pause = reactor.pause(time);
    poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => pause.as_mut().poll(context).map(|()| None),
    })
    .await
}
