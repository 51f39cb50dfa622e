#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/ed25519.h"
#include "base/file_system.h"

namespace govseal {

enum class KeyRole { log, seal };

/// Why a key may not be used: file and reason. The agent does not start (exit 78).
struct KeyRefused {
  std::string file;    // as an operator would name it
  std::string reason;  // one sentence
};

struct KeyMissing {};

/// The agent's two keys: `log` signs notes only, `seal` signs SSHSIG only.
struct AgentKeys {
  Ed25519PrivateKey log;
  Ed25519PrivateKey seal;
};

struct KeyPlaces {
  Directory& keys;                         // $S/keys
  Directory const* credentials = nullptr;  // $CREDENTIALS_DIRECTORY, when there is one
  std::uint32_t own_uid = 0;
};

/// Reads one key: the credential `govseal-log` or `govseal-seal`, else `log.key` or `seal.key`.
/// Refused: both with different content; a file that is a link, not regular, has more than one
/// link, another owner than `own_uid` or root, or any right for group or others (credentials are
/// exempt from owner and mode); a file that is no unencrypted PKCS#8 PEM of an Ed25519 key.
[[nodiscard]] std::variant<Ed25519PrivateKey, KeyMissing, KeyRefused> load_key(
    KeyPlaces const& places, KeyRole role);

/// Makes a key durably (temporary file 0600, fsync, rename without replacing, fsync of the
/// directory) and returns it. Throws Error, also when the file exists.
[[nodiscard]] Ed25519PrivateKey generate_key(Directory& keys, KeyRole role);

/// Writes `log.vkey`, `log.pem` and `seal.pub` where they are missing or differ.
void write_public_keys(Directory& keys, AgentKeys const& agent_keys, std::string const& origin);

}  // namespace govseal
