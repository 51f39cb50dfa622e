#include "reporting/layer_down/finding_id.h"

#include "base/sha256.h"

namespace govseal {

std::string layer_down_finding_id(std::string_view code, std::string_view repository,
                                  std::vector<std::string> const& parts) {
  Sha256 hash;
  hash.update("govseal-finding-v1\n").update(code).update("\n").update(repository).update("\n");
  for (auto const& part : parts) hash.update(part).update("\n");
  return "LD-" + hash.finish().hex().substr(0, 16);
}

}  // namespace govseal
