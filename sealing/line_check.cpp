#include "sealing/line_check.h"

#include <algorithm>
#include <string_view>

#include "sealing/manifest.h"

namespace govseal {
namespace {

using Lines = std::vector<HashLine>;

bool by_path(HashLine const& a, HashLine const& b) {
  return a.path < b.path;
}

std::vector<ListedFile const*> sorted_entries(std::vector<ListedFile> const& entries) {
  std::vector<ListedFile const*> sorted;
  sorted.reserve(entries.size());
  for (ListedFile const& entry : entries) sorted.push_back(&entry);
  auto const less = [](ListedFile const* a, ListedFile const* b) { return a->path < b->path; };
  if (!std::is_sorted(sorted.begin(), sorted.end(), less)) {
    std::sort(sorted.begin(), sorted.end(), less);
  }
  return sorted;
}

/// True when a code of the four about the set of paths was added.
class PathSets {
 public:
  PathSets(Lines const& lines, std::vector<ListedFile> const& entries, FindingSet& findings)
      : lines_(lines), entries_(sorted_entries(entries)), findings_(findings) {
    if (!std::is_sorted(lines_.begin(), lines_.end(), by_path)) {
      std::sort(lines_.begin(), lines_.end(), by_path);
    }
  }

  bool check() {
    if (!has_manifest_line()) differ("hashfile.no_manifest_line", kManifestName);
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      if (lines_[i].path == lines_[i - 1].path) differ("hashfile.duplicate_path", lines_[i].path);
    }
    // Both are sorted: one walk along each finds every partner.
    auto entry = entries_.begin();
    for (HashLine const& line : lines_) {
      while (entry != entries_.end() && (*entry)->path < line.path) ++entry;
      check_line(line, entry);
    }
    auto line = lines_.begin();
    for (ListedFile const* listed : entries_) {
      while (line != lines_.end() && line->path < listed->path) ++line;
      bool const found = line != lines_.end() && line->path == listed->path;
      if (!found) differ("hashfile.missing_line", listed->path);
    }
    return differ_;
  }

 private:
  void differ(std::string_view code, std::string_view path) {
    findings_.add(code, path);
    differ_ = true;
  }

  [[nodiscard]] bool has_manifest_line() const {
    return std::any_of(lines_.begin(), lines_.end(),
                       [](HashLine const& line) { return line.path == kManifestName; });
  }

  /// A line of manifest.json is compared with the file alone, also where the manifest lists itself.
  /// `at`: the first entry that is not before the line.
  void check_line(HashLine const& line, std::vector<ListedFile const*>::const_iterator at) {
    if (line.path == kManifestName) return;
    if (at == entries_.end() || (*at)->path != line.path) {
      return differ("hashfile.extra_line", line.path);
    }
    for (; at != entries_.end() && (*at)->path == line.path; ++at) {
      if ((*at)->sha256 && *(*at)->sha256 != line.sha256) {
        findings_.add("hashfile.hash_differs", line.path, (*at)->sha256->hex(), line.sha256.hex());
        return;
      }
    }
  }

  Lines lines_;
  std::vector<ListedFile const*> entries_;
  FindingSet& findings_;
  bool differ_ = false;
};

bool is_order_a(Lines const& lines) {
  return lines.back().path == kManifestName &&
         std::is_sorted(lines.begin(), lines.end() - 1, by_path);
}

bool is_order_b(Lines const& lines) {
  return std::is_sorted(lines.begin(), lines.end(),
                        [](HashLine const& a, HashLine const& b) { return a.whole < b.whole; });
}

}  // namespace

std::optional<LineOrder> check_lines(HashFile const& file, std::vector<ListedFile> const& entries,
                                     FindingSet& findings) {
  bool const differ = PathSets(file.lines, entries, findings).check();
  if (differ || file.has_bad_line()) return std::nullopt;
  if (is_order_a(file.lines)) return LineOrder::a;
  if (is_order_b(file.lines)) return LineOrder::b;
  if (std::is_sorted(file.lines.begin(), file.lines.end(), by_path)) return LineOrder::c;
  findings.add("hashfile.order", kHashFileName);
  return std::nullopt;
}

std::vector<HashLine> wrong_manifest_lines(HashFile const& file, Digest const& actual,
                                           FindingSet& findings) {
  std::vector<HashLine> wrong;
  bool found = false;
  for (HashLine const& line : file.lines) {
    if (line.path != kManifestName) continue;
    found = true;
    if (line.sha256 != actual) wrong.push_back(line);
  }
  if (!found) findings.add("hashfile.no_manifest_line", kManifestName);
  return wrong;
}

}  // namespace govseal
