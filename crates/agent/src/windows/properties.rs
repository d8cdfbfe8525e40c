//! The properties of the package, and the settings that they make. An empty one keeps what was set before: an upgrade or a
//! repair need not repeat them.

use std::collections::BTreeMap;
#[cfg(windows)]
use std::path::Path;

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use ureq::http::Uri;

use crate::config::{Error, Given, Secret, address, proxy_of, text};

/// Every property that becomes a setting.
pub(crate) const PROPERTIES: [&str; 10] = [
    "PORTALURL1",
    "CLIENTID",
    "CLIENTSECRET",
    "PROXYENABLED",
    "PROXYURL",
    "PROXYPORT",
    "PROXYUSER",
    "PROXYPASSWORD",
    "TAG",
    "CAFILE",
];

/// Values by property.
#[derive(Default)]
pub(crate) struct Properties(BTreeMap<&'static str, String>);

/// Settings that work, and the certificates to keep beside them.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) given: Given,
    /// In PEM.
    pub(crate) ca: Option<Vec<u8>>,
}

impl Properties {
    /// Asks for every property; none and an empty text are the same.
    pub(crate) fn read(ask: impl Fn(&str) -> Option<String>) -> Self {
        Self(PROPERTIES.into_iter().filter_map(|name| Some((name, ask(name).filter(|it| !it.is_empty())?))).collect())
    }

    #[cfg(windows)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn get(&self, name: &str) -> Option<String> {
        text(self.0.get(name).cloned())
    }

    /// A secret may begin or end with blanks.
    fn secret(&self, name: &str) -> Option<Secret> {
        self.0.get(name).cloned().map(Secret::from)
    }

    /// The settings after these properties. `read_ca` reads the file that one of them names. An error names the property.
    pub(crate) fn apply(
        &self,
        before: Given,
        read_ca: impl FnOnce(&str) -> std::io::Result<Vec<u8>>,
    ) -> Result<Made, Error> {
        let mut given = before;
        if let Some(server) = self.get("PORTALURL1") {
            address("PORTALURL1", &server, "https", 443)?;
            given.server = Some(server);
        }
        given.client_id = self.get("CLIENTID").or(given.client_id);
        given.client_secret = self.secret("CLIENTSECRET").or(given.client_secret);
        given.tag = self.get("TAG").or(given.tag);
        let needed = [
            ("PORTALURL1", given.server.is_some()),
            ("CLIENTID", given.client_id.is_some()),
            ("CLIENTSECRET", given.client_secret.is_some()),
        ];
        if let Some((key, _)) = needed.into_iter().find(|(_, there)| !there) {
            return Err(invalid(key, "is required"));
        }
        match self.get("PROXYENABLED").as_deref() {
            None => {}
            Some("0") => (given.proxy, given.proxy_user, given.proxy_password) = (None, None, None),
            Some("1") => self.proxy(&mut given)?,
            Some(_) => return Err(invalid("PROXYENABLED", "must be 0 or 1")),
        }
        let ca = match self.get("CAFILE") {
            Some(path) => Some(certificates(&path, read_ca)?),
            None => None,
        };
        Ok(Made { given, ca })
    }

    /// A host or a URL, with its port there or in a property of its own.
    fn proxy(&self, given: &mut Given) -> Result<(), Error> {
        let Some(url) = self.get("PROXYURL").or_else(|| given.proxy.clone()) else {
            return Err(invalid("PROXYURL", "is required with PROXYENABLED=1"));
        };
        let wrong = || invalid("PROXYURL", "must be a host or http://HOST:PORT");
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url.as_str()));
        let rest = rest.trim_end_matches('/');
        let parsed = proxy_of(&format!("{scheme}://{rest}"), None, None).map_err(|_| wrong())?;
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        let uri: Uri = format!("http://{place}").parse().map_err(|_| wrong())?;
        let host = uri.host().ok_or_else(wrong)?;
        if uri.path() != "/" || (uri.port_u16().is_none() && place != host) {
            return Err(wrong());
        }
        let port = match self.get("PROXYPORT") {
            Some(port) => port.parse().ok().filter(|port| *port != 0),
            None => match uri.port_u16() {
                Some(port) => Some(port).filter(|port| *port != 0),
                None => return Err(invalid("PROXYPORT", "is required with PROXYENABLED=1")),
            },
        };
        let Some(port) = port else { return Err(invalid("PROXYPORT", "must be a number from 1 to 65535")) };
        given.proxy = Some(format!("http://{host}:{port}"));
        let (user, password) = parsed.credentials.map_or((None, None), |(user, password)| (Some(user), Some(password)));
        given.proxy_user = self.get("PROXYUSER").or(user).or(given.proxy_user.take());
        given.proxy_password = self.secret("PROXYPASSWORD").or(password).or(given.proxy_password.take());
        Ok(())
    }
}

fn invalid(key: &'static str, words: &str) -> Error {
    Error::Invalid { key, words: words.to_owned() }
}

fn certificates(path: &str, read: impl FnOnce(&str) -> std::io::Result<Vec<u8>>) -> Result<Vec<u8>, Error> {
    let content = read(path).map_err(|error| invalid("CAFILE", &format!("{path} cannot be read: {error}")))?;
    let found = CertificateDer::pem_slice_iter(&content).collect::<Result<Vec<_>, _>>();
    if found.is_ok_and(|found| !found.is_empty()) {
        Ok(content)
    } else {
        Err(invalid("CAFILE", &format!("there is no certificate (PEM) in {path}")))
    }
}

/// The settings as the file has them.
#[cfg(windows)]
pub(crate) fn written(given: &Given, ca: Option<&Path>) -> String {
    let path = |path: Option<&Path>| path.map(|path| path.display().to_string());
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
    let lines = [
        ("server", given.server.clone()),
        ("client_id", given.client_id.clone()),
        ("client_secret", secret(&given.client_secret)),
        ("ca", path(ca.or(given.ca.as_deref()))),
        ("tag", given.tag.clone()),
        ("proxy", given.proxy.clone()),
        ("proxy_user", given.proxy_user.clone()),
        ("proxy_password", secret(&given.proxy_password)),
        ("state_dir", path(given.state_dir.as_deref())),
        ("log_dir", path(given.log_dir.as_deref())),
    ];
    let mut content = "# Written by the installation of the Vigie Inventory Agent.\n".to_owned();
    for (key, value) in lines {
        if let Some(value) = value {
            content.push_str(&format!("{key} = {}\n", toml::Value::String(value)));
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(before: Given, values: &[(&str, &str)]) -> Result<Given, String> {
        let values: BTreeMap<&str, &str> = values.iter().copied().collect();
        let properties = Properties::read(|name| values.get(name).map(|it| (*it).to_owned()));
        let made = properties.apply(before, |_| Ok(b"no certificate".to_vec()));
        made.map(|made| made.given).map_err(|error| error.to_string())
    }

    fn installed() -> Given {
        made(Given::default(), &[("PORTALURL1", "https://v.example"), ("CLIENTID", "c"), ("CLIENTSECRET", " s\"=; ")])
            .unwrap()
    }

    #[test]
    fn what_is_required_is_named() {
        let all = [("PORTALURL1", "https://v.example"), ("CLIENTID", "c"), ("CLIENTSECRET", "s")];
        for (name, _) in all {
            let others: Vec<_> = all.into_iter().filter(|it| it.0 != name).collect();
            let words = made(Given::default(), &others).unwrap_err();
            assert_eq!(words, format!("{name}: is required"));
        }
        assert_eq!(installed().client_secret.unwrap().expose(), " s\"=; ");
        assert!(made(installed(), &[("PORTALURL1", "http://v.example")]).unwrap_err().starts_with("PORTALURL1: "));
        assert!(made(installed(), &[("CAFILE", "x.pem")]).unwrap_err().starts_with("CAFILE: there is no certificate"));
    }

    #[test]
    fn certificates_are_kept_as_the_file_has_them() {
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap().pem();
        let properties = Properties::read(|name| (name == "CAFILE").then(|| r"\\server\share\ca.pem".to_owned()));
        let made = properties.apply(installed(), |path| {
            assert_eq!(path, r"\\server\share\ca.pem");
            Ok(pem.clone().into_bytes())
        });
        assert_eq!(made.unwrap().ca, Some(pem.into_bytes()));
        let gone = properties.apply(installed(), |_| Err(std::io::ErrorKind::NotFound.into())).unwrap_err();
        assert!(gone.to_string().starts_with("CAFILE: "), "{gone}");
    }

    #[test]
    fn an_empty_property_keeps_what_was_set() {
        let after = made(installed(), &[("TAG", "north"), ("CLIENTID", "")]).unwrap();
        assert_eq!((after.client_id.as_deref(), after.tag.as_deref()), (Some("c"), Some("north")));
        let proxied = made(installed(), &[("PROXYENABLED", "1"), ("PROXYURL", "p:8080"), ("PROXYUSER", "jo")]).unwrap();
        assert_eq!(made(proxied.clone(), &[]).unwrap(), proxied);
        assert_eq!(made(proxied.clone(), &[("PROXYENABLED", "1")]).unwrap(), proxied);
        assert_eq!(made(proxied, &[("PROXYENABLED", "0")]).unwrap(), installed());
    }

    #[test]
    fn a_proxy_has_an_address_and_a_port() {
        let proxy = |url: &str, port: &str| {
            made(installed(), &[("PROXYENABLED", "1"), ("PROXYURL", url), ("PROXYPORT", port)])
                .map(|it| it.proxy.unwrap_or_default())
                .map_err(|words| words.split(':').next().unwrap_or_default().to_owned())
        };
        for (url, port, found) in [
            ("p.example", "8080", "http://p.example:8080"),
            ("http://p.example:3128/", "", "http://p.example:3128"),
            ("p.example:3128", "8080", "http://p.example:8080"),
            ("http://[2001:db8::1]:3128", "", "http://[2001:db8::1]:3128"),
            ("[2001:db8::1]", "1", "http://[2001:db8::1]:1"),
        ] {
            assert_eq!(proxy(url, port).as_deref(), Ok(found), "{url} {port}");
        }
        for (url, port, named) in [
            ("", "8080", "PROXYURL"),
            ("socks5://p.example", "1", "PROXYURL"),
            ("p.example:123456", "", "PROXYURL"),
            ("p.example/path", "1", "PROXYURL"),
            ("p example", "1", "PROXYURL"),
            ("p.example", "", "PROXYPORT"),
            ("p.example", "0", "PROXYPORT"),
            ("p.example", "65536", "PROXYPORT"),
            ("p.example", "80x", "PROXYPORT"),
            ("p.example:0", "", "PROXYPORT"),
        ] {
            assert_eq!(proxy(url, port), Err(named.to_owned()), "{url} {port}");
        }
        assert!(made(installed(), &[("PROXYENABLED", "yes")]).unwrap_err().starts_with("PROXYENABLED: "));
        let with_user =
            made(installed(), &[("PROXYENABLED", "1"), ("PROXYURL", "http://jo:p%40ss@p.example:1")]).unwrap();
        assert_eq!(
            (with_user.proxy.as_deref(), with_user.proxy_user.as_deref()),
            (Some("http://p.example:1"), Some("jo"))
        );
        assert_eq!(with_user.proxy_password.unwrap().expose(), "p@ss");
    }
}
