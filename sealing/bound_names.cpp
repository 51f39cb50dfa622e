#include "sealing/bound_names.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sealing/manifest.h"
#include "sealing/path_rules.h"
#include "sealing/seal_files.h"

namespace govseal {
namespace {

constexpr std::string_view kContract = "contract";

/// Verdicts that stay what they are as long as the files of the table are unchanged. Codes about
/// other objects (a stray file, an empty directory) can go away without a trace in the table.
bool rests_on_files(StatRow const& row) {
  return std::all_of(row.codes.begin(), row.codes.end(), [](std::string_view code) {
    return !code.starts_with("tree.") || code == "tree.hardlink" || code == "tree.setid";
  });
}

bool is_plain(TreeScan const& scan) {
  return scan.bad_names.empty() && scan.mounts.empty() && scan.too_deep.empty() && !scan.too_many &&
         !scan.unstable && !scan.stopped;
}

/// Gives each regular file its record: payload in order, the two seal files at the end. False when
/// there are more or fewer of them, or something else than files and directories with content.
template <typename Visit>
bool visit_pairs(TreeScan const& scan, StatTable const& files, Visit visit) {
  if (files.size() < 2) return false;
  std::size_t const payload = files.size() - 2;
  std::size_t next = 0;
  std::size_t seal_files = 0;
  for (ScanEntry const& entry : scan.entries) {
    if (entry.stat.kind == FileKind::directory && !entry.empty_directory) continue;
    if (entry.stat.kind != FileKind::regular) return false;
    std::size_t index = 0;
    if (is_seal_file(entry.path.str())) {
      ++seal_files;
      index = entry.path.str() == kManifestName ? payload : payload + 1;
    } else {
      if (next == payload) return false;
      index = next++;
    }
    if (!visit(entry, index)) return false;
  }
  return next == payload && seal_files == 2;
}

/// manifest.json's own digest and paths tell the names, whatever became of the files.
std::vector<std::string> names_of_manifest(Directory const& folder, StatRow const& row) {
  SealFileFound const found = read_seal_file(folder, kManifestName);
  if (!found.bytes || !row.manifest_sha || sha256(*found.bytes) != *row.manifest_sha) return {};
  auto entries = parse_own_manifest(*found.bytes);
  if (!entries || entries->size() + 2 != row.files.size()) return {};
  std::vector<std::string> names;
  names.reserve(row.files.size());
  for (ManifestEntry& entry : *entries) names.push_back(std::move(entry.relpath));
  names.emplace_back(kManifestName);
  names.emplace_back(kHashFileName);
  return names;
}

}  // namespace

bool matches_table(TreeScan const& scan, StatRow const& row, HashTimes const& times) {
  if (row.style != kContract || !rests_on_files(row) || !is_plain(scan)) return false;
  return visit_pairs(scan, row.files, [&](ScanEntry const& entry, std::size_t index) {
    return is_unchanged(row.files.at(index), entry.stat, times);
  });
}

bool has_names_of_root(TreeScan const& scan, StatRow const& row) {
  if (row.style != kContract || !row.root) return false;
  std::string text;
  std::vector<std::size_t> ends;
  bool const paired = visit_pairs(scan, row.files, [&](ScanEntry const& entry, std::size_t index) {
    if (entry.path.str() == kHashFileName) return true;
    append_hex(text, row.files.at(index).sha256);
    text += "  ";
    text += entry.path.str();
    ends.push_back(text.size());
    return true;
  });
  if (!paired) return false;
  std::vector<std::string_view> lines;
  lines.reserve(ends.size());
  std::size_t begin = 0;
  for (std::size_t const end : ends) {
    lines.push_back(std::string_view(text).substr(begin, end - begin));
    begin = end;
  }
  return root_of_lines(std::move(lines)) == *row.root;
}

std::vector<std::string> find_row_names(Directory const& folder, TreeScan const& scan,
                                        StatRow const& row) {
  if (row.style != kContract) return {};
  if (!has_names_of_root(scan, row)) return names_of_manifest(folder, row);
  std::vector<std::string> names(row.files.size());
  (void)visit_pairs(scan, row.files, [&names](ScanEntry const& entry, std::size_t index) {
    names[index] = entry.path.str();
    return true;
  });
  return names;
}

}  // namespace govseal
