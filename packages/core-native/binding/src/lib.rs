//! napi binding of the engine: converts, calls, converts back. If it branches on HTTP it is in the wrong crate.
#![deny(missing_docs)]
