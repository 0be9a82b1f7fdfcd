//! The file of the store: opened, looked through, or set aside.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use presence_core::ExtensionNumber;
use redb::backends::InMemoryBackend;
use redb::{Builder, Database, ReadableTable as _};

use super::{ABOUT, CHOICES, Choice, FORMAT, StoreError};

/// What redb's files begin with, as soon as they are whole.
const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";
/// The pages kept in memory: choices are few.
const CACHE_BYTES: usize = 4 << 20;

/// A store that was looked through.
pub(super) struct Opened {
    pub(super) database: Database,
    pub(super) secret: [u8; 32],
    pub(super) choices: BTreeMap<ExtensionNumber, Choice>,
    /// What a person should know.
    pub(super) told: Vec<String>,
}

/// Opens the file, or begins it; a file of something else stays as it is.
pub(super) fn open(path: &Path) -> Result<Database, StoreError> {
    let begun = match File::open(path) {
        Ok(mut file) => {
            let mut start = Vec::new();
            file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
            if start != MAGIC {
                return Err(unlike(&start));
            }
            false
        }
        Err(why) if why.kind() == io::ErrorKind::NotFound => true,
        Err(why) => return Err(why.into()),
    };
    let database = builder().create(path).map_err(redb::Error::from)?;
    if begun {
        // Whoever knows the secret can make us relay to anybody: it is written only where nobody else reads it.
        #[cfg(unix)]
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        // The file is in its directory for good.
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()?;
    }
    Ok(database)
}

/// What a file is that does not begin as a store does: whoever was killed while it was begun has left it without its first bytes.
fn unlike(start: &[u8]) -> StoreError {
    let written = start.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let unfinished = start.get(..written).is_some_and(|written| MAGIC.starts_with(written));
    if unfinished { StoreError::Damaged("its beginning is missing".to_owned()) } else { StoreError::NotAStore }
}

/// A store without a file.
pub(super) fn in_memory() -> Result<Database, StoreError> {
    Ok(builder().create_with_backend(InMemoryBackend::new()).map_err(redb::Error::from)?)
}

pub(super) fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Looks the whole file through, and begins it where it is new.
pub(super) fn read(mut database: Database) -> Result<Opened, StoreError> {
    let mut told = Vec::new();
    let whole = database.check_integrity().map_err(redb::Error::from)?;
    if !whole {
        told.push("the store was repaired: the last choices that were whole hold".to_owned());
    }
    let known = known(&database, &mut told)?;
    let (secret, choices) = match known {
        Some(known) => known,
        None => (begin(&database)?, BTreeMap::new()),
    };
    Ok(Opened { database, secret, choices, told })
}

type Known = ([u8; 32], BTreeMap<ExtensionNumber, Choice>);

/// What the file says; `None` where it is new. Nothing is written, so that a full disk keeps nobody from starting.
fn known(database: &Database, told: &mut Vec<String>) -> Result<Option<Known>, StoreError> {
    let transaction = database.begin_read().map_err(redb::Error::from)?;
    if transaction.list_tables().map_err(redb::Error::from)?.next().is_none() {
        return Ok(None);
    }
    let about = transaction.open_table(ABOUT).map_err(redb::Error::from)?;
    let format = about.get("format").map_err(redb::Error::from)?;
    if format.is_none_or(|format| format.value() != FORMAT) {
        return Err(StoreError::OtherVersion);
    }
    let secret = about.get("secret").map_err(redb::Error::from)?.and_then(|it| it.value().try_into().ok());
    let secret = secret.ok_or_else(|| StoreError::Damaged("it has no secret".to_owned()))?;
    let mut choices = BTreeMap::new();
    let table = transaction.open_table(CHOICES).map_err(redb::Error::from)?;
    for entry in table.iter().map_err(redb::Error::from)? {
        let (key, value) = entry.map_err(redb::Error::from)?;
        match (key.value().parse(), serde_json::from_slice(value.value())) {
            (Ok(extension), Ok(choice)) => drop(choices.insert(extension, choice)),
            _ => {
                told.push(format!("what is stored of extension {:?} cannot be read, and is left as it is", key.value()))
            }
        }
    }
    Ok(Some((secret, choices)))
}

/// Begins a new file: all of it at once.
fn begin(database: &Database) -> Result<[u8; 32], StoreError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|why| StoreError::System(io::Error::other(why)))?;
    let mut transaction = database.begin_write().map_err(redb::Error::from)?;
    transaction.set_two_phase_commit(true);
    transaction.open_table(CHOICES).map_err(redb::Error::from)?;
    {
        let mut about = transaction.open_table(ABOUT).map_err(redb::Error::from)?;
        about.insert("format", FORMAT).map_err(redb::Error::from)?;
        about.insert("secret", secret.as_slice()).map_err(redb::Error::from)?;
    }
    transaction.commit().map_err(redb::Error::from)?;
    Ok(secret)
}

/// Gives a file that does not open another name, so that somebody may look at it.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let free = (1..).map(|n: u32| path.with_file_name(format!("{name}.damaged-{n}"))).find(|it| !it.exists());
    let aside = free.unwrap_or_else(|| path.with_file_name(format!("{name}.damaged")));
    fs::rename(path, &aside)?;
    Ok(aside)
}
