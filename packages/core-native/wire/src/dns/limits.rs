//! Every bound of a DNS message, with the reason for its value.

/// Bytes of a message: what the length of DNS over TCP can say.
pub const MESSAGE_MAX: usize = 65_535;

/// Bytes of a name on the wire, lengths included (RFC 1035 2.3.4).
pub(super) const NAME_MAX: usize = 255;

/// Bytes of a label (RFC 1035 2.3.4).
pub(super) const LABEL_MAX: usize = 63;

/// Pointers followed for one name. A name has at most 127 labels, so more lead nowhere new.
pub(super) const POINTERS_MAX: usize = 127;

/// Records of the answer that are looked at. Real answers have a dozen; each costs a comparison an alias.
pub(super) const RECORDS_MAX: usize = 512;

/// Names that lead to another (CNAME), one behind the other. Resolvers give up at 8 to 16.
pub const ALIASES_MAX: usize = 16;

/// Addresses that are kept of an answer; more are never dialled.
pub(super) const ADDRESSES_MAX: usize = 32;

/// HTTPS records that are kept of an answer. RFC 9460 has one or two a zone in mind.
pub const SERVICES_MAX: usize = 16;

/// Protocols that are kept of one HTTPS record: more than exist.
pub(super) const PROTOCOLS_MAX: usize = 32;

/// Longest time that anything is kept, in seconds: a day, as Chromium's and unbound's limits are.
pub const TTL_MAX: u32 = 86_400;

/// Size that a query over https is padded to a multiple of (RFC 8467 4.1).
pub const PADDING_BLOCK: u16 = 128;
