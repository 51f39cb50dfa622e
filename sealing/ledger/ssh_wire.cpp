#include "sealing/ledger/ssh_wire.h"

namespace govseal {

void append_ssh_string(std::string& out, std::string_view bytes) {
  auto const size = static_cast<std::uint32_t>(bytes.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  out += bytes;
}

std::optional<std::uint32_t> SshReader::u32() {
  if (rest_.size() < 4) return std::nullopt;
  std::uint32_t number = 0;
  for (char const c : rest_.substr(0, 4)) number = number << 8 | static_cast<unsigned char>(c);
  rest_.remove_prefix(4);
  return number;
}

std::optional<std::string_view> SshReader::string() {
  auto const size = u32();
  if (!size || rest_.size() < *size) return std::nullopt;
  auto const bytes = rest_.substr(0, *size);
  rest_.remove_prefix(*size);
  return bytes;
}

bool SshReader::literal(std::string_view expected) {
  if (!rest_.starts_with(expected)) return false;
  rest_.remove_prefix(expected.size());
  return true;
}

}  // namespace govseal
