//! The servers: started on one core, ended by pid.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::caller::Caller;
use crate::cpu;

/// A server that runs; it ends with this value.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) caller: Caller,
    child: Child,
}

impl Server {
    /// Nanoseconds that it has had of a processor.
    pub(crate) fn nanos(&self) -> io::Result<u64> {
        cpu::nanos(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that Kamailio takes its children along.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Where servers are started.
pub(crate) struct Bench {
    /// The core that they share, one at a time.
    core: usize,
    /// Where their files and logs are, as long as this value.
    work: PathBuf,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.work);
    }
}

impl Bench {
    pub(crate) fn new(core: usize) -> io::Result<Self> {
        let work = std::env::temp_dir().join(format!("presence-wire-{}", std::process::id()));
        fs::create_dir_all(&work)?;
        Ok(Self { core, work })
    }

    pub(crate) fn canned(&self) -> io::Result<Server> {
        let address = free_address()?;
        let own = std::env::current_exe()?;
        self.start("canned reply", false, address, own.as_os_str().as_ref(), &["canned", &address.to_string()])
    }

    pub(crate) fn redirect(&self) -> io::Result<Server> {
        let address = free_address()?;
        let program = std::env::current_exe()?.with_file_name("redirect");
        let tenant = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenant.toml");
        let args = [&text(&tenant), "--listen", &address.to_string(), "--domain", "127.0.0.1"];
        self.start("examples/redirect", true, address, &program, &args)
    }

    pub(crate) fn kamailio(&self) -> io::Result<Server> {
        let address = free_address()?;
        let (config, listen) = (config("stateless.cfg"), format!("LISTEN=udp:{address}"));
        let work = text(&self.work);
        let args = ["-f", &config, "-DD", "-E", "-Y", &work, "-A", &listen];
        self.start("Kamailio, sl_send_reply", true, address, Path::new("kamailio"), &args)
    }

    pub(crate) fn cpl(&self) -> io::Result<Server> {
        let address = free_address()?;
        let tables = self.work.join("tables");
        fs::create_dir_all(&tables)?;
        for table in ["cpl", "version"] {
            fs::copy(format!("/usr/share/kamailio/dbtext/kamailio/{table}"), tables.join(table))?;
        }
        for file in ["cpl.dtd", "user.cpl"] {
            fs::copy(config(file), self.work.join(file))?;
        }
        let work = text(&self.work);
        let control = format!("unix:{work}/control");
        let defines = [
            format!("LISTEN=udp:{address}"),
            format!("CONTROL=\"{control}\""),
            format!("DATABASE=\"text://{work}/tables\""),
            format!("DTD=\"{work}/cpl.dtd\""),
        ];
        let config = config("cpl.cfg");
        let mut args = vec!["-f", &config, "-DD", "-E", "-Y", &work];
        defines.iter().for_each(|define| args.extend(["-A", define]));
        let server = self.start("Kamailio, cplc", true, address, Path::new("kamailio"), &args)?;
        let user = format!("sip:1001@{}", address.ip());
        let script = format!("{work}/user.cpl");
        let load = ["-s", &control, "cpl.load", &user, &script];
        for _ in 0..50 {
            if Command::new("kamcmd").args(load).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
                return Ok(server);
            }
            pause();
        }
        Err(io::Error::other("Kamailio does not take the CPL script"))
    }

    fn start(
        &self,
        name: &'static str,
        named: bool,
        address: SocketAddr,
        program: &Path,
        args: &[&str],
    ) -> io::Result<Server> {
        let log = |end: &str| File::create(self.work.join(format!("{}.{end}", name.replace([' ', '/', ','], "-"))));
        let child = Command::new("taskset")
            .args(["-c", &self.core.to_string()])
            .arg(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(log("out")?)
            .stderr(log("err")?)
            .spawn()?;
        Ok(Server { name, caller: Caller::new(address, named)?, child })
    }
}

/// An address that nobody listens at.
fn free_address() -> io::Result<SocketAddr> {
    UdpSocket::bind("127.0.0.1:0")?.local_addr()
}

fn config(file: &str) -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("kamailio").join(file))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(crate) fn pause() {
    sleep(Duration::from_millis(100));
}
