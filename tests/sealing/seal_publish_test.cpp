#include "sealing/seal_publish.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include "tests/sealing/seal_support.h"

using namespace govseal;
using namespace govseal::testing;

namespace {

SealPlan plan_of(MemoryFileSystem& files) {
  return std::get<SealPlan>(prepare(files, prepare_options()));
}

/// Publishes; `change` happens after both files are there and before the last look.
PublishOutcome publish_with(MemoryFileSystem& files, std::function<void()> const& change) {
  SealPlan const plan = plan_of(files);
  return publish(files, plan, [&](SealStep step) {
    if (step == SealStep::s8_look_after) change();
  });
}

}  // namespace

TEST_CASE("a sealed folder has exactly two new files, read-only, and is valid") {
  MemoryFileSystem files;
  write_run(files);
  std::string const payload = payload_of(files);
  SealedRun const run = seal_run(files);
  CHECK(payload_of(files) == payload);
  CHECK(files.list(kRun).size() == 7);
  CHECK(files.read(kRun + "/manifest.json") == run.plan.bytes.manifest_json);
  CHECK(files.read(kRun + "/MANIFEST.sha256") == run.plan.bytes.hashfile);
  CHECK((files.stat(kRun + "/manifest.json")->mode & 07777U) == 0444);
  CHECK((files.stat(kRun + "/MANIFEST.sha256")->mode & 07777U) == 0444);
  FolderVerdict const verdict = verify(files);
  CHECK(verdict.verdict == Verdict::valid);
  CHECK(verdict.variant == LineOrder::a);
  CHECK(verdict.root == run.plan.bytes.root);
}

TEST_CASE("the stat table of a new seal lists the payload by path, then the two seal files") {
  MemoryFileSystem files;
  write_run(files);
  SealedRun const run = seal_run(files);
  FolderVerdict const verdict = verify(files);
  REQUIRE(run.published.files.size() == verdict.sealed_files.size());
  for (std::size_t i = 0; i < verdict.sealed_files.size(); ++i) {
    SealedFile const& file = verdict.sealed_files[i];
    CHECK(run.published.files.at(i) == make_stat_record(file.stat, file.sha256));
  }
}

TEST_CASE("after publishing a power cut takes nothing of the seal") {
  MemoryFileSystem files;
  files.make_directory(kRunRoot);
  write_run(files);
  files.sync_all();
  seal_run(files);
  std::string const sealed = files.dump();
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    MemoryFileSystem copy = files.clone();
    copy.crash(seed);
    CHECK(copy.dump() == sealed);
  }
}

TEST_CASE("a name that somebody else took makes the seal foreign, and everything stays") {
  MemoryFileSystem files;
  write_run(files);
  SealPlan const plan = plan_of(files);
  SUBCASE("manifest.json") {
    files.write(kRun + "/manifest.json", "[]");
    auto const outcome = publish(files, plan);
    REQUIRE(std::holds_alternative<ForeignSeal>(outcome));
    CHECK(std::get<ForeignSeal>(outcome).name == "manifest.json");
    CHECK(files.read(kRun + "/manifest.json") == "[]");
    CHECK_FALSE(files.exists(kRun + "/MANIFEST.sha256"));
  }
  SUBCASE("the same bytes are foreign, too") {
    files.write(kRun + "/manifest.json", plan.bytes.manifest_json);
    CHECK(std::holds_alternative<ForeignSeal>(publish(files, plan)));
    CHECK(files.exists(kRun + "/manifest.json"));
  }
  SUBCASE("MANIFEST.sha256 between the two files") {
    auto const outcome = publish(files, plan, [&files](SealStep step) {
      if (step == SealStep::s7_hashfile) files.write(kRun + "/MANIFEST.sha256", "theirs\n");
    });
    REQUIRE(std::holds_alternative<ForeignSeal>(outcome));
    CHECK(std::get<ForeignSeal>(outcome).name == "MANIFEST.sha256");
    CHECK(files.read(kRun + "/manifest.json") == plan.bytes.manifest_json);
    CHECK(files.read(kRun + "/MANIFEST.sha256") == "theirs\n");
  }
}

TEST_CASE("whatever changes between the last look before and the look after withdraws the seal") {
  MemoryFileSystem files;
  write_run(files);
  std::function<void()> change;
  std::string path;
  SUBCASE("an append") {
    path = "alpha.txt";
    change = [&] { files.append(kRun + "/alpha.txt", "x"); };
  }
  SUBCASE("a new file") {
    path = "new.txt";
    change = [&] { files.write(kRun + "/new.txt", "x"); };
  }
  SUBCASE("a removed file") {
    path = ".hidden";
    change = [&] { files.remove(kRun + "/.hidden"); };
  }
  SUBCASE("a mode") {
    path = "Zeta.json";
    change = [&] { files.set_mode(kRun + "/Zeta.json", 0600); };
  }
  SUBCASE("the same bytes written again") {
    path = "alpha.txt";
    change = [&] {
      files.advance_ns(5);
      files.write(kRun + "/alpha.txt", "alpha\n");
    };
  }
  SUBCASE("an empty directory") {
    path = "empty";
    change = [&] { files.make_directory(kRun + "/empty"); };
  }
  SUBCASE("a symbolic link") {
    path = "link";
    change = [&] { files.make_symlink(kRun + "/link", "run.json"); };
  }
  SUBCASE("a second name outside") {
    path = "run.json";
    change = [&] { files.make_hard_link(kRun + "/run.json", "/outside"); };
  }
  auto const outcome = publish_with(files, change);
  REQUIRE(std::holds_alternative<Withdrawn>(outcome));
  auto const& withdrawn = std::get<Withdrawn>(outcome);
  CHECK(std::count(withdrawn.paths.begin(), withdrawn.paths.end(), path) == 1);
  CHECK(withdrawn.left.empty());
  CHECK_FALSE(has_seal_file(files));
}

TEST_CASE("a withdrawal leaves a seal file that no longer has our bytes") {
  MemoryFileSystem files;
  write_run(files);
  auto const outcome = publish_with(files, [&] {
    files.write(kRun + "/manifest.json", "forged");
    files.append(kRun + "/alpha.txt", "x");
  });
  REQUIRE(std::holds_alternative<Withdrawn>(outcome));
  auto const& withdrawn = std::get<Withdrawn>(outcome);
  CHECK(withdrawn.left == std::vector<std::string>{"manifest.json"});
  CHECK(withdrawn.paths == std::vector<std::string>{"alpha.txt", "manifest.json"});
  CHECK(files.read(kRun + "/manifest.json") == "forged");
  CHECK_FALSE(files.exists(kRun + "/MANIFEST.sha256"));
}

TEST_CASE("every failing write and sync of publishing is withdrawn with its step and errno") {
  for (bool const unnamed_files : {true, false}) {
    for (auto const& make_fault : {Fault::fail, Fault::fail_partly, Fault::fail_done}) {
      bool failed = true;
      for (std::size_t n = 0; failed; ++n) {
        CAPTURE(unnamed_files);
        CAPTURE(n);
        MemoryFileSystem files;
        write_run(files);
        files.set_unnamed_files(unnamed_files);
        std::string const before = files.dump();
        SealPlan const plan = plan_of(files);
        std::size_t at = 0;
        failed = false;
        bool secret = false;  // a file was made although the call says that it was not
        files.set_fault_hook([&](FileOperation operation, std::string const&) {
          if (!is_writing(operation) || at++ != n) return Fault::pass();
          failed = true;
          Fault const fault = make_fault(EIO);
          secret =
              fault.kind == Fault::Kind::fail_done && operation == FileOperation::create_exclusive;
          return fault;
        });
        auto const outcome = publish(files, plan);
        files.set_fault_hook({});
        if (!failed) {
          CHECK(std::holds_alternative<Published>(outcome));
          continue;
        }
        REQUIRE(std::holds_alternative<Aborted>(outcome));
        auto const& aborted = std::get<Aborted>(outcome);
        CHECK(aborted.withdrawn == !secret);
        if (secret) continue;
        CHECK(aborted.failure.error_number == EIO);
        bool const step_fits = aborted.failure.step == SealStep::s6_manifest ||
                               aborted.failure.step == SealStep::s7_hashfile;
        CHECK(step_fits);
        CHECK(files.dump() == before);
      }
    }
  }
}

TEST_CASE("a full disk aborts and leaves nothing behind") {
  for (bool const unnamed_files : {true, false}) {
    MemoryFileSystem files;
    write_run(files);
    files.set_unnamed_files(unnamed_files);
    std::string const before = files.dump();
    SealPlan const plan = plan_of(files);
    files.set_free_bytes(plan.bytes.manifest_json.size() + 10);
    auto const outcome = publish(files, plan);
    REQUIRE(std::holds_alternative<Aborted>(outcome));
    CHECK(std::get<Aborted>(outcome).failure.step == SealStep::s7_hashfile);
    CHECK(std::get<Aborted>(outcome).failure.error_number == ENOSPC);
    CHECK(files.dump() == before);
  }
}

TEST_CASE("a clean-up that fails too is told apart, so that the intent stays open") {
  MemoryFileSystem files;
  write_run(files);
  SealPlan const plan = plan_of(files);
  bool broken = false;
  files.set_fault_hook([&](FileOperation operation, std::string const& path) {
    bool const hashfile = path.find("MANIFEST.sha256") != std::string::npos;
    broken = broken || (hashfile && operation == FileOperation::publish_link);
    return broken && is_writing(operation) ? Fault::fail(EIO) : Fault::pass();
  });
  auto const outcome = publish(files, plan);
  files.set_fault_hook({});
  REQUIRE(std::holds_alternative<Aborted>(outcome));
  CHECK_FALSE(std::get<Aborted>(outcome).withdrawn);
  CHECK(files.exists(kRun + "/manifest.json"));
  // What is left is settled by recovery, because the intent has no end in the ledger.
  auto const recovered = recover(files, intent_of(plan.bytes));
  REQUIRE(std::holds_alternative<ContinueSeal>(recovered));
  CHECK(std::holds_alternative<Published>(publish(files, std::get<ContinueSeal>(recovered).plan)));
  CHECK(verify(files).verdict == Verdict::valid);
}

TEST_CASE("a missing right to write is an aborted first step that names it") {
  MemoryFileSystem files;
  write_run(files);
  SealPlan const plan = plan_of(files);
  files.set_fault_hook([](FileOperation operation, std::string const&) {
    return is_writing(operation) ? Fault::fail(EACCES) : Fault::pass();
  });
  auto const outcome = publish(files, plan);
  REQUIRE(std::holds_alternative<Aborted>(outcome));
  CHECK(seal_step_name(std::get<Aborted>(outcome).failure.step) == "S6");
  CHECK(is_no_permission(std::get<Aborted>(outcome).failure.error_number));
}

TEST_CASE("step names are S1 to S10 and can be read back") {
  for (int i = 0; i < 10; ++i) {
    auto const step = static_cast<SealStep>(i);
    CHECK(seal_step_name(step) == "S" + std::to_string(i + 1));
    CHECK(parse_seal_step(seal_step_name(step)) == step);
  }
  CHECK_FALSE(parse_seal_step("S11"));
}
