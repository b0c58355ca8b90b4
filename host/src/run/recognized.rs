//! Which plugins read a file, by its name and first bytes.

use crate::plugins::Plugins;

/// The plugin that reads whatever a map says, and so recognizes nearly everything.
pub(crate) const BY_MAP: &str = "table";

/// The plugins that recognize a file as a vendor's own, each with the format; a plugin that fails recognizes nothing.
pub(crate) fn recognized_by(plugins: &Plugins, file_name: &str, head: &[u8]) -> Vec<(String, String)> {
    let ids = plugins.usable().into_iter().filter(|id| id != BY_MAP);
    let found = ids.filter_map(|id| {
        let format = plugins.get(&id).ok()?.recognize(file_name, head).ok()??;
        Some((id, format))
    });
    found.collect()
}
