//! The schema in the form that the walk uses: made once for each kind of document, from the very schema that is printed.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;

use super::format::Format;
use super::shape_compile::compile;

/// What a value may be.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Anything at all.
    Anything,
    /// Text.
    Text(TextShape),
    /// One of these words.
    Words(Vec<String>),
    /// `true` or `false`.
    Flag,
    /// A whole number in a range.
    Whole {
        /// The least.
        least: i128,
        /// The most.
        most: i128,
    },
    /// Any number.
    Real,
    /// A list.
    List {
        /// What its items are.
        item: ShapeId,
        /// How many there must be.
        least: usize,
    },
    /// A map.
    Map(MapShape),
    /// A map with exactly one of these keys.
    OneKey {
        /// The keys.
        keys: Vec<(String, ShapeId)>,
        /// True where the value says where a secret lies.
        secret: bool,
    },
    /// A map whose kind one of its own keys names.
    Tagged {
        /// That key.
        tag: String,
        /// The kinds.
        ways: Vec<(String, ShapeId)>,
    },
    /// One of several, which the value itself tells apart.
    Either(Vec<ShapeId>),
}

/// Where a shape lies among its fellows.
pub(super) type ShapeId = usize;

/// What a text must keep to.
#[derive(Clone, Debug, Default)]
pub(super) struct TextShape {
    /// Its format.
    pub format: Option<Format>,
    /// What it must be a name of.
    pub reference: Target,
    /// The only text that may stand here.
    pub fixed: Option<String>,
}

/// What a reference may point at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Target {
    /// Any of these sections; none: the text is no reference, or to any section when there are words.
    pub sections: Vec<String>,
    /// Or one of these words.
    pub words: Vec<String>,
}

/// The keys of a map.
#[derive(Clone, Debug)]
pub(super) struct MapShape {
    /// The keys that have a name of their own.
    pub keys: Vec<Key>,
    /// What other keys hold, where others may stand.
    pub rest: Option<ShapeId>,
}

/// A key of a map.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub shape: ShapeId,
    /// Whether it must be there.
    pub required: bool,
}

/// All shapes of one kind of document.
#[derive(Clone, Debug)]
pub(super) struct Shapes {
    /// The shapes; they name each other by their place.
    pub all: Vec<Shape>,
    /// The document itself.
    pub root: ShapeId,
    /// Parts of the schema that could not be understood: there anything goes. A test keeps it empty.
    #[cfg_attr(not(test), expect(dead_code, reason = "only a test looks at it"))]
    pub lost: Vec<String>,
}

impl Shapes {
    /// Returns the shapes of a type's schema, made at the first call.
    pub fn of<T: JsonSchema + 'static>() -> Arc<Self> {
        static MADE: Mutex<Option<HashMap<TypeId, Arc<Shapes>>>> = Mutex::new(None);
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let shapes = made.get_or_insert_default().entry(TypeId::of::<T>());
        Arc::clone(shapes.or_insert_with(|| Arc::new(compile(schemars::schema_for!(T).as_value()))))
    }

    /// Returns one shape.
    pub fn get(&self, id: ShapeId) -> &Shape {
        &self.all[id]
    }

    /// Returns the names of the document's sections: its lists of maps with an `id`, and its maps of names.
    pub fn sections(&self) -> Vec<&str> {
        let Shape::Map(root) = self.get(self.root) else { return Vec::new() };
        let keys = root.keys.iter().filter(|key| self.is_section(key.shape));
        keys.map(|key| key.name.as_str()).collect()
    }

    fn is_section(&self, id: ShapeId) -> bool {
        match self.get(id) {
            Shape::List { item, .. } => self.has_id(*item),
            Shape::Map(map) => map.rest.is_some(),
            Shape::Anything
            | Shape::Text(_)
            | Shape::Words(_)
            | Shape::Flag
            | Shape::Whole { .. } => false,
            Shape::Real | Shape::OneKey { .. } | Shape::Tagged { .. } | Shape::Either(_) => false,
        }
    }

    /// Tells whether a shape is a map with an `id` that must be there.
    pub fn has_id(&self, id: ShapeId) -> bool {
        let Shape::Map(map) = self.get(id) else { return false };
        map.keys.iter().any(|key| key.name == "id" && key.required)
    }
}
