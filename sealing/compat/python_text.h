#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace govseal {

/// Text as the reference validator sees it (sealing.md 5): sequences of code points, here in
/// generalised UTF-8, which also holds lone surrogates and sorts like code points. All pure.

/// UTF-8 text with CRLF and lone CR read as LF; nullopt when it is not UTF-8.
[[nodiscard]] std::optional<std::string> read_text(std::string_view bytes);

/// Without white space at both ends.
[[nodiscard]] std::string_view strip(std::string_view text);

/// The text stripped and split at LF, without lines of white space only.
[[nodiscard]] std::vector<std::string_view> kept_lines(std::string_view text);

/// The parts between white space.
[[nodiscard]] std::vector<std::string_view> tokens(std::string_view text);

/// The bytes by which the system knows a name: U+DC80..DCFF stand for bytes that are no UTF-8.
/// nullopt where no such name can exist (other lone surrogates, NUL).
[[nodiscard]] std::optional<std::string> name_bytes(std::string_view text);

/// The text of a name on disk; the reverse of name_bytes().
[[nodiscard]] std::string name_text(std::string_view bytes);

}  // namespace govseal
