#include "reporting/record_fields.h"

#include "sealing/ledger/text_field.h"

namespace govseal {
namespace {

std::optional<std::int64_t> maybe_int(JsonValue const& object, std::string_view key) {
  return object.find_int(key);
}

}  // namespace

std::string raw_text(std::string_view encoded) {
  auto raw = decode_text(encoded);
  return raw ? std::move(*raw) : std::string(encoded);
}

std::optional<std::string> maybe_text(JsonValue const& body, std::string_view key) {
  std::string const* const text = body.find_string(key);
  if (text == nullptr) return std::nullopt;
  return raw_text(*text);
}

std::string text_field(JsonValue const& body, std::string_view key) {
  return maybe_text(body, key).value_or("");
}

std::optional<std::uint64_t> maybe_number(JsonValue const& body, std::string_view key) {
  auto const number = body.find_int(key);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::uint64_t number_field(JsonValue const& body, std::string_view key) {
  return maybe_number(body, key).value_or(0);
}

std::optional<Digest> maybe_digest(JsonValue const& body, std::string_view key) {
  std::string const* const text = body.find_string(key);
  return text == nullptr ? std::nullopt : Digest::from_hex(*text);
}

Digest digest_field(JsonValue const& body, std::string_view key) {
  return maybe_digest(body, key).value_or(Digest{});
}

std::optional<nanoseconds> maybe_time(JsonValue const& body, std::string_view key) {
  std::string const* const text = body.find_string(key);
  return text == nullptr ? std::nullopt : parse_utc(*text);
}

std::vector<std::string> text_array(JsonValue const& body, std::string_view key) {
  std::vector<std::string> items;
  JsonValue const* const field = body.find(key);
  JsonValue::Array const* const array = field == nullptr ? nullptr : field->as_array();
  if (array == nullptr) return items;
  for (JsonValue const& item : *array) {
    if (std::string const* const text = item.as_string()) items.push_back(raw_text(*text));
  }
  return items;
}

std::vector<std::string> list_items(JsonValue const& body, std::string_view key) {
  JsonValue const* const list = body.find(key);
  return list == nullptr ? std::vector<std::string>{} : text_array(*list, "first");
}

std::uint64_t list_count(JsonValue const& body, std::string_view key) {
  JsonValue const* const list = body.find(key);
  return list == nullptr ? 0 : number_field(*list, "n");
}

std::optional<Actor> actor_field(JsonValue const& body, std::string_view key) {
  JsonValue const* const field = body.find(key);
  if (field == nullptr || field->as_object() == nullptr) return std::nullopt;
  Actor actor;
  actor.pid = maybe_int(*field, "pid");
  actor.exe = maybe_text(*field, "exe");
  actor.uid = maybe_int(*field, "uid");
  actor.comm = maybe_text(*field, "comm");
  actor.gid = maybe_int(*field, "gid");
  actor.loginuid = maybe_int(*field, "loginuid");
  actor.start_ticks = maybe_int(*field, "start_ticks");
  actor.cgroup = maybe_text(*field, "cgroup");
  actor.confidence = text_field(*field, "confidence");
  actor.operation = maybe_text(*field, "operation");
  actor.observed_at = maybe_time(*field, "observed_at").value_or(nanoseconds{});
  actor.unreadable = text_array(*field, "unreadable");
  return actor;
}

std::optional<By> by_field(JsonValue const& body, std::string_view key) {
  JsonValue const* const field = body.find(key);
  if (field == nullptr || field->as_object() == nullptr) return std::nullopt;
  By by;
  by.uid = maybe_int(*field, "uid").value_or(0);
  by.pid = maybe_int(*field, "pid").value_or(0);
  by.role = text_field(*field, "role");
  return by;
}

std::vector<Candidate> candidates_field(JsonValue const& body) {
  std::vector<Candidate> candidates;
  JsonValue const* const field = body.find("candidates");
  JsonValue::Array const* const array = field == nullptr ? nullptr : field->as_array();
  if (array == nullptr) return candidates;
  for (JsonValue const& item : *array) {
    Candidate candidate;
    candidate.pid = maybe_int(item, "pid").value_or(0);
    candidate.uid = maybe_int(item, "uid");
    candidate.comm = maybe_text(item, "comm");
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace govseal
