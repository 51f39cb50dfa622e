#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace govseal {

/// Cursors of lists: the sort key of the last item, with a tag that only this run of the agent
/// makes for this list. Opaque to clients, short enough for a request line. Pure once made.
class CursorBox {
 public:
  /// `secret` differs from one run of the agent to the next.
  explicit CursorBox(std::string secret);

  [[nodiscard]] std::string encode(std::string_view list, std::string_view key) const;
  /// The key; nullopt for anything that encode() did not make for this list.
  [[nodiscard]] std::optional<std::string> decode(std::string_view list,
                                                  std::string_view cursor) const;

 private:
  [[nodiscard]] std::string tag(std::string_view list, std::string_view key) const;
  std::string secret_;
};

}  // namespace govseal
