//! A disk that is full, or fails: the choice is refused, and what was known before holds on.

use std::sync::{Arc, Mutex};
use std::{fmt, io};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use super::*;

/// A disk that takes so many orders and then fails; what is on it stays when the store is closed.
#[derive(Clone, Default)]
struct Disk {
    bytes: Arc<InMemoryBackend>,
    fails: Arc<Mutex<Option<(usize, io::ErrorKind)>>>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    fn fail(&self, after: Option<usize>, with: io::ErrorKind) {
        *self.fails.lock().unwrap() = after.map(|after| (after, with));
    }

    fn store(&self) -> Result<(Store, Vec<String>), StoreError> {
        let disk = self.clone();
        Store::read(Box::new(move || {
            Ok(file::builder().create_with_backend(disk.clone()).map_err(redb::Error::from)?)
        }))
    }

    fn order(&self) -> io::Result<()> {
        match &mut *self.fails.lock().unwrap() {
            Some((0, with)) => Err((*with).into()),
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.bytes.len()
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.bytes.read(offset, len)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.order()?;
        self.bytes.set_len(len)
    }

    fn sync_data(&self, eventual: bool) -> io::Result<()> {
        self.order()?;
        self.bytes.sync_data(eventual)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.order()?;
        self.bytes.write(offset, data)
    }
}

/// The disk fails at each order of a switch in turn. Refused is refused: also when there is room again, and after a restart.
#[test]
fn a_switch_that_cannot_be_written_is_refused_and_does_not_come_back() {
    for (kind, step) in [(io::ErrorKind::StorageFull, 1), (io::ErrorKind::Other, 5)] {
        let mut refused = 0;
        for after in (0..16).step_by(step) {
            let disk = Disk::default();
            let (mut store, _) = disk.store().unwrap();
            store.put(number(1001), choice(1)).unwrap();
            store.put(number(1002), choice(2)).unwrap();
            let before = store.choices().clone();
            disk.fail(Some(after), kind);
            if let Err(why) = store.put(number(1001), choice(7)) {
                refused += 1;
                assert_eq!(matches!(why, StoreError::Full), kind == io::ErrorKind::StorageFull, "{why}");
                assert_eq!(store.choices(), &before);
                assert!(store.put(number(1001), choice(8)).is_err(), "it is as full as before");
                assert_eq!(store.choices(), &before);
            }
            disk.fail(None, kind);
            let mut expected = store.choices().clone();
            store.put(number(1003), choice(3)).unwrap();
            expected.insert(number(1003), choice(3));
            assert_eq!(store.choices(), &expected, "after {after} orders");
            drop(store);
            let (store, told) = disk.store().unwrap();
            assert_eq!(store.choices(), &expected, "after {after} orders, restarted");
            assert!(told.is_empty(), "{told:?}");
        }
        assert!(refused > 1, "{refused} switches failed");
    }
}
