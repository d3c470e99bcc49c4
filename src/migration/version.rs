//! Versions of migrations.

use std::cmp::Ordering;
use std::fmt;

/// A version: digits, or groups of digits between points, of any length.
///
/// Leading zeros, and groups of zeros at the end, do not count: `0007` is `7`, and `1.0` is `1`.
#[derive(Clone, Debug)]
pub struct Version(String);

impl Version {
    /// Makes a version from digits and points.
    pub fn new(text: impl Into<String>) -> Self {
        Version(text.into())
    }

    /// Returns the text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn groups(&self) -> impl Iterator<Item = &str> {
        self.0.split('.').map(|group| group.trim_start_matches('0'))
    }

    /// Returns the version that follows: the last group plus one, with as many digits.
    pub fn next(&self) -> Version {
        let (head, last) = self.0.rsplit_once('.').map_or(("", self.0.as_str()), |(head, last)| (head, last));
        let mut digits: Vec<u8> = last.bytes().collect();
        let nines = digits.iter().rev().take_while(|digit| **digit == b'9').count();
        let carry = digits.len() - nines;
        digits[carry..].fill(b'0');
        match carry.checked_sub(1) {
            Some(at) => digits[at] += 1,
            None => digits.insert(0, b'1'),
        }
        let last: String = digits.into_iter().map(char::from).collect();
        Version(if head.is_empty() { last } else { format!("{head}.{last}") })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.groups(), other.groups());
        loop {
            let (x, y) = match (a.next(), b.next()) {
                (None, None) => return Ordering::Equal,
                (x, y) => (x.unwrap_or(""), y.unwrap_or("")),
            };
            // Without leading zeros, a longer number is a larger one.
            match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        let less =
            [("9", "10"), ("0009", "10"), ("1.2", "1.10"), ("1", "1.1"), ("20240101000000", "99999999999999999999")];
        for (a, b) in less {
            assert!(Version::new(a) < Version::new(b), "{a} < {b}");
        }
        assert_eq!(Version::new("0007"), Version::new("7"));
        assert_eq!(Version::new("1.0"), Version::new("1"));
    }

    #[test]
    fn the_next_version_keeps_its_width() {
        let next = |text: &str| Version::new(text).next().to_string();
        assert_eq!([next("0007"), next("0099"), next("9"), next("1.9")], ["0008", "0100", "10", "1.10"]);
    }
}
