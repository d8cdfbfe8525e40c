//! Rights on folders. Whoever is on a machine may make folders under `ProgramData`, and reads what others make there: what
//! holds secrets must say by itself whose it is.
#![expect(unsafe_code, reason = "the system has no other interface for it")]

use std::{io, os::windows::ffi::OsStrExt as _, path::Path, ptr};

use windows_sys::Win32::{
    Foundation::{ERROR_ALREADY_EXISTS, LocalFree},
    Security::{
        Authorization::{ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1},
        DACL_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION,
        PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES, SetFileSecurityW,
    },
    Storage::FileSystem::CreateDirectoryW,
};

/// Everything for the system, administrators and the owner, in all that is made there too; nothing from the folder above.
const PRIVATE: &str = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";
/// The same without an owner's rights, and the administrators are the owner.
const ADMINISTRATORS: &str = "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

fn wide(text: impl AsRef<std::ffi::OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain([0]).collect()
}

/// A security descriptor in the system's form.
struct Descriptor(PSECURITY_DESCRIPTOR);

impl Descriptor {
    fn read(text: &str) -> io::Result<Self> {
        let text = wide(text);
        let mut descriptor = ptr::null_mut();
        // SAFETY: the text ends in zero, the place for the answer lives, its size is not asked for.
        let well = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        };
        if well == 0 { Err(io::Error::last_os_error()) } else { Ok(Self(descriptor)) }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the system allocated it for whoever asked, and this is the only owner.
        unsafe { LocalFree(self.0) };
    }
}

/// Makes one folder that is private from its first moment; one that is there is as good.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let descriptor = Descriptor::read(PRIVATE)?;
    let length = u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).map_err(io::Error::other)?;
    let attributes = SECURITY_ATTRIBUTES { nLength: length, lpSecurityDescriptor: descriptor.0, bInheritHandle: 0 };
    let name = wide(path);
    // SAFETY: the name ends in zero; attributes and descriptor live until it returns.
    let well = unsafe { CreateDirectoryW(name.as_ptr(), &raw const attributes) };
    if well == 0 {
        let error = io::Error::last_os_error();
        let there = error.raw_os_error() == i32::try_from(ERROR_ALREADY_EXISTS).ok();
        return if there { Ok(()) } else { Err(error) };
    }
    Ok(())
}

/// Takes a folder for the administrators, whoever made it.
pub(crate) fn take_folder(path: &Path) -> io::Result<()> {
    let descriptor = Descriptor::read(ADMINISTRATORS)?;
    let what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    let name = wide(path);
    // SAFETY: the name ends in zero; the descriptor lives until it returns.
    let well = unsafe { SetFileSecurityW(name.as_ptr(), what, descriptor.0) };
    if well == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_folder_is_made_once_and_can_be_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("état");
        create_folder(&path).unwrap();
        create_folder(&path).unwrap();
        std::fs::write(path.join("file"), "x").unwrap();
        take_folder(&path).unwrap();
        assert_eq!(std::fs::read(path.join("file")).unwrap(), b"x");
        assert!(create_folder(&folder.path().join("none").join("such")).is_err());
    }
}
