//! Metric `oversize_classes`: how many classes of a section are above a size (大班额).

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::{self, Applied};
use super::section::tested;
use super::view::{GroupView, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};
use crate::units::Classes;

/// The parameter that says which classes are too large.
pub const SIZE: ParamSpec = ParamSpec {
    name: "size",
    kind: ParamKind::Number { min: 1.0 },
    required: true,
    doc: "Most pupils of a class that is not counted: 55 counts the classes of 56 and more.",
};

/// How many classes of a section are above a size.
pub struct OversizeClasses;

impl Metric for OversizeClasses {
    fn name(&self) -> &'static str {
        "oversize_classes"
    }

    fn unit(&self) -> &'static str {
        "classes"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The classes of a section with more pupils than `size`.\n\n\
         ### Formula\n\
         From the roster where one is given. Else, with `n` pupils in `c` classes split evenly, `q = n div c` and \
         `r = n mod c`: all `c` classes if `q > size`, `r` of them if `q = size`, none otherwise. Pupils without a class are \
         not counted here but fail `class_size_max`. Excess: classes above the limit.\n\n\
         ### Source\n\
         国发〔2016〕40号: no class of 66 and more, classes of 56 and more basically gone.\n\n\
         ### How it enters the kernel\n\
         Checked after; `class_size_max` is the rule that the kernel knows."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[SIZE]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let size = params::number(rule, SIZE.name).unwrap_or(f64::INFINITY) as i64;
        tested(rule, view)
            .into_iter()
            .map(|section| {
                let groups = &section.groups;
                if groups.iter().all(|group| group.classes.is_none()) || !scope::enough_pupils(rule, section.pupils()) {
                    return Measurement::not_applicable(rule, section.subject());
                }
                let count: i64 = groups.iter().map(|group| oversize(group, size).0).sum();
                Measurement::judge(rule, section.subject(), count as f64, Applied::base(rule))
            })
            .collect()
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}

/// How many classes of a group have more than `size` pupils.
pub fn oversize(group: &GroupView, size: i64) -> Classes {
    match (&group.roster, group.classes) {
        (Some(roster), _) => Classes(roster.iter().filter(|class| class.0 > size).count() as i64),
        (None, Some(Classes(classes))) if classes > 0 => {
            let (each, rest) = (group.pupils.0 / classes, group.pupils.0 % classes);
            Classes(match each.cmp(&size) {
                std::cmp::Ordering::Greater => classes,
                std::cmp::Ordering::Equal => rest,
                std::cmp::Ordering::Less => 0,
            })
        }
        _ => Classes::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::Stage;
    use crate::id::GradeId;
    use crate::units::Pupils;

    fn group(pupils: i64, classes: Option<i64>, roster: Option<Vec<i64>>) -> GroupView {
        GroupView {
            stage: Stage::Primary,
            grades: vec![GradeId(0)],
            pupils: Pupils(pupils),
            classes: classes.map(Classes),
            roster: roster.map(|sizes| sizes.into_iter().map(Pupils).collect()),
        }
    }

    #[test]
    fn the_oversize_vectors_of_the_standards_hold() {
        let even = [(90, 2, 45, 0), (91, 2, 45, 1), (137, 3, 45, 2), (138, 3, 45, 3), (150, 3, 50, 0), (151, 3, 50, 1)];
        for (pupils, classes, size, expected) in even {
            assert_eq!(oversize(&group(pupils, Some(classes), None), size), Classes(expected), "{pupils} in {classes}");
        }
        assert_eq!(oversize(&group(92, Some(2), Some(vec![52, 40])), 45), Classes(1));
        assert_eq!(oversize(&group(90, Some(2), Some(vec![46, 44])), 45), Classes(1));
        assert_eq!(oversize(&group(0, Some(0), None), 45), Classes(0));
    }

    #[test]
    fn the_formula_counts_what_an_even_split_written_out_counts() {
        for pupils in 1..200 {
            for classes in 1..8 {
                let sizes: Vec<i64> =
                    (0..classes).map(|c| pupils / classes + i64::from(c < pupils % classes)).collect();
                assert_eq!(sizes.iter().sum::<i64>(), pupils);
                for size in 20..60 {
                    let expected = sizes.iter().filter(|&&each| each > size).count() as i64;
                    assert_eq!(oversize(&group(pupils, Some(classes), None), size), Classes(expected));
                }
            }
        }
    }
}
