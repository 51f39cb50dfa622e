#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"

namespace govseal {

/// How outside bytes become text of a record (LEDGER_FORMAT.md, "Text"): bytes that are not UTF-8,
/// control characters, `%` and `…` are written as `%XX`; all else is copied. Reversible.
[[nodiscard]] std::string encode_text(std::string_view raw);

/// The same, at most `bytes_max` bytes: a longer text is cut to a prefix, `…#` and the hex SHA-256
/// of the raw bytes. Below 68 bytes there is no room for a digest: a prefix and `…`. Bytes count
/// before JSON escaping.
[[nodiscard]] std::string encode_text(std::string_view raw, std::size_t bytes_max);

/// The raw bytes of an encoded text; nullopt when it was cut or is not what encode_text writes.
[[nodiscard]] std::optional<std::string> decode_text(std::string_view text);

/// True for every text encode_text(_, bytes_max) can have written, cut or not.
[[nodiscard]] bool is_encoded_text(std::string_view text, std::size_t bytes_max);

/// `{"n":N,"sha256":H,"first":[...]}`: what a record says about a set of raw items.
struct ItemList {
  static constexpr std::size_t kFirstMax = 32;
  static constexpr std::size_t kItemBytesMax = 512;

  std::uint64_t count = 0;         // distinct items
  Digest sha256;                   // over all items in byte order, each followed by one 0x00
  std::vector<std::string> first;  // encoded, at most kFirstMax
};
[[nodiscard]] ItemList make_list(std::vector<std::string> items);

/// `"` + text with `\"` and `\\` escaped + `"`; the text must be encoded already.
[[nodiscard]] std::string json_string(std::string_view encoded_text);

}  // namespace govseal
