//! The border between host and library; the only file that names `abi_stable`.
//!
//! Small on purpose: one root with four functions, an object for an open plugin, an object for the host with one method.
//! Everything that may grow crosses as JSON and lines as blocks of bytes, so a new field needs nothing here. Both sides are
//! fenced: a panic becomes a [`Problem`] with message and place, for it must not unwind through code of another compiler.

use std::mem::{ManuallyDrop, take};

use abi_stable::abi_stability::abi_checking::{
    AbiInstability, AbiInstabilityErrors, ExpectedFound, check_layout_compatibility,
};
use abi_stable::library::{AbiHeaderRef, CheckTypeLayout, LibHeader, RootModule, RootModuleResult};
use abi_stable::prefix_type::{PrefixRefTrait, PrefixTypeTrait};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::sabi_types::{RMut, VersionStrings};
use abi_stable::std_types::{RBox, RErr, ROk, ROption, RResult, RSlice, RStr, RString, RVec};
use abi_stable::type_layout::{TLFieldOrFunction, TypeLayout};
use abi_stable::{StableAbi, package_version_strings, sabi_trait};
use ratebook_line::Month;

use crate::about::About;
use crate::call::{Call, HostServices, Reply};
use crate::config::Config;
use crate::fence::fenced;
use crate::host::Host;
pub use crate::load_error::LoadError;
use crate::map_over::map_over;
use crate::message::{call_of, from_json, month_of, to_json};
use crate::problem::Problem;
use crate::vendor_plugin::VendorPlugin;

/// The symbol under which a library exports its [`Header`]: the one that `abi_stable` uses.
pub const SYMBOL: &str = "_1as_0lib_1header_0root_bmodule_bloader";

/// What a call brings, or a [`Problem`] as JSON.
type Answer<T> = RResult<T, RString>;

/// The root of a library. New functions are added at the end, after `last_prefix_field`.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RootRef, prefix_fields = RootPrefix)))]
struct Root {
    /// [`About`] as JSON.
    about: extern "C" fn() -> Answer<RString>,
    /// File name and first bytes to the id of a format.
    recognize: for<'a> extern "C" fn(RStr<'a>, RSlice<'a, u8>) -> Answer<ROption<RString>>,
    /// [`Config`] as JSON to an open plugin.
    #[sabi(last_prefix_field)]
    open: for<'a> extern "C" fn(RStr<'a>) -> Answer<PluginObject>,
}

type PluginObject = Plugin_TO<'static, RBox<()>>;
type HostObject<'h> = Services_TO<'h, RMut<'h, ()>>;

#[expect(unsafe_code, non_local_definitions, reason = "sabi_trait writes the tables of functions")]
mod objects {
    use super::{HostObject, RResult, RStr, RString, RVec, sabi_trait};

    /// An open plugin.
    #[sabi_trait]
    pub(super) trait Plugin {
        /// Collects a month.
        fn collect(&self, month: RStr<'_>, host: HostObject<'_>) -> RResult<(), RString>;

        /// Maps the payload that the host gives as body [`PAYLOAD_BODY`](crate::call::PAYLOAD_BODY): its format, its name, the month.
        #[sabi(last_prefix_field)]
        fn map(
            &self,
            format: RStr<'_>,
            name: RStr<'_>,
            month: RStr<'_>,
            host: HostObject<'_>,
        ) -> RResult<(), RString>;
    }

    /// The host.
    #[sabi_trait]
    pub(super) trait Services {
        /// A [`Call`] as JSON, with its bytes; a [`Reply`] as JSON, with its bytes in their place.
        #[sabi(last_prefix_field)]
        fn call(&mut self, call: RStr<'_>, bytes: &mut RVec<u8>) -> RResult<RString, RString>;
    }
}
use objects::{Plugin, Plugin_TO, Services, Services_TO};

impl RootModule for RootRef {
    abi_stable::declare_root_module_statics! {RootRef}
    const BASE_NAME: &'static str = "ratebook_plugin";
    const NAME: &'static str = "ratebook_plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

// The library's side.

/// What a library exports under [`SYMBOL`]; see [`export!`](crate::export).
#[repr(transparent)]
pub struct Header(LibHeader);

impl Header {
    /// The header of a library that holds the plugin `P`.
    #[expect(unsafe_code, reason = "the constructor's root is of the type that the header is made for")]
    #[must_use]
    pub const fn of<P: VendorPlugin>() -> Header {
        // SAFETY: `construct` erases a `RootRef`, which is the module that is named here.
        Header(unsafe { LibHeader::from_constructor::<RootRef>(construct::<P>, CheckTypeLayout::Yes) })
    }
}

#[expect(unsafe_code, reason = "abi_stable erases the type of a root")]
extern "C" fn construct<P: VendorPlugin>() -> RootModuleResult {
    let root = Root { about: about::<P>, recognize: recognize::<P>, open: open::<P> }.leak_into_prefix();
    // SAFETY: the header says that it is a `RootRef`, and the host checks its layout.
    ROk(unsafe { root.to_prefix_ref().cast() })
}

extern "C" fn about<P: VendorPlugin>() -> Answer<RString> {
    answer(fenced(IT, || to_json(&P::about()).map(RString::from)))
}

extern "C" fn recognize<P: VendorPlugin>(name: RStr<'_>, head: RSlice<'_, u8>) -> Answer<ROption<RString>> {
    answer(fenced(IT, || Ok(P::recognize(name.as_str(), head.as_slice()).map(RString::from).into())))
}

extern "C" fn open<P: VendorPlugin>(config: RStr<'_>) -> Answer<PluginObject> {
    answer(fenced(IT, || {
        let plugin = Opened(ManuallyDrop::new(P::open(&from_json(&config)?)?));
        Ok(Plugin_TO::from_value(plugin, TD_Opaque))
    }))
}

/// A plugin that is never dropped: a panic in its `drop` could not be fenced.
struct Opened<P>(ManuallyDrop<P>);

impl<P: VendorPlugin> Plugin for Opened<P> {
    fn collect(&self, month: RStr<'_>, host: HostObject<'_>) -> RResult<(), RString> {
        answer(fenced(IT, || {
            let mut services = HostOverBorder(host);
            self.0.collect(month_of(&month)?, &mut Host::new(&mut services))
        }))
    }

    fn map(
        &self,
        format: RStr<'_>,
        name: RStr<'_>,
        month: RStr<'_>,
        host: HostObject<'_>,
    ) -> RResult<(), RString> {
        answer(fenced(IT, || {
            let mut services = HostOverBorder(host);
            map_over(&*self.0, format.as_str(), name.as_str(), month_of(&month)?, &mut services)
        }))
    }
}

/// The host, as a library sees it.
struct HostOverBorder<'h>(HostObject<'h>);

impl HostServices for HostOverBorder<'_> {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        let call = to_json(&call)?;
        let mut crossing = RVec::from(take(bytes));
        let reply = self.0.call(RStr::from_str(&call), &mut crossing);
        *bytes = crossing.into_vec();
        from_json(&answered(reply)?)
    }
}

// The host's side.

/// A [`Header`] in a library that was opened.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct HeaderRef(AbiHeaderRef);

/// The plugin of a library that was opened and fits.
#[derive(Clone, Copy)]
pub struct LoadedPlugin(RootRef);

/// A plugin that was opened with the configuration of a source.
pub struct OpenPlugin(PluginObject);

impl LoadedPlugin {
    /// Checks that a library fits, and takes its root.
    ///
    /// # Errors
    /// [`LoadError`] with the first thing that does not fit.
    pub fn new(header: HeaderRef) -> Result<LoadedPlugin, LoadError> {
        let header = header.0.upgrade().map_err(|_| {
            let theirs = (header.0.abi_major, header.0.abi_minor);
            LoadError(format!("it was built with another abi_stable ({}.{})", theirs.0, theirs.1))
        })?;
        let theirs =
            header.layout().ok_or_else(|| LoadError("it does not describe its layout".to_owned()))?;
        check_layout(<RootRef as StableAbi>::LAYOUT, theirs)?;
        #[expect(unsafe_code, reason = "the layout was checked, one way or the other")]
        // SAFETY: the layouts agree but for what one side adds behind a prefix, which is read as absent.
        let root = unsafe { header.init_root_module_with_unchecked_layout::<RootRef>() };
        root.map(LoadedPlugin).map_err(|error| LoadError(error.to_string()))
    }

    /// What the plugin says of itself.
    ///
    /// # Errors
    /// If it panics.
    pub fn about(&self) -> Result<About, Problem> {
        from_json(&answered((self.0.about())())?)
    }

    /// Which format a file is in.
    ///
    /// # Errors
    /// If it panics.
    pub fn recognize(&self, file_name: &str, head: &[u8]) -> Result<Option<String>, Problem> {
        let format = answered((self.0.recognize())(file_name.into(), head.into()))?;
        Ok(format.into_option().map(String::from))
    }

    /// Opens the plugin with the configuration of a source.
    ///
    /// # Errors
    /// Its problem with the configuration.
    pub fn open(&self, config: &Config) -> Result<OpenPlugin, Problem> {
        answered((self.0.open())(to_json(config)?.as_str().into())).map(OpenPlugin)
    }
}

impl OpenPlugin {
    /// Collects a month through `host`.
    ///
    /// # Errors
    /// The plugin's problem.
    pub fn collect(&self, month: Month, host: &mut dyn HostServices) -> Result<(), Problem> {
        let month = month.to_string();
        HostBehindBorder::serve(host, |host| self.0.collect(month.as_str().into(), host))
    }

    /// Maps a payload that `host` gives as body [`PAYLOAD_BODY`](crate::call::PAYLOAD_BODY).
    ///
    /// # Errors
    /// The plugin's problem, or the host's with a batch.
    pub fn map(
        &self,
        format: &str,
        name: &str,
        month: Month,
        host: &mut dyn HostServices,
    ) -> Result<(), Problem> {
        let month = month.to_string();
        HostBehindBorder::serve(host, |host| {
            self.0.map(format.into(), name.into(), month.as_str().into(), host)
        })
    }
}

/// The host's services, as they are handed to a library.
struct HostBehindBorder<'s> {
    services: &'s mut dyn HostServices,
    /// A batch that the host refused: the call has failed, whatever the plugin makes of it.
    refused: Option<Problem>,
}

impl<'s> HostBehindBorder<'s> {
    fn serve(
        services: &'s mut dyn HostServices,
        work: impl FnOnce(HostObject<'_>) -> RResult<(), RString>,
    ) -> Result<(), Problem> {
        let mut border = HostBehindBorder { services, refused: None };
        let outcome = work(Services_TO::from_ptr(RMut::new(&mut border), TD_Opaque));
        match border.refused {
            Some(problem) => Err(problem),
            None => answered(outcome),
        }
    }
}

impl Services for HostBehindBorder<'_> {
    fn call(&mut self, call: RStr<'_>, bytes: &mut RVec<u8>) -> RResult<RString, RString> {
        answer(fenced("ratebook", || {
            let call = call_of(&call)?;
            let one_way = call.is_one_way();
            let mut held = take(bytes).into_vec();
            let reply = self.services.call(call, &mut held);
            if one_way {
                self.refused = self.refused.take().or_else(|| reply.as_ref().err().cloned());
            } else {
                *bytes = RVec::from(held);
            }
            to_json(&reply?).map(RString::from)
        }))
    }
}

// Both sides'.

/// The plugin, in the message of a panic.
const IT: &str = "it";

fn answer<T>(result: Result<T, Problem>) -> Answer<T> {
    match result {
        Ok(value) => ROk(value),
        Err(problem) => RErr(to_json(&problem).unwrap_or_default().into()),
    }
}

fn answered<T>(answer: Answer<T>) -> Result<T, Problem> {
    answer.into_result().map_err(|problem| {
        from_json(&problem)
            .unwrap_or_else(|_| Problem::plugin(format!("a problem it could not say: {problem}")))
    })
}

/// Checks the layouts of two roots. `abi_stable` lets only the newer side add something; here either side may be the
/// newer one.
fn check_layout(ours: &'static TypeLayout, theirs: &'static TypeLayout) -> Result<(), LoadError> {
    match check_layout_compatibility(ours, theirs) {
        Err(differences) if check_layout_compatibility(theirs, ours).is_err() => {
            Err(LoadError(first_difference(&differences)))
        }
        _ => Ok(()),
    }
}

/// The path to the first thing that differs, and what it is: the whole report has hundreds of lines.
fn first_difference(differences: &AbiInstabilityErrors) -> String {
    let first = differences.errors.iter().find(|error| !error.errs.is_empty());
    let Some(first) = first else { return "its layout differs".to_owned() };
    let path: Vec<String> = first.stack_trace.iter().map(|step| step_name(&step.expected)).collect();
    let what = match &first.errs[0] {
        AbiInstability::Size(ExpectedFound { expected, found }) => format!("{found} bytes, not {expected}"),
        AbiInstability::FieldCountMismatch(ExpectedFound { expected, found }) => {
            format!("{found} fields, not {expected}")
        }
        AbiInstability::Name(ExpectedFound { expected, found }) => format!("{found}, not {expected}"),
        AbiInstability::PackageVersion(ExpectedFound { expected, found }) => {
            format!("{found}, not {expected}")
        }
        // The rest prints whole layouts; its name is enough to look it up.
        other => format!("{other:?}").chars().take_while(|letter| letter.is_alphanumeric()).collect(),
    };
    format!("its layout differs at root.{}: {what}", path.join("."))
}

fn step_name(step: &TLFieldOrFunction) -> String {
    match step {
        TLFieldOrFunction::Field(field) => field.name().to_owned(),
        TLFieldOrFunction::Function(function) => function.name.to_string(),
    }
}

#[cfg(test)]
#[expect(unsafe_code, dead_code, reason = "only the layouts of these roots are looked at")]
mod tests {
    use super::*;

    macro_rules! root {
        ($module:ident { $($fields:tt)* }) => {
            mod $module {
                use super::*;
                #[repr(C)]
                #[derive(StableAbi)]
                #[sabi(kind(Prefix(prefix_ref = RootRef, prefix_fields = RootPrefix)))]
                pub(super) struct Root { $($fields)* }
                pub(super) const LAYOUT: &TypeLayout = <RootRef as StableAbi>::LAYOUT;
            }
        };
    }
    root!(now { one: u64, #[sabi(last_prefix_field)] two: extern "C" fn() -> Answer<RString> });
    root!(newer { one: u64, #[sabi(last_prefix_field)] two: extern "C" fn() -> Answer<RString>, three: u64 });
    root!(other { one: u64, #[sabi(last_prefix_field)] two: extern "C" fn() -> Answer<RVec<u8>> });

    #[test]
    fn the_symbol_is_the_one_of_abi_stable() {
        assert_eq!(SYMBOL, abi_stable::library::ROOT_MODULE_LOADER_NAME);
    }

    #[test]
    fn either_side_may_be_the_newer_one() {
        assert_eq!(check_layout(now::LAYOUT, newer::LAYOUT), Ok(()));
        assert_eq!(check_layout(newer::LAYOUT, now::LAYOUT), Ok(()));
    }

    #[test]
    fn what_differs_is_said_in_a_line() {
        let LoadError(text) = check_layout(now::LAYOUT, other::LAYOUT).unwrap_err();
        assert_eq!(text, "its layout differs at root.0.two.two.__returns.field_0: RVec, not RString");
    }
}
