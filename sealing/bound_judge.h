#pragma once

#include <optional>
#include <string_view>

#include "base/relative_path.h"
#include "sealing/bound_changes.h"
#include "sealing/bound_look.h"
#include "sealing/verdict.h"

namespace govseal {

/// What the ledger ties (repository, run path) to (sealing.md 10). Never changes.
struct Binding {
  std::optional<Digest> root;  // none for legacy styles
  Digest hashfile;             // SHA-256 of the file that binds
  SealStyle style = SealStyle::contract;
  Verdict verdict = Verdict::valid;  // VALID, EOL_NORMALIZED or LEGACY when it was bound
};

/// What the watchers told of the folder since the last look. Hints decide nothing but `transient`
/// (watching.md 1).
struct BoundHints {
  /// Something in the folder was written to by somebody else than the agent: hints of kind
  /// `content`. Hints that a writer closed a file without writing do not count.
  bool written = false;
  /// `run_missing` is open: the folder is back, so all its files may be other ones with the sealed
  /// bytes.
  bool was_missing = false;
};

enum class BoundViolation { none, sealed_write, seal_rewritten, run_missing };
/// `sealed_write`, `seal_rewritten`, `run_missing`; empty for none.
[[nodiscard]] std::string_view bound_violation_name(BoundViolation violation) noexcept;

struct BoundJudgement {
  BoundViolation violation = BoundViolation::none;
  BoundEffect effect = BoundEffect::none;         // of sealed_write
  BoundChangeKind kind = BoundChangeKind::write;  // of the gravest change
  std::optional<Digest> found_root;
  /// The verdict is as good as the one that was bound, and the hash file is the bound one.
  bool is_good = false;
  /// It is now, and was not at the last look: violations of this folder can be closed.
  bool recovered = false;
};

/// The table of sealing.md 10, but for `seal_copied`, which needs the bindings of all folders.
///
/// `content` and `hashfile`, `seal_rewritten` and `run_missing` are states: they are found again at
/// every look until the folder is good again. `same_bytes`, `transient` and `metadata` are found
/// once, by what changed since the row. A link count or set-id bit alone makes the verdict INVALID
/// and yet is `metadata`, not `content`, as watching.md W23 has it. Pure.
[[nodiscard]] BoundJudgement judge_bound(Binding const& binding, BoundLook const& look,
                                         BoundHints const& hints);

/// `critical`, `medium` or `low` (api.md 5.6); empty for no violation. `run_missing` is critical
/// unless only another branch has the run, which the caller knows.
[[nodiscard]] std::string_view severity_of(BoundJudgement const& judgement) noexcept;

}  // namespace govseal
