//! Questions to a name server over https (RFC 8484): exchanges like those of a caller, in a pool of their own.

use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use wiretwin_wire::dns::{Edns, MESSAGE_MAX};
use wiretwin_wire::head::Field;

use super::Runtime;
use crate::dial::{OverHttps, Unanswered};
use crate::error::Error;
use crate::exchange::{Exchange, Exchanges};
use crate::limits;
use crate::pool::Pools;
use crate::profile::dns::OverHttpsPolicy;
use crate::request::{ExchangeRequest, RequestBody, RequestPriority, Scheme, Timeouts};
use crate::response::{ExchangeEvent, ExchangeSink, ResponseInfo};
use crate::shared::Shared;
use crate::transport_options::{HttpsServer, NameServers};

/// Carries the questions of one transport.
pub(super) struct Carrier {
    /// Of the connection to the name server.
    transport: Arc<Shared>,
    pools: Weak<Pools>,
    exchanges: Rc<Exchanges>,
}

/// The events of one question.
struct Told(mpsc::UnboundedSender<ExchangeEvent>);

impl ExchangeSink for Told {
    fn on_event(&mut self, event: ExchangeEvent) {
        // Nobody listens once the question is given up.
        let _ = self.0.send(event);
    }
}

/// Ends with whoever waits for it.
struct Running(Rc<Exchange>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fail_with(Error::aborted);
    }
}

impl Carrier {
    /// `None` for a transport that asks nobody over https.
    pub(super) fn of(asking: &Shared, pools: &Weak<Pools>, exchanges: &Rc<Exchanges>) -> Option<Rc<dyn OverHttps>> {
        let transport = Arc::clone(asking.over_https.as_ref()?);
        Some(Rc::new(Self { transport, pools: Weak::clone(pools), exchanges: Rc::clone(exchanges) }))
    }

    fn policy(&self) -> Option<&OverHttpsPolicy> {
        self.transport.tls.profile().dns.over_https.as_ref()
    }

    fn start(&self, question: Vec<u8>) -> Option<(Running, mpsc::UnboundedReceiver<ExchangeEvent>)> {
        let NameServers::OverHttps(server) = &self.transport.options.name_servers else { return None };
        let request = request(server, self.policy(), question);
        let pools = self.pools.upgrade()?;
        let (told, events) = mpsc::unbounded_channel();
        let mut sink: Option<Box<dyn ExchangeSink>> = Some(Box::new(Told(told)));
        let pool = pools.for_transport(&self.transport, &self.exchanges.reactor);
        let id = Runtime::next_exchange_id();
        let exchange = Exchange::new(id, Box::new(request), &mut sink, pool, &self.exchanges)?;
        self.exchanges.add(&exchange);
        exchange.begin();
        Some((Running(exchange), events))
    }
}

impl OverHttps for Carrier {
    fn ask(&self, question: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Unanswered>>>> {
        let started = self.start(question);
        Box::pin(async move {
            let Some((exchange, mut events)) = started else { return Err(Unanswered::Silence) };
            let mut answer = Vec::new();
            loop {
                match events.recv().await {
                    Some(ExchangeEvent::Head(info)) if is_answer(&info) => {
                        answer.extend_from_slice(&info.body);
                        if !info.ended {
                            exchange.0.read_whole(None);
                        }
                    }
                    Some(ExchangeEvent::Head(_)) => return Err(Unanswered::Refused),
                    Some(ExchangeEvent::Data(data)) => answer.extend_from_slice(&data),
                    Some(ExchangeEvent::Done { .. }) => return Ok(answer),
                    Some(ExchangeEvent::Failed { .. }) | None => return Err(Unanswered::Silence),
                    Some(_) => {}
                }
            }
        })
    }

    fn edns(&self) -> Edns {
        let (payload_size, options) = match self.policy() {
            Some(policy) => (policy.payload_size, policy.edns_options()),
            None => (limits::DNS_PAYLOAD, Vec::new()),
        };
        Edns { payload_size, options, padding: Some(OverHttpsPolicy::padding()) }
    }
}

/// Whether a response is an answer, whatever it says.
fn is_answer(info: &ResponseInfo) -> bool {
    let of_type = |(name, value): &(Bytes, Bytes)| {
        name.eq_ignore_ascii_case(b"content-type") && value.to_ascii_lowercase().starts_with(TYPE.as_bytes())
    };
    info.head.status == 200 && info.head.fields.iter().any(of_type)
}

const TYPE: &str = "application/dns-message";

fn request(server: &HttpsServer, policy: Option<&OverHttpsPolicy>, question: Vec<u8>) -> ExchangeRequest {
    let posts = policy.is_none_or(|policy| policy.post);
    let mut target = server.target.clone();
    if !posts {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str("dns=");
        target.push_str(&base64url(&question));
    }
    let mut request =
        ExchangeRequest::new(if posts { "POST" } else { "GET" }, Scheme::Https, &server.host, server.port, &target);
    request.authority = Bytes::copy_from_slice(server.authority.as_bytes());
    let length = question.len().to_string();
    let pairs: Vec<(&str, &str)> = match policy {
        Some(policy) => policy.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        None => vec![("accept", TYPE), ("content-type", TYPE), ("content-length", "")],
    };
    for (name, value) in pairs {
        let value = if name == "content-length" { &length } else { value };
        let [name, value] = [name, value].map(|text| Bytes::copy_from_slice(text.as_bytes()));
        request.fields.push(Field { name, value });
    }
    request.priority = policy.and_then(|policy| policy.priority).map(|priority| RequestPriority {
        weight: priority.weight,
        exclusive: priority.exclusive,
        rank: priority.rank,
    });
    if posts {
        request.body = RequestBody::Bytes(question.into());
    }
    request.timeouts = Timeouts { total: Some(limits::DNS_OVER_HTTPS_TIME), ..Timeouts::default() };
    request.max_response_bytes = u64::try_from(MESSAGE_MAX).ok();
    request.anonymous = true;
    request
}

/// Base64 with the alphabet of URLs, without padding (RFC 4648 5).
fn base64url(bytes: &[u8]) -> String {
    boring::base64::encode_block(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn base64_as_in_rfc_4648() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64url(text.as_bytes()));
        assert_eq!(texts, ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]);
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }
}
