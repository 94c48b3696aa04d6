//! Packed commands to engine types.

use std::net::IpAddr;
use std::str;
use std::time::Duration;

use bytes::Bytes;
use wiretwin_engine::{
    Dictionary, ExchangeRequest, Field, Fields, Protocols, RequestBody, RequestPriority, Scheme, Timeouts,
};

use crate::guard::Failure;
use crate::protocol::{SEPARATE, body_kind, command, flag};
use crate::reader::{Parts, Reader, malformed, size, split_parts};

/// One command; `id` is JavaScript's number of the exchange, of the transport for `CloseTransport`, of the dictionary for
/// those that are about one.
pub enum Decoded {
    /// Start an exchange on a transport, with the dictionary of this number.
    Start { transport: u32, request: Box<ExchangeRequest>, dictionary: Option<u32> },
    /// Pull a piece of the body.
    Read { max: usize },
    /// Pull all of the rest in one piece; `target`: into the next memory of the list that crosses beside the packed buffer.
    ReadWhole { target: bool },
    /// Push a piece of the request body.
    Write(Bytes),
    /// End the request body.
    End(Vec<Field>),
    /// Stop.
    Abort,
    /// Give the rest of the body up.
    Discard { max: u64 },
    /// Trust the peer that has shown these certificates.
    Confirm { chain: u64 },
    /// Close a transport and say so.
    CloseTransport,
    /// Keep a dictionary for requests to come.
    Dictionary(Dictionary),
    /// No request will name it again.
    ForgetDictionary,
}

/// Blocks of fields that are remembered: sessions and kinds of request that take turns.
const KNOWN_BLOCKS: usize = 8;

/// A longer block is not worth keeping.
const KNOWN_BLOCK_MAX: usize = 16 * 1024;

/// The last blocks of fields: a request that repeats one shares what was made of it.
#[derive(Default)]
pub struct KnownFields {
    blocks: Vec<(Bytes, Fields)>,
    /// The one to give up next.
    oldest: usize,
}

impl KnownFields {
    fn read(&mut self, text: Option<&[u8]>, undropped: bool) -> Result<Fields, Failure> {
        let Some(text) = text else { return Ok(Fields::default()) };
        let is_it = |(known, fields): &&(Bytes, Fields)| *known == text && fields.is_undropped() == undropped;
        if let Some((_, fields)) = self.blocks.iter().find(is_it) {
            return Ok(fields.clone());
        }
        let text = Bytes::copy_from_slice(text);
        let fields = Fields::from(fields(&mut Parts::new(text.clone()))?);
        let fields = if undropped { fields.undropped() } else { fields };
        if text.len() <= KNOWN_BLOCK_MAX {
            self.keep(text, fields.clone());
        }
        Ok(fields)
    }

    fn keep(&mut self, text: Bytes, fields: Fields) {
        if self.blocks.len() < KNOWN_BLOCKS {
            self.blocks.push((text, fields));
        } else if let Some(place) = self.blocks.get_mut(self.oldest) {
            *place = (text, fields);
            self.oldest = (self.oldest + 1) % KNOWN_BLOCKS;
        }
    }
}

/// Reads the next command. `separate` are the bytes of the one body that crosses beside the packed buffer.
pub fn decode(
    reader: &mut Reader<'_>,
    separate: Option<&[u8]>,
    known: &mut KnownFields,
) -> Result<(u32, Decoded), Failure> {
    let operation = reader.u8()?;
    let id = reader.u32()?;
    let decoded = match operation {
        command::START => {
            let transport = reader.u32()?;
            let (request, dictionary) = request(reader, separate, known)?;
            Decoded::Start { transport, request: Box::new(request), dictionary }
        }
        command::READ => Decoded::Read { max: size(reader.u32()?) },
        command::READ_WHOLE => Decoded::ReadWhole { target: reader.u8()? != 0 },
        command::WRITE => Decoded::Write(body(reader, separate)?),
        command::END => Decoded::End(trailers(reader.text()?)?),
        command::ABORT => Decoded::Abort,
        command::DISCARD => Decoded::Discard { max: reader.count()? },
        command::CONFIRM => Decoded::Confirm { chain: reader.count()? },
        command::CLOSE_TRANSPORT => Decoded::CloseTransport,
        command::DICTIONARY => {
            let hash = reader.text()?.as_ref().try_into().map_err(|_| malformed())?;
            Decoded::Dictionary(Dictionary { hash, bytes: body(reader, separate)? })
        }
        command::FORGET_DICTIONARY => Decoded::ForgetDictionary,
        _ => return Err(malformed()),
    };
    Ok((id, decoded))
}

fn request(
    reader: &mut Reader<'_>,
    separate: Option<&[u8]>,
    known: &mut KnownFields,
) -> Result<(ExchangeRequest, Option<u32>), Failure> {
    let flags = reader.u32()?;
    let has = |bit: u32| flags & bit != 0;
    let protocols = match reader.u8()? {
        1 => Protocols::Http1,
        2 => Protocols::Http2,
        _ => Protocols::Auto,
    };
    let port = reader.u16()?;
    let priority = if has(flag::PRIORITY) {
        Some(RequestPriority { weight: reader.u16()?, exclusive: reader.u8()? != 0, rank: reader.u8()? })
    } else {
        None
    };
    let timeouts = if has(flag::TIMEOUTS) { timeouts(reader)? } else { Timeouts::default() };
    let length = if has(flag::CONTENT_LENGTH) { Some(reader.count()?) } else { None };
    let max_response_bytes = if has(flag::MAX_RESPONSE_BYTES) { Some(reader.count()?) } else { None };
    let dictionary = if has(flag::DICTIONARY) { Some(reader.u32()?) } else { None };
    let text = reader.borrowed_text()?;
    let ([method, host, authority, target, partition, addresses], block) = split_parts(text)?;
    let host = str::from_utf8(text.get(host).unwrap_or_default()).map_err(|_| malformed())?.to_owned();
    // Only the line is copied: fields that repeat are here already.
    let line = Bytes::copy_from_slice(text.get(..addresses.start).unwrap_or_default());
    let addresses = self::addresses(text.get(addresses).unwrap_or_default())?;
    let fields = known.read(block, has(flag::UNDROPPED))?;
    let body = match reader.u8()? {
        body_kind::NONE => RequestBody::None,
        body_kind::BYTES => RequestBody::Bytes(body(reader, separate)?),
        body_kind::STREAM => RequestBody::Stream { length },
        _ => return Err(malformed()),
    };
    let request = ExchangeRequest {
        method: line.slice(method),
        scheme: if has(flag::HTTPS) { Scheme::Https } else { Scheme::Http },
        host,
        port,
        authority: line.slice(authority),
        target: line.slice(target),
        fields,
        priority,
        body,
        repeatable: has(flag::REPEATABLE),
        timeouts,
        decompress: has(flag::DECOMPRESS),
        dictionary: None,
        max_response_bytes,
        protocols,
        new_connection: has(flag::NEW_CONNECTION),
        phases: has(flag::PHASES),
        informational: has(flag::INFORMATIONAL),
        upgrade: has(flag::UPGRADE),
        web_socket: has(flag::WEB_SOCKET),
        replay: has(flag::REPLAY),
        partition: line.slice(partition),
        anonymous: has(flag::ANONYMOUS),
        storable: has(flag::STORABLE),
        upgradable: has(flag::UPGRADABLE),
        addresses,
        hold: has(flag::HOLD),
    };
    Ok((request, dictionary))
}

/// Comma-separated IP addresses; an empty text has none.
fn addresses(text: &[u8]) -> Result<Vec<IpAddr>, Failure> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let text = str::from_utf8(text).map_err(|_| malformed())?;
    text.split(',').map(|address| address.parse().map_err(|_| malformed())).collect()
}

fn timeouts(reader: &mut Reader<'_>) -> Result<Timeouts, Failure> {
    let mut next = || {
        let milliseconds = reader.f64()?;
        // `try_from` refuses what no clock can hold, which is as good as unlimited.
        let limit = Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
        Ok::<_, Failure>(limit.filter(|limit| !limit.is_zero()))
    };
    Ok(Timeouts {
        total: next()?,
        queue: next()?,
        resolve: next()?,
        connect: next()?,
        proxy: next()?,
        tls: next()?,
        send: next()?,
        head: next()?,
        idle: next()?,
    })
}

fn body(reader: &mut Reader<'_>, separate: Option<&[u8]>) -> Result<Bytes, Failure> {
    match reader.u32()? {
        SEPARATE => separate.map(Bytes::copy_from_slice).ok_or_else(malformed),
        length => reader.take(size(length)).map(Bytes::copy_from_slice),
    }
}

fn trailers(text: Bytes) -> Result<Vec<Field>, Failure> {
    if text.is_empty() { Ok(Vec::new()) } else { fields(&mut Parts::new(text)) }
}

fn fields(parts: &mut Parts) -> Result<Vec<Field>, Failure> {
    let mut fields = Vec::with_capacity(24);
    while let Some(name) = parts.next() {
        fields.push(Field { name, value: parts.required()? });
    }
    Ok(fields)
}
