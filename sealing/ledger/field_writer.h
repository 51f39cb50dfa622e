#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sealing/ledger/records_common.h"

namespace govseal {

/// Writes the fields of one record in their order. Each method takes the raw value and an unset
/// optional as null; the schema is asserted later, on the whole line.
class FieldWriter {
 public:
  FieldWriter& integer(std::string_view key, std::int64_t number);
  FieldWriter& integer(std::string_view key, std::optional<std::int64_t> const& number);
  FieldWriter& boolean(std::string_view key, bool flag);
  FieldWriter& digest(std::string_view key, Digest const& digest);
  FieldWriter& digest(std::string_view key, std::optional<Digest> const& digest);
  FieldWriter& time(std::string_view key, nanoseconds wall);
  FieldWriter& time(std::string_view key, std::optional<nanoseconds> const& wall);
  /// A name, word, object id or key: text that its own form keeps free of what needs encoding.
  FieldWriter& word(std::string_view key, std::string const& text);
  FieldWriter& word(std::string_view key, std::optional<std::string> const& text);
  /// Outside bytes, encoded and cut to `bytes_max`.
  FieldWriter& text(std::string_view key, std::string const& raw, std::size_t bytes_max);
  FieldWriter& text(std::string_view key, std::optional<std::string> const& raw,
                    std::size_t bytes_max);
  /// A path from the repository's top; the empty path, the top itself, is written as `.`.
  FieldWriter& path(std::string_view key, std::string const& raw);
  FieldWriter& path(std::string_view key, std::optional<std::string> const& raw);
  FieldWriter& base64(std::string_view key, std::string const& bytes);
  FieldWriter& base64(std::string_view key, std::optional<std::string> const& bytes);
  FieldWriter& list(std::string_view key, std::vector<std::string> const& items);
  /// Sorted, each once, the first 32.
  FieldWriter& codes(std::string_view key, std::vector<std::string> const& items);
  /// Words in the order given, the first `items_max`.
  FieldWriter& words(std::string_view key, std::vector<std::string> const& items,
                     std::size_t items_max);
  FieldWriter& texts(std::string_view key, std::vector<std::string> const& items,
                     std::size_t items_max, std::size_t bytes_max);
  FieldWriter& actor(std::optional<record::Actor> const& actor);
  FieldWriter& by(std::optional<record::By> const& by);
  /// Already written JSON.
  FieldWriter& raw(std::string_view key, std::string_view json);

  /// `{...}` of what was written.
  [[nodiscard]] std::string take_object();
  /// The draft of a type, urgent when the type is.
  [[nodiscard]] RecordDraft take(std::string_view type);

 private:
  std::string out_;
};

/// `[a,b]` of already written JSON.
[[nodiscard]] std::string json_array(std::vector<std::string> const& items);

}  // namespace govseal
