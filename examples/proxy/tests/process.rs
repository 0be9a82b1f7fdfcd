//! The program as its operator has it: options, signals, files.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

const TENANT: &str = "profiles.p = {}\nextensions.1001 = { profile = 'p', devices = [{ id = 'desk' }] }\n";

/// A PBX on a free port; it ends with the test.
struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    address: String,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proxy"));
        let command = command.args(["--listen", "127.0.0.1:0", "--plain"]).args(args);
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self { child, lines, address: String::new() };
        let first = running.line();
        let (_, address) = first.split_once("listening on ").unwrap();
        running.address = address.split(',').next().unwrap().to_owned();
        running
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let _ = self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// What comes back for a request to 1001.
    fn ask(&self, method: &str) -> String {
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        phone.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let text = format!(
            "{method} sip:1001@{} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{method};rport\r\nFrom: <sip:+447700900123@example.com>;tag=a\r\n\
             To: <sip:1001@h>\r\nCall-ID: {method}\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n",
            self.address,
            phone.local_addr().unwrap()
        );
        phone.send_to(text.as_bytes(), &self.address).unwrap();
        let mut buffer = [0; 2000];
        loop {
            let length = phone.recv(&mut buffer).unwrap();
            let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if !answer.starts_with("SIP/2.0 100 ") {
                return answer.lines().next().unwrap().to_owned();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_answers_and_ends_by_a_signal() {
    let mut pbx = Running::start(&[]);
    assert_eq!(pbx.line(), "the sample office: users 1001, 1002 and 1003, their passwords ada, bob and cleo");
    assert_eq!(pbx.ask("OPTIONS"), "SIP/2.0 200 OK");
    assert_eq!(pbx.ask("INVITE"), "SIP/2.0 480 Temporarily Unavailable");
    let call = pbx.line();
    assert!(call.contains(" call 1 +447700900123 -> 1001: ") && call.ends_with("refused 480 (unavailable)"), "{call}");
    pbx.signal("-TERM");
    assert_eq!(pbx.line(), "stopped");
    assert_eq!(pbx.child.wait().unwrap().code(), Some(0));
}

#[test]
fn it_reads_its_files_again_and_keeps_the_old_ones_where_they_have_errors() {
    let folder = tempfile::tempdir().unwrap();
    let (tenant, store) = (folder.path().join("tenant.toml"), folder.path().join("presence.redb"));
    std::fs::write(&tenant, TENANT).unwrap();
    let args = ["--tenant", tenant.to_str().unwrap(), "--store", store.to_str().unwrap()];
    let mut pbx = Running::start(&args);
    let _ = pbx.line();
    assert!(store.exists());

    std::fs::write(&tenant, TENANT.replace("profile = 'p'", "profile = 'q'")).unwrap();
    pbx.signal("-HUP");
    assert!(pbx.line().starts_with("kept what was loaded before: "));
    assert!(pbx.line().contains("extensions.1001.profile"), "the place of the mistake is told");
    assert_eq!(pbx.ask("INVITE"), "SIP/2.0 480 Temporarily Unavailable");
    let _ = pbx.line();

    std::fs::write(&tenant, TENANT.replace("1001", "1002")).unwrap();
    pbx.signal("-HUP");
    assert_eq!(pbx.line(), "reloaded, 1 extensions");
    assert_eq!(pbx.ask("MESSAGE"), "SIP/2.0 405 Method Not Allowed");
}

#[test]
fn what_cannot_be_used_is_told() {
    for (args, told) in [
        (["--listen", "nowhere"], "error: cannot parse argument"),
        (["--config", "/nowhere.toml"], "error: /nowhere.toml: "),
        (["--tenant", "/nowhere.toml"], "error: /nowhere.toml: "),
        (["--listen", "192.0.2.77:5060"], "error: 192.0.2.77:5060: "),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_proxy")).args(args).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && words.starts_with(told), "{args:?}: {words}");
    }
    let help = Command::new(env!("CARGO_BIN_EXE_proxy")).arg("--help").output().unwrap();
    assert!(help.status.success() && help.stdout.starts_with(b"A PBX: "));
}

#[test]
fn lines_for_strangers_mask_numbers() {
    for (form, shown) in
        [(&["--json"][..], "+447700900123"), (&["--json", "--mask"], "+44…23"), (&["--mask"], "+44…23")]
    {
        let mut pbx = Running::start(form);
        let _ = pbx.line();
        assert_eq!(pbx.ask("INVITE"), "SIP/2.0 480 Temporarily Unavailable");
        let line = pbx.line();
        assert!(
            line.contains(shown) && (form.len() == 1 && form[0] == "--json" || !line.contains("7700900")),
            "{line}"
        );
    }
}
