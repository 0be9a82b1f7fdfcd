use super::*;
use crate::case;

const CASE: &str = "\
--- peers
phone desk 1001: rings
outside ann +44: dials 1001
stranger x:
--- ladder
+0.0 ann  > INVITE sip:1001@*
+0.0 desk < INVITE
      Diversion: *1009*
      Diversion: *1008*
      no Reason
+0.0 desk > 180
+0.0 ann  < 180 INVITE
+5.0 desk < CANCEL
";

fn seen(millis: u64, way: Way, text: &str) -> Seen {
    Seen { micros: 50_000_000 + millis * 1000, way, message: Message::read(text.replace('\n', "\r\n").as_bytes()) }
}

fn desk() -> Vec<Seen> {
    vec![
        seen(20, Way::Received, "INVITE sip:1001@h SIP/2.0\nDiversion: <sip:1009@h>\nDiversion: <sip:1008@h>\n"),
        seen(30, Way::Sent, "SIP/2.0 180 Ringing\nCSeq: 1 INVITE\n"),
        seen(5080, Way::Received, "CANCEL sip:1001@h SIP/2.0\n"),
    ]
}

fn ann() -> Vec<Seen> {
    vec![
        seen(0, Way::Sent, "INVITE sip:1001@h SIP/2.0\n"),
        seen(5, Way::Received, "SIP/2.0 100 Trying\nCSeq: 1 INVITE\n"),
        seen(40, Way::Received, "SIP/2.0 180 Ringing\nCSeq: 1 INVITE\n"),
    ]
}

fn judge(desk: Vec<Seen>, ann: Vec<Seen>) -> Verdict {
    let case = case::read("c", CASE, |_| Err(String::new())).unwrap();
    let x = vec![seen(0, Way::Sent, "NONSENSE x SIP/2.0\n")];
    compare(&case, &merge(&case, vec![("desk".to_owned(), desk), ("ann".to_owned(), ann), ("x".to_owned(), x)]))
}

#[test]
fn what_was_written_down_fits() {
    assert_eq!(judge(desk(), ann()), Verdict::Fits);
}

#[test]
fn each_difference_is_told() {
    let differs = |why: &str| Verdict::Differs(vec![why.to_owned()]);
    let mut short = desk();
    short.pop();
    assert_eq!(judge(short, ann()), differs("line 13: `+5.0 desk   < CANCEL` never came"));
    let mut long = desk();
    long.push(seen(5600, Way::Received, "CANCEL sip:1001@h SIP/2.0\nVia: x\n"));
    assert_eq!(judge(long, ann()), differs("`+5.6 desk   < CANCEL sip:1001@h` is one too many"));
    let mut other = desk();
    other[1] = seen(30, Way::Sent, "SIP/2.0 183 Session Progress\nCSeq: 1 INVITE\n");
    assert_eq!(judge(other, ann()), differs("line 11: `+0.0 desk   > 180` was `+0.0 desk   > 183 INVITE`"));
    let mut turned = desk();
    turned[1].way = Way::Received;
    assert_eq!(judge(turned, ann()), differs("line 11: `+0.0 desk   > 180` was `+0.0 desk   < 180 INVITE`"));
}

#[test]
fn marks_are_held_in_order() {
    let with = |fields: &str| {
        let mut desk = desk();
        desk[0] = seen(20, Way::Received, &format!("INVITE sip:1001@h SIP/2.0\n{fields}"));
        match judge(desk, ann()) {
            Verdict::Differs(why) => why.concat(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(with("Diversion: <sip:1009@h>\nDiversion: <sip:1008@h>\n"), "Fits");
    let turned = with("Diversion: <sip:1008@h>\nDiversion: <sip:1009@h>\n");
    assert!(turned.contains("has no `Diversion: *1008*`"), "{turned}");
    let reason = with("Diversion: <sip:1009@h>\nDiversion: <sip:1008@h>\nReason: SIP\n");
    assert!(reason.contains("has `Reason: SIP`"), "{reason}");
}

#[test]
fn a_tenth_is_forgiven_and_two_are_late() {
    for (millis, fits) in [(4850, true), (5000, true), (5149, true), (4849, false), (5150, false)] {
        let mut desk = desk();
        desk[2].micros = 50_000_000 + millis * 1000;
        assert_eq!(judge(desk, ann()) == Verdict::Fits, fits, "{millis} ms");
    }
    let mut late = desk();
    late[2].micros += 1_000_000;
    assert_eq!(judge(late, ann()), Verdict::Late(vec!["line 13: `+5.0 desk   < CANCEL` came at +6.1".to_owned()]));
}

#[test]
fn what_comes_again_is_late() {
    let mut again = desk();
    again.push(seen(5600, Way::Received, "CANCEL sip:1001@h SIP/2.0\n"));
    again.insert(2, seen(530, Way::Sent, "SIP/2.0 180 Ringing\nCSeq: 1 INVITE\n"));
    let why = ["`+0.5 desk   > 180 INVITE` came again", "`+5.6 desk   < CANCEL sip:1001@h` came again"];
    assert_eq!(judge(again, ann()), Verdict::Late(why.map(str::to_owned).to_vec()));
    // What goes the other way is another message.
    let mut back = desk();
    back.push(seen(5600, Way::Sent, "CANCEL sip:1001@h SIP/2.0\n"));
    let told = Verdict::Differs(vec!["`+5.6 desk   > CANCEL sip:1001@h` is one too many".to_owned()]);
    assert_eq!(judge(back, ann()), told);
}

#[test]
fn the_ladder_is_written_as_a_case_writes_it() {
    let case = case::read("c", CASE, |_| Err(String::new())).unwrap();
    let lines = merge(&case, vec![("desk".to_owned(), desk()), ("ann".to_owned(), ann())]);
    let text = text(&lines);
    assert!(text.starts_with("+0.0 ann    > INVITE sip:1001@h\n+0.0 desk   < INVITE sip:1001@h\n"), "{text}");
    let again =
        case::read("c", &format!("{}{text}", CASE.split_inclusive("ladder\n").next().unwrap()), |_| Err(String::new()));
    assert_eq!(compare(&again.unwrap(), &lines), Verdict::Fits);
    assert!(side_by_side(&case, &lines).starts_with("expected"));
}

#[test]
fn a_rewritten_ladder_keeps_what_was_written_about_its_messages() {
    let case = case::read("c", CASE, |_| Err(String::new())).unwrap();
    let mut desk = desk();
    desk[2] = seen(7000, Way::Received, "BYE sip:1001@h SIP/2.0\n");
    let lines = merge(&case, vec![("desk".to_owned(), desk), ("ann".to_owned(), ann())]);
    let told = "\
+0.0 ann  > INVITE sip:1001@*
+0.0 desk < INVITE
       Diversion: *1009*
       Diversion: *1008*
       no Reason
+0.0 desk > 180
+0.0 ann  < 180 INVITE
+7.0 desk < BYE
";
    assert_eq!(rewritten(&case, &lines), told);
}
