//! Runs exchanges and waits for their events.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::patience::{Patience, Patient};
use bytes::Bytes;
use wiretwin_engine::{
    Error, ExchangeEvent, ExchangeHandle, ExchangeRequest, ExchangeSink, Field, ResponseInfo, Runtime, Scheme,
    Transport, TransportOptions,
};

/// The engine's part of a profile of the repository.
pub fn profile(path: &str) -> String {
    let file = format!("{}/../../profiles/data/{path}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).expect("profile exists");
    let document: serde_json::Value = serde_json::from_str(&text).expect("profile is JSON");
    let keys = ["name", "tls", "http2", "http1"];
    let part: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), document[*key].clone())).collect();
    serde_json::Value::Object(part).to_string()
}

pub fn chrome() -> String {
    profile("chrome/chrome_156")
}

pub fn firefox() -> String {
    profile("firefox/firefox_153")
}

pub fn options() -> TransportOptions {
    TransportOptions::new(chrome())
}

pub fn transport() -> Arc<Transport> {
    Transport::new(options()).expect("options are good")
}

pub fn transport_with(change: impl FnOnce(&mut TransportOptions)) -> Arc<Transport> {
    let mut options = options();
    change(&mut options);
    Transport::new(options).expect("options are good")
}

pub fn get(port: u16, target: &str) -> ExchangeRequest {
    ExchangeRequest::new("GET", Scheme::Http, "127.0.0.1", port, target)
}

pub fn field(name: &str, value: &str) -> Field {
    Field { name: Bytes::copy_from_slice(name.as_bytes()), value: Bytes::copy_from_slice(value.as_bytes()) }
}

struct ChannelSink(Sender<ExchangeEvent>);

impl ExchangeSink for ChannelSink {
    fn on_event(&mut self, event: ExchangeEvent) {
        let _ = self.0.send(event);
    }
}

/// A running exchange.
pub struct Running {
    pub handle: ExchangeHandle,
    pub events: Receiver<ExchangeEvent>,
}

/// Everything an exchange brought.
#[derive(Debug)]
pub struct Answer {
    pub info: Box<ResponseInfo>,
    pub body: Vec<u8>,
    pub trailers: Vec<(Bytes, Bytes)>,
    pub informational: Vec<u16>,
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.info.head.status
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub fn start(transport: &Transport, request: ExchangeRequest) -> Running {
    let (sender, events) = channel();
    let handle = transport.start(request, Box::new(ChannelSink(sender)));
    Running { handle, events }
}

/// Starts them in one batch: they meet what there is together.
pub fn start_together(transport: &Transport, requests: Vec<ExchangeRequest>) -> Vec<Running> {
    let (commands, running) = requests
        .into_iter()
        .map(|request| {
            let (sender, events) = channel();
            let (handle, command) = transport.start_command(Box::new(request), |_| Box::new(ChannelSink(sender)));
            (command, Running { handle, events })
        })
        .unzip();
    Runtime::submit(commands);
    running
}

pub fn fetch(transport: &Transport, request: ExchangeRequest) -> Result<Answer, Error> {
    start(transport, request).finish()
}

impl Running {
    pub fn next(&self) -> ExchangeEvent {
        self.events.receive().expect("an event comes")
    }

    /// Waits for the head, passing over what comes before it.
    pub fn head(&self) -> Result<Box<ResponseInfo>, Error> {
        loop {
            match self.next() {
                ExchangeEvent::Head(info) => return Ok(info),
                ExchangeEvent::Failed { error, .. } => return Err(error),
                _ => {}
            }
        }
    }

    /// Reads to the end.
    pub fn finish(&self) -> Result<Answer, Error> {
        let mut informational = Vec::new();
        let info = loop {
            match self.next() {
                ExchangeEvent::Head(info) => break info,
                ExchangeEvent::Failed { error, .. } => return Err(error),
                ExchangeEvent::Informational(head) => informational.push(head.status),
                _ => {}
            }
        };
        let mut body = info.body.to_vec();
        if !info.ended {
            self.handle.read(0);
        }
        loop {
            match self.next() {
                ExchangeEvent::Data(data) => {
                    body.extend_from_slice(&data);
                    self.handle.read(0);
                }
                ExchangeEvent::Done { trailers, .. } => return Ok(Answer { info, body, trailers, informational }),
                ExchangeEvent::Failed { error, .. } => return Err(error),
                _ => {}
            }
        }
    }

    /// Waits for the failure.
    pub fn error(&self) -> Error {
        match self.finish() {
            Ok(answer) => panic!("expected a failure, got {}", answer.status()),
            Err(error) => error,
        }
    }

    /// No event may follow the last one.
    pub fn assert_silent(&self) {
        assert!(self.events.recv_timeout(Duration::from_millis(20)).is_err(), "an event after the last one");
    }
}

/// Waits until a condition holds that the peer or the I/O thread brings about.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let mut patience = Patience::new();
    while !condition() {
        assert!(!patience.is_over(), "never happened: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Every socket closed and every exchange over.
pub fn assert_empty(transport: &Transport) {
    eventually("no connection and no exchange is left", || {
        let stats = transport.stats();
        stats.connections == 0 && stats.exchanges == 0
    });
}
