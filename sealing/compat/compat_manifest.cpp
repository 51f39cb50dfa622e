#include "sealing/compat/compat_manifest.h"

#include <utility>

#include "sealing/json_scanner.h"

namespace govseal {
namespace {

using Event = JsonScanner::Event;

/// The reference's own limit lies near 1000.
constexpr unsigned kDepthMax = 1000;

class ManifestReader {
 public:
  explicit ManifestReader(std::string_view text)
      : text_(text), scanner_(text, JsonScanner::Dialect::lenient, kDepthMax) {}

  CompatManifest read() {
    CompatManifest out;
    Event const first = scanner_.next();
    bool const is_array = first == Event::begin_array;
    bool const ok = is_array ? read_entries(out.entries) : scanner_.finish_value(first);
    if (!ok || scanner_.next() != Event::end) return {};
    out.form = is_array ? CompatManifest::Form::array : CompatManifest::Form::not_array;
    return out;
  }

 private:
  bool read_entries(std::vector<CompatEntry>& entries) {
    while (true) {
      Event const event = scanner_.next();
      if (event == Event::end_array) return true;
      std::size_t const begin = scanner_.begin();
      CompatEntry entry;
      entry.is_object = event == Event::begin_object;
      if (!(entry.is_object ? read_members(entry) : scanner_.finish_value(event))) return false;
      entry.source = text_.substr(begin, scanner_.offset() - begin);
      entries.push_back(std::move(entry));
    }
  }

  bool read_members(CompatEntry& entry) {
    while (true) {
      Event const event = scanner_.next();
      if (event == Event::end_object) return true;
      if (event != Event::key || !read_member(entry, std::string(scanner_.string()))) return false;
    }
  }

  bool read_member(CompatEntry& entry, std::string const& key) {
    Event const event = scanner_.next();
    std::size_t const begin = scanner_.begin();
    if (key == "relpath") set_relpath(entry, event);
    if (!scanner_.finish_value(event)) return false;
    std::string_view const source = text_.substr(begin, scanner_.offset() - begin);
    if (key == "bytes") entry.bytes = source;
    if (key == "sha256") entry.sha256 = source;
    return true;
  }

  void set_relpath(CompatEntry& entry, Event event) {
    entry.relpath.clear();
    entry.relpath_kind = CompatEntry::Relpath::scalar;
    if (event == Event::begin_array || event == Event::begin_object) {
      entry.relpath_kind = CompatEntry::Relpath::container;
    }
    if (event == Event::string) {
      entry.relpath_kind = CompatEntry::Relpath::text;
      entry.relpath = scanner_.string();
    }
  }

  std::string_view text_;
  JsonScanner scanner_;
};

class EnvelopeReader {
 public:
  explicit EnvelopeReader(std::string_view text)
      : scanner_(text, JsonScanner::Dialect::lenient, kDepthMax) {}

  CompatEnvelope read() {
    Event const first = scanner_.next();
    bool ok = true;
    if (first == Event::begin_object || first == Event::begin_array) {
      ok = read_members(first == Event::begin_object);
    } else if (first == Event::string) {
      out_.has_run_id = scanner_.string().find("run_id") != std::string_view::npos;
      out_.has_created_utc = scanner_.string().find("created_utc") != std::string_view::npos;
    } else {
      ok = scanner_.finish_value(first);
      out_.form = CompatEnvelope::Form::no_container;
    }
    if (!ok || scanner_.next() != Event::end) return {};
    bool const none = out_.form == CompatEnvelope::Form::no_container;
    if (!none) out_.form = CompatEnvelope::Form::container;
    return out_;
  }

 private:
  bool read_members(bool object) {
    while (true) {
      Event event = scanner_.next();
      if (event == Event::end_object || event == Event::end_array) return true;
      if (event == (object ? Event::key : Event::string)) note(scanner_.string());
      if (object) event = event == Event::key ? scanner_.next() : Event::error;
      if (!scanner_.finish_value(event)) return false;
    }
  }

  void note(std::string_view word) {
    out_.has_run_id = out_.has_run_id || word == "run_id";
    out_.has_created_utc = out_.has_created_utc || word == "created_utc";
  }

  JsonScanner scanner_;
  CompatEnvelope out_;
};

}  // namespace

CompatManifest read_compat_manifest(std::string_view text) {
  return ManifestReader(text).read();
}

CompatEnvelope read_compat_envelope(std::string_view text) {
  return EnvelopeReader(text).read();
}

}  // namespace govseal
