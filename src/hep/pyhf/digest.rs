//! Digest of a workspace as pyhf computes it.

use motherlode_core::format::hex;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of the JSON text that Python's `json.dumps(…, sort_keys=True, ensure_ascii=False)` gives, in hexadecimal digits.
///
/// # Source
/// `pyhf.utils.digest` of pyhf 0.7.6.
pub(super) fn digest(workspace: &Value) -> String {
    let mut text = String::new();
    write(workspace, &mut text);
    hex(&Sha256::digest(text.as_bytes()))
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(all) => {
            text.push('[');
            for (i, one) in all.iter().enumerate() {
                text.push_str(if i > 0 { ", " } else { "" });
                write(one, text);
            }
            text.push(']');
        }
        Value::Object(all) => {
            let mut keys: Vec<&String> = all.keys().collect();
            keys.sort();
            text.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                text.push_str(if i > 0 { ", " } else { "" });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(": ");
                write(&all[key], text);
            }
            text.push('}');
        }
        Value::Number(number) if number.is_f64() => text.push_str(&float(number.as_f64().unwrap_or(f64::NAN))),
        other => text.push_str(&other.to_string()),
    }
}

/// The shortest digits that give the number again, with an exponent where Python writes one.
fn float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of `python3 -c "import json; print(json.dumps([…]))"`, and the digest by `hashlib`.
    #[test]
    fn the_digest_is_that_of_python() {
        let value: Value = serde_json::from_str(
            r#"{"b": [1, 1.0, 0.1, 1e-5, 1.5e-7, 123456789.25, 1e16, 1.25e22, -0.0001, 0.0], "a": {"ä": null, "q\"": true}}"#,
        )
        .unwrap();
        let mut text = String::new();
        write(&value, &mut text);
        assert_eq!(
            text,
            r#"{"a": {"q\"": true, "ä": null}, "b": [1, 1.0, 0.1, 1e-05, 1.5e-07, 123456789.25, 1e+16, 1.25e+22, -0.0001, 0.0]}"#
        );
        assert_eq!(
            digest(&value),
            "dfcbafb3a3b8e2899225cabe99df4d5548c902dbd22c6a80a98e12d485d29ec8"
        );
    }
}
