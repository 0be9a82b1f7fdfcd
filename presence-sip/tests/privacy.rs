//! What may be written into a log: the values of a message without their phone numbers.
#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

use presence_sip::{Contacts, Diversion, FeatureSet, HistoryEntry, NameAddr, Replaces, Uri, addresses, reasons, vias};

/// The `Debug` form of each value that can be had from an address, and of what it is made of.
fn forms_of(text: &str) -> Vec<String> {
    let address = NameAddr::parse(text).unwrap();
    let (uri, params) = (address.uri(), address.params());
    let mut forms = vec![format!("{address:?}"), format!("{address:#?}"), format!("{uri:?}"), format!("{params:?}")];
    forms.extend(params.iter().map(|param| format!("{param:?}")));
    forms.extend(uri.as_sip().map(|uri| format!("{uri:?} {:?} {:?} {:?}", uri.as_tel(), uri.host(), uri.params())));
    if let Uri::Tel(tel) = uri {
        forms.push(format!("{tel:?} {:?}", tel.params()));
    }
    forms.push(format!("{:?}", Contacts::parse(text).unwrap()));
    forms.extend(addresses(text).map(|address| format!("{address:?}")));
    for entry in Diversion::parse_list(text).flatten() {
        forms.push(format!("{entry:?} {:?} {:?}", entry.uri(), entry.reason()));
    }
    for entry in HistoryEntry::parse_list(text).flatten() {
        forms.push(format!("{entry:?} {:?} {:?}", entry.uri(), entry.retarget()));
    }
    forms
}

#[test]
fn no_debug_form_of_a_value_spells_a_number() {
    let texts = [
        "<sip:+447700900123@h;x=+447700900123?Diversion=%3Ctel%3A%2B447700900123%3E>;y=\"447700900123\"",
        "\"447700900123\" <sips:447700900123:447700900123@447700900123.example;user=phone>;447700900123",
        "\"+44 (7700) 900-123\" <sip:+44-7700.900(123);isub=1@h;user=phone>;epid=+44-7700-900123",
        "Ada 44 7700 900123 <sip:%2B44%37%3700900123@[2001:db8::7]:5060>;reason=447700900123;rc=447700900123",
        "<tel:+44-7700-900123;phone-context=+44-7700-900123;ext=447700900123>;mp=4.4.7700900123",
        "<tel:(44)7700.900.123;phone-context=h>;np=447700900123",
        "<mailto:447700900123@h>",
        "<sms:+44-7700-900-123>",
    ];
    let mut forms: Vec<String> = texts.iter().flat_map(|text| forms_of(text)).collect();
    let via = "SIP/2.0/447700900123 447700900123;branch=z9hG4bK447700900123";
    forms.extend(vias(via).flatten().map(|via| format!("{via:?} {:?} {:?}", via.host(), via.params())));
    let reason = "447700900123;text=\"+44 7700 900 123\"";
    forms.extend(reasons(reason).flatten().map(|reason| format!("{reason:?}")));
    let features = "*;+x=\"447700900123\"";
    forms.extend(FeatureSet::parse_list(features).flatten().map(|set| format!("{set:?}")));
    forms.push(format!("{:?}", Replaces::parse("447700900123@h;to-tag=447700900123;from-tag=1").unwrap()));
    assert_eq!(forms.len(), 81);
    for form in forms {
        let digits: String = form.chars().filter(char::is_ascii_digit).collect();
        assert!(!digits.contains("7700"), "{form}");
    }
}

#[test]
fn debug_forms_say_all_but_numbers() {
    let from =
        NameAddr::parse("\"Ada\" <sip:ada.l:pw@192.168.100.101:5060;lr>;tag=7;received=192.168.100.101").unwrap();
    assert_eq!(format!("{from:?}"), "\"Ada\" <sip:ada.l:…@192.168.100.101:5060;lr>;tag=7;received=192.168.100.101");
    for (text, shown) in [
        ("sips:1001@[2001:db8::7]?Subject=a%20b", "sips:1001@[2001:db8::7]?Subject=a b"),
        ("sip:h", "sip:h"),
        ("tel:+44-7700-900123;ext=1", "tel:+44…23;ext=1"),
        ("urn:service:sos.fire", "urn:service:sos.fire"),
        ("mailto:ada@h", "mailto:ada@h"),
    ] {
        assert_eq!(format!("{:?}", Uri::parse(text).unwrap()), shown);
    }
    let via = vias("SIP/2.0/UDP 192.0.2.11:5060;branch=z9hG4bKa;rport").next().unwrap().unwrap();
    assert_eq!(format!("{via:?}"), "SIP/2.0/UDP 192.0.2.11:5060;branch=z9hG4bKa;rport");
    let reason = reasons("SIP;cause=200;text=\"Call completed elsewhere\"").next().unwrap().unwrap();
    assert_eq!(format!("{reason:?}"), "SIP;cause=200;text=Call completed elsewhere");
    let replaces = Replaces::parse("a@h;to-tag=1;from-tag=2").unwrap();
    assert_eq!(format!("{replaces:?}"), "a@h;to-tag=1;from-tag=2");
    for (text, shown) in [("rc", "rc=1.2"), ("mp", "mp=1.2"), ("np", "np=1.2")] {
        let text = format!("<sip:a@h>;{text}=1.2");
        let entry = HistoryEntry::parse_list(&text).next().unwrap().unwrap();
        assert_eq!(format!("{:?}", entry.retarget().unwrap()), shown);
    }
    let diverted = Diversion::parse_list("<sip:a@h>;reason=cfnr").next().unwrap().unwrap();
    assert_eq!(format!("{:?}", diverted.reason()), "cfnr");
}
