#include "sealing/listed_files.h"

#include <algorithm>
#include <utility>

#include "sealing/path_rules.h"

namespace govseal {
namespace {

/// Finds paths that mostly come in ascending order: the next one is usually a few entries ahead.
class EntryCursor {
 public:
  explicit EntryCursor(std::vector<ScanEntry> const& entries) : entries_(entries) {}

  ScanEntry const* find(std::string const& path) {
    auto const less = [](ScanEntry const& entry, std::string const& wanted) {
      return entry.path.str() < wanted;
    };
    auto from = entries_.begin() + at_;
    if (at_ > 0 && !less(*(from - 1), path)) from = entries_.begin();
    for (int step = 0; step < kStepsMax && from != entries_.end() && less(*from, path); ++step) {
      ++from;
    }
    auto const found = std::lower_bound(from, entries_.end(), path, less);
    at_ = found - entries_.begin();
    return found != entries_.end() && found->path.str() == path ? &*found : nullptr;
  }

 private:
  static constexpr int kStepsMax = 4;
  std::vector<ScanEntry> const& entries_;
  std::vector<ScanEntry>::difference_type at_ = 0;
};

/// A code for an object that is no regular file.
std::string_view code_of_kind(FileKind kind) {
  switch (kind) {
    case FileKind::directory:
      return "tree.listed_dir";
    case FileKind::symlink:
      return "tree.symlink";
    case FileKind::special:
      return "tree.special";
    case FileKind::regular:
      break;
  }
  return {};
}

struct Difference {
  std::size_t file;  // index in the list
  bool size = false;
};

/// The first difference of each file that has one.
std::vector<Difference> find_differences(std::vector<ListedFile> const& files,
                                         ListedObjects const& objects, FolderReader const& reader) {
  std::vector<Difference> differences;
  std::vector<bool> has_one(reader.scan().entries.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    ScanEntry const* const entry = objects.entries[i];
    if (entry == nullptr) continue;
    bool const size = files[i].bytes && *files[i].bytes != entry->stat.size;
    bool const hash = files[i].sha256 && files[i].sha256 != reader.digest(*entry);
    auto const index = static_cast<std::size_t>(entry - reader.scan().entries.data());
    if ((!size && !hash) || has_one[index]) continue;
    has_one[index] = true;
    differences.push_back({i, size});
  }
  return differences;
}

std::vector<LineEndQuestion> questions_about(std::vector<Difference> const& differences,
                                             std::vector<ListedFile> const& files,
                                             ListedObjects const& objects) {
  std::vector<LineEndQuestion> questions;
  for (Difference const& difference : differences) {
    ListedFile const& file = files[difference.file];
    if (!file.sha256) continue;
    questions.push_back({objects.entries[difference.file], file.bytes, *file.sha256});
  }
  return questions;
}

void add_difference(FindingSet& findings, ListedFile const& file, ScanEntry const& entry,
                    Difference const& difference, FolderReader const& reader) {
  if (difference.size) {
    findings.add("content.size", file.path, std::to_string(*file.bytes),
                 std::to_string(entry.stat.size));
    return;
  }
  auto const& actual = reader.digest(entry);
  findings.add("content.hash", file.path, file.sha256->hex(),
               actual ? std::optional(actual->hex()) : std::nullopt);
}

}  // namespace

ListedObjects find_listed(std::vector<ListedFile> const& files, TreeScan const& scan,
                          FindingSet& findings) {
  ListedObjects out;
  out.entries.resize(files.size());
  out.is_listed.resize(scan.entries.size());
  EntryCursor cursor(scan.entries);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files[i].lookup) continue;
    ScanEntry const* const entry = cursor.find(files[i].path);
    if (entry == nullptr) {
      findings.add("tree.missing", files[i].path);
      continue;
    }
    if (entry->stat.kind != FileKind::regular) {
      findings.add(code_of_kind(entry->stat.kind), files[i].path);
      continue;
    }
    out.entries[i] = entry;
    auto const index = static_cast<std::size_t>(entry - scan.entries.data());
    if (!out.is_listed[index]) out.regular.push_back(entry);
    out.is_listed[index] = true;
  }
  return out;
}

void check_contents(std::vector<ListedFile> const& files, ListedObjects const& objects,
                    FolderReader& reader, FindingSet& findings) {
  reader.hash(objects.regular);
  if (!reader.ok()) return;
  auto const differences = find_differences(files, objects, reader);
  auto const questions = questions_about(differences, files, objects);
  auto const answers = reader.explain(questions);
  std::size_t asked = 0;
  for (Difference const& difference : differences) {
    ListedFile const& file = files[difference.file];
    auto const change = file.sha256 ? answers[asked++] : std::nullopt;
    if (change) {
      add_line_end_finding(findings, file.path, *file.sha256, *change);
    } else {
      add_difference(findings, file, *objects.entries[difference.file], difference, reader);
    }
  }
}

std::set<std::string> warnings_about_names(std::vector<std::string_view> paths) {
  std::set<std::string> warnings;
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  std::vector<std::string> folded;
  folded.reserve(paths.size());
  for (std::string_view const path : paths) {
    for (std::string_view const warning : name_warnings(path)) warnings.emplace(warning);
    folded.push_back(ascii_lower(path));
  }
  std::sort(folded.begin(), folded.end());
  if (std::adjacent_find(folded.begin(), folded.end()) != folded.end()) {
    warnings.emplace("name.case_collision");
  }
  return warnings;
}

void add_line_end_finding(FindingSet& findings, std::string_view path, Digest const& sealed,
                          LineEndChange change) {
  findings.add("content.eol", path, sealed.hex(), std::string(line_end_change_name(change)));
}

}  // namespace govseal
