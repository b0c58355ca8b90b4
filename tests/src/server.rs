//! A small HTTP server on loopback whose answers can be cut, reset, held back or lost.
//!
//! One request a connection and a thread a connection: slow, plain, and free to break every rule of HTTP.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::message::{Answer, Delivery, Request};
use crate::mishap::{Effect, Mishap, Mishaps};

/// The longest request head that is read.
const HEAD_LIMIT: usize = 64 << 10;

/// A vendor: what it answers to a request.
pub trait Vendor: Send + 'static {
    /// The answer; the vendor may remember what it was asked.
    fn answer(&mut self, request: &Request) -> Answer;
}

/// A mock vendor that listens on loopback until it is dropped.
pub struct Server<V> {
    address: SocketAddr,
    shared: Arc<Shared<V>>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared<V> {
    vendor: Mutex<V>,
    mishaps: Mutex<Mishaps>,
    requests: Mutex<Vec<Request>>,
    stopping: AtomicBool,
}

impl<V: Vendor> Server<V> {
    /// Starts a vendor on a free port.
    ///
    /// # Panics
    /// If loopback cannot be listened on.
    #[must_use]
    pub fn start(vendor: V) -> Server<V> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listening socket has an address");
        let shared = Arc::new(Shared {
            vendor: Mutex::new(vendor),
            mishaps: Mutex::default(),
            requests: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let sharing = Arc::clone(&shared);
        let accepting = thread::spawn(move || accept(&listener, &sharing));
        Server { address, shared, accepting: Some(accepting) }
    }

    /// The address to put into a source's `url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The vendor, to look at or to change between requests.
    pub fn vendor(&self) -> MutexGuard<'_, V> {
        lock(&self.shared.vendor)
    }

    /// Lets something go wrong.
    pub fn mishap(&self, mishap: Mishap) {
        lock(&self.shared.mishaps).add(mishap);
    }

    /// Lets nothing more go wrong.
    pub fn calm(&self) {
        *lock(&self.shared.mishaps) = Mishaps::default();
    }

    /// The requests so far, those that met a mishap among them.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// How many requests so far had this method and a path that starts like this.
    #[must_use]
    pub fn count(&self, method: &str, path: &str) -> usize {
        let requests = lock(&self.shared.requests);
        requests.iter().filter(|request| request.method == method && request.path.starts_with(path)).count()
    }
}

impl<V> Drop for Server<V> {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

/// A lock that a panic in one test thread does not spoil for the assertion that explains it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept<V: Vendor>(listener: &TcpListener, shared: &Arc<Shared<V>>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        // A client that goes away in the middle is no concern of the server's.
        thread::spawn(move || drop(serve(stream, &shared)));
    }
}

fn serve<V: Vendor>(mut stream: TcpStream, shared: &Shared<V>) -> io::Result<()> {
    let request = receive(&mut stream)?;
    lock(&shared.requests).push(request.clone());
    let effect = lock(&shared.mishaps).strike(&request);
    let answer = match effect {
        Some(Effect::Instead(answer)) => answer,
        Some(Effect::Delivered(delivery)) => lock(&shared.vendor).answer(&request).delivered(delivery),
        None => lock(&shared.vendor).answer(&request),
    };
    deliver(stream, &answer)
}

fn receive(stream: &mut TcpStream) -> io::Result<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if read_some(stream, &mut bytes)? == 0 || bytes.len() > HEAD_LIMIT {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let mut body = bytes.split_off(head_end + 4);
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut request = Request::from_head(&head, Vec::new()).map_err(io::Error::other)?;
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while body.len() < length {
        if read_some(stream, &mut body)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    request.body = body;
    Ok(request)
}

fn read_some(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let mut chunk = [0; 4096];
    let count = stream.read(&mut chunk)?;
    bytes.extend_from_slice(&chunk[..count]);
    Ok(count)
}

fn deliver(mut stream: TcpStream, answer: &Answer) -> io::Result<()> {
    let body = answer.body.as_slice();
    let part = |count: usize| &body[..count.min(body.len())];
    match answer.delivery {
        Delivery::Whole => send(&mut stream, answer, Some(body.len()), body),
        Delivery::CutAfter(count) => send(&mut stream, answer, Some(body.len()), part(count)),
        Delivery::LengthShortBy(count) => {
            send(&mut stream, answer, Some(body.len().saturating_sub(count)), body)
        }
        Delivery::UnannouncedCutAfter(count) => {
            stream.write_all(head(answer, "").as_bytes())?;
            stream.write_all(part(count))
        }
        Delivery::Chunked => {
            send(&mut stream, answer, None, &chunks(body))?;
            stream.write_all(b"0\r\n\r\n")
        }
        Delivery::ChunkedCutAfter(count) => send(&mut stream, answer, None, &chunks(part(count))),
        Delivery::Lost => Ok(()),
        Delivery::Reset => return reset(&stream),
        Delivery::ResetAfter(count) => {
            send(&mut stream, answer, Some(body.len()), part(count))?;
            return reset(&stream);
        }
        Delivery::Silent => wait_for_goodbye(&mut stream),
        Delivery::SilentAfter(count) => {
            send(&mut stream, answer, Some(body.len()), part(count))?;
            wait_for_goodbye(&mut stream)
        }
        Delivery::Drip(pause) => {
            send(&mut stream, answer, Some(body.len()), &[])?;
            body.iter().try_for_each(|byte| {
                thread::sleep(pause);
                stream.write_all(&[*byte])
            })
        }
    }?;
    stream.shutdown(Shutdown::Both)
}

/// Sends the head, with the length given or in chunks, and then `body` as it is.
fn send(stream: &mut TcpStream, answer: &Answer, length: Option<usize>, body: &[u8]) -> io::Result<()> {
    let end = match length {
        Some(length) => format!("Content-Length: {length}\r\n"),
        None => "Transfer-Encoding: chunked\r\n".to_owned(),
    };
    stream.write_all(head(answer, &end).as_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}

/// The head, with the header that says where the body ends.
fn head(answer: &Answer, end: &str) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head + end + "Connection: close\r\n\r\n"
}

fn chunks(body: &[u8]) -> Vec<u8> {
    let mut chunked = Vec::new();
    for chunk in body.chunks(1000) {
        chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked
}

/// Closes with a reset: what lingers is thrown away.
fn reset(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

fn wait_for_goodbye(stream: &mut TcpStream) -> io::Result<()> {
    while read_some(stream, &mut Vec::new())? > 0 {}
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}
