#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ed25519.h"
#include "base/error.h"
#include "sealing/ledger/merkle.h"
#include "sealing/ledger/records.h"
#include "sealing/ledger/signed_note.h"

namespace govseal {

/// The test keys of the format document: a seed of 31 zero bytes and one last byte.
inline Ed25519PrivateKey test_key(std::uint8_t last_byte) {
  std::array<std::uint8_t, 32> seed{};
  seed.back() = last_byte;
  return Ed25519PrivateKey::from_seed(seed);
}

inline constexpr char const* kTestOrigin = "govseal.example/host1";
inline constexpr char const* kTestBootId = "11111111-2222-4333-8444-555555555555";

inline VerifierKey test_vkey(std::uint8_t last_byte, std::string name = kTestOrigin) {
  return {.name = std::move(name), .key = test_key(last_byte).public_key()};
}

inline nanoseconds at(char const* utc) {
  auto const time = parse_utc(utc);
  GOVSEAL_ASSERT(time.has_value());
  return *time;
}

/// The eight records of the golden ledger as drafts with their times.
std::vector<RecordDraft> golden_drafts();
/// Their lines as the format document prints them.
std::vector<std::string> const& golden_lines();
std::vector<std::string> const& golden_roots();

/// Leaf hashes of the large test tree: leaf i is `{"seq":i}`.
std::vector<Digest> large_tree_leaves(std::uint64_t size);

/// hashes_of that computes each hash once. The leaves outlive the reader.
HashReader cached_hashes_of(std::span<Digest const> leaves);

inline std::string hex_of(Proof const& proof) {
  std::string text;
  for (auto const& hash : proof) text += hash.hex() + "\n";
  return text;
}

}  // namespace govseal
