#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace govseal {

/// What validation asks about the host (api.md 9.8). The seam behind which tests put a made-up
/// host; const methods are thread-safe and never throw: what cannot be found out is "unknown".
class HostView {
 public:
  enum class PathKind { missing, regular, directory, other, unknown };

  virtual ~HostView() = default;
  [[nodiscard]] virtual bool user_exists(std::string const& name) const = 0;
  [[nodiscard]] virtual bool group_exists(std::string const& name) const = 0;
  /// Following symbolic links.
  [[nodiscard]] virtual PathKind path_kind(std::string const& path) const = 0;
  /// Absolute path without links; the text itself when it does not exist or cannot be resolved.
  [[nodiscard]] virtual std::string canonical(std::string const& path) const = 0;
  /// Whether `uid` may create entries in this directory.
  [[nodiscard]] virtual std::optional<bool> writable(std::string const& directory,
                                                     std::uint32_t uid) const = 0;
  /// Number of the filesystem a path lies on.
  [[nodiscard]] virtual std::optional<std::uint64_t> device(std::string const& path) const = 0;
  /// Whether the process whose configuration this is holds the capability CAP_... of that number;
  /// nullopt: this process is not the agent and cannot tell.
  [[nodiscard]] virtual std::optional<bool> has_capability(unsigned number) const = 0;
};

/// The host this process runs on. writable() is exact for the user of this process; for others it
/// goes by mode bits and is unknown where there is an ACL.
class SystemHost final : public HostView {
 public:
  /// `is_agent`: this process is the agent, so its capabilities say something.
  explicit SystemHost(bool is_agent = false) : is_agent_(is_agent) {}
  [[nodiscard]] bool user_exists(std::string const& name) const override;
  [[nodiscard]] bool group_exists(std::string const& name) const override;
  [[nodiscard]] PathKind path_kind(std::string const& path) const override;
  [[nodiscard]] std::string canonical(std::string const& path) const override;
  [[nodiscard]] std::optional<bool> writable(std::string const& directory,
                                             std::uint32_t uid) const override;
  [[nodiscard]] std::optional<std::uint64_t> device(std::string const& path) const override;
  [[nodiscard]] std::optional<bool> has_capability(unsigned number) const override;

 private:
  bool is_agent_;
};

}  // namespace govseal
