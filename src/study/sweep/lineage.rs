//! Which variant starts from whose plan.

use crate::input::VariantInfo;
use std::collections::{BTreeMap, BTreeSet};

/// The starts of all variants, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage(Vec<Option<usize>>);

impl Lineage {
    /// Of variants in which every start is a variant and none waits for itself, as a scenario that was read has them. A start
    /// that is none counts as the scenario itself.
    pub fn new(variants: &[VariantInfo]) -> Self {
        let position: BTreeMap<&str, usize> =
            variants.iter().enumerate().map(|(at, variant)| (variant.name.as_str(), at)).collect();
        let start = |variant: &VariantInfo| position.get(variant.start.as_deref()?).copied();
        Self(variants.iter().map(start).collect())
    }

    /// The variant that one starts from; `None` for the scenario itself.
    pub fn start(&self, variant: usize) -> Option<usize> {
        self.0[variant]
    }

    /// The variants asked for and all that they start from, in generations: those of the first start from the scenario itself,
    /// those of any other from one of the generation before.
    pub fn generations(&self, wanted: impl IntoIterator<Item = usize>) -> Vec<Vec<usize>> {
        let mut generations: Vec<BTreeSet<usize>> = Vec::new();
        for variant in wanted {
            let line: Vec<usize> = std::iter::successors(Some(variant), |&at| self.start(at)).collect();
            for (generation, &at) in line.iter().rev().enumerate() {
                if generations.len() == generation {
                    generations.push(BTreeSet::new());
                }
                generations[generation].insert(at);
            }
        }
        generations.into_iter().map(|generation| generation.into_iter().collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Text;

    fn lineage(starts: &[(&str, Option<&str>)]) -> Lineage {
        let info = |&(name, start): &(&str, Option<&str>)| VariantInfo {
            name: name.to_owned(),
            title: Text::default(),
            family: None,
            start: start.map(str::to_owned),
            changes: Vec::new(),
        };
        Lineage::new(&starts.iter().map(info).collect::<Vec<_>>())
    }

    #[test]
    fn whoever_is_started_from_comes_a_generation_before() {
        let line = lineage(&[("c", Some("b")), ("a", None), ("b", Some("a")), ("d", None), ("e", Some("a"))]);
        assert_eq!(line.generations(0..5), [vec![1, 3], vec![2, 4], vec![0]]);
        // A share takes along what it needs and nothing else.
        assert_eq!(line.generations([0]), [vec![1], vec![2], vec![0]]);
        assert_eq!(line.generations([3]), [vec![3]]);
        assert!(line.generations([]).is_empty());
        assert_eq!((line.start(0), line.start(1)), (Some(2), None));
    }
}
