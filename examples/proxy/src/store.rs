//! What survives a restart: presence choices, and the secret that routes are sealed with, in one redb file.
//!
//! A choice is on the disk before anybody is told that it holds. What was confirmed stays, whenever the process is killed; what
//! could not be written is refused, and does not come back.

mod file;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

use presence_core::{ExtensionNumber, ForwardOverride, ManualChoice};
use redb::{Database, TableDefinition};
use serde::{Deserialize, Serialize};

use self::file::Opened;

/// What somebody chose: all that is kept of one extension.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    /// The profile chosen by hand.
    pub(crate) manual: Option<ManualChoice>,
    /// The forwards set by code or phone key.
    pub(crate) forwards: Vec<ForwardOverride>,
}

/// The choices of all extensions, and where they are kept.
pub(crate) struct Store {
    open: Opener,
    /// `None` after a failure: it is opened anew for the next write.
    database: Option<Database>,
    secret: [u8; 32],
    /// What is confirmed.
    choices: BTreeMap<ExtensionNumber, Choice>,
    /// Whose last write failed, so that nobody knows what the file says of them: the next write puts that right.
    doubtful: BTreeSet<ExtensionNumber>,
}

type Opener = Box<dyn Fn() -> Result<Database, StoreError>>;

/// Why the store cannot be used, or a choice not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// Another process has it.
    #[error("another process uses it")]
    InUse,
    /// A file of something else: it is not touched.
    #[error("it is not a store of presence choices")]
    NotAStore,
    /// A file of another version of this program: it is not touched.
    #[error("it was written by another version of this program")]
    OtherVersion,
    /// A file that was harmed.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Whatever else the system says.
    #[error("{0}")]
    System(std::io::Error),
}

/// Choices by extension, as JSON.
const CHOICES: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("choices");
/// What the file is, and the secret.
const ABOUT: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("about");
const FORMAT: &[u8] = b"presence-proxy 1";

impl Store {
    /// Opens the store, or begins one; without a path it lives as long as the process. What had to be set aside is told.
    ///
    /// # Errors
    ///
    /// Where there is something that is no store, or that may not be touched now.
    pub(crate) fn open(path: Option<&Path>) -> Result<(Self, Vec<String>), StoreError> {
        let Some(path) = path.map(PathBuf::from) else { return Self::read(Box::new(file::in_memory)) };
        let opener = || {
            let path = path.clone();
            Box::new(move || file::open(&path))
        };
        match Self::read(opener()) {
            Err(StoreError::Damaged(why)) => {
                let aside = file::set_aside(&path).map_err(StoreError::from)?;
                let (store, mut told) = Self::read(opener())?;
                told.insert(
                    0,
                    format!(
                        "{} is damaged ({why}): it is kept as {}, and nobody's choice is known",
                        path.display(),
                        aside.display()
                    ),
                );
                Ok((store, told))
            }
            read => read,
        }
    }

    fn read(open: Opener) -> Result<(Self, Vec<String>), StoreError> {
        let Opened { database, secret, choices, told } = guarded(|| file::read(open()?))?;
        Ok((Self { open, database: Some(database), secret, choices, doubtful: BTreeSet::new() }, told))
    }

    /// What routes are sealed with: drawn when the store was begun.
    pub(crate) const fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// What is known of everybody who chose something.
    pub(crate) const fn choices(&self) -> &BTreeMap<ExtensionNumber, Choice> {
        &self.choices
    }

    /// Keeps a choice: when it returns, it is on the disk.
    ///
    /// # Errors
    ///
    /// Where it could not be written; what was known before still holds then, here and in the file.
    pub(crate) fn put(&mut self, extension: ExtensionNumber, choice: Choice) -> Result<(), StoreError> {
        self.doubtful.insert(extension);
        let of = |it: &ExtensionNumber| if *it == extension { Some(&choice) } else { self.choices.get(it) };
        let lines = self.doubtful.iter().map(|it| Ok((it.to_string(), of(it).map_or(Ok(Vec::new()), line)?)));
        let lines: Vec<(String, Vec<u8>)> = lines.collect::<Result<_, StoreError>>()?;
        let database = self.database.take();
        let written = guarded(|| {
            let database = database.map_or_else(&self.open, Ok)?;
            write(&database, &lines)?;
            Ok(database)
        });
        self.database = Some(written?);
        self.doubtful.clear();
        if choice == Choice::default() {
            self.choices.remove(&extension);
        } else {
            self.choices.insert(extension, choice);
        }
        Ok(())
    }
}

/// The line of a choice; none where nothing is chosen.
fn line(choice: &Choice) -> Result<Vec<u8>, StoreError> {
    if *choice == Choice::default() {
        return Ok(Vec::new());
    }
    serde_json::to_vec(choice).map_err(|why| StoreError::System(why.into()))
}

/// Writes all lines or none.
fn write(database: &Database, lines: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
    let mut transaction = database.begin_write().map_err(redb::Error::from)?;
    // The old state is given up only when the new one is on the disk.
    transaction.set_two_phase_commit(true);
    {
        let mut table = transaction.open_table(CHOICES).map_err(redb::Error::from)?;
        for (extension, line) in lines {
            let put = match line.as_slice() {
                [] => table.remove(extension.as_str()).map(drop),
                line => table.insert(extension.as_str(), line).map(drop),
            };
            put.map_err(redb::Error::from)?;
        }
    }
    Ok(transaction.commit().map_err(redb::Error::from)?)
}

/// What redb may do with a file that was harmed is to panic; here that is an error like others, and nothing is said of it.
fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    SILENCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                loud(panic)
            }
        }));
    });
    let before = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    done.unwrap_or_else(|_| Err(StoreError::Damaged("it cannot be read".to_owned())))
}

static SILENCE: Once = Once::new();

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::UpgradeRequired(_) => Self::OtherVersion,
            redb::Error::Corrupted(why) => Self::Damaged(why),
            redb::Error::Io(why) => why.into(),
            redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TableDoesNotExist(_) => Self::NotAStore,
            other => Self::System(std::io::Error::other(other)),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full,
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Self::Damaged(error.to_string()),
            _ => Self::System(error),
        }
    }
}
