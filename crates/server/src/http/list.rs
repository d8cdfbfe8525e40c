//! Lists: `?limit=&cursor=&q=&sort=` in, `{"items","next_cursor","total","total_is_minimum"}` out. A cursor is opaque to
//! callers: base64url of a JSON object with the sort order, the key and the id of the last row shown. It is bound to
//! the sort order it was made for, and its values' kinds are checked, so that a changed one is refused and nothing more.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vigie_db::paging::{DEFAULT_LIMIT, Key, Listed, MAX_LIMIT, Page, Place, RowId};
use vigie_kernel::Code;

use super::Problem;

/// Longest search text, characters.
const LONGEST_SEARCH: usize = 200;
/// Longest cursor that is looked at, bytes.
const LONGEST_CURSOR: usize = 4096;

/// The parameters of every list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Rows wanted, 1 to 200; 50 where nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows that contain these words.
    #[param(max_length = 200)]
    q: Option<String>,
    /// What to order by; with `-` in front: the largest first.
    sort: Option<String>,
}

/// What kind of value a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number, or a moment in milliseconds.
    Number,
    /// A UUID: what ids are in the database.
    Uuid,
}

/// How a list can be ordered. One constant for each list.
#[derive(Debug, Clone, Copy)]
pub struct Sorts {
    /// The kind of the column that tells equal keys apart.
    pub id: Kind,
    /// Names in `?sort=` and the kinds of their keys. The first is the order where nothing is asked for.
    pub by: &'static [(&'static str, Kind)],
    /// Whether the largest comes first where nothing is asked for.
    pub descending: bool,
}

impl Sorts {
    /// By these keys, then by a UUID; the first key, smallest first, where nothing is asked for.
    pub const fn of(by: &'static [(&'static str, Kind)]) -> Self {
        Self { id: Kind::Uuid, by, descending: false }
    }

    /// Newest first, by a number that the database gives: logs of all sorts.
    pub const fn newest_first() -> Self {
        Self { id: Kind::Number, by: &[("at", Kind::Number)], descending: true }
    }
}

/// A page that was asked for, understood.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What to order by: a name of the list's [`Sorts`].
    pub sort: &'static str,
    /// Which page.
    pub page: Page,
    /// Words that rows must contain; none: all rows.
    pub search: Option<String>,
}

/// The parameter of what can only be searched.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Those that contain these words.
    #[param(max_length = 200)]
    q: Option<String>,
}

impl SearchQuery {
    /// The words, checked; none: all of them are wanted.
    pub fn words(self) -> Result<Option<String>, Problem> {
        words(self.q)
    }
}

fn words(typed: Option<String>) -> Result<Option<String>, Problem> {
    let words = typed.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    if words.as_ref().is_some_and(|it| it.chars().count() > LONGEST_SEARCH || it.contains('\0')) {
        return Err(Problem::invalid("q", format!("must be text of at most {LONGEST_SEARCH} characters")));
    }
    Ok(words)
}

#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    /// The sort order with its sign.
    s: String,
    /// The place of the last row.
    p: Place,
}

impl ListQuery {
    /// Checks what was asked against what the list offers.
    pub fn understand(self, sorts: &Sorts) -> Result<Asked, Problem> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::invalid("limit", format!("must be 1 to {MAX_LIMIT}")));
        }
        let search = words(self.q)?;
        let (sort, kind, descending) = match self.sort.as_deref().filter(|it| !it.is_empty()) {
            None => {
                let (name, kind) = sorts.by[0];
                (name, kind, sorts.descending)
            }
            Some(asked) => {
                let (name, descending) = asked.strip_prefix('-').map_or((asked, false), |name| (name, true));
                let known = sorts.by.iter().find(|(it, _)| *it == name);
                let Some((name, kind)) = known else {
                    let names: Vec<_> = sorts.by.iter().map(|(it, _)| *it).collect();
                    return Err(Problem::invalid("sort", format!("must be one of: {}", names.join(", "))));
                };
                (*name, *kind, descending)
            }
        };
        let order = order_name(sort, descending);
        let after = self.cursor.filter(|it| !it.is_empty()).map(|it| read_cursor(&it, &order, kind, sorts.id));
        let after = after.transpose()?;
        Ok(Asked { sort, page: Page { limit, descending, after }, search })
    }
}

fn order_name(sort: &str, descending: bool) -> String {
    format!("{}{sort}", if descending { "-" } else { "" })
}

fn read_cursor(text: &str, order: &str, key: Kind, id: Kind) -> Result<Place, Problem> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|it| it.len() <= LONGEST_CURSOR)?;
        let cursor: Cursor = serde_json::from_slice(&bytes).ok()?;
        let fits = cursor.s == order && kind_of_key(&cursor.p.key) == key && kind_of_id(&cursor.p.id) == id;
        // PostgreSQL has no text with a zero in it.
        let clean = !matches!(&cursor.p.key, Key::Text(text) if text.contains('\0'));
        (fits && clean).then_some(cursor.p)
    };
    read().ok_or_else(|| Problem::new(Code::CursorInvalid))
}

const fn kind_of_key(key: &Key) -> Kind {
    match key {
        Key::Number(_) => Kind::Number,
        Key::Text(_) => Kind::Text,
    }
}

const fn kind_of_id(id: &RowId) -> Kind {
    match id {
        RowId::Number(_) => Kind::Number,
        RowId::Uuid(_) => Kind::Uuid,
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ListAnswer<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The cursor of the next page; null: this is the last.
    pub next_cursor: Option<String>,
    /// How many rows there are on all pages.
    pub total: u64,
    /// Whether there are more than `total`: counting ends at some point.
    pub total_is_minimum: bool,
}

impl<T> ListAnswer<T> {
    /// What a context found, each row as the API shows it.
    pub fn page<R>(asked: &Asked, found: Listed<R>, view: impl FnMut(R) -> T) -> Self {
        let next_cursor = found.next.map(|place| {
            let cursor = Cursor { s: order_name(asked.sort, asked.page.descending), p: place };
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
        });
        Self {
            items: found.items.into_iter().map(view).collect(),
            next_cursor,
            total: found.total.count,
            total_is_minimum: found.total.at_least,
        }
    }

    /// A list that has but one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { next_cursor: None, total: items.len() as u64, total_is_minimum: false, items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_db::paging::Total;

    const SORTS: Sorts = Sorts::of(&[("name", Kind::Text), ("seen", Kind::Number)]);

    fn query(sort: Option<&str>, cursor: Option<String>) -> ListQuery {
        ListQuery { limit: Some(1), cursor, q: None, sort: sort.map(str::to_owned) }
    }

    fn code(result: Result<Asked, Problem>) -> Code {
        result.unwrap_err().code()
    }

    #[test]
    fn a_cursor_leads_behind_the_last_row_shown_and_fits_its_order_only() {
        let asked = query(Some("-name"), None).understand(&SORTS).unwrap();
        assert!(asked.page.descending && asked.page.after.is_none());
        let place = Place { key: Key::Text("b".into()), id: RowId::Uuid(uuid::Uuid::from_u128(7)) };
        let found = Listed { items: vec!["b"], next: Some(place.clone()), total: Total::exact(2) };
        let cursor = ListAnswer::page(&asked, found, str::to_owned).next_cursor.unwrap();
        let next = query(Some("-name"), Some(cursor.clone())).understand(&SORTS).unwrap();
        assert_eq!(next.page.after, Some(place));
        assert_eq!(code(query(Some("name"), Some(cursor.clone())).understand(&SORTS)), Code::CursorInvalid);
        assert_eq!(code(query(Some("-seen"), Some(cursor)).understand(&SORTS)), Code::CursorInvalid);
    }

    #[test]
    fn a_changed_cursor_is_refused() {
        for json in [
            r#"{"s":"name","p":{"key":5,"id":"00000000-0000-0000-0000-000000000007"}}"#,
            r#"{"s":"name","p":{"key":"a","id":7}}"#,
            r#"{"s":"name","p":{"key":"a\u0000","id":"00000000-0000-0000-0000-000000000007"}}"#,
            r#"{"s":"name","p":{"key":"a"}}"#,
            "nonsense",
        ] {
            let cursor = URL_SAFE_NO_PAD.encode(json);
            assert_eq!(code(query(None, Some(cursor)).understand(&SORTS)), Code::CursorInvalid, "{json}");
        }
        assert_eq!(code(query(None, Some("***".into())).understand(&SORTS)), Code::CursorInvalid);
    }

    #[test]
    fn limits_and_orders_are_checked() {
        let limit = |limit| ListQuery { limit: Some(limit), ..ListQuery::default() }.understand(&SORTS);
        assert_eq!(code(limit(0)), Code::ValueInvalid);
        assert_eq!(code(limit(201)), Code::ValueInvalid);
        assert_eq!(limit(200).unwrap().page.limit, 200);
        assert_eq!(code(query(Some("size"), None).understand(&SORTS)), Code::ValueInvalid);
        let plain = ListQuery { q: Some("  ".into()), ..ListQuery::default() }.understand(&SORTS).unwrap();
        assert_eq!((plain.sort, plain.page.limit, plain.search), ("name", DEFAULT_LIMIT, None));
    }
}
