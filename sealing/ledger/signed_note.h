#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ed25519.h"

namespace govseal {

/// Signed notes (https://c2sp.org/signed-note) and their verifier keys.

enum class NoteKeyType : std::uint8_t {
  ed25519 = 0x01,      // logs
  cosignature = 0x04,  // witnesses: signs a time and a checkpoint body
};

/// A public key under a name: `name+hex(keyID)+b64(type || key)` in text.
struct VerifierKey {
  std::string name;
  NoteKeyType type = NoteKeyType::ed25519;
  Ed25519PublicKey key{};

  /// First four bytes of SHA-256(name || LF || type || key).
  [[nodiscard]] std::uint32_t key_id() const;
  [[nodiscard]] std::string text() const;
  friend bool operator==(VerifierKey const&, VerifierKey const&) = default;
};
/// nullopt: malformed, a type this program does not know, or a keyID that does not recompute.
[[nodiscard]] std::optional<VerifierKey> parse_vkey(std::string_view text);
/// Non-empty UTF-8 without white space (Unicode's too), control characters or `+`.
[[nodiscard]] bool is_note_name(std::string_view name);

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string bytes;  // without the keyID
};

struct SignedNote {
  static constexpr std::size_t kBytesMax = 65536;
  static constexpr std::size_t kSignaturesMax = 100;

  std::string text;  // with its final LF
  std::vector<NoteSignature> signatures;
};

struct NoteError {
  enum class Kind {
    malformed,
    wrong_signature,  // of a known key: the whole note is rejected
    unsigned_note,    // no known key has signed
  };
  Kind kind{};
  std::string detail;  // one sentence
};

[[nodiscard]] std::variant<SignedNote, NoteError> parse_note(std::string_view bytes);

/// One signature line with its LF. The signature covers `text` with its final LF.
[[nodiscard]] std::string sign_note_line(std::string_view name, Ed25519PrivateKey const& key,
                                         std::string_view text);
/// u32 keyID || signature, base64: the second word of a signature line.
[[nodiscard]] std::string sign_note_base64(std::string_view name, Ed25519PrivateKey const& key,
                                           std::string_view text);
/// Text, empty line and the given signature lines.
[[nodiscard]] std::string join_note(std::string_view text, std::span<std::string const> lines);

/// The indices into `keys` of those with a valid signature, ascending. Lines of unknown keys and
/// second lines of one key are ignored; a wrong signature of a known key rejects the note.
[[nodiscard]] std::variant<std::vector<std::size_t>, NoteError> verify_note(
    SignedNote const& note, std::span<VerifierKey const> keys);

}  // namespace govseal
