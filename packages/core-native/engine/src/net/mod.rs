//! Names and sockets.

pub(crate) mod eyeballs;
pub(crate) mod private;
pub(crate) mod resolve;
pub(crate) mod tcp;
