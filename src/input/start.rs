//! Whose plan a variant starts from in a sweep: a variant that there is, and never in a circle.

use super::document::{Document, Tree};
use super::manifest::VariantEntry;
use super::problem::{Code, Problem, Problems};
use std::collections::BTreeMap;

/// Most names of variants that a message lists.
const SHOWN: usize = 20;

/// Tells in `problem` that there is no variant of this name, and which there are.
pub fn unknown<'n>(problem: Problem, name: &str, names: impl Iterator<Item = &'n str> + Clone) -> Problem {
    problem.with("value", name).with_list("expected", names.clone().take(SHOWN)).nearest(name, names)
}

/// Checks the starts of all variants.
pub fn check(variants: &[VariantEntry], document: &Document, tree: &Tree<'_>, problems: &mut Problems) {
    let position: BTreeMap<&str, usize> =
        variants.iter().enumerate().map(|(at, variant)| (variant.name.as_str(), at)).collect();
    for (at, variant) in variants.iter().enumerate() {
        let Some(start) = &variant.start else { continue };
        let place = ["variants".into(), at.into(), "start".into()];
        if !position.contains_key(start.as_str()) {
            let problem = document.problem_at(Code::UnknownVariant, tree, &place);
            problems.push(unknown(problem, start, variants.iter().map(|variant| variant.name.as_str())));
        } else if let Some(circle) = circle(variants, &position, at) {
            problems.push(
                document
                    .problem_at(Code::StartCircle, tree, &place)
                    .with("value", &variant.name)
                    .with("circle", circle.join(" ← ")),
            );
        }
    }
}

/// The names on the way from a variant over its start back to itself; `None` where there is no such way.
fn circle<'v>(variants: &'v [VariantEntry], position: &BTreeMap<&str, usize>, from: usize) -> Option<Vec<&'v str>> {
    let mut way = vec![variants[from].name.as_str()];
    let mut at = from;
    // Whoever leads into a circle without being in it runs through all variants at most.
    while way.len() <= variants.len() {
        at = *position.get(variants[at].start.as_deref()?)?;
        way.push(&variants[at].name);
        if at == from {
            return Some(way);
        }
    }
    None
}
