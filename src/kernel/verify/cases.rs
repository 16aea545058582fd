//! Whether the leaves of a certificate cover every choice of options.

use super::Refusal;
use crate::kernel::certificate::Certificate;
use crate::kernel::problem::Problem;

/// Steps after which the leaves count as tangled.
const MOST_STEPS: usize = 2_000_000_000;

/// A case: for every option whether it is still possible.
type Case = Vec<bool>;

/// Checks the cover by splitting the case of everything along the leaves.
pub(super) fn cover(problem: &Problem, certificate: &Certificate) -> Result<(), Refusal> {
    let leaves: Vec<&[u32]> = certificate.leaves.iter().map(|leaf| leaf.excluded.as_slice()).collect();
    let site_of: Vec<usize> = problem.options.iter().map(|option| option.site.0 as usize).collect();
    let sites = problem.sites.len();
    let mut steps = 0;
    // Cases still to be covered, each with the leaves that meet it.
    let mut open: Vec<(Case, Vec<usize>)> = vec![(vec![true; problem.options.len()], (0..leaves.len()).collect())];
    while let Some((case, candidates)) = open.pop() {
        let possible = counts(&case, &site_of, sites);
        if possible.contains(&0) {
            continue;
        }
        // Leaves that share a choice with the case.
        let mut meeting: Vec<usize> = Vec::new();
        let mut covered = false;
        for &leaf in &candidates {
            steps += leaves[leaf].len() + 1;
            let mut left = possible.clone();
            let mut cuts = false;
            for &option in leaves[leaf] {
                if case[option as usize] {
                    cuts = true;
                    left[site_of[option as usize]] -= 1;
                }
            }
            if !cuts {
                covered = true;
                break;
            }
            if !left.contains(&0) {
                meeting.push(leaf);
            }
        }
        if covered {
            continue;
        }
        if steps > MOST_STEPS {
            return Err(Refusal::Tangled { steps });
        }
        let Some(&leaf) =
            meeting.iter().min_by_key(|&&leaf| leaves[leaf].iter().filter(|&&o| case[o as usize]).count())
        else {
            let options = (0..case.len() as u32).filter(|&option| case[option as usize]).collect();
            return Err(Refusal::Uncovered { options });
        };
        // Split at the first site that the leaf cuts: the options that it keeps there, and those that it excludes.
        let first = leaves[leaf].iter().find(|&&option| case[option as usize]).expect("the leaf cuts the case");
        let site = site_of[*first as usize];
        let (mut kept, mut cut) = (case.clone(), case);
        for option in 0..site_of.len() {
            if site_of[option] == site {
                if leaves[leaf].binary_search(&(option as u32)).is_ok() {
                    kept[option] = false;
                } else {
                    cut[option] = false;
                }
            }
        }
        open.push((cut, meeting.clone()));
        open.push((kept, meeting));
    }
    Ok(())
}

fn counts(case: &[bool], site_of: &[usize], sites: usize) -> Vec<u32> {
    let mut counts = vec![0; sites];
    for (option, &possible) in case.iter().enumerate() {
        if possible {
            counts[site_of[option]] += 1;
        }
    }
    counts
}
