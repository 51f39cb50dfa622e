#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace govseal {

/// The name of a git object: 20 raw bytes (SHA-1) or 32 (SHA-256). Ordered by bytes. A default
/// constructed id is empty and names nothing.
class ObjectId {
 public:
  static constexpr std::size_t kSha1Bytes = 20;
  static constexpr std::size_t kSha256Bytes = 32;

  ObjectId() = default;
  /// 40 or 64 lower-case hex digits, nothing else.
  [[nodiscard]] static std::optional<ObjectId> from_hex(std::string_view hex);
  /// Exactly 20 or 32 raw bytes.
  [[nodiscard]] static std::optional<ObjectId> from_raw(std::string_view raw);

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] ByteSpan raw() const noexcept {
    return std::as_bytes(std::span(bytes_.data(), size_));
  }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  friend auto operator<=>(ObjectId const&, ObjectId const&) = default;

 private:
  std::array<std::uint8_t, kSha256Bytes> bytes_{};  // zero behind size_
  std::uint8_t size_ = 0;
};

/// An ObjectId that names a commit.
using CommitId = ObjectId;

}  // namespace govseal

template <>
struct std::hash<govseal::ObjectId> {
  std::size_t operator()(govseal::ObjectId const& id) const noexcept {
    std::size_t value = 0;
    auto raw = id.raw();
    if (raw.size() >= sizeof value) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
};
