#include "watchers/actor.h"

namespace govseal {

std::string_view name_of(Confidence confidence) noexcept {
  switch (confidence) {
    case Confidence::exact:
      return "exact";
    case Confidence::live:
      return "live";
    case Confidence::pid_only:
      return "pid-only";
    case Confidence::unknown:
      return "unknown";
  }
  return {};
}

std::string_view name_of(ActorOperation operation) noexcept {
  switch (operation) {
    case ActorOperation::write:
      return "write";
    case ActorOperation::create:
      return "create";
    case ActorOperation::remove:
      return "delete";
    case ActorOperation::rename:
      return "rename";
    case ActorOperation::attribute:
      return "attribute";
  }
  return {};
}

}  // namespace govseal
