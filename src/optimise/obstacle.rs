//! Why no plan keeps the hard rules.

use super::reason::amount;
use crate::compile::Shortage;
use crate::domain::scenario::Scenario;
use crate::evaluate::Evaluation;
use crate::message::Message;

/// A shortage that counting alone shows.
pub(super) fn shortage(shortage: &Shortage) -> Message {
    Message::new("obstacle.places")
        .with("stage", shortage.stage.name())
        .with("year", shortage.year)
        .with("pupils", shortage.pupils)
        .with("places", shortage.places)
        .with("missing", shortage.pupils - shortage.places)
}

/// The hard rules that a plan breaks, one message for each rule, subject and year, in order of rules.
pub(super) fn breaches(scenario: &Scenario, evaluation: &Evaluation) -> Vec<Message> {
    evaluation
        .breaches
        .iter()
        .map(|breach| {
            let key = if breach.growth { "obstacle.growth" } else { "obstacle.breach" };
            Message::new(key)
                .with("rule", &scenario.rules[breach.rule].id)
                .with("subject", breach.subject.key(scenario))
                .with("year", breach.year)
                .with("excess", amount(breach.excess))
        })
        .collect()
}
