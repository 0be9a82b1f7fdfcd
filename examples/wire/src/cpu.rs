//! How long a program has run on a processor: itself, its threads, and all that it has started.

use std::collections::BTreeMap;
use std::fs;
use std::io;

/// Nanoseconds on a processor so far, as the scheduler counts them.
pub(crate) fn nanos(pid: u32) -> io::Result<u64> {
    let parents = parents()?;
    let mut family = vec![pid];
    let mut at = 0;
    while let Some(member) = family.get(at).copied() {
        family.extend(parents.iter().filter(|(_, parent)| **parent == member).map(|(child, _)| *child));
        at += 1;
    }
    Ok(family.into_iter().map(own).sum())
}

fn own(pid: u32) -> u64 {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0 };
    let ran = |task: io::Result<fs::DirEntry>| {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    tasks.filter_map(ran).sum()
}

/// Every process with the one that started it.
fn parents() -> io::Result<BTreeMap<u32, u32>> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // Behind the name, which may hold anything: the state, and then the parent.
        let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        if let Some(parent) = parent {
            parents.insert(pid, parent);
        }
    }
    Ok(parents)
}
