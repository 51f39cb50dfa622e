#include "reporting/layer_down/dispatch_record.h"

#include <algorithm>

namespace govseal {
namespace {

bool has_duplicate_key(JsonValue const& value);

bool object_repeats_key(JsonValue::Object const& object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (auto const& [key, member] : object) keys.emplace_back(key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

// parse_json() bounds the depth.
bool has_duplicate_key(JsonValue const& value) {
  if (auto const* object = value.as_object()) {
    return object_repeats_key(*object) ||
           std::any_of(object->begin(), object->end(),
                       [](auto const& member) { return has_duplicate_key(member.second); });
  }
  auto const* array = value.as_array();
  return array != nullptr && std::any_of(array->begin(), array->end(), has_duplicate_key);
}

bool is_string(JsonValue const& object, std::string_view key, std::string_view text) {
  auto const* found = object.find_string(key);
  return found != nullptr && *found == text;
}

char layout_of(JsonValue const& object) {
  if (is_string(object, "recorded_by", "govseal")) return 'P';
  if (object.find("dispatch_type") != nullptr) return 'C';
  return object.find("agent_files_changed") != nullptr ? 'A' : 'B';
}

std::variant<DispatchRecord, RecordDefect> read_fields(JsonValue const& object) {
  if (!is_string(object, "type", "layer_down_dispatch")) return RecordDefect::wrong_type;
  auto const* sha = object.find("commit_sha");
  if (sha == nullptr) return RecordDefect::commit_sha_missing;
  if (sha->as_string() == nullptr) return RecordDefect::commit_sha_not_string;
  auto commit = parse_commit_text(*sha->as_string());
  if (auto const* defect = std::get_if<RecordDefect>(&commit)) return *defect;

  DispatchRecord record;
  record.layout = layout_of(object);
  record.commit = std::get<CommitText>(std::move(commit));
  if (auto const* timestamp = object.find_string("timestamp")) record.timestamp = *timestamp;
  auto const* covers = object.find("covers");
  record.has_covers = covers != nullptr;
  if (covers != nullptr && record.layout == 'P') {
    record.covers_not_array = covers->as_array() == nullptr;
    if (covers->as_array() != nullptr) record.covers = *covers->as_array();
  }
  return record;
}

}  // namespace

char const* name_of(RecordDefect defect) noexcept {
  switch (defect) {
    case RecordDefect::object_missing:
      return "object_missing";
    case RecordDefect::not_regular_file:
      return "not_regular_file";
    case RecordDefect::too_large:
      return "too_large";
    case RecordDefect::not_json:
      return "not_json";
    case RecordDefect::duplicate_key:
      return "duplicate_key";
    case RecordDefect::not_object:
      return "not_object";
    case RecordDefect::wrong_type:
      return "wrong_type";
    case RecordDefect::commit_sha_missing:
      return "commit_sha_missing";
    case RecordDefect::commit_sha_not_string:
      return "commit_sha_not_string";
    case RecordDefect::commit_sha_not_hex:
      return "commit_sha_not_hex";
    case RecordDefect::commit_sha_length:
      return "commit_sha_length";
    case RecordDefect::unresolvable:
      return "unresolvable";
    case RecordDefect::ambiguous:
      return "ambiguous";
    case RecordDefect::not_a_commit:
      return "not_a_commit";
  }
  return "";
}

std::variant<CommitText, RecordDefect> parse_commit_text(std::string_view text) {
  constexpr std::string_view kTrimmed = " \t\r\n";
  CommitText commit;
  auto first = text.find_first_not_of(kTrimmed);
  if (first == std::string_view::npos) return RecordDefect::commit_sha_not_hex;
  auto cleaned = text.substr(first, text.find_last_not_of(kTrimmed) - first + 1);
  commit.trimmed = cleaned.size() != text.size();
  for (char byte : cleaned) {
    bool upper = byte >= 'A' && byte <= 'F';
    if (!upper && !(byte >= 'a' && byte <= 'f') && !(byte >= '0' && byte <= '9')) {
      return RecordDefect::commit_sha_not_hex;
    }
    commit.upper_case = commit.upper_case || upper;
    commit.digits += upper ? static_cast<char>(byte - 'A' + 'a') : byte;
  }
  if (commit.digits.size() < 7 || commit.digits.size() > 40) return RecordDefect::commit_sha_length;
  return commit;
}

std::variant<DispatchRecord, RecordDefect> parse_dispatch_record(std::string_view bytes) {
  // Keys are compared after the whole text is known to be JSON: a file that is both damaged and
  // repetitive is not_json.
  auto parsed = parse_json(bytes, {.allow_duplicate_keys = true});
  auto const* value = std::get_if<JsonValue>(&parsed);
  if (value == nullptr) return RecordDefect::not_json;
  if (has_duplicate_key(*value)) return RecordDefect::duplicate_key;
  if (value->as_object() == nullptr) return RecordDefect::not_object;
  return read_fields(*value);
}

bool is_dispatch_record_name(std::string_view file_name) noexcept {
  constexpr std::string_view kStart = "layer-down-dispatch-";
  constexpr std::string_view kEnd = ".json";
  return file_name.size() >= kStart.size() + kEnd.size() && file_name.starts_with(kStart) &&
         file_name.ends_with(kEnd);
}

bool is_legacy_name(std::string_view file_name) noexcept {
  constexpr std::string_view kStart = "dispatch-";
  constexpr std::string_view kEnd = ".json";
  return file_name.size() >= kStart.size() + kEnd.size() && file_name.starts_with(kStart) &&
         file_name.ends_with(kEnd);
}

}  // namespace govseal
