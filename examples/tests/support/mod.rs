//! Runs a program as a shell does, and holds what it says against files: `UPDATE_EXPECT=1 cargo test` writes them anew.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use presence_examples::{Exit, Host, Program};

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Everything, as a person at a terminal saw it.
    pub(crate) fn all(&self) -> String {
        let mut all = self.out.clone();
        if !self.err.is_empty() {
            all += &format!("-- standard error --\n{}", self.err);
        }
        all + &format!("-- exit {} --\n", u8::from(self.exit))
    }
}

/// Runs a program without input at 2026-03-03 10:00 UTC, nobody watching.
pub(crate) fn run(program: Program, args: &[&str]) -> Said {
    run_with(program, args, "", false)
}

/// The same with input, and perhaps with somebody at a terminal.
pub(crate) fn run_with(program: Program, args: &[&str], input: &str, terminal: bool) -> Said {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut host = Host {
        stdin: &mut Cursor::new(input),
        stdout: &mut out,
        stderr: &mut err,
        colours_out: terminal,
        colours_err: terminal,
        watched: terminal,
        now: "2026-03-03T10:00:00Z".parse().expect("a moment"),
    };
    let exit = host.run(program, args.iter().map(Into::into).collect());
    let text = |bytes| String::from_utf8(bytes).expect("programs say UTF-8");
    Said { exit, out: text(out), err: text(err) }
}

/// A file beside the tests, by a name that is the same on every machine.
pub(crate) fn data(name: &str) -> String {
    // Tests run in their package's folder.
    format!("tests/data/{name}")
}

/// A folder for files that a test makes.
pub(crate) fn scratch(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).expect("the folder for tests can be written");
    folder
}

/// Holds `got` against tests/golden/`name`.
pub(crate) fn golden(name: &str, got: &str) {
    let file = Path::new("tests/golden").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, got).expect("tests/golden can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    if let Some((n, (expected, got))) =
        expected.lines().zip(got.lines()).enumerate().find(|(_, (expected, got))| expected != got)
    {
        panic!("{name}:{}: expected\n  {expected}\ngot\n  {got}\nUPDATE_EXPECT=1 takes it over", n + 1);
    }
    assert!(expected == got, "{name} ends differently, got\n{got}\nUPDATE_EXPECT=1 takes it over");
}
