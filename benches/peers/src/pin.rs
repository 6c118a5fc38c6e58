//! One core for all that is measured: caches stay warm, and all candidates meet the same neighbours. (`benches/dudect` uses
//! this file too.)

/// Keeps this thread, and processes and threads that it starts, on a core; the last one if none is named, as the first has most
/// of the interrupts.
pub fn to(core: Option<usize>) -> Result<(), String> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let chosen = match core {
        Some(id) => cores.iter().find(|core| core.id == id),
        None => cores.last(),
    };
    match chosen {
        Some(core) if core_affinity::set_for_current(*core) => Ok(()),
        _ => Err("this program can't be kept on that core".into()),
    }
}
