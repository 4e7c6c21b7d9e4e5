//! Processor time, as the kernel counts it for each process.

use std::fs;

use crate::error::{Context, Error, Result};

/// What Linux tells of a process that matters here, with times in microseconds.
struct Process {
    parent: u32,
    used_us: u64,
    /// What its children have used that have ended.
    ended_us: u64,
}

/// Returns the processor time that a process has used, its children's not included, in microseconds.
pub(super) fn of(id: u32) -> Result<u64> {
    Ok(read(id)?.used_us)
}

/// Returns the processor time that a process and its children have used, in microseconds.
pub(super) fn of_family(id: u32) -> Result<u64> {
    let parent = read(id)?;
    let processes = fs::read_dir("/proc").context("read /proc")?;
    let children = processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        // One that ends meanwhile is counted with its parent the next time.
        .filter_map(|child| read(child).ok())
        .filter(|child| child.parent == id);
    let used: u64 = children.map(|child| child.used_us).sum();
    Ok(parent.used_us + parent.ended_us + used)
}

fn read(id: u32) -> Result<Process> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).context("read /proc")?;
    parse(&text).ok_or_else(|| Error::new("/proc has no processor times"))
}

fn parse(text: &str) -> Option<Process> {
    // The name in the second field may hold anything; what follows the last parenthesis does not.
    let mut fields = text.rsplit(')').next()?.split_whitespace().skip(1);
    let parent = fields.next()?.parse().ok()?;
    let mut fields = fields.skip(9);
    // Linux counts in hundredths of a second wherever this is run.
    let mut both = || {
        let user: u64 = fields.next()?.parse().ok()?;
        let system: u64 = fields.next()?.parse().ok()?;
        Some((user + system) * 10_000)
    };
    Some(Process {
        parent,
        used_us: both()?,
        ended_us: both()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_a_name_with_parentheses() {
        let text = "7 (a) b) S 3 7 7 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 5";
        let read = parse(text).map(|it| (it.parent, it.used_us, it.ended_us));
        assert_eq!(read, Some((3, 330_000, 770_000)));
    }
}
