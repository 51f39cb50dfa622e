#include "sealing/ledger/field_writer.h"

#include <algorithm>

#include "base/error.h"
#include "sealing/ledger/record_schema.h"
#include "sealing/ledger/text_field.h"

namespace govseal {
namespace {

constexpr std::string_view kNull = "null";
constexpr std::size_t kPathBytesMax = 4096;
constexpr std::size_t kCodesMax = 32;

}  // namespace

std::string json_array(std::vector<std::string> const& items) {
  std::string out = "[";
  for (auto const& item : items) {
    if (out.size() > 1) out += ',';
    out += item;
  }
  return out += ']';
}

FieldWriter& FieldWriter::raw(std::string_view key, std::string_view json) {
  if (!out_.empty()) out_ += ',';
  out_ += '"';
  out_ += key;
  out_ += "\":";
  out_ += json;
  return *this;
}

FieldWriter& FieldWriter::integer(std::string_view key, std::int64_t number) {
  return raw(key, std::to_string(number));
}

FieldWriter& FieldWriter::integer(std::string_view key, std::optional<std::int64_t> const& number) {
  return number ? integer(key, *number) : raw(key, kNull);
}

FieldWriter& FieldWriter::boolean(std::string_view key, bool flag) {
  return raw(key, flag ? "true" : "false");
}

FieldWriter& FieldWriter::digest(std::string_view key, Digest const& digest) {
  return raw(key, json_string(digest.hex()));
}

FieldWriter& FieldWriter::digest(std::string_view key, std::optional<Digest> const& maybe) {
  return maybe ? digest(key, *maybe) : raw(key, kNull);
}

FieldWriter& FieldWriter::time(std::string_view key, nanoseconds wall) {
  return raw(key, json_string(format_utc_ns(wall)));
}

FieldWriter& FieldWriter::time(std::string_view key, std::optional<nanoseconds> const& wall) {
  return wall ? time(key, *wall) : raw(key, kNull);
}

FieldWriter& FieldWriter::word(std::string_view key, std::string const& text) {
  return raw(key, json_string(text));
}

FieldWriter& FieldWriter::word(std::string_view key, std::optional<std::string> const& text) {
  return text ? word(key, *text) : raw(key, kNull);
}

FieldWriter& FieldWriter::text(std::string_view key, std::string const& raw_text,
                               std::size_t bytes_max) {
  return raw(key, json_string(encode_text(raw_text, bytes_max)));
}

FieldWriter& FieldWriter::text(std::string_view key, std::optional<std::string> const& raw_text,
                               std::size_t bytes_max) {
  return raw_text ? text(key, *raw_text, bytes_max) : raw(key, kNull);
}

FieldWriter& FieldWriter::path(std::string_view key, std::string const& raw_path) {
  return text(key, raw_path.empty() ? std::string(".") : raw_path, kPathBytesMax);
}

FieldWriter& FieldWriter::path(std::string_view key, std::optional<std::string> const& raw_path) {
  return raw_path ? path(key, *raw_path) : raw(key, kNull);
}

FieldWriter& FieldWriter::base64(std::string_view key, std::string const& bytes) {
  return raw(key, json_string(to_base64(bytes_of(bytes))));
}

FieldWriter& FieldWriter::base64(std::string_view key, std::optional<std::string> const& bytes) {
  return bytes ? base64(key, *bytes) : raw(key, kNull);
}

FieldWriter& FieldWriter::list(std::string_view key, std::vector<std::string> const& items) {
  auto const made = make_list(items);
  std::vector<std::string> first;
  for (auto const& item : made.first) first.push_back(json_string(item));
  FieldWriter fields;
  fields.integer("n", static_cast<std::int64_t>(made.count))
      .digest("sha256", made.sha256)
      .raw("first", json_array(first));
  return raw(key, fields.take_object());
}

FieldWriter& FieldWriter::codes(std::string_view key, std::vector<std::string> const& items) {
  auto sorted = items;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return words(key, sorted, kCodesMax);
}

FieldWriter& FieldWriter::words(std::string_view key, std::vector<std::string> const& items,
                                std::size_t items_max) {
  std::vector<std::string> written;
  for (std::size_t i = 0; i < std::min(items.size(), items_max); ++i) {
    written.push_back(json_string(items[i]));
  }
  return raw(key, json_array(written));
}

FieldWriter& FieldWriter::texts(std::string_view key, std::vector<std::string> const& items,
                                std::size_t items_max, std::size_t bytes_max) {
  std::vector<std::string> encoded;
  for (std::size_t i = 0; i < std::min(items.size(), items_max); ++i) {
    encoded.push_back(encode_text(items[i], bytes_max));
  }
  return words(key, encoded, items_max);
}

FieldWriter& FieldWriter::actor(std::optional<record::Actor> const& actor) {
  if (!actor) return raw("actor", kNull);
  FieldWriter fields;
  fields.integer("pid", actor->pid)
      .text("exe", actor->exe, 1024)
      .integer("uid", actor->uid)
      .text("comm", actor->comm, 64)
      .integer("gid", actor->gid)
      .integer("loginuid", actor->loginuid)
      .integer("start_ticks", actor->start_ticks)
      .text("cgroup", actor->cgroup, 512)
      .word("confidence", actor->confidence)
      .word("operation", actor->operation)
      .time("observed_at", actor->observed_at)
      .words("unreadable", actor->unreadable, 11);
  return raw("actor", fields.take_object());
}

FieldWriter& FieldWriter::by(std::optional<record::By> const& by) {
  if (!by) return raw("by", kNull);
  FieldWriter fields;
  fields.integer("uid", by->uid).integer("pid", by->pid).word("role", by->role);
  return raw("by", fields.take_object());
}

std::string FieldWriter::take_object() {
  std::string object = "{" + out_ + "}";
  out_.clear();
  return object;
}

RecordDraft FieldWriter::take(std::string_view type) {
  auto const* const schema = find_record_schema(type);
  GOVSEAL_ASSERT(schema != nullptr);
  RecordDraft draft{.type = std::string(type), .urgent = schema->urgent, .fields = std::move(out_)};
  out_.clear();
  return draft;
}

}  // namespace govseal
