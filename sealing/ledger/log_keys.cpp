#include "sealing/ledger/log_keys.h"

#include <sys/stat.h>

#include <string_view>
#include <vector>

#include "base/error.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/signed_note.h"
#include "sealing/ledger/ssh_signature.h"

namespace govseal {
namespace {

constexpr std::uint64_t kKeyBytesMax = 4096;
constexpr std::uint32_t kSecretMode = 0600;

struct Names {
  std::string_view file;
  std::string_view credential;
};

Names names_of(KeyRole role) {
  switch (role) {
    case KeyRole::log:
      return {"log.key", "govseal-log"};
    case KeyRole::seal:
      return {"seal.key", "govseal-seal"};
  }
  return {};
}

/// Why a key file may not be used, by what stat says; nullopt when it may.
std::optional<std::string> stat_refusal(FileStat const& stat, bool is_credential,
                                        std::uint32_t own_uid) {
  if (stat.kind == FileKind::symlink) return "it is a symbolic link";
  if (stat.kind != FileKind::regular) return "it is not a regular file";
  if (stat.nlink != 1) return "it has more than one link";
  if (is_credential) return std::nullopt;
  if (stat.uid != own_uid && stat.uid != 0) return "it is owned by another user";
  if ((stat.mode & 077) != 0) return "group or others have rights on it";
  return std::nullopt;
}

struct FoundKey {
  std::string file;  // for messages
  Ed25519PrivateKey key;
};
using KeyLookup = std::variant<FoundKey, KeyMissing, KeyRefused>;

KeyLookup look_up(Directory const& directory, std::string_view name, bool is_credential,
                  std::uint32_t own_uid) {
  std::string const file = (is_credential ? "credential " : "keys/") + std::string(name);
  auto const found = directory.find(name);
  if (!found) return KeyMissing{};
  if (auto reason = stat_refusal(*found, is_credential, own_uid)) {
    return KeyRefused{file, *std::move(reason)};
  }
  auto opened = directory.open_file(RelativePath::of(name));
  auto* const open_file = std::get_if<std::unique_ptr<File>>(&opened);
  if (open_file == nullptr) return KeyRefused{file, "it changed while it was opened"};
  if (auto reason = stat_refusal((*open_file)->status(), is_credential, own_uid)) {
    return KeyRefused{file, *std::move(reason)};
  }
  auto const pem = read_all(**open_file, kKeyBytesMax);
  auto key = pem ? Ed25519PrivateKey::from_pem(*pem) : std::nullopt;
  if (!key) return KeyRefused{file, "it is not an unencrypted PKCS#8 PEM file of an Ed25519 key"};
  return FoundKey{file, *std::move(key)};
}

void write_if_different(Directory& keys, std::string_view name, std::string const& content) {
  if (read_small(keys, name, kKeyBytesMax) == content) return;
  write_durably(keys, name, bytes_of(content), kSecretMode);
}

}  // namespace

std::variant<Ed25519PrivateKey, KeyMissing, KeyRefused> load_key(KeyPlaces const& places,
                                                                 KeyRole role) {
  auto const names = names_of(role);
  auto from_file = look_up(places.keys, names.file, false, places.own_uid);
  if (auto* const refused = std::get_if<KeyRefused>(&from_file)) return std::move(*refused);
  KeyLookup from_credential = KeyMissing{};
  if (places.credentials != nullptr) {
    from_credential = look_up(*places.credentials, names.credential, true, places.own_uid);
  }
  if (auto* const refused = std::get_if<KeyRefused>(&from_credential)) return std::move(*refused);
  auto* const file = std::get_if<FoundKey>(&from_file);
  auto* const credential = std::get_if<FoundKey>(&from_credential);
  if (file == nullptr && credential == nullptr) return KeyMissing{};
  bool const differ = file != nullptr && credential != nullptr &&
                      file->key.public_key() != credential->key.public_key();
  if (differ) return KeyRefused{file->file, "it and " + credential->file + " are different keys"};
  return std::move(credential != nullptr ? credential->key : file->key);
}

Ed25519PrivateKey generate_key(Directory& keys, KeyRole role) {
  auto key = Ed25519PrivateKey::generate();
  std::string const name(names_of(role).file);
  std::string const temporary = name + ".tmp";
  keys.unlink(temporary);  // of a run that ended in the middle
  auto created = keys.create_exclusive(temporary, kSecretMode);
  auto* const file = std::get_if<std::unique_ptr<File>>(&created);
  if (file == nullptr) throw Error("create", temporary, std::string("the name is taken"));
  (*file)->append(bytes_of(key.to_pem()));
  (*file)->sync();
  if (!keys.rename_no_replace(temporary, name)) {
    keys.unlink(temporary);
    throw Error("create", name, std::string("the file exists"));
  }
  keys.sync();
  return key;
}

void write_public_keys(Directory& keys, AgentKeys const& agent_keys, std::string const& origin) {
  auto const log_key = agent_keys.log.public_key();
  VerifierKey const vkey{.name = origin, .key = log_key};
  write_if_different(keys, "log.vkey", vkey.text() + '\n');
  write_if_different(keys, "log.pem", ed25519_public_pem(log_key));
  write_if_different(keys, "seal.pub", ssh_key_of(agent_keys.seal.public_key()).line() + '\n');
}

}  // namespace govseal
