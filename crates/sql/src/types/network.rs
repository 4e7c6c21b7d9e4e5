//! `inet`, `cidr` and `macaddr`, kept as PostgreSQL prints them.

use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

use underpin_base::{Code, Error, Result, Value};

use super::Type;
use super::errors::invalid;

/// Reads a value of `inet`, `cidr` or `macaddr`.
pub(super) fn input(ty: &Type, text: &str) -> Result<Value> {
    match ty {
        Type::MacAddr => hardware(text).ok_or_else(|| invalid("macaddr", text)),
        Type::Cidr => {
            let network = Network::parse(text, true).ok_or_else(|| invalid("cidr", text))?;
            if network.has_host_bits() {
                return Err(Error::new(
                    Code::INVALID_TEXT,
                    format!("invalid cidr value: \"{text}\""),
                )
                .details("Value has bits set to right of mask."));
            }
            Ok(Value::text(network.print(true)))
        }
        _ => {
            let network = Network::parse(text, false).ok_or_else(|| invalid("inet", text))?;
            Ok(Value::text(network.print(false)))
        }
    }
}

/// Compares two canonical texts of `inet` or `cidr`.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    match (Network::parse(left, false), Network::parse(right, false)) {
        (Some(left), Some(right)) => left.compare(right),
        (None, None) => left.cmp(right),
        // What is no address comes last, so that the order is total.
        (left, right) => left.is_none().cmp(&right.is_none()),
    }
}

/// Tells whether the network of `inner` lies within that of `outer`, or is the same when `equal`.
pub fn is_within(inner: &str, outer: &str, equal: bool) -> bool {
    let (Some(inner), Some(outer)) = (Network::parse(inner, false), Network::parse(outer, false))
    else {
        return false;
    };
    let cut = Network {
        prefix: outer.prefix,
        ..inner
    };
    inner.version_6 == outer.version_6
        && (inner.prefix > outer.prefix || equal && inner.prefix == outer.prefix)
        && cut.masked() == outer.masked()
}

/// Returns an `inet` as a `cidr`: the bits right of the prefix are cleared.
pub(super) fn to_cidr(inet: &str) -> String {
    match Network::parse(inet, false) {
        Some(network) => network.masked().print(true),
        None => inet.to_owned(),
    }
}

/// Returns an `inet` or `cidr` as a cast to text gives it: always with its prefix.
pub(super) fn with_prefix(canonical: &str) -> String {
    match Network::parse(canonical, false) {
        Some(network) => network.print(true),
        None => canonical.to_owned(),
    }
}

/// An address and the length of its network's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    /// The address's bits, those of version 4 in the low 32.
    bits: u128,
    prefix: u32,
    version_6: bool,
}

impl Network {
    /// Reads an address; `cidr` allows octets to be left out at the end.
    fn parse(text: &str, cidr: bool) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix_length(prefix)?)),
            None => (text, None),
        };
        let (bits, width, given) = if address.contains(':') {
            (u128::from(address.parse::<Ipv6Addr>().ok()?), 128, 128)
        } else {
            let (address, octets) = version_4(address, cidr || prefix.is_some())?;
            if !cidr && octets < 4 && prefix.is_none_or(|it| it > octets * 8) {
                return None;
            }
            (u128::from(u32::from(address)), 32, octets * 8)
        };
        let class = if cidr && width == 32 {
            class_prefix(bits, given)
        } else {
            width
        };
        let prefix = prefix.unwrap_or(class);
        (prefix <= width).then_some(Self {
            bits,
            prefix,
            version_6: width == 128,
        })
    }

    fn width(self) -> u32 {
        if self.version_6 { 128 } else { 32 }
    }

    fn has_host_bits(self) -> bool {
        self != self.masked()
    }

    /// Returns the network: the address with the bits right of the prefix cleared.
    fn masked(self) -> Self {
        let host = self.width() - self.prefix;
        let mask = 1u128.checked_shl(host).map_or(u128::MAX, |bit| bit - 1);
        Self {
            bits: self.bits & !mask,
            ..self
        }
    }

    fn print(self, cidr: bool) -> String {
        let address = if self.version_6 {
            print_6(self.bits)
        } else {
            // The address of version 4 is in the low bits.
            Ipv4Addr::from(self.bits as u32).to_string()
        };
        if cidr || self.prefix != self.width() {
            format!("{address}/{}", self.prefix)
        } else {
            address
        }
    }

    /// Compares as PostgreSQL does: by the bits of the shorter prefix, then its length, then all bits.
    fn compare(self, other: Self) -> Ordering {
        let shorter = self.prefix.min(other.prefix);
        let common = |it: Self| it.bits.checked_shr(it.width() - shorter).unwrap_or(0);
        self.version_6
            .cmp(&other.version_6)
            .then_with(|| common(self).cmp(&common(other)))
            .then_with(|| self.prefix.cmp(&other.prefix))
            .then_with(|| self.bits.cmp(&other.bits))
    }
}

/// Prints an address of version 6; one whose first 96 bits are zero ends in the form of version 4.
fn print_6(bits: u128) -> String {
    match u32::try_from(bits) {
        Ok(low @ 0x1_0000..) => format!("::{}", Ipv4Addr::from(low)),
        _ => Ipv6Addr::from(bits).to_string(),
    }
}

fn prefix_length(text: &str) -> Option<u32> {
    let valid = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.parse().ok()).flatten()
}

/// Reads up to four octets; returns how many there were.
fn version_4(text: &str, short: bool) -> Option<(Ipv4Addr, u32)> {
    let mut octets = [0u8; 4];
    let mut count = 0;
    let mut parts = text.split('.');
    for (octet, part) in octets.iter_mut().zip(&mut parts) {
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
        count += 1;
    }
    let complete = parts.next().is_none() && (short || count == 4);
    complete.then(|| (Ipv4Addr::from(octets), count))
}

/// Returns the prefix of a `cidr` without one: by the class of the address, and at least the octets given.
fn class_prefix(bits: u128, given: u32) -> u32 {
    let first = bits >> 24;
    let class = match first {
        240.. => 32,
        224.. => 8,
        192.. => 24,
        128.. => 16,
        _ => 8,
    };
    class.max(given)
}

fn hardware(text: &str) -> Option<Value> {
    let text = super::errors::trim(text);
    let separated: Vec<&str> = text.split([':', '-', '.']).collect();
    let same_separators = [':', '-', '.']
        .iter()
        .filter(|it| text.contains(**it))
        .count()
        <= 1;
    let widths: Vec<usize> = separated.iter().map(|part| part.len()).collect();
    let digits: String = match widths.as_slice() {
        [12] => separated.concat(),
        [6, 6] if !text.contains('.') => separated.concat(),
        [4, 4, 4] if same_separators && !text.contains(':') => separated.concat(),
        [_, _, _, _, _, _] if same_separators && !text.contains('.') => {
            if widths.iter().any(|width| !(1..=2).contains(width)) {
                return None;
            }
            separated.iter().map(|part| format!("{part:0>2}")).collect()
        }
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = String::with_capacity(17);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 2 == 0 {
            out.push(':');
        }
        out.push(digit.to_ascii_lowercase());
    }
    Some(Value::text(out))
}
