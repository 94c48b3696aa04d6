//! Numbers shared with `src/native-binding.ts`.

/// Increased with every incompatible change of the packed layouts.
pub const VERSION: u32 = 12;

/// Length that says "the bytes are in a separate buffer".
pub const SEPARATE: u32 = u32::MAX;

/// Dispatch length that says "a panic lost events of this port".
pub const EVENTS_LOST: u32 = u32::MAX;

/// Body bytes up to which a piece rides inside the packed events; longer ones cross as a buffer of their own.
pub const INLINE_MAX: usize = 16 * 1024;

/// Length of a body above which JavaScript gets the memory itself. Only bodies wanted whole are so long; pieces of a
/// stream are copied, because V8 frees memory of its own sooner.
pub const ADOPT_ABOVE: usize = 256 * 1024;

/// Bytes asked for as soon as a head without its whole body has arrived, so that a small late body costs no crossing.
pub const PREFETCH: usize = 64 * 1024;

/// Events collected while the I/O thread stays busy above which JavaScript is woken without waiting for a pause.
pub const WAKE_AT_EVENTS: usize = 256;

/// What one transport weighs for the garbage collector: an open TLS connection with its buffers. Makes a program that
/// forgets `close()` collect (and so close) its transports after some hundreds instead of when memory runs out.
pub const TRANSPORT_WEIGHT: i64 = 128 * 1024;

/// Commands, JavaScript to native.
pub mod command {
    pub const START: u8 = 1;
    pub const READ: u8 = 2;
    pub const WRITE: u8 = 3;
    pub const END: u8 = 4;
    pub const ABORT: u8 = 5;
    pub const DISCARD: u8 = 6;
    pub const CLOSE_TRANSPORT: u8 = 7;
    pub const READ_WHOLE: u8 = 8;
    pub const CONFIRM: u8 = 9;
    pub const DICTIONARY: u8 = 10;
    pub const FORGET_DICTIONARY: u8 = 11;
}

/// Flags of the command `START`.
pub mod flag {
    pub const HTTPS: u32 = 1;
    pub const DECOMPRESS: u32 = 2;
    pub const NEW_CONNECTION: u32 = 4;
    pub const PHASES: u32 = 8;
    pub const UPGRADE: u32 = 16;
    pub const REPLAY: u32 = 32;
    pub const PRIORITY: u32 = 64;
    pub const TIMEOUTS: u32 = 128;
    pub const CONTENT_LENGTH: u32 = 256;
    pub const MAX_RESPONSE_BYTES: u32 = 512;
    pub const ANONYMOUS: u32 = 1024;
    pub const HOLD: u32 = 2048;
    pub const WEB_SOCKET: u32 = 4096;
    pub const STORABLE: u32 = 8192;
    pub const UPGRADABLE: u32 = 65536;
    pub const UNDROPPED: u32 = 131_072;
    pub const REPEATABLE: u32 = 262_144;
    pub const INFORMATIONAL: u32 = 16384;
    pub const DICTIONARY: u32 = 32768;
}

/// Kinds of request body.
pub mod body_kind {
    pub const NONE: u8 = 0;
    pub const BYTES: u8 = 1;
    pub const STREAM: u8 = 2;
}

/// Events, native to JavaScript.
pub mod event {
    pub const HEAD: u8 = 1;
    pub const DATA: u8 = 2;
    pub const END: u8 = 3;
    pub const FAILED: u8 = 4;
    pub const INFORMATIONAL: u8 = 5;
    pub const PHASE: u8 = 6;
    pub const WRITABLE: u8 = 7;
    pub const CLOSED: u8 = 8;
    pub const FILLED: u8 = 9;
}

/// Flags of the event `HEAD`.
pub mod head_flag {
    pub const REUSED: u8 = 1;
    pub const ENDED: u8 = 2;
    pub const APART: u8 = 4;
}
