#include "sealing/compat/compat.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "sealing/compat/compat_files.h"
#include "sealing/compat/compat_manifest.h"
#include "sealing/compat/python_text.h"
#include "sealing/compat/python_value.h"
#include "sealing/manifest.h"

namespace govseal {
namespace {

using Kind = CompatObject::Kind;

constexpr std::uint64_t kFileBytesMax = 256ull << 20;
constexpr std::size_t kTextBytesMax = 200;  // of what a message quotes freely
constexpr std::string_view kRootWord = "ROOT_SHA256";

/// How a step leaves the run.
enum class Next {
  go_on,
  finish,   // the messages so far are all
  abort,    // the reference dies
  outside,  // there is no answer without leaving the folder
  too_large,
  changed,
};

/// The numbered steps of sealing.md 5.
class CompatRun {
 public:
  explicit CompatRun(CompatFiles& files) : files_(files) {}

  CompatVerdict run() {
    Next next = check_run_json();
    if (next == Next::go_on) next = read_manifest();
    if (next == Next::go_on) next = read_hash_file();
    if (next == Next::go_on) next = check_entries();
    if (next == Next::go_on) next = check_lines();
    if (next == Next::go_on) check_rest();
    return verdict(next);
  }

 private:
  using Lines = std::vector<std::pair<std::string_view, std::string_view>>;  // path, hash

  CompatVerdict verdict(Next next) {
    CompatVerdict out;
    out.reason.clear();
    if (next == Next::outside) out.reason = "outside_folder";
    if (next == Next::too_large) out.reason = "too_large";
    if (next == Next::changed || !files_.ok()) out.reason = "changed";
    if (!out.reason.empty()) return out;
    out.aborted = next == Next::abort;
    if (!out.aborted) out.messages = std::move(messages_);
    out.pass = !out.aborted && out.messages.empty();
    return out;
  }

  void say(std::string text) { messages_.push_back("SEAL_INVALID: " + std::move(text)); }

  /// The text of one of the three files. `nothing`: the file is not there.
  struct FileText {
    Next next = Next::go_on;
    bool nothing = false;
    std::optional<std::string> text;  // nullopt: not UTF-8
    CompatObject object;
  };

  FileText read_text_of(char const* name) {
    FileText out;
    out.object = files_.find(name);
    switch (out.object.kind) {
      case Kind::nothing:
        out.nothing = true;
        return out;
      case Kind::other:
      case Kind::unusable:
        out.next = Next::abort;
        return out;
      case Kind::outside:
        out.next = Next::outside;
        return out;
      case Kind::regular:
        break;
    }
    if (out.object.size > kFileBytesMax) {
      out.next = Next::too_large;
      return out;
    }
    auto const bytes = files_.read(out.object, kFileBytesMax);
    if (!bytes) out.next = Next::changed;
    if (bytes) out.text = read_text(*bytes);
    return out;
  }

  Next check_run_json() {
    FileText const file = read_text_of(kEnvelopeName);
    if (file.next != Next::go_on) return file.next;
    if (file.nothing) {
      say("run.json missing");
      return Next::go_on;
    }
    auto const envelope = file.text ? read_compat_envelope(*file.text) : CompatEnvelope{};
    switch (envelope.form) {
      case CompatEnvelope::Form::not_json:
        say(file.text ? "run.json parse error: not JSON" : "run.json parse error: not UTF-8");
        return Next::go_on;
      case CompatEnvelope::Form::no_container:
        return Next::abort;
      case CompatEnvelope::Form::container:
        break;
    }
    if (!envelope.has_run_id) say("run.json missing 'run_id'");
    if (!envelope.has_created_utc) say("run.json missing 'created_utc'");
    return Next::go_on;
  }

  Next read_manifest() {
    FileText file = read_text_of(kManifestName);
    if (file.next != Next::go_on) return file.next;
    if (file.nothing) {
      say("manifest.json missing");
      return Next::finish;
    }
    manifest_object_ = file.object;
    manifest_text_ = std::move(file.text).value_or("");
    manifest_ = read_compat_manifest(manifest_text_);
    switch (manifest_.form) {
      case CompatManifest::Form::not_json:
        say("manifest.json parse error: not UTF-8 JSON");
        return Next::finish;
      case CompatManifest::Form::not_array:
        say("manifest.json is not a JSON array");
        return Next::finish;
      case CompatManifest::Form::array:
        break;
    }
    return index_entries();
  }

  Next index_entries() {
    for (std::size_t i = 0; i < manifest_.entries.size(); ++i) {
      CompatEntry const& entry = manifest_.entries[i];
      std::string const quoted(entry.source.substr(0, kTextBytesMax));
      if (!entry.is_object) {
        say("manifest entry is not an object: " + quoted);
        continue;
      }
      bool const no_path = entry.relpath_kind == CompatEntry::Relpath::absent;
      if (no_path) say("manifest entry missing 'relpath': " + quoted);
      if (!entry.bytes) say("manifest entry missing 'bytes': " + quoted);
      if (!entry.sha256) say("manifest entry missing 'sha256': " + quoted);
      if (entry.relpath_kind == CompatEntry::Relpath::container) return Next::abort;
      if (entry.relpath_kind != CompatEntry::Relpath::scalar) last_entry_[entry.relpath] = i;
    }
    return Next::go_on;
  }

  Next read_hash_file() {
    FileText file = read_text_of(kHashFileName);
    if (file.next != Next::go_on) return file.next;
    if (file.nothing) {
      say("MANIFEST.sha256 missing");
      return Next::finish;
    }
    if (!file.text) return Next::abort;
    hash_text_ = *std::move(file.text);
    std::map<std::string_view, std::size_t> places;
    for (std::string_view const line : kept_lines(hash_text_)) {
      root_is_last_ = line.starts_with(kRootWord);
      auto const pair = line.find("  ");
      if (root_is_last_) {
        root_line_ = line;
      } else if (pair == std::string_view::npos) {
        say("MANIFEST.sha256 bad line: " + std::string(line));
      } else {
        auto const [place, is_new] = places.emplace(line.substr(pair + 2), lines_.size());
        if (is_new) lines_.emplace_back(place->first, std::string_view{});
        lines_[place->second].second = line.substr(0, pair);
      }
    }
    if (!root_line_) say("MANIFEST.sha256 missing ROOT_SHA256 line");
    return Next::go_on;
  }

  Next check_entries() {
    std::vector<CompatObject> objects;
    Next next = find_entries(objects);
    if (next != Next::go_on) return next;
    files_.hash(objects);
    for (std::size_t i = 0; i < objects.size(); ++i) {
      CompatEntry const& entry = manifest_.entries[i];
      if (objects[i].kind == Kind::nothing) {
        say("file missing: " + entry.relpath);
        continue;
      }
      auto const actual = files_.digest(objects[i]);
      if (!actual) return Next::changed;
      compare(entry, objects[i].size, actual->hex());
    }
    return Next::go_on;
  }

  /// Everything that ends the run is looked for first: nothing is read in vain.
  Next find_entries(std::vector<CompatObject>& objects) {
    bool aborts = false;
    for (CompatEntry const& entry : manifest_.entries) {
      if (!entry.is_object || entry.relpath_kind == CompatEntry::Relpath::scalar) {
        aborts = true;
        continue;
      }
      objects.push_back(files_.find(entry.relpath));
      Kind const kind = objects.back().kind;
      if (kind == Kind::outside) return Next::outside;
      aborts = aborts || kind == Kind::other || kind == Kind::unusable;
      if (aborts && files_.allow_outside()) break;
    }
    return aborts ? Next::abort : Next::go_on;
  }

  void compare(CompatEntry const& entry, std::uint64_t size, std::string const& sha256) {
    if (!entry.bytes || !python_equals(*entry.bytes, size)) {
      std::string const expected = entry.bytes ? python_str(*entry.bytes) : "-1";
      say("size mismatch on " + entry.relpath + ": expected=" + expected +
          ", actual=" + std::to_string(size));
    }
    if (!entry.sha256 || !python_equals(*entry.sha256, sha256)) {
      std::string const expected = entry.sha256 ? python_str(*entry.sha256) : "";
      say("hash mismatch on " + entry.relpath + ": expected=" + expected + ", actual=" + sha256);
    }
  }

  Next check_lines() {
    for (auto const& [path, hash] : lines_) {
      if (path == kManifestName) {
        auto const actual = files_.digest(manifest_object_);
        if (!actual) return Next::changed;
        if (actual->hex() == hash) continue;
        say("MANIFEST.sha256 hash for manifest.json does not match actual file: claimed=" +
            std::string(hash) + ", actual=" + actual->hex());
        continue;
      }
      auto const last = last_entry_.find(path);
      if (last == last_entry_.end()) {
        say("MANIFEST.sha256 lists " + std::string(path) + " but it is not in manifest.json");
      } else if (!has_hash(manifest_.entries[last->second], hash)) {
        say("MANIFEST.sha256 hash for " + std::string(path) + " does not match manifest.json");
      }
    }
    return Next::go_on;
  }

  static bool has_hash(CompatEntry const& entry, std::string_view hash) {
    return entry.sha256 && python_equals(*entry.sha256, hash);
  }

  void check_rest() {
    check_root();
    for (std::string const& path : files_.regular_files()) {
      std::string_view const name = std::string_view(path).substr(path.rfind('/') + 1);
      if (!is_seal_file(name) && last_entry_.count(path) == 0) say("unlisted file: " + path);
    }
    bool const sorted = std::is_sorted(
        manifest_.entries.begin(), manifest_.entries.end(),
        [](CompatEntry const& a, CompatEntry const& b) { return a.relpath < b.relpath; });
    if (!sorted) say("manifest.json entries not sorted by relpath");
    if (root_line_ && !root_is_last_) {
      say("ROOT_SHA256 is not the last line in MANIFEST.sha256");
    }
  }

  void check_root() {
    if (!root_line_) return;
    auto const pair = root_line_->find("  ");
    std::string_view const claimed =
        strip(pair == std::string_view::npos ? *root_line_ : root_line_->substr(pair + 2));
    std::vector<std::string> whole;
    whole.reserve(lines_.size());
    for (auto const& [path, hash] : lines_) {
      whole.push_back(std::string(hash) + "  " + std::string(path));
    }
    std::string const computed = root_of_lines({whole.begin(), whole.end()}).hex();
    if (claimed == computed) return;
    say("ROOT_SHA256 mismatch: claimed=" + std::string(claimed) + ", computed=" + computed);
  }

  CompatFiles& files_;
  std::vector<std::string> messages_;
  CompatObject manifest_object_;
  std::string manifest_text_;
  CompatManifest manifest_;
  std::map<std::string, std::size_t, std::less<>> last_entry_;
  std::string hash_text_;
  Lines lines_;
  std::optional<std::string_view> root_line_;
  bool root_is_last_ = false;
};

}  // namespace

CompatVerdict compat_verdict(FileSystem const& files, FolderReader& strict, bool allow_outside) {
  CompatFiles compat_files(files, strict, allow_outside);
  if (auto const obstacle = compat_files.obstacle()) {
    CompatVerdict out;
    out.reason = *obstacle;
    return out;
  }
  return CompatRun(compat_files).run();
}

}  // namespace govseal
