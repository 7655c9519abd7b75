use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kodanik_crypto::time::UnixSeconds;
use rusqlite::{Connection, params};

use super::*;
use crate::pin::PinError;
use crate::platform::{SecretStore, SoftwarePlatform};

struct Home {
    folder: tempfile::TempDir,
    secrets: Arc<dyn SecretStore>,
    now: Arc<AtomicU64>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Arc::new(SoftwarePlatform::open(folder.path()).unwrap());
        Self { folder, secrets, now: Arc::new(AtomicU64::new(1_000)) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("wallet.sqlite")
    }

    fn create(&self) -> Store {
        Store::create(&self.path(), &pin("194583"), self.secrets.clone()).unwrap()
    }

    fn open(&self, digits: &str) -> Result<Store, WalletError> {
        let now = self.now.clone();
        let clock = Clock::new(move || UnixSeconds(now.load(Ordering::SeqCst)));
        Store::open(&self.path(), &pin(digits), self.secrets.clone(), &clock)
    }

    fn reopen(&self) -> Result<Store, WalletError> {
        self.open("194583")
    }

    fn sql(&self, sql: &str) {
        Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }

    fn copy_database(&self) -> Vec<u8> {
        Connection::open(self.path()).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        std::fs::read(self.path()).unwrap()
    }

    fn put_database_back(&self, bytes: &[u8]) {
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(self.folder.path().join(format!("wallet.sqlite{suffix}")));
        }
        std::fs::write(self.path(), bytes).unwrap();
    }
}

fn pin(digits: &str) -> PinEntry {
    PinEntry::from_text(digits).unwrap()
}

fn store_error(result: Result<Store, WalletError>) -> StoreError {
    match result.err() {
        Some(WalletError::Store(error)) => error,
        other => panic!("expected a store error, got {other:?}"),
    }
}

fn pin_error(result: Result<Store, WalletError>) -> PinError {
    match result.err() {
        Some(WalletError::Pin(error)) => error,
        other => panic!("expected a PIN error, got {other:?}"),
    }
}

#[test]
fn what_was_put_is_there_after_reopening() {
    let home = Home::new();
    let store = home.create();
    store.put(Table::Settings, "a", &1).unwrap();
    store.put(Table::Settings, "b", &2).unwrap();
    store.put(Table::Settings, "a", &3).unwrap();
    store.put_bytes(Table::Seeds, "a", b"\xff\x00").unwrap();
    store.delete(Table::Settings, "missing").unwrap();
    drop(store);
    let store = home.reopen().unwrap();
    assert_eq!(store.get::<u32>(Table::Settings, "a").unwrap(), Some(3));
    assert_eq!(store.get::<u32>(Table::Cases, "a").unwrap(), None);
    assert_eq!(store.get_bytes(Table::Seeds, "a").unwrap().unwrap().expose(), b"\xff\x00");
    let listed: Vec<_> = store.list::<u32>(Table::Settings).unwrap();
    let ids: Vec<_> = listed.iter().map(|row| (row.id.as_str(), row.value)).collect();
    assert_eq!(ids, [("a", 3), ("b", 2)]);
    assert_eq!(store.page::<u32>(Table::Settings, listed[0].seq, 5).unwrap(), &listed[1..]);
    store.delete(Table::Settings, "a").unwrap();
    drop(store);
    assert_eq!(home.reopen().unwrap().get::<u32>(Table::Settings, "a").unwrap(), None);
    assert_eq!(store_shape(&home), StoreError::Shape);
}

#[test]
fn the_end_of_a_table_is_its_last_row() {
    let home = Home::new();
    let store = home.create();
    assert_eq!(store.end(Table::History), Ok(0));
    store.put(Table::History, "a", &1).unwrap();
    store.put(Table::History, "b", &2).unwrap();
    store.put(Table::Cases, "c", &3).unwrap();
    let lines = store.list::<u8>(Table::History).unwrap();
    assert_eq!(store.end(Table::History), Ok(lines[1].seq));
    assert!(store.page::<u8>(Table::History, lines[1].seq, 9).unwrap().is_empty());
}

fn store_shape(home: &Home) -> StoreError {
    home.reopen().unwrap().get::<Vec<u8>>(Table::Settings, "b").unwrap_err()
}

#[test]
fn a_failed_batch_leaves_nothing() {
    let home = Home::new();
    let store = home.create();
    let result: Result<(), StoreError> = store.batch(|tx| {
        tx.put(Table::Cases, "a", &1)?;
        assert_eq!(tx.get::<u32>(Table::Cases, "a")?, Some(1));
        Err(StoreError::Shape)
    });
    assert_eq!(result, Err(StoreError::Shape));
    assert_eq!(store.get::<u32>(Table::Cases, "a").unwrap(), None);
    store.put(Table::Cases, "b", &1).unwrap();
    drop(store);
    assert!(home.reopen().is_ok());
}

#[test]
fn a_panic_in_a_batch_leaves_nothing_and_locks_nobody_out() {
    let home = Home::new();
    let store = home.create();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _: Result<(), StoreError> = store.batch(|tx| {
            tx.put(Table::Cases, "a", &1)?;
            panic!("in the middle")
        });
    }));
    assert!(result.is_err());
    assert_eq!(store.get::<u32>(Table::Cases, "a").unwrap(), None);
    store.put(Table::Cases, "b", &1).unwrap();
    drop(store);
    assert!(home.reopen().is_ok());
}

#[test]
fn the_file_tells_neither_ids_nor_values() {
    let home = Home::new();
    let store = home.create();
    store.put(Table::Elections, "an-election-id", &"a telling value").unwrap();
    drop(store);
    let bytes = home.copy_database();
    for needle in ["an-election-id", "a telling value"] {
        assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle}");
    }
}

/// `.cargo/config.toml` says so, and an environment variable of the same name would undo it.
#[test]
fn sqlite_is_built_without_what_nothing_uses() {
    let connection = Connection::open_in_memory().unwrap();
    let mut options = connection.prepare("SELECT compile_options FROM pragma_compile_options").unwrap();
    let options: Vec<String> = options.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(options.iter().any(|option| option == "OMIT_LOAD_EXTENSION"), "{options:?}");
    for part in ["ENABLE_FTS", "ENABLE_RTREE", "ENABLE_LOAD_EXTENSION"] {
        assert!(!options.iter().any(|option| option.starts_with(part)), "{part}: {options:?}");
    }
}

#[test]
fn wrong_pins_are_counted_wait_and_wipe() {
    let home = Home::new();
    drop(home.create());
    for tries_left in (5..10).rev() {
        assert_eq!(pin_error(home.open("271828")), PinError::Wrong { tries_left });
    }
    let mut tries_left = 5;
    for wait in [30, 60, 300, 900, 3600] {
        let until = UnixSeconds(home.now.load(Ordering::SeqCst) + wait);
        assert_eq!(pin_error(home.reopen()), PinError::Wait { until });
        home.now.store(until.0, Ordering::SeqCst);
        tries_left -= 1;
        let expected = if tries_left == 0 { PinError::Wiped } else { PinError::Wrong { tries_left } };
        assert_eq!(pin_error(home.open("271828")), expected);
    }
    assert_eq!(pin_error(home.reopen()), PinError::Wiped);
}

#[test]
fn a_right_pin_forgets_wrong_ones() {
    let home = Home::new();
    drop(home.create());
    for _ in 0..4 {
        assert!(home.open("271828").is_err());
    }
    drop(home.reopen().unwrap());
    assert_eq!(pin_error(home.open("271828")), PinError::Wrong { tries_left: 9 });
}

#[test]
fn a_try_counts_even_when_it_is_interrupted() {
    let home = Home::new();
    drop(home.create());
    for _ in 0..gate::MAX_TRIES {
        let mut gate = gate::Gate::read(home.secrets.as_ref()).unwrap().unwrap();
        gate.count_try(UnixSeconds(0));
        gate.write(home.secrets.as_ref()).unwrap();
    }
    assert_eq!(pin_error(home.reopen()), PinError::Wiped);
}

#[test]
fn an_old_copy_of_the_database_is_refused() {
    let home = Home::new();
    let store = home.create();
    store.put(Table::Cases, "a", &1).unwrap();
    drop(store);
    let old = home.copy_database();
    let store = home.reopen().unwrap();
    store.put(Table::Cases, "a", &2).unwrap();
    drop(store);
    home.put_database_back(&old);
    assert_eq!(store_error(home.reopen()), StoreError::RolledBack);
}

#[test]
fn another_wallets_database_is_foreign_and_costs_no_try() {
    let (home, other) = (Home::new(), Home::new());
    drop(home.create());
    drop(other.create());
    home.put_database_back(&other.copy_database());
    for _ in 0..12 {
        assert_eq!(store_error(home.reopen()), StoreError::Foreign);
    }
    let alone = Home { secrets: Home::new().secrets, ..Home::new() };
    alone.put_database_back(&other.copy_database());
    assert_eq!(store_error(alone.reopen()), StoreError::Foreign);
}

#[test]
fn changed_missing_added_and_swapped_rows_are_found_at_opening() {
    let tampering = [
        "UPDATE sealed_row SET sealed = zeroblob(40) WHERE seq = 1",
        "DELETE FROM sealed_row WHERE seq = 2",
        "UPDATE sealed_row SET seq = seq + 10",
        "INSERT INTO sealed_row (kind, name, sealed) SELECT 'evidence', name, sealed FROM sealed_row WHERE seq = 1",
        "UPDATE sealed_row SET kind = 'evidence' WHERE seq = 1",
        "UPDATE vault SET head = zeroblob(68)",
    ];
    for sql in tampering {
        let home = Home::new();
        let store = home.create();
        store.put(Table::Cases, "a", &1).unwrap();
        store.put(Table::Cases, "b", &2).unwrap();
        drop(store);
        home.sql(sql);
        assert_eq!(store_error(home.reopen()), StoreError::Damaged, "{sql}");
    }
}

#[test]
fn one_old_row_among_new_ones_is_found() {
    let home = Home::new();
    let store = home.create();
    store.put(Table::Cases, "a", &1).unwrap();
    let read = || -> Vec<u8> {
        let sql = "SELECT sealed FROM sealed_row WHERE seq = 1";
        Connection::open(home.path()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let old = read();
    store.put(Table::Cases, "a", &2).unwrap();
    drop(store);
    let connection = Connection::open(home.path()).unwrap();
    connection.execute("UPDATE sealed_row SET sealed = ?1 WHERE seq = 1", params![old]).unwrap();
    drop(connection);
    assert_eq!(store_error(home.reopen()), StoreError::Damaged);
}

#[test]
fn a_cheaper_pin_stretching_is_not_accepted() {
    let home = Home::new();
    drop(home.create());
    home.sql("UPDATE vault SET memory_kib = 8");
    assert_eq!(store_error(home.reopen()), StoreError::Foreign);
}

#[test]
fn a_newer_schema_is_left_alone() {
    let home = Home::new();
    drop(home.create());
    home.sql("PRAGMA user_version = 99");
    assert_eq!(store_error(home.reopen()), StoreError::TooNew);
}

/// A secret store whose writes can be made to fail, as when the power goes between commit and counter.
struct FailingSecrets {
    inner: Arc<dyn SecretStore>,
    failing: AtomicBool,
    panicking: AtomicBool,
}

impl FailingSecrets {
    fn of(home: &Home) -> Arc<Self> {
        let (failing, panicking) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { inner: home.secrets.clone(), failing, panicking })
    }
}

impl SecretStore for FailingSecrets {
    fn read(&self, name: &str) -> Result<Option<SecretBytes>, KeyError> {
        self.inner.read(name)
    }
    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyError> {
        assert!(!self.panicking.load(Ordering::SeqCst), "this test's secret store panics");
        if self.failing.load(Ordering::SeqCst) {
            return Err(KeyError::Unavailable(std::io::ErrorKind::Other));
        }
        self.inner.write(name, secret)
    }
    fn erase(&self, name: &str) -> Result<(), KeyError> {
        self.inner.erase(name)
    }
}

#[test]
fn power_lost_between_commit_and_counter_loses_nothing() {
    let home = Home::new();
    let failing = FailingSecrets::of(&home);
    let store = Store::create(&home.path(), &pin("194583"), failing.clone()).unwrap();
    store.put(Table::Receipts, "before", &1).unwrap();
    failing.failing.store(true, Ordering::SeqCst);
    store.put(Table::Receipts, "accepted", &2).unwrap();
    let refused = store.put(Table::Receipts, "while failing", &3);
    assert!(matches!(refused, Err(StoreError::Platform(_))), "never more than one ahead");
    drop(store);
    let store = home.reopen().unwrap();
    assert_eq!(store.get::<u32>(Table::Receipts, "accepted").unwrap(), Some(2));
    assert_eq!(store.get::<u32>(Table::Receipts, "while failing").unwrap(), None);
}

#[test]
fn a_platform_that_panics_is_told_the_counter_again() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let home = Home::new();
    let secrets = FailingSecrets::of(&home);
    let store = Store::create(&home.path(), &pin("194583"), secrets.clone()).unwrap();
    secrets.panicking.store(true, Ordering::SeqCst);
    for number in 1..4 {
        let put = || store.put(Table::Receipts, "panicking", &number);
        assert!(catch_unwind(AssertUnwindSafe(put)).is_err(), "never more than one ahead");
    }
    secrets.panicking.store(false, Ordering::SeqCst);
    drop(store);
    let store = home.reopen().unwrap();
    assert_eq!(store.get::<u32>(Table::Receipts, "panicking").unwrap(), Some(1));
}

const KILL_TEST_HOME: &str = "KODANIK_KILL_TEST_HOME";

/// Killed at a moment nobody chose, over and over: what was acknowledged is there, and the store opens.
#[test]
fn kill_9_loses_nothing_that_was_acknowledged() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let home = Home::new();
    drop(home.create());
    let mut acknowledged = 0;
    for round in 1..=5 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::writer_of_the_kill_test", "--ignored", "--nocapture"])
            .env(KILL_TEST_HOME, home.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let written = lines.filter_map(|line| line.ok()?.strip_prefix("stored ")?.parse::<u64>().ok());
        acknowledged = written.take(7 * round).last().unwrap();
        writer.kill().unwrap();
        writer.wait().unwrap();
        let store = home.reopen().unwrap();
        let rows = store.list::<u64>(Table::Receipts).unwrap();
        assert!(rows.iter().map(|row| row.value).eq(1..=rows.len() as u64), "no gap");
        assert!(rows.len() as u64 >= acknowledged);
    }
    assert!(acknowledged > 7);
}

#[test]
#[ignore = "the process that kill_9_loses_nothing_that_was_acknowledged kills"]
fn writer_of_the_kill_test() {
    let Some(folder) = std::env::var_os(KILL_TEST_HOME).map(PathBuf::from) else { return };
    let secrets = Arc::new(SoftwarePlatform::open(&folder).unwrap());
    let path = folder.join("wallet.sqlite");
    let store = Store::open(&path, &pin("194583"), secrets, &Clock::system()).unwrap();
    let first = store.list::<u64>(Table::Receipts).unwrap().len() as u64 + 1;
    for number in first.. {
        store.put(Table::Receipts, &number.to_string(), &number).unwrap();
        println!("stored {number}");
    }
}
