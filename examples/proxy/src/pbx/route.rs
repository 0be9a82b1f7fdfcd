//! Where the requests inside a dialog go: written into our Record-Route, so that nobody has to remember it.
//!
//! The Route that a phone sends back to us names the address of the other party and vouches for it by a MAC over that address
//! and the Call-ID. So a call goes on after a restart, reaches phones behind NAT where they were last heard, and nobody can
//! make us relay to anybody else.

use std::net::SocketAddr;

use presence_sip::{NameAddr, Uri, Via};

use super::mac::mac;

/// Bytes of the MAC that are written: 128 bits.
const MAC_BYTES: usize = 16;

/// Makes and reads our Record-Route entries.
#[derive(Debug)]
pub(crate) struct Routes {
    secret: [u8; 32],
    /// Where we are, as the world sees us.
    ours: SocketAddr,
}

/// What a Route entry is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Route {
    /// Ours, and it leads there.
    To(SocketAddr),
    /// Ours by its host, without a word of where to, as phones send that have us as their outbound proxy.
    Plain,
    /// Ours by its host, but we never wrote it for this call.
    Forged,
    /// Somebody else's.
    Other,
}

impl Routes {
    pub(crate) const fn new(secret: [u8; 32], ours: SocketAddr) -> Self {
        Self { secret, ours }
    }

    pub(crate) const fn ours(&self) -> SocketAddr {
        self.ours
    }

    /// Our Record-Route for the party that talks to `to` through us.
    pub(crate) fn record(&self, call_id: &str, to: SocketAddr) -> String {
        format!("<sip:{};lr;to={to};mac={}>", self.ours, self.mac(call_id, to))
    }

    /// What a Route or Record-Route entry is to the call of this Call-ID.
    pub(crate) fn read(&self, call_id: &str, entry: &NameAddr<'_>) -> Route {
        let Some(uri) = entry.uri().as_sip().filter(|_| self.is_ours(entry.uri())) else { return Route::Other };
        let params = uri.params();
        let Some(to) = params.value("to") else { return Route::Plain };
        let told = to.parse().ok().zip(params.value("mac"));
        match told {
            // Whoever could measure how far two MACs agree would need some 10^38 tries all the same to be a nuisance to one call.
            Some((to, mac)) if *mac == self.mac(call_id, to) => Route::To(to),
            _ => Route::Forged,
        }
    }

    /// Whether a URI names the place where we are.
    pub(crate) fn is_ours(&self, uri: &Uri<'_>) -> bool {
        let Some(sip) = uri.as_sip() else { return false };
        host_is(&sip.host().to_string(), self.ours) && sip.port().unwrap_or(5060) == self.ours.port()
    }

    /// Whether a host is the address where we are.
    pub(crate) fn is_at(&self, host: &str) -> bool {
        host_is(host, self.ours)
    }

    /// Whether a Via is one that we wrote.
    pub(crate) fn wrote(&self, via: &Via<'_>) -> bool {
        host_is(&via.host().to_string(), self.ours) && via.port().unwrap_or(5060) == self.ours.port()
    }

    fn mac(&self, call_id: &str, to: SocketAddr) -> String {
        mac(&self.secret, &["route", call_id, &to.to_string()], MAC_BYTES)
    }
}

fn host_is(host: &str, address: SocketAddr) -> bool {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.parse() == Ok(address.ip())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn routes(secret: u8) -> Routes {
        Routes::new([secret; 32], "192.0.2.1:5060".parse().unwrap())
    }

    fn read(routes: &Routes, call_id: &str, entry: &str) -> Route {
        routes.read(call_id, &NameAddr::parse(entry).unwrap())
    }

    #[test]
    fn a_route_leads_where_it_was_made_to_lead() {
        for address in ["192.0.2.7:5062", "[2001:db8::7]:5060"] {
            let address: SocketAddr = address.parse().unwrap();
            let entry = routes(1).record("c1", address);
            assert_eq!(read(&routes(1), "c1", &entry), Route::To(address), "{entry}");
        }
    }

    #[test]
    fn a_route_of_another_call_secret_or_address_is_forged() {
        let entry = routes(1).record("c1", "192.0.2.7:5062".parse().unwrap());
        assert_eq!(read(&routes(1), "c2", &entry), Route::Forged);
        assert_eq!(read(&routes(2), "c1", &entry), Route::Forged);
        assert_eq!(read(&routes(1), "c1", &entry.replace("to=192.0.2.7", "to=192.0.2.8")), Route::Forged);
        assert_eq!(read(&routes(1), "c1", "<sip:192.0.2.1:5060;lr;to=192.0.2.7:5062>"), Route::Forged);
    }

    #[test]
    fn other_routes_are_told_apart() {
        assert_eq!(read(&routes(1), "c1", "<sip:192.0.2.1;lr>"), Route::Plain);
        assert_eq!(read(&routes(1), "c1", "<sip:192.0.2.1:5070;lr>"), Route::Other);
        assert_eq!(read(&routes(1), "c1", "<sip:proxy.example.com;lr>"), Route::Other);
    }
}
