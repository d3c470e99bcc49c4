//! NOTIFY, LISTEN and UNLISTEN.

use std::fmt;

use crate::pg::Ident;
use crate::statement::print::Text;

/// NOTIFY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// The channel.
    pub channel: Ident,
    /// The message.
    pub payload: Option<String>,
}

/// LISTEN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The channel.
    pub channel: Ident,
}

/// UNLISTEN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisten {
    /// The channel; `None` for all.
    pub channel: Option<Ident>,
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NOTIFY {}{}", self.channel, Text(", ", &self.payload))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LISTEN {}", self.channel)
    }
}

impl fmt::Display for Unlisten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.channel {
            Some(channel) => write!(f, "UNLISTEN {channel}"),
            None => f.write_str("UNLISTEN *"),
        }
    }
}
