#include "sealing/bound_judge.h"

#include <algorithm>

namespace govseal {
namespace {

/// A binding of converted line ends may heal; the others must stay what they are.
bool is_as_good(Verdict bound, std::optional<Verdict> now) {
  if (now == bound) return true;
  return bound == Verdict::eol_normalized && now == Verdict::valid;
}

/// The folder did not hold still, so that not even its root may be known.
bool is_in_motion(BoundLook const& look) {
  return look.verdict.codes.count("tree.changed") != 0;
}

bool is_rewritten(Binding const& binding, BoundLook const& look) {
  if (is_in_motion(look) && !look.verdict.root) return false;
  if (look.verdict.style != binding.style) return true;
  if (binding.root) return look.verdict.root != binding.root;
  return look.hashfile != binding.hashfile;
}

bool was_good(Binding const& binding, BoundLook::Before const& before) {
  return is_as_good(binding.verdict, before.verdict) && before.hashfile == binding.hashfile &&
         before.root == binding.root && before.style == seal_style_name(binding.style);
}

bool only_metadata_codes(FolderVerdict const& verdict) {
  return !verdict.codes.empty() &&
         std::all_of(verdict.codes.begin(), verdict.codes.end(), [](std::string const& code) {
           return code == "tree.hardlink" || code == "tree.setid";
         });
}

BoundEffect gravest(std::vector<BoundChange> const& changes) {
  BoundEffect effect = BoundEffect::none;
  for (BoundChange const& change : changes) effect = std::max(effect, change.effect);
  return effect;
}

/// The folder is good: what the changes alone amount to.
BoundEffect effect_of_changes(BoundLook const& look, BoundHints const& hints) {
  if (hints.was_missing) return BoundEffect::none;
  // Better bytes than the row has (line ends restored) were written, too.
  BoundEffect const effect = std::min(gravest(look.changes), BoundEffect::same_bytes);
  if (!hints.written || effect == BoundEffect::same_bytes) return effect;
  // Written to, says the kernel. A changed stat confirms it; without one, the state is equal.
  return effect == BoundEffect::metadata ? BoundEffect::same_bytes : BoundEffect::transient;
}

BoundEffect effect_of(Binding const& binding, BoundLook const& look, BoundHints const& hints) {
  bool const good = is_as_good(binding.verdict, look.verdict.verdict);
  bool const converted_again = binding.verdict == Verdict::eol_normalized &&
                               look.verdict.verdict == Verdict::eol_normalized &&
                               gravest(look.changes) == BoundEffect::content;
  if ((!good && !only_metadata_codes(look.verdict)) || converted_again) return BoundEffect::content;
  if (look.hashfile != binding.hashfile) return BoundEffect::hashfile;
  if (!good) return BoundEffect::metadata;
  return effect_of_changes(look, hints);
}

BoundChangeKind kind_of(BoundLook const& look) {
  BoundEffect const effect = gravest(look.changes);
  for (BoundChange const& change : look.changes) {
    if (change.effect == effect) return change.kind;
  }
  return BoundChangeKind::write;
}

}  // namespace

std::string_view bound_violation_name(BoundViolation violation) noexcept {
  switch (violation) {
    case BoundViolation::none:
      return {};
    case BoundViolation::sealed_write:
      return "sealed_write";
    case BoundViolation::seal_rewritten:
      return "seal_rewritten";
    case BoundViolation::run_missing:
      return "run_missing";
  }
  return {};
}

BoundJudgement judge_bound(Binding const& binding, BoundLook const& look, BoundHints const& hints) {
  BoundJudgement judgement;
  if (look.missing) {
    judgement.violation = BoundViolation::run_missing;
    return judgement;
  }
  judgement.found_root = look.verdict.root;
  if (is_in_motion(look) && !judgement.found_root) judgement.found_root = binding.root;
  judgement.kind = kind_of(look);
  if (is_rewritten(binding, look)) {
    judgement.violation = BoundViolation::seal_rewritten;
    return judgement;
  }
  judgement.is_good =
      is_as_good(binding.verdict, look.verdict.verdict) && look.hashfile == binding.hashfile;
  judgement.recovered = judgement.is_good && look.before && !was_good(binding, *look.before);
  if (judgement.recovered) return judgement;  // the write that repaired is not held against it
  judgement.effect = effect_of(binding, look, hints);
  if (judgement.effect != BoundEffect::none) judgement.violation = BoundViolation::sealed_write;
  return judgement;
}

std::string_view severity_of(BoundJudgement const& judgement) noexcept {
  if (judgement.violation == BoundViolation::none) return {};
  if (judgement.violation != BoundViolation::sealed_write) return "critical";
  switch (judgement.effect) {
    case BoundEffect::content:
    case BoundEffect::hashfile:
      return "critical";
    case BoundEffect::same_bytes:
    case BoundEffect::transient:
      return "medium";
    case BoundEffect::metadata:
    case BoundEffect::none:
      return "low";
  }
  return {};
}

}  // namespace govseal
