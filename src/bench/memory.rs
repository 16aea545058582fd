//! How much memory the process has used at most.

/// Peak resident memory of this process so far, in KiB, where the system tells (`VmHWM` of Linux).
pub fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    value.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_peak_is_at_least_what_is_held() {
        let held = vec![1_u8; 1 << 20];
        assert!(peak_kib().is_some_and(|kib| kib * 1024 >= held.len() as u64));
    }
}
