//! A case: one file that says who is there, what they do, and what each of them must see.

use crate::script::{self, Step};

/// A whole call, as written.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The lines above the first section: which rule it holds, in a sentence.
    pub(crate) about: String,
    /// The tenant; without one there is no PBX, and callers reach the first who can be called.
    pub(crate) tenant: Option<String>,
    /// More of the PBX's configuration.
    pub(crate) config: String,
    pub(crate) peers: Vec<Peer>,
    pub(crate) ladder: Vec<Rung>,
}

/// A program that takes part.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) role: Role,
    pub(crate) name: String,
    /// The user of a phone, the number of an outside caller, the name of a menu.
    pub(crate) number: String,
    pub(crate) path: Path,
    pub(crate) steps: Vec<Step>,
    /// Header lines of its INVITE.
    pub(crate) fields: Vec<String>,
    /// What a stranger sends.
    pub(crate) datagrams: Vec<Datagram>,
}

/// How the packets of a peer come to us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Path {
    Plain,
    /// Through a NAT: the addresses it writes are not those that it has.
    Nat,
    /// It registers from another port than that of its Contact, where it listens.
    OtherPort,
}

/// Who a peer is to the PBX.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// Registers before the case begins.
    Phone,
    /// Authenticates, but is not registered.
    User,
    /// A caller whom nobody knows.
    Outside,
    Trunk,
    Mailbox,
    Ivr,
    Queue,
    Announcement,
    /// A real softphone.
    Baresip,
    /// A socket that sends what is written in the case.
    Stranger,
    /// A trunk that returns every call to a number of ours.
    Mirror,
    /// The PBX itself, of which only a restart is told.
    Pbx,
}

/// What a stranger sends: its lines, so many times, from a moment on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Datagram {
    pub(crate) at: f64,
    pub(crate) times: u32,
    pub(crate) lines: Vec<String>,
}

/// One line of the ladder: who must see what, and when.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rung {
    pub(crate) line: usize,
    pub(crate) at: f64,
    pub(crate) peer: String,
    pub(crate) sent: bool,
    /// A method or status alone, or a pattern of the whole title.
    pub(crate) title: String,
    pub(crate) marks: Vec<Mark>,
}

/// What a message must have in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// A header field of that name with a value of that pattern, after those of the marks above.
    Field(String, String),
    /// No header field of that name.
    NoField(String),
    Body(String),
}

#[derive(Clone, Copy, PartialEq)]
enum Section {
    About,
    Tenant,
    Config,
    Peers,
    Ladder,
}

/// Reads a case. `shared` finds a file of `tenants/` by its name.
pub(crate) fn read(name: &str, text: &str, shared: impl Fn(&str) -> Result<String, String>) -> Result<Case, String> {
    let mut case = Case { name: name.to_owned(), ..Case::default() };
    let mut section = Section::About;
    for (index, line) in text.lines().enumerate() {
        let place = |why: String| format!("{name}, line {}: {why}", index + 1);
        if let Some(heading) = line.strip_prefix("--- ") {
            section = open(heading.trim(), &mut case, &shared).map_err(place)?;
            continue;
        }
        let empty = line.trim().is_empty() || line.trim_start().starts_with('#');
        match section {
            Section::About => add_line(&mut case.about, line),
            Section::Tenant => case.tenant.iter_mut().for_each(|tenant| add_line(tenant, line)),
            Section::Config => add_line(&mut case.config, line),
            Section::Peers if empty => {}
            Section::Peers => peer_line(line, &mut case.peers).map_err(place)?,
            Section::Ladder if empty => {}
            Section::Ladder => ladder_line(line, index + 1, &mut case.ladder).map_err(place)?,
        }
    }
    check(&case).map_err(|why| format!("{name}: {why}"))?;
    Ok(case)
}

fn open(heading: &str, case: &mut Case, shared: impl Fn(&str) -> Result<String, String>) -> Result<Section, String> {
    let words: Vec<&str> = heading.split_whitespace().collect();
    Ok(match words[..] {
        ["tenant"] => {
            case.tenant.get_or_insert_default();
            Section::Tenant
        }
        ["tenant", file] => {
            case.tenant = Some(shared(file)?);
            Section::Tenant
        }
        ["config"] => Section::Config,
        ["peers"] => Section::Peers,
        ["ladder"] => Section::Ladder,
        _ => return Err(format!("no such section: `{heading}`")),
    })
}

fn add_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// `phone desk 1001 nat: rings`, a header line of the peer above, or what a stranger sends.
fn peer_line(line: &str, peers: &mut Vec<Peer>) -> Result<(), String> {
    if line.starts_with(' ') {
        let peer = peers.last_mut().ok_or("nobody stands above this line")?;
        return continued(line.trim_start(), peer);
    }
    let (who, does) = line.split_once(": ").or_else(|| line.strip_suffix(':').map(|who| (who, ""))).ok_or("no `:`")?;
    let words: Vec<&str> = who.split_whitespace().collect();
    let (role, name, number, rest) = match words[..] {
        [role, name] => (role, name, "", &[][..]),
        [role, name, number, ref rest @ ..] => (role, name, number, rest),
        _ => return Err("a peer has a role and a name".to_owned()),
    };
    let role = Role::read(role)?;
    let path = match rest {
        [] => Path::Plain,
        ["nat"] => Path::Nat,
        ["other-port"] => Path::OtherPort,
        _ => return Err(format!("after the number comes nothing, `nat` or `other-port`: `{}`", rest.join(" "))),
    };
    let steps = if matches!(role, Role::Stranger | Role::Mirror) { Vec::new() } else { script::read(does)? };
    let (name, number) = (name.to_owned(), number.to_owned());
    peers.push(Peer { role, name, number, path, steps, fields: Vec::new(), datagrams: Vec::new() });
    Ok(())
}

fn continued(line: &str, peer: &mut Peer) -> Result<(), String> {
    if peer.role != Role::Stranger {
        peer.fields.push(line.to_owned());
        return Ok(());
    }
    if let Some(text) = line.strip_prefix('|') {
        let datagram = peer.datagrams.last_mut().ok_or("no `sends` above this line")?;
        datagram.lines.push(text.strip_prefix(' ').unwrap_or(text).to_owned());
        return Ok(());
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |text: &str| text.parse::<f64>().map_err(|_| format!("`{text}` is no time"));
    let times = |text: &str| text.parse().map_err(|_| format!("`{text}` is no count"));
    let (at, times) = match words[..] {
        ["sends", "at", at] => (number(at)?, 1),
        ["sends", count, "times", "at", at] => (number(at)?, times(count)?),
        _ => return Err("a stranger `sends at 1` or `sends 100 times at 1`, and lines with `|`".to_owned()),
    };
    peer.datagrams.push(Datagram { at, times, lines: Vec::new() });
    Ok(())
}

/// `+5.0 desk < CANCEL`, or what that message must have in it.
fn ladder_line(line: &str, number: usize, ladder: &mut Vec<Rung>) -> Result<(), String> {
    if !line.starts_with(['+', '-']) {
        let rung = ladder.last_mut().ok_or("no message stands above this line")?;
        rung.marks.push(mark(line.trim())?);
        return Ok(());
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let [at, peer, way, ref title @ ..] = words[..] else { return Err("a rung is `+0.0 peer > INVITE`".to_owned()) };
    let at = at.parse().map_err(|_| format!("`{at}` is no time"))?;
    let sent = match way {
        ">" => true,
        "<" => false,
        _ => return Err(format!("`{way}` is neither `>` (sent) nor `<` (received)")),
    };
    ladder.push(Rung { line: number, at, peer: peer.to_owned(), sent, title: title.join(" "), marks: Vec::new() });
    Ok(())
}

fn mark(line: &str) -> Result<Mark, String> {
    if let Some(name) = line.strip_prefix("no ") {
        return Ok(Mark::NoField(name.trim().to_owned()));
    }
    let (name, pattern) = line.split_once(':').ok_or("a mark is `Header: pattern`, `no Header` or `body: pattern`")?;
    let pattern = pattern.trim().to_owned();
    Ok(if name == "body" { Mark::Body(pattern) } else { Mark::Field(name.to_owned(), pattern) })
}

fn check(case: &Case) -> Result<(), String> {
    if case.peers.is_empty() {
        return Err("nobody takes part".to_owned());
    }
    for (index, peer) in case.peers.iter().enumerate() {
        if case.peers.iter().take(index).any(|other| other.name == peer.name) {
            return Err(format!("two peers are called `{}`", peer.name));
        }
    }
    let stranger = |rung: &&Rung| !case.peers.iter().any(|peer| peer.name == rung.peer);
    match case.ladder.iter().find(stranger) {
        Some(rung) => Err(format!("line {}: no peer is called `{}`", rung.line, rung.peer)),
        None => Ok(()),
    }
}

impl Role {
    fn read(text: &str) -> Result<Self, String> {
        Ok(match text {
            "phone" => Self::Phone,
            "user" => Self::User,
            "outside" => Self::Outside,
            "trunk" => Self::Trunk,
            "mailbox" => Self::Mailbox,
            "ivr" => Self::Ivr,
            "queue" => Self::Queue,
            "announcement" => Self::Announcement,
            "baresip" => Self::Baresip,
            "stranger" => Self::Stranger,
            "mirror" => Self::Mirror,
            "pbx" => Self::Pbx,
            _ => return Err(format!("no such role: `{text}`")),
        })
    }

    /// Whether sipp plays it.
    pub(crate) const fn is_sipp(self) -> bool {
        !matches!(self, Self::Baresip | Self::Stranger | Self::Mirror | Self::Pbx)
    }

    /// Whether it has a password.
    pub(crate) const fn authenticates(self) -> bool {
        matches!(self, Self::Phone | Self::User | Self::Baresip)
    }
}

impl Peer {
    /// Whether it speaks first, and is played by sipp.
    pub(crate) fn calls(&self) -> bool {
        let begins =
            matches!(self.steps.first(), Some(Step::Dials { .. } | Step::Registers { .. } | Step::Watches { .. }));
        begins && self.role.is_sipp()
    }
}

impl Case {
    /// When the PBX is killed and started again.
    pub(crate) fn restarts(&self) -> impl Iterator<Item = f64> {
        self.peers.iter().flat_map(|peer| &peer.steps).filter_map(|step| match step {
            Step::Restarts(at) => Some(*at),
            _ => None,
        })
    }

    /// When the last message is expected.
    pub(crate) fn last(&self) -> f64 {
        self.ladder.iter().map(|rung| rung.at).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests;
