#include "reporting/layer_down/missing_objects.h"

#include <algorithm>

namespace govseal {
namespace {

constexpr std::uint64_t kBlobBytesMax = 16U << 20U;

bool is_readable(GitReader& git, ObjectKind kind, ObjectId const& id) {
  switch (kind) {
    case ObjectKind::commit:
      return git.read_commit(id).has_value();
    case ObjectKind::tree:
      return git.read_tree(id).has_value();
    case ObjectKind::blob:
      return git.read_blob(id, kBlobBytesMax).has_value();
    case ObjectKind::tag:
      break;
  }
  return false;
}

}  // namespace

void MissingObjects::add(std::uint32_t position, ObjectKind kind, ObjectId const& id) {
  bool known = std::any_of(missing_.begin(), missing_.end(),
                           [&](Missing const& missing) { return missing.id == id; });
  if (known) return;
  missing_.push_back({position, kind, id});
  if (missing_.size() > kRememberedMax) {
    missing_.erase(missing_.begin() + static_cast<std::ptrdiff_t>(kRememberedMax / 2));
  }
}

void MissingObjects::truncate(std::uint32_t position) {
  std::erase_if(missing_, [&](Missing const& missing) { return missing.position >= position; });
}

std::optional<std::uint32_t> MissingObjects::find_returned(GitReader& git) const {
  for (auto const& missing : missing_) {
    if (is_readable(git, missing.kind, missing.id)) return missing.position;
  }
  return std::nullopt;
}

}  // namespace govseal
