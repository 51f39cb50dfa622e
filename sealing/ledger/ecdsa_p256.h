#pragma once

#include <string_view>

namespace govseal {

/// An uncompressed point 0x04 || X || Y on the curve P-256.
[[nodiscard]] bool is_p256_point(std::string_view point);

/// ECDSA with SHA-256; `r` and `s` are big-endian without sign or padding.
[[nodiscard]] bool p256_verify(std::string_view point, std::string_view message, std::string_view r,
                               std::string_view s);

}  // namespace govseal
