#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "sealing/seal_prepare.h"
#include "sealing/seal_publish.h"
#include "sealing/seal_recover.h"
#include "sealing/verify.h"
#include "tests/support/inline_pool.h"
#include "tests/support/memory_file_system.h"

namespace govseal::testing {

inline constexpr char kRunRoot[] = "/repo/.codex/RUNS";
inline constexpr char kRunName[] = "2026-08-08__120000__demo";
inline std::string const kRun = std::string(kRunRoot) + "/" + kRunName;
inline constexpr nanoseconds kStart = std::chrono::seconds(1'767'225'600);

inline std::string envelope_text(std::string_view run_id) {
  return "{\"run_id\": \"" + std::string(run_id) +
         "\", \"created_utc\": \"2026-08-08T12:00:00Z\"}\n";
}

/// A finished run with a nested payload, one minute old.
inline void write_run(MemoryFileSystem& files) {
  files.write(kRun + "/run.json", envelope_text(kRunName));
  files.write(kRun + "/alpha.txt", "alpha\n");
  files.write(kRun + "/Zeta.json", "{\"k\": 1}\n");
  files.write(kRun + "/sub/deep/beta.csv", "a,b\n1,2\n");
  files.write(kRun + "/.hidden", "");
  files.advance_ns(60'000'000'000);
}

/// Everything but the seal files, with modes.
inline std::string payload_of(MemoryFileSystem const& files) {
  std::string out;
  std::string const dump = files.dump();
  for (std::size_t begin = 0; begin < dump.size();) {
    std::size_t const end = std::min(dump.find('\n', begin), dump.size());
    std::string_view const line = std::string_view(dump).substr(begin, end - begin);
    bool const seal = line.find("/manifest.json") != std::string_view::npos ||
                      line.find("/MANIFEST.sha256") != std::string_view::npos;
    if (!seal) (out += line) += '\n';
    begin = end + 1;
  }
  return out;
}

inline bool has_seal_file(MemoryFileSystem const& files) {
  return files.exists(kRun + "/manifest.json") || files.exists(kRun + "/MANIFEST.sha256");
}

inline AskWriters no_writers() {
  return [](Directory const&, std::vector<RelativePath> const&) {
    return WriterAnswer{.state = WriterAnswer::State::clear, .reason = {}, .open_files = {}};
  };
}

inline PrepareOptions prepare_options(std::string_view folder_name = kRunName) {
  PrepareOptions options;
  options.folder_name = folder_name;
  options.now_wall = kStart + std::chrono::seconds(60);
  options.ask_writers = no_writers();
  return options;
}

inline PrepareOutcome prepare(MemoryFileSystem& files, PrepareOptions const& options) {
  InlinePool pool;
  auto const folder = files.open(kRun);
  return prepare_seal(*folder, options, pool, {});
}

inline PublishOutcome publish(MemoryFileSystem& files, SealPlan const& plan,
                              SealStepHook const& hook = {}) {
  auto const folder = files.open(kRun);
  return publish_seal(*folder, plan, hook);
}

inline RecoverOutcome recover(MemoryFileSystem& files, SealIntent const& intent) {
  InlinePool pool;
  auto const folder = files.open(kRun);
  RecoverOptions const options{
      .folder_name = kRunName, .now_wall = kStart + std::chrono::seconds(120), .hash = {}};
  return recover_intent(*folder, intent, options, pool, {});
}

inline FolderVerdict verify(FileSystem const& files, Directory const& folder,
                            std::string_view name = kRunName) {
  InlinePool pool;
  VerifyOptions options;
  options.folder_name = name;
  options.now_wall = kStart + std::chrono::hours(1);
  options.compat = false;
  return std::get<FolderVerdict>(verify_folder(files, folder, options, pool, {}));
}

inline FolderVerdict verify(MemoryFileSystem const& files) {
  auto const folder = files.open(kRun);
  return verify(files, *folder);
}

/// A run that is sealed by the two jobs; returns what they made.
struct SealedRun {
  SealPlan plan;
  Published published;
};
inline SealedRun seal_run(MemoryFileSystem& files) {
  SealedRun run{std::get<SealPlan>(prepare(files, prepare_options())), {}};
  run.published = std::get<Published>(publish(files, run.plan));
  return run;
}

}  // namespace govseal::testing
