#include "watchers/git/commit_id.h"

namespace govseal {

std::optional<ObjectId> ObjectId::from_hex(std::string_view hex) {
  auto raw = govseal::from_hex(hex);
  return raw ? from_raw(*raw) : std::nullopt;
}

std::optional<ObjectId> ObjectId::from_raw(std::string_view raw) {
  if (raw.size() != kSha1Bytes && raw.size() != kSha256Bytes) return std::nullopt;
  ObjectId id;
  std::memcpy(id.bytes_.data(), raw.data(), raw.size());
  id.size_ = static_cast<std::uint8_t>(raw.size());
  return id;
}

std::string ObjectId::hex() const {
  return to_hex(raw());
}

}  // namespace govseal
