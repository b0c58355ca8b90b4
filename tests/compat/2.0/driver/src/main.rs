//! A host of the interface 2.0: what the binary of that day does with a library, without a worker and without a vendor.
//!
//! `driver LIBRARY about`, `driver LIBRARY collect PAYLOAD`, `driver LIBRARY map PAYLOAD`: prints what the plugin says of
//! itself, what it asks and keeps if every request is answered with the payload, or the lines it makes of it. A problem
//! goes to standard error, and the exit code is 1.

mod host;
mod load;

use std::process::ExitCode;

use ratebook_plugin::{Config, Month};

use host::PayloadHost;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match drive(&arguments) {
        Ok(told) => {
            print!("{told}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn drive(arguments: &[&str]) -> Result<String, String> {
    let (library, task, file) = match *arguments {
        [library, "about"] => (library, "about", None),
        [library, task @ ("collect" | "map"), file] => (library, task, Some(file)),
        _ => return Err("driver LIBRARY about | collect PAYLOAD | map PAYLOAD".to_owned()),
    };
    let plugin = load::plugin(library)?;
    let about = plugin.about().map_err(|problem| problem.to_string())?;
    let Some(file) = file else {
        return serde_json::to_string_pretty(&about).map(|json| json + "\n").map_err(|e| e.to_string());
    };
    let payload = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let config = Config {
        source: "acme".to_owned(),
        url: Some("https://api.acme.example".to_owned()),
        values: serde_json::json!({}),
        secrets: about.secrets.clone(),
    };
    let month: Month = "2026-03".parse().map_err(|error| format!("{error}"))?;
    let mut host = PayloadHost::new(payload, month);
    let outcome = plugin.open(&config).and_then(|open| match task {
        "collect" => open.collect(month, &mut host),
        _ => {
            let format = plugin.recognize(file, &host.payload)?;
            open.map(&format.unwrap_or_default(), file, month, &mut host)
        }
    });
    outcome.map(|()| host.told).map_err(|problem| problem.to_string())
}
