//! One TLS connection, sans-I/O.

use std::sync::Arc;

use boring::error::ErrorStack;
use boring::ssl::{Error as SslError, ErrorCode, SslStream};
use boring_sys as ffi;
use bytes::BytesMut;

use super::chain;
use super::choice;
use super::context::{AlpnPolicy, Attempt, TlsContext, notes_index};
use super::ech::{self, EchOutcome};
use super::error::{TlsError, codes, node_code_of, reason_of};
use super::memory::Memory;
use super::names::Reference;
use super::server_name::{ServerName, set_server_name};
use super::staple;
use super::ticket::Ticket;
use super::verify;

/// Most early data sent in one connection, in bytes; what does not fit waits for the handshake. A first flight with one
/// request has about 1 kB.
const MAX_EARLY_DATA: usize = 14 * 1024;

/// State of the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Send the output, then feed what the peer answers.
    NeedsInput,
    /// As `NeedsInput`, but `write` already works: the bytes travel as early data. Only a request that may be repeated
    /// belongs there (RFC 8446 section 8). If the peer rejects them they are sent again without the caller's help, unless
    /// it chose another protocol than `early_protocol`: then they are forgotten.
    EarlyData,
    /// Ready for data. The last flight may still be in the output.
    Done,
}

/// What `read` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// This many bytes, at least one.
    Data(usize),
    /// Nothing before more input is fed.
    NeedsInput,
    /// The peer closed properly.
    CloseNotify,
    /// The input ended without close_notify: the peer or somebody in between cut the connection.
    Truncated,
}

/// What became of early data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EarlyData {
    /// Not offered, or nothing was written.
    #[default]
    No,
    /// Offered, no answer yet.
    Pending,
    /// The peer took what was written.
    Accepted,
    /// The peer refused it; everything was sent again.
    Rejected,
}

/// Facts about an established connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// `TLSv1.2`, `TLSv1.3`.
    pub version: &'static str,
    /// Name of the cipher suite in the registry, for instance `TLS_AES_128_GCM_SHA256`.
    pub cipher: String,
    /// Key exchange group, for instance `X25519MLKEM768`; `None` for RSA key exchange.
    pub group: Option<&'static str>,
    /// Protocol the server picked.
    pub alpn: Option<Vec<u8>>,
    /// Whether a ticket was used.
    pub resumed: bool,
    /// Whether the certificate is valid for the host, no matter if it had to be.
    pub verified: bool,
    /// Node's name of what is wrong with the certificate.
    pub verify_error: Option<&'static str>,
    /// What became of early data.
    pub early_data: EarlyData,
    /// What became of the name of the host.
    pub ech: EchOutcome,
}

/// A client connection.
pub struct TlsSession {
    context: Arc<TlsContext>,
    stream: SslStream<Memory>,
    done: bool,
    early_data: EarlyData,
    /// Something was written as early data.
    early_tried: bool,
    /// Protocol that early data speaks: what the ticket's connection had negotiated.
    early_protocol: Option<Vec<u8>>,
    /// Written as early data, for the case that it is rejected; one entry per `write`.
    early_sent: Vec<Vec<u8>>,
    /// Written during the handshake, not sendable as early data any more.
    deferred: Vec<Vec<u8>>,
    /// The server has refused Encrypted ClientHello, and is whom the configuration names.
    ech_rejected: bool,
}

impl std::fmt::Debug for TlsSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsSession")
            .field("done", &self.done)
            .field("early_data", &self.early_data)
            .finish_non_exhaustive()
    }
}

impl TlsSession {
    /// Starts a connection to `server_name`: a host name, or an IP address (brackets allowed), for which no SNI is sent and
    /// whose certificate must list the address. Nothing is written before `handshake`.
    ///
    /// # Errors
    ///
    /// `ERR_TLS_CONFIG`: the name cannot be a server name. `ERR_TLS_ECH_CONFIG`: the ECHConfigList cannot be read.
    pub fn new(
        context: &Arc<TlsContext>,
        server_name: &str,
        alpn: AlpnPolicy,
        ticket: Option<Ticket>,
    ) -> Result<Self, TlsError> {
        Self::for_attempt(context, server_name, alpn, Attempt::First, ticket)
    }

    /// The same for a connection that is opened to repeat a request, whose hello the profile may want otherwise.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn for_attempt<'a>(
        context: &Arc<TlsContext>,
        server_name: impl Into<ServerName<'a>>,
        alpn: AlpnPolicy,
        attempt: Attempt,
        ticket: Option<Ticket>,
    ) -> Result<Self, TlsError> {
        let mut ssl = context.new_ssl(alpn, attempt)?;
        let server_name = server_name.into();
        if set_server_name(&mut ssl, server_name)?
            && let Some(list) = server_name.ech
        {
            ech::offer(&mut ssl, list, &context.options().policy)?;
        }
        if let Some(ticket) = &ticket {
            // SAFETY: boring wants the session to come from the same context. BoringSSL checks what matters at the time of
            // use (`ssl_session_is_context_valid`: session id context, which we never set) and copies nothing else from it.
            unsafe { ssl.set_session(&ticket.session) }
                .map_err(|stack| TlsError::config_step("the ticket was refused", &stack))?;
        }
        let stream = SslStream::new(ssl, Memory::default())
            .map_err(|stack| TlsError::config_step("cannot create a connection", &stack))?;
        // SAFETY: the connection is alive and has not started.
        unsafe {
            let raw = foreign_types_shared::ForeignTypeRef::as_ptr(stream.ssl());
            ffi::SSL_set_connect_state(raw);
            // A write that had to wait is repeated from our own copy.
            ffi::SSL_set_mode(raw, u32::try_from(ffi::SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER).unwrap_or_default());
            // What only the handshake needs goes with it.
            ffi::SSL_set_shed_handshake_config(raw, 1);
        }
        Ok(Self {
            context: Arc::clone(context),
            stream,
            done: false,
            early_data: EarlyData::No,
            early_tried: false,
            early_protocol: None,
            early_sent: Vec::new(),
            deferred: Vec::new(),
            ech_rejected: false,
        })
    }

    /// Drives the handshake as far as the input goes. Harmless when it is done.
    ///
    /// # Errors
    ///
    /// `ERR_TLS_CERT_*`, `ERR_TLS_HANDSHAKE`, `ERR_TLS_CLOSED`. Send the output even then: it has the alert.
    pub fn handshake(&mut self) -> Result<Progress, TlsError> {
        if self.done {
            return Ok(Progress::Done);
        }
        loop {
            match self.stream.do_handshake() {
                Ok(()) if self.is_in_early_data() => {
                    // The library returns early once and goes on reading when it is called again.
                    if self.early_data == EarlyData::Pending {
                        continue;
                    }
                    self.early_data = EarlyData::Pending;
                    self.early_protocol = self.stream.ssl().selected_alpn_protocol().map(<[u8]>::to_vec);
                    return Ok(Progress::EarlyData);
                }
                Ok(()) => return self.complete(),
                Err(error) if error.code().as_raw() == ffi::SSL_ERROR_EARLY_DATA_REJECTED => {
                    self.early_data = EarlyData::Rejected;
                    // SAFETY: the connection is alive and in exactly the state this function is for.
                    unsafe { ffi::SSL_reset_early_data_reject(self.raw()) };
                }
                Err(error) if error.code() == ErrorCode::WANT_READ => {
                    let early = self.early_data == EarlyData::Pending;
                    return Ok(if early { Progress::EarlyData } else { Progress::NeedsInput });
                }
                Err(error) => return Err(self.handshake_error(&error)),
            }
        }
    }

    /// Protocol that early data has to speak: the one of the connection that gave the ticket. `None` before
    /// `Progress::EarlyData`, or if that connection had none.
    pub fn early_protocol(&self) -> Option<&[u8]> {
        self.early_protocol.as_deref()
    }

    /// Takes received bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        let space = self.stream.get_mut().input_space(bytes.len());
        if let Some(space) = space.get_mut(..bytes.len()) {
            space.copy_from_slice(bytes);
        }
        self.stream.get_mut().input_filled(bytes.len());
    }

    /// Space of at least `minimum` bytes to receive into, which saves the copy of `feed`. Call `input_filled` next.
    pub fn input_space(&mut self, minimum: usize) -> &mut [u8] {
        self.stream.get_mut().input_space(minimum)
    }

    /// Says how much of `input_space` was filled.
    pub fn input_filled(&mut self, count: usize) {
        self.stream.get_mut().input_filled(count);
    }

    /// Gives the space of `input_space` back if nothing received waits in it. For when nothing more is to be read now.
    pub fn lend_input(&mut self) {
        self.stream.get_mut().lend_input();
    }

    /// The peer sends nothing more (EOF of the socket).
    pub fn feed_end(&mut self) {
        self.stream.get_mut().end_input();
    }

    /// Received bytes not decrypted yet. Stop receiving while there are many.
    pub fn pending_input(&self) -> usize {
        self.stream.get_ref().pending_input()
    }

    /// Bytes to send.
    pub fn output(&self) -> &[u8] {
        self.stream.get_ref().output()
    }

    /// Says how much of `output` was sent.
    pub fn consume_output(&mut self, count: usize) {
        self.stream.get_mut().consume_output(count);
    }

    /// Takes all bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.stream.get_mut().take_output()
    }

    /// Decrypts into `buffer`, as many records as fit and were received. Use a buffer of 16 kB or more; one of 64 kB takes
    /// four records at a time.
    ///
    /// # Errors
    ///
    /// `ERR_TLS_PROTOCOL`. Data before the fault is delivered first.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<ReadOutcome, TlsError> {
        let mut total = 0;
        while let Some(space) = buffer.get_mut(total..).filter(|space| !space.is_empty()) {
            match self.stream.ssl_read(space) {
                Ok(count) => total += count,
                // The library remembers a fault or an end and reports it again.
                Err(_) if total > 0 => break,
                Err(error) => return self.read_end(&error),
            }
        }
        Ok(if total == 0 { ReadOutcome::NeedsInput } else { ReadOutcome::Data(total) })
    }

    /// As `read`, behind what is in `buffer` and up to its capacity.
    pub(crate) fn read_into(&mut self, buffer: &mut BytesMut) -> Result<ReadOutcome, TlsError> {
        let before = buffer.len();
        loop {
            let space = buffer.spare_capacity_mut();
            if space.is_empty() {
                break;
            }
            match self.stream.ssl_read_uninit(space) {
                // SAFETY: the library has written so many bytes to the space, which begins behind the others.
                Ok(count) => unsafe { buffer.set_len(buffer.len() + count) },
                Err(_) if buffer.len() > before => break,
                Err(error) => return self.read_end(&error),
            }
        }
        let total = buffer.len() - before;
        Ok(if total == 0 { ReadOutcome::NeedsInput } else { ReadOutcome::Data(total) })
    }

    /// Encrypts `bytes` into the output: one record if they are at most 16384 (or the peer's record_size_limit), else as
    /// many as needed. Empty input writes nothing.
    ///
    /// # Errors
    ///
    /// `ERR_TLS_PROTOCOL`: before the handshake, after `close_notify`, or after a fatal alert.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), TlsError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.done {
            return self.write_early(bytes);
        }
        self.stream.ssl_write(bytes).map(drop).map_err(|error| self.protocol_error(&error))
    }

    /// Says goodbye: queues close_notify. Harmless when repeated.
    pub fn close_notify(&mut self) {
        if self.done {
            // Nothing can be done about a failure; the socket is closed next.
            let _ = self.stream.shutdown();
        }
    }

    /// Frees buffers while the connection idles.
    pub fn release_buffers(&mut self) {
        self.stream.get_mut().release();
    }

    /// Tickets received since the last call. They come with or after the handshake, so look after reads, too.
    pub fn take_tickets(&mut self) -> Vec<Ticket> {
        let Ok(index) = notes_index() else {
            return Vec::new();
        };
        let sessions = self.stream.ssl_mut().ex_data_mut(index).map(|notes| std::mem::take(&mut notes.sessions));
        let policy = &self.context.options().policy.resumption;
        sessions.unwrap_or_default().into_iter().filter_map(|session| Ticket::from_session(session, policy)).collect()
    }

    /// Facts about the connection; final when the handshake is done.
    pub fn info(&self) -> TlsInfo {
        let ssl = self.stream.ssl();
        let verdict = self.verdict();
        TlsInfo {
            version: ssl.version_str(),
            cipher: ssl
                .current_cipher()
                .and_then(|cipher| cipher.standard_name())
                .map(str::to_owned)
                .unwrap_or_default(),
            group: ssl.curve_name(),
            alpn: ssl.selected_alpn_protocol().map(<[u8]>::to_vec),
            resumed: ssl.session_reused(),
            verified: verdict.is_ok(),
            verify_error: verdict.err().and_then(|error| error.node_code),
            early_data: self.early_data,
            ech: ech::outcome(ssl, &self.context.options().policy),
        }
    }

    /// After `ERR_TLS_ECH_REJECTED`: the configurations that the server gave instead, for one more connection. Empty: it
    /// has none, so the name has to be shown. `None`: nobody has refused who may.
    pub fn ech_retry_configs(&self) -> Option<Vec<u8>> {
        let configs = || self.stream.ssl().get_ech_retry_configs().unwrap_or_default().to_vec();
        self.ech_rejected.then(configs)
    }

    /// What the peer has shown, in DER, its own first; behind what it sent stand the trusted certificates that lead to a
    /// root. On a resumed session what it had shown before.
    pub fn peer_certificates(&self) -> Vec<Vec<u8>> {
        chain::of_peer(self.stream.ssl())
    }

    /// Whether the peer's certificate was verified and names `host` as well.
    pub fn is_valid_for(&self, host: &str) -> bool {
        self.done
            && self.verdict().is_ok()
            && self.stream.ssl().peer_certificate().is_some_and(|certificate| {
                Reference::of(host).is_named_by(&certificate, &self.context.options().policy.certificates)
            })
    }

    fn raw(&self) -> *mut ffi::SSL {
        foreign_types_shared::ForeignTypeRef::as_ptr(self.stream.ssl())
    }

    fn is_in_early_data(&self) -> bool {
        // SAFETY: reads the state of a live connection.
        unsafe { ffi::SSL_in_early_data(self.raw()) == 1 }
    }

    /// The handshake is over: judges the staple, settles early data.
    fn complete(&mut self) -> Result<Progress, TlsError> {
        if !self.context.options().trust.insecure {
            self.verdict()?;
        }
        self.done = true;
        if self.early_data == EarlyData::Pending {
            // An offer that stayed empty is nothing worth telling.
            self.early_data = if self.early_tried { EarlyData::Accepted } else { EarlyData::No };
        }
        let mut again = std::mem::take(&mut self.early_sent);
        if self.early_data != EarlyData::Rejected {
            again.clear();
        }
        again.append(&mut self.deferred);
        if self.early_protocol.as_deref() != self.stream.ssl().selected_alpn_protocol() {
            again.clear();
        }
        for bytes in again {
            self.write(&bytes)?;
        }
        Ok(Progress::Done)
    }

    fn write_early(&mut self, bytes: &[u8]) -> Result<(), TlsError> {
        if self.early_data != EarlyData::Pending {
            return Err(TlsError::new(codes::PROTOCOL, "write before the handshake was done"));
        }
        let sent: usize = self.early_sent.iter().map(Vec::len).sum();
        if !self.deferred.is_empty() || sent.saturating_add(bytes.len()) > MAX_EARLY_DATA {
            self.deferred.push(bytes.to_vec());
            return Ok(());
        }
        self.early_tried = true;
        match self.stream.ssl_write(bytes) {
            Ok(_) => self.early_sent.push(bytes.to_vec()),
            // The ticket's limit was hit, or the answer is here: `complete` repeats the call with the same bytes.
            Err(error) if is_waiting(&error) => self.deferred.push(bytes.to_vec()),
            Err(error) => return Err(self.protocol_error(&error)),
        }
        Ok(())
    }

    /// Chain, host and staple, whether or not they have to be right.
    fn verdict(&self) -> Result<(), TlsError> {
        let ssl = self.stream.ssl();
        if let Err(error) = ssl.verify_result() {
            let is_authority = || ssl.peer_certificate().is_some_and(|own| verify::is_authority(&own));
            let text = match error.as_raw() {
                ffi::X509_V_ERR_INVALID_CA if is_authority() => "a CA certificate is used as the server's own",
                _ => error.error_string(),
            };
            return Err(TlsError::verification(error.as_raw(), text));
        }
        let Some(response) = ssl.ocsp_status() else {
            return Ok(());
        };
        let serial = ssl
            .peer_certificate()
            .and_then(|certificate| certificate.serial_number().to_bn().ok())
            .map(|number| number.to_vec());
        match serial {
            Some(serial) if staple::says_revoked(response, &serial) => Err(TlsError::revoked()),
            _ => Ok(()),
        }
    }

    fn read_end(&mut self, error: &SslError) -> Result<ReadOutcome, TlsError> {
        match error.code() {
            ErrorCode::WANT_READ => Ok(ReadOutcome::NeedsInput),
            ErrorCode::ZERO_RETURN => Ok(ReadOutcome::CloseNotify),
            ErrorCode::SYSCALL if self.stream.get_ref().has_ended() => Ok(ReadOutcome::Truncated),
            _ => Err(self.protocol_error(error)),
        }
    }

    fn alert(&self) -> Option<(u8, bool)> {
        self.stream.ssl().ex_data(notes_index().ok()?)?.alert
    }

    fn protocol_error(&self, error: &SslError) -> TlsError {
        let reason = error.ssl_error().map_or_else(|| "the connection is closed".to_owned(), reason_of);
        TlsError::new(codes::PROTOCOL, reason).with_alert(self.alert())
    }

    fn handshake_error(&mut self, error: &SslError) -> TlsError {
        let Some(stack) = error.ssl_error().filter(|stack| !stack.errors().is_empty()) else {
            let closed = TlsError::new(codes::CLOSED, "the peer closed the connection during the TLS handshake");
            return TlsError { node_code: Some("ECONNRESET"), ..closed };
        };
        if has_reason(stack, "CERTIFICATE_VERIFY_FAILED")
            && let Err(verdict) = self.verdict()
        {
            let verdict =
                if ech::public_name(self.stream.ssl()).is_some() { verdict.of_public_name() } else { verdict };
            return verdict.with_alert(self.alert());
        }
        if has_reason(stack, "ECH_REJECTED") {
            let rejected = TlsError::new(codes::ECH_REJECTED, "the server refused Encrypted ClientHello");
            // The library has judged the chain, but not the staple.
            let verdict = if self.context.options().trust.insecure { Ok(()) } else { self.verdict() };
            self.ech_rejected = verdict.is_ok();
            return verdict.err().map_or(rejected, TlsError::of_public_name).with_alert(self.alert());
        }
        if let Some(error) = choice::unsupported(stack, &self.context.options().policy) {
            return error.with_alert(self.alert());
        }
        let failed = TlsError::new(codes::HANDSHAKE, format!("TLS handshake failed: {}", reason_of(stack)));
        TlsError { node_code: node_code_of(stack), ..failed }.with_alert(self.alert())
    }
}

fn has_reason(stack: &ErrorStack, reason: &str) -> bool {
    stack.errors().iter().any(|error| error.reason() == Some(reason))
}

fn is_waiting(error: &SslError) -> bool {
    matches!(error.code(), ErrorCode::WANT_READ | ErrorCode::WANT_WRITE)
        || error.code().as_raw() == ffi::SSL_ERROR_EARLY_DATA_REJECTED
}
