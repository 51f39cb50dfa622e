#include "agent/cli/verify_local.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/cli/exit_code.h"
#include "base/clock.h"
#include "sealing/catalog_seal.h"
#include "sealing/tree_scan.h"
#include "sealing/verify.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

using Outcome = std::variant<FolderVerdict, NoSuchFolder>;

/// Nobody stops a verify but the end of the process.
FolderVerdict not_stopped(std::variant<FolderVerdict, Stopped> result) {
  return std::get<FolderVerdict>(std::move(result));
}

Outcome verify_catalog_file(std::string const& absolute, TaskPool& pool, HashProgress* progress) {
  DiskFileSystem const files;
  auto const place = find_catalog(files, absolute);
  if (!place) return NoSuchFolder{"the catalog seal file lies in no repository"};
  HashOptions options;
  options.progress = progress;
  return not_stopped(verify_catalog(*place->repository, place->seal_file, options, pool, {}));
}

Outcome verify_directory(Directory const& folder, std::string const& absolute, TaskPool& pool,
                         HashProgress* progress) {
  VerifyOptions options;
  options.folder_name = fs::path(absolute).filename().string();
  options.now_wall = SystemClock().now().wall;
  options.allow_outside = true;
  options.hash.progress = progress;
  return not_stopped(verify_folder(DiskFileSystem(), folder, options, pool, {}));
}

Outcome look(std::string const& path, TaskPool& pool, HashProgress* progress) {
  std::error_code error;
  auto const absolute = fs::canonical(path, error).string();
  if (error == std::errc::permission_denied) {
    return make_error_verdict(Error("open", path, error));
  }
  if (error) return NoSuchFolder{error.message()};
  auto opened = DiskFileSystem().open_directory(absolute);
  if (auto const* folder = std::get_if<std::unique_ptr<Directory>>(&opened)) {
    return verify_directory(**folder, absolute, pool, progress);
  }
  struct stat status {};
  bool const regular = ::stat(absolute.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  if (regular && is_catalog_seal_name(fs::path(absolute).filename().string())) {
    return verify_catalog_file(absolute, pool, progress);
  }
  return NoSuchFolder{"not a directory"};
}

CompatVerdict failed_compat(std::string message) {
  CompatVerdict compat;
  compat.reason.clear();
  compat.pass = false;
  compat.messages.push_back(std::move(message));
  return compat;
}

/// Violations that the bytes here show against the binding.
std::optional<std::string> violation_of(FolderVerdict const& verdict,
                                        VerdictHistory const& history) {
  if (!history.log_index || !verdict.verdict) return {};
  bool const other_root = history.bound_root
                              ? verdict.root != history.bound_root
                              : verdict.hashfile_sha256 != history.bound_hashfile_sha256;
  if (other_root) return "seal_rewritten";
  bool const other_hashfile =
      history.bound_hashfile_sha256 && verdict.hashfile_sha256 != history.bound_hashfile_sha256;
  if (other_hashfile || verdict.verdict == Verdict::invalid) return "sealed_write";
  return {};
}

}  // namespace

Outcome verify_local(std::string const& path, TaskPool& pool, HashProgress* progress) {
  try {
    return look(path, pool, progress);
  } catch (Error const& error) {
    return make_error_verdict(error);
  }
}

std::uint64_t folder_bytes(std::string const& path) {
  std::error_code error;
  auto const absolute = fs::canonical(path, error).string();
  std::uint64_t bytes = 0;
  try {
    auto opened = DiskFileSystem().open_directory(absolute);
    auto const* folder = std::get_if<std::unique_ptr<Directory>>(&opened);
    if (error || folder == nullptr) return 0;
    for (auto const& entry : scan_tree(**folder, {}, {}).entries) {
      if (entry.stat.kind == FileKind::regular) bytes += entry.stat.size;
    }
  } catch (Error const&) {
    return 0;
  }
  return bytes;
}

CompatVerdict compat_of(Outcome const& outcome, std::string const& path) {
  auto const* verdict = std::get_if<FolderVerdict>(&outcome);
  if (verdict == nullptr || verdict->style == SealStyle::catalog) {
    return compat_not_a_directory(path);
  }
  if (!verdict->verdict && !verdict->compat.pass) {
    return failed_compat("ERROR: " + verdict->error);
  }
  if (!verdict->compat.pass) {
    return failed_compat("ERROR: not computed: " + verdict->compat.reason);
  }
  return verdict->compat;
}

VerdictHistory compare_with_binding(FolderVerdict const& verdict, KnownBinding const& binding) {
  VerdictHistory history = binding.history;
  auto const seen = violation_of(verdict, history);
  auto& names = history.violations;
  if (seen && !binding.excused.contains(*seen) &&
      std::find(names.begin(), names.end(), *seen) == names.end()) {
    names.push_back(*seen);
    std::sort(names.begin(), names.end());
  }
  return history;
}

int exit_of_look(FolderVerdict const& verdict,
                 std::optional<VerdictHistory> const& history) noexcept {
  if (history && !history->violations.empty()) return kExitCritical;
  if (!verdict.verdict) return kExitUnavailable;
  if (verdict.verdict == Verdict::invalid) return kExitCritical;
  return verdict.verdict == Verdict::valid ? kExitClean : kExitFindings;
}

int worse_look(int left, int right) noexcept {
  static constexpr std::array kOrder = {kExitClean, kExitFindings, kExitNoInput, kExitUnavailable,
                                        kExitCritical};
  auto const rank = [](int code) { return std::find(kOrder.begin(), kOrder.end(), code); };
  return rank(right) > rank(left) ? right : left;
}

}  // namespace govseal
