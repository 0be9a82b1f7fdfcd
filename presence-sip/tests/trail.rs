//! S20 and S21: the trail that a call leaves, and the one that it has when it comes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{call, request, text, with_request};
use presence_sip::{
    Answer, Branching, DiversionReason, HistoryTree, Moved, Redirection, Role, Uri, branch, diversion,
};

const VIA: &str = "SIP/2.0/UDP h;branch=z9hG4bK1";

fn uri(text: &str) -> Uri<'_> {
    Uri::parse(text).unwrap()
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
