//! Loads a library as the host of the interface 2.0 did: its manifest first, then the library, then its layout.

#![expect(unsafe_code, reason = "a library that is opened runs its own code")]

use libloading::Library;
use object::read::{File, Object, ObjectSection};
use ratebook_plugin::abi::{HeaderRef, LoadedPlugin, SYMBOL};
use ratebook_plugin::manifest::{INTERFACE, Manifest, SECTION, SECTION_MACHO, SECTION_PE};

/// The plugin in a file.
pub(crate) fn plugin(path: &str) -> Result<LoadedPlugin, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let manifest = manifest(&bytes)?;
    let ((major, minor), (our_major, our_minor)) = (manifest.interface, INTERFACE);
    if major != our_major {
        return Err(format!(
            "it speaks the plugin interface {major}.{minor}, this host speaks {our_major}.{our_minor}"
        ));
    }
    // SAFETY: none that could be proven: it is foreign code.
    let library = unsafe { Library::new(path) }.map_err(|error| error.to_string())?;
    // Never closed: the plugin's functions stay.
    let library: &'static Library = Box::leak(Box::new(library));
    // SAFETY: only `export!` makes this symbol, and the header begins with a mark that is checked.
    let header = unsafe { library.get::<HeaderRef>(SYMBOL) };
    let header = header.map_err(|_| "it exports no plugin".to_owned())?;
    LoadedPlugin::new(*header).map_err(|error| error.to_string())
}

fn manifest(bytes: &[u8]) -> Result<Manifest, String> {
    let file = File::parse(bytes).map_err(|error| error.to_string())?;
    let section = [SECTION, SECTION_MACHO, SECTION_PE].iter().find_map(|name| file.section_by_name(name));
    let section = section.ok_or("it is not a plugin of ratebook")?;
    let data = section.data().map_err(|error| error.to_string())?;
    Manifest::read(data).map_err(|error| error.to_string())
}
