//! The worst that fits into a datagram, each in one way.

/// Messages of nearly so many kibibytes, at most 64, by what is too much of in them.
pub fn messages(kib: usize) -> Vec<(&'static str, Vec<u8>)> {
    let room = kib * 1024 - 600;
    // Lines of the longest value that is read, as many as fit.
    let lists = |name: &str, entry: &str, separator: &str| {
        let line = |bytes: usize| {
            let entries = vec![entry; (bytes / (entry.len() + separator.len())).max(1)].join(separator);
            format!("{name}: {entries}\r\n")
        };
        call(&line(room.min(7_500)).repeat((room / 7_500).max(1)))
    };
    let fill = |start: &str, with: &str, end: &str| {
        let bytes = room.min(7_500);
        let line = format!("{start}{}{end}\r\n", with.repeat(bytes / with.len()));
        call(&line.repeat((room / bytes).max(1)))
    };
    vec![
        ("one Route", call(&format!("Route: {}\r\n", vec!["<sip:p.example.net;lr>"; room / 24].join(", ")))),
        ("Routes", lists("Route", "<sip:p.example.net;lr>", ", ")),
        ("Vias", lists("Via", "SIP/2.0/UDP h;branch=z9hG4bK", ",")),
        ("Diversions", lists("Diversion", "<sip:a@h>;reason=x", ",")),
        ("History", lists("History-Info", "<sip:a@h>;index=1", ",")),
        ("Accept-Contact", lists("Accept-Contact", "*;a;b=c", ",")),
        ("Privacy", lists("Privacy", "id", ";")),
        ("quotes", fill("Contact: \"", "\\\"", "\" <sip:a@h>")),
        ("escapes", fill("Contact: <sip:", "%41", "@h>")),
        ("colons", fill("Contact: <sip:", ":", ">")),
        ("folds", call(&format!("Subject: a{}\r\n", "\r\n ".repeat(room / 3)))),
        ("lines", call(&"a:\r\n".repeat(room / 4))),
        ("bad UTF-8", [b"INVITE sip:a@h SIP/2.0\r\nX: ".to_vec(), vec![0xFF; room], b"\r\n\r\n".to_vec()].concat()),
        ("line breaks", b"\r\n".repeat(room / 2)),
        ("a body", [call(""), vec![0; room]].concat()),
    ]
}

fn call(lines: &str) -> Vec<u8> {
    format!(
        "INVITE sip:1001@pbx.example.net SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7\r\n\
         From: <sip:1002@pbx.example.net>;tag=a\r\nTo: <sip:1001@pbx.example.net>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\
         {lines}\r\n"
    )
    .into_bytes()
}
