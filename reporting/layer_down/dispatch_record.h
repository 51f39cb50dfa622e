#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"

namespace govseal {

/// Why a dispatch record counts for nothing (layer-down.md 3.3), in the order of checking.
enum class RecordDefect {
  object_missing,
  not_regular_file,
  too_large,
  not_json,
  duplicate_key,
  not_object,
  wrong_type,
  commit_sha_missing,
  commit_sha_not_string,
  commit_sha_not_hex,
  commit_sha_length,
  unresolvable,
  ambiguous,
  not_a_commit,
};
[[nodiscard]] char const* name_of(RecordDefect defect) noexcept;

inline constexpr std::uint64_t kDispatchRecordBytesMax = 1'048'576;

/// A commit name as an operator typed it, cleaned: trimmed and lower case.
struct CommitText {
  std::string digits;  // 7 to 40 of [0-9a-f]
  bool trimmed = false;
  bool upper_case = false;
};
/// commit_sha_not_hex, commit_sha_length or the text.
[[nodiscard]] std::variant<CommitText, RecordDefect> parse_commit_text(std::string_view text);

/// The meaning of a record's bytes before anything is looked up in git.
struct DispatchRecord {
  char layout = 'B';  // A, B, C, or P: written by this product
  CommitText commit;
  std::optional<std::string> timestamp;  // as written, when a string
  bool has_covers = false;
  std::vector<JsonValue> covers;  // P only; empty when it is no array
  bool covers_not_array = false;
};
/// Pure. Checks everything of 3.3 from `not_json` to `commit_sha_length`.
[[nodiscard]] std::variant<DispatchRecord, RecordDefect> parse_dispatch_record(
    std::string_view bytes);

/// `layer-down-dispatch-*.json` (layer-down.md 3.2).
[[nodiscard]] bool is_dispatch_record_name(std::string_view file_name) noexcept;
/// `dispatch-*.json`, the retired layout.
[[nodiscard]] bool is_legacy_name(std::string_view file_name) noexcept;

}  // namespace govseal
