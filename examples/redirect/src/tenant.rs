//! The tenant file.

use std::path::Path;

use presence_core::{Directory, raw};

/// Reads and compiles the tenant; what is wrong with it is told all at once.
pub(crate) fn load(path: &Path) -> Result<Directory, String> {
    let told = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|why| told(&why))?;
    let document: raw::Document = if path.extension().is_some_and(|end| end == "json") {
        serde_json::from_str(&text).map_err(|why| told(&why))?
    } else {
        toml::from_str(&text).map_err(|why| told(&why))?
    };
    Directory::compile(document).map_err(|problems| told(&format_args!("cannot be used\n{problems}")))
}
