//! How one browser speaks HTTP/2, as data.
//!
//! Every knob here was seen to differ between two clients on the wire. The document is the `http2` member of a
//! profile; unknown keys are refused so that a misspelt knob cannot silently mean "default".

use std::fmt;

use serde::{Deserialize, Serialize};

use super::answers::Http2AnswerPolicy;

/// Everything about a client's HTTP/2 bytes that is not the request itself.
///
/// Two documents that differ in one field produce different bytes; nothing else in this module knows a browser's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Http2Policy {
    /// SETTINGS of the first flight, `[id, value]` in wire order. Unknown and GREASE identifiers are sent verbatim.
    pub settings: Vec<(u16, u32)>,
    /// WINDOW_UPDATE on stream 0 in the first flight, in bytes; 0 sends none.
    pub connection_window_increment: u32,
    /// WINDOW_UPDATE on each request's stream, in the same write as its HEADERS, in bytes; 0 sends none.
    #[serde(default)]
    pub stream_window_increment: u32,
    /// Identifier of the first request stream; odd.
    pub first_stream_id: u32,
    /// PRIORITY frames of the first flight, in wire order (Firefox before 2022 sent a tree of idle streams).
    #[serde(default)]
    pub priority_frames: Vec<PriorityFrame>,
    /// Order of the four pseudo-header fields of a request.
    pub pseudo_order: Vec<Pseudo>,
    /// Order of the five pseudo-header fields of an extended CONNECT (RFC 8441).
    pub connect_pseudo_order: Vec<Pseudo>,
    /// What the dependency of a HEADERS frame with priority points to.
    pub dependency: Dependency,
    /// When the peer's SETTINGS are acknowledged.
    pub settings_ack: SettingsAck,
    /// Largest DATA payload the client makes, in bytes; the peer's MAX_FRAME_SIZE still applies.
    pub max_data_frame: u32,
    /// When received bytes are returned as WINDOW_UPDATE.
    pub flow_control: FlowControlPolicy,
    /// Payload of PING frames that the client starts.
    #[serde(default)]
    pub ping_payload: PingPayload,
    /// The driver sends a PING in front of a request when nothing was read for this many milliseconds; `null` never.
    #[serde(default)]
    pub ping_before_request_after_idle_ms: Option<u32>,
    /// How many connections are opened at once to a server of which it is not known whether it speaks HTTP/2. Read by
    /// the pool.
    #[serde(default)]
    pub dials_while_unknown: DialsWhileUnknown,
    /// Which open connections serve a further host (RFC 9113 9.1.1). Read by the pool, not by the protocol machine.
    #[serde(default)]
    pub coalescing: Coalescing,
    /// Whether requests with and without credentials have connections and tickets of their own, over HTTP/1.1 too. A host's
    /// HTTP/2 connection that has carried two requests then serves both sorts. Read by the pool.
    #[serde(default)]
    pub anonymous_apart: bool,
    /// What becomes of a request that is answered 421 (Misdirected Request). Read by the driver.
    #[serde(default)]
    pub misdirected: Misdirected,
    /// Whether a request that is answered 408 (Request Timeout) is repeated on another connection, whatever its method, and
    /// fails after the tenth; the one that answered takes no more requests. Read by the driver.
    #[serde(default)]
    pub repeat_timeouts: bool,
    /// How WebSockets use HTTP/2 (RFC 8441); `null`: not at all, they have connections of their own over HTTP/1.1.
    #[serde(default)]
    pub web_socket: Option<WebSocketPolicy>,
    /// Whether RST_STREAM(CANCEL) is sent for an answer that has ended already, when the browser lets go of it as it reads
    /// its head: a redirect that its cache stores, a 421 that it repeats. Read by the driver.
    #[serde(default)]
    pub reset_ended: bool,
    /// Whether a POST or PUT with nothing in its body ends in an empty DATA frame, not with its head. Read by the driver.
    #[serde(default)]
    pub empty_body_apart: bool,
    /// How much of a body that is there follows its head before the next one, in bytes. 0: the heads of all go first.
    #[serde(default)]
    pub body_behind_head: u32,
    /// The same of a request that has waited for its connection, as others may have that begin with it.
    #[serde(default)]
    pub body_behind_waiting_head: u32,
    /// Where DATA frames are cut beside `max_data_frame`; `null`: nowhere.
    #[serde(default)]
    pub upload_reads: Option<UploadReads>,
    /// Bytes of a body that are read at a time, counted from its beginning; no DATA frame goes across, also behind a window that has
    /// cut one. 0: bodies are cut by `max_data_frame` and windows alone.
    #[serde(default)]
    pub body_buffer: u32,
    /// How answers that break RFC 9113 are read.
    #[serde(default)]
    pub answers: Http2AnswerPolicy,
    /// Whether GOAWAY(0, NO_ERROR) precedes an orderly close.
    pub go_away_on_close: bool,
    /// How header blocks are compressed.
    pub hpack: HpackPolicy,
}

/// How a browser reads its requests, the head as HTTP/1.1 writes it and behind it the body. No DATA frame goes beyond a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UploadReads {
    /// Bytes of the first read.
    pub first: u32,
    /// Bytes of the first read of the request that opens a connection.
    pub opening: u32,
    /// Bytes of each further one. It begins anew when a window lets it go on.
    pub read: u32,
    /// Bytes of the buffer that is read; it is filled when it is empty, and no frame goes across.
    pub buffer: u32,
}

/// Which open connections serve requests for a host that they were not opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coalescing {
    /// None: each host has connections of its own.
    #[default]
    None,
    /// One to an address that the host resolves to, with the same port, whose verified certificate names the host.
    SameAddress,
}

/// How many connections are opened at once to a server whose protocol is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DialsWhileUnknown {
    /// One, for which all requests wait.
    #[default]
    One,
    /// One for each request, as over HTTP/1.1 and up to the limit there; those that HTTP/2 makes needless are given up.
    Each,
}

/// What becomes of a request that is answered 421 (RFC 9110 15.5.20). It is repeated at most once, whatever its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misdirected {
    /// The answer is delivered like any other.
    #[default]
    Deliver,
    /// Repeated on a connection of the host's own if it went over another host's; else delivered (OkHttp).
    RetryIfShared,
    /// Repeated on a connection of the host's own, which may be the same one (Chromium).
    RetryOnOwn,
    /// Repeated on a new connection that serves nothing else; the one that answered takes no more requests (Firefox).
    RetryOnNew,
}

/// How WebSockets use HTTP/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebSocketPolicy {
    /// Which connections carry them. Read by the pool.
    pub connection: WebSocketConnection,
    /// Which handshakes to one host wait for the one before to be answered (RFC 6455 4.1). Read by the pool; it is about
    /// HTTP/1.1 as well.
    pub one_at_a_time: OneAtATime,
    /// Whether the client ends its side of the stream: END_STREAM with its Close frame, and RST_STREAM(CANCEL) for one
    /// that the peer has ended before. Otherwise it leaves its side open and says nothing.
    pub ends_stream: bool,
}

/// Which handshakes of WebSockets wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OneAtATime {
    /// Those that open a connection of their own (Chromium).
    OwnConnections,
    /// All, streams too (Firefox).
    All,
}

/// Which connections carry WebSockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebSocketConnection {
    /// One that is open already and whose peer allows it; else a new one that offers HTTP/1.1 only (Chromium).
    Open,
    /// As for any request, opened where there is none. Where it turns out that the peer does not allow it, a new one
    /// that offers HTTP/1.1 only (Firefox).
    Negotiated,
}

/// A PRIORITY frame of the first flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriorityFrame {
    /// The (idle) stream the frame is about.
    pub stream: u32,
    /// Stream it depends on.
    pub depends_on: u32,
    /// 1 to 256, as meant (the wire carries one less).
    pub weight: u16,
    /// Exclusive flag.
    pub exclusive: bool,
}

/// A pseudo-header field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pseudo {
    /// `:method`
    Method,
    /// `:scheme`
    Scheme,
    /// `:authority`
    Authority,
    /// `:path`
    Path,
    /// `:protocol` (RFC 8441)
    Protocol,
}

/// Which stream a request's priority block names as parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dependency {
    /// Always stream 0.
    Root,
    /// The newest open stream of the same rank, else of the next more urgent rank that has one, else stream 0
    /// (Chromium `Http2PriorityDependencies`; capture `sub:*`).
    LatestSameOrHigher,
    /// HEADERS carry no priority block at all (OkHttp; Safari since it sends NO_RFC7540_PRIORITIES).
    None,
    /// The idle stream of the priority frame whose index is the request's rank; stream 0 if there is none (Firefox
    /// before 128, where each class of requests hangs below its own idle stream).
    PriorityFrameOfRank,
}

/// When SETTINGS ACK may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingsAck {
    /// Never before the first HEADERS frame: the position does not depend on which packet arrives first
    /// (both captures: preface, HEADERS, ACK).
    AfterFirstHeaders,
    /// As soon as the SETTINGS frame has been read.
    OnReceipt,
}

/// Thresholds for returning flow-control credit.
///
/// A window is returned, in one WINDOW_UPDATE of everything consumed since the last one, as soon as the consumed
/// bytes exceed the threshold. Chromium: half of the window (3145728 and 7864320). Firefox: 4 MiB on both, reached
/// or passed (4194303).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlowControlPolicy {
    /// Bytes consumed on a stream that must be exceeded before its window is returned.
    pub stream_update_above: u32,
    /// Bytes consumed on the connection that must be exceeded before its window is returned.
    pub connection_update_above: u32,
    /// Whether the connection's update precedes the stream's when one read triggers both (Chromium: yes).
    pub connection_first: bool,
    /// Bytes that the browser reads from TLS at a time. A DATA frame's content counts as consumed in the pieces which
    /// these reads cut (Chromium: 8192, increments exceed the threshold by 1 to 8192); `null`: by whole frames
    /// (Firefox: 4194304 is 256 frames, whatever the reader takes at a time).
    #[serde(default)]
    pub read_size: Option<u32>,
}

/// Payload of a PING that the client starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PingPayload {
    /// Eight zero bytes (Firefox).
    #[default]
    Zero,
    /// 1, 3, 5, ... as a big-endian 64-bit number (Chromium).
    OddCounter,
}

/// How header blocks are compressed (RFC 7541 leaves every one of these to the sender).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HpackPolicy {
    /// When a string is Huffman-coded.
    pub huffman: HuffmanRule,
    /// Which index stands for a name that several table entries share.
    pub name_index: NameIndex,
    /// Exceptions to "indexed if the table has it, else literal with incremental indexing"; the first that fits wins.
    #[serde(default)]
    pub rules: Vec<FieldRule>,
    /// Whether `cookie` is split into one field for each pair (RFC 9113 8.2.3).
    pub cookie: CookieRule,
    /// A field larger than `table size / divisor` (RFC 7541 4.1 size) is sent without indexing; `null` has no such rule.
    #[serde(default)]
    pub max_entry_divisor: Option<u32>,
    /// Below this table size nothing is added to the dynamic table. In bytes.
    #[serde(default)]
    pub min_table_size: u32,
    /// Largest dynamic table the encoder uses, whatever the peer offers. In bytes.
    pub max_table_size: u32,
    /// When a dynamic table size update follows the peer's SETTINGS_HEADER_TABLE_SIZE.
    pub size_update: SizeUpdate,
}

/// When a string literal is Huffman-coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HuffmanRule {
    /// Only if that is strictly shorter (Chromium, OkHttp).
    Shorter,
    /// Always (Firefox).
    Always,
    /// Never.
    Never,
}

/// Which index stands for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameIndex {
    /// Lowest index: first static entry, else the newest dynamic one (Chromium, OkHttp).
    Lowest,
    /// Highest index: oldest dynamic entry, else the last static one (Firefox).
    Highest,
}

/// An exception for one field name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldRule {
    /// Lower-case field name, pseudo-header fields with their colon.
    pub name: String,
    /// The rule holds only for values of fewer bytes (Firefox: cookie crumbs below 20).
    #[serde(default)]
    pub shorter_than: Option<u32>,
    /// What is sent.
    pub representation: Representation,
}

/// How a field is represented when a rule names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Representation {
    /// Indexed if a table has name and value, else literal without indexing (Chromium's pseudo-header fields).
    IndexedOrLiteral,
    /// Literal without indexing even if a table has it (Firefox `:path`).
    Literal,
    /// Never-indexed literal (RFC 7541 6.2.3) even if a table has it.
    NeverIndexed,
    /// Indexed if a table has it, else literal with incremental indexing: what happens without a rule.
    Incremental,
}

/// How the cookie string becomes fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CookieRule {
    /// One field for each `name=value` pair, in order (Chromium, Firefox).
    Crumbs,
    /// One field.
    Whole,
}

/// When the encoder announces its table size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SizeUpdate {
    /// Only if the peer's setting changes the value in force (Chromium `ApplyHeaderTableSizeSetting`).
    OnChange,
    /// Whenever the peer sends the setting, even with the value in force (Firefox `SetMaxBufferSize`).
    OnSetting,
}

/// Why a policy document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPolicy {
    /// Path of the offending key, such as `http2.hpack.maxTableSize`.
    pub key: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.key, self.reason)
    }
}

impl std::error::Error for InvalidPolicy {}

/// Largest window of a stream: so much of one body that nobody reads is kept. Browsers and libraries have at most 16 MiB.
const MAX_STREAM_WINDOW: u64 = 64 * 1024 * 1024;

/// Largest window of a connection: so much is kept of all its bodies. Go's client has it, the largest in use.
const MAX_CONNECTION_WINDOW: u64 = (1 << 30) + DEFAULT_WINDOW as u64;

/// Largest MAX_FRAME_SIZE: a frame is kept until it is whole. Browsers have 16 kB.
const MAX_FRAME: u32 = 1024 * 1024;

/// Smallest value of `uploadReads`: a body is not sent byte by byte.
const MIN_UPLOAD_READ: u32 = 1_024;

/// Smallest `flowControl.readSize`.
const MIN_READ_SIZE: u32 = 1_024;

/// Windows before any SETTINGS (RFC 9113 6.9.2).
const DEFAULT_WINDOW: u32 = 65_535;

impl Http2Policy {
    /// Checks what types cannot: ranges, orders, and that the thresholds can ever be reached.
    ///
    /// # Errors
    /// The first key that is wrong, with the reason.
    pub fn validate(&self) -> Result<(), InvalidPolicy> {
        self.validate_settings()?;
        check(self.first_stream_id % 2 == 1, "http2.firstStreamId", "must be odd")?;
        check(self.first_stream_id < 0x1000_0000, "http2.firstStreamId", "leaves too few identifiers")?;
        check(self.max_data_frame > 0, "http2.maxDataFrame", "must not be 0")?;
        let reads = self.upload_reads.map(|reads| reads.first.min(reads.opening).min(reads.read).min(reads.buffer));
        check(reads.is_none_or(|least| least >= MIN_UPLOAD_READ), "http2.uploadReads", "has a value below 1024")?;
        validate_order(&self.pseudo_order, "http2.pseudoOrder", false)?;
        validate_order(&self.connect_pseudo_order, "http2.connectPseudoOrder", true)?;
        for frame in &self.priority_frames {
            check((1..=256).contains(&frame.weight), "http2.priorityFrames", "a weight must be 1 to 256")?;
            check(frame.stream != frame.depends_on, "http2.priorityFrames", "a stream cannot depend on itself")?;
        }
        self.validate_windows()?;
        self.hpack.validate()
    }

    fn validate_settings(&self) -> Result<(), InvalidPolicy> {
        const KEY: &str = "http2.settings";
        check(self.settings.len() <= 32, KEY, "has more than 32 entries")?;
        for &(id, value) in &self.settings {
            match id {
                1 => check(value <= 1_048_576, KEY, "HEADER_TABLE_SIZE (1) is above 1 MiB")?,
                2 => check(value <= 1, KEY, "ENABLE_PUSH (2) must be 0 or 1")?,
                4 => check(u64::from(value) <= MAX_STREAM_WINDOW, KEY, "INITIAL_WINDOW_SIZE (4) is above 64 MiB")?,
                5 => check((16_384..=MAX_FRAME).contains(&value), KEY, "MAX_FRAME_SIZE (5) is not 16 kB to 1 MiB")?,
                _ => {}
            }
        }
        Ok(())
    }

    fn validate_windows(&self) -> Result<(), InvalidPolicy> {
        let stream = u64::from(self.initial_stream_window()) + u64::from(self.stream_window_increment);
        check(stream <= MAX_STREAM_WINDOW, "http2.streamWindowIncrement", "makes a window above 64 MiB")?;
        let connection = u64::from(DEFAULT_WINDOW) + u64::from(self.connection_window_increment);
        check(connection <= MAX_CONNECTION_WINDOW, "http2.connectionWindowIncrement", "makes a window above 1 GiB")?;
        let flow = self.flow_control;
        check(
            flow.read_size.is_none_or(|size| size >= MIN_READ_SIZE),
            "http2.flowControl.readSize",
            "must be at least 1024: every piece is kept until it is read",
        )?;
        check(
            u64::from(flow.stream_update_above) < stream,
            "http2.flowControl.streamUpdateAbove",
            "must be below the stream window, or a download stalls",
        )?;
        check(
            u64::from(flow.connection_update_above) < connection,
            "http2.flowControl.connectionUpdateAbove",
            "must be below the connection window, or a download stalls",
        )
    }

    /// The last value of a setting that the first flight sends.
    #[must_use]
    pub fn setting(&self, id: u16) -> Option<u32> {
        self.settings.iter().rev().find(|setting| setting.0 == id).map(|setting| setting.1)
    }

    /// The idle stream that requests of `rank` depend on, where the policy has such streams.
    pub(super) fn parent_of_rank(&self, rank: u8) -> Option<u32> {
        if self.dependency != Dependency::PriorityFrameOfRank {
            return None;
        }
        self.priority_frames.get(usize::from(rank)).map(|frame| frame.stream)
    }

    /// Receive window of a new stream before `stream_window_increment`, in bytes.
    #[must_use]
    pub fn initial_stream_window(&self) -> u32 {
        self.setting(4).unwrap_or(DEFAULT_WINDOW)
    }

    /// Receive window of the connection after the first flight, in bytes.
    #[must_use]
    pub fn connection_window(&self) -> u32 {
        DEFAULT_WINDOW.saturating_add(self.connection_window_increment)
    }

    /// Largest frame the peer may send, in bytes.
    #[must_use]
    pub fn max_frame_size(&self) -> u32 {
        self.setting(5).unwrap_or(16_384)
    }
}

impl HpackPolicy {
    fn validate(&self) -> Result<(), InvalidPolicy> {
        check(self.max_table_size <= 1_048_576, "http2.hpack.maxTableSize", "is above 1 MiB")?;
        check(self.max_entry_divisor != Some(0), "http2.hpack.maxEntryDivisor", "must not be 0")?;
        check(self.rules.len() <= 64, "http2.hpack.rules", "has more than 64 entries")?;
        for rule in &self.rules {
            let name = rule.name.strip_prefix(':').unwrap_or(&rule.name);
            let lower =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
            check(lower, "http2.hpack.rules", "a name must be lower case and not empty")?;
        }
        Ok(())
    }
}

fn validate_order(order: &[Pseudo], key: &'static str, with_protocol: bool) -> Result<(), InvalidPolicy> {
    let all = [Pseudo::Method, Pseudo::Scheme, Pseudo::Authority, Pseudo::Path];
    let complete = all.iter().all(|pseudo| order.contains(pseudo));
    check(complete, key, "must name method, scheme, authority and path")?;
    check(
        order.contains(&Pseudo::Protocol) == with_protocol,
        key,
        "protocol belongs to extended CONNECT, and only there",
    )?;
    check(order.len() == all.len() + usize::from(with_protocol), key, "names a field twice")
}

fn check(holds: bool, key: &'static str, reason: &str) -> Result<(), InvalidPolicy> {
    if holds { Ok(()) } else { Err(InvalidPolicy { key, reason: reason.to_owned() }) }
}
