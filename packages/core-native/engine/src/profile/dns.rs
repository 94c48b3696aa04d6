//! What a browser asks name servers, and how long it waits for what they say.

use std::time::Duration;

use serde::Deserialize;
use wiretwin_wire::dns::PADDING_BLOCK;

use super::ProfileError;

/// DNS part. A profile without one asks for addresses and nothing else.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DnsPolicy {
    /// HTTPS records (RFC 9460); `null`: not asked for.
    #[serde(default)]
    pub records: Option<RecordPolicy>,
    /// IPv6 addresses are asked for without a route to any, too.
    #[serde(default)]
    pub always_asks_ipv6: bool,
    /// How a name server is asked over https; `null`: the browser does not.
    #[serde(default)]
    pub over_https: Option<OverHttpsPolicy>,
}

/// What becomes of HTTPS records.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordPolicy {
    /// With name servers that are asked in plain.
    pub plain: RecordUse,
    /// With one that is asked over https.
    pub over_https: RecordUse,
    /// A connection goes to the record's port; else a record with another port than the URL's says nothing.
    pub follows_port: bool,
}

/// How long is waited, and for what.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordUse {
    /// How long a connection that has addresses waits for records.
    pub wait: Patience,
    /// What a record makes of an http URL.
    pub upgrades: Upgrades,
}

/// How long a connection that has addresses waits for records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "mode", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Patience {
    /// Not at all; what comes later is for the next connection.
    None,
    /// Until there is an answer, or none will come.
    Answer,
    /// A part of the time that the addresses took, within limits; then the question is given up.
    Share {
        /// Of the time that the addresses took.
        percent: u32,
        /// Milliseconds.
        #[serde(rename = "minMs")]
        min_ms: u32,
        /// Milliseconds.
        #[serde(rename = "maxMs")]
        max_ms: u32,
    },
}

impl Patience {
    /// How long is waited behind addresses that took so long; `None`: without end.
    pub(crate) fn after(self, took: Duration) -> Option<Duration> {
        match self {
            Self::None => Some(Duration::ZERO),
            Self::Answer => None,
            Self::Share { percent, min_ms, max_ms } => {
                let [min, max] = [min_ms, max_ms].map(|limit| Duration::from_millis(limit.into()));
                Some((took.saturating_mul(percent) / 100).max(min).min(max))
            }
        }
    }
}

/// Which records make an http URL an https one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upgrades {
    /// None.
    Never,
    /// One that names a service.
    Service,
    /// One that names a service, or another name.
    Any,
}

/// Requests to a name server over https (RFC 8484).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OverHttpsPolicy {
    /// With POST in the body, else with GET in the query.
    pub post: bool,
    /// Fields in order; the value of `content-length` is filled in.
    pub fields: Vec<(String, String)>,
    /// Urgency in HEADERS, if the browser says any.
    #[serde(default)]
    pub priority: Option<HeadersPriority>,
    /// Bytes of an answer over UDP that OPT says are taken.
    pub payload_size: u16,
    /// Options of OPT in front of padding: number, value in hexadecimal digits.
    #[serde(default)]
    pub options: Vec<(u16, String)>,
}

/// As [`crate::RequestPriority`].
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadersPriority {
    /// 1 to 256.
    pub weight: u16,
    /// Exclusive flag.
    pub exclusive: bool,
    /// Lower is more urgent.
    pub rank: u8,
}

/// Fields of a request to a name server; browsers have up to eight.
const FIELDS_MAX: usize = 32;
/// Options of OPT; browsers have one.
const OPTIONS_MAX: usize = 8;
/// Bytes of one, so that question and padding stay small.
const OPTION_MAX: usize = 64;

impl OverHttpsPolicy {
    /// [`Self::options`] as bytes.
    pub(crate) fn edns_options(&self) -> Vec<(u16, Vec<u8>)> {
        self.options.iter().filter_map(|(number, text)| Some((*number, unhex(text)?))).collect()
    }

    /// What queries are padded to.
    pub(crate) fn padding() -> u16 {
        PADDING_BLOCK
    }
}

impl DnsPolicy {
    pub(super) fn validate(&self) -> Result<(), ProfileError> {
        if let Some(records) = &self.records {
            for (name, one) in [("plain", records.plain), ("overHttps", records.over_https)] {
                if let Patience::Share { percent, min_ms, max_ms } = one.wait
                    && (percent > 100 || min_ms > max_ms || max_ms > 10_000)
                {
                    let reason = "percent up to 100, minMs up to maxMs, maxMs up to 10000";
                    return Err(ProfileError::new(format!("dns.records.{name}.wait"), reason));
                }
            }
        }
        let Some(over_https) = &self.over_https else { return Ok(()) };
        let is_field = |(name, value): &(String, String)| {
            let is_token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !name.is_empty() && name.bytes().all(is_token) && value.bytes().all(|byte| (0x20..0x7f).contains(&byte))
        };
        if over_https.fields.len() > FIELDS_MAX || !over_https.fields.iter().all(is_field) {
            return Err(ProfileError::new("dns.overHttps.fields", "pairs of a lower case name and a value"));
        }
        let is_option = |(_, text): &(u16, String)| text.len() <= 2 * OPTION_MAX && unhex(text).is_some();
        if over_https.options.len() > OPTIONS_MAX || !over_https.options.iter().all(is_option) {
            return Err(ProfileError::new("dns.overHttps.options", "pairs of a number and hexadecimal digits"));
        }
        if over_https.priority.is_some_and(|priority| !(1..=256).contains(&priority.weight)) {
            return Err(ProfileError::new("dns.overHttps.priority.weight", "1 to 256"));
        }
        Ok(())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_is_a_part_of_what_addresses_took() {
        let share = Patience::Share { percent: 20, min_ms: 5, max_ms: 50 };
        let after = |milliseconds| share.after(Duration::from_millis(milliseconds)).expect("a time").as_millis();
        assert_eq!([0, 24, 100, 250, 10_000].map(after), [5, 5, 20, 50, 50]);
        assert_eq!(Patience::None.after(Duration::from_secs(1)), Some(Duration::ZERO));
        assert_eq!(Patience::Answer.after(Duration::from_secs(1)), None);
    }

    #[test]
    fn hexadecimal_digits_are_pairs() {
        assert_eq!(unhex("00ff1A"), Some(vec![0, 255, 26]));
        assert!(unhex("0").is_none() && unhex("0g").is_none() && unhex("+1").is_none());
    }
}
