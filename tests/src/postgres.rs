//! A PostgreSQL server of a test's own: a cluster in a temporary folder, on a socket there and on loopback.

use std::fs;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// The password of [`Postgres::USER`] over TCP.
pub const PASSWORD: &str = "open-sesame-7731";

/// A running server; it ends with this.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    server: Child,
    port: u16,
}

impl Postgres {
    /// The user who may do everything.
    pub const USER: &str = "clerk";

    /// Starts a server; none, said on standard error, where this machine has no PostgreSQL.
    ///
    /// # Errors
    /// If it is there and does not start.
    pub fn start(test: &str) -> io::Result<Option<Postgres>> {
        let Some(programs) = programs() else {
            // Not `eprintln!`: what a passing test prints with it is not shown.
            writeln!(
                io::stderr(),
                "SKIPPED {test}: this machine has no PostgreSQL (Debian: apt-get install postgresql)"
            )?;
            return Ok(None);
        };
        let folder = tempfile::Builder::new().prefix("pg-").tempdir()?;
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD)?;
        let owner = owner()?;
        if let Some((user, group)) = owner {
            for path in [folder.path(), &password] {
                std::os::unix::fs::chown(path, Some(user), Some(group))?;
            }
        }
        let data = folder.path().join("data");
        let made = as_owner(&programs.join("initdb"), owner)
            .args(["--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C"])
            .args(["--no-sync", "--username", Self::USER])
            .args(["--pwfile".as_ref(), password.as_os_str(), "--pgdata".as_ref(), data.as_os_str()])
            .output()?;
        if !made.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        // The port is free until somebody takes it; the server says so then.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        certificate(&data, owner)?;
        let server = as_owner(&programs.join("postgres"), owner)
            .args(["-D".as_ref(), data.as_os_str(), "-k".as_ref(), folder.path().as_os_str()])
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"])
            .args(["-c", "ssl=on"])
            .stdout(Stdio::null())
            .stderr(Stdio::from(fs::File::create(folder.path().join("log"))?))
            .spawn()?;
        let mut postgres = Postgres { folder, programs, server, port };
        postgres.wait()?;
        Ok(Some(postgres))
    }

    fn wait(&mut self) -> io::Result<()> {
        for _ in 0..1200 {
            if self.sql("SELECT 1").is_ok() {
                return Ok(());
            }
            if self.server.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(io::Error::other(fs::read_to_string(self.folder.path().join("log"))?))
    }

    /// Its address on the socket, where nobody is asked for a password.
    pub fn on_socket(&self) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://{}@{folder}:{}/postgres", Self::USER, self.port)
    }

    /// Its address over TCP, where a password is asked for.
    pub fn on_loopback(&self) -> String {
        format!("postgres://{}@localhost:{}/postgres", Self::USER, self.port)
    }

    /// The certificate that its TLS is checked by.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("data/server.crt")
    }

    /// Where it is, as messages show it: different for each server.
    pub fn place(&self) -> String {
        format!("{}:{}", self.folder.path().display(), self.port)
    }

    /// The rows of a query, without header, `|` between columns.
    ///
    /// # Errors
    /// What the server says.
    pub fn sql(&self, sql: &str) -> io::Result<String> {
        let output = self.psql(sql).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// A client that runs SQL.
    pub fn psql(&self, sql: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", Self::USER, "-d", "postgres"])
            .args(["-h".as_ref(), self.folder.path().as_os_str()])
            .args(["-p", &self.port.to_string(), "-c", sql])
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let pid = i32::try_from(self.server.id()).ok().and_then(rustix::process::Pid::from_raw);
        // "Fast": sessions are ended. Whatever cannot be stopped so is killed.
        let asked = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::INT));
        if !matches!(asked, Some(Ok(()))) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

/// The newest PostgreSQL that Debian's packages or the search path have.
fn programs() -> Option<PathBuf> {
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    debian.sort_by_key(version);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = debian.into_iter().rev().map(|path| path.join("bin")).chain(std::env::split_paths(&path));
    folders
        .into_iter()
        .find(|folder| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file()))
}

/// Whose the cluster is: the server does not run as root.
fn owner() -> io::Result<Option<(u32, u32)>> {
    if !rustix::process::getuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let numbers = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = numbers("postgres").or_else(|| numbers("nobody"));
    found.map(Some).ok_or_else(|| io::Error::other("there is no user to run PostgreSQL as"))
}

fn as_owner(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = owner {
        std::os::unix::process::CommandExt::uid(&mut command, user);
        std::os::unix::process::CommandExt::gid(&mut command, group);
    }
    // A folder that the owner may be in.
    command.current_dir("/").env("LC_ALL", "C");
    command
}

/// A certificate for `localhost` that nobody but a test trusts.
fn certificate(data: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    let made = as_owner("openssl".as_ref(), owner)
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        // As openssl makes them unless it is told otherwise: it says that it may vouch for others.
        .args(["-addext", "basicConstraints=critical,CA:TRUE"])
        .args(["-keyout".as_ref(), data.join("server.key").as_os_str()])
        .args(["-out".as_ref(), data.join("server.crt").as_os_str()])
        .output()?;
    if made.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()))
    }
}
