//! JSON Schemas of the scenario file and of the plan document, generated from their types.

use super::manifest::Manifest;
use crate::domain::document::PlanDocument;
use serde_json::Value;
use std::sync::OnceLock;

/// The JSON Schema of `scenario.toml`.
pub fn scenario() -> Value {
    scenario_value().clone()
}

/// The JSON Schema of `plan.json`.
pub fn plan() -> Value {
    schemars::schema_for!(PlanDocument).to_value()
}

/// The schema against which every `scenario.toml` is checked.
pub(super) fn scenario_value() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(Manifest).to_value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scenario_schema_forbids_unknown_keys_and_names_every_table() {
        let schema = scenario();
        assert_eq!(schema["additionalProperties"], Value::Bool(false));
        for key in ["schema", "years", "rules", "override", "actions", "zoning", "objective", "solver", "variants"] {
            assert!(schema["properties"].get(key).is_some(), "{key}");
        }
    }

    #[test]
    fn the_plan_schema_has_the_fields_of_the_contract() {
        let schema = plan();
        for key in
            ["scenario_sha256", "status", "objective", "bound", "gap", "levels", "sites", "assignment", "compliance"]
        {
            assert!(schema["properties"].get(key).is_some(), "{key}");
        }
    }
}
