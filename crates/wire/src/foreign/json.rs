//! Reads JSON into the [`tree`](super::tree).

use std::{borrow::Cow, cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    Refusal,
    tree::{Budget, MAX_NAMES, Map, Value, lower, unread},
};

/// Reads one document.
pub(crate) fn parse(text: &str) -> Result<Value<'_>, Refusal> {
    let state = RefCell::new(State::default());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Seed { depth: 0, state: &state }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|error| {
        let refusal = state.into_inner().refusal;
        refusal.unwrap_or_else(|| Refusal::Malformed(format!("the JSON document is not valid: {error}")))
    })
}

#[derive(Default)]
struct State {
    budget: Budget,
    refusal: Option<Refusal>,
}

struct Seed<'s> {
    depth: usize,
    state: &'s RefCell<State>,
}

impl Seed<'_> {
    fn below(&self) -> Self {
        Seed { depth: self.depth + 1, ..*self }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        let mut state = self.state.borrow_mut();
        if let Err(refusal) = state.budget.take(self.depth) {
            state.refusal = Some(refusal);
            return Err(D::Error::custom("refused"));
        }
        drop(state);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below())? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value<'de>, A::Error> {
        let mut map = Map::default();
        while let Some(name) = members.next_key_seed(Name)? {
            let name = lower(name);
            if unread(&name) || map.0.len() >= MAX_NAMES {
                members.next_value::<IgnoredAny>()?;
            } else {
                map.0.push((name, members.next_value_seed(self.below())?));
            }
        }
        Ok(Value::Map(map))
    }
}

/// A member's name, borrowed when it holds no escape.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::foreign::tree::{MAX_DEPTH, MAX_VALUES};

    #[test]
    fn names_are_lower_case_and_the_last_of_a_name_counts() {
        let value = parse(r#"{"DeviceId": "a", "deviceid": "b", "n\u0041me": 1.5}"#).unwrap();
        let map = value.map().unwrap();
        assert_eq!(map.text("deviceid").unwrap(), "b");
        assert_eq!(map.text("name").unwrap(), "1.5");
    }

    #[test]
    fn what_holds_secrets_is_not_even_read() {
        let value = parse(
            r#"{"processes": [{"cmd": "secret"}], "ENVS": [{"val": "secret"}], "versionprovider":
               {"perl_args": "--password secret", "name": "GLPI"}, "licenseinfos": [{"key": "secret"}]}"#,
        )
        .unwrap();
        assert!(!format!("{value:?}").contains("secret"));
    }

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&deep(MAX_DEPTH + 1)).is_ok());
        assert_eq!(parse(&deep(MAX_DEPTH + 2)), Err(Refusal::TooDeep { limit: MAX_DEPTH }));
        assert_eq!(parse(&"[".repeat(1_000_000)), Err(Refusal::TooDeep { limit: MAX_DEPTH }));
        assert_eq!(parse(&"{\"a\":".repeat(100_000)), Err(Refusal::TooDeep { limit: MAX_DEPTH }));
        // What is passed over may be as deep as it likes: it takes no stack.
        assert!(parse(&format!("{{\"envs\":{}}}", deep(200_000))).is_ok());
        let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
        assert_eq!(parse(&many), Err(Refusal::TooMany { limit: MAX_VALUES }));
    }

    #[test]
    fn what_is_no_json_says_where() {
        let Err(Refusal::Malformed(why)) = parse("{\"a\":1,\n}") else { panic!("taken") };
        assert!(why.contains("line 2"), "{why}");
        assert!(matches!(parse("{} trailing"), Err(Refusal::Malformed(_))));
        assert!(matches!(parse(""), Err(Refusal::Malformed(_))));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_read_or_refused(text in ".{0,200}") {
            let _ = parse(&text);
        }
    }
}
