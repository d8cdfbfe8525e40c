//! The few calls of Windows for which there is no safe library: adapters, members of groups, memory, firmware tables,
//! when a registry key was written, and the apartment in which a thread may ask WMI.
#![expect(unsafe_code, reason = "Win32 is a C interface; what it hands out is copied here and nowhere kept")]

use std::{
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ptr,
};

use windows_registry::Key;
use windows_sys::Win32::{
    Foundation::{
        ERROR_BUFFER_OVERFLOW, ERROR_MORE_DATA, ERROR_NO_DATA, ERROR_NO_SUCH_ALIAS, FILETIME, LocalFree, NO_ERROR,
        RPC_E_TOO_LATE,
    },
    NetworkManagement::{
        IpHelper::{
            GAA_FLAG_INCLUDE_GATEWAYS, GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_MULTICAST, GetAdaptersAddresses,
            IP_ADAPTER_ADDRESSES_LH,
        },
        NetManagement::{
            LOCALGROUP_MEMBERS_INFO_2, MAX_PREFERRED_LENGTH, NERR_GroupNotFound as NERR_GROUP_NOT_FOUND,
            NERR_Success as NERR_SUCCESS, NetApiBufferFree, NetLocalGroupGetMembers,
        },
    },
    Networking::WinSock::{AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR_IN, SOCKADDR_IN6, SOCKET_ADDRESS},
    Security::{Authorization::ConvertSidToStringSidW, PSID},
    System::{
        Com::{
            COINIT_DISABLE_OLE1DDE, COINIT_MULTITHREADED, CoInitializeEx, CoInitializeSecurity, CoUninitialize,
            EOAC_NONE, RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE,
        },
        Registry::RegQueryInfoKeyW,
        SystemInformation::{GetSystemFirmwareTable, GlobalMemoryStatusEx, MEMORYSTATUSEX, RSMB},
    },
};

use super::{Adapter, Member, Memory};
use crate::collect::text::day;

/// Most that is read of the firmware's tables, bytes; real ones have a few kilobytes.
const MAX_TABLES: u32 = 1 << 20;
/// Most that is read of adapters, bytes; a thousand have about one million.
const MAX_ADAPTERS: u32 = 16 << 20;

/// COM for the thread that holds it. It goes with it, and what COM holds of memory goes then.
pub(crate) struct Apartment(PhantomData<*mut ()>);

impl Apartment {
    /// Lets this thread use COM.
    pub(crate) fn enter() -> Result<Self, String> {
        let flags = COINIT_MULTITHREADED | COINIT_DISABLE_OLE1DDE;
        // SAFETY: both take plain numbers, and null where they may.
        let result = unsafe { CoInitializeEx(ptr::null(), flags.cast_unsigned()) };
        if result < 0 {
            return Err(format!("COM: {result:#010x}"));
        }
        let apartment = Self(PhantomData);
        // SAFETY: as above. It is for the whole process, and too late is the second time.
        let result = unsafe {
            CoInitializeSecurity(
                ptr::null_mut(),
                -1,
                ptr::null(),
                ptr::null(),
                RPC_C_AUTHN_LEVEL_DEFAULT,
                RPC_C_IMP_LEVEL_IMPERSONATE,
                ptr::null(),
                EOAC_NONE.cast_unsigned(),
                ptr::null(),
            )
        };
        if result < 0 && result != RPC_E_TOO_LATE {
            return Err(format!("security of COM: {result:#010x}"));
        }
        Ok(apartment)
    }
}

impl Drop for Apartment {
    fn drop(&mut self) {
        // SAFETY: once for the one time that it was initialised, on the same thread: this type cannot leave it.
        unsafe { CoUninitialize() };
    }
}

/// The SMBIOS tables, without what Windows writes before them; empty when there are none.
pub(crate) fn firmware() -> Vec<u8> {
    // SAFETY: without a buffer it only says how long one must be.
    let length = unsafe { GetSystemFirmwareTable(RSMB, 0, ptr::null_mut(), 0) };
    if length == 0 || length > MAX_TABLES {
        return Vec::new();
    }
    let mut bytes = vec![0_u8; length as usize];
    // SAFETY: the buffer has the length that is given.
    let written = unsafe { GetSystemFirmwareTable(RSMB, 0, bytes.as_mut_ptr(), length) };
    bytes.truncate(written.min(length) as usize);
    // Four bytes of versions, four of the length (RawSMBIOSData).
    bytes.drain(..bytes.len().min(8));
    bytes
}

/// The memory, by how much a program could be given of it.
pub(crate) fn memory() -> Option<Memory> {
    let mut status =
        MEMORYSTATUSEX { dwLength: u32::try_from(size_of::<MEMORYSTATUSEX>()).ok()?, ..Default::default() };
    // SAFETY: the structure says its own length.
    (unsafe { GlobalMemoryStatusEx(&raw mut status) } != 0).then(|| Memory {
        total: status.ullTotalPhys,
        available: status.ullAvailPhys,
        // What can be committed in all, less what is memory.
        swap: status.ullTotalPageFile.saturating_sub(status.ullTotalPhys),
    })
}

/// The day on which a key or its values were last changed.
pub(crate) fn last_written(key: &Key) -> Option<String> {
    /// Seconds from 1601 to 1970.
    const EPOCH: u64 = 11_644_473_600;
    let null = ptr::null_mut();
    let mut time = FILETIME::default();
    // SAFETY: the key is open while it is borrowed; of all that could be told only the time is asked for.
    let result = unsafe {
        RegQueryInfoKeyW(
            key.as_raw(),
            ptr::null_mut(),
            null,
            ptr::null_mut(),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            &raw mut time,
        )
    };
    let ticks = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    let seconds = (ticks / 10_000_000).checked_sub(EPOCH).filter(|_| result == NO_ERROR)?;
    day(i64::try_from(seconds).ok()?)
}

/// Most members of a group that are taken.
const MAX_MEMBERS: usize = 10_000;

/// The members of a local group.
pub(crate) fn members(group: &str) -> Result<Vec<Member>, String> {
    let name: Vec<u16> = group.encode_utf16().chain([0]).collect();
    let mut members = Vec::new();
    let mut more = 0;
    loop {
        let (mut buffer, mut count, mut total) = (ptr::null_mut::<u8>(), 0, 0);
        // SAFETY: the name ends with a zero; what is written is where it is said to be.
        let result = unsafe {
            NetLocalGroupGetMembers(
                ptr::null(),
                name.as_ptr(),
                2,
                &raw mut buffer,
                MAX_PREFERRED_LENGTH,
                &raw mut count,
                &raw mut total,
                &raw mut more,
            )
        };
        if !buffer.is_null() {
            if matches!(result, NERR_SUCCESS | ERROR_MORE_DATA) {
                let first = buffer.cast::<LOCALGROUP_MEMBERS_INFO_2>();
                // SAFETY: as many items of this level as were counted, in a buffer that is freed after them.
                let items = unsafe { std::slice::from_raw_parts(first, count as usize) };
                // SAFETY: texts and identifiers lie in the same buffer.
                let told = items.iter().map(|it| unsafe { (wide(it.lgrmi2_domainandname), identifier(it.lgrmi2_sid)) });
                members.extend(told.map(|(name, sid)| Member { name, sid }));
            }
            // SAFETY: what was handed out is given back once.
            unsafe { NetApiBufferFree(buffer.cast()) };
        }
        match result {
            ERROR_MORE_DATA if count > 0 && members.len() < MAX_MEMBERS => {}
            // What went away meanwhile has no members.
            NERR_SUCCESS | ERROR_MORE_DATA | NERR_GROUP_NOT_FOUND | ERROR_NO_SUCH_ALIAS => return Ok(members),
            code => {
                let error = std::io::Error::from_raw_os_error(code.cast_signed());
                return Err(format!("members of {group}: {error}"));
            }
        }
    }
}

/// `S-1-5-…`.
///
/// # Safety
///
/// The pointer must be null or lead to a security identifier.
unsafe fn identifier(sid: PSID) -> String {
    let mut text = ptr::null_mut();
    // SAFETY: the caller's promise; the text is the callee's until it is freed.
    unsafe {
        if sid.is_null() || ConvertSidToStringSidW(sid, &raw mut text) == 0 {
            return String::new();
        }
        let copied = wide(text);
        LocalFree(text.cast());
        copied
    }
}

/// The network adapters that the system's own list of them has.
pub(crate) fn adapters() -> Result<Vec<Adapter>, String> {
    let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_INCLUDE_GATEWAYS;
    let mut length: u32 = 32 << 10;
    // The list may grow from one question to the next.
    for _ in 0..4 {
        // Of eight bytes each, so that the structures in it are aligned.
        let mut buffer = vec![0_u64; length.div_ceil(8) as usize];
        let first = buffer.as_mut_ptr().cast::<IP_ADAPTER_ADDRESSES_LH>();
        // SAFETY: the buffer is at least as long as is said.
        let result = unsafe { GetAdaptersAddresses(u32::from(AF_UNSPEC), flags, ptr::null(), first, &raw mut length) };
        match result {
            // SAFETY: on success the buffer, which lives on, holds a list whose pointers lead into it.
            NO_ERROR => return Ok(unsafe { list(first, |it| it.Next) }.map(adapter).collect()),
            ERROR_BUFFER_OVERFLOW if length <= MAX_ADAPTERS => {}
            ERROR_NO_DATA => return Ok(Vec::new()),
            code => return Err(format!("adapters: {}", std::io::Error::from_raw_os_error(code.cast_signed()))),
        }
    }
    Err("adapters: their list grows faster than it can be read".to_owned())
}

/// The items of a list.
///
/// # Safety
///
/// Each pointer must be null or lead to an item that lives as long as `'a`.
unsafe fn list<'a, T: 'a>(first: *const T, next: impl Fn(&T) -> *mut T) -> impl Iterator<Item = &'a T> {
    // SAFETY: the caller's promise.
    let at = |item: *const T| -> Option<&'a T> { unsafe { item.as_ref() } };
    std::iter::successors(at(first), move |item| at(next(item)))
}

fn adapter(told: &IP_ADAPTER_ADDRESSES_LH) -> Adapter {
    let hardware = told.PhysicalAddress.iter().take(told.PhysicalAddressLength as usize);
    // SAFETY: the lists and texts of an adapter lie in the same buffer as it; where Windows has none, there is null.
    unsafe {
        Adapter {
            id: narrow(told.AdapterName),
            name: wide(told.FriendlyName),
            description: wide(told.Description),
            hardware: hardware.copied().collect(),
            kind: told.IfType,
            status: told.OperStatus.cast_unsigned(),
            speed: told.TransmitLinkSpeed,
            mtu: told.Mtu,
            addresses: list(told.FirstUnicastAddress, |it| it.Next)
                .filter_map(|it| Some((address(&it.Address)?, it.OnLinkPrefixLength)))
                .collect(),
            gateways: list(told.FirstGatewayAddress, |it| it.Next).filter_map(|it| address(&it.Address)).collect(),
            dns_servers: list(told.FirstDnsServerAddress, |it| it.Next).filter_map(|it| address(&it.Address)).collect(),
            dhcp_server: address(&told.Dhcpv4Server),
        }
    }
}

/// # Safety
///
/// The pointer must be null or lead to as many bytes as are said.
unsafe fn address(told: &SOCKET_ADDRESS) -> Option<IpAddr> {
    // SAFETY: the caller's promise; a family is at the beginning of each kind, and its length was looked at.
    unsafe {
        let family = told.lpSockaddr.as_ref()?.sa_family;
        let length = usize::try_from(told.iSockaddrLength).ok()?;
        if family == AF_INET && length >= size_of::<SOCKADDR_IN>() {
            let address = ptr::read_unaligned(told.lpSockaddr.cast::<SOCKADDR_IN>());
            return Some(Ipv4Addr::from(u32::from_be(address.sin_addr.S_un.S_addr)).into());
        }
        if family == AF_INET6 && length >= size_of::<SOCKADDR_IN6>() {
            let address = ptr::read_unaligned(told.lpSockaddr.cast::<SOCKADDR_IN6>());
            return Some(Ipv6Addr::from(address.sin6_addr.u.Byte).into());
        }
        None
    }
}

/// # Safety
///
/// The pointer must be null or lead to a text that ends with a zero.
unsafe fn wide(text: *const u16) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    let length = (0..).take_while(|at| unsafe { *text.add(*at) } != 0).count();
    // SAFETY: so many were just read.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) })
}

/// # Safety
///
/// The pointer must be null or lead to a text that ends with a zero.
unsafe fn narrow(text: *const u8) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { std::ffi::CStr::from_ptr(text.cast()) }.to_string_lossy().into_owned()
}
