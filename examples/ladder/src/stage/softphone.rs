//! baresip, a softphone that is not ours: dialled and hung up over its control port, believed by its events and its packets.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::stranger::{now, wall};
use super::{PATIENCE, READY, Running, Stage, pause};
use crate::case::Peer;
use crate::log::{Seen, Trace, Way};
use crate::message::Message;
use crate::scenario::{DOMAIN, password};
use crate::script::Step;

const CONTROL_PORT: u16 = 4444;

/// A baresip that runs.
pub(super) struct Softphone {
    process: Running,
    control: TcpStream,
    readers: Vec<JoinHandle<()>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stage<'_> {
    /// Starts a baresip that registers; it answers by itself where its script says so.
    pub(super) fn start_softphone(&self, index: usize, peer: &Peer) -> Result<Softphone, String> {
        let folder = self.path(&peer.name);
        let told = |why: std::io::Error| format!("{}: {why}", peer.name);
        fs::create_dir_all(&folder).map_err(told)?;
        let address = self.address_of(index);
        let ip = address.ip();
        let tone = folder.join("tone.wav");
        fs::write(&tone, wave()).map_err(told)?;
        let mut config = String::from("poll_method epoll\nmodule_path /usr/lib/baresip/modules\n");
        for module in [
            "module g711.so",
            "module aufile.so",
            "module_tmp account.so",
            "module_app menu.so",
            "module_app ctrl_tcp.so",
        ] {
            let _ = writeln!(config, "{module}");
        }
        let _ = writeln!(config, "sip_listen {address}\nctrl_tcp_listen {ip}:{CONTROL_PORT}");
        let _ = writeln!(config, "audio_source aufile,{}", tone.display());
        for player in ["audio_player", "audio_alert"] {
            let _ = writeln!(config, "{player} aufile,{}", folder.join(player).display());
        }
        let answers = if peer.steps.contains(&Step::Answers) { "auto" } else { "manual" };
        let user = &peer.number;
        let account = format!(
            "<sip:{user}@{DOMAIN};transport=udp>;auth_user={user};auth_pass={};answermode={answers};regint=600;\
             outbound=\"sip:{}\"\n",
            password(user),
            self.address(1)
        );
        for (file, text) in [("config", config.as_str()), ("accounts", &account), ("contacts", "")] {
            fs::write(folder.join(file), text).map_err(told)?;
        }
        // Its trace would stay in a buffer.
        let mut command = Command::new("stdbuf");
        command.args(["-oL", "-eL", "baresip", "-4", "-s", "-t", "120", "-f"]).arg(&folder);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(told)?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let process = Running(child);
        let mut readers = Vec::new();
        for output in [out.map(boxed), err.map(boxed)].into_iter().flatten() {
            let (seen, trace) = (Arc::clone(&seen), Trace::of(&address.to_string()));
            readers.push(std::thread::spawn(move || read_trace(output, trace, &seen)));
        }
        let control = connect(*ip).map_err(told)?;
        let (events, kept) = (control.try_clone().map_err(told)?, Arc::clone(&seen));
        readers.push(std::thread::spawn(move || read_events(events, &kept)));
        let phone = Softphone { process, control, readers, seen };
        phone.registered(&peer.name)?;
        Ok(phone)
    }
}

impl Softphone {
    fn registered(&self, name: &str) -> Result<(), String> {
        let began = now();
        while began.elapsed() < PATIENCE {
            if self.seen().iter().any(|seen| seen.message.title() == "200 REGISTER") {
                return Ok(());
            }
            pause(Duration::from_millis(20));
        }
        Err(format!("{name} cannot register: {:?}", self.seen().last().map(|seen| seen.message.title())))
    }

    /// Does its steps, then waits for the end.
    pub(super) fn perform(&mut self, steps: &[Step], until: Duration) -> Result<(), String> {
        let began = now();
        pause(READY / 4);
        for step in steps {
            match step {
                Step::Dials { number, at, .. } => {
                    pause(Duration::from_secs_f64(*at).saturating_sub(began.elapsed()));
                    self.say("dial", &format!("sip:{number}@{DOMAIN}"))?;
                }
                Step::Waits(secs) => pause(Duration::from_secs_f64(*secs)),
                Step::HangsUp => self.say("hangup", "")?,
                // It answers by itself.
                _ => {}
            }
        }
        pause(until.saturating_sub(began.elapsed()));
        Ok(())
    }

    /// Ends it, and tells what it saw: its packets and its events.
    pub(super) fn end(self) -> Vec<Seen> {
        drop(self.process);
        for reader in self.readers {
            let _ = reader.join();
        }
        std::mem::take(&mut *lock(&self.seen))
    }

    fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    /// A command of ctrl_tcp: JSON in a netstring.
    fn say(&mut self, command: &str, what: &str) -> Result<(), String> {
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{what}\"}}");
        write!(self.control, "{}:{json},", json.len()).map_err(|why| format!("baresip's control port: {why}"))
    }
}

fn boxed(output: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(output)
}

/// Its control port opens a moment after it starts.
fn connect(ip: Ipv4Addr) -> std::io::Result<TcpStream> {
    let began = now();
    loop {
        match TcpStream::connect((ip, CONTROL_PORT)) {
            Err(_) if began.elapsed() < PATIENCE => pause(Duration::from_millis(20)),
            other => return other,
        }
    }
}

/// Packets, as it prints them.
fn read_trace(output: Box<dyn Read + Send>, mut trace: Trace, seen: &Mutex<Vec<Seen>>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        lock(seen).extend(trace.line(&line, micros()));
        line.clear();
    }
}

/// Events: JSON in netstrings. That a call stands or is over is kept, as if it were a message.
fn read_events(mut control: TcpStream, seen: &Mutex<Vec<Seen>>) {
    let (mut unread, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = control.read(&mut buffer) {
        unread.extend_from_slice(buffer.get(..length).unwrap_or_default());
        let text = String::from_utf8_lossy(&unread).into_owned();
        let Some((whole, rest)) = text.rsplit_once("},") else { continue };
        for kind in whole.split("\"type\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if matches!(kind, "CALL_ESTABLISHED" | "CALL_CLOSED") {
                lock(seen).push(Seen { micros: micros(), way: Way::Received, message: Message::read(kind.as_bytes()) });
            }
        }
        unread = rest.as_bytes().to_vec();
    }
}

fn micros() -> u64 {
    wall().as_micros().try_into().unwrap_or(u64::MAX)
}

fn lock(seen: &Mutex<Vec<Seen>>) -> MutexGuard<'_, Vec<Seen>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Half a minute of silence, since baresip hangs up when its file ends: WAV, mono, 8 kHz, 16 bits.
fn wave() -> Vec<u8> {
    const RATE: u32 = 8000;
    const BYTES: u32 = 30 * 2 * RATE;
    let mut wave = b"RIFF".to_vec();
    wave.extend((BYTES + 36).to_le_bytes());
    wave.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wave.extend(RATE.to_le_bytes());
    wave.extend((2 * RATE).to_le_bytes());
    wave.extend(b"\x02\0\x10\0data");
    wave.extend(BYTES.to_le_bytes());
    wave.resize(wave.len() + BYTES as usize, 0);
    wave
}
