#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use presence_core::{Condition, Instant, Status};
use presence_sip::{DialogState, Frame, Message, PhoneDialog, PhoneKey, PhoneKeyEvent, StatusDocument};

use super::*;

const PHONE: &str = "192.0.2.9:5060";

/// What there is to tell of 1002, and of 1001 the same; there is nobody else.
struct World {
    status: Status,
    dialogs: Vec<PhoneDialog>,
    keys: Vec<PhoneKey>,
    gone: bool,
}

impl Facts for World {
    fn status(&self, of: ExtensionNumber) -> Option<StatusDocument> {
        let known = !self.gone && ["1001", "1002"].contains(&of.to_string().as_str());
        known.then(|| StatusDocument::new(&format!("sip:{of}@h"), self.status))
    }

    fn dialogs(&self, _: ExtensionNumber) -> Vec<PhoneDialog> {
        self.dialogs.clone()
    }

    fn keys(&self, _: ExtensionNumber) -> Vec<PhoneKey> {
        self.keys.clone()
    }
}

fn forward(condition: Condition, to: Option<&str>) -> PhoneKey {
    PhoneKey::Forward { condition, to: to.map(str::to_owned), ring_count: None }
}

fn ringing() -> PhoneDialog {
    PhoneDialog { id: "7".into(), incoming: true, state: DialogState::Early, remote: None }
}

fn world() -> World {
    let keys = vec![PhoneKey::DoNotDisturb(false), forward(Condition::Always, None)];
    World { status: Status::Available, dialogs: Vec::new(), keys, gone: false }
}

struct Stage {
    events: Events,
    world: World,
    secs: u64,
    /// Where the phone is, and how it is called in its dialog.
    phone: &'static str,
    tag: &'static str,
}

impl Stage {
    fn new() -> Self {
        Self { events: Events::default(), world: world(), secs: 0, phone: PHONE, tag: "theirs" }
    }

    fn now(&self) -> Now {
        Now { since: Duration::from_secs(self.secs), at: Instant::from_unix_secs(1_780_000_000).unwrap() }
    }

    fn subscribe(&mut self, to: &str, event: &str, more: &str) -> (Reply, Option<Notify>) {
        self.send("1001", &format!("SUBSCRIBE sip:{to}@h SIP/2.0\r\n"), &format!("To: <sip:{to}@h>"), 1, event, more)
    }

    fn refresh(&mut self, cseq: u32, event: &str, more: &str) -> (Reply, Option<Notify>) {
        self.send("1001", "SUBSCRIBE sip:pbx SIP/2.0\r\n", "To: <sip:1002@h>;tag=ours", cseq, event, more)
    }

    fn send(
        &mut self,
        user: &str,
        first: &str,
        to: &str,
        cseq: u32,
        event: &str,
        more: &str,
    ) -> (Reply, Option<Notify>) {
        let datagram = format!(
            "{first}Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nRecord-Route: <sip:a;lr>, <sip:b;lr>\r\n\
             From: \"Ada\" <sip:1001@h>;tag={}\r\n{to}\r\nCall-ID: 1\r\nCSeq: {cseq} SUBSCRIBE\r\n\
             Contact: <sip:me@192.0.2.9:5070;ob?x=y>\r\nEvent: {event}\r\n{more}\r\n",
            self.tag
        );
        let frame = Frame::read(datagram.as_bytes()).unwrap();
        let Message::Request(request) = frame.message().unwrap() else { panic!("it is a request") };
        let (user, flow) = (user.parse().unwrap(), self.phone.parse().unwrap());
        let from = Subscriber { user, flow, contact: "sip:192.0.2.1:5060", tag: "ours" };
        let now = self.now();
        self.events.subscribe(&request, &from, &self.world, now)
    }

    fn changed(&mut self) -> Vec<Notify> {
        let now = self.now();
        self.events.changed("1002".parse().unwrap(), &self.world, now)
    }

    fn answered(&mut self, notify: &Notify, code: u16) -> Option<Notify> {
        let now = self.now();
        self.events.answered(notify.id, code, &self.world, now)
    }
}

fn field<'n>(notify: &'n Notify, name: &str) -> &'n str {
    &notify.fields.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name}: {notify:?}")).1
}

fn body(notify: &Notify) -> &str {
    std::str::from_utf8(&notify.body).unwrap()
}

fn status(notify: &Notify) -> Status {
    StatusDocument::from_pidf(&notify.body).unwrap().status
}

/// RFC 3261 12.1.1: a proxy that wants to stay in the dialog stands in what both sides get.
#[test]
fn the_200_has_the_way_of_the_request() {
    let mut stage = Stage::new();
    let (reply, _) = stage.subscribe("1002", "presence", "Record-Route: <sip:c;lr>\r\n");
    let routes: Vec<_> = reply.fields.iter().filter(|(name, _)| *name == "Record-Route").collect();
    assert_eq!(routes, [&("Record-Route", "<sip:a;lr>, <sip:b;lr>".into()), &("Record-Route", "<sip:c;lr>".into())]);
}

#[test]
fn rfc6665_4_2_1_a_subscriber_is_told_at_once_inside_the_dialog() {
    let mut stage = Stage::new();
    let (reply, notify) =
        stage.subscribe("1002", "presence;id=9", "Expires: 600\r\nAccept: text/x, application/PIDF+xml;q=1\r\n");
    assert_eq!((reply.code, reply.to_tag.as_deref()), (200, Some("ours")));
    assert!(reply.fields.contains(&("Expires", "600".into())));
    assert!(reply.fields.contains(&("Contact", "<sip:192.0.2.1:5060>".into())));
    let notify = notify.unwrap();
    assert_eq!((notify.uri.as_str(), notify.to), ("sip:me@192.0.2.9:5070;ob", PHONE.parse().unwrap()));
    let fields: Vec<_> = notify.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(
        fields,
        [
            "Route: <sip:a;lr>",
            "Route: <sip:b;lr>",
            "From: <sip:1002@h>;tag=ours",
            "To: \"Ada\" <sip:1001@h>;tag=theirs",
            "Call-ID: 1",
            "CSeq: 1 NOTIFY",
            "Contact: <sip:192.0.2.1:5060>",
            "Event: presence;id=9",
            "Subscription-State: active;expires=600",
            "Content-Type: application/pidf+xml",
        ]
    );
    assert_eq!(status(&notify), Status::Available);
}

#[test]
fn rfc6665_4_2_2_each_change_is_told_once_and_one_at_a_time() {
    let mut stage = Stage::new();
    let (_, first) = stage.subscribe("1002", "presence", "");
    let first = first.unwrap();
    assert_eq!(field(&first, "Subscription-State"), "active;expires=3600");
    stage.world.status = Status::Away;
    assert!(stage.changed().is_empty(), "one NOTIFY is on its way");
    stage.world.status = Status::Lunch;
    stage.secs = 100;
    let second = stage.answered(&first, 200).unwrap();
    assert_eq!(
        (status(&second), field(&second, "CSeq")),
        (Status::Lunch, "2 NOTIFY"),
        "the newest, not the one between"
    );
    assert_eq!(field(&second, "Subscription-State"), "active;expires=3500");
    assert!(stage.answered(&second, 200).is_none());
    assert!(stage.changed().is_empty(), "nothing is new");
    stage.world.status = Status::Available;
    assert_eq!(stage.changed().len(), 1);
}

#[test]
fn rfc4235_dialogs_have_a_version_that_rises_by_one() {
    let mut stage = Stage::new();
    let (_, first) = stage.subscribe("1002", "dialog;sla", "");
    let first = first.unwrap();
    assert!(body(&first).contains("version=\"0\" state=\"full\" entity=\"sip:1002@h\""), "{}", body(&first));
    stage.answered(&first, 200);
    stage.world.dialogs.push(ringing());
    let second = stage.changed().remove(0);
    assert!(body(&second).contains("version=\"1\"") && body(&second).contains("<state>early</state>"));
    stage.answered(&second, 200);
    stage.world.dialogs.clear();
    let third = stage.changed().remove(0);
    assert!(body(&third).contains("version=\"2\"") && !body(&third).contains("<dialog "));
}

#[test]
fn s29_each_key_is_told_by_itself_and_only_those_that_changed_again() {
    let mut stage = Stage::new();
    let key = |notify: &Notify| PhoneKeyEvent::from_xml(&notify.body).unwrap().key;
    let (_, first) = stage.subscribe("1001", "as-feature-event", "");
    let first = first.unwrap();
    assert_eq!(key(&first), PhoneKey::DoNotDisturb(false));
    let second = stage.answered(&first, 200).unwrap();
    assert_eq!(key(&second), forward(Condition::Always, None));
    assert!(stage.answered(&second, 200).is_none());
    stage.world.keys[1] = forward(Condition::Always, Some("1003"));
    let now = stage.now();
    let changed = stage.events.changed("1001".parse().unwrap(), &stage.world, now);
    assert_eq!(changed.iter().map(key).collect::<Vec<_>>(), [forward(Condition::Always, Some("1003"))]);
    assert!(stage.answered(&changed[0], 200).is_none());
    stage.world.keys[0] = PhoneKey::DoNotDisturb(true);
    let pressed = stage.events.changed("1001".parse().unwrap(), &stage.world, now).remove(0);
    assert_eq!(key(&pressed), PhoneKey::DoNotDisturb(true));
    assert!(stage.answered(&pressed, 200).is_none(), "the key below it did not change");
}

#[test]
fn rfc6665_4_2_1_4_a_refresh_lasts_longer_and_tells_everything_again() {
    let mut stage = Stage::new();
    let (_, first) = stage.subscribe("1002", "presence", "Expires: 60\r\n");
    stage.answered(&first.unwrap(), 200);
    stage.secs = 50;
    let (reply, again) = stage.refresh(2, "presence", "Expires: 60\r\n");
    assert_eq!(reply.code, 200);
    assert_eq!(field(&again.unwrap(), "CSeq"), "2 NOTIFY");
    assert_eq!(stage.events.deadline(), Some(Duration::from_secs(110)));
    for (cseq, event, user, code) in [
        (2, "presence", "1001", 500),
        (3, "presence;id=1", "1001", 481),
        (3, "dialog", "1001", 481),
        (3, "presence", "1002", 403),
        (3, "presence", "1001", 200),
    ] {
        let first = "SUBSCRIBE sip:pbx SIP/2.0\r\n";
        let (reply, _) = stage.send(user, first, "To: <sip:1002@h>;tag=ours", cseq, event, "");
        assert_eq!(reply.code, code, "{cseq} {event} {user}");
    }
    stage.tag = "another";
    assert_eq!(stage.refresh(8, "presence", "").0.code, 481, "another phone has another dialog");
    (stage.tag, stage.phone) = ("theirs", "192.0.2.10:5060");
    let (reply, last) = stage.refresh(9, "presence", "Expires: 0\r\n");
    assert_eq!(reply.code, 200);
    let last = last.unwrap();
    assert_eq!(field(&last, "Subscription-State"), "terminated;reason=timeout");
    assert_eq!(last.to, stage.phone.parse().unwrap(), "the phone has moved");
    assert_eq!(stage.refresh(10, "presence", "").0.code, 481, "it is over");
    assert!(stage.events.subscriptions.is_empty());
}

#[test]
fn rfc6665_4_2_2_a_subscription_ends_by_time_by_a_fetch_and_with_its_extension() {
    let mut stage = Stage::new();
    let (reply, once) = stage.subscribe("1002", "presence", "Expires: 0\r\n");
    let once = once.unwrap();
    assert_eq!((reply.code, field(&once, "Subscription-State")), (200, "terminated;reason=timeout"));
    assert_eq!(status(&once), Status::Available, "a fetch is told the state");
    assert!(stage.answered(&once, 200).is_none() && stage.events.subscriptions.is_empty());

    let (_, first) = stage.subscribe("1002", "presence", "Expires: 60\r\n");
    stage.answered(&first.unwrap(), 200);
    for (secs, ended) in [(59, 0), (60, 1), (61, 0)] {
        stage.secs = secs;
        let now = stage.now();
        let told = stage.events.tick(&stage.world, now);
        assert_eq!(told.len(), ended, "after {secs} s");
        assert!(
            told.iter().all(|it| field(it, "Subscription-State") == "terminated;reason=timeout" && it.body.is_empty())
        );
    }
    stage.subscribe("1002", "presence", "");
    stage.world.gone = true;
    let told = stage.changed();
    assert_eq!(field(&told[0], "Subscription-State"), "terminated;reason=noresource");
    assert!(stage.events.subscriptions.is_empty());
}

#[test]
fn rfc6665_4_2_2_a_phone_that_knows_nothing_of_it_is_told_no_more() {
    for (code, goes_on) in
        [(200, true), (202, true), (500, true), (503, true), (481, false), (408, false), (489, false)]
    {
        let mut stage = Stage::new();
        let (_, first) = stage.subscribe("1002", "presence", "");
        stage.answered(&first.unwrap(), code);
        stage.world.status = Status::Busy;
        assert_eq!(stage.changed().len(), usize::from(goes_on), "{code}");
    }
}

#[test]
fn rfc6665_4_2_1_what_cannot_be_told_is_refused() {
    for (to, event, more, code) in [
        ("1009", "presence", "", 404),
        ("ada", "presence", "", 404),
        ("1002", "message-summary", "", 489),
        ("1002", "Presence", "", 489),
        ("1002", "", "", 489),
        ("1002", "presence", "Accept: text/plain\r\n", 406),
        ("1002", "presence", "Accept: */*\r\n", 200),
        ("1002", "presence", "Expires: 59\r\n", 423),
        ("1002", "presence", "Expires: -1\r\n", 400),
        ("1002", "presence", "Expires: 99999999999999\r\n", 200),
        ("1002", "as-feature-event", "", 403),
        ("1001", "as-feature-event", "", 200),
    ] {
        let mut stage = Stage::new();
        let (reply, notify) = stage.subscribe(to, event, more);
        assert_eq!((reply.code, notify.is_some()), (code, code == 200), "{to} {event} {more}");
        assert_eq!(stage.events.subscriptions.len(), usize::from(code == 200));
    }
    let mut stage = Stage::new();
    let routes = format!("Record-Route: {}\r\n", ["<sip:p;lr>"; 20].join(", "));
    assert_eq!(stage.subscribe("1002", "presence", &routes).0.code, 513);
}

#[derive(Clone, Debug)]
enum Deed {
    Subscribe(u8, u8),
    Refresh(u8, u8),
    Change(u8),
    Answer(u8, bool),
    Wait(u8),
}

fn deeds() -> impl proptest::strategy::Strategy<Value = Vec<Deed>> {
    use proptest::prelude::*;
    let deed = prop_oneof![
        (0..3_u8, 0..5_u8).prop_map(|(event, secs)| Deed::Subscribe(event, secs)),
        (0..3_u8, 0..5_u8).prop_map(|(event, secs)| Deed::Refresh(event, secs)),
        (0..4_u8).prop_map(Deed::Change),
        (any::<u8>(), proptest::bool::weighted(0.9)).prop_map(|(which, known)| Deed::Answer(which, known)),
        (0..90_u8).prop_map(Deed::Wait),
    ];
    proptest::collection::vec(deed, 0..60)
}

proptest::proptest! {
    /// Whatever phones do, in whatever order: each dialog's numbers rise by one, at most one NOTIFY of a subscription is on
    /// its way, nothing follows the last one, and who has answered everything knows how things are.
    #[test]
    fn laws_of_notify(deeds in deeds()) {
        const EVENTS: [&str; 3] = ["presence", "dialog", "as-feature-event"];
        let mut stage = Stage::new();
        let mut cseq = 1;
        let mut numbers: BTreeMap<u64, u32> = BTreeMap::new();
        let mut over = std::collections::BTreeSet::new();
        let mut on_their_way: Vec<Notify> = Vec::new();
        for deed in deeds {
            let expires = |secs: u8| format!("Expires: {}\r\n", [0, 60, 61, 100, 3600][usize::from(secs)]);
            let sent: Vec<Notify> = match deed {
                Deed::Subscribe(event, secs) => {
                    // Another call-id would be another dialog: here each event has one.
                    let event = format!("{};id={cseq}", EVENTS[usize::from(event)]);
                    cseq += 1;
                    stage.subscribe("1001", &event, &expires(secs)).1.into_iter().collect()
                }
                Deed::Refresh(event, secs) => {
                    let event = format!("{};id={}", EVENTS[usize::from(event)], cseq - 1);
                    let to = "To: <sip:1001@h>;tag=ours";
                    cseq += 1;
                    let first = "SUBSCRIBE sip:pbx SIP/2.0\r\n";
                    stage.send("1001", first, to, cseq, &event, &expires(secs)).1.into_iter().collect()
                }
                Deed::Change(what) => {
                    stage.world.status = [Status::Available, Status::Away, Status::Busy, Status::Lunch][usize::from(what)];
                    stage.world.keys[0] = PhoneKey::DoNotDisturb(what > 1);
                    stage.world.dialogs = if what % 2 == 0 { Vec::new() } else { vec![ringing()] };
                    let now = stage.now();
                    stage.events.changed("1001".parse().unwrap(), &stage.world, now)
                }
                Deed::Answer(which, known) if !on_their_way.is_empty() => {
                    let notify = on_their_way.remove(usize::from(which) % on_their_way.len());
                    if !known {
                        over.insert(notify.id);
                    }
                    stage.answered(&notify, if known { 200 } else { 481 }).into_iter().collect()
                }
                Deed::Answer(..) => Vec::new(),
                Deed::Wait(secs) => {
                    stage.secs += u64::from(secs);
                    let now = stage.now();
                    stage.events.tick(&stage.world, now)
                }
            };
            for notify in sent {
                let number = field(&notify, "CSeq").split(' ').next().unwrap().parse().unwrap();
                let before = numbers.insert(notify.id, number).unwrap_or(0);
                proptest::prop_assert_eq!(number, before + 1);
                proptest::prop_assert!(!over.contains(&notify.id), "nothing follows the last");
                if field(&notify, "Subscription-State").starts_with("terminated") {
                    over.insert(notify.id);
                } else {
                    proptest::prop_assert!(!on_their_way.iter().any(|it| it.id == notify.id), "one at a time");
                    on_their_way.push(notify);
                }
            }
            proptest::prop_assert!(stage.events.deadline().is_none_or(|due| due <= stage.now().since + Duration::from_secs(3600)));
        }
        while let Some(notify) = on_their_way.pop() {
            on_their_way.extend(stage.answered(&notify, 200));
        }
        let now = stage.now();
        proptest::prop_assert!(stage.events.changed("1001".parse().unwrap(), &stage.world, now).is_empty());
    }
}

#[test]
fn subscriptions_are_bounded_for_each_user_and_for_all() {
    let mut stage = Stage::new();
    let mut codes = BTreeMap::new();
    for n in 0..SUBSCRIPTIONS_MAX + 10 {
        let user = (2000 + n / OF_USER_MAX).to_string();
        let (reply, _) = stage.send(&user, "SUBSCRIBE sip:1002@h SIP/2.0\r\n", "To: <sip:1002@h>", 1, "presence", "");
        *codes.entry(reply.code).or_insert(0) += 1;
    }
    assert_eq!(codes, BTreeMap::from([(200, SUBSCRIPTIONS_MAX), (503, 10)]));
    let mut stage = Stage::new();
    let replies = (0..=OF_USER_MAX).map(|_| stage.subscribe("1002", "presence", "").0);
    let last = replies.last().unwrap();
    assert_eq!((last.code, last.fields), (503, vec![("Retry-After", "60".to_owned())]));
}
