//! Power cuts and killed processes: what was confirmed is there, and nothing that nobody asked for.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::{fmt, io};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use super::*;

/// What a disk is told to do.
#[derive(Clone)]
enum Order {
    Length(u64),
    Write(u64, Vec<u8>),
    Sync,
    /// So many switches are confirmed.
    Confirmed(u32),
}

/// A disk that remembers its orders.
#[derive(Clone, Default)]
struct Recorder {
    bytes: Arc<InMemoryBackend>,
    orders: Arc<Mutex<Vec<Order>>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

impl Recorder {
    fn note(&self, order: Order) {
        self.orders.lock().unwrap().push(order);
    }
}

impl StorageBackend for Recorder {
    fn len(&self) -> io::Result<u64> {
        self.bytes.len()
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.bytes.read(offset, len)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.note(Order::Length(len));
        self.bytes.set_len(len)
    }

    fn sync_data(&self, eventual: bool) -> io::Result<()> {
        self.note(Order::Sync);
        self.bytes.sync_data(eventual)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.note(Order::Write(offset, data.to_vec()));
        self.bytes.write(offset, data)
    }
}

/// What is on the disk when the power is cut: all that was synced, and of what came later some, some of it by half.
fn after_cut(orders: &[Order], mut chance: u64) -> (Vec<u8>, u32) {
    let synced = orders.iter().rposition(|order| matches!(order, Order::Sync)).unwrap_or(0);
    let mut disk = Vec::new();
    let mut confirmed = 0;
    for (n, order) in orders.iter().enumerate() {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (fate, part) = ((chance >> 33) % 3, (chance >> 40) as usize);
        match order {
            Order::Length(len) => disk.resize(*len as usize, 0),
            Order::Write(offset, data) => {
                let kept = match fate {
                    0 if n > synced => 0,
                    1 if n > synced => part % (data.len() + 1),
                    _ => data.len(),
                };
                let offset = *offset as usize;
                disk[offset..offset + kept].copy_from_slice(&data[..kept]);
            }
            Order::Sync => {}
            Order::Confirmed(switches) => confirmed = *switches,
        }
    }
    (disk, confirmed)
}

#[test]
fn a_power_cut_at_any_order_loses_nothing_confirmed() {
    const SWITCHES: u32 = 6;
    let recorder = Recorder::default();
    let disk = recorder.clone();
    let (mut store, _) = Store::read(Box::new(move || {
        Ok(file::builder().create_with_backend(disk.clone()).map_err(redb::Error::from)?)
    }))
    .unwrap();
    for n in 1..=SWITCHES {
        store.put(number(1000 + n % 4), choice(n)).unwrap();
        recorder.note(Order::Confirmed(n));
    }
    drop(store);
    let of = |switches: u32| (1..=switches).map(|n| (number(1000 + n % 4), choice(n))).collect::<BTreeMap<_, _>>();
    let orders = recorder.orders.lock().unwrap().clone();
    let directory = tempfile::tempdir().unwrap();
    let mut later = 0;
    for (cut, chance) in (1..=orders.len()).flat_map(|cut| (0..2).map(move |chance| (cut, chance))) {
        let (disk, confirmed) = after_cut(&orders[..cut], (cut * 2 + chance) as u64);
        let path = directory.path().join(format!("{cut}-{chance}"));
        fs::write(&path, disk).unwrap();
        let (store, told) = open(&path);
        // The switch that was being written may hold already: it was asked for, and nobody was told that it failed.
        let (known, next) = (store.choices(), (confirmed + 1).min(SWITCHES));
        assert!(
            *known == of(confirmed) || *known == of(next),
            "cut at {cut}, {confirmed} confirmed: {known:?} {told:?}"
        );
        assert!(confirmed == 0 || !told.iter().any(|line| line.contains("damaged")), "cut at {cut}: {told:?}");
        later += u32::from(confirmed > 0);
        drop(store);
        fs::remove_file(path).unwrap();
    }
    assert!(later > 30, "{later} cuts came after a confirmed switch");
}

/// Not a test of its own: the process that the next one kills.
#[test]
#[ignore = "writes until it is killed"]
fn a_process_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os("STORE_TO_WRITE") else { return };
    let (mut store, told) = open(Path::new(&path));
    assert!(!told.iter().any(|line| line.contains("damaged")), "{told:?}");
    for n in store.choices().len() as u32.. {
        store.put(number(100_000 + n), choice(n)).unwrap();
        println!("confirmed {n}");
    }
}

#[test]
fn a_killed_process_loses_nothing_confirmed() {
    const WRITER: &str = "store::tests::crash::a_process_that_writes_until_it_is_killed";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("choices");
    let mut confirmed = 0;
    for round in 1..=6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", WRITER, "--ignored", "--nocapture"])
            .env("STORE_TO_WRITE", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // libtest writes words of its own before the first line.
        let mut numbers = lines.filter_map(|line| line.rsplit_once("confirmed ")?.1.parse::<u32>().ok());
        confirmed = numbers.by_ref().take(3 + round * 2).last().unwrap();
        child.kill().unwrap();
        confirmed = numbers.last().unwrap_or(confirmed);
        child.wait().unwrap();
        let (store, told) = open(&path);
        assert!(!told.iter().any(|line| line.contains("damaged")), "{told:?}");
        for n in 0..=confirmed {
            assert_eq!(store.choices().get(&number(100_000 + n)), Some(&choice(n)), "round {round} of {confirmed}");
        }
        let known = store.choices().len() as u32;
        assert!((confirmed + 1..=confirmed + 2).contains(&known), "{known} of {confirmed}");
    }
    assert!(confirmed > 20, "{confirmed}");
}
