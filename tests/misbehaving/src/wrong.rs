//! The wrong things. What needs no more than lines and batches is in `map`.
#![expect(unsafe_code, clippy::panic, reason = "what a plugin must not do is not what well-kept code can do")]

use std::fs::File;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::process::Command;
use std::time::Duration;

use ratebook_plugin::Problem;
use serde::Deserialize;

/// A wrong thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Wrong {
    Panic,
    PanicWithoutText,
    PanicInThread,
    OwnHookAndPanic,
    Abort,
    Segfault,
    StackOverflow,
    #[serde(rename = "exit-0")]
    Exit0,
    #[serde(rename = "exit-3")]
    Exit3,
    Hang,
    Spin,
    Allocate,
    PrintToStdout,
    ReadStdin,
    CloseFds,
    GarbageOnThePipe,
    EndOnThePipe,
    ChangeDirectory,
    ChangeEnvironment,
    SpawnChild,
    WriteFile,
    SaySecretsOnStderr,
    // Done by `map`.
    EndlessLines,
    SwallowRefusals,
    AnotherMonth,
    EvilNames,
    NegativeQuantity,
}

/// Does it.
pub(crate) fn do_wrong(wrong: Wrong) -> Result<(), Problem> {
    match wrong {
        Wrong::Panic => panic!("as it was told, {} times", black_box(1)),
        Wrong::PanicWithoutText => std::panic::panic_any(7_u8),
        Wrong::PanicInThread => drop(std::thread::spawn(|| panic!("in a thread")).join()),
        Wrong::OwnHookAndPanic => {
            std::panic::set_hook(Box::new(|_| ()));
            panic!("with a hook of its own");
        }
        Wrong::Abort => std::process::abort(),
        // SAFETY: there is none: nothing is mapped there.
        Wrong::Segfault => unsafe { std::ptr::without_provenance_mut::<u8>(black_box(8)).write_volatile(1) },
        Wrong::StackOverflow => drop(black_box(deeper(black_box(1)))),
        Wrong::Exit0 => std::process::exit(0),
        Wrong::Exit3 => std::process::exit(3),
        Wrong::Hang => std::thread::sleep(Duration::from_secs(3600)),
        Wrong::Spin => while black_box(true) {},
        Wrong::Allocate => allocate(),
        Wrong::PrintToStdout => {
            for _ in 0..2000 {
                println!("\u{1b}[31mwhat a plugin prints must not reach the pipe");
            }
        }
        Wrong::ReadStdin => {
            let read =
                std::io::stdin().read(&mut [0; 64]).map_err(|error| Problem::plugin(error.to_string()))?;
            assert_eq!(read, 0, "standard input is not empty");
        }
        Wrong::CloseFds => (0..512).for_each(|number| drop(descriptor(number))),
        Wrong::GarbageOnThePipe => on_the_pipe(b"garbage of no known kind"),
        // A frame that says: it is done. What is left out of it is not forgiven.
        Wrong::EndOnThePipe => on_the_pipe(&[4, 4, 0, 0, 0, 0, 0, 0, 0, b'n', b'u', b'l', b'l']),
        Wrong::ChangeDirectory => {
            std::env::set_current_dir("/proc").map_err(|error| Problem::plugin(error.to_string()))?;
        }
        // SAFETY: not in a process with threads, which this may be.
        Wrong::ChangeEnvironment => unsafe { std::env::set_var("LC_ALL", "de_DE.UTF-8") },
        Wrong::SpawnChild => {
            let child = Command::new("/bin/sleep").arg("600").spawn();
            child.map_err(|error| Problem::plugin(error.to_string()))?;
        }
        Wrong::WriteFile => {
            let path = std::env::temp_dir().join("ratebook-misbehaving");
            let written = std::fs::write(&path, vec![7; 1 << 20]);
            written.map_err(|error| Problem::plugin(format!("{}: {error}", path.display())))?;
        }
        Wrong::SaySecretsOnStderr => {
            eprintln!("the last words\u{1b}[2J");
            std::process::exit(9);
        }
        Wrong::EndlessLines
        | Wrong::SwallowRefusals
        | Wrong::AnotherMonth
        | Wrong::EvilNames
        | Wrong::NegativeQuantity => {}
    }
    Ok(())
}

fn deeper(depth: u64) -> [u64; 64] {
    if depth == 0 {
        return [0; 64];
    }
    let mut below = deeper(black_box(depth + 1));
    below[black_box(7)] += depth;
    below
}

fn allocate() {
    let mut taken = Vec::new();
    loop {
        taken.push(black_box(vec![1_u8; 64 << 20]));
    }
}

/// A descriptor that is somebody else's.
fn descriptor(number: i32) -> OwnedFd {
    // SAFETY: there is none: it is owned elsewhere, if it is open at all.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// Writes to whatever may be the pipe to ratebook.
fn on_the_pipe(bytes: &[u8]) {
    for number in 64..72 {
        let mut file = File::from(descriptor(number));
        let _ = file.write_all(bytes);
        std::mem::forget(file);
    }
}
