//! What the figures were measured on.

use serde::{Deserialize, Serialize};

/// A machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor, as the system names it.
    pub processor: String,
    /// Cores that a program may use.
    pub cores: usize,
    /// Memory in gigabytes (10⁹ bytes), rounded.
    pub memory_gb: u64,
    /// The kernel.
    pub system: String,
}

impl Machine {
    /// This one, as far as the system tells.
    pub fn here() -> Self {
        let field = |file: &str, name: &str| -> Option<String> {
            let text = std::fs::read_to_string(file).ok()?;
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split(':').nth(1)?.trim().to_owned())
        };
        let kilobytes = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processor: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get()),
            memory_gb: kilobytes.map_or(0, |kilobytes| (kilobytes * 1_024 + 500_000_000) / 1_000_000_000),
            system: format!("{} {}", std::env::consts::OS, kernel.trim()),
        }
    }
}

/// Drops the system's cache of file pages. False where that is not permitted.
pub fn drop_page_cache() -> bool {
    // Pages that are not yet written cannot be dropped.
    let synced = std::process::Command::new("sync").status().is_ok_and(|status| status.success());
    synced && std::fs::write("/proc/sys/vm/drop_caches", "1\n").is_ok()
}
