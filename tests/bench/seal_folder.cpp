// usage: seal_folder [--no-probe] FOLDER
//
// The steps of a seal that are no agent's: look, probe for writers, hash, sync, look and probe
// again, publish both files, look once more. For compare.sh, which measures it as a whole program:
// beside the agent's figure it tells what noticing, the quiet period and the ledger take.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sealing/seal_prepare.h"
#include "sealing/seal_publish.h"
#include "watchers/writer_probe.h"

using namespace govseal;

namespace {

WriterAnswer ask_leases(Directory const& folder, std::vector<RelativePath> const& files) {
  FolderProbe const probed = probe_open_writers(LeaseProbe(), folder, files);
  bool const clear = probed.answer.probe == Probe::clear;
  return {.state = clear ? WriterAnswer::State::clear : WriterAnswer::State::unknown,
          .reason = clear ? "" : "unsound",
          .open_files = {}};
}

int seal(std::string const& path, bool probe) {
  DiskFileSystem const files;
  auto opened = files.open_directory(path);
  auto* const folder = std::get_if<std::unique_ptr<Directory>>(&opened);
  if (folder == nullptr) return 66;
  PrepareOptions options;
  options.folder_name = std::filesystem::path(path).filename().string();
  if (probe) options.ask_writers = ask_leases;
  ThreadPool pool(0);
  auto const prepared = prepare_seal(**folder, options, pool, {});
  auto const* const plan = std::get_if<SealPlan>(&prepared);
  if (plan == nullptr) return 1;
  auto const published = publish_seal(**folder, *plan, {}, &pool);
  if (!std::holds_alternative<Published>(published)) return 1;
  std::printf("%s\n", plan->bytes.root.hex().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  bool const probe = argc < 3 || std::string_view(argv[1]) != "--no-probe";
  if (argc != (probe ? 2 : 3)) return 64;
  std::signal(SIGIO, SIG_IGN);  // as WriterProbe asks for
  try {
    return seal(argv[argc - 1], probe);
  } catch (Error const& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 69;
  }
}
