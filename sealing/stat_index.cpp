#include "sealing/stat_index.h"

#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "base/error.h"
#include "sealing/stat_index_sql.h"

// WAL with synchronous=NORMAL: a commit is one write without fsync, and a power cut loses the last
// commits but never the order of pages. That is enough for a cache. Texts are bound as they are:
// SQLite stores the bytes of a run path that is not UTF-8 unchanged.

namespace govseal {
namespace {

constexpr char kIndexName[] = "index.db";
constexpr int kBusyTimeoutMs = 5000;  // a person may look at the file with another program
// Rows are some kilobytes: in pages of 4 KiB up to half of each page would stay empty.
constexpr char kSettings[] =
    "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=256;"
    "PRAGMA synchronous=NORMAL; PRAGMA mmap_size=0;"
    "PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=OFF;";
constexpr char kTable[] =
    "CREATE TABLE seal(\n"
    "  id INTEGER PRIMARY KEY, repo TEXT NOT NULL, path TEXT NOT NULL, style TEXT NOT NULL,\n"
    "  root BLOB, hashfile_sha BLOB NOT NULL, manifest_sha BLOB, git_tree BLOB,\n"
    "  log_index INTEGER NOT NULL,\n"
    "  state TEXT NOT NULL, codes TEXT NOT NULL, hashed_ns INTEGER NOT NULL, enforce TEXT NOT "
    "NULL,\n"
    "  files BLOB NOT NULL, UNIQUE(repo, path))";
constexpr char kIndex[] = "CREATE INDEX seal_root ON seal(root)";
constexpr std::int64_t kUserVersion = 1;

constexpr char kColumns[] =
    "SELECT id, repo, path, style, root, hashfile_sha, manifest_sha, git_tree, log_index, state,"
    " codes, hashed_ns, enforce, files FROM seal ";

// ON CONFLICT keeps the id, so that a walk by id meets a row once however often it is written.
constexpr char kUpsert[] =
    "INSERT INTO seal(repo, path, style, root, hashfile_sha, manifest_sha, git_tree, log_index,"
    " state, codes, hashed_ns, enforce, files) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT(repo, path) DO UPDATE SET style=excluded.style, root=excluded.root,"
    " hashfile_sha=excluded.hashfile_sha, manifest_sha=excluded.manifest_sha,"
    " git_tree=excluded.git_tree, log_index=excluded.log_index, state=excluded.state,"
    " codes=excluded.codes, hashed_ns=excluded.hashed_ns, enforce=excluded.enforce,"
    " files=excluded.files";

bool is_damage(int code) {
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

std::string join(std::vector<std::string> const& words) {
  std::string out;
  for (std::string const& word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

/// nullopt when a blob has an impossible size: the row then counts as absent.
std::optional<StatRow> read_row(SqlStatement const& row) {
  auto const hashfile = row.digest(5);
  auto files = StatTable::unpack(row.text(13));
  if (!hashfile || !files) return std::nullopt;
  StatRow out;
  out.repo = row.text(1);
  out.path = row.text(2);
  out.style = row.text(3);
  out.root = row.digest(4);
  out.hashfile_sha = *hashfile;
  out.manifest_sha = row.digest(6);
  if (!row.is_null(7)) out.git_tree = row.text(7);
  out.log_index = static_cast<std::uint64_t>(row.number(8));
  out.state = row.text(9);
  out.codes = split(row.text(10));
  out.hashed = nanoseconds(row.number(11));
  out.enforce = row.text(12);
  out.files = std::move(*files);
  return out;
}

void bind_maybe(SqlStatement& statement, std::optional<Digest> const& digest) {
  digest ? statement.bind_blob(*digest) : statement.bind_null();
}

}  // namespace

std::string_view to_string(IndexRebuild reason) noexcept {
  switch (reason) {
    case IndexRebuild::absent:
      return "absent";
    case IndexRebuild::corrupt:
      return "corrupt";
    case IndexRebuild::version:
      return "version";
  }
  return "";
}

std::unique_ptr<StatIndex> StatIndex::open(Directory const& directory,
                                           std::string const& directory_path) {
  auto held = directory.open_directory(RelativePath());
  auto* const own = std::get_if<std::unique_ptr<Directory>>(&held);
  if (own == nullptr) throw Error("open index", directory_path, "no directory");
  std::unique_ptr<StatIndex> index(
      new StatIndex(directory_path + "/" + kIndexName, std::move(*own)));
  if (!index->directory_->find(kIndexName)) {
    index->make_anew(IndexRebuild::absent);
    return index;
  }
  index->connect();
  if (auto const defect = index->find_defect()) index->make_anew(*defect);
  return index;
}

std::unique_ptr<StatIndex> StatIndex::open_in_memory() {
  std::unique_ptr<StatIndex> index(new StatIndex(":memory:", nullptr));
  index->make_anew(IndexRebuild::absent);
  return index;
}

StatIndex::StatIndex(std::string file, std::unique_ptr<Directory> directory)
    : file_(std::move(file)), directory_(std::move(directory)) {}

StatIndex::~StatIndex() {
  close();
}

std::optional<IndexRebuild> StatIndex::take_rebuild() {
  std::lock_guard lock(mutex_);
  return std::exchange(rebuild_, std::nullopt);
}

void StatIndex::clear() {
  std::lock_guard lock(mutex_);
  if (int const code = run("DELETE FROM seal"); code != SQLITE_OK) {
    fail_or_rebuild(code, "clear index");
  }
}

void StatIndex::put(StatRow const& row) {
  put_all(std::span(&row, 1));
}

void StatIndex::put_all(std::span<StatRow const> rows) {
  std::lock_guard lock(mutex_);
  int code = run("BEGIN IMMEDIATE");
  for (StatRow const& row : rows) {
    if (code == SQLITE_OK) code = write_row(row);
  }
  if (code == SQLITE_OK) code = run("COMMIT");
  if (code == SQLITE_OK) return;
  if (sqlite3_get_autocommit(db_) == 0) (void)run("ROLLBACK");
  fail_or_rebuild(code, "write index");
}

std::optional<StatRow> StatIndex::get(std::string_view repo, std::string_view path) {
  std::lock_guard lock(mutex_);
  std::optional<StatRow> found;
  int code = SQLITE_OK;
  {
    SqlStatement select(db_, (std::string(kColumns) + "WHERE repo = ? AND path = ?").c_str());
    select.bind(repo).bind(path);
    if (select.step()) found = read_row(select);
    code = select.code();
  }
  if (code != SQLITE_OK) fail_or_rebuild(code, "read index");
  return found;
}

bool StatIndex::remove(std::string_view repo, std::string_view path) {
  std::lock_guard lock(mutex_);
  int code = SQLITE_OK;
  {
    SqlStatement erase(db_, "DELETE FROM seal WHERE repo = ? AND path = ?");
    erase.bind(repo).bind(path);
    (void)erase.step();
    code = erase.code();
  }
  if (code != SQLITE_OK) {
    fail_or_rebuild(code, "write index");
    return false;
  }
  return sqlite3_changes(db_) > 0;
}

std::vector<StatIndex::Place> StatIndex::find_by_root(Digest const& root) {
  std::lock_guard lock(mutex_);
  std::vector<Place> places;
  int code = SQLITE_OK;
  {
    SqlStatement select(db_, "SELECT repo, path FROM seal WHERE root = ? ORDER BY repo, path");
    select.bind_blob(root);
    while (select.step()) places.push_back({select.text(0), select.text(1)});
    code = select.code();
  }
  if (code == SQLITE_OK) return places;
  fail_or_rebuild(code, "read index");
  return {};
}

StatIndex::Page StatIndex::page(std::int64_t after, unsigned count) {
  std::lock_guard lock(mutex_);
  Page page{.rows = {}, .last = after};
  int code = SQLITE_OK;
  {
    SqlStatement select(db_, (std::string(kColumns) + "WHERE id > ? ORDER BY id LIMIT ?").c_str());
    select.bind(after).bind(std::int64_t{count});
    while (select.step()) {
      page.last = select.number(0);
      if (auto row = read_row(select)) page.rows.push_back(std::move(*row));
    }
    code = select.code();
  }
  if (code == SQLITE_OK) return page;
  fail_or_rebuild(code, "read index");
  return {.rows = {}, .last = after};
}

StatIndex::Totals StatIndex::totals() {
  std::lock_guard lock(mutex_);
  Totals totals;
  int code = SQLITE_OK;
  {
    SqlStatement select(db_, "SELECT count(*), total(length(files)) FROM seal");
    if (select.step()) {
      totals.folders = static_cast<std::uint64_t>(select.number(0));
      totals.files = static_cast<std::uint64_t>(select.number(1)) / StatTable::kRecordBytes;
    }
    code = select.code();
  }
  if (code == SQLITE_OK) return totals;
  fail_or_rebuild(code, "read index");
  return {};
}

void StatIndex::make_anew(IndexRebuild reason) {
  close();
  if (directory_) {
    for (char const* name : {kIndexName, "index.db-wal", "index.db-shm", "index.db-journal"}) {
      (void)directory_->unlink(name);
    }
    // SQLite would take the mode from the umask; its two other files copy that of this one.
    if (std::holds_alternative<OpenFailure>(directory_->create_exclusive(kIndexName, 0600))) {
      throw Error("create index", file_, "the name is taken");
    }
  }
  connect();
  std::string const schema = std::string("BEGIN IMMEDIATE;") + kTable + ";" + kIndex +
                             "; PRAGMA user_version=" + std::to_string(kUserVersion) + "; COMMIT;";
  if (int const code = run(schema.c_str()); code != SQLITE_OK) {
    throw Error("create index", file_, sqlite3_errstr(code));
  }
  rebuild_ = reason;
}

void StatIndex::connect() {
  int const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                    (directory_ ? 0 : SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY);
  int const code = sqlite3_open_v2(file_.c_str(), &db_, flags, nullptr);
  if (code != SQLITE_OK) throw Error("open index", file_, sqlite3_errstr(code));
  sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  (void)run(kSettings);  // a damaged file fails here, and again where it is looked for
}

void StatIndex::close() noexcept {
  sqlite3_close(db_);
  db_ = nullptr;
}

std::optional<IndexRebuild> StatIndex::find_defect() {
  SqlStatement version(db_, "PRAGMA user_version");
  if (!version.step()) return defect_of(version.code());
  if (version.number(0) != kUserVersion) return IndexRebuild::version;
  for (auto const& [name, sql] : {std::pair("seal", kTable), std::pair("seal_root", kIndex)}) {
    SqlStatement schema(db_, "SELECT sql FROM sqlite_master WHERE name = ?");
    schema.bind(std::string_view(name));
    if (!schema.step() || schema.text(0) != sql) return defect_of(schema.code());
  }
  SqlStatement check(db_, "PRAGMA quick_check(1)");
  if (!check.step() || check.text(0) != "ok") return defect_of(check.code());
  return std::nullopt;
}

IndexRebuild StatIndex::defect_of(int code) const {
  if (code != SQLITE_OK && !is_damage(code)) throw Error("open index", file_, sqlite3_errstr(code));
  return IndexRebuild::corrupt;
}

void StatIndex::fail_or_rebuild(int code, char const* operation) {
  if (!is_damage(code)) throw Error(operation, file_, sqlite3_errstr(code));
  make_anew(IndexRebuild::corrupt);
}

int StatIndex::write_row(StatRow const& row) {
  SqlStatement upsert(db_, kUpsert);
  std::string const codes = join(row.codes);
  upsert.bind(row.repo).bind(row.path).bind(row.style);
  bind_maybe(upsert, row.root);
  upsert.bind_blob(row.hashfile_sha);
  bind_maybe(upsert, row.manifest_sha);
  row.git_tree ? upsert.bind_blob(std::string_view(*row.git_tree)) : upsert.bind_null();
  upsert.bind(static_cast<std::int64_t>(row.log_index)).bind(row.state).bind(codes);
  upsert.bind(std::int64_t{row.hashed.count()}).bind(row.enforce).bind_blob(row.files.blob());
  (void)upsert.step();
  return upsert.code();
}

int StatIndex::run(char const* sql) {
  return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) & 0xff;
}

}  // namespace govseal
