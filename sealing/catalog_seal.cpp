#include "sealing/catalog_seal.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sealing/folder_reader.h"
#include "sealing/legacy_document.h"
#include "sealing/legacy_verdict.h"
#include "sealing/path_rules.h"

namespace govseal {
namespace {

constexpr std::string_view kSuffix = ".seal.json";

/// The objects at these paths of the repository, as if it had been scanned. A repository may have
/// any number of other files; none of them is looked at.
TreeScan scan_paths(Directory const& repository, std::set<std::string> const& paths) {
  TreeScan scan;
  scan.folder = repository.status();
  std::string parent;
  std::unique_ptr<Directory> held;
  for (std::string const& text : paths) {
    RelativePath const path = RelativePath::of(text);
    if (!held || path.parent().str() != parent) {
      parent = path.parent().str();
      auto opened = repository.open_directory(path.parent());
      if (!std::holds_alternative<std::unique_ptr<Directory>>(opened)) {
        held = nullptr;
        continue;
      }
      held = std::get<std::unique_ptr<Directory>>(std::move(opened));
    }
    auto const stat = held->find(path.name());
    if (stat) scan.entries.push_back({path, *stat, false});
  }
  return scan;
}

void add_listed(std::set<std::string>& paths, std::vector<ListedFile> const& files) {
  for (ListedFile const& file : files) {
    if (is_sealable_path(file.path)) paths.insert(file.path);
  }
}

/// The seal file, the one beside it, and everything it lists.
std::set<std::string> paths_of(FolderReader& reader, RelativePath const& seal_file) {
  std::set<std::string> paths{seal_file.str(), catalog_hash_file_of(seal_file.str())};
  std::string const* const bytes = reader.content(seal_file.str(), kSealFileBytesMax);
  if (bytes == nullptr) return paths;
  LegacyDocument const document = read_legacy_document(*bytes);
  if (document.artifacts) add_listed(paths, *document.artifacts);
  if (document.target) add_listed(paths, {*document.target});
  return paths;
}

}  // namespace

bool is_catalog_seal_name(std::string_view name) noexcept {
  return name.size() > kSuffix.size() && name.ends_with(kSuffix);
}

std::optional<CatalogPlace> find_catalog(FileSystem const& files,
                                         std::string const& absolute_path) {
  std::string below;
  std::string above = absolute_path;
  while (true) {
    auto const slash = above.rfind('/');
    if (slash == std::string::npos) return std::nullopt;
    std::string const name = above.substr(slash + 1);
    if (!below.empty() && !name.empty()) below = name + "/" + below;
    if (below.empty()) below = name;
    above.resize(slash);
    auto opened = files.open_directory(above.empty() ? "/" : above);
    auto* const directory = std::get_if<std::unique_ptr<Directory>>(&opened);
    if (directory != nullptr && (*directory)->find(".git")) {
      auto path = RelativePath::parse(below);
      if (!path || path->is_root()) return std::nullopt;
      return CatalogPlace{std::move(*directory), *std::move(path)};
    }
    if (above.empty()) return std::nullopt;
  }
}

std::variant<FolderVerdict, Stopped> verify_catalog(Directory const& repository,
                                                    RelativePath const& seal_file,
                                                    HashOptions const& hash, TaskPool& pool,
                                                    std::stop_token const& stop) {
  constexpr unsigned kAttemptsMax = 3;
  KnownDigest const nothing_known;
  for (unsigned attempt = 1;; ++attempt) {
    TreeScan const first = scan_paths(repository, {seal_file.str()});
    FolderReader lister(repository, first, hash, nothing_known, nullptr, stop);
    TreeScan const scan = scan_paths(repository, paths_of(lister, seal_file));
    FolderReader reader(repository, scan, hash, nothing_known, &pool, stop);
    FolderVerdict verdict = judge_catalog(reader, seal_file);
    if (lister.stopped() || reader.stopped() || stop.stop_requested()) return Stopped{};
    verdict.compat.reason = "no_folder";
    if (lister.ok() && reader.ok()) return verdict;
    if (attempt < kAttemptsMax) continue;
    verdict.codes.emplace("tree.changed");
    verdict.verdict = Verdict::invalid;
    return verdict;
  }
}

}  // namespace govseal
