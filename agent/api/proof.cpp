#include "agent/api/proof.h"

#include "sealing/ledger/signed_note.h"

namespace govseal {

std::optional<Checkpoint> read_checkpoint(std::string_view note) {
  auto const parsed = parse_note(note);
  auto const* signed_note = std::get_if<SignedNote>(&parsed);
  if (!signed_note) return {};
  return parse_checkpoint_body(signed_note->text);
}

}  // namespace govseal
