//! Looking up names from a static program.
//!
//! The static C library would load the plug-ins that `/etc/nsswitch.conf` names (`resolve`, `mymachines`, …) from the
//! machine's own, other C library: two of them in one process may crash it. It has what is needed built in: the `hosts`
//! file and DNS. Where systemd resolves names, `resolv.conf` leads to it by DNS, too.

/// Has names looked up by what is built in. Before anything else, and before there are threads.
#[cfg(all(target_os = "linux", target_env = "gnu", target_feature = "crt-static"))]
#[allow(unsafe_code, reason = "the C library has no other interface for it")]
pub(crate) fn use_what_is_built_in() {
    use std::ffi::{c_char, c_int};
    unsafe extern "C" {
        // <nss.h>; both texts are copied.
        fn __nss_configure_lookup(database: *const c_char, service_line: *const c_char) -> c_int;
    }
    // SAFETY: both arguments are texts that end in zero and live as long as the program.
    let failed = unsafe { __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr()) };
    if failed != 0 {
        eprintln!("names are looked up as the system does");
    }
}

/// A program that is not static uses the system's library, which does it right.
#[cfg(not(all(target_os = "linux", target_env = "gnu", target_feature = "crt-static")))]
pub(crate) const fn use_what_is_built_in() {}
