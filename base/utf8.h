#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace govseal {

/// Strict UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// Length in bytes (1..4) of the valid UTF-8 sequence at the start of `bytes`, 0 when there is
/// none.
[[nodiscard]] unsigned utf8_sequence_length(std::string_view bytes) noexcept;
/// The code point of a valid sequence of that length.
[[nodiscard]] char32_t utf8_decode(std::string_view sequence) noexcept;
void utf8_append(std::string& out, char32_t code_point);

/// Each byte that is not part of valid UTF-8 becomes U+FFFD (api.md 3).
[[nodiscard]] std::string utf8_with_replacement(std::string_view bytes);

/// How text from repositories is shown on terminals, tables and in reports (api.md 8): control
/// characters, invalid bytes and direction marks as `\xNN` or `\uNNNN`; when anything was escaped,
/// `\` itself as `\\`.
[[nodiscard]] std::string escape_for_display(std::string_view bytes);

}  // namespace govseal
