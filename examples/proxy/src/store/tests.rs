#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod crash;
mod full;

use std::fs;

use presence_core::{Condition, Instant, Until};

use super::*;

pub(super) fn number(number: u32) -> ExtensionNumber {
    number.to_string().parse().unwrap()
}

/// A choice that can be told from others, as long as one ever is.
pub(super) fn choice(n: u32) -> Choice {
    let profile: presence_core::Name = format!("profile-{n}").parse().unwrap();
    let chosen_at = Instant::from_unix_secs(1_780_000_000 + i64::from(n)).unwrap();
    let forward = |condition| ForwardOverride {
        profile: profile.clone(),
        condition,
        to: Some(format!("external:+44{n:010}").parse().unwrap()),
    };
    Choice {
        manual: Some(ManualChoice { profile: profile.clone(), chosen_at, until: Until::Cleared }),
        forwards: [Condition::Always, Condition::Busy].map(forward).into(),
    }
}

fn open(path: &Path) -> (Store, Vec<String>) {
    Store::open(Some(path)).unwrap()
}

#[test]
fn a_choice_survives_a_restart_and_so_does_the_secret() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("choices");
    let (mut store, told) = open(&path);
    assert!(told.is_empty() && store.choices().is_empty(), "{told:?}");
    let secret = *store.secret();
    store.put(number(1001), choice(1)).unwrap();
    store.put(number(1002), choice(2)).unwrap();
    store.put(number(1001), choice(3)).unwrap();
    store.put(number(1003), choice(4)).unwrap();
    store.put(number(1003), Choice::default()).unwrap();
    let known = store.choices().clone();
    assert_eq!(known, BTreeMap::from([(number(1001), choice(3)), (number(1002), choice(2))]));
    drop(store);
    let (store, told) = open(&path);
    assert_eq!((store.choices(), store.secret(), told.as_slice()), (&known, &secret, [].as_slice()));
    let (other, _) = Store::open(None).unwrap();
    assert_ne!(other.secret(), &secret, "each store draws its own");
    assert!(other.choices().is_empty());
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_secret() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("choices");
    let (mut store, _) = open(&path);
    store.put(number(1001), choice(1)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
}

#[test]
fn two_processes_do_not_share_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("choices");
    let (store, _) = open(&path);
    assert!(matches!(Store::open(Some(&path)), Err(StoreError::InUse)));
    drop(store);
    assert!(Store::open(Some(&path)).is_ok());
}

#[test]
fn a_file_of_something_else_is_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tenant.toml");
    for text in ["[extensions.1001]\n", "re-do", "redbook"] {
        fs::write(&path, text).unwrap();
        assert!(matches!(Store::open(Some(&path)), Err(StoreError::NotAStore)), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    // Another program's redb file, and one of a later version of this one.
    for (table, format, fits) in
        [("others", FORMAT, false), ("about", b"presence-proxy 2".as_slice(), false), ("about", FORMAT, true)]
    {
        let path = directory.path().join(format!("{table}-{}", format.len() + usize::from(fits)));
        let database = Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        let table: TableDefinition<'_, &str, &[u8]> = TableDefinition::new(table);
        {
            let mut table = transaction.open_table(table).unwrap();
            table.insert("format", format).unwrap();
            table.insert("secret", [7; 32].as_slice()).unwrap();
        }
        transaction.open_table(CHOICES).unwrap();
        transaction.commit().unwrap();
        drop(database);
        let opened = Store::open(Some(&path));
        assert_eq!(opened.is_ok(), fits, "{:?}", opened.err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().filter(|it| is_aside(it.as_ref().unwrap())).count(), 0);
    }
    assert!(matches!(Store::open(Some(&directory.path().join("no/such/place"))), Err(StoreError::System(_))));
    assert!(Store::open(Some(directory.path())).is_err());
}

fn is_aside(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().contains(".damaged-")
}

/// Wherever a file is cut off or harmed: it opens with what was confirmed, or it is kept under another name and told of.
#[test]
fn a_harmed_file_is_whole_or_set_aside_never_half_believed() {
    let directory = tempfile::tempdir().unwrap();
    let whole = directory.path().join("whole");
    let (mut store, _) = open(&whole);
    for n in 0..20 {
        store.put(number(1000 + n), choice(n)).unwrap();
    }
    let known = store.choices().clone();
    drop(store);
    let bytes = fs::read(&whole).unwrap();
    let cuts = (0..bytes.len()).step_by(bytes.len() / 15).chain([
        0,
        1,
        8,
        9,
        100,
        319,
        320,
        4095,
        4096,
        4097,
        bytes.len() - 1,
    ]);
    let cuts = cuts.map(|len| (format!("cut to {len}"), bytes[..len].to_vec()));
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    let harms = (9..used).step_by(used / 25).chain((9..320).step_by(9)).map(|at| {
        let mut harmed = bytes.clone();
        harmed[at] ^= 0x41;
        (format!("harmed at {at}"), harmed)
    });
    let (mut opened, mut aside) = (0, 0);
    for (n, (what, harmed)) in cuts.chain(harms).enumerate() {
        let place = directory.path().join(n.to_string());
        fs::create_dir(&place).unwrap();
        let path = place.join("choices");
        fs::write(&path, &harmed).unwrap();
        match Store::open(Some(&path)) {
            Ok((mut store, told)) if told.iter().any(|line| line.contains("is damaged")) => {
                aside += 1;
                assert!(store.choices().is_empty(), "{what}: {told:?}");
                // redb notes in the file's head that it was opened; the rest is as it was.
                let kept = fs::read(place.join("choices.damaged-1")).unwrap();
                assert!(kept.get(320..) == harmed.get(320..), "{what}: kept as it was");
                store.put(number(1), choice(1)).unwrap();
            }
            Ok((store, told)) => {
                opened += 1;
                assert_eq!(store.choices(), &known, "{what}: {told:?}");
            }
            // What harms the first bytes makes it a file of something else.
            Err(why) => assert!(matches!(why, StoreError::OtherVersion), "{what}: {why}"),
        }
        fs::remove_dir_all(place).unwrap();
    }
    assert!(opened > 10 && aside > 10, "{opened} opened, {aside} set aside");
}

#[test]
fn each_damaged_file_gets_a_name_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("choices");
    for n in 1..4 {
        fs::write(&path, b"redb\x1A\x0A\xA9\x0D\x0A").unwrap();
        let (_, told) = open(&path);
        assert!(told[0].ends_with(&format!("choices.damaged-{n}, and nobody's choice is known")), "{told:?}");
    }
}

/// A choice that this program cannot read is nobody's to throw away.
#[test]
fn an_entry_that_cannot_be_read_is_told_and_left() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("choices");
    let (mut store, _) = open(&path);
    store.put(number(1001), choice(1)).unwrap();
    let odd: &[u8] = br#"{"manual":null,"forwards":[],"colour":1}"#;
    write(store.database.as_ref().unwrap(), &[("1002".to_owned(), odd.to_vec())]).unwrap();
    drop(store);
    for _ in 0..2 {
        let (store, told) = open(&path);
        assert_eq!(store.choices(), &BTreeMap::from([(number(1001), choice(1))]));
        assert_eq!(told, ["what is stored of extension \"1002\" cannot be read, and is left as it is"]);
    }
}
