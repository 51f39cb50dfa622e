#include "sealing/bound_look.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/sealing/bound_support.h"

using namespace govseal;
using namespace govseal::testing;

namespace {

/// Counts what a look opens.
struct Opens {
  explicit Opens(MemoryFileSystem& observed) : files(observed) {
    files.set_fault_hook([this](FileOperation operation, std::string const& path) {
      if (operation == FileOperation::open_file) opened.insert(path.substr(kRun.size() + 1));
      return Fault::pass();
    });
  }
  ~Opens() { files.set_fault_hook({}); }
  MemoryFileSystem& files;
  std::set<std::string> opened;
};

}  // namespace

TEST_CASE_FIXTURE(BoundWorld, "an untouched folder is judged without opening a file") {
  Opens const opens(files);
  BoundLook const found = look();
  CHECK(opens.opened.empty());
  CHECK(found.row_action == BoundLook::RowAction::keep);
  CHECK(found.changes.empty());
  CHECK(found.files_hashed == 0);
  CHECK_FALSE(found.full_hash);
  CHECK(found.verdict.verdict == Verdict::valid);
  CHECK(found.verdict.root == binding.root);
  CHECK(found.hashfile == binding.hashfile);
  CHECK(found.verdict.files == 5);
  CHECK(text_of(judge(found)) == "");
  CHECK(judge(found).is_good);
}

TEST_CASE_FIXTURE(BoundWorld, "one changed file is the only payload that is read") {
  files.write(path("alpha.txt"), "alphb\n");
  Opens const opens(files);
  BoundLook const found = look();
  CHECK(opens.opened ==
        std::set<std::string>{"MANIFEST.sha256", "alpha.txt", "manifest.json", "run.json"});
  CHECK(found.verdict.codes == std::set<std::string>{"content.hash"});
  CHECK(found.files_hashed == 1);
  CHECK(found.bytes_hashed == 6);
}

TEST_CASE_FIXTURE(BoundWorld, "a flipped byte with restored times is found by its ctime") {
  std::int64_t const mtime = files.stat(path("alpha.txt"))->mtime_ns;
  files.write(path("alpha.txt"), "alphb\n");
  files.set_mtime_ns(path("alpha.txt"), mtime);
  BoundLook const found = look_and_store();
  CHECK(text_of(found.changes) == "write alpha.txt content\n");
  CHECK(found.changes[0].was == sha256("alpha\n"));
  CHECK(found.changes[0].now == sha256("alphb\n"));
  CHECK(text_of(judge(found)) == "sealed_write content");
  CHECK(severity_of(judge(found)) == "critical");
  CHECK(judge(found).found_root == binding.root);
  // It stays found, although the row now knows the new bytes and nothing has to be read.
  hour_later();
  (void)look_and_store();
  hour_later();
  Opens const opens(files);
  BoundLook const again = look();
  CHECK(opens.opened == std::set<std::string>{"manifest.json"});
  CHECK(again.changes.empty());
  CHECK(again.verdict.codes == std::set<std::string>{"content.hash"});
  CHECK(text_of(judge(again)) == "sealed_write content");
}

TEST_CASE_FIXTURE(BoundWorld, "restored bytes recover the folder and are not held against it") {
  files.write(path("alpha.txt"), "alphb\n");
  look_and_store();
  hour_later();
  files.write(path("alpha.txt"), "alpha\n");
  BoundLook const found = look_and_store();
  BoundJudgement const judgement = judge(found);
  CHECK(text_of(judgement) == "");
  CHECK(judgement.recovered);
  CHECK(judgement.is_good);
  hour_later();
  CHECK_FALSE(judge(look()).recovered);
}

TEST_CASE_FIXTURE(BoundWorld, "what leaves the bytes alone has a lesser effect") {
  std::string changes;
  std::string judged;
  std::string severity;
  SUBCASE("a mode") {
    files.set_mode(path("alpha.txt"), 0600);
    changes = "attribute alpha.txt metadata\n";
    judged = "sealed_write metadata";
    severity = "low";
  }
  SUBCASE("an owner") {
    files.set_owner(path("run.json"), 1000, 1000);
    changes = "attribute run.json metadata\n";
    judged = "sealed_write metadata";
    severity = "low";
  }
  SUBCASE("the mode of a seal file") {
    files.set_mode(path("MANIFEST.sha256"), 0644);
    changes = "attribute MANIFEST.sha256 metadata\n";
    judged = "sealed_write metadata";
    severity = "low";
  }
  SUBCASE("touch") {
    files.set_mtime_ns(path("alpha.txt"), 7);
    changes = "write alpha.txt same_bytes\n";
    judged = "sealed_write same_bytes";
    severity = "medium";
  }
  SUBCASE("the same bytes written again") {
    files.write(path("alpha.txt"), "alpha\n");
    changes = "write alpha.txt same_bytes\n";
    judged = "sealed_write same_bytes";
    severity = "medium";
  }
  SUBCASE("another file with the same bytes renamed over it") {
    files.write("/copy", "alpha\n");
    files.rename("/copy", path("alpha.txt"));
    changes = "write alpha.txt same_bytes\n";
    judged = "sealed_write same_bytes";
    severity = "medium";
  }
  BoundLook const found = look_and_store();
  CHECK(text_of(found.changes) == changes);
  CHECK(found.verdict.verdict == Verdict::valid);
  CHECK(text_of(judge(found)) == judged);
  CHECK(severity_of(judge(found)) == severity);
  // Found once: the row has the new state.
  hour_later();
  CHECK(text_of(judge(look())) == "");
}

TEST_CASE_FIXTURE(BoundWorld, "a new link or a set-id bit alone is metadata with its code") {
  std::string code;
  SUBCASE("a hard link outside") {
    files.make_hard_link(path("alpha.txt"), "/outside");
    code = "tree.hardlink";
  }
  SUBCASE("a set-user-id bit") {
    files.set_mode(path("alpha.txt"), 04644);
    code = "tree.setid";
  }
  BoundLook const found = look_and_store();
  CHECK(found.verdict.verdict == Verdict::invalid);
  CHECK(found.verdict.codes == std::set<std::string>{code});
  CHECK(text_of(found.changes) == "attribute alpha.txt metadata\n");
  CHECK(text_of(judge(found)) == "sealed_write metadata");
  CHECK_FALSE(judge(found).is_good);
  hour_later();
  CHECK(text_of(judge(look())) == "sealed_write metadata");
}

TEST_CASE_FIXTURE(BoundWorld, "added, removed and renamed objects are named with their kind") {
  std::string changes;
  std::set<std::string> codes;
  SUBCASE("a file added") {
    files.write(path("sub/report.html"), "x");
    changes = "create sub/report.html content\n";
    codes = {"tree.unlisted"};
  }
  SUBCASE("a file removed") {
    files.remove(path(".hidden"));
    changes = "delete .hidden content\n";
    codes = {"tree.missing"};
  }
  SUBCASE("an empty directory added") {
    files.make_directory(path("new"));
    changes = "create new content\n";
    codes = {"tree.empty_dir"};
  }
  SUBCASE("a symbolic link added") {
    files.make_symlink(path("new"), "alpha.txt");
    changes = "create new content\n";
    codes = {"tree.symlink"};
  }
  SUBCASE("a name that nobody may seal") {
    files.write(path("a\nb"), "x");
    changes = "create a\nb content\n";
    codes = {"tree.bad_name"};
  }
  SUBCASE("a file renamed") {
    files.rename(path("alpha.txt"), path("omega.txt"));
    changes = "rename alpha.txt -> omega.txt content\n";
    codes = {"tree.missing", "tree.unlisted"};
  }
  SUBCASE("a directory renamed: its file keeps all its times, and so does the order") {
    files.rename(path("sub"), path("suc"));
    changes = "rename sub/deep/beta.csv -> suc/deep/beta.csv content\n";
    codes = {"tree.missing", "tree.unlisted"};
  }
  SUBCASE("two files exchanged") {
    files.rename(path("alpha.txt"), path("third"));
    files.rename(path("Zeta.json"), path("alpha.txt"));
    files.rename(path("third"), path("Zeta.json"));
    changes = "write Zeta.json content\nwrite alpha.txt content\n";
    codes = {"content.size"};
  }
  SUBCASE("a file became a directory") {
    files.remove(path("alpha.txt"));
    files.write(path("alpha.txt/inside"), "x");
    changes = "write alpha.txt content\ncreate alpha.txt/inside content\n";
    codes = {"tree.listed_dir", "tree.unlisted"};
  }
  BoundLook const found = look_and_store();
  CHECK(text_of(found.changes) == changes);
  CHECK(found.verdict.codes == codes);
  CHECK(text_of(judge(found)) == "sealed_write content");
  // The state stays, and so does the finding.
  hour_later();
  CHECK(text_of(judge(look_and_store())) == "sealed_write content");
}

TEST_CASE_FIXTURE(BoundWorld, "a stray file that was removed again leaves the folder good") {
  files.write(path("stray"), "x");
  CHECK(text_of(judge(look_and_store())) == "sealed_write content");
  hour_later();
  files.remove(path("stray"));
  BoundLook const found = look_and_store();
  CHECK(judge(found).recovered);
  CHECK(text_of(judge(found)) == "");
}

TEST_CASE_FIXTURE(BoundWorld, "a hash file in another line order has the effect hashfile") {
  FolderVerdict const before = verify(files);
  std::string const hashfile = *files.read(path("MANIFEST.sha256"));
  std::vector<std::string> lines;
  std::string root;
  for (std::size_t begin = 0; begin < hashfile.size();) {
    std::size_t const end = hashfile.find('\n', begin);
    std::string const line = hashfile.substr(begin, end - begin);
    line.starts_with("ROOT") ? root = line : lines.emplace_back(line);
    begin = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  std::string variant_b;
  for (std::string const& line : lines) variant_b += line + "\n";
  files.write(path("MANIFEST.sha256"), variant_b + root + "\n");
  BoundLook const found = look_and_store();
  CHECK(found.verdict.verdict == Verdict::valid);
  CHECK(found.verdict.variant == LineOrder::b);
  CHECK(found.verdict.root == before.root);
  CHECK(text_of(found.changes) == "write MANIFEST.sha256 hashfile\n");
  CHECK(text_of(judge(found)) == "sealed_write hashfile");
  hour_later();
  look_and_store();
  hour_later();
  BoundLook const again = look_and_store();
  CHECK(again.files_hashed == 0);
  CHECK(text_of(judge(again)) == "sealed_write hashfile");
  files.write(path("MANIFEST.sha256"), hashfile);
  CHECK(judge(look()).recovered);
}

TEST_CASE_FIXTURE(BoundWorld, "another root, no root or no seal is a rewritten seal") {
  std::optional<Digest> found_root;
  SUBCASE("payload and seal rewritten together: valid by itself") {
    files.write(path("alpha.txt"), "forged\n");
    files.remove(path("manifest.json"));
    files.remove(path("MANIFEST.sha256"));
    found_root = seal_run(files).plan.bytes.root;
    CHECK(verify(files).verdict == Verdict::valid);
  }
  SUBCASE("both seal files removed") {
    files.remove(path("manifest.json"));
    files.remove(path("MANIFEST.sha256"));
  }
  SUBCASE("MANIFEST.sha256 removed") {
    files.remove(path("MANIFEST.sha256"));
  }
  SUBCASE("no readable root") {
    files.write(path("MANIFEST.sha256"), "\xFF\xFE");
  }
  SUBCASE("the ROOT line removed") {
    std::string text = *files.read(path("MANIFEST.sha256"));
    files.write(path("MANIFEST.sha256"), text.substr(0, text.find("ROOT")));
  }
  for (int i = 0; i < 3; ++i) {  // found again at every look, whatever the row has become
    BoundLook const found = look_and_store();
    CHECK(text_of(judge(found)) == "seal_rewritten");
    CHECK(judge(found).found_root == found_root);
    CHECK(severity_of(judge(found)) == "critical");
    hour_later();
  }
}

TEST_CASE_FIXTURE(BoundWorld, "a removed seal that came back recovers the folder") {
  std::string const manifest = *files.read(path("manifest.json"));
  std::string const hashfile = *files.read(path("MANIFEST.sha256"));
  files.remove(path("manifest.json"));
  files.remove(path("MANIFEST.sha256"));
  CHECK(look_and_store().row_action == BoundLook::RowAction::remove);
  files.write(path("manifest.json"), manifest);
  files.write(path("MANIFEST.sha256"), hashfile);
  BoundLook const found = look_and_store();
  CHECK(judge(found).is_good);
  CHECK(text_of(judge(found)) == "");
  CHECK(found.full_hash);  // without a row nothing is taken from memory
  CHECK(row);
}

TEST_CASE_FIXTURE(BoundWorld, "a folder that is gone is missing, and back it is good") {
  files.rename(kRun, "/moved");
  BoundLook const gone = look();
  CHECK(gone.missing);
  CHECK(gone.row_action == BoundLook::RowAction::keep);
  CHECK(text_of(judge(gone)) == "run_missing");
  SUBCASE("a file or a link in its place is no run folder") {
    files.make_symlink(kRun, "/moved");
    CHECK(look().missing);
  }
  SUBCASE("moved back") {
    files.rename("/moved", kRun);
    CHECK(text_of(judge(look())) == "");
  }
  SUBCASE("copied back: other files with the sealed bytes") {
    for (char const* name : {"run.json", "alpha.txt", "Zeta.json", "sub/deep/beta.csv", ".hidden",
                             "manifest.json", "MANIFEST.sha256"}) {
      files.write(path(name), *files.read("/moved/" + std::string(name)));
    }
    BoundLook const found = look();
    CHECK(text_of(judge(found)) == "sealed_write same_bytes");
    CHECK(text_of(judge(found, {.written = true, .was_missing = true})) == "");
  }
}

TEST_CASE_FIXTURE(BoundWorld, "racy timestamps are not believed") {
  // A write in the same tick as the hash: same size, same times.
  FileStat const stat = *files.stat(path("alpha.txt"));
  files.set_time_ns(stat.ctime_ns);
  files.write(path("alpha.txt"), "ALPHA\n");
  files.set_mtime_ns(path("alpha.txt"), stat.mtime_ns);
  CHECK(*files.stat(path("alpha.txt")) == stat);
  files.set_time_ns(stat.ctime_ns + 7200 * kSecondNs);
  SUBCASE("the hash began within two seconds of the ctime") {
    row->hashed = nanoseconds(stat.ctime_ns) + std::chrono::seconds(2);
    BoundLook const found = look();
    CHECK(text_of(found.changes) == "write alpha.txt content\n");
    CHECK(text_of(judge(found)) == "sealed_write content");
  }
  SUBCASE("the ctime lies ahead of the clock") {
    BoundLookRequest wanted = request();
    wanted.now_wall = nanoseconds(stat.ctime_ns - 1);
    CHECK(text_of(look(wanted).changes) == "write alpha.txt content\n");
  }
  SUBCASE("otherwise only a look that ignores the index finds it: the scrub") {
    CHECK(look().changes.empty());
    BoundLookRequest wanted = request();
    wanted.full_hash = true;
    BoundLook const found = look(wanted);
    CHECK(found.full_hash);
    CHECK(text_of(found.changes) == "write alpha.txt content\n");
    CHECK(text_of(judge(found)) == "sealed_write content");
  }
  SUBCASE("or the random re-hash, when it draws the file") {
    BoundLookRequest wanted = request();
    wanted.rehash = {0, 1};  // .hidden, Zeta.json
    CHECK(look(wanted).changes.empty());
    wanted.rehash = {2};  // alpha.txt
    BoundLook const found = look(wanted);
    CHECK(text_of(found.changes) == "write alpha.txt content\n");
    CHECK_FALSE(found.full_hash);
  }
}

TEST_CASE_FIXTURE(BoundWorld, "a full hash of a good folder reads everything and finds nothing") {
  BoundLookRequest wanted = request();
  wanted.full_hash = true;
  BoundLook const found = look(wanted);
  CHECK(found.files_hashed == 7);
  CHECK(found.changes.empty());
  CHECK(found.row_action == BoundLook::RowAction::store);
  CHECK(found.row.hashed == wanted.now_wall);
  CHECK(found.row.files == row->files);
  CHECK(text_of(judge(found)) == "");
}

TEST_CASE_FIXTURE(BoundWorld, "without a row everything is read and what is wrong is named") {
  row.reset();
  CHECK(text_of(judge(look())) == "");
  files.write(path("alpha.txt"), "alphb\n");
  files.write(path("stray"), "x");
  files.remove(path(".hidden"));
  BoundLook const found = look_and_store();
  CHECK(text_of(found.changes) ==
        "delete .hidden content\nwrite alpha.txt content\ncreate stray content\n");
  CHECK(text_of(judge(found)) == "sealed_write content");
  REQUIRE(row);
  CHECK(row->state == "INVALID");
}

TEST_CASE_FIXTURE(BoundWorld, "a changed device number alone is no change") {
  StatTable moved;
  for (std::size_t i = 0; i < row->files.size(); ++i) {
    StatRecord record = row->files.at(i);
    record.dev += 100;
    moved.append(record);
  }
  row->files = moved;
  BoundLook const found = look_and_store();
  CHECK(found.files_hashed > 0);
  for (BoundChange const& change : found.changes) CHECK(change.effect == BoundEffect::none);
  CHECK(text_of(judge(found)) == "");
  hour_later();
  CHECK(look().files_hashed == 0);
}

TEST_CASE_FIXTURE(BoundWorld, "under an enforcement the table keeps the modes from before it") {
  row->enforce = "readonly";
  for (char const* name : {"run.json", "alpha.txt", "Zeta.json", "sub/deep/beta.csv", ".hidden"}) {
    files.set_mode(path(name), 0444);
  }
  BoundLook const found = look();
  CHECK(found.row.enforce == "readonly");
  CHECK((found.row.files.at(0).mode & 07777U) == 0644);
  CHECK(found.row.files.at(0).ctime_ns != row->files.at(0).ctime_ns);
}

TEST_CASE_FIXTURE(BoundWorld,
                  "a manifest that was rewritten with the rest still names what it can") {
  files.write(path("manifest.json"), "[]\n");
  files.write(path("alpha.txt"), "alphb\n");
  BoundLook const found = look();
  CHECK(text_of(judge(found)) == "sealed_write content");
  std::string const changes = text_of(found.changes);
  CHECK(changes.find("write alpha.txt content\n") != std::string::npos);
  CHECK(changes.find("write manifest.json content\n") != std::string::npos);
}

TEST_CASE_FIXTURE(BoundWorld, "a folder that cannot be read has no look") {
  files.set_fault_hook([](FileOperation operation, std::string const&) {
    return operation == FileOperation::list ? Fault::fail(EACCES) : Fault::pass();
  });
  CHECK_THROWS_AS(look(), Error);
  files.set_fault_hook({});
}

TEST_CASE_FIXTURE(BoundWorld, "a mount point in the place of the folder is no missing run") {
  files.make_mount_point(kRun);
  CHECK_THROWS_AS(look(), Error);
}

TEST_CASE_FIXTURE(BoundWorld, "a stop request ends the look") {
  InlinePool pool;
  std::stop_source stop;
  stop.request_stop();
  auto const run_root = files.open(kRunRoot);
  auto const wanted = request();
  CHECK(std::holds_alternative<Stopped>(
      look_at_bound(files, *run_root, wanted, pool, stop.get_token())));
}
