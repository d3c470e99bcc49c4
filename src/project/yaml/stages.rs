//! `rollout.stages`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::value::{Percent, Soak};
use crate::settings::Stage;

/// Stages whose percentages rise to 100.
pub(super) struct Stages(pub(super) Vec<Stage>);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with `percent` and `soak`")]
struct StageKeys {
    percent: Percent,
    #[serde(default)]
    soak: Soak,
}

impl<'de> Deserialize<'de> for Stages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(StageList)
    }
}

struct StageList;

impl<'de> Visitor<'de> for StageList {
    type Value = Stages;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of stages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Stages, A::Error> {
        let mut stages: Vec<Stage> = Vec::new();
        while let Some(StageKeys { percent, soak }) = list.next_element()? {
            stages.push(Stage { percent: percent.0, soak: soak.0 });
        }
        let rises = stages.windows(2).all(|pair| pair[0].percent < pair[1].percent);
        if rises && stages.last().is_some_and(|stage| stage.percent == 100) {
            return Ok(Stages(stages));
        }
        Err(A::Error::custom("the percentages of stages must rise, and end at 100"))
    }
}
