//! `migrations`.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::settings::Migrations;

/// A path, or the paths of two histories.
pub(super) struct MigrationPaths(pub(super) Migrations);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SplitPaths {
    shared: String,
    tenant: String,
}

impl<'de> Deserialize<'de> for MigrationPaths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Paths)
    }
}

struct Paths;

impl<'de> Visitor<'de> for Paths {
    type Value = MigrationPaths;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path, or a mapping with `shared` and `tenant`")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<MigrationPaths, E> {
        Ok(MigrationPaths(Migrations::One(path.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MigrationPaths, A::Error> {
        let SplitPaths { shared, tenant } = SplitPaths::deserialize(MapAccessDeserializer::new(map))?;
        Ok(MigrationPaths(Migrations::Split { shared, tenant }))
    }
}
