#include "sealing/stat_index.h"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <set>
#include <thread>

#include "tests/support/temp_directory.h"

using namespace govseal;

namespace {

Digest digest(std::uint8_t fill) {
  Digest out;
  out.bytes.fill(fill);
  return out;
}

StatRow row(std::string path, std::uint8_t root = 7) {
  StatRow out;
  out.repo = "alpha";
  out.path = std::move(path);
  out.style = "contract";
  out.root = digest(root);
  out.hashfile_sha = digest(2);
  out.manifest_sha = digest(3);
  out.git_tree = std::string("\0tree", 5);
  out.log_index = 1190;
  out.state = "INVALID";
  out.codes = {"content.hash", "tree.unlisted"};
  out.hashed = nanoseconds(1'767'225'600'123'456'789);
  out.enforce = "readonly";
  out.files.append({.dev = 1,
                    .ino = 2,
                    .size = 3,
                    .mtime_ns = -4,
                    .ctime_ns = 5,
                    .mode = 0100644,
                    .nlink = 1,
                    .sha256 = digest(9)});
  return out;
}

void expect_equal(StatRow const& a, StatRow const& b) {
  CHECK(a.repo == b.repo);
  CHECK(a.path == b.path);
  CHECK(a.style == b.style);
  CHECK(a.root == b.root);
  CHECK(a.hashfile_sha == b.hashfile_sha);
  CHECK(a.manifest_sha == b.manifest_sha);
  CHECK(a.git_tree == b.git_tree);
  CHECK(a.log_index == b.log_index);
  CHECK(a.state == b.state);
  CHECK(a.codes == b.codes);
  CHECK(a.hashed == b.hashed);
  CHECK(a.enforce == b.enforce);
  CHECK(a.files == b.files);
}

std::unique_ptr<StatIndex> open(TempDirectory const& directory) {
  auto const held =
      std::get<std::unique_ptr<Directory>>(DiskFileSystem().open_directory(directory.path()));
  return StatIndex::open(*held, directory.path());
}

/// Runs one statement with SQLite itself; returns the first column of the first row.
std::string sql(TempDirectory const& directory, char const* text) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((directory / "index.db").c_str(), &db) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, text, -1, &statement, nullptr) == SQLITE_OK);
  std::string out;
  if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != nullptr) {
    out = reinterpret_cast<char const*>(sqlite3_column_text(statement, 0));
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return out;
}

}  // namespace

TEST_CASE("a record is 80 bytes in the order and byte order of the format") {
  StatTable table;
  table.append({.dev = 0x0102030405060708,
                .ino = 1,
                .size = 2,
                .mtime_ns = -2,
                .ctime_ns = 3,
                .mode = 0x81A4,
                .nlink = 1,
                .sha256 = digest(0xAB)});
  REQUIRE(table.blob().size() == 80);
  CHECK(to_hex(bytes_of(table.blob())) ==
        "0807060504030201"
        "0100000000000000"
        "0200000000000000"
        "feffffffffffffff"
        "0300000000000000"
        "a4810000"
        "01000000" +
            digest(0xAB).hex());
  auto const again = StatTable::unpack(std::string(table.blob()));
  REQUIRE(again);
  CHECK(again->at(0) == table.at(0));
  CHECK_FALSE(StatTable::unpack(std::string(81, 'x')));
}

TEST_CASE("a file is unchanged only with the same stat, an old ctime and a clock ahead of it") {
  constexpr std::int64_t kSecond = 1'000'000'000;
  FileStat stat;
  stat.dev = 1;
  stat.ino = 2;
  stat.size = 3;
  stat.mtime_ns = 50 * kSecond;
  stat.ctime_ns = 100 * kSecond;
  stat.mode = 0100644;
  stat.nlink = 1;
  StatRecord const record = make_stat_record(stat, digest(1));
  HashTimes const times{nanoseconds(200 * kSecond), nanoseconds(300 * kSecond)};
  CHECK(is_unchanged(record, stat, times));
  for (auto const& change : std::vector<std::function<void(FileStat&)>>{
           [](FileStat& s) { ++s.dev; }, [](FileStat& s) { ++s.ino; },
           [](FileStat& s) { ++s.size; }, [](FileStat& s) { ++s.mtime_ns; },
           [](FileStat& s) { ++s.ctime_ns; }, [](FileStat& s) { ++s.nlink; },
           [](FileStat& s) { s.kind = FileKind::symlink; }}) {
    FileStat other = stat;
    change(other);
    CHECK_FALSE(is_unchanged(record, other, times));
  }
  // Exactly two seconds are still racy, a nanosecond more is not.
  CHECK_FALSE(is_unchanged(record, stat, {nanoseconds(102 * kSecond), times.now}));
  CHECK(is_unchanged(record, stat, {nanoseconds(102 * kSecond + 1), times.now}));
  CHECK_FALSE(is_unchanged(record, stat, {times.hashed, nanoseconds(100 * kSecond - 1)}));
}

TEST_CASE("a new index is absent once, private, and has the settings and schema of the format") {
  TempDirectory directory;
  auto index = open(directory);
  CHECK(index->take_rebuild() == IndexRebuild::absent);
  CHECK_FALSE(index->take_rebuild());
  index->put(row(".codex/RUNS/one"));
  index.reset();
  struct ::stat stat {};
  REQUIRE(::stat((directory / "index.db").c_str(), &stat) == 0);
  CHECK((stat.st_mode & 07777) == 0600);
  CHECK(sql(directory, "PRAGMA user_version") == "1");
  CHECK(sql(directory, "PRAGMA journal_mode") == "wal");
  CHECK(sql(directory,
            "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\", ', ') "
            "FROM pragma_table_info('seal')") ==
        "id INTEGER 0, repo TEXT 1, path TEXT 1, style TEXT 1, root BLOB 0, hashfile_sha BLOB 1, "
        "manifest_sha BLOB 0, git_tree BLOB 0, log_index INTEGER 1, state TEXT 1, codes TEXT 1, "
        "hashed_ns INTEGER 1, enforce TEXT 1, files BLOB 1");
  CHECK(sql(directory, "SELECT sql FROM sqlite_master WHERE name = 'seal_root'") ==
        "CREATE INDEX seal_root ON seal(root)");
  CHECK(sql(directory,
            "SELECT hex(root) || ' ' || hashed_ns || ' ' || codes || ' ' || "
            "length(files) FROM seal") ==
        "0707070707070707070707070707070707070707070707070707070707070707 1767225600123456789 "
        "content.hash tree.unlisted 80");
}

TEST_CASE("rows are kept over a restart, replaced in place and removed") {
  TempDirectory directory;
  StatRow legacy = row("legacy");
  legacy.root.reset();
  legacy.manifest_sha.reset();
  legacy.git_tree.reset();
  legacy.codes.clear();
  legacy.files = {};
  {
    auto const index = open(directory);
    index->put(row("one"));
    index->put(legacy);
  }
  auto const index = open(directory);
  CHECK_FALSE(index->take_rebuild());
  REQUIRE(index->get("alpha", "one"));
  expect_equal(*index->get("alpha", "one"), row("one"));
  expect_equal(*index->get("alpha", "legacy"), legacy);
  CHECK_FALSE(index->get("beta", "one"));
  StatRow changed = row("one", 8);
  changed.state = "VALID";
  index->put(changed);
  expect_equal(*index->get("alpha", "one"), changed);
  CHECK(index->totals().folders == 2);
  CHECK(index->totals().files == 1);
  CHECK(index->remove("alpha", "one"));
  CHECK_FALSE(index->remove("alpha", "one"));
  CHECK_FALSE(index->get("alpha", "one"));
  index->clear();
  CHECK(index->totals().folders == 0);
}

TEST_CASE("run paths of any bytes are kept") {
  TempDirectory directory;
  auto const index = open(directory);
  StatRow const odd = row("a\nb \xFF%'\"");
  index->put(odd);
  REQUIRE(index->get("alpha", odd.path));
  expect_equal(*index->get("alpha", odd.path), odd);
}

TEST_CASE("folders are found by root") {
  auto const index = StatIndex::open_in_memory();
  std::vector<StatRow> rows = {row("b", 1), row("a", 1), row("c", 2)};
  index->put_all(rows);
  using Places = std::vector<StatIndex::Place>;
  CHECK(index->find_by_root(digest(1)) == Places{{"alpha", "a"}, {"alpha", "b"}});
  CHECK(index->find_by_root(digest(9)).empty());
}

TEST_CASE("a walk by pages meets every row once, also when rows are written back meanwhile") {
  auto const index = StatIndex::open_in_memory();
  for (int i = 0; i < 25; ++i) index->put(row("run" + std::to_string(i)));
  std::set<std::string> seen;
  std::size_t met = 0;
  for (std::int64_t after = 0;;) {
    auto const page = index->page(after, 10);
    if (page.last == after) break;
    after = page.last;
    for (StatRow const& each : page.rows) {
      ++met;
      seen.insert(each.path);
      index->put(each);
    }
  }
  CHECK(met == 25);
  CHECK(seen.size() == 25);
}

TEST_CASE("a file that is no database, a truncated one and another version are made anew") {
  TempDirectory directory;
  IndexRebuild expected = IndexRebuild::corrupt;
  { open(directory)->put(row("one")); }
  SUBCASE("no database") {
    directory.write("index.db", "this is no database, by no means\n");
  }
  SUBCASE("empty") {
    directory.write("index.db", "");
    expected = IndexRebuild::version;
  }
  SUBCASE("truncated") {
    std::filesystem::resize_file(directory / "index.db", 5000);
  }
  SUBCASE("another version") {
    sql(directory, "PRAGMA user_version = 2");
    expected = IndexRebuild::version;
  }
  SUBCASE("another schema") {
    sql(directory, "ALTER TABLE seal ADD COLUMN more TEXT");
  }
  auto const index = open(directory);
  CHECK(index->take_rebuild() == expected);
  CHECK(index->totals().folders == 0);
  index->put(row("two"));
  CHECK(index->get("alpha", "two"));
}

TEST_CASE("damage that shows while the index is open makes it anew instead of failing") {
  TempDirectory directory;
  auto const index = open(directory);
  (void)index->take_rebuild();
  std::vector<StatRow> rows;
  for (int i = 0; i < 3000; ++i) rows.push_back(row("run" + std::to_string(i)));
  index->put_all(rows);
  sql(directory, "PRAGMA wal_checkpoint(TRUNCATE)");
  {
    std::FILE* const file = std::fopen((directory / "index.db").c_str(), "r+b");
    REQUIRE(file != nullptr);
    std::string const noise(4096, '\xA5');
    for (long page = 8; page < 800; ++page) {
      std::fseek(file, page * 4096, SEEK_SET);
      std::fwrite(noise.data(), 1, noise.size(), file);
    }
    std::fclose(file);
  }
  // The page cache is small, so a walk soon meets the damage.
  std::size_t met = 0;
  for (std::int64_t after = 0;;) {
    auto const page = index->page(after, 100);
    if (page.last == after) break;
    after = page.last;
    met += page.rows.size();
  }
  CHECK(met < 3000);
  CHECK(index->take_rebuild() == IndexRebuild::corrupt);
  index->put(row("again"));
  CHECK(index->get("alpha", "again"));
}

TEST_CASE("many threads may use one index") {
  TempDirectory directory;
  auto const index = open(directory);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&index, t] {
      for (int i = 0; i < 50; ++i) {
        std::string const path = std::to_string(t) + "/" + std::to_string(i);
        index->put(row(path));
        if (!index->get("alpha", path)) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(index->totals().folders == 200);
}

TEST_CASE("an index costs about a hundred bytes for each sealed file") {
  TempDirectory directory;
  auto index = open(directory);
  std::vector<StatRow> rows;
  constexpr std::size_t kFolders = 1000;
  constexpr std::size_t kFiles = 30;
  for (std::size_t i = 0; i < kFolders; ++i) {
    StatRow each = row(".codex/RUNS/2026-08-08__120000__demo-" + std::to_string(i));
    StatRecord const record = each.files.at(0);
    for (std::size_t j = 1; j < kFiles; ++j) each.files.append(record);
    rows.push_back(std::move(each));
  }
  index->put_all(rows);
  index.reset();
  CHECK(std::filesystem::file_size(directory / "index.db") < kFolders * kFiles * 120);
}

TEST_CASE("reasons have the names of the record") {
  CHECK(to_string(IndexRebuild::absent) == "absent");
  CHECK(to_string(IndexRebuild::corrupt) == "corrupt");
  CHECK(to_string(IndexRebuild::version) == "version");
}
