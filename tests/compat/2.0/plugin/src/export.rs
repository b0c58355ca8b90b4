//! What an author writes once: `export!`.

/// Exports a [`VendorPlugin`](crate::VendorPlugin) from a library: `ratebook_plugin::export!(Acme, "acme");`, once,
/// with the id that its `about` says. The crate is of the type `["cdylib", "lib"]`.
#[macro_export]
macro_rules! export {
    ($plugin:ty, $id:literal) => {
        const _: () = {
            const PIECES: [&str; 14] =
                $crate::manifest::pieces($id, env!("CARGO_PKG_VERSION"), cfg!(panic = "unwind"));

            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__ratebook"))]
            #[cfg_attr(windows, unsafe(link_section = ".ratebk"))]
            #[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".ratebook"))]
            #[unsafe(export_name = "ratebook_plugin_manifest")]
            #[used]
            static MANIFEST: [u8; $crate::manifest::length(&PIECES)] = $crate::manifest::join(&PIECES);

            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            static HEADER: $crate::abi::Header = $crate::abi::Header::of::<$plugin>();
        };
    };
}
