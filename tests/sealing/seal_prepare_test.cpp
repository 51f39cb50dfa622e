#include "sealing/seal_prepare.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "tests/sealing/seal_support.h"

using namespace govseal;
using namespace govseal::testing;

namespace {

std::set<std::string> refused(MemoryFileSystem& files, PrepareOptions const& options) {
  auto const outcome = prepare(files, options);
  REQUIRE(std::holds_alternative<SealRefused>(outcome));
  return std::get<SealRefused>(outcome).codes;
}

std::set<std::string> refused(MemoryFileSystem& files) {
  return refused(files, prepare_options());
}

/// Runs `change` just before `step`.
PrepareOptions with_change(SealStep step, std::function<void()> change) {
  PrepareOptions options = prepare_options();
  options.before_step = [step, change = std::move(change)](SealStep now) {
    if (now == step) change();
  };
  return options;
}

EnvelopeFacts envelope_facts() {
  return {.now_wall = kStart, .git_commit = std::string(40, 'a'), .dirty = false};
}

}  // namespace

TEST_CASE("a finished and quiet folder gives a plan with every file, and nothing is written") {
  MemoryFileSystem files;
  write_run(files);
  std::string const before = files.dump();
  auto const outcome = prepare(files, prepare_options());
  REQUIRE(std::holds_alternative<SealPlan>(outcome));
  SealPlan const& plan = std::get<SealPlan>(outcome);
  CHECK(files.dump() == before);
  CHECK(plan.dialect == Dialect::envelope);
  CHECK(plan.bytes.files == 5);
  CHECK(plan.bytes.bytes == 6 + 9 + 8 + envelope_text(kRunName).size());
  CHECK(plan.digests.size() == 5);
  CHECK(plan.writers.state == WriterAnswer::State::clear);
  CHECK(plan.warnings.empty());
}

TEST_CASE("a runwriter folder is complete only with checks.json") {
  MemoryFileSystem files;
  files.write(kRun + "/run.json", "{\"run_id\": \"" + std::string(kRunName) +
                                      "\", \"finished_utc\": \"2026-08-08T13:00:00Z\"}");
  CHECK(refused(files).count("seal.no_envelope") == 1);
  files.write(kRun + "/checks.json", "{}");
  auto const outcome = prepare(files, prepare_options());
  REQUIRE(std::holds_alternative<SealPlan>(outcome));
  CHECK(std::get<SealPlan>(outcome).dialect == Dialect::runwriter);
}

TEST_CASE("a folder without an envelope, with a seal file or with a code is refused untouched") {
  MemoryFileSystem files;
  write_run(files);
  std::set<std::string> expected;
  SUBCASE("no run.json") {
    files.remove(kRun + "/run.json");
    expected = {"seal.no_envelope"};
  }
  SUBCASE("a foreign manifest.json, even a directory") {
    files.make_directory(kRun + "/manifest.json");
    expected = {"seal.exists"};
  }
  SUBCASE("a foreign MANIFEST.sha256") {
    files.write(kRun + "/MANIFEST.sha256", "x\n");
    expected = {"seal.exists"};
  }
  SUBCASE("a symbolic link and a FIFO") {
    files.make_symlink(kRun + "/link", "alpha.txt");
    files.make_fifo(kRun + "/sub/fifo");
    expected = {"tree.special", "tree.symlink"};
  }
  SUBCASE("a hard link") {
    files.make_hard_link(kRun + "/alpha.txt", "/elsewhere");
    expected = {"tree.hardlink"};
  }
  SUBCASE("an empty directory") {
    files.make_directory(kRun + "/empty");
    expected = {"tree.empty_dir"};
  }
  SUBCASE("a name with a newline") {
    files.write(kRun + "/a\nb", "x");
    expected = {"tree.bad_name"};
  }
  SUBCASE("a foreign run id") {
    files.write(kRun + "/run.json", envelope_text("other"));
    expected = {"run_json.id_mismatch"};
  }
  std::string const before = files.dump();
  CHECK(refused(files) == expected);
  CHECK(files.dump() == before);
}

TEST_CASE("a folder that is not the one that was quiet is not settled") {
  MemoryFileSystem files;
  write_run(files);
  PrepareOptions options = prepare_options();
  auto const folder = files.open(kRun);
  options.quiet_fingerprint = tree_fingerprint(scan_tree(*folder, {}, {}));
  CHECK(std::holds_alternative<SealPlan>(prepare(files, options)));
  files.write(kRun + "/late.txt", "late");
  CHECK(std::holds_alternative<NotSettled>(prepare(files, options)));
}

TEST_CASE("a change at any moment before the last look is noticed and named") {
  MemoryFileSystem files;
  write_run(files);
  auto const append = [&files] {
    files.advance_ns(1'000'000);
    files.append(kRun + "/alpha.txt", "more");
  };
  std::vector<SealStep> const steps = {SealStep::s2_hash, SealStep::s3_sync,
                                       SealStep::s4_look_again};
  for (SealStep const step : steps) {
    CAPTURE(seal_step_name(step));
    auto const outcome = prepare(files, with_change(step, append));
    REQUIRE(std::holds_alternative<NotSettled>(outcome));
    CHECK(std::get<NotSettled>(outcome).paths == std::vector<std::string>{"alpha.txt"});
    CHECK_FALSE(has_seal_file(files));
  }
}

TEST_CASE("a file that comes and one that goes before the last look are both named") {
  MemoryFileSystem files;
  write_run(files);
  auto const outcome = prepare(files, with_change(SealStep::s4_look_again, [&files] {
                                 files.remove(kRun + "/.hidden");
                                 files.write(kRun + "/sub/new", "x");
                               }));
  REQUIRE(std::holds_alternative<NotSettled>(outcome));
  auto const& paths = std::get<NotSettled>(outcome).paths;
  CHECK(std::count(paths.begin(), paths.end(), ".hidden") == 1);
  CHECK(std::count(paths.begin(), paths.end(), "sub/new") == 1);
}

TEST_CASE("an open writer at the first or at the second probe keeps the folder open") {
  MemoryFileSystem files;
  write_run(files);
  for (int const open_at : {1, 2}) {
    int asked = 0;
    PrepareOptions options = prepare_options();
    options.ask_writers = [&](Directory const&, std::vector<RelativePath> const& paths) {
      CHECK(paths.size() == 5);
      WriterAnswer answer{.state = WriterAnswer::State::clear, .reason = {}, .open_files = {}};
      if (++asked != open_at) return answer;
      answer.state = WriterAnswer::State::open;
      answer.open_files = {RelativePath::of("alpha.txt")};
      return answer;
    };
    auto const outcome = prepare(files, options);
    REQUIRE(std::holds_alternative<WriterOpen>(outcome));
    CHECK(std::get<WriterOpen>(outcome).files.size() == 1);
    CHECK(asked == open_at);
  }
}

TEST_CASE("a probe that cannot tell ends the preparation unless the longer quiet period was kept") {
  MemoryFileSystem files;
  write_run(files);
  PrepareOptions options = prepare_options();
  options.ask_writers = {};
  options.accept_unknown_writers = false;
  auto const outcome = prepare(files, options);
  REQUIRE(std::holds_alternative<WriterUnknown>(outcome));
  CHECK(std::get<WriterUnknown>(outcome).reason == "off");
  options.accept_unknown_writers = true;
  auto const accepted = prepare(files, options);
  REQUIRE(std::holds_alternative<SealPlan>(accepted));
  CHECK(std::get<SealPlan>(accepted).writers.state == WriterAnswer::State::unknown);
}

TEST_CASE("after the preparation a power cut takes nothing of the payload") {
  MemoryFileSystem files;
  files.make_directory(kRunRoot);
  files.sync_all();
  write_run(files);  // nothing of it is on the disk yet
  std::string const before = files.dump();
  PrepareOptions options = prepare_options();
  auto const run_root = files.open(kRunRoot);
  options.run_root = run_root.get();
  REQUIRE(std::holds_alternative<SealPlan>(prepare(files, options)));
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    MemoryFileSystem copy = files.clone();
    copy.crash(seed);
    CHECK(copy.dump() == before);
  }
}

TEST_CASE("a failing sync ends the preparation with its step and errno") {
  MemoryFileSystem files;
  write_run(files);
  std::string const before = files.dump();
  std::vector<FileOperation> const operations = {FileOperation::sync_file,
                                                 FileOperation::sync_directory};
  for (FileOperation const operation : operations) {
    files.set_fault_hook([operation](FileOperation now, std::string const&) {
      return now == operation ? Fault::fail(EIO) : Fault::pass();
    });
    auto const outcome = prepare(files, prepare_options());
    files.set_fault_hook({});
    REQUIRE(std::holds_alternative<PrepareFailed>(outcome));
    CHECK(std::get<PrepareFailed>(outcome).failure.step == SealStep::s3_sync);
    CHECK(std::get<PrepareFailed>(outcome).failure.error_number == EIO);
    CHECK(files.dump() == before);
  }
}

TEST_CASE("every failing call of the preparation leaves the folder as it was") {
  MemoryFileSystem files;
  write_run(files);
  std::string const before = files.dump();
  InlinePool pool;
  auto const folder = files.open(kRun);
  bool failed = true;
  for (std::size_t n = 0; failed; ++n) {
    std::size_t at = 0;
    failed = false;
    files.set_fault_hook([&](FileOperation, std::string const&) {
      if (at++ != n) return Fault::pass();
      failed = true;
      return Fault::fail(EIO);
    });
    auto const outcome = prepare_seal(*folder, prepare_options(), pool, {});
    files.set_fault_hook({});
    CHECK(std::holds_alternative<PrepareFailed>(outcome) == failed);
    CHECK(files.dump() == before);
  }
}

TEST_CASE("a stop request ends the preparation") {
  MemoryFileSystem files;
  write_run(files);
  InlinePool pool;
  std::stop_source stop;
  stop.request_stop();
  auto const folder = files.open(kRun);
  CHECK(std::holds_alternative<Stopped>(
      prepare_seal(*folder, prepare_options(), pool, stop.get_token())));
}

TEST_CASE("an operator's envelope has the written form and makes the folder complete") {
  MemoryFileSystem files;
  files.write(kRun + "/data.csv", "1\n");
  files.write(kRun + "/a/b \xC3\xA9.txt", "2\n");
  files.advance_ns(60'000'000'000);
  PrepareOptions options = prepare_options();
  options.write_envelope = envelope_facts();
  auto const outcome = prepare(files, options);
  REQUIRE(std::holds_alternative<SealPlan>(outcome));
  CHECK(std::get<SealPlan>(outcome).bytes.files == 3);
  CHECK(files.read(kRun + "/run.json") == std::string("{\n  \"run_id\": \"") + kRunName +
                                              "\",\n"
                                              "  \"created_utc\": \"2026-01-01T00:00:00Z\",\n"
                                              "  \"run_type\": \"operator_seal\",\n"
                                              "  \"option\": null,\n"
                                              "  \"operation_id\": null,\n"
                                              "  \"git_commit\": \"" +
                                              std::string(40, 'a') +
                                              "\",\n"
                                              "  \"working_tree_state\": \"clean\",\n"
                                              "  \"outputs\": [\n"
                                              "    \"a/b \\u00e9.txt\",\n"
                                              "    \"data.csv\",\n"
                                              "    \"run.json\",\n"
                                              "    \"manifest.json\",\n"
                                              "    \"MANIFEST.sha256\"\n"
                                              "  ]\n"
                                              "}\n");
}

TEST_CASE("what git cannot answer is null in an operator's envelope") {
  std::string const text = make_envelope_bytes("r", {kStart, std::nullopt, std::nullopt}, {});
  CHECK(text.find("\"git_commit\": null,\n  \"working_tree_state\": null,") != std::string::npos);
}

TEST_CASE("no envelope is written where the seal would be refused") {
  MemoryFileSystem files;
  PrepareOptions options = prepare_options();
  options.write_envelope = envelope_facts();
  std::set<std::string> expected;
  files.write(kRun + "/data.csv", "1\n");
  SUBCASE("run.json exists") {
    files.write(kRun + "/run.json", "{}");
    expected = {"seal.envelope_exists"};
  }
  SUBCASE("a seal file exists") {
    files.write(kRun + "/manifest.json", "[]");
    expected = {"seal.exists"};
  }
  SUBCASE("a symbolic link") {
    files.make_symlink(kRun + "/l", "data.csv");
    expected = {"tree.symlink"};
  }
  std::string const before = files.dump();
  CHECK(refused(files, options) == expected);
  CHECK(files.dump() == before);
}

TEST_CASE("no envelope is written while somebody has a file open") {
  MemoryFileSystem files;
  files.write(kRun + "/data.csv", "1\n");
  PrepareOptions options = prepare_options();
  options.write_envelope = envelope_facts();
  options.ask_writers = [](Directory const&, std::vector<RelativePath> const& paths) {
    return WriterAnswer{.state = WriterAnswer::State::open, .reason = {}, .open_files = paths};
  };
  CHECK(std::holds_alternative<WriterOpen>(prepare(files, options)));
  CHECK_FALSE(files.exists(kRun + "/run.json"));
}
