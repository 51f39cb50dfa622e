#include "sealing/seal_warnings.h"

#include <algorithm>
#include <memory>
#include <variant>

#include "sealing/path_rules.h"

namespace govseal {
namespace {

constexpr char kChecksName[] = "checks.json";

void add_name_warnings(std::vector<ManifestEntry> const& payload, std::set<std::string>& warnings) {
  std::set<std::string> folded;
  for (ManifestEntry const& entry : payload) {
    for (std::string_view const warning : name_warnings(entry.relpath)) warnings.emplace(warning);
    if (!folded.insert(ascii_lower(entry.relpath)).second) warnings.insert("name.case_collision");
  }
}

}  // namespace

EnvelopeJudgement judge_payload(Directory const& folder, std::string_view folder_name,
                                std::vector<ManifestEntry> const& payload) {
  EnvelopeJudgement judgement;
  auto const opened = folder.open_file(RelativePath::of(kEnvelopeName));
  if (auto const* const file = std::get_if<std::unique_ptr<File>>(&opened)) {
    bool const has_checks =
        std::any_of(payload.begin(), payload.end(),
                    [](ManifestEntry const& entry) { return entry.relpath == kChecksName; });
    if (auto const bytes = read_all(**file, kEnvelopeBytesMax)) {
      judgement = judge_envelope(parse_envelope(*bytes), folder_name, has_checks);
    }
  }
  add_name_warnings(payload, judgement.warnings);
  return judgement;
}

}  // namespace govseal
