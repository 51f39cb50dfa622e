#include "sealing/bound_judge.h"

#include <doctest/doctest.h>

#include "tests/sealing/bound_support.h"

using namespace govseal;
using namespace govseal::testing;

namespace {

Digest digest(std::uint8_t fill) {
  Digest out;
  out.bytes.fill(fill);
  return out;
}

Binding legacy_binding(SealStyle style) {
  return {.root = std::nullopt, .hashfile = digest(1), .style = style, .verdict = Verdict::legacy};
}

BoundLook look_of(SealStyle style, Verdict verdict, Digest const& hashfile) {
  BoundLook look;
  look.verdict.style = style;
  look.verdict.verdict = verdict;
  look.hashfile = hashfile;
  return look;
}

BoundChange change_of(BoundEffect effect) {
  BoundChange change;
  change.path = "f";
  change.effect = effect;
  return change;
}

}  // namespace

TEST_CASE("a legacy seal is bound by its hash file alone") {
  Binding const binding = legacy_binding(SealStyle::path1);
  CHECK(text_of(judge_bound(binding, look_of(SealStyle::path1, Verdict::legacy, digest(1)), {})) ==
        "");
  CHECK(text_of(judge_bound(binding, look_of(SealStyle::path1, Verdict::legacy, digest(2)), {})) ==
        "seal_rewritten");
  CHECK(text_of(judge_bound(binding, look_of(SealStyle::path1, Verdict::invalid, digest(1)), {})) ==
        "sealed_write content");
  BoundLook contract = look_of(SealStyle::contract, Verdict::valid, digest(1));
  contract.verdict.root = digest(9);
  CHECK(text_of(judge_bound(binding, contract, {})) == "seal_rewritten");
}

TEST_CASE("what was written and is equal again is transient, by events only") {
  Binding const binding = legacy_binding(SealStyle::path1);
  BoundLook look = look_of(SealStyle::path1, Verdict::legacy, digest(1));
  CHECK(text_of(judge_bound(binding, look, {.written = true})) == "sealed_write transient");
  look.changes = {change_of(BoundEffect::metadata)};
  CHECK(text_of(judge_bound(binding, look, {.written = true})) == "sealed_write same_bytes");
  look.changes = {change_of(BoundEffect::same_bytes)};
  CHECK(text_of(judge_bound(binding, look, {.written = true})) == "sealed_write same_bytes");
  CHECK(text_of(judge_bound(binding, look, {.written = true, .was_missing = true})) == "");
  look.verdict.verdict = Verdict::invalid;
  CHECK(text_of(judge_bound(binding, look, {.written = true})) == "sealed_write content");
}

TEST_CASE("a seal bound with converted line ends may heal, but not be converted further") {
  Binding binding;
  binding.root = digest(7);
  binding.hashfile = digest(1);
  binding.verdict = Verdict::eol_normalized;
  BoundLook look = look_of(SealStyle::contract, Verdict::eol_normalized, digest(1));
  look.verdict.root = digest(7);
  look.verdict.codes = {"content.eol"};
  CHECK(text_of(judge_bound(binding, look, {})) == "");
  CHECK(judge_bound(binding, look, {}).is_good);
  look.changes = {change_of(BoundEffect::content)};
  CHECK(text_of(judge_bound(binding, look, {})) == "sealed_write content");
  look.verdict.verdict = Verdict::valid;
  look.verdict.codes = {};
  look.changes = {change_of(BoundEffect::same_bytes)};
  CHECK(judge_bound(binding, look, {}).is_good);
  CHECK(text_of(judge_bound(binding, look, {})) == "sealed_write same_bytes");
  binding.verdict = Verdict::valid;
  look.verdict.verdict = Verdict::eol_normalized;
  CHECK(text_of(judge_bound(binding, look, {})) == "sealed_write content");
}

TEST_CASE("a folder in motion is being written, whatever its root is") {
  Binding binding;
  binding.root = digest(7);
  binding.hashfile = digest(1);
  BoundLook look;
  look.verdict.style = SealStyle::contract;
  look.verdict.verdict = Verdict::invalid;
  look.verdict.codes = {"tree.changed"};
  CHECK(text_of(judge_bound(binding, look, {})) == "sealed_write content");
  CHECK(judge_bound(binding, look, {}).found_root == digest(7));
}

TEST_CASE("the kind of a violation is that of its gravest change") {
  Binding const binding = legacy_binding(SealStyle::path1);
  BoundLook look = look_of(SealStyle::path1, Verdict::invalid, digest(1));
  look.changes = {change_of(BoundEffect::metadata), change_of(BoundEffect::content)};
  look.changes[0].kind = BoundChangeKind::attribute;
  look.changes[1].kind = BoundChangeKind::remove;
  CHECK(judge_bound(binding, look, {}).kind == BoundChangeKind::remove);
}

TEST_CASE("names are those of the records") {
  CHECK(bound_change_name(BoundChangeKind::remove) == "delete");
  CHECK(bound_effect_name(BoundEffect::same_bytes) == "same_bytes");
  CHECK(bound_violation_name(BoundViolation::seal_rewritten) == "seal_rewritten");
  CHECK(bound_violation_name(BoundViolation::run_missing) == "run_missing");
}
