//! The positioned tree: every key and every value knows where it stands.

use super::source::Place;

/// One value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub at: Place,
}

/// What a node is, by the core schema of YAML 1.2 with strict booleans.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`, and no other word.
    Flag(bool),
    /// A whole number.
    Whole(i128),
    /// Any other number.
    Real(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the document; a key may stand twice.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_at: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Returns the entry of a key, where this is a map that has it with something in it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key && entry.value.value != Value::Null)
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns the text of a key.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// Returns the items of a key's list; none where there is no such list.
    pub fn items_of(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    /// Returns the text, where this is one.
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// Returns the items, where this is a list.
    pub fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// Returns the entries, where this is a map.
    pub fn entries(&self) -> &[Entry] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// Returns the number, where this is a whole one.
    pub const fn whole(&self) -> Option<i128> {
        if let Value::Whole(number) = self.value { Some(number) } else { None }
    }

    /// Tells whether this is the word `true`.
    pub fn is_true(&self) -> bool {
        self.value == Value::Flag(true)
    }

    /// Returns what a copy of it costs: one for each node that it holds, itself included, and one more for each
    /// 64 bytes of their texts and keys.
    pub fn weight(&self) -> usize {
        let text = self.text().map_or(0, |text| text.len() / 64);
        let items: usize = self.items().iter().map(Self::weight).sum();
        let entry = |entry: &Entry| entry.key.len() / 64 + entry.value.weight();
        let entries: usize = self.entries().iter().map(entry).sum();
        1 + text + items + entries
    }

    /// Returns what it is, in words.
    pub const fn what(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Flag(_) => "a truth value",
            Value::Whole(_) => "a whole number",
            Value::Real(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// Returns the way from this node to a place, for example `zones[0].registrar`.
    pub fn path_to(&self, place: Place) -> String {
        let mut path = String::new();
        let mut node = self;
        while node.at != place {
            if let Some(entry) = last_before(node.entries(), |entry| entry.key_at, place)
                .filter(|entry| entry.holds(place))
            {
                let dot = if path.is_empty() { "" } else { "." };
                path = format!("{path}{dot}{}", entry.key);
                if entry.key_at == place {
                    break;
                }
                node = &entry.value;
            } else if let Some(item) =
                last_before(node.items(), |item| item.at, place).filter(|item| item.at.holds(place))
            {
                let at = node.items().partition_point(|other| other.at.start < item.at.start);
                path = format!("{path}[{at}]");
                node = item;
            } else {
                break;
            }
        }
        path
    }
}

impl Entry {
    fn holds(&self, place: Place) -> bool {
        self.key_at.holds(place) || self.value.at.holds(place)
    }
}

/// Returns the last of several, which stand in order, that begins at or before a place.
fn last_before<T>(all: &[T], at: impl Fn(&T) -> Place, place: Place) -> Option<&T> {
    let after = all.partition_point(|one| at(one).start <= place.start);
    all.get(after.checked_sub(1)?)
}
