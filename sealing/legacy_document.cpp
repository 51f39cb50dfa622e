#include "sealing/legacy_document.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "sealing/json_scanner.h"

namespace govseal {
namespace {

using Event = JsonScanner::Event;

/// Every read function returns false when the text is no JSON.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : scanner_(bytes, JsonScanner::Dialect::rfc8259, kStrictJsonDepthMax) {}

  LegacyDocument read() {
    bool const ok = scanner_.next() == Event::begin_object && read_members();
    if (!ok || scanner_.next() != Event::end || scanner_.lone_surrogates() != 0) {
      LegacyDocument nothing;
      nothing.malformed = true;
      return nothing;
    }
    return std::move(out_);
  }

 private:
  bool read_members() {
    std::vector<std::string> keys;
    while (true) {
      Event const event = scanner_.next();
      if (event == Event::end_object) break;
      if (event != Event::key) return false;
      keys.emplace_back(scanner_.string());
      if (!read_member(keys.back())) return false;
    }
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) out_.malformed = true;
    return true;
  }

  bool read_member(std::string const& key) {
    Event const event = scanner_.next();
    if (key == "artifacts") return read_artifacts(event);
    if (key == "files") return read_files(event);
    if (key == "target") return read_target(event);
    return scanner_.finish_value(event);
  }

  bool wrong_form(Event event) {
    out_.malformed = true;
    return scanner_.finish_value(event);
  }

  bool read_artifacts(Event event) {
    if (event != Event::begin_object) return wrong_form(event);
    auto& artifacts = out_.artifacts.emplace();
    while (true) {
      Event const next = scanner_.next();
      if (next == Event::end_object) return true;
      if (next != Event::key) return false;
      ListedFile file;
      file.path = scanner_.string();
      if (!read_item(scanner_.next(), file, "")) return false;
      artifacts.push_back(std::move(file));
    }
  }

  bool read_files(Event event) {
    if (event != Event::begin_array) return wrong_form(event);
    auto& files = out_.files.emplace();
    while (true) {
      Event const next = scanner_.next();
      if (next == Event::end_array) return true;
      ListedFile file;
      if (!read_item(next, file, "relative_path")) return false;
      if (has_path_) files.push_back(std::move(file));
    }
  }

  bool read_target(Event event) {
    ListedFile file;
    if (!read_item(event, file, "path")) return false;
    if (has_path_) out_.target = std::move(file);
    return true;
  }

  /// One file: `bytes`, `sha256` and, where a key for it is given, the path. Other members do not
  /// matter.
  bool read_item(Event event, ListedFile& file, std::string_view path_key) {
    has_path_ = path_key.empty();
    if (event != Event::begin_object) return wrong_form(event);
    unsigned paths = 0;
    unsigned bytes = 0;
    unsigned hashes = 0;
    while (true) {
      Event next = scanner_.next();
      if (next == Event::end_object) break;
      if (next != Event::key) return false;
      std::string const key(scanner_.string());
      next = scanner_.next();
      if (!path_key.empty() && key == path_key) {
        ++paths;
        has_path_ = next == Event::string;
        if (has_path_) file.path = scanner_.string();
      } else if (key == "bytes") {
        ++bytes;
        if (next == Event::number) file.bytes = parse_listed_bytes(scanner_.source());
      } else if (key == "sha256") {
        ++hashes;
        if (next == Event::string) file.sha256 = Digest::from_hex(scanner_.string());
      }
      if (!scanner_.finish_value(next)) return false;
    }
    bool const once = paths <= 1 && bytes == 1 && hashes == 1;
    if (!once || !has_path_ || !file.bytes || !file.sha256) out_.malformed = true;
    return true;
  }

  JsonScanner scanner_;
  LegacyDocument out_;
  bool has_path_ = false;  // of the last item
};

}  // namespace

LegacyDocument read_legacy_document(std::string_view bytes) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  LegacyDocument nothing;
  nothing.malformed = true;
  if (bytes.starts_with(kByteOrderMark) || !is_utf8(bytes)) return nothing;
  return Reader(bytes).read();
}

}  // namespace govseal
