//! How much memory another process has taken.

#![cfg(target_os = "linux")]
#![allow(dead_code, reason = "not every suite asks")]

use std::fs;

/// The most that it ever had, in KiB, if it is still there.
pub fn most(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
