//! What each file says: its modules' names, its imports, and every path that it mentions.

use super::resolve::{Alias, Crate, Mention};
use super::source::Source;
use super::tokens::Named;
use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Reads a file into the crate's names and mentions.
pub fn collect(source: &Source, whole: &mut Crate) {
    let module = source.module();
    whole.scopes.entry(module.clone()).or_default();
    match syn::parse_file(&source.text) {
        Ok(file) => Reader { file: &source.path, module, whole }.visit_file(&file),
        Err(error) => {
            whole.refused.push((source.path.clone(), error.span().start().line, error.to_string()))
        }
    }
}

struct Reader<'a> {
    file: &'a str,
    module: Vec<String>,
    whole: &'a mut Crate,
}

impl Reader<'_> {
    fn mention(&mut self, line: usize, path: Vec<String>) {
        let (file, module) = (self.file.to_owned(), self.module.clone());
        self.whole.mentions.push(Mention { file, line, module, path });
    }

    fn refuse(&mut self, line: usize, why: &str) {
        self.whole.refused.push((self.file.to_owned(), line, why.to_owned()));
    }

    fn alias(&mut self, name: &str, path: Vec<String>) {
        self.whole
            .scopes
            .entry(self.module.clone())
            .or_default()
            .aliases
            .push(Alias { name: name.to_owned(), path });
    }

    fn define(&mut self, name: &syn::Ident) {
        self.whole.scopes.entry(self.module.clone()).or_default().items.insert(name.to_string());
    }

    /// Flattens an import tree into one mention and one alias for each leaf.
    fn import(&mut self, tree: &syn::UseTree, mut path: Vec<String>) {
        let line = tree.span().start().line;
        match tree {
            syn::UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.import(&step.tree, path);
            }
            syn::UseTree::Name(leaf) => self.leaf(line, path, &leaf.ident.to_string(), None),
            syn::UseTree::Rename(leaf) => {
                self.leaf(line, path, &leaf.ident.to_string(), Some(leaf.rename.to_string()))
            }
            syn::UseTree::Glob(_) => {
                self.whole.scopes.entry(self.module.clone()).or_default().globs.push(path.clone());
                path.push("*".to_owned());
                self.mention(line, path);
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, path.clone()))
            }
        }
    }

    fn leaf(&mut self, line: usize, mut path: Vec<String>, name: &str, rename: Option<String>) {
        if name != "self" || path.is_empty() {
            path.push(name.to_owned());
        }
        let known = rename.or_else(|| path.last().cloned());
        if self.whole.is_root(&self.module, &path) {
            self.refuse(line, "gives the crate another name");
        } else {
            self.mention(line, path.clone());
        }
        self.alias(&known.unwrap_or_default(), path);
    }

    fn tokens(&mut self, tokens: &TokenStream) {
        let named = Named::scan(tokens.clone());
        named.paths.into_iter().for_each(|(line, path)| self.mention(line, path));
        named.uses.iter().for_each(|item| self.visit_item_use(item));
    }

    fn module_head(&mut self, item: &syn::ItemMod) {
        self.define(&item.ident);
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            self.refuse(item.span().start().line, "moves a module with `#[path]`");
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if let Some(name) = item_name(item) {
            self.define(name);
        }
        if !only_for_tests(item_attributes(item)) {
            visit::visit_item(self, item);
        } else if let syn::Item::Mod(module) = item {
            let mut path = self.module.clone();
            path.push(module.ident.to_string());
            self.whole.test_modules.push(path);
        }
    }

    fn visit_impl_item_fn(&mut self, method: &'ast syn::ImplItemFn) {
        if !only_for_tests(&method.attrs) {
            visit::visit_impl_item_fn(self, method);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module_head(item);
        self.module.push(item.ident.to_string());
        self.whole.scopes.entry(self.module.clone()).or_default();
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let outside = item.leading_colon.map(|_| "::".to_owned());
        self.import(&item.tree, outside.into_iter().collect());
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let line = item.span().start().line;
        let known = item
            .rename
            .as_ref()
            .map_or_else(|| item.ident.to_string(), |(_, name)| name.to_string());
        if item.ident == "self" || item.ident == "lifeboat" {
            self.refuse(line, "gives the crate another name");
            return self.alias(&known, vec!["crate".to_owned()]);
        }
        let path = vec!["::".to_owned(), item.ident.to_string()];
        self.mention(line, path.clone());
        self.alias(&known, path);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        if let syn::Type::Path(path) = &*item.ty {
            self.alias(&item.ident.to_string(), segments(&path.path));
        }
        visit::visit_item_type(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = segments(path);
        if names.len() > 1 {
            self.mention(path.span().start().line, names);
        }
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let line = call.path.span().start().line;
        if call.path.is_ident("include") {
            self.refuse(line, "takes in a source file with `include!`");
        }
        self.visit_path(&call.path);
        self.tokens(&call.tokens);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        self.visit_path(attribute.path());
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(&list.tokens);
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(word) = &signature.asyncness {
            self.asynchronous(word.span());
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.asynchronous(block.async_token.span());
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        if let Some(word) = &closure.asyncness {
            self.asynchronous(word.span());
        }
        visit::visit_expr_closure(self, closure);
    }
}

impl Reader<'_> {
    fn asynchronous(&mut self, span: proc_macro2::Span) {
        self.whole.asynchronous.push((
            self.file.to_owned(),
            span.start().line,
            self.module.clone(),
        ));
    }
}

/// Returns a path's segments; `::` stands first when it starts with it.
fn segments(path: &syn::Path) -> Vec<String> {
    let outside = path.leading_colon.map(|_| "::".to_owned());
    outside
        .into_iter()
        .chain(path.segments.iter().map(|segment| segment.ident.to_string()))
        .collect()
}

/// Tells whether `#[cfg(test)]` keeps an item out of the product.
fn only_for_tests(attributes: &[syn::Attribute]) -> bool {
    let is_test = |attribute: &syn::Attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        syn::Meta::List(_) | syn::Meta::Path(_) | syn::Meta::NameValue(_) => false,
    };
    attributes.iter().any(is_test)
}

macro_rules! each_item {
    ($item:expr, $field:ident) => {
        match $item {
            syn::Item::Const(it) => Some(&it.$field),
            syn::Item::Enum(it) => Some(&it.$field),
            syn::Item::Fn(it) => each_item!(@function it, $field),
            syn::Item::Mod(it) => Some(&it.$field),
            syn::Item::Static(it) => Some(&it.$field),
            syn::Item::Struct(it) => Some(&it.$field),
            syn::Item::Trait(it) => Some(&it.$field),
            syn::Item::Type(it) => Some(&it.$field),
            syn::Item::Union(it) => Some(&it.$field),
            other => each_item!(@nameless other, $field),
        }
    };
    (@function $it:expr, ident) => { Some(&$it.sig.ident) };
    (@function $it:expr, attrs) => { Some(&$it.attrs) };
    (@nameless $it:expr, ident) => { match $it {
        syn::Item::Macro(it) => it.ident.as_ref(),
        _ => None,
    } };
    (@nameless $it:expr, attrs) => { match $it {
        syn::Item::ExternCrate(it) => Some(&it.attrs),
        syn::Item::Impl(it) => Some(&it.attrs),
        syn::Item::Macro(it) => Some(&it.attrs),
        syn::Item::Use(it) => Some(&it.attrs),
        _ => None,
    } };
}

fn item_name(item: &syn::Item) -> Option<&syn::Ident> {
    each_item!(item, ident)
}

fn item_attributes(item: &syn::Item) -> &[syn::Attribute] {
    each_item!(item, attrs).map_or(&[], |attributes| attributes)
}
