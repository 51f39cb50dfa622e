#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace govseal {

/// What an operator's envelope says beside the payload (sealing.md 9.1). What git cannot answer is
/// null in the file, never invented.
struct EnvelopeFacts {
  nanoseconds now_wall{};                 // `created_utc`
  std::optional<std::string> git_commit;  // HEAD, hex
  std::optional<bool> dirty;              // of the work tree before anything is written
};

/// The bytes of run.json for `govseal seal --write-envelope`. `payload`: the other regular files of
/// the folder, sorted by bytes. Pure.
[[nodiscard]] std::string make_envelope_bytes(std::string_view folder_name,
                                              EnvelopeFacts const& facts,
                                              std::vector<std::string_view> const& payload);

}  // namespace govseal
