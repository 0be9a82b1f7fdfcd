//! Transactions by their timers: what goes out when, and what is told.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use presence_sip::{Answer, Frame, Message, Request};

use super::*;

const PEER: &str = "192.0.2.9:5060";

fn peer() -> SocketAddr {
    PEER.parse().unwrap()
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn text(method: &str, branch: &str) -> String {
    let from = "From: <sip:1@h>;tag=a\r\nTo: <sip:2@h>\r\nCall-ID: 1\r\n";
    format!("{method} sip:2@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch={branch}\r\n{from}CSeq: 1 {method}\r\n\r\n")
}

fn with<T>(text: &str, then: impl FnOnce(&Request<'_>) -> T) -> T {
    let frame = Frame::read(text.as_bytes()).unwrap();
    let Message::Request(request) = frame.message().unwrap() else { panic!("it is a request") };
    then(&request)
}

fn respond_to(text: &str, code: u16) -> Vec<u8> {
    with(text, |request| Answer::new(request, code, "b", None).finish())
}

fn take(transactions: &mut Transactions<u8>, response: &[u8], now: Duration) -> Option<u8> {
    let frame = Frame::read(response).unwrap();
    let Message::Response(response) = frame.message().unwrap() else { panic!("it is a response") };
    transactions.response(&response, now)
}

fn send(transactions: &mut Transactions<u8>, method: &str) -> String {
    let text = text(method, "z9hG4bKc");
    let id = ClientId::new("z9hG4bKc", method);
    transactions.request(Outgoing { id, wire: text.clone().into_bytes(), to: peer() }, 7, ms(0));
    assert_eq!(transactions.take_datagrams().len(), 1);
    text
}

fn arrive(transactions: &mut Transactions<u8>, text: &str, now: Duration) -> Arrived {
    with(text, |request| transactions.arrived(request, peer(), now))
}

/// The times of all copies that are sent until nothing is due any more, and what lapses.
fn copies(transactions: &mut Transactions<u8>) -> (Vec<u128>, Vec<Lapsed<u8>>) {
    let (mut times, mut lapsed) = (Vec::new(), Vec::new());
    while let Some(at) = transactions.deadline() {
        lapsed.extend(transactions.tick(at));
        times.extend(transactions.take_datagrams().iter().map(|_| at.as_millis()));
    }
    assert_eq!(transactions.len(), 0, "nothing stays behind");
    (times, lapsed)
}

#[test]
fn an_invite_that_nobody_answers_is_sent_seven_times_and_given_up() {
    let mut transactions = Transactions::new();
    send(&mut transactions, "INVITE");
    let (times, lapsed) = copies(&mut transactions);
    assert_eq!(times, [500, 1500, 3500, 7500, 15500, 31500]);
    assert_eq!(lapsed, [Lapsed::Request(7)]);
}

#[test]
fn another_request_is_sent_again_every_four_seconds_at_most() {
    let mut transactions = Transactions::new();
    send(&mut transactions, "BYE");
    let (times, lapsed) = copies(&mut transactions);
    assert_eq!(times, [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
    assert_eq!(lapsed, [Lapsed::Request(7)]);
}

#[test]
fn a_provisional_response_ends_the_copies_of_an_invite_and_timer_c_its_ringing() {
    let mut transactions = Transactions::new();
    let invite = send(&mut transactions, "INVITE");
    assert_eq!(take(&mut transactions, &respond_to(&invite, 180), ms(400)), Some(7));
    assert_eq!(transactions.deadline(), Some(ms(3_600_400)));
    let (times, lapsed) = copies(&mut transactions);
    assert_eq!((times.len(), lapsed), (0, vec![Lapsed::Request(7)]));
}

#[test]
fn a_cancelled_invite_has_half_a_minute_to_end() {
    let mut transactions = Transactions::new();
    let invite = send(&mut transactions, "INVITE");
    let _ = take(&mut transactions, &respond_to(&invite, 180), ms(400));
    transactions.cancelled(&ClientId::new("z9hG4bKc", "INVITE"), ms(1000));
    assert_eq!(transactions.deadline(), Some(ms(33_000)));
}

#[test]
fn a_failure_is_told_once_and_acknowledged_each_time() {
    let mut transactions = Transactions::new();
    let invite = send(&mut transactions, "INVITE");
    let busy = respond_to(&invite, 486);
    assert_eq!(take(&mut transactions, &busy, ms(100)), Some(7));
    assert_eq!(take(&mut transactions, &busy, ms(600)), None);
    let acks = transactions.take_datagrams();
    assert_eq!(acks.len(), 2);
    let ack = String::from_utf8(acks[0].wire.clone()).unwrap();
    assert!(ack.starts_with("ACK sip:2@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKc\r\n"), "{ack}");
    assert!(ack.contains("To: <sip:2@h>;tag=b\r\n") && ack.contains("CSeq: 1 ACK\r\n"), "{ack}");
    assert_eq!(copies(&mut transactions), (vec![], vec![]));
}

#[test]
fn every_2xx_of_an_invite_is_passed_on_and_left_to_be_acknowledged_end_to_end() {
    let mut transactions = Transactions::new();
    let invite = send(&mut transactions, "INVITE");
    let ok = respond_to(&invite, 200);
    assert_eq!(take(&mut transactions, &ok, ms(100)), Some(7));
    assert_eq!(take(&mut transactions, &ok, ms(600)), Some(7));
    assert_eq!(take(&mut transactions, &respond_to(&invite, 486), ms(700)), None);
    assert!(transactions.take_datagrams().is_empty());
    assert_eq!(copies(&mut transactions), (vec![], vec![]));
}

#[test]
fn the_final_response_of_another_request_is_told_once() {
    let mut transactions = Transactions::new();
    let bye = send(&mut transactions, "BYE");
    assert_eq!(take(&mut transactions, &respond_to(&bye, 200), ms(100)), Some(7));
    assert_eq!(take(&mut transactions, &respond_to(&bye, 200), ms(200)), None);
    assert_eq!(copies(&mut transactions), (vec![], vec![]));
}

#[test]
fn a_response_that_nobody_asked_for_is_nobodys() {
    let mut transactions = Transactions::new();
    assert_eq!(take(&mut transactions, &respond_to(&text("INVITE", "z9hG4bKx"), 200), ms(0)), None);
}

fn arrived(transactions: &mut Transactions<u8>, text: &str) -> ServerId {
    let Arrived::New(id) = arrive(transactions, text, ms(0)) else { panic!("it is new") };
    id
}

#[test]
fn a_copy_of_a_request_is_answered_as_before() {
    let mut transactions = Transactions::new();
    let invite = text("INVITE", "z9hG4bK1");
    let id = arrived(&mut transactions, &invite);
    assert_eq!(arrive(&mut transactions, &invite, ms(500)), Arrived::Known);
    assert!(transactions.take_datagrams().is_empty(), "nothing was said yet");
    transactions.respond(&id, 180, b"ringing".to_vec(), ms(600));
    assert_eq!(arrive(&mut transactions, &invite, ms(1500)), Arrived::Known);
    let sent: Vec<_> = transactions.take_datagrams().into_iter().map(|sent| sent.wire).collect();
    assert_eq!(sent, [b"ringing", b"ringing"]);
}

#[test]
fn a_failure_is_sent_until_its_ack_comes() {
    let mut transactions = Transactions::new();
    let id = arrived(&mut transactions, &text("INVITE", "z9hG4bK1"));
    transactions.respond(&id, 486, b"busy".to_vec(), ms(0));
    let _ = transactions.tick(ms(500));
    assert_eq!(transactions.take_datagrams().len(), 2);
    assert_eq!(arrive(&mut transactions, &text("ACK", "z9hG4bK1"), ms(700)), Arrived::Known);
    assert_eq!(copies(&mut transactions), (vec![], vec![]));
}

#[test]
fn a_failure_without_ack_is_given_up() {
    let mut transactions = Transactions::new();
    let id = arrived(&mut transactions, &text("INVITE", "z9hG4bK1"));
    transactions.respond(&id, 486, b"busy".to_vec(), ms(0));
    let (times, lapsed) = copies(&mut transactions);
    assert_eq!((times.len(), lapsed), (11, vec![]));
}

#[test]
fn a_2xx_of_another_is_repeated_by_the_other_and_our_own_by_us() {
    let mut transactions = Transactions::new();
    let invite = text("INVITE", "z9hG4bK1");
    let id = arrived(&mut transactions, &invite);
    transactions.respond(&id, 200, b"ok".to_vec(), ms(0));
    transactions.respond(&id, 200, b"ok".to_vec(), ms(500));
    assert_eq!(transactions.take_datagrams().len(), 2);
    assert_eq!(arrive(&mut transactions, &invite, ms(600)), Arrived::Known);
    assert_eq!(arrive(&mut transactions, &text("ACK", "z9hG4bK2"), ms(700)), Arrived::Ack);
    assert_eq!(copies(&mut transactions), (vec![], vec![]));

    let id = arrived(&mut transactions, &invite);
    transactions.answer(&id, b"ok".to_vec(), ms(0));
    let (times, lapsed) = copies(&mut transactions);
    assert_eq!((times.len(), lapsed), (11, vec![Lapsed::Unacknowledged(id)]));

    let id = arrived(&mut transactions, &invite);
    transactions.answer(&id, b"ok".to_vec(), ms(0));
    let _ = transactions.take_datagrams();
    transactions.acknowledged_ours(&id, ms(100));
    assert_eq!(copies(&mut transactions), (vec![], vec![]));
}

#[test]
fn a_cancel_finds_its_invite() {
    let mut transactions = Transactions::new();
    let id = arrived(&mut transactions, &text("INVITE", "z9hG4bK1"));
    assert_eq!(with(&text("CANCEL", "z9hG4bK1"), |cancel| transactions.invite_of(cancel)), Some(id));
    assert_eq!(with(&text("CANCEL", "z9hG4bK2"), |cancel| transactions.invite_of(cancel)), None);
    assert!(matches!(arrive(&mut transactions, &text("CANCEL", "z9hG4bK1"), ms(0)), Arrived::New(_)));
}

#[test]
fn before_rfc_3261_the_call_tells_transactions_apart() {
    let mut transactions = Transactions::new();
    let _ = arrived(&mut transactions, &text("INVITE", "1"));
    assert_eq!(arrive(&mut transactions, &text("INVITE", "1"), ms(0)), Arrived::Known);
    let other = text("INVITE", "1").replace("Call-ID: 1", "Call-ID: 2");
    assert!(matches!(arrive(&mut transactions, &other, ms(0)), Arrived::New(_)));
}
