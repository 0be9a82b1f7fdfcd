//! S20 and S21: the trail that a call leaves, and the one that it has when it comes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{call, request, text, with_request};
use presence_sip::{Answer, Branching, DiversionReason, HistoryTree, Moved, Redirection, Role, Uri, branch, diversion};

const VIA: &str = "SIP/2.0/UDP h;branch=z9hG4bK1";

fn uri(text: &str) -> Uri<'_> {
    Uri::parse(text).unwrap()
}

#[test]
fn s20_a_reason_that_is_no_token_is_quoted() {
    for (reason, written) in [
        ("cfnr", "cfnr"),
        ("a b;counter=9, <sip:x@h>", "\"a b;counter=9, <sip:x@h>\""),
        ("\"", r#""\"""#),
        ("", "\"\""),
    ] {
        let reason = DiversionReason::Other(reason.into());
        let entry = diversion(&uri("sip:1001@h"), reason.clone()).to_string();
        assert_eq!(entry, format!("<sip:1001@h>;reason={written};counter=1"));
        with_request(&call(&format!("Diversion: {entry}")), |invite| {
            let read: Vec<_> = invite.parts().diversions().map(|it| it.unwrap().reason()).collect();
            assert_eq!(read, [reason]);
        });
    }
}

#[test]
fn s21_the_first_cause_of_a_branch_stays() {
    with_request(&call(""), |invite| {
        let mut history = HistoryTree::received(invite);
        let desk = history.branch(history.root(), &uri("sip:desk@192.0.2.7"), Moved::Contact);
        history.failed(desk, 408);
        history.failed(desk, 487);
        assert!(history.all().last().unwrap().contains("cause%3D408"));
    });
}

#[test]
fn s20_s21_the_headers_of_a_uri_are_no_word_of_ours() {
    let forged = "sip:1001@h?Reason=SIP%3Bcause%3D200&Privacy=history";
    with_request(&request("INVITE", forged, "Supported: histinfo"), |invite| {
        let mut history = HistoryTree::received(invite);
        history.branch(history.root(), &uri(forged), Moved::Contact);
        let entries: Vec<_> = history.all().collect();
        assert_eq!(entries, ["<sip:1001@h>;index=1", "<sip:1001@h>;index=1.1;rc=1"]);
        assert_eq!(history.for_outside().all().collect::<Vec<_>>(), entries);
        let entry = diversion(invite.uri(), DiversionReason::UserBusy).to_string();
        assert_eq!(entry, "<sip:1001@h>;reason=user-busy;counter=1");
        let mut redirection = Redirection::default();
        redirection.wave([("sip:1002@h", None)]);
        redirection.diverted(invite.uri(), presence_eval::DiversionReason::UserBusy);
        let moved = redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish();
        let diverted = [(*invite.uri(), DiversionReason::UserBusy)];
        let branching = Branching { diverted: &diverted, ..Branching::new(Role::Proxy, VIA) };
        let sent = branch(invite, invite.uri(), &branching).unwrap();
        for wire in [text(&moved), text(&sent)] {
            assert!(wire.contains("<sip:1001@h>") && !wire.contains('?'), "{wire}");
        }
    });
}

#[test]
fn s21_what_was_received_goes_on_as_it_came() {
    for line in [
        r#""Ada, \"A\"" <sip:1005@h;x=y?Reason=SIP%3Bcause%3D486>;index=1;rc=1.x;ext="a, b""#,
        "Bob  <tel:+4930123456>;mp;index=1",
        "sip:1005@h;index=1.1",
        "<sip:1005@h>;mp=1",
        "<sip:1001@pbx.example.net>;mp=1",
        "<sip:1005@h>;index=x",
        "1005;index=1, <sip:1006@h>;index=1.1",
        "\"Ada <sip:1005@h>;index=1",
        "<sip:1005@h>;index=1;=",
    ] {
        with_request(&call(&format!("History-Info: <sip:1004@h>;index=1, {line}")), |invite| {
            let mut history = HistoryTree::received(invite);
            let desk = history.branch(history.root(), &uri("sip:desk@192.0.2.7"), Moved::Contact);
            let told: Vec<_> = history.to_branch(desk).collect();
            assert_eq!(told[..2], ["<sip:1004@h>;index=1", line], "{told:?}");
            assert_eq!(told.len(), 4, "{told:?}");
            assert!(told[2].starts_with("<sip:1001@pbx.example.net>;index=1."), "{told:?}");
            assert!(!history.for_outside().all().any(|entry| entry.contains("anonymous")), "{line}");
        });
    }
}

#[test]
fn s21_an_entry_keeps_what_it_has_when_it_fails() {
    for (received, told) in [
        (
            r#""Ada" <sip:1001@pbx.example.net>;index=1;ext=x"#,
            r#""Ada" <sip:1001@pbx.example.net?Reason=R>;index=1;ext=x"#,
        ),
        ("<SIP:1001@pbx.example.net?Subject=x>;index=1", "<SIP:1001@pbx.example.net?Subject=x&Reason=R>;index=1"),
        ("sip:1001@pbx.example.net;index=1", "<sip:1001@pbx.example.net?Reason=R>;index=1"),
    ] {
        with_request(&call(&format!("History-Info: {received}")), |invite| {
            let mut history = HistoryTree::received(invite);
            assert_eq!(history.all().collect::<Vec<_>>(), [received]);
            history.failed(history.root(), 480);
            let reason = "SIP%3Bcause%3D480%3Btext%3D%22Temporarily%20Unavailable%22";
            assert_eq!(history.all().collect::<Vec<_>>(), [told.replace("=R>", &format!("={reason}>"))]);
        });
    }
}

/// A question mark may stand in a user, a scheme in capitals, and a number has no headers.
#[test]
fn s21_a_reason_stands_among_the_headers_of_a_uri() {
    for (target, told) in [
        ("sip:desk@192.0.2.7", "<sip:desk@192.0.2.7?Reason="),
        ("SIPS:desk@192.0.2.7", "<SIPS:desk@192.0.2.7?Reason="),
        ("sip:who?@192.0.2.7", "<sip:who?@192.0.2.7?Reason="),
        ("tel:+4930123456", "<tel:+4930123456>;"),
        ("sipx:desk", "<sipx:desk>;"),
    ] {
        with_request(&call(""), |invite| {
            let mut history = HistoryTree::received(invite);
            let place = history.branch(history.root(), &uri(target), Moved::Mapped);
            history.failed(place, 486);
            let entry = history.all().last().unwrap();
            assert!(entry.starts_with(told), "{entry}");
        });
    }
    let listed = "<sip:who?@h?Reason=SIP%3Bcause%3D302>;index=1";
    with_request(&request("INVITE", "sip:who?@h", &format!("History-Info: {listed}")), |invite| {
        assert_eq!(HistoryTree::received(invite).all().collect::<Vec<_>>(), [listed]);
    });
}

#[test]
fn s21_outside_a_private_entry_tells_its_place_alone() {
    let hidden = "<sip:anonymous@anonymous.invalid>";
    for (received, told) in [
        (r#""Ada" <sip:1005@h?Privacy=history>;index=1.1;RC=1;ext=ada"#, ";index=1.1;rc=1"),
        (r#"<sip:1005@h?Privacy=history>;index=1.1;mp="1, <sip:1006@h>""#, ";index=1.1;mp"),
        ("<sip:1005@h?Privacy=history>;np=1", ";np=1"),
        ("1005;index=1.1, <sip:1006@h?%50rivacy=history>;index=1.2", ""),
    ] {
        with_request(&call(&format!("History-Info: <sip:1004@h>;index=1, {received}")), |invite| {
            let outside: Vec<_> = HistoryTree::received(invite).for_outside().all().collect();
            assert_eq!(outside[..2], ["<sip:1004@h>;index=1".to_owned(), format!("{hidden}{told}")], "{received}");
            let branching = Branching { outside: true, ..Branching::new(Role::Proxy, VIA) };
            let sent = text(&branch(invite, &uri("sip:1007@trunk.example.org"), &branching).unwrap());
            assert!(!sent.contains("1005") && !sent.contains("1006") && !sent.contains("Ada"), "{sent}");
        });
    }
}

#[test]
fn s21_a_302_tells_of_every_forward_on_the_way() {
    use presence_eval::DiversionReason as Core;
    with_request(&call("Supported: histinfo"), |invite| {
        let mut redirection = Redirection::default();
        redirection.wave([("sip:+4930123456@trunk.example.org", None)]);
        for by in ["sip:1001@pbx.example.net", "sip:1002@pbx.example.net", "sip:1003@pbx.example.net"] {
            redirection.diverted(&uri(by), Core::Unconditional);
        }
        let moved = text(&redirection.answer(invite, Answer::new(invite, 302, "t", None)).finish());
        let told: Vec<_> = moved.lines().filter_map(|line| line.strip_prefix("History-Info: ")).collect();
        let expected = [
            "<sip:1001@pbx.example.net>;index=1",
            "<sip:1002@pbx.example.net>;index=1.1;mp=1",
            "<sip:1003@pbx.example.net>;index=1.1.1;mp=1.1",
            "<sip:+4930123456@trunk.example.org>;index=1.1.1.1;mp=1.1.1",
        ];
        assert_eq!(told, expected);
    });
}

#[test]
fn s21_inside_and_without_a_tree_a_line_goes_on_as_it_stands() {
    let line = "History-Info: <sip:1004@h?Privacy=history>;index=1, <sip:1005@h>;index=1.1";
    with_request(&call(line), |invite| {
        let sent = text(&branch(invite, &uri("sip:desk@192.0.2.7"), &Branching::new(Role::Proxy, VIA)).unwrap());
        assert!(sent.contains(&format!("{line}\n")), "{sent}");
    });
}
