#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "sealing/ledger/merkle.h"
#include "sealing/ledger/signed_note.h"

namespace govseal {

/// What a checkpoint states: the log `origin` had this tree (https://c2sp.org/tlog-checkpoint).
struct Checkpoint {
  std::string origin;
  TreeHead tree;
  friend bool operator==(Checkpoint const&, Checkpoint const&) = default;
};

/// A name under which this program signs: `[A-Za-z0-9._:/-]`, 1..200 bytes, no prefix that another
/// signature domain uses.
[[nodiscard]] bool is_origin(std::string_view text);
/// `<first origin>/e<N>` for N >= 2, the first origin itself for 1.
[[nodiscard]] std::string epoch_origin(std::string_view first_origin, std::uint64_t epoch);

[[nodiscard]] std::string checkpoint_body(Checkpoint const& checkpoint);
/// Extension lines are accepted and ignored; nullopt when malformed.
[[nodiscard]] std::optional<Checkpoint> parse_checkpoint_body(std::string_view body);

/// The note of a checkpoint with one line for each key, in that order. Deterministic.
[[nodiscard]] std::string sign_checkpoint(Checkpoint const& checkpoint,
                                          std::span<Ed25519PrivateKey const* const> keys);
/// Parses a note and its body and requires a valid signature of one of `keys`, all log keys, whose
/// name is the checkpoint's origin.
[[nodiscard]] std::variant<Checkpoint, NoteError> open_checkpoint(
    std::string_view note, std::span<VerifierKey const> keys);

/// A line of checkpoints.log, without LF.
struct CheckpointLine {
  TreeHead tree;
  std::string note;
};
[[nodiscard]] std::string write_checkpoint_line(CheckpointLine const& line);
/// Exactly the written form, with a note whose body has the same size and root; nullopt otherwise.
[[nodiscard]] std::optional<CheckpointLine> parse_checkpoint_line(std::string_view line);

}  // namespace govseal
