//! The versions of PostgreSQL.

/// A major version of PostgreSQL that tenet supports, 13 to 18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PgVersion(u8);

impl Default for PgVersion {
    /// The oldest: what it does not know, scripts cannot rely on.
    fn default() -> Self {
        PgVersion::OLDEST
    }
}

impl PgVersion {
    /// The oldest supported version.
    pub const OLDEST: PgVersion = PgVersion(13);
    /// The newest supported version.
    pub const NEWEST: PgVersion = PgVersion(18);

    /// Makes a version; `None` when it is not supported.
    pub fn new(major: u64) -> Option<Self> {
        let major = u8::try_from(major).ok()?;
        (PgVersion::OLDEST.0..=PgVersion::NEWEST.0).contains(&major).then_some(PgVersion(major))
    }

    /// Returns the supported version that is nearest to that of a server.
    pub fn nearest(major: u32) -> Self {
        let supported = u32::from(PgVersion::OLDEST.0)..=u32::from(PgVersion::NEWEST.0);
        PgVersion(u8::try_from(major.clamp(*supported.start(), *supported.end())).unwrap_or(PgVersion::NEWEST.0))
    }

    /// Says whether it is this version or a later one.
    pub fn is_since(self, major: u8) -> bool {
        self.0 >= major
    }

    /// Returns the number.
    pub fn major(self) -> u8 {
        self.0
    }
}
