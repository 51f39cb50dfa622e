#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace govseal {

/// Appends u32 length || bytes (RFC 4251 section 5).
void append_ssh_string(std::string& out, std::string_view bytes);

/// Takes the parts of an SSH wire value from its front; nullopt when they are not there.
class SshReader {
 public:
  explicit SshReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] std::optional<std::uint32_t> u32();
  [[nodiscard]] std::optional<std::string_view> string();
  [[nodiscard]] bool literal(std::string_view expected);
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace govseal
