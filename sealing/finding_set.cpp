#include "sealing/finding_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace govseal {
namespace {

/// Above this size the findings are sorted and cut, so that the work stays linear.
constexpr std::size_t kFindingsHeldMax = 8 * kFindingsMax;

}  // namespace

void FindingSet::add(std::string_view code, std::string_view path,
                     std::optional<std::string> expected, std::optional<std::string> actual) {
  if (auto const known = codes_.find(std::string(code)); known == codes_.end()) {
    codes_.emplace(code);
  }
  findings_.push_back(
      {std::string(code), std::string(path), std::move(expected), std::move(actual)});
  if (findings_.size() >= kFindingsHeldMax) shrink();
}

void FindingSet::merge(FindingSet other) {
  codes_.merge(other.codes_);
  truncated_ = truncated_ || other.truncated_;
  findings_.insert(findings_.end(), std::make_move_iterator(other.findings_.begin()),
                   std::make_move_iterator(other.findings_.end()));
  if (findings_.size() >= kFindingsHeldMax) shrink();
}

void FindingSet::shrink() {
  std::sort(findings_.begin(), findings_.end());
  findings_.erase(std::unique(findings_.begin(), findings_.end()), findings_.end());
  if (findings_.size() <= kFindingsMax) return;
  findings_.resize(kFindingsMax);
  truncated_ = true;
}

std::vector<SealFinding> FindingSet::take() {
  shrink();
  return std::exchange(findings_, {});
}

void FindingSet::move_into(FolderVerdict& verdict) {
  verdict.findings = take();
  verdict.findings_truncated = truncated_;
  verdict.codes.merge(codes_);
}

}  // namespace govseal
