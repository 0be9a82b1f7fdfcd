//! The value of a header, of arbitrary text.

use presence_sip::{
    Contacts, Diversion, FeatureSet, HistoryEntry, NameAddr, Params, Replaces, SipUri, Uri, addresses, reasons, vias,
};

/// The first byte says which value the others are. What reads reads again from its own text, and a URI matches itself.
pub fn sip_values(bytes: &[u8]) {
    let Some((kind, text)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    match kind % 9 {
        0 => {
            let _ = Uri::parse(&text).map(|uri| check_uri(&uri));
        }
        1 => {
            if let Ok(address) = NameAddr::parse(&text) {
                check_address(&address);
            }
        }
        2 => addresses(&text).flatten().for_each(|address| check_address(&address)),
        3 => {
            for via in vias(&text).flatten() {
                let again = vias(via.as_str()).next().expect("one").expect("the same");
                assert_eq!((again.transport(), again.port()), (via.transport(), via.port()));
                assert!(again.host() == via.host());
                assert_eq!(again.branch(), via.branch());
                check_params(&via.params());
            }
        }
        4 => {
            for entry in Diversion::parse_list(&text).flatten() {
                assert!(entry.counter() >= 1);
                let _ = (entry.reason().to_string(), entry.limit(), entry.privacy(), entry.name());
                check_uri(entry.uri());
            }
        }
        5 => {
            for entry in HistoryEntry::parse_list(&text).flatten() {
                let _ = (entry.index(), entry.retarget(), entry.is_retarget(), entry.reason(), entry.is_private());
                check_uri(entry.uri());
            }
        }
        6 => {
            let _ = Replaces::parse(&text).map(|replaces| format!("{replaces:?}"));
            reasons(&text).flatten().for_each(|reason| drop(format!("{reason:?}")));
        }
        7 => {
            for set in FeatureSet::parse_list(&text).flatten() {
                check_params(&set.params());
                let _ = (set.is_required(), set.is_explicit());
                // What it asks for is what it says of itself, whatever the numbers in it.
                assert!(set.is_open_to(set.params()) || set.features().any(|feature| feature.value().is_some()));
            }
        }
        _ => {
            let _ = Contacts::parse(&text);
        }
    }
}

fn check_uri(uri: &Uri<'_>) {
    assert!(uri.matches(uri), "{uri}");
    let again = Uri::parse(uri.as_str()).expect("what reads once reads again");
    assert!(again.matches(uri) && uri.matches(&again), "{uri}");
    let dialled = uri.dialled();
    assert_eq!(dialled, again.dialled());
    // An escaped line break stays escaped.
    assert!(!dialled.as_deref().unwrap_or_default().contains(['\r', '\n', '\0']), "{uri}");
    if let Some(sip) = uri.as_sip() {
        check_sip(sip, uri.as_str());
    }
}

fn check_sip(sip: &SipUri<'_>, text: &str) {
    assert!(text.starts_with(sip.without_headers()));
    assert!(Uri::parse(sip.without_headers()).is_ok(), "{text}");
    sip.headers().for_each(|(name, _)| assert!(sip.header(name).is_some(), "{text}"));
    check_params(&sip.params());
}

fn check_params(params: &Params<'_>) {
    for param in params.iter() {
        assert!(params.has(param.name()), "{params:?}");
        assert!(!param.name().is_empty());
    }
}

fn check_address(address: &NameAddr<'_>) {
    let again = NameAddr::parse(address.as_str()).expect("what reads once reads again");
    assert_eq!(again.name(), address.name());
    assert_eq!(again.uri().as_str(), address.uri().as_str());
    assert_eq!(again.params().as_str(), address.params().as_str());
    check_uri(address.uri());
    check_params(&address.params());
}
