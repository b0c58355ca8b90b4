//! What an author writes: the trait that every plugin is.

use ratebook_line::Month;

use crate::about::About;
use crate::config::Config;
use crate::host::Host;
use crate::lines::Lines;
use crate::payload::Payload;
use crate::problem::Problem;

/// A vendor plugin: one account at one vendor, opened with that source's configuration.
pub trait VendorPlugin: Sized + 'static {
    /// Who the plugin is, what its configuration may hold, which payload formats [`VendorPlugin::map`] reads.
    fn about() -> About;

    /// Takes the source's configuration.
    ///
    /// # Errors
    /// [`Problem::config`] if it is not usable; name the key.
    fn open(config: &Config) -> Result<Self, Problem>;

    /// Asks the vendor for one month, through the host, and hands each payload to the host to keep.
    ///
    /// # Errors
    /// Whatever stands in the way; see the constructors of [`Problem`].
    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem>;

    /// Says which of its formats a file downloaded by hand is in, from its name and its first bytes (at most
    /// 64 KiB, after decompression).
    fn recognize(_file_name: &str, _head: &[u8]) -> Option<&'static str> {
        None
    }

    /// Turns one payload into lines. Pure: the same bytes give the same lines, whatever the same process has mapped before. The
    /// plugin is opened anew for each payload.
    ///
    /// Every record becomes a line ([`Lines::push`]) or is skipped with a reason ([`Lines::skip`]).
    ///
    /// # Errors
    /// [`Problem::data`] if the payload is not what it should be: nothing of it is used then.
    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem>;
}
