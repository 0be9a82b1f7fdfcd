#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use presence_core::Instant;
use presence_sip::{Frame, Message};

use super::*;

const NAME: &str = "pbx.example.com";
const KEY: [u8; 32] = [7; 32];
const URI: &str = "sip:pbx.example.com";

fn at(secs: i64) -> Now {
    Now { since: Duration::from_secs(9), at: Instant::from_unix_secs(1_780_000_000 + secs).unwrap() }
}

fn digest() -> Digest {
    Digest::new(NAME, KEY)
}

fn ada() -> Credentials {
    Credentials::Password("secret".into())
}

/// Asks with these credentials as Ada, whose password is `secret`.
fn ask(digest: &mut Digest, authorization: &str, now: Now) -> Result<String, Denied> {
    let ada = ada();
    ask_as(digest, authorization, |name| (name == "1001").then_some(&ada), now)
}

fn ask_as<'u>(
    digest: &mut Digest,
    authorization: &str,
    users: impl FnOnce(&str) -> Option<&'u Credentials>,
    now: Now,
) -> Result<String, Denied> {
    let datagram = format!(
        "REGISTER {URI} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nFrom: <sip:1001@h>;tag=a\r\n\
         To: <sip:1001@h>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n{authorization}\r\n"
    );
    let frame = Frame::read(datagram.as_bytes()).unwrap();
    let Message::Request(request) = frame.message().unwrap() else { panic!("it is a request") };
    digest.verify(&request, Asker::Server, users, now)
}

fn nonce(digest: &mut Digest, now: Now) -> String {
    let challenge = digest.challenges(Denied::Missing, None, now).next().unwrap();
    let (_, behind) = challenge.split_once("nonce=\"").unwrap();
    behind.split_once('"').unwrap().0.to_owned()
}

/// What a phone sends that knows the password.
struct Phone {
    algorithm: Algorithm,
    user: &'static str,
    password: &'static str,
    uri: &'static str,
}

impl Phone {
    const ADA: Self = Self { algorithm: Algorithm::Sha256, user: "1001", password: "secret", uri: URI };

    fn answers(&self, nonce: &str, nc: &str) -> String {
        let Self { algorithm, user, password, uri } = self;
        let ha1 = Credentials::Password((*password).into()).ha1(*algorithm, user, NAME).unwrap();
        let open = format!(
            "Digest username=\"{user}\", realm=\"{NAME}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm={}, \
             cnonce=\"c\", nc={nc}, qop=auth",
            algorithm.word()
        );
        let given = Directives::read(&open).unwrap().unwrap();
        let response = response(*algorithm, &ha1, "REGISTER", &given);
        format!("Authorization: {open}, response=\"{response}\"\r\n")
    }
}

#[test]
fn rfc7616_3_9_1_both_algorithms() {
    const GIVEN: &str = r#"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, qop=auth,
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ""#;
    let given = GIVEN.replace('\n', " ");
    let given = Directives::read(&given).unwrap().unwrap();
    let mufasa = Credentials::Password("Circle of Life".into());
    for (algorithm, expected) in [
        (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ] {
        let ha1 = mufasa.ha1(algorithm, "Mufasa", "http-auth@example.org").unwrap();
        assert_eq!(response(algorithm, &ha1, "GET", &given), expected, "{algorithm:?}");
    }
}

#[test]
fn rfc8760_sha_256_is_offered_first_and_each_on_its_own_line() {
    let mut digest = digest();
    let challenges: Vec<_> = digest.challenges(Denied::Stale, None, at(0)).collect();
    let [sha_256, md5] = challenges.as_slice() else { panic!("two challenges: {challenges:?}") };
    assert!(sha_256.starts_with("Digest realm=\"pbx.example.com\", nonce=\""), "{sha_256}");
    assert!(sha_256.ends_with("\", algorithm=SHA-256, qop=\"auth\", stale=true"), "{sha_256}");
    assert!(md5.ends_with("\", algorithm=MD5, qop=\"auth\", stale=true"), "{md5}");
    let fresh = digest.challenges(Denied::Wrong, None, at(0)).next().unwrap();
    assert!(fresh.ends_with("qop=\"auth\""), "{fresh}");
    assert_ne!(nonce(&mut digest, at(0)), nonce(&mut digest, at(0)), "two phones in one second share no nonce");
}

#[test]
fn rfc8760_a_user_of_one_hash_is_asked_for_that_one() {
    let md5 = ada().ha1(Algorithm::Md5, "1001", NAME);
    let known = Credentials::Ha1 { sha_256: None, md5 };
    let mut digest = digest();
    let challenges: Vec<_> = digest.challenges(Denied::Missing, Some(&known), at(0)).collect();
    assert!(matches!(challenges.as_slice(), [only] if only.contains("algorithm=MD5")), "{challenges:?}");
    for (algorithm, verified) in [(Algorithm::Md5, Ok("1001".to_owned())), (Algorithm::Sha256, Err(Denied::Wrong))] {
        let nonce = nonce(&mut digest, at(0));
        let answer = Phone { algorithm, ..Phone::ADA }.answers(&nonce, "00000001");
        assert_eq!(ask_as(&mut digest, &answer, |_| Some(&known), at(0)), verified, "{algorithm:?}");
    }
}

#[test]
fn credentials_are_a_password_or_the_digits_of_its_hashes() {
    let digits = |count: usize| format!("\"{}\"", "a1".repeat(count / 2));
    let (sha_256, md5) = (digits(64), digits(32));
    for (written, told) in [
        ("\"secret\"".to_owned(), None),
        (format!("{{ sha-256 = {sha_256}, md5 = {md5} }}"), None),
        (format!("{{ sha-256 = {sha_256} }}"), None),
        (format!("{{ md5 = {md5} }}"), None),
        ("{}".into(), Some("neither a password nor an HA1")),
        (format!("{{ sha-256 = {md5} }}"), Some("an HA1 of SHA-256 is 64 lower-case hexadecimal digits")),
        (format!("{{ md5 = {sha_256} }}"), Some("an HA1 of MD5 is 32 lower-case hexadecimal digits")),
        (format!("{{ md5 = {} }}", md5.to_uppercase()), Some("an HA1 of MD5 is 32 lower-case hexadecimal digits")),
        (format!("{{ md5 = {} }}", md5.replace('a', "g")), Some("an HA1 of MD5 is 32 lower-case hexadecimal digits")),
        (format!("{{ md4 = {md5} }}"), Some("a password, or `sha-256` and `md5`")),
        ("7".into(), Some("a password, or `sha-256` and `md5`")),
    ] {
        let read: Result<BTreeMap<String, Credentials>, _> = toml::from_str(&format!("1001 = {written}"));
        match told {
            None => assert!(read.is_ok(), "{written}: {read:?}"),
            Some(told) => assert!(read.unwrap_err().to_string().contains(told), "{written}"),
        }
    }
    assert_eq!(format!("{:?}", ada()), "Credentials", "no password in a log");
}

#[test]
fn rfc7616_3_4_the_password_is_what_counts() {
    for (phone, verified) in [
        (Phone::ADA, Ok("1001".to_owned())),
        (Phone { algorithm: Algorithm::Md5, ..Phone::ADA }, Ok("1001".to_owned())),
        (Phone { password: "guessed", ..Phone::ADA }, Err(Denied::Wrong)),
        (Phone { password: "", ..Phone::ADA }, Err(Denied::Wrong)),
        (Phone { user: "1002", ..Phone::ADA }, Err(Denied::Wrong)),
        // Not even with the password of nobody.
        (Phone { user: "1002", password: "", ..Phone::ADA }, Err(Denied::Wrong)),
        // The same URI by RFC 3261 19.1.4, and another one.
        (Phone { uri: "SIP:PBX.example.com", ..Phone::ADA }, Ok("1001".to_owned())),
        (Phone { uri: "sip:other.example.com", ..Phone::ADA }, Err(Denied::OtherUri)),
    ] {
        let mut digest = digest();
        let nonce = nonce(&mut digest, at(0));
        let told = format!("{} {} {}", phone.user, phone.password, phone.uri);
        assert_eq!(ask(&mut digest, &phone.answers(&nonce, "00000001"), at(0)), verified, "{told}");
    }
}

#[test]
fn rfc7616_3_4_each_count_of_a_nonce_is_good_once_and_only_rising() {
    let mut digest = digest();
    let nonce = nonce(&mut digest, at(0));
    for (nc, fresh) in [
        ("00000001", true),
        ("00000001", false),
        ("00000003", true),
        ("00000002", false),
        ("0000000a", true),
        ("0000000A", false),
        ("ffffffff", true),
        ("00000000", false),
    ] {
        let verified = ask(&mut digest, &Phone::ADA.answers(&nonce, nc), at(1));
        assert_eq!(verified.err(), (!fresh).then_some(Denied::Stale), "{nc}");
    }
}

#[test]
fn rfc7616_3_3_a_nonce_grows_stale() {
    for (made, used, fresh) in [
        (0, 0, true),
        (0, NONCE_SECS, true),
        (0, NONCE_SECS + 1, false),
        // The clock was set back.
        (10, 9, false),
    ] {
        let mut digest = digest();
        let nonce = nonce(&mut digest, at(made));
        let verified = ask(&mut digest, &Phone::ADA.answers(&nonce, "00000001"), at(used));
        assert_eq!(verified.err(), (!fresh).then_some(Denied::Stale), "made at {made}, used at {used}");
    }
}

/// After a restart a phone goes on with a nonce of before: it must not ask its user for the password again.
#[test]
fn a_nonce_of_another_process_or_of_nobody_is_stale() {
    let of_another = nonce(&mut Digest::new(NAME, [8; 32]), at(0));
    let ours = nonce(&mut digest(), at(0));
    let later = ours.replacen('0', "1", 1);
    for nonce in
        [of_another.as_str(), later.as_str(), "", "0", "é23456789012345", ours.get(..63).unwrap(), &format!("{ours}0")]
    {
        let verified = ask(&mut digest(), &Phone::ADA.answers(nonce, "00000001"), at(0));
        assert_eq!(verified, Err(Denied::Stale), "{nonce}");
        // Who does not know the password learns nothing about nonces.
        let guess = Phone { password: "guess", ..Phone::ADA }.answers(nonce, "00000001");
        assert_eq!(ask(&mut digest(), &guess, at(0)), Err(Denied::Wrong), "{nonce}");
    }
}

#[test]
fn counts_are_kept_for_a_bounded_number_of_nonces_and_no_forgotten_one_comes_back() {
    let mut digest = digest();
    let first = nonce(&mut digest, at(0));
    assert!(ask(&mut digest, &Phone::ADA.answers(&first, "00000001"), at(0)).is_ok());
    for _ in 0..NONCES_MAX {
        let nonce = nonce(&mut digest, at(0));
        assert!(ask(&mut digest, &Phone::ADA.answers(&nonce, "00000001"), at(0)).is_ok());
    }
    assert_eq!(digest.counts.len(), NONCES_MAX);
    assert_eq!(ask(&mut digest, &Phone::ADA.answers(&first, "00000002"), at(0)), Err(Denied::Stale));
    // Time empties the table.
    let late = nonce(&mut digest, at(NONCE_SECS + 1));
    assert!(ask(&mut digest, &Phone::ADA.answers(&late, "00000001"), at(NONCE_SECS + 1)).is_ok());
    assert_eq!(digest.counts.len(), 1);
}

#[test]
fn rfc7616_3_4_credentials_are_read_exactly() {
    let mut digest = digest();
    let nonce = nonce(&mut digest, at(0));
    let good = Phone::ADA.answers(&nonce, "00000001");
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    for (what, given, verdict) in [
        ("none", String::new(), Denied::Missing),
        ("another scheme", "Authorization: Basic QTpi\r\n".into(), Denied::Missing),
        ("for a proxy", with("Authorization", "Proxy-Authorization"), Denied::Missing),
        ("another realm", with("realm=\"pbx", "realm=\"other"), Denied::Missing),
        ("another algorithm", with("SHA-256", "SHA-512-256"), Denied::Missing),
        ("a session", with("SHA-256", "SHA-256-sess"), Denied::Missing),
        ("no name", with("username=", "user="), Denied::Malformed),
        ("no count", with("nc=00000001, ", ""), Denied::Malformed),
        ("a short count", with("nc=00000001", "nc=1"), Denied::Malformed),
        ("a signed count", with("nc=00000001", "nc=+0000001"), Denied::Malformed),
        ("no qop", with(", qop=auth", ""), Denied::Malformed),
        ("another qop", with("qop=auth", "qop=auth-int"), Denied::Malformed),
        ("no uri", with("uri=", "url="), Denied::Malformed),
        ("no nonce", with("nonce=\"0", "n=\"0").replace("cn=", "cnonce="), Denied::Malformed),
        ("twice", with("nc=", "username=\"1002\", nc="), Denied::Malformed),
        ("an open quote", with("\"\r\n", "\r\n"), Denied::Malformed),
        ("text behind a quote", with("cnonce=\"c\"", "cnonce=\"c\"d"), Denied::Malformed),
        ("an empty place", with(", nc=", ",, nc="), Denied::Malformed),
        ("a comma at the end", with("\"\r\n", "\",\r\n"), Denied::Malformed),
        ("no directives", "Authorization: Digest\r\n".into(), Denied::Malformed),
        (
            "many",
            with("nc=", &(0..40).map(|n| format!("x{n}=1, ")).chain(["nc=".into()]).collect::<String>()),
            Denied::Malformed,
        ),
        ("no response", with("response=", "answer="), Denied::Wrong),
        ("a cut response", with("\"\r\n", "\"\r\n").replace("response=\"", "response=\"0"), Denied::Wrong),
    ] {
        assert_eq!(ask(&mut digest, &given, at(0)), Err(verdict), "{what}: {given}");
    }
    // None of them used the count up. Space, case, quotes and the order of headers do not matter.
    for (nc, form) in [
        ("00000001", &(|it: String| it) as &dyn Fn(String) -> String),
        ("00000002", &|it| it.replace("Digest ", "DIGEST\t ").replace(", ", " ,\t").replace("uri=", "URI = ")),
        ("00000003", &|it| it.replace("SHA-256", "\"sha-256\"").replace("qop=auth", "qop=\"auth\"")),
        ("00000004", &|it| format!("Authorization: Digest realm=\"other\", a=\"b,c\\\"d\"\r\n{it}")),
        ("00000005", &|it| it.replace("nc=00000005", "nc=\"00000005\"")),
    ] {
        let given = form(Phone::ADA.answers(&nonce, nc));
        assert_eq!(ask(&mut digest, &given, at(0)), Ok("1001".into()), "{given}");
    }
}

#[test]
fn rfc3261_22_each_denial_has_its_status() {
    for (denied, server, proxy) in [
        (Denied::Missing, 401, 407),
        (Denied::Stale, 401, 407),
        (Denied::Wrong, 401, 407),
        (Denied::Malformed, 400, 400),
        (Denied::OtherUri, 400, 400),
    ] {
        assert_eq!((denied.status(Asker::Server), denied.status(Asker::Proxy)), (server, proxy), "{denied}");
    }
    assert_eq!(Asker::Server.challenge().name(), "WWW-Authenticate");
    assert_eq!(Asker::Proxy.challenge().name(), "Proxy-Authenticate");
}

proptest::proptest! {
    /// Whatever is sent, nobody is believed who does not know the password, and nothing panics.
    #[test]
    fn no_text_is_believed(text in "[ -~\\t]{0,300}", around in "[a-z]{1,9}=(\"[a-z ,]{0,9}\"|[a-z]{0,9})(, ?)?") {
        let mut digest = digest();
        for value in [format!("Digest {text}"), format!("Digest realm=\"{NAME}\", username=\"1001\", {around}{text}")] {
            let denied = ask(&mut digest, &format!("Authorization: {value}\r\n"), at(0));
            proptest::prop_assert!(denied.is_err());
        }
    }

    /// A byte changed in what is signed is noticed; where one is not, the answer still says the same.
    #[test]
    fn no_byte_of_an_answer_may_change(place in 0_usize..400, byte in 33_u8..127) {
        let mut digest = digest();
        let nonce = nonce(&mut digest, at(0));
        let good = Phone::ADA.answers(&nonce, "00000001");
        let mut bytes = good.clone().into_bytes();
        let value = "Authorization: ".len();
        let place = value + place % (bytes.len() - 2 - value);
        bytes[place] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        let meant = |text: &str| text.replace([' ', '\t'], "").to_lowercase();
        if ask(&mut digest, &changed, at(0)).is_ok() {
            proptest::prop_assert_eq!(meant(&changed), meant(&good));
        }
    }
}
