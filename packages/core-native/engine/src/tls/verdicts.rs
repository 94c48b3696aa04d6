//! Chains that were judged before, so that a new session with the same server need not verify their signatures again.
//!
//! A verdict follows from the certificates, the trusted ones, the rules, the name, whether there is a staple, and the time. The
//! memory is that of one set of trusted certificates, its key is all the rest but the time, and what is found holds within the
//! validity of each certificate of the verified path. What a staple says is not part of it.

use std::ffi::c_int;

use boring::asn1::{Asn1Time, Asn1TimeRef};
use boring::x509::X509Ref;
use boring_sys as ffi;

use super::remembered::{Key, Remembered};

/// Verdicts kept for one set of trusted certificates: hosts that a process meets again. Each has some 60 bytes.
const VERDICTS_KEPT: usize = 1024;
/// How long it is not asked again what is wrong with a chain that is accepted nevertheless, in seconds. Time may change that.
const REFUSAL_KEPT: i64 = 60;

/// A verdict and when it holds: seconds since 1970, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Number of the library's; `X509_V_OK` for a good chain.
    pub(super) number: c_int,
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Verdict {
    /// A good one, as long as each certificate of the verified `path` is valid. `None`: that cannot be told.
    pub(super) fn good<'a>(path: impl Iterator<Item = &'a X509Ref>) -> Option<Self> {
        let mut verdict = Self { number: ffi::X509_V_OK, from: i64::MIN, until: i64::MAX };
        for certificate in path {
            let from = seconds(certificate.not_before())?;
            let until = seconds(certificate.not_after())?;
            verdict.from = verdict.from.max(from);
            verdict.until = verdict.until.min(until);
        }
        Some(verdict)
    }

    /// A bad one, for who accepts the chain all the same.
    pub(super) fn bad(number: c_int, now: i64) -> Self {
        Self { number, from: now, until: now.saturating_add(REFUSAL_KEPT) }
    }
}

/// Since 1970.
fn seconds(time: &Asn1TimeRef) -> Option<i64> {
    let since = Asn1Time::from_unix(0).ok()?.diff(time).ok()?;
    Some(i64::from(since.days) * 86_400 + i64::from(since.secs))
}

/// Verdicts for one set of trusted certificates.
pub(super) struct Verdicts(Remembered<Verdict>);

impl Default for Verdicts {
    fn default() -> Self {
        Self(Remembered::new(VERDICTS_KEPT))
    }
}

impl Verdicts {
    /// What was found out about `key`, if it holds at `now`.
    pub(super) fn find(&self, key: &Key, now: i64) -> Option<c_int> {
        let verdict = self.0.find(key)?;
        (verdict.from <= now && now <= verdict.until).then_some(verdict.number)
    }

    pub(super) fn keep(&self, key: Key, verdict: Verdict) {
        self.0.keep(key, verdict);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use boring::x509::{X509, X509Builder};

    use super::super::remembered::KeyMaker;
    use super::*;

    const GOOD: c_int = ffi::X509_V_OK;
    const BAD: c_int = ffi::X509_V_ERR_CERT_REJECTED;

    fn key(number: usize) -> Key {
        let mut maker = KeyMaker::default();
        maker.field(&number.to_be_bytes());
        maker.finish()
    }

    fn valid(from: i64, until: i64) -> X509 {
        let mut builder = X509Builder::new().unwrap();
        builder.set_not_before(&Asn1Time::from_unix(from).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(until).unwrap()).unwrap();
        builder.build()
    }

    #[test]
    fn a_good_verdict_holds_while_all_of_the_path_is_valid() {
        let path = [valid(1_000, 5_000), valid(2_000, 9_000), valid(500, 4_000)];
        let verdicts = Verdicts::default();
        verdicts.keep(key(1), Verdict::good(path.iter().map(|certificate| &**certificate)).unwrap());
        for (now, found) in [(1_999, None), (2_000, Some(GOOD)), (4_000, Some(GOOD)), (4_001, None), (i64::MAX, None)] {
            assert_eq!(verdicts.find(&key(1), now), found, "{now}");
        }
        assert_eq!(verdicts.find(&key(2), 3_000), None);
    }

    #[test]
    fn a_bad_verdict_holds_for_a_minute_and_a_newer_one_takes_its_place() {
        let verdicts = Verdicts::default();
        verdicts.keep(key(1), Verdict::bad(BAD, 1_000));
        for (now, found) in [(999, None), (1_000, Some(BAD)), (1_060, Some(BAD)), (1_061, None)] {
            assert_eq!(verdicts.find(&key(1), now), found, "{now}");
        }
        verdicts.keep(key(1), Verdict { number: GOOD, from: 0, until: 2_000 });
        assert_eq!(verdicts.find(&key(1), 1_061), Some(GOOD));
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let verdicts = Verdicts::default();
        for number in 0..VERDICTS_KEPT + 10 {
            verdicts.keep(key(number), Verdict { number: GOOD, from: 0, until: 1 });
            verdicts.keep(key(number), Verdict { number: GOOD, from: 0, until: 1 });
        }
        assert_eq!(verdicts.find(&key(9), 0), None);
        assert_eq!(verdicts.find(&key(10), 0), Some(GOOD));
        assert_eq!(verdicts.0.sizes(), (VERDICTS_KEPT, VERDICTS_KEPT));
    }
}
