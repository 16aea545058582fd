//! What every plan does at which site.

use super::Named;
use crate::domain::document::ActionDocument;
use serde::Serialize;
use std::collections::BTreeSet;

/// What every plan does at one site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionRow {
    /// Key of the site.
    pub site: String,
    /// The actions of each plan; empty where the plan leaves the site as it is.
    pub actions: Vec<Vec<ActionDocument>>,
    /// Whether the plans differ.
    pub differs: bool,
}

/// Year, action, receiving site, rooms added.
type Done = (i32, String, Option<String>, (i64, i64, i64));

/// Sites at which some plan acts, in the order of the documents.
pub(super) fn rows(plans: &[Named<'_>]) -> Vec<ActionRow> {
    let mut order: Vec<&str> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for site in plans.iter().flat_map(|plan| &plan.document.sites) {
        if !site.actions.is_empty() && known.insert(&site.id) {
            order.push(&site.id);
        }
    }
    order
        .into_iter()
        .map(|id| {
            let actions: Vec<Vec<ActionDocument>> = plans
                .iter()
                .map(|plan| {
                    let site = plan.document.sites.iter().find(|site| site.id == id);
                    site.map(|site| site.actions.clone()).unwrap_or_default()
                })
                .collect();
            // What is done counts, not the words in which it is explained, nor what it costs in another variant.
            let done = |actions: &Vec<ActionDocument>| -> Vec<Done> {
                let one = |action: &ActionDocument| {
                    let rooms = (action.classes, action.music_rooms, action.art_rooms);
                    (action.year, action.action.clone(), action.into.clone(), rooms)
                };
                actions.iter().map(one).collect()
            };
            let differs = actions.windows(2).any(|pair| done(&pair[0]) != done(&pair[1]));
            ActionRow { site: id.to_owned(), actions, differs }
        })
        .collect()
}
