//! The wrong things. What needs no more than lines and batches is in `map`.
#![expect(unsafe_code, clippy::panic, reason = "what a plugin must not do is not what well-kept code can do")]

use std::hint::black_box;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use ratebook_plugin::Problem;
use serde::Deserialize;

use crate::{pipe, reach};

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
    DoubleFree,
    #[serde(rename = "exit-0")]
    Exit0,
    #[serde(rename = "exit-3")]
    Exit3,
    Hang,
    HangDeafToSignals,
    Spin,
    SpinInThreads,
    Allocate,
    #[serde(rename = "allocate-100-gb")]
    Allocate100Gb,
    PrintToStdout,
    ReadStdin,
    SaySecretsOnStderr,
    SayTokenAndExit,
    CloseFds,
    GarbageOnThePipe,
    EndOnThePipe,
    HalfAnEndOnThePipe,
    MalformedBatch,
    #[serde(rename = "number-of-39-digits")]
    NumberOf39Digits,
    #[serde(rename = "number-of-200-places")]
    NumberOf200Places,
    ChangeDirectory,
    ChangeEnvironment,
    ChangeUmask,
    ThreadsThatOutlive,
    KeepMemory,
    Fork,
    SpawnChild,
    Exec,
    Setsid,
    KillParent,
    TraceParent,
    SignalByDescriptor,
    RaiseLimit,
    OutliveParent,
    Unshare,
    IoUring,
    TcpSocket,
    UdpSocket,
    UnixSocket,
    SocketPair,
    SocketInThread,
    SocketInSilence,
    Connect,
    ReadFile,
    ReadEnvironmentOfParent,
    ListDirectory,
    WriteFile,
    RemoveFile,
    MakeDirectory,
    // Done by `map`.
    EndlessLines,
    SwallowRefusals,
    AnotherMonth,
    EvilNames,
    NegativeQuantity,
    EmptyTag,
    DuplicateRecords,
}

/// Does it.
pub(crate) fn do_wrong(wrong: Wrong, path: &Path) -> Result<(), Problem> {
    let done = match wrong {
        Wrong::TcpSocket => reach::open_socket(libc::AF_INET, libc::SOCK_STREAM).map(drop),
        Wrong::UdpSocket => reach::open_socket(libc::AF_INET6, libc::SOCK_DGRAM).map(drop),
        Wrong::UnixSocket => reach::open_socket(libc::AF_UNIX, libc::SOCK_STREAM).map(drop),
        Wrong::SocketPair => std::os::unix::net::UnixStream::pair().map(drop),
        Wrong::SocketInThread => {
            let opened =
                std::thread::spawn(|| reach::open_socket(libc::AF_INET, libc::SOCK_STREAM).map(drop));
            opened.join().unwrap_or(Ok(()))
        }
        Wrong::SocketInSilence => reach::open_socket_in_silence(),
        Wrong::Connect => std::net::TcpStream::connect("127.0.0.1:9").map(drop),
        Wrong::Fork => reach::fork(),
        Wrong::SpawnChild => std::process::Command::new("/bin/sleep").arg("600").spawn().map(drop),
        Wrong::Exec => reach::exec(),
        Wrong::Setsid => reach::setsid(),
        Wrong::KillParent => reach::kill_parent(),
        Wrong::TraceParent => reach::trace_parent(),
        Wrong::SignalByDescriptor => reach::signal_by_descriptor(),
        Wrong::RaiseLimit => reach::raise_limit(),
        Wrong::OutliveParent => reach::outlive_parent(),
        Wrong::Unshare => reach::unshare(),
        Wrong::IoUring => reach::io_uring(),
        Wrong::ReadFile => reach::read(path).map(|text| eprintln!("{text}")),
        Wrong::ReadEnvironmentOfParent => reach::read_environment_of_parent(),
        Wrong::ListDirectory => std::fs::read_dir("/").map(drop),
        Wrong::WriteFile => std::fs::write(path, vec![7; 1 << 20]),
        Wrong::RemoveFile => std::fs::remove_file(path),
        Wrong::MakeDirectory => std::fs::create_dir(path),
        Wrong::ChangeDirectory => std::env::set_current_dir("/proc"),
        other => {
            in_its_own_process(other);
            Ok(())
        }
    };
    done.map_err(|error| Problem::plugin(format!("{}: {error}", name(wrong))))
}

fn name(wrong: Wrong) -> String {
    format!("{wrong:?}")
}

/// What stays in the process.
fn in_its_own_process(wrong: Wrong) {
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
        Wrong::DoubleFree => {
            // SAFETY: there is none: it is given back twice.
            unsafe {
                let memory = black_box(libc::malloc(64));
                libc::free(memory);
                libc::free(black_box(memory));
            }
        }
        Wrong::Exit0 => std::process::exit(0),
        Wrong::Exit3 => std::process::exit(3),
        Wrong::Hang => std::thread::sleep(Duration::from_secs(3600)),
        Wrong::HangDeafToSignals => {
            reach::ignore_signals();
            std::thread::sleep(Duration::from_secs(3600));
        }
        Wrong::Spin => while black_box(true) {},
        Wrong::SpinInThreads => {
            for _ in 0..4 {
                std::thread::spawn(|| while black_box(true) {});
            }
            std::thread::sleep(Duration::from_secs(3600));
        }
        Wrong::Allocate => allocate(),
        Wrong::Allocate100Gb => drop(black_box(vec![1_u8; 100 << 30])),
        Wrong::PrintToStdout => {
            for _ in 0..2000 {
                println!("\u{1b}[31mwhat a plugin prints must not reach the pipe");
            }
        }
        Wrong::ReadStdin => {
            let read = std::io::stdin().read(&mut [0; 64]);
            assert!(matches!(read, Ok(0)), "standard input is not empty: {read:?}");
        }
        Wrong::SaySecretsOnStderr => {
            eprintln!("the last words\u{1b}[2J");
            std::process::exit(9);
        }
        Wrong::CloseFds => pipe::close_all(),
        Wrong::GarbageOnThePipe => pipe::garbage(),
        Wrong::EndOnThePipe => pipe::end_without_outcome(),
        Wrong::HalfAnEndOnThePipe => pipe::half_an_end(),
        Wrong::MalformedBatch => pipe::malformed_batch(),
        Wrong::NumberOf39Digits => pipe::number(u64::MAX, i64::MAX, 0),
        Wrong::NumberOf200Places => pipe::number(1, 0, 200),
        // SAFETY: not in a process with threads, which this may be.
        Wrong::ChangeEnvironment => unsafe { std::env::set_var("LC_ALL", "de_DE.UTF-8") },
        Wrong::ChangeUmask => reach::clear_umask(),
        Wrong::ThreadsThatOutlive => {
            for _ in 0..8 {
                std::thread::spawn(|| std::thread::sleep(Duration::from_secs(3600)));
            }
        }
        // What nobody can see would not be taken at all.
        Wrong::KeepMemory => std::mem::forget(std::hint::black_box(vec![1_u8; 100 << 20])),
        // Of `map`, or done.
        _ => {}
    }
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
