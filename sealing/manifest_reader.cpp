#include "sealing/manifest_reader.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "sealing/json_scanner.h"
#include "sealing/path_rules.h"

namespace govseal {
namespace {

using Event = JsonScanner::Event;

constexpr std::uint64_t kListedBytesMax = (1ull << 53) - 1;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// How often each key of an entry was seen; the last value counts.
struct EntryKeys {
  unsigned relpath = 0;
  unsigned bytes = 0;
  unsigned sha256 = 0;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : scanner_(bytes, JsonScanner::Dialect::rfc8259, kStrictJsonDepthMax) {}

  ManifestReading read() {
    Event const first = scanner_.next();
    bool const is_array = first == Event::begin_array;
    bool const ok = is_array ? read_array() : scanner_.finish_value(first);
    // A lone surrogate in a relpath has a code of its own; anywhere else it is no JSON.
    bool const is_text = scanner_.lone_surrogates() == surrogates_in_paths_;
    if (!ok || !is_text || scanner_.next() != Event::end) return stop("manifest.json");
    if (!is_array) return stop("manifest.not_array");
    check_listed_paths(out_.entries, true, out_.findings);
    return std::move(out_);
  }

 private:
  static ManifestReading stop(std::string_view code) {
    ManifestReading out;
    out.stopped = true;
    out.findings.add(code, "manifest.json");
    return out;
  }

  bool read_array() {
    while (true) {
      Event const event = scanner_.next();
      if (event == Event::end_array) return true;
      if (event == Event::begin_object) {
        if (!read_entry()) return false;
      } else {
        if (!scanner_.finish_value(event)) return false;
        add("manifest.entry_type");
      }
      ++position_;
    }
  }

  bool read_entry() {
    entry_ = {};
    keys_ = {};
    unknown_keys_.clear();
    path_is_unicode_ = true;
    path_is_string_ = false;
    while (true) {
      Event const event = scanner_.next();
      if (event == Event::end_object) break;
      if (event != Event::key || !read_member()) return false;
    }
    judge_entry();
    return true;
  }

  bool read_member() {
    std::string_view const key = scanner_.string();
    if (key == "relpath") return read_relpath();
    if (key == "bytes") return read_bytes();
    if (key == "sha256") return read_sha256();
    unknown_keys_.emplace_back(key);
    return scanner_.finish_value(scanner_.next());
  }

  bool read_relpath() {
    ++keys_.relpath;
    Event const event = scanner_.next();
    path_is_string_ = event == Event::string;
    if (!path_is_string_) return scanner_.finish_value(event);
    path_is_unicode_ = !scanner_.has_lone_surrogate();
    if (!path_is_unicode_) ++surrogates_in_paths_;
    entry_.path = scanner_.string();
    return true;
  }

  bool read_bytes() {
    ++keys_.bytes;
    Event const event = scanner_.next();
    entry_.bytes = event == Event::number ? parse_listed_bytes(scanner_.source()) : std::nullopt;
    return scanner_.finish_value(event);
  }

  bool read_sha256() {
    ++keys_.sha256;
    Event const event = scanner_.next();
    entry_.sha256 = event == Event::string ? Digest::from_hex(scanner_.string()) : std::nullopt;
    return scanner_.finish_value(event);
  }

  void judge_entry() {
    if (keys_.relpath == 0 || keys_.bytes == 0 || keys_.sha256 == 0) add("manifest.missing_key");
    if (!unknown_keys_.empty()) add("manifest.unknown_key");
    std::sort(unknown_keys_.begin(), unknown_keys_.end());
    bool const unknown_twice =
        std::adjacent_find(unknown_keys_.begin(), unknown_keys_.end()) != unknown_keys_.end();
    if (keys_.relpath > 1 || keys_.bytes > 1 || keys_.sha256 > 1 || unknown_twice) {
      add("manifest.duplicate_key");
    }
    if (keys_.bytes > 0 && !entry_.bytes) add("manifest.bytes");
    if (keys_.sha256 > 0 && !entry_.sha256) add("manifest.sha256");
    if (keys_.relpath == 0) return;
    if (!path_is_string_) {
      add("manifest.relpath_type");
    } else if (!path_is_unicode_) {
      add("path.not_unicode");
    } else {
      keep_entry();
    }
  }

  void keep_entry() {
    if (!out_.entries.empty() && entry_.path < out_.entries.back().path) add("manifest.order");
    out_.entries.push_back(std::move(entry_));
  }

  /// A finding of the present entry: its path, or its place where it has none.
  void add(std::string_view code) {
    bool const named = path_is_string_ && path_is_unicode_ && !entry_.path.empty();
    if (named) return out_.findings.add(code, entry_.path);
    out_.findings.add(code, "", std::nullopt, "entry " + std::to_string(position_));
  }

  JsonScanner scanner_;
  ManifestReading out_;
  std::size_t position_ = 0;
  ListedFile entry_;
  EntryKeys keys_;
  std::vector<std::string> unknown_keys_;
  bool path_is_string_ = false;
  bool path_is_unicode_ = true;
  std::size_t surrogates_in_paths_ = 0;
};

/// Pointers into `files`, sorted by path.
std::vector<ListedFile*> by_path(std::vector<ListedFile>& files) {
  std::vector<ListedFile*> sorted;
  sorted.reserve(files.size());
  for (ListedFile& file : files) sorted.push_back(&file);
  auto const less = [](ListedFile const* a, ListedFile const* b) { return a->path < b->path; };
  if (!std::is_sorted(sorted.begin(), sorted.end(), less)) {
    std::sort(sorted.begin(), sorted.end(), less);
  }
  return sorted;
}

}  // namespace

ManifestReading read_manifest(std::string_view bytes) {
  ManifestReading out;
  out.stopped = true;
  if (bytes.starts_with(kByteOrderMark)) {
    out.findings.add("manifest.bom", "manifest.json");
  } else if (!is_utf8(bytes)) {
    out.findings.add("manifest.not_utf8", "manifest.json");
  } else {
    return Reader(bytes).read();
  }
  return out;
}

void check_listed_paths(std::vector<ListedFile>& files, bool reserve, FindingSet& findings) {
  std::vector<std::string_view> good;
  good.reserve(files.size());
  std::string_view before;
  bool first = true;
  for (ListedFile* file : by_path(files)) {
    bool const again = !first && file->path == before;
    before = file->path;
    first = false;
    if (again && reserve) findings.add("manifest.duplicate_path", file->path);
    auto const codes = path_codes(file->path);
    for (std::string_view const code : codes) findings.add(code, file->path);
    bool const reserved = reserve && is_seal_file(file->path);
    if (reserved) findings.add("manifest.reserved_path", file->path);
    file->lookup = codes.empty() && !reserved;
    if (file->lookup && !again) good.push_back(file->path);
  }
  for (auto const& [above, below] : prefix_conflicts(good)) {
    findings.add("path.prefix_conflict", above, std::nullopt, std::string(below));
  }
}

std::optional<std::uint64_t> parse_listed_bytes(std::string_view token) {
  constexpr std::size_t kDigitsMax = 16;  // 2^53-1 has 16
  if (token.empty() || token.size() > kDigitsMax) return std::nullopt;
  if (token.front() == '0' && token.size() > 1) return std::nullopt;
  std::uint64_t value = 0;
  for (char const c : token) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value <= kListedBytesMax ? std::optional(value) : std::nullopt;
}

}  // namespace govseal
