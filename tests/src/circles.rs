//! Finds files of a crate that import each other in a ring: none of them can be understood or changed alone.
//!
//! An import is a path that begins with `crate`, `super`, `self` or a module of the file, in a `use` or anywhere in its
//! code. What a file passes on by `pub use` counts as its own. Modules of tests may look at everything.

use std::collections::{BTreeMap, BTreeSet};

/// A module by its path: `["phases", "add"]`.
type Module = Vec<String>;

/// The rings among the files of a crate, each sorted. Files come by their paths below the crate's `src`.
#[must_use]
pub fn rings(files: &BTreeMap<String, String>) -> Vec<Vec<String>> {
    let mut modules: BTreeMap<Module, (&str, Vec<String>)> = BTreeMap::new();
    for (path, text) in files {
        modules.insert(module_of(path), (path, tokens(text)));
    }
    let of_tests: Vec<Module> = modules
        .iter_mut()
        .flat_map(|(module, (_, tokens))| {
            let names = take_tests_out(tokens);
            names.into_iter().map(|name| module.iter().cloned().chain([name]).collect())
        })
        .collect();
    modules.retain(|module, _| !of_tests.iter().any(|tests| module.starts_with(tests)));
    let known: BTreeSet<Module> = modules.keys().cloned().collect();
    let imports: BTreeMap<&Module, BTreeSet<Module>> = modules
        .iter()
        .map(|(module, (_, tokens))| {
            let paths = paths(tokens);
            let found = paths.iter().filter_map(|path| file_of(module, path, &known));
            (module, found.filter(|other| other != module).collect())
        })
        .collect();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        imports.keys().map(|module| (*module, reached_from(module, &imports))).collect();
    let mut rings = BTreeSet::new();
    for (module, others) in &reached {
        if others.contains(module) {
            let ring = others.iter().filter(|other| reached[**other].contains(module));
            let mut ring: Vec<String> = ring.map(|module| modules[*module].0.to_owned()).collect();
            ring.sort();
            rings.insert(ring);
        }
    }
    rings.into_iter().collect()
}

fn reached_from<'m>(
    module: &Module,
    imports: &BTreeMap<&'m Module, BTreeSet<Module>>,
) -> BTreeSet<&'m Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![module.clone()];
    while let Some(module) = open.pop() {
        for next in &imports[&module] {
            if let Some((next, _)) = imports.get_key_value(next)
                && reached.insert(*next)
            {
                open.push((*next).clone());
            }
        }
    }
    reached
}

/// `phases/mod.rs` is `phases`; `lib.rs` and `main.rs` are the crate.
fn module_of(path: &str) -> Module {
    let mut module: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] || module == ["main"] {
        module.pop();
    }
    module
}

/// Words, `::` and other signs of a source text, without comments, texts and lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let skipped = if let Some(hashes) = raw_text(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = rest.find('"').map_or(rest.len(), |at| at + 1);
            rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len())
        } else if !word.is_empty() {
            let length = word.len();
            tokens.push(word);
            length
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if first == '"' {
            end_of_text(rest, '"')
        } else if first == '\'' {
            let is_lifetime =
                rest.chars().nth(1).is_some_and(|c| c != '\\') && rest.chars().nth(2) != Some('\'');
            if is_lifetime { 1 } else { end_of_text(rest, '\'') }
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[skipped..];
    }
    tokens
}

/// How many `#` a raw text begins with, if one begins here.
fn raw_text(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn end_of_text(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + 1;
        }
    }
    text.len()
}

/// Takes what is for tests alone out; gives the names of modules in files of their own that are.
fn take_tests_out(tokens: &mut Vec<String>) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut names = Vec::new();
    while let Some(start) = tokens.windows(MARK.len()).position(|found| found == MARK) {
        let after = start + MARK.len();
        let named = tokens[after..].iter().position(|token| token == "mod").filter(|at| *at <= 4);
        if let Some(at) = named
            && tokens.get(after + at + 2).is_some_and(|token| token == ";")
        {
            names.push(tokens[after + at + 1].clone());
        }
        let (mut depth, mut end) = (0_u32, tokens.len());
        for (at, token) in tokens.iter().enumerate().skip(after) {
            match token.as_str() {
                "{" => depth += 1,
                "}" if depth <= 1 => end = at + 1,
                "}" => depth -= 1,
                ";" if depth == 0 => end = at + 1,
                _ => continue,
            }
            if end != tokens.len() {
                break;
            }
        }
        tokens.drain(start..end);
    }
    names
}

/// Every path in code, those of a tree of a `use` one by one.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut at = 0;
    // Modules written inside a file: `super` in them is the file.
    let (mut depth, mut inside) = (0_usize, Vec::new());
    while at < tokens.len() {
        let known = paths.len();
        if tokens[at] == "{" || tokens[at] == "}" {
            if tokens[at] == "{" {
                depth += 1;
                if at > 1 && tokens[at - 2] == "mod" {
                    inside.push(depth);
                }
            } else {
                inside.retain(|begun| *begun < depth);
                depth = depth.saturating_sub(1);
            }
            at += 1;
        } else if tokens[at] == "use" {
            at += 1;
            tree(tokens, &mut at, &[], &mut paths);
        } else if is_word(&tokens[at]) && (at == 0 || tokens[at - 1] != "::") {
            let mut path = vec![tokens[at].clone()];
            at += 1;
            while at + 1 < tokens.len() && tokens[at] == "::" && is_word(&tokens[at + 1]) {
                path.push(tokens[at + 1].clone());
                at += 2;
            }
            if path.len() > 1 {
                paths.push(path);
            }
        } else {
            at += 1;
        }
        for path in &mut paths[known..] {
            let inner = path.iter().take(inside.len()).take_while(|word| *word == "super").count();
            if inner > 0 {
                path.splice(..inner, ["self".to_owned()]);
            }
        }
    }
    paths
}

/// One tree of a `use`, up to the sign that ends it.
fn tree(tokens: &[String], at: &mut usize, before: &[String], paths: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    while let Some(token) = tokens.get(*at) {
        match token.as_str() {
            "::" => *at += 1,
            "{" => {
                *at += 1;
                while tokens.get(*at).is_some_and(|token| token != "}") {
                    tree(tokens, at, &path, paths);
                    if tokens.get(*at).is_some_and(|token| token == ",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            "as" => *at += 2,
            word if is_word(word) || word == "*" => {
                path.push(word.to_owned());
                *at += 1;
            }
            _ => break,
        }
    }
    // A name of the file itself is no import of another.
    paths.push(path);
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The file that a path in a module leads to, if it is one of the crate's.
fn file_of(module: &Module, path: &[String], known: &BTreeSet<Module>) -> Option<Module> {
    let (mut at, mut rest) = match path.first()?.as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "super" => (module.clone(), path),
        "self" => (module.clone(), &path[1..]),
        child => {
            let of_module: Module = module.iter().cloned().chain([child.to_owned()]).collect();
            known.contains(&of_module).then(|| (module.clone(), path))?
        }
    };
    while rest.first().is_some_and(|word| word == "super") {
        at.pop();
        rest = &rest[1..];
    }
    for word in rest {
        let child: Module = at.iter().cloned().chain([word.clone()]).collect();
        if !known.contains(&child) {
            break;
        }
        at = child;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        rings(&files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn what_goes_one_way_is_no_ring() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub use a::A;"),
            ("a.rs", "use crate::b::{self, B, c::C};\nfn f<'a>(x: &'a str) -> char { 'x' }"),
            ("b/mod.rs", "pub mod c; use c::C; // crate::a::A\nconst S: &str = \"crate::a::A\";"),
            (
                "b/c.rs",
                "pub struct C; mod inner { use super::{C, D}; } use inner::E;\n#[cfg(test)]\nmod tests { use crate::a::A; }",
            ),
        ];
        assert_eq!(found(&files), Vec::<Vec<String>>::new());
    }

    #[test]
    fn rings_are_found_in_uses_in_code_and_through_what_is_passed_on() {
        let two =
            [("a.rs", "use crate::b::B;"), ("b.rs", "fn f(x: super::a::A) {}"), ("lib.rs", "mod a; mod b;")];
        assert_eq!(found(&two), [["a.rs", "b.rs"]]);
        let passed_on = [("lib.rs", "mod a;\npub use a::{A, B as C};"), ("a.rs", "use crate::C;")];
        assert_eq!(found(&passed_on), [["a.rs", "lib.rs"]]);
        let child =
            [("lib.rs", "mod a;"), ("a/mod.rs", "mod b; fn f() { b::g() }"), ("a/b.rs", "use super::*;")];
        assert_eq!(found(&child), [["a/b.rs", "a/mod.rs"]]);
        let three = [
            ("a.rs", "use crate::{b::x, b as y};"),
            ("b.rs", "use super::c;"),
            ("c.rs", "const S: &str = r#\"\"#; static X: u8 = crate::a::Z;"),
            ("d.rs", "use crate::a;"),
        ];
        assert_eq!(found(&three), [["a.rs", "b.rs", "c.rs"]]);
    }
}
