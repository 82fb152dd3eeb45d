//! A Postgres server for one run of the tests: it is started when the first test needs it, and removed when the tests
//! have ended.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};
use tempfile::TempDir;

/// Names an existing server, by the address of a database in which the tests may make others, such as
/// `postgres://postgres@localhost/postgres`. Without it, the tests start a server of their own.
const SERVER_VARIABLE: &str = "PRESENCE_TEST_POSTGRES";

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A server that runs as long as the tests.
struct Server {
    /// Ends with `/`, so that the name of a database can follow.
    address: String,
    /// The prefix of the names of this run's databases.
    prefix: String,
    /// Stops the server when it is dropped, or when this program ends.
    _guard: Option<Guard>,
}

impl Server {
    fn start() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "a developer or CI may name the server"
        )]
        let named = std::env::var(SERVER_VARIABLE);
        if let Ok(address) = named {
            let (server, _) = address.rsplit_once('/').unwrap_or_else(|| {
                panic!("{SERVER_VARIABLE} is no address of a database: {address}")
            });
            return Self {
                address: format!("{server}/"),
                prefix: format!("presence_test_{}", std::process::id()),
                _guard: None,
            };
        }
        let folder = Folder::new();
        let programs = programs();
        let data = folder.path().join("data");
        let mut initdb = folder.command(&programs.join("initdb"));
        initdb.args([
            "-N",
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            "-D",
        ]);
        let made = initdb.arg(&data).output().expect("initdb can be started");
        assert!(made.status.success(), "{made:?}");
        let mut server = folder.command(&programs.join("postgres"));
        server
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args([
                "-F",
                "-c",
                "listen_addresses=",
                "-c",
                "max_connections=300",
                "-c",
                "full_page_writes=off",
            ]);
        let address = format!(
            "postgres://postgres@{}/",
            folder.path().display().to_string().replace('/', "%2F")
        );
        Self {
            address,
            prefix: "test".to_owned(),
            _guard: Some(Guard::start(
                &server,
                folder,
                "ready to accept connections",
                "QUIT",
            )),
        }
    }
}

/// Where the server's programs are.
pub(super) fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    found.sort();
    if let Some((_, newest)) = found.pop() {
        return newest;
    }
    #[expect(clippy::disallowed_methods, reason = "it is where programs are found")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file());
    in_path.unwrap_or_else(|| {
        panic!(
            "there is no Postgres server to test with: run scripts/test, which installs Debian's `postgresql`, or name \
             a server in {SERVER_VARIABLE}"
        )
    })
}

/// A folder of a user who may run the server: Postgres refuses to run as root.
pub(super) struct Folder {
    folder: TempDir,
    owner: Option<(u32, u32)>,
}

impl Folder {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let is_root = fs::metadata(folder.path()).expect("it is there").uid() == 0;
        let owner = is_root.then(|| {
            let users = fs::read_to_string("/etc/passwd").expect("every system has users");
            let fields = users
                .lines()
                .map(|line| line.split(':').collect::<Vec<_>>())
                .find(|fields| fields[0] == "postgres")
                .expect("Debian's postgresql comes with a user `postgres`");
            let number = |index: usize| fields[index].parse().expect("it is a number");
            (number(2), number(3))
        });
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).expect("root may give it away");
        }
        Self { folder, owner }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A program that runs as the folder's owner, in the folder.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.current_dir(self.path());
        command
    }
}

/// A program in the background that is stopped when this one ends, in whatever way: a shell between the two waits for
/// the end of its standard input.
pub(super) struct Guard {
    shell: Child,
}

impl Guard {
    /// Starts a program, which `signal` ends, and waits until it prints `ready`.
    pub(super) fn start(program: &Command, folder: Folder, ready: &str, signal: &str) -> Self {
        const SCRIPT: &str = "\
            exec 3<&0; folder=$1; signal=$2; shift 2; \
            \"$@\" </dev/null & \
            cat <&3 >/dev/null; \
            kill -s \"$signal\" $!; wait; cd /; rm -rf \"$folder\"";
        let mut shell = folder.command(Path::new("/bin/sh"));
        shell.args(["-c", SCRIPT, "guard"]);
        shell
            .arg(folder.path())
            .arg(signal)
            .arg(program.get_program());
        shell.args(program.get_args());
        shell.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut shell = shell
            .stderr(Stdio::piped())
            .spawn()
            .expect("every system has a shell");
        let said = shell.stderr.take().expect("it is piped");
        let mut said = BufReader::new(said).lines().map_while(Result::ok);
        let mut all = Vec::new();
        loop {
            match said.next() {
                Some(line) if line.contains(ready) => break,
                Some(line) => all.push(line),
                None => panic!("{program:?} did not start: {}", all.join("\n")),
            }
        }
        // It continues to write to its log, which nobody reads.
        std::thread::spawn(move || said.for_each(drop));
        std::mem::forget(folder);
        Self { shell }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().expect("it ends");
    }
}

/// Makes a new, empty database; returns its address.
pub(crate) async fn new_database() -> String {
    let server = &*SERVER;
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}_{number}", server.prefix);
    let address = format!("{}postgres", server.address);
    let mut connection = connect(&address).await;
    let create = format!("create database {name}");
    raw_sql(AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .expect("a database can be made");
    connection.close().await.expect("it closes");
    format!("{}{name}", server.address)
}

/// Connects directly, without the store.
pub(crate) async fn connect(address: &str) -> PgConnection {
    let options: PgConnectOptions = address.parse().expect("it is an address");
    options.connect().await.expect("the server answers")
}

/// A pooler in front of a database that gives each transaction one of two connections, and the database's address
/// through the pooler; it ends when it is dropped.
pub(crate) struct Pooler {
    pub(crate) address: String,
    _guard: Guard,
}

impl Pooler {
    /// Starts `pgbouncer` in front of the database at `address`.
    pub(crate) fn start(address: &str) -> Self {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
            .map(Path::new)
            .into_iter()
            .find(|program| program.is_file())
            .expect("there is no pgbouncer to test with: run scripts/test, which installs it");
        let options: PgConnectOptions = address.parse().expect("it is an address");
        let database = options.get_database().expect("it names a database");
        let host = match options.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => options.get_host().to_owned(),
        };
        let folder = Folder::new();
        let settings = format!(
            "[databases]\n\
             {database} = host={host} port={} user={}\n\
             [pgbouncer]\n\
             unix_socket_dir = {}\n\
             listen_port = 6432\n\
             auth_type = any\n\
             pool_mode = transaction\n\
             default_pool_size = 2\n",
            options.get_port(),
            options.get_username(),
            folder.path().display(),
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).expect("it is written");
        let mut pooler = folder.command(program);
        pooler.arg(&file);
        let folder_name = folder.path().display().to_string().replace('/', "%2F");
        let address = format!("postgres://any@{folder_name}:6432/{database}");
        Self {
            address,
            _guard: Guard::start(&pooler, folder, "process up", "TERM"),
        }
    }
}
