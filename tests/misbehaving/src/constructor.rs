//! What is done while the library is opened: before anybody has called it, and before it was told anything.
#![expect(unsafe_code, reason = "a constructor is a pointer in a section of its own")]

use crate::reach::{open_socket, read};

/// What to do: a test replaces `nothing` in the library's file.
#[used]
static SWITCH: [u8; 32] = *b"in the constructor:nothing      ";

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = constructor;

extern "C" fn constructor() {
    // SAFETY: it is read as it stands in the file, which is not known when this is compiled.
    let switch = unsafe { (&raw const SWITCH).read_volatile() };
    match String::from_utf8_lossy(&switch[19..]).trim_end() {
        "hang" => std::thread::sleep(std::time::Duration::from_secs(3600)),
        "exit-0" => std::process::exit(0),
        "socket" => drop(open_socket(libc::AF_INET, libc::SOCK_STREAM)),
        "read" => match read(std::path::Path::new("/etc/passwd")) {
            Ok(_) => {}
            Err(_) => std::process::exit(77),
        },
        "thread" => drop(std::thread::spawn(|| {
            loop {
                std::thread::sleep(std::time::Duration::from_millis(1));
                if read(std::path::Path::new("/etc/passwd")).is_ok() {
                    std::process::exit(78);
                }
            }
        })),
        _ => {}
    }
}
