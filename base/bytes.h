#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace govseal {

using ByteSpan = std::span<std::byte const>;

/// The bytes of a text; the text must outlive the span.
[[nodiscard]] inline ByteSpan bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view text_of(ByteSpan bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// Lower-case hex.
[[nodiscard]] std::string to_hex(ByteSpan bytes);
/// Strict: even length, lower-case digits only (ledger.md 2).
[[nodiscard]] std::optional<std::string> from_hex(std::string_view hex);

/// RFC 4648 section 4, padded, no line breaks.
[[nodiscard]] std::string to_base64(ByteSpan bytes);
/// Strict: no white space, padding present, unused bits zero.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace govseal
