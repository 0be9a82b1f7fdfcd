//! S20 and S21: the trail that a call leaves, and the one that it has when it comes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{call, with_request};
use presence_sip::{HistoryTree, Moved, Uri};

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
