#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// An entry of manifest.json as compat reads it: the last of a key counts.
struct CompatEntry {
  enum class Relpath { absent, text, scalar, container };
  bool is_object = false;
  std::string_view source;  // the JSON text of the entry
  Relpath relpath_kind = Relpath::absent;
  std::string relpath;                     // absent counts as ""
  std::optional<std::string_view> bytes;   // JSON text of the value
  std::optional<std::string_view> sha256;  // the same
};

struct CompatManifest {
  enum class Form { not_json, not_array, array };
  Form form = Form::not_json;
  std::vector<CompatEntry> entries;
};

/// Views point into `text`, which is UTF-8. Pure.
[[nodiscard]] CompatManifest read_compat_manifest(std::string_view text);

/// What run.json has of `run_id` and `created_utc`.
struct CompatEnvelope {
  enum class Form { not_json, no_container, container };
  Form form = Form::not_json;  // no_container: a number, true, false or null
  bool has_run_id = false;
  bool has_created_utc = false;
};

/// A key of an object, an element of an array, or a part of a string. Pure.
[[nodiscard]] CompatEnvelope read_compat_envelope(std::string_view text);

}  // namespace govseal
