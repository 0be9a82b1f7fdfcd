//! What the PBX is told about its users, its trunk and its neighbours: TOML, small, refused as a whole where it is wrong.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use presence_core::{ExtensionNumber, Name};
use presence_sip::Uri;
use serde::Deserialize;

use crate::digest::Credentials;
use crate::server::outward;

/// The configuration as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where phones send to.
    pub(crate) listen: Option<SocketAddr>,
    /// The address of this machine as phones see it, where it has several or stands behind a NAT.
    address: Option<IpAddr>,
    /// The name that stands in the URIs of our users, besides the address; also the realm of the digest.
    #[serde(default = "default_domain")]
    pub(crate) domain: String,
    /// The password of each extension's user.
    #[serde(default)]
    pub(crate) users: BTreeMap<ExtensionNumber, Credentials>,
    /// Whether phones are asked for MD5 alone: some, baresip 1.0 among them, give up where SHA-256 is offered beside it.
    #[serde(default)]
    pub(crate) md5_only: bool,
    /// Where outside numbers are.
    pub(crate) trunk: Option<Trunk>,
    /// The mailbox server (RFC 4458).
    pub(crate) voicemail: Option<SipTarget>,
    /// Menus, queues and announcements by the names that the tenant has for them.
    #[serde(default)]
    pub(crate) ivr: BTreeMap<Name, SipTarget>,
    #[serde(default)]
    pub(crate) queue: BTreeMap<Name, SipTarget>,
    #[serde(default)]
    pub(crate) announcement: BTreeMap<Name, SipTarget>,
    /// Who confirms a feature code aloud; without it the call is answered in silence and ended.
    pub(crate) code_announcement: Option<SipTarget>,
    /// The profile that the do-not-disturb key of a phone chooses.
    pub(crate) do_not_disturb: Option<Name>,
}

/// Where outside numbers are, and who calls from there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trunk {
    /// Whom calls to outside numbers go to: the number becomes its user.
    pub(crate) uri: SipTarget,
    /// The addresses that calls from the trunk come from besides that one: what they assert of callers counts.
    #[serde(default)]
    pub(crate) addresses: Vec<IpAddr>,
}

/// A SIP URI whose host is an address, so that nobody has to be asked where it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SipTarget {
    text: String,
    address: SocketAddr,
}

impl SipTarget {
    /// The URI.
    pub(crate) fn uri(&self) -> Option<Uri<'_>> {
        Uri::parse(&self.text).ok()
    }

    /// The URI as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where requests for it go.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl TryFrom<String> for SipTarget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let no_target = || format!("`{text}` is no sip URI with an IP address as its host");
        let uri = Uri::parse(&text).map_err(|_| no_target())?;
        let sip = uri.as_sip().filter(|sip| !sip.is_secure()).ok_or_else(no_target)?;
        let host = sip.host().to_string();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
        let ip: IpAddr = host.parse().map_err(|_| no_target())?;
        let address = SocketAddr::new(ip, sip.port().unwrap_or(5060));
        Ok(Self { text, address })
    }
}

fn default_domain() -> String {
    "pbx.example.com".to_owned()
}

/// The users of the small office that the PBX has without a configuration.
const SAMPLE: &str = include_str!("../sample/config.toml");

impl Config {
    /// Reads the configuration, or that of the sample office.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, String> {
        let (text, place) = match path {
            Some(path) => {
                let told = |why: std::io::Error| format!("{}: {why}", path.display());
                (std::fs::read_to_string(path).map_err(told)?, path.display().to_string())
            }
            None => (SAMPLE.to_owned(), "sample".to_owned()),
        };
        toml::from_str(&text).map_err(|why| format!("{place}: {why}"))
    }

    /// Whether one of the operator's own servers is at this address: they are inside the trust domain (RFC 3325 2).
    pub(crate) fn is_server(&self, address: SocketAddr) -> bool {
        let named = self.ivr.values().chain(self.queue.values()).chain(self.announcement.values());
        let mut servers = named.chain(&self.voicemail).chain(&self.code_announcement);
        servers.any(|server| server.address() == address)
    }

    /// Where phones find us, who listen there.
    pub(crate) fn address(&self, listening: SocketAddr) -> SocketAddr {
        self.address.map_or_else(|| outward(listening), |ip| SocketAddr::new(ip, listening.port()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use presence_core::{Directory, Lookup as _};

    use super::*;

    #[test]
    fn the_sample_office_is_whole() {
        let config = Config::load(None).unwrap_or_else(|why| panic!("{why}"));
        let tenant = include_str!("../sample/tenant.toml");
        let directory = Directory::compile(toml::from_str(tenant).unwrap()).unwrap_or_else(|why| panic!("{why}"));
        assert!(config.users.keys().all(|user| directory.extension(*user).is_some()));
        assert_eq!(config.users.len(), directory.extensions().len());
    }

    #[test]
    fn a_target_has_an_address() {
        for (text, address) in [
            ("sip:192.0.2.5", "192.0.2.5:5060"),
            ("sip:menu@192.0.2.5:5070;x=y", "192.0.2.5:5070"),
            ("sip:[2001:db8::5]", "[2001:db8::5]:5060"),
        ] {
            assert_eq!(SipTarget::try_from(text.to_owned()).unwrap().address(), address.parse().unwrap(), "{text}");
        }
        for text in ["sip:trunk.example.com", "sips:192.0.2.5", "tel:+4930", "192.0.2.5", ""] {
            let why = SipTarget::try_from(text.to_owned()).err();
            assert_eq!(why, Some(format!("`{text}` is no sip URI with an IP address as its host")));
        }
    }

    #[test]
    fn what_the_configuration_does_not_know_is_an_error() {
        assert!(toml::from_str::<Config>("passwords = {}").is_err());
        assert!(toml::from_str::<Config>("trunk = { uri = 'sip:trunk.example.com' }").is_err());
    }
}
