//! HTTPS records of hosts: asked for beside addresses, waited for as the browser does, kept for their time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use wiretwin_wire::dns::{Answer, Name, Service};

use super::super::remembered::{Knower, Remembered};
use super::{Unanswered, within};
use crate::limits;
use crate::profile::dns::Patience;
use crate::reactor::{Reactor, Stop};

/// Records of a host by priority; empty if it has none that can be used.
pub(in crate::dial) type Services = Arc<[Service]>;

/// A question that has begun.
pub(in crate::dial) enum Begun {
    /// The answer is known.
    Known(Services),
    /// It is waited for.
    Asked(Known, watch::Receiver<Option<Services>>),
}

/// A name, and by whom it is known.
type Known = (Knower, Name);

struct Asked {
    answer: watch::Receiver<Option<Services>>,
    stop: Stop,
}

/// What one transport knows of HTTPS records.
pub(in crate::dial) struct HttpsRecords {
    reactor: Rc<Reactor>,
    known: RefCell<Remembered<Known, Services>>,
    asked: RefCell<HashMap<Known, Asked>>,
}

impl HttpsRecords {
    pub(in crate::dial) fn new(reactor: &Rc<Reactor>) -> Rc<Self> {
        Rc::new(Self { reactor: Rc::clone(reactor), known: RefCell::default(), asked: RefCell::default() })
    }

    /// Begins to ask, unless the answer is known or asked for; connections to one host share a question.
    pub(in crate::dial) fn begin(
        self: &Rc<Self>,
        name: Known,
        ask: impl FnOnce(Name) -> Pin<Box<dyn Future<Output = Result<Answer, Unanswered>>>>,
    ) -> Begun {
        if let Some(services) = self.known.borrow().get(&name, self.reactor.now()) {
            return Begun::Known(Arc::clone(services));
        }
        let mut asked = self.asked.borrow_mut();
        if let Some(asked) = asked.get(&name) {
            return Begun::Asked(name, asked.answer.clone());
        }
        let (sender, answer) = watch::channel(None);
        if asked.len() >= limits::HTTPS_RECORDS_IN_FLIGHT {
            return Begun::Known(Services::default());
        }
        let (records, asked_name, asking) = (Rc::clone(self), name.clone(), ask(name.1.clone()));
        let stop = self.reactor.spawn(async move {
            let answer = asking.await;
            // What cannot be had now is not asked for with each connection.
            let (time, services) = match answer {
                // That there is none both browsers remember, whether or not it is said for how long.
                Ok(Answer { ttl: 0, services, .. }) if services.is_empty() => {
                    (limits::DNS_CACHE_TTL, Services::default())
                }
                Ok(answer) => (Duration::from_secs(answer.ttl.into()), answer.services.into()),
                Err(_) => (limits::DNS_CACHE_TTL, Services::default()),
            };
            records.keep(&asked_name, time, &services);
            records.asked.borrow_mut().remove(&asked_name);
            sender.send_replace(Some(services));
        });
        asked.insert(name.clone(), Asked { answer: answer.clone(), stop });
        Begun::Asked(name, answer)
    }

    /// What the answer is, if it comes in time for a connection whose addresses took so long.
    pub(in crate::dial) async fn wait(&self, begun: Begun, patience: Patience, took: Duration) -> Services {
        let (name, mut answer) = match begun {
            Begun::Known(services) => return services,
            Begun::Asked(name, answer) => (name, answer),
        };
        let answered = async { answer.wait_for(Option::is_some).await.ok().and_then(|services| services.clone()) };
        let answered = match patience.after(took) {
            None => Some(answered.await),
            Some(time) => within(&self.reactor, time, answered).await,
        };
        if let Some(services) = answered {
            return services.unwrap_or_default();
        }
        if matches!(patience, Patience::Share { .. }) {
            self.give_up(&name);
        }
        Services::default()
    }

    pub(in crate::dial) fn forget(&self) {
        self.known.borrow_mut().clear();
    }

    /// Nobody wants the answer any more: for as long as addresses are kept, the host has none.
    fn give_up(&self, name: &Known) {
        let asked = self.asked.borrow_mut().remove(name);
        if let Some(asked) = asked {
            asked.stop.now();
            self.keep(name, limits::DNS_CACHE_TTL, &Services::default());
        }
    }

    fn keep(&self, name: &Known, time: Duration, services: &Services) {
        self.known.borrow_mut().keep(name.clone(), Arc::clone(services), time, self.reactor.now());
    }
}
