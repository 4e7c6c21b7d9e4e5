//! A virtual file system over SQLite's own that remembers what was flushed of each file, and what a power failure would lose.
#![expect(
    unsafe_code,
    reason = "a virtual file system of SQLite is a table of C functions"
)]

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;
use std::sync::{LazyLock, Mutex, Once, OnceLock};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

/// The name under which SQLite knows it.
pub(super) const NAME: &str = "lossy";

/// What is known of each file, by its path.
static FILES: LazyLock<Mutex<HashMap<String, Tracked>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Tracked {
    flushed: Vec<u8>,
    pending: Vec<Pending>,
}

enum Pending {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Tracked {
    fn flush(&mut self) {
        for pending in self.pending.drain(..) {
            match pending {
                Pending::Write(offset, bytes) => {
                    let end = offset + bytes.len();
                    if self.flushed.len() < end {
                        self.flushed.resize(end, 0);
                    }
                    self.flushed[offset..end].copy_from_slice(&bytes);
                }
                Pending::Truncate(length) => self.flushed.resize(length, 0),
            }
        }
    }
}

/// Returns what is left of the file `path` after a power failure.
pub(super) fn flushed(path: &Path) -> Vec<u8> {
    FILES
        .lock()
        .unwrap()
        .get(path.to_str().unwrap())
        .map_or_else(Vec::new, |file| file.flushed.clone())
}

/// The file system beneath; its pointer is valid for the life of the process.
struct Beneath(*mut sqlite3_vfs);
// SAFETY: SQLite's own file systems may be used by any thread.
unsafe impl Send for Beneath {}
// SAFETY: as above.
unsafe impl Sync for Beneath {}

static BENEATH: OnceLock<Beneath> = OnceLock::new();

/// A file of ours; the file beneath follows it in memory.
#[repr(C)]
struct LossyFile {
    base: sqlite3_file,
    /// The path of a tracked file, a leaked `String`; null for a temporary one.
    path: *mut String,
}

/// Registers the file system, once.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the default file system is there once SQLite is initialised, which finding it does. Our copy is leaked, so that it
        // outlives every connection; all its functions but `xOpen` are those of the original.
        unsafe {
            let beneath = ffi::sqlite3_vfs_find(ptr::null());
            BENEATH.set(Beneath(beneath)).ok();
            let mut vfs = *beneath;
            vfs.szOsFile += c_int::try_from(size_of::<LossyFile>()).unwrap();
            vfs.pNext = ptr::null_mut();
            vfs.zName = c"lossy".as_ptr();
            vfs.xOpen = Some(open);
            let registered = ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0);
            assert_eq!(registered, ffi::SQLITE_OK);
        }
    });
}

unsafe extern "C" fn open(
    _vfs: *mut sqlite3_vfs,
    path: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes `szOsFile` bytes at `file`.
    unsafe {
        let beneath = BENEATH.get().unwrap().0;
        let lossy = file.cast::<LossyFile>();
        let result = (*beneath).xOpen.unwrap()(beneath, path, under(file), flags, out_flags);
        (*lossy).path = ptr::null_mut();
        if result != ffi::SQLITE_OK {
            (*lossy).base.pMethods = ptr::null();
            return result;
        }
        if !path.is_null() {
            let path = CStr::from_ptr(path).to_str().unwrap().to_owned();
            FILES.lock().unwrap().entry(path.clone()).or_default();
            (*lossy).path = Box::into_raw(Box::new(path));
        }
        (*lossy).base.pMethods = &raw const METHODS;
        result
    }
}

/// Returns the file beneath `file`.
unsafe fn under(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: the file beneath follows ours in memory.
    unsafe { file.cast::<LossyFile>().add(1).cast() }
}

/// Calls the method `name` of the file beneath.
macro_rules! beneath {
    ($file:expr, $name:ident $(, $argument:expr)*) => {{
        let file = under($file);
        (*(*file).pMethods).$name.unwrap()(file $(, $argument)*)
    }};
}

/// Declares methods that do no more than call the file beneath.
macro_rules! pass_on {
    ($($function:ident = $name:ident($($argument:ident: $ty:ty),*) -> $result:ty;)*) => {
        $(unsafe extern "C" fn $function(file: *mut sqlite3_file, $($argument: $ty),*) -> $result {
            // SAFETY: SQLite passes a file that `open` opened.
            unsafe { beneath!(file, $name $(, $argument)*) }
        })*
    };
}

pass_on! {
    read = xRead(to: *mut c_void, length: c_int, offset: sqlite3_int64) -> c_int;
    file_size = xFileSize(size: *mut sqlite3_int64) -> c_int;
    lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved_lock = xCheckReservedLock(held: *mut c_int) -> c_int;
    file_control = xFileControl(operation: c_int, argument: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    device_characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, at: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier() -> ();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
    fetch = xFetch(offset: sqlite3_int64, length: c_int, at: *mut *mut c_void) -> c_int;
    unfetch = xUnfetch(offset: sqlite3_int64, at: *mut c_void) -> c_int;
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once; the path was leaked by `open`.
    unsafe {
        let path = (*file.cast::<LossyFile>()).path;
        if !path.is_null() {
            drop(Box::from_raw(path));
        }
        beneath!(file, xClose)
    }
}

/// Applies `change` to what is known of `file`.
unsafe fn track(file: *mut sqlite3_file, change: impl FnOnce(&mut Tracked)) {
    // SAFETY: the path lives until the file is closed.
    let path = unsafe { (*file.cast::<LossyFile>()).path.as_ref() };
    if let Some(path) = path
        && let Some(tracked) = FILES.lock().unwrap().get_mut(path)
    {
        change(tracked);
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    length: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes `length` bytes.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(length).unwrap());
        track(file, |tracked| {
            let offset = usize::try_from(offset).unwrap();
            tracked.pending.push(Pending::Write(offset, bytes.to_vec()));
        });
        beneath!(file, xWrite, from, length, offset)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened.
    unsafe {
        track(file, |tracked| {
            let length = usize::try_from(length).unwrap();
            tracked.pending.push(Pending::Truncate(length));
        });
        beneath!(file, xTruncate, length)
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened.
    unsafe {
        track(file, Tracked::flush);
        beneath!(file, xSync, flags)
    }
}
