//! The JSON files of a plan (`plan.json`, `certificate.json` and `run.json`), and how any other is written.

use super::bundle::Bundle;
use super::catalogue::OutputError;
use crate::kernel::certificate::SCHEMA;
use serde::Serialize;

/// A document of whatever kind, indented, with a line feed at the end.
///
/// # Errors
/// [`OutputError::Json`] when it cannot be serialised.
pub fn pretty(value: &impl Serialize) -> Result<Vec<u8>, OutputError> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// `plan.json`: the plan document.
///
/// # Errors
/// [`OutputError::Json`] when the document cannot be serialised.
pub fn plan(bundle: &Bundle<'_>) -> Result<Vec<u8>, OutputError> {
    pretty(bundle.document)
}

/// `certificate.json`: the proof of the bound. Without one, a certificate without leaves and with bound null, so that a
/// certificate of an earlier run does not stay beside a plan that it does not prove.
///
/// # Errors
/// [`OutputError::Json`] when the certificate cannot be serialised.
pub fn certificate(bundle: &Bundle<'_>) -> Result<Vec<u8>, OutputError> {
    match bundle.certificate {
        Some(certificate) => pretty(certificate),
        None => pretty(&serde_json::json!({ "schema": SCHEMA, "bound": null, "leaves": [] })),
    }
}

/// `run.json`: what depends on the machine and the clock.
///
/// # Errors
/// [`OutputError::Json`] when the facts cannot be serialised.
pub fn run(bundle: &Bundle<'_>) -> Result<Vec<u8>, OutputError> {
    pretty(bundle.run)
}
