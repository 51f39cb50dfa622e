#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/sha256.h"

namespace govseal {

/// A conversion of line ends (sealing.md 3.8). `to_crlf`: every LF not preceded by CR becomes CR
/// LF. `to_lf`: every CR LF becomes LF.
enum class LineEndChange { to_crlf, to_lf };

/// `to_crlf`, `to_lf`.
[[nodiscard]] std::string_view line_end_change_name(LineEndChange change) noexcept;

/// Converts a stream both ways at once and hashes both results, without keeping any.
class LineEndConverter {
 public:
  void update(ByteSpan piece);
  /// The conversion that gives this digest and, where known, this size; nullopt: none does. Starts
  /// anew.
  [[nodiscard]] std::optional<LineEndChange> finish(std::optional<std::uint64_t> bytes,
                                                    Digest const& sha256);

 private:
  void add_plain(std::string_view text);
  void add_line_end(char c);

  struct Side {
    Sha256 hash;
    std::string buffer;
    std::uint64_t bytes = 0;
    void flush();
    Digest finish();
  };
  Side crlf_;
  Side lf_;
  bool cr_before_ = false;  // the last byte was CR; the LF side has not written it yet
};

/// The conversion of a whole text that gives `sha256` and, where known, `bytes`.
[[nodiscard]] std::optional<LineEndChange> find_line_end_change(std::string_view text,
                                                                std::optional<std::uint64_t> bytes,
                                                                Digest const& sha256);

/// False when no conversion of a file of `actual` bytes can have `expected` bytes: conversions that
/// change anything change the size, and at most by one byte for each LF.
[[nodiscard]] bool can_be_line_ends(std::uint64_t actual, std::optional<std::uint64_t> expected);

}  // namespace govseal
