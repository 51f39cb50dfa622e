// Everything of the ledger that is read from files others may have written: records, notes,
// checkpoints, proofs, tiles and SSH signatures. What is accepted must be written back as the same
// bytes where the format has one written form.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "sealing/ledger/checkpoint.h"
#include "sealing/ledger/record.h"
#include "sealing/ledger/signed_note.h"
#include "sealing/ledger/ssh_signature.h"
#include "sealing/ledger/text_field.h"
#include "sealing/ledger/tile.h"
#include "sealing/ledger/tlog_proof.h"

using namespace govseal;

namespace {

void try_record(std::string_view input) {
  auto const parsed = parse_record(input);
  auto const* const record = std::get_if<Record>(&parsed);
  if (record == nullptr) return;
  GOVSEAL_ASSERT(record->line == input);
  static_cast<void>(record->wall());
  if (!record->known_type) return;
  JsonWriter again;
  again.value(record->body);
  GOVSEAL_ASSERT(again.take() == input);
}

void try_note(std::string_view input) {
  auto const parsed = parse_note(input);
  auto const* const note = std::get_if<SignedNote>(&parsed);
  if (note == nullptr) return;
  static_cast<void>(verify_note(*note, {}));
  auto const checkpoint = parse_checkpoint_body(note->text);
  if (checkpoint) GOVSEAL_ASSERT(note->text.starts_with(checkpoint_body(*checkpoint)));
}

void try_written_forms(std::string_view input) {
  if (auto const line = parse_checkpoint_line(input)) {
    GOVSEAL_ASSERT(write_checkpoint_line(*line) == input);
  }
  if (auto const key = parse_vkey(input)) GOVSEAL_ASSERT(key->text() == input);
  if (auto const key = parse_ssh_key_line(input)) GOVSEAL_ASSERT(key->line() == input);
  if (auto const raw = decode_text(input)) GOVSEAL_ASSERT(encode_text(*raw) == input);
  if (auto const tile = parse_hash_tile(input)) GOVSEAL_ASSERT(write_hash_tile(*tile) == input);
  if (auto const bundle = parse_entry_bundle(input)) {
    GOVSEAL_ASSERT(write_entry_bundle(*bundle) == input);
  }
  if (auto const proof = parse_tlog_proof(input)) {
    auto const again = parse_tlog_proof(write_tlog_proof(*proof));
    GOVSEAL_ASSERT(again && again->path == proof->path && again->checkpoint == proof->checkpoint);
  }
}

void try_signature(std::string_view input) {
  auto const from_armor = dearmor_ssh_signature(input);
  auto const signature = parse_ssh_signature(from_armor ? std::string_view(*from_armor) : input);
  if (!signature) return;
  static_cast<void>(signature->key.fingerprint());
  static_cast<void>(verify_ssh_signature(*signature, signature->name_space, "message"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  try_record(input);
  try_note(input);
  try_written_forms(input);
  try_signature(input);
  auto const cut = encode_text(input, 128);
  GOVSEAL_ASSERT(is_encoded_text(cut, 128));
  return 0;
}
