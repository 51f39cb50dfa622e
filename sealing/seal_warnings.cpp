#include "sealing/seal_warnings.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "sealing/listed_files.h"

namespace govseal {
namespace {

constexpr char kChecksName[] = "checks.json";

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
  std::vector<std::string_view> paths;
  for (ManifestEntry const& entry : payload) paths.emplace_back(entry.relpath);
  judgement.warnings.merge(warnings_about_names(std::move(paths)));
  return judgement;
}

}  // namespace govseal
