//! What `doctor` looks at on the way to vendors.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::super::context::Context;
use super::super::stage;
use super::finding::Finding;
use crate::config::Workspace;

/// How long a host may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Proxies that the environment names, and who goes through them: nobody, unless a source says so.
pub(super) fn proxies(workspace: Option<&Workspace>) -> Vec<Finding> {
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let set: Vec<&str> = names.into_iter().filter(|name| std::env::var_os(name).is_some()).collect();
    if set.is_empty() {
        return Vec::new();
    }
    let set = set.join(", ");
    let sources = workspace.iter().flat_map(|workspace| workspace.sources.values());
    let used = sources.filter(|source| source.http.proxy.as_deref() == Some("environment"));
    let used: Vec<&str> = used.map(|source| source.name.as_str()).collect();
    if !used.is_empty() {
        return vec![Finding::good("proxy", format!("{set} is set, and used by {}", used.join(", ")))];
    }
    let text = format!("{set} is set, and not used: no source says proxy = \"environment\"");
    vec![Finding::look("proxy", text, "If vendors can only be reached through it, they cannot be reached.")]
}

/// Whether each source's host takes connections. Nothing is sent.
pub(super) fn reach(context: &Context, workspace: &Workspace) -> Vec<Finding> {
    let Ok(plugins) = stage::plugins(context, false) else { return Vec::new() };
    let mut findings = Vec::new();
    for source in workspace.sources.values() {
        let about = plugins.get(&source.plugin).and_then(|plugin| plugin.about());
        let default = about.ok().and_then(|about| about.default_url);
        let Some(url) = source.plugin_config(default.as_deref()).url else { continue };
        let Some(address) = address(&url) else { continue };
        findings.push(match connected(&address) {
            Ok(()) => Finding::good("network", format!("{}: {address} takes connections", source.name)),
            Err(error) => Finding::wrong(
                "network",
                format!("{}: {address} cannot be reached: {error}", source.name),
                Some("Look at the address in ratebook.toml, the name server and the firewall.".to_owned()),
            ),
        });
    }
    findings
}

/// `host:port` of an address.
fn address(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    let port = if scheme == "http" { 80 } else { 443 };
    let ends_in_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some(if ends_in_port { host.to_owned() } else { format!("{host}:{port}") })
}

fn connected(address: &str) -> std::io::Result<()> {
    let mut last = std::io::Error::other("the name is not known");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_that_of_the_address_or_of_its_scheme() {
        for (url, expected) in [
            ("https://eu2-cloud.acronis.com", "eu2-cloud.acronis.com:443"),
            ("http://127.0.0.1:8080/api", "127.0.0.1:8080"),
            ("http://localhost", "localhost:80"),
            ("https://[::1]:9443/x", "[::1]:9443"),
        ] {
            assert_eq!(address(url).as_deref(), Some(expected), "{url}");
        }
    }
}
