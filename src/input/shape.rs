//! Checks a TOML document against the JSON Schema of its type and records every mismatch with its place.
//!
//! Deserialising stops at the first mistake; this walk finds them all. Entries with a mistake are cut out of the document, so
//! that what is sound can still be read and checked further.

use super::document::Document;
use super::problem::{Code, Problem, Problems};
use serde_json::Value;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// Checks `table` against `schema` and cuts out what does not fit. Returns whether the table as a whole is sound.
pub fn check(document: &Document, table: &mut Spanned<DeTable<'_>>, schema: &Value, problems: &mut Problems) -> bool {
    let before = problems.errors();
    let walk = Walk { document, root: schema };
    let span = table.span();
    walk.table(table.get_mut(), span, schema, "", problems);
    problems.errors() == before
}

struct Walk<'a> {
    document: &'a Document,
    root: &'a Value,
}

impl<'a> Walk<'a> {
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.root.pointer(pointer).unwrap_or(schema),
            None => schema,
        }
    }

    fn problem(&self, code: Code, span: &Range<usize>) -> Problem {
        self.document.problem(code, span)
    }

    /// The alternatives of a schema, without the one that stands for absence.
    fn alternatives(&self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolve(schema);
        match schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
            Some(list) => list.iter().flat_map(|one| self.alternatives(one)).collect(),
            None if schema.get("type").and_then(Value::as_str) == Some("null") => Vec::new(),
            None => vec![schema],
        }
    }

    fn value(&self, value: &mut Spanned<DeValue<'_>>, schema: &'a Value, path: &str, problems: &mut Problems) -> bool {
        let span = value.span();
        let alternatives = self.alternatives(schema);
        let fitting: Vec<&Value> = alternatives.iter().copied().filter(|one| accepts(one, value.get_ref())).collect();
        if fitting.is_empty() {
            problems.push(
                self.problem(Code::WrongType, &span)
                    .with("key", path)
                    .with("value", self.document.snippet(&span))
                    .with("found", value.get_ref().type_str())
                    .with("expected", alternatives.iter().map(|one| kind(one)).collect::<Vec<_>>().join(" | ")),
            );
            return false;
        }
        match value.get_mut() {
            DeValue::String(text) => self.word(text, &fitting, &span, path, problems),
            DeValue::Integer(_) | DeValue::Float(_) => self.number(value, fitting[0], path, problems),
            DeValue::Boolean(_) | DeValue::Datetime(_) => true,
            DeValue::Array(items) => {
                let Some(schema) = fitting[0].get("items") else { return true };
                let before = problems.errors();
                *items = std::mem::replace(items, DeArray::new())
                    .into_iter()
                    .enumerate()
                    .filter_map(|(position, mut item)| {
                        let inner = format!("{path}[{}]", position + 1);
                        self.value(&mut item, schema, &inner, problems).then_some(item)
                    })
                    .collect();
                problems.errors() == before
            }
            DeValue::Table(table) => self.choose(table, span, &fitting, path, problems),
        }
    }

    fn word(&self, text: &str, fitting: &[&Value], span: &Range<usize>, path: &str, problems: &mut Problems) -> bool {
        let mut valid: Vec<&str> = Vec::new();
        for schema in fitting {
            match (schema.get("const"), schema.get("enum")) {
                (Some(word), _) => valid.extend(word.as_str()),
                (None, Some(words)) => valid.extend(words.as_array().into_iter().flatten().filter_map(Value::as_str)),
                (None, None) => return true,
            }
        }
        if valid.contains(&text) {
            return true;
        }
        problems.push(
            self.problem(Code::NotOneOf, span)
                .with("key", path)
                .with("value", text)
                .with_list("expected", valid.iter().copied())
                .nearest(text, valid.iter().copied()),
        );
        false
    }

    fn number(&self, value: &Spanned<DeValue<'_>>, schema: &Value, path: &str, problems: &mut Problems) -> bool {
        let span = value.span();
        let (number, whole) = match value.get_ref() {
            DeValue::Integer(integer) => {
                let parsed = i64::from_str_radix(integer.as_str(), integer.radix());
                (parsed.map_or(f64::INFINITY, |n| n as f64), true)
            }
            DeValue::Float(float) => (float.as_str().parse().unwrap_or(f64::NAN), false),
            _ => return true,
        };
        if !number.is_finite() && !whole {
            problems.push(
                self.problem(Code::NotNumber, &span).with("key", path).with("value", self.document.snippet(&span)),
            );
            return false;
        }
        let (least, most) = bounds(schema);
        if number < least || number > most {
            problems.push(
                self.problem(Code::OutOfRange, &span)
                    .with("key", path)
                    .with("value", self.document.snippet(&span))
                    .with("least", least)
                    .with("most", most),
            );
            return false;
        }
        true
    }

    /// Picks the alternative that a table is meant to be by its keys, and checks it.
    fn choose(
        &self,
        table: &mut DeTable<'_>,
        span: Range<usize>,
        fitting: &[&'a Value],
        path: &str,
        problems: &mut Problems,
    ) -> bool {
        if let [only] = fitting {
            return self.table(table, span, only, path, problems);
        }
        let has = |schema: &&&Value| {
            let required = schema.get("required").and_then(Value::as_array);
            required.into_iter().flatten().filter_map(Value::as_str).all(|key| table.contains_key(key))
        };
        if let Some(chosen) = fitting.iter().find(has) {
            return self.table(table, span, chosen, path, problems);
        }
        let valid: Vec<&str> = fitting
            .iter()
            .filter_map(|schema| schema.get("properties").and_then(Value::as_object))
            .flat_map(|properties| properties.keys().map(String::as_str))
            .collect();
        let found = table.keys().next().map_or("", |key| key.get_ref());
        problems.push(
            self.problem(Code::NotOneOf, &span)
                .with("key", path)
                .with("value", if found.is_empty() { "{ }" } else { found })
                .with_list("expected", valid.iter().copied())
                .nearest(found, valid.iter().copied()),
        );
        false
    }

    fn table(
        &self,
        table: &mut DeTable<'_>,
        span: Range<usize>,
        schema: &'a Value,
        path: &str,
        problems: &mut Problems,
    ) -> bool {
        let schema = self.resolve(schema);
        let before = problems.errors();
        let empty = serde_json::Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let additional = schema.get("additionalProperties");
        let open = !matches!(additional, Some(Value::Bool(false)));
        let mut bad = Vec::new();
        for (key, value) in table.iter_mut() {
            let name = key.get_ref().to_string();
            let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let sound = match (properties.get(&name), additional) {
                (Some(schema), _) | (None, Some(schema @ Value::Object(_))) => {
                    self.value(value, schema, &inner, problems)
                }
                (None, _) if open => true,
                (None, _) => {
                    let valid = properties.keys().map(String::as_str).filter(|key| *key != name);
                    problems.push(
                        self.problem(Code::UnknownKey, &key.span())
                            .with("key", &name)
                            .with("table", if path.is_empty() { "scenario.toml" } else { path })
                            .with_list("expected", valid.clone())
                            .nearest(&name, valid),
                    );
                    false
                }
            };
            // A list whose bad entries were cut out stays; anything else that is wrong goes as a whole.
            if !sound && !matches!(value.get_ref(), DeValue::Array(_)) {
                bad.push(name);
            }
        }
        for key in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !table.contains_key(key) {
                let place = if path.is_empty() { 0..0 } else { span.clone() };
                problems.push(
                    self.problem(Code::MissingKey, &place)
                        .with("key", key)
                        .with("table", if path.is_empty() { "scenario.toml" } else { path }),
                );
            }
        }
        for name in bad {
            table.remove(name.as_str());
        }
        problems.errors() == before
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
        _ if schema.get("const").is_some() || schema.get("enum").is_some() => vec!["string"],
        _ => Vec::new(),
    }
}

fn accepts(schema: &Value, value: &DeValue<'_>) -> bool {
    let types = types(schema);
    types.is_empty()
        || types.iter().any(|name| {
            matches!(
                (*name, value),
                ("string", DeValue::String(_))
                    | ("integer" | "number", DeValue::Integer(_))
                    | ("number", DeValue::Float(_))
                    | ("boolean", DeValue::Boolean(_))
                    | ("array", DeValue::Array(_))
                    | ("object", DeValue::Table(_))
            )
        })
}

fn kind(schema: &Value) -> String {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return format!("\"{word}\"");
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words
            .iter()
            .filter_map(Value::as_str)
            .map(|word| format!("\"{word}\""))
            .collect::<Vec<_>>()
            .join(" | ");
    }
    types(schema)
        .iter()
        .map(|name| match *name {
            "object" => "table",
            "integer" => "whole number",
            other => other,
        })
        .collect::<Vec<_>>()
        .join(" | ")
}

/// The range of a number: its declared bounds, or those of its format.
fn bounds(schema: &Value) -> (f64, f64) {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("int8") => (f64::from(i8::MIN), f64::from(i8::MAX)),
        Some("int32") => (f64::from(i32::MIN), f64::from(i32::MAX)),
        Some("uint32") => (0.0, f64::from(u32::MAX)),
        Some("uint64") => (0.0, i64::MAX as f64),
        Some("int64") => (i64::MIN as f64, i64::MAX as f64),
        _ => (f64::MIN, f64::MAX),
    };
    let bound = |key: &str, default: f64| schema.get(key).and_then(Value::as_f64).unwrap_or(default);
    (bound("minimum", least), bound("maximum", most))
}
