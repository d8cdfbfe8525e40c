//! The registry. This is a 64-bit program: what 32-bit ones see stands under `WOW6432Node`.

use windows_registry::{Key, LOCAL_MACHINE, Type, USERS};

use super::{Row, Value, calls};

const NOT_FOUND: u32 = 2;
const PATH_NOT_FOUND: u32 = 3;
const KEY_DELETED: u32 = 1018;
/// Most keys of a key that are looked at.
const MAX_KEYS: usize = 50_000;
/// Longest value that is taken, bytes.
const MAX_VALUE: usize = 64 << 10;

fn open(path: &str) -> Result<Option<Key>, String> {
    let (root, rest) = match path.split_once('\\') {
        Some(("HKLM", rest)) => (LOCAL_MACHINE, rest),
        Some(("HKU", rest)) => (USERS, rest),
        None if path == "HKU" => (USERS, ""),
        _ => return Err(format!("{path}: no such root")),
    };
    match root.open(rest) {
        Ok(key) => Ok(Some(key)),
        Err(error) => match error.code().0.cast_unsigned() & 0xFFFF {
            NOT_FOUND | PATH_NOT_FOUND | KEY_DELETED => Ok(None),
            _ => Err(format!("{path}: {error}")),
        },
    }
}

pub(crate) fn key(path: &str) -> Result<Option<Row>, String> {
    let Some(key) = open(path)? else { return Ok(None) };
    let mut row = Row::default();
    for (name, value) in key.values().map_err(|error| format!("{path}: {error}"))? {
        if value.len() <= MAX_VALUE
            && let Some(read) = read(&value)
        {
            row.insert(&name, read);
        }
    }
    Ok(Some(row))
}

fn read(value: &windows_registry::Value) -> Option<Value> {
    let wide = || value.as_wide();
    Some(match value.ty() {
        Type::U32 => Value::Number(u32::from_le_bytes(value.get(..4)?.try_into().ok()?).into()),
        Type::U64 => Value::Number(i64::from_le_bytes(value.get(..8)?.try_into().ok()?)),
        Type::String | Type::ExpandString => Value::Text(String::from_utf16_lossy(wide())),
        Type::MultiString => {
            let texts = wide().split(|unit| *unit == 0).filter(|text| !text.is_empty());
            Value::List(texts.map(|text| Value::Text(String::from_utf16_lossy(text))).collect())
        }
        Type::Bytes => Value::Bytes(value.to_vec()),
        Type::Other(_) => return None,
    })
}

pub(crate) fn keys(path: &str) -> Result<Vec<String>, String> {
    let Some(key) = open(path)? else { return Ok(Vec::new()) };
    let names = key.keys().map_err(|error| format!("{path}: {error}"))?;
    let mut names: Vec<String> = names.take(MAX_KEYS).collect();
    names.sort_unstable();
    Ok(names)
}

pub(crate) fn key_written(path: &str) -> Option<String> {
    calls::last_written(&open(path).ok()??)
}
