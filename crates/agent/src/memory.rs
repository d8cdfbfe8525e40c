//! How memory goes back to the system. The C library keeps what was freed for the next time: a service that works for
//! some milliseconds an hour would hold the most that it ever used.

/// Has large pieces come from the system and go back to it, and small ones of all threads come from one place.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the C library has no other interface for it")]
pub(crate) fn give_back() {
    use std::ffi::c_int;
    unsafe extern "C" {
        // <malloc.h>
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }
    const TRIM_THRESHOLD: c_int = -1;
    const MMAP_THRESHOLD: c_int = -3;
    const ARENA_MAX: c_int = -8;
    for (parameter, value) in [(TRIM_THRESHOLD, 256 << 10), (MMAP_THRESHOLD, 1 << 20), (ARENA_MAX, 1)] {
        // SAFETY: it takes two numbers, and is called before there are other threads. What it refuses stays as it was.
        unsafe { mallopt(parameter, value) };
    }
}

/// Other C libraries do so by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) const fn give_back() {}
