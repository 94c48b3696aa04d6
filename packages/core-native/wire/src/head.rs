//! Request and response heads, as both protocol versions share them.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;

/// One header field of a request: the name as HTTP/1.1 writes it (HTTP/2 lower-cases it) and the raw value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Field name with the case that HTTP/1.1 sends.
    pub name: Bytes,
    /// Field value, without surrounding white space.
    pub value: Bytes,
}

/// Fields in wire order. A copy shares them, and what was found out about them: most requests of a session have the same ones.
#[derive(Clone, Default)]
pub struct Fields(Arc<Shared>);

#[derive(Clone, Default)]
struct Shared {
    list: Vec<Field>,
    known: Known,
    is_undropped: bool,
}

/// What was found out about a list.
#[derive(Default)]
struct Known {
    /// Every name is a token and every value has characters that a value may have; unknown before somebody asks.
    is_valid: OnceLock<bool>,
    /// Whether one of them is `content-length`; unknown before somebody asks.
    names_length: OnceLock<bool>,
    is_repeated: AtomicBool,
    made: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Clone for Known {
    /// A list is copied to be changed.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Fields {
    /// Appends a field.
    pub fn push(&mut self, field: Field) {
        self.list_mut().push(field);
    }

    /// Puts a field in front of the others.
    pub fn push_front(&mut self, field: Field) {
        self.list_mut().insert(0, field);
    }

    /// The same fields, of which HTTP/1.1 drops none: the caller himself has named what a policy drops.
    #[must_use]
    pub fn undropped(mut self) -> Self {
        self.shared_mut().is_undropped = true;
        self
    }

    /// Whether HTTP/1.1 drops none of them.
    #[must_use]
    pub fn is_undropped(&self) -> bool {
        self.0.is_undropped
    }

    /// What `check` says of them, asked once.
    pub(crate) fn is_valid(&self, check: impl FnOnce(&[Field]) -> bool) -> bool {
        *self.0.known.is_valid.get_or_init(|| check(&self.0.list))
    }

    /// Whether one of them is `content-length`.
    #[must_use]
    pub fn names_length(&self) -> bool {
        let names = |list: &[Field]| list.iter().any(|field| field.name.eq_ignore_ascii_case(b"content-length"));
        *self.0.known.names_length.get_or_init(|| names(&self.0.list))
    }

    /// What was kept of them, if it is of this kind.
    pub(crate) fn made<T: 'static>(&self) -> Option<&T> {
        self.0.known.made.get()?.downcast_ref()
    }

    /// Keeps what is of use to all requests with these fields, if this is not the first one. What was kept stays.
    pub(crate) fn make<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) {
        if self.0.known.is_repeated.swap(true, Ordering::Relaxed) {
            self.0.known.made.get_or_init(|| Box::new(make()));
        }
    }

    /// Recognises this list, and copies of it, as long as nobody changes them. Keeps no field alive.
    pub(crate) fn identity(&self) -> Identity {
        Identity(Arc::downgrade(&self.0))
    }

    fn list_mut(&mut self) -> &mut Vec<Field> {
        &mut self.shared_mut().list
    }

    /// To change something, after which nothing is known of it.
    fn shared_mut(&mut self) -> &mut Shared {
        let shared = Arc::make_mut(&mut self.0);
        shared.known = Known::default();
        shared
    }
}

/// What a list of fields is recognised by: a list that has one is not changed in its place, nor is its place used again.
pub(crate) struct Identity(Weak<Shared>);

impl Identity {
    /// Whether these are the fields of then.
    pub(crate) fn is(&self, fields: &Fields) -> bool {
        std::ptr::eq(self.0.as_ptr(), Arc::as_ptr(&fields.0))
    }
}

impl Deref for Fields {
    type Target = [Field];

    fn deref(&self) -> &[Field] {
        &self.0.list
    }
}

impl From<Vec<Field>> for Fields {
    fn from(list: Vec<Field>) -> Self {
        Self(Arc::new(Shared { list, ..Shared::default() }))
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        Vec::from_iter(fields).into()
    }
}

impl Extend<Field> for Fields {
    fn extend<I: IntoIterator<Item = Field>>(&mut self, fields: I) {
        self.list_mut().extend(fields);
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.list.fmt(formatter)
    }
}

/// A request whose fields are already in wire order.
///
/// `fields` carries what a browser decides above the protocol (user-agent, accept, cookie, content-length, ...) in
/// HTTP/2 order. What only one protocol version has (`Host`, `Connection`, dropped `priority` or `te`) is added or
/// dropped by that version's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// Method token, as given (`GET`).
    pub method: Bytes,
    /// `http`, `https`, `ws` or `wss`.
    pub scheme: Bytes,
    /// Host and, if not the scheme's default, port: `:authority` and `Host`.
    pub authority: Bytes,
    /// Path and query, starting with `/`; `*` for OPTIONS; absolute URL through a forward proxy.
    pub target: Bytes,
    /// `:protocol` of an extended CONNECT (RFC 8441), if any.
    pub protocol: Option<Bytes>,
    /// Fields in wire order. One `cookie` field holds the whole cookie string; HTTP/2 crumbles it by policy.
    pub fields: Fields,
}

/// A response head. Field names keep the peer's case on HTTP/1.1 and are lower case on HTTP/2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// Status code, 100 to 999.
    pub status: u16,
    /// Reason phrase; empty on HTTP/2.
    pub reason: Bytes,
    /// Fields in the order received, duplicates kept.
    pub fields: Vec<(Bytes, Bytes)>,
}
