//! Keeps panics out of Node and gives failures their code.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wiretwin_engine::error::codes;

/// A failure on its way to JavaScript: `status` becomes `error.code`, `reason` the detail.
pub type Failure = napi::Error<String>;

/// Runs the body of a native entry; a panic becomes `ERR_INTERNAL`. The state that the entries share is kept in cells
/// that are never left half-written, so going on after a panic is sound.
pub fn guard<R>(entry: &'static str, body: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    let result = catch_unwind(AssertUnwindSafe(|| {
        crate::guard::fault(entry);
        body()
    }));
    result.unwrap_or_else(|_| Err(failure(codes::INTERNAL, format!("panic in {entry}"))))
}

/// A failure with a code of ours.
pub fn failure(code: &str, detail: impl Into<String>) -> Failure {
    napi::Error::new(code.to_owned(), detail.into())
}

/// A napi call that failed.
pub fn napi_failure(error: &napi::Error) -> Failure {
    failure(codes::INTERNAL, error.reason.clone())
}

/// A system call that failed.
pub fn io_failure(error: &std::io::Error) -> Failure {
    failure(codes::INTERNAL, error.to_string())
}

/// Result of a raw napi call.
pub fn check(status: napi::sys::napi_status, what: &'static str) -> Result<(), Failure> {
    if status == napi::sys::Status::napi_ok {
        Ok(())
    } else {
        Err(failure(codes::INTERNAL, format!("{what}: napi status {status}")))
    }
}

#[cfg(feature = "panic-injection")]
static ARMED: std::sync::Mutex<Option<String>> = std::sync::Mutex::new(None);

/// Makes the next pass through `place` panic, once.
#[cfg(feature = "panic-injection")]
pub fn arm(place: String) {
    *ARMED.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(place);
}

/// A place that a test can make panic. Nothing without the feature `panic-injection`.
#[cfg(feature = "panic-injection")]
#[allow(clippy::panic)]
pub fn fault(place: &'static str) {
    let hit = ARMED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take_if(|armed| armed == place).is_some();
    if hit {
        panic!("injected by a test");
    }
}

/// A place that a test can make panic. Nothing without the feature `panic-injection`.
#[cfg(not(feature = "panic-injection"))]
#[inline]
pub fn fault(_place: &'static str) {}
