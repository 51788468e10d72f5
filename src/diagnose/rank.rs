//! The order of causes: what explains most comes first.

use super::report::urgency;
use crate::model::{Cause, Layer};

/// Puts causes in order; ids decide only between causes that are alike in everything else.
pub(super) fn rank(causes: &mut [Cause]) {
    causes.sort_by(|one, two| {
        let key = |cause: &Cause| {
            let breadth = std::cmp::Reverse((cause.explains.len(), cause.supporting.len()));
            (breadth, depth(cause.layer), urgency(cause.advice))
        };
        key(one)
            .cmp(&key(two))
            .then_with(|| one.runbook.cmp(&two.runbook))
            .then_with(|| one.subject.cmp(&two.subject))
    });
}

/// What lies deeper carries more.
const fn depth(layer: Layer) -> u8 {
    match layer {
        Layer::Provider => 0,
        Layer::Interconnect => 1,
        Layer::Dns => 2,
        Layer::Application => 3,
        Layer::Observer => 4,
    }
}
