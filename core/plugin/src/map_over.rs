//! Mapping a payload over a host: what a plugin reads and what it hands over are calls of one host in turn.

use std::cell::RefCell;

use ratebook_line::Month;

use crate::call::{Call, HostServices, PAYLOAD_BODY, Reply};
use crate::host::BodyReader;
use crate::lines::Lines;
use crate::payload::Payload;
use crate::problem::Problem;
use crate::vendor_plugin::VendorPlugin;

/// Lets a plugin map the payload that the host gives as body [`PAYLOAD_BODY`].
pub(crate) fn map_over<P: VendorPlugin>(
    plugin: &P,
    format: &str,
    name: &str,
    month: Month,
    services: &mut dyn HostServices,
) -> Result<(), Problem> {
    let services = RefCell::new(services);
    let (mut reading, mut looking, mut handing) = (InTurn(&services), InTurn(&services), InTurn(&services));
    let mut input = BodyReader::new(&mut reading, PAYLOAD_BODY);
    let mut payload = Payload::new(format, name, &mut input).beside(&mut looking);
    let mut lines = Lines::new(&mut handing);
    plugin.map(&mut payload, month, &mut lines)?;
    lines.finish()
}

struct InTurn<'s, 'h>(&'s RefCell<&'h mut dyn HostServices>);

impl HostServices for InTurn<'_, '_> {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        self.0.borrow_mut().call(call, bytes)
    }
}
