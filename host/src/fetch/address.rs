//! Which addresses may be asked.

use std::net::{IpAddr, Ipv6Addr};

use ratebook_plugin::Problem;
use reqwest::Url;

/// Checks an address from the configuration: https, or http on this machine; no user in it.
pub(crate) fn check_url(text: &str) -> Result<Url, Problem> {
    let wrong = |message: String| Problem::config("url", message);
    let url = Url::parse(text).map_err(|error| wrong(format!("it is not an address: {error}")))?;
    check(&url).map_err(wrong)?;
    Ok(url)
}

/// What is wrong with an address, whoever gave it.
pub(super) fn check(url: &Url) -> Result<(), String> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address must hold no user or password; name a secret instead".to_owned());
    }
    let Some(host) = url.host_str() else {
        return Err(format!("{}: is no address of a vendor; it must begin with https://", url.scheme()));
    };
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let loopback = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => {
            return Err(format!(
                "http://{host} is not encrypted; only https:// is used, but for this machine itself"
            ));
        }
        other => return Err(format!("{other}:// is no address of a vendor; it must begin with https://")),
    }
    match address {
        Some(address) if !loopback && is_local_link(address) => {
            Err(format!("{host} is an address of the machine's own network link, not of a vendor"))
        }
        _ => Ok(()),
    }
}

/// Addresses under which clouds answer with a machine's own credentials, and those that are nobody's.
fn is_local_link(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.to_ipv4_mapped().is_some_and(|inner| is_local_link(IpAddr::V4(inner)))
                || address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

/// The hosts, with their ports, that a source may talk to.
#[derive(Clone, Debug)]
pub(super) struct AllowedHosts(Vec<(String, u16)>);

impl AllowedHosts {
    /// Those of the source's address, and further ones (`host` or `host:port`).
    pub(super) fn new(url: Option<&str>, further: &[String]) -> Result<AllowedHosts, Problem> {
        let mut allowed = Vec::new();
        if let Some(url) = url {
            allowed.extend(origin(&check_url(url)?));
        }
        for text in further {
            let wrong =
                || Problem::config("hosts", format!("{text:?} is not a host name like api.example.com"));
            let url = Url::parse(&format!("https://{text}")).map_err(|_| wrong())?;
            let bare =
                url.path() == "/" && url.query().is_none() && url.fragment().is_none() && !text.contains('/');
            if !bare || !url.username().is_empty() || url.password().is_some() {
                return Err(wrong());
            }
            allowed.extend(origin(&url));
        }
        Ok(AllowedHosts(allowed))
    }

    /// Refuses an address that the source's configuration does not name.
    pub(super) fn check(&self, text: &str) -> Result<Url, Problem> {
        let url = Url::parse(text).map_err(|error| {
            Problem::plugin(format!("the plugin asks for {text:?}, which is no address: {error}"))
        })?;
        check(&url).map_err(|message| Problem::config("url", message))?;
        let allowed = origin(&url).is_some_and(|asked| self.0.contains(&asked));
        if !allowed {
            let host = named(&url);
            return Err(Problem::config(
                "hosts",
                format!("the plugin asks for {host}, which the source does not name"),
            )
            .advise(format!("If it belongs to the vendor, add hosts = [\"{host}\"] to the source.")));
        }
        Ok(url)
    }
}

fn origin(url: &Url) -> Option<(String, u16)> {
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
}

/// The host of an address as `hosts` would name it.
pub(super) fn named(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_asked() {
        for fine in [
            "https://eu2-cloud.acronis.com/api/2",
            "https://api.example.com:8443",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            check_url(fine).unwrap();
        }
        for (wrong, why) in [
            ("http://api.example.com", "not encrypted"),
            ("http://169.254.169.254/latest/meta-data", "not encrypted"),
            ("https://169.254.169.254/", "network link"),
            ("https://[::ffff:169.254.169.254]/", "network link"),
            ("file:///etc/passwd", "https://"),
            ("ftp://127.0.0.1/", "https://"),
            ("https://user:secret@api.example.com", "no user"),
            ("http://localhost.example.com/", "not encrypted"),
            ("http://127.0.0.1.example.com/", "not encrypted"),
            ("api.example.com", "not an address"),
            ("", "not an address"),
        ] {
            let problem = check_url(wrong).unwrap_err();
            assert!(problem.message.contains(why), "{wrong}: {problem}");
            assert!(!problem.message.contains("secret@"));
        }
    }

    #[test]
    fn only_hosts_that_the_source_names_are_asked() {
        let hosts =
            AllowedHosts::new(Some("https://api.example.com/v1"), &["files.example.com:8443".to_owned()])
                .unwrap();
        hosts.check("https://api.example.com/other?x=1").unwrap();
        hosts.check("https://API.example.com:443/").unwrap();
        hosts.check("https://files.example.com:8443/").unwrap();
        for foreign in [
            "https://evil.example.com/",
            "https://api.example.com:444/",
            "https://files.example.com/",
            "https://api.example.com.evil.example/",
            "http://127.0.0.1/",
            "https://api.example.com@evil.example/",
        ] {
            hosts.check(foreign).unwrap_err();
        }
        for wrong in ["https://x.example", "x.example/path", "u@x.example", ""] {
            AllowedHosts::new(None, &[wrong.to_owned()]).unwrap_err();
        }
    }
}
