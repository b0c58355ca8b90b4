//! A vendor that plays raw bytes: one play for each request, in order.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the vendor does with a request.
#[derive(Clone, Debug)]
pub(super) enum Play {
    /// Sends bytes and ends the connection in good order.
    Send(Vec<u8>),
    /// Sends bytes and breaks the connection.
    Reset(Vec<u8>),
    /// Sends bytes and keeps the connection, silent.
    Hang(Vec<u8>),
    /// Sends the first bytes at once and then one byte after the other, slowly.
    Drip(Vec<u8>, usize, Duration),
}

impl Play {
    /// A whole answer, the last on its connection.
    pub(super) fn answer(status: u16, headers: &str, body: &[u8]) -> Play {
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n");
        Play::Send([head.as_bytes(), body].concat())
    }

    pub(super) fn ok(body: &[u8]) -> Play {
        Play::answer(200, "", body)
    }
}

/// A vendor on loopback.
pub(super) struct Vendor {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    pub(super) fn start(plays: impl IntoIterator<Item = Play>) -> Vendor {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (heard, plays) = (Arc::clone(&asked), Mutex::new(plays.into_iter().collect::<VecDeque<_>>()));
        let plays = Arc::new(plays);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (heard, plays) = (Arc::clone(&heard), Arc::clone(&plays));
                thread::spawn(move || serve(stream.unwrap(), &heard, &plays));
            }
        });
        Vendor { port, asked }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests that came, heads and bodies.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, heard: &Mutex<Vec<String>>, plays: &Mutex<VecDeque<Play>>) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read(&mut byte), Ok(1)) {
            return;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length: usize =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let play = plays.lock().unwrap().pop_front().unwrap_or(Play::answer(599, "", b"the script is over"));
    // A connection that is closed before all has been read is reset, so one byte stays unread for that.
    let leave = usize::from(matches!(play, Play::Reset(_)));
    assert!(leave == 0 || length > 0 || head.starts_with("get "), "nothing to leave unread");
    let mut rest = vec![0; length.saturating_sub(leave)];
    stream.read_exact(&mut rest).unwrap();
    request.extend_from_slice(&rest);
    heard.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
    // The other side may be gone before all was sent; that is its right.
    let _ = play_to(&mut stream, &play);
}

fn play_to(stream: &mut TcpStream, play: &Play) -> std::io::Result<()> {
    match play {
        Play::Send(bytes) => {
            stream.write_all(bytes)?;
            stream.shutdown(Shutdown::Write)?;
            // Until the other side has read it all.
            std::io::copy(stream, &mut std::io::sink()).map(|_| ())
        }
        Play::Reset(bytes) => {
            stream.write_all(bytes)?;
            thread::sleep(Duration::from_millis(20));
            reset(stream)
        }
        Play::Hang(bytes) => {
            stream.write_all(bytes)?;
            std::io::copy(stream, &mut std::io::sink()).map(|_| ())
        }
        Play::Drip(bytes, first, pause) => {
            stream.set_nodelay(true)?;
            stream.write_all(&bytes[..*first])?;
            for byte in &bytes[*first..] {
                thread::sleep(*pause);
                stream.write_all(&[*byte])?;
            }
            Ok(())
        }
    }
}

/// Ends a connection with a reset in place of a good-bye.
fn reset(stream: &TcpStream) -> std::io::Result<()> {
    let linger = Some(Duration::ZERO);
    rustix::net::sockopt::set_socket_linger(stream, linger)?;
    Ok(())
}
