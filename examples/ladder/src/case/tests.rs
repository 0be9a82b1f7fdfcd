use super::*;

const CASE: &str = "\
C16: in sequence.
--- tenant small.toml
[extensions.1001]
--- config
do_not_disturb = \"dnd\"
--- peers
phone desk 1001: rings
# a comment
phone app 1001 nat: rings, answers
outside ann +44207946: dials 1001
    Privacy: id
stranger x:
    sends 3 times at 1.5
    | INVITE sip:h SIP/2.0
    |
--- ladder
+0.0 ann  > INVITE sip:1001@*
+5.0 desk < CANCEL
       Reason: SIP;cause=200*
       no Diversion
";

fn shared(name: &str) -> Result<String, String> {
    if name == "small.toml" { Ok("# small\n".to_owned()) } else { Err(format!("no `{name}`")) }
}

#[test]
fn a_case_says_who_does_what_and_what_they_see() {
    let case = read("c16", CASE, shared).unwrap();
    assert_eq!(case.about, "C16: in sequence.\n");
    assert_eq!(case.tenant.as_deref(), Some("# small\n[extensions.1001]\n"));
    assert_eq!(case.config, "do_not_disturb = \"dnd\"\n");
    let told: Vec<_> =
        case.peers.iter().map(|peer| (peer.role, peer.name.as_str(), peer.number.as_str(), peer.path)).collect();
    assert_eq!(
        told,
        [
            (Role::Phone, "desk", "1001", Path::Plain),
            (Role::Phone, "app", "1001", Path::Nat),
            (Role::Outside, "ann", "+44207946", Path::Plain),
            (Role::Stranger, "x", "", Path::Plain),
        ]
    );
    assert_eq!(case.peers[2].fields, ["Privacy: id"]);
    let lines = vec!["INVITE sip:h SIP/2.0".to_owned(), String::new()];
    assert_eq!(case.peers[3].datagrams, [Datagram { at: 1.5, times: 3, lines }]);
    assert_eq!(case.ladder.len(), 2);
    assert_eq!(case.ladder[0].title, "INVITE sip:1001@*");
    assert!(case.ladder[0].sent);
    let reason = Mark::Field("Reason".to_owned(), "SIP;cause=200*".to_owned());
    assert_eq!(case.ladder[1].marks, [reason, Mark::NoField("Diversion".to_owned())]);
    assert!((case.last() - 5.0).abs() < f64::EPSILON);
}

#[test]
fn what_cannot_be_meant_is_told_with_its_line() {
    for (from, to, told) in [
        ("small.toml", "large.toml", "c16, line 2: no `large.toml`"),
        ("rings\n", "sings\n", "c16, line 7: `sings`: no such step"),
        ("phone app", "phone desk", "c16: two peers are called `desk`"),
        ("outside ann", "inside ann", "c16, line 10: no such role: `inside`"),
        ("+5.0 desk <", "+5.0 desk =", "c16, line 18: `=` is neither `>` (sent) nor `<` (received)"),
        ("+5.0 desk", "+5.0 dusk", "c16: line 18: no peer is called `dusk`"),
        ("--- config", "--- confit", "c16, line 4: no such section: `confit`"),
    ] {
        assert_eq!(read("c16", &CASE.replacen(from, to, 1), shared).unwrap_err(), told);
    }
}
