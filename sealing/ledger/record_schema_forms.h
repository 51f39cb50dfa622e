#pragma once

/// How the tables of record_schema_*.h are written. Included by those and record_schema.cpp only.
#include <array>

#include "sealing/ledger/record_schema.h"

namespace govseal::schema {

using Words = std::span<std::string_view const>;
using Fields = std::span<FieldRule const>;

constexpr FieldRule field(std::string_view key, FieldForm form) {
  return {.key = key, .form = form};
}
constexpr FieldRule maybe(FieldRule rule) {
  rule.nullable = true;
  return rule;
}
constexpr FieldRule integer(std::string_view key) {
  return field(key, FieldForm::integer);
}
constexpr FieldRule boolean(std::string_view key) {
  return field(key, FieldForm::boolean);
}
constexpr FieldRule timestamp(std::string_view key) {
  return field(key, FieldForm::timestamp);
}
constexpr FieldRule hex64(std::string_view key) {
  return field(key, FieldForm::hex64);
}
constexpr FieldRule object_id(std::string_view key) {
  return field(key, FieldForm::object_id);
}
constexpr FieldRule name(std::string_view key) {
  return field(key, FieldForm::name);
}
constexpr FieldRule path(std::string_view key) {
  return field(key, FieldForm::path);
}
constexpr FieldRule item_list(std::string_view key) {
  return field(key, FieldForm::item_list);
}
constexpr FieldRule codes(std::string_view key) {
  return field(key, FieldForm::codes);
}
constexpr FieldRule ssh_sig(std::string_view key) {
  return field(key, FieldForm::ssh_sig);
}
constexpr FieldRule text(std::string_view key, std::size_t bytes_max) {
  return {.key = key, .form = FieldForm::text, .limit = bytes_max};
}
constexpr FieldRule word(std::string_view key, Words words) {
  return {.key = key, .form = FieldForm::word, .words = words};
}
constexpr FieldRule object(std::string_view key, Fields members) {
  return {.key = key, .form = FieldForm::object, .members = members};
}
constexpr FieldRule objects(std::string_view key, std::size_t items_max, Fields members) {
  return {.key = key, .form = FieldForm::object_array, .limit = items_max, .members = members};
}
constexpr FieldRule names(std::string_view key, std::size_t items_max) {
  return {.key = key, .form = FieldForm::name_array, .limit = items_max};
}
constexpr FieldRule texts(std::string_view key, std::size_t items_max, std::size_t bytes_max) {
  return {.key = key, .form = FieldForm::text_array, .limit = items_max, .item_limit = bytes_max};
}
constexpr FieldRule base64(std::string_view key, std::size_t bytes_max) {
  return {.key = key, .form = FieldForm::base64, .limit = bytes_max};
}

inline constexpr std::size_t kPathBytesMax = 4096;
inline constexpr std::size_t kRootIdBytesMax = 512;

constexpr FieldRule repo() {
  return name("repo");
}
constexpr FieldRule root_id() {
  return text("root", kRootIdBytesMax);
}

inline constexpr std::string_view kOperations[] = {"write", "create", "delete", "rename",
                                                   "attribute"};
inline constexpr std::string_view kRungs[] = {"A", "C", "D"};

inline constexpr std::string_view kConfidences[] = {"exact", "live", "pid-only", "unknown"};
inline constexpr std::string_view kActorFields[] = {
    "pid",         "exe",    "uid",        "comm",      "gid",        "loginuid",
    "start_ticks", "cgroup", "confidence", "operation", "observed_at"};
inline constexpr FieldRule kActorMembers[] = {
    maybe(integer("pid")),
    maybe(text("exe", 1024)),
    maybe(integer("uid")),
    maybe(text("comm", 64)),
    maybe(integer("gid")),
    maybe(integer("loginuid")),
    maybe(integer("start_ticks")),
    maybe(text("cgroup", 512)),
    word("confidence", kConfidences),
    maybe(word("operation", kOperations)),
    timestamp("observed_at"),
    {.key = "unreadable", .form = FieldForm::word_array, .words = kActorFields},
};
constexpr FieldRule actor() {
  return maybe(object("actor", kActorMembers));
}

inline constexpr FieldRule kByMembers[] = {integer("uid"), integer("pid"), name("role")};
constexpr FieldRule by() {
  return maybe(object("by", kByMembers));
}

}  // namespace govseal::schema
