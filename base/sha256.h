#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace govseal {

/// A SHA-256 value (FIPS 180-4). Zero-initialised; ordered by bytes.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] ByteSpan span() const noexcept { return std::as_bytes(std::span(bytes)); }
  /// 64 lower-case hex digits, nothing else.
  [[nodiscard]] static std::optional<Digest> from_hex(std::string_view hex);
  /// Exactly 32 raw bytes.
  [[nodiscard]] static std::optional<Digest> from_raw(std::string_view raw);
  friend auto operator<=>(Digest const&, Digest const&) = default;
};

/// Incremental SHA-256 over OpenSSL with a fetched EVP_MD and a reusable context. One object is
/// used by one thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& update(ByteSpan bytes);
  Sha256& update(std::string_view text) { return update(bytes_of(text)); }
  /// The digest of everything since construction or the last finish(); starts anew.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One-shot, with a context kept for each thread.
[[nodiscard]] Digest sha256(ByteSpan bytes);
[[nodiscard]] inline Digest sha256(std::string_view text) {
  return sha256(bytes_of(text));
}

}  // namespace govseal

template <>
struct std::hash<govseal::Digest> {
  std::size_t operator()(govseal::Digest const& digest) const noexcept {
    std::size_t value;
    std::memcpy(&value, digest.bytes.data(), sizeof value);
    return value;
  }
};
