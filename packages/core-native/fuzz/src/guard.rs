//! Stands for the binding's module of this name, whose failures are napi's: the decoder of commands needs no more.

pub struct Failure;

pub fn failure(_code: &str, _detail: impl Into<String>) -> Failure {
    Failure
}
