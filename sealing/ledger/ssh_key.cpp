#include <algorithm>

#include "base/bytes.h"
#include "base/sha256.h"
#include "sealing/ledger/ecdsa_p256.h"
#include "sealing/ledger/ssh_signature.h"
#include "sealing/ledger/ssh_wire.h"

namespace govseal {
namespace {

constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kP256 = "ecdsa-sha2-nistp256";
constexpr std::string_view kP256Curve = "nistp256";

std::string_view type_name(SshPublicKey::Type type) {
  switch (type) {
    case SshPublicKey::Type::ed25519:
      return kEd25519;
    case SshPublicKey::Type::ecdsa_p256:
      return kP256;
  }
  return {};
}

}  // namespace

std::string SshPublicKey::line() const {
  return std::string(type_name(type)) + ' ' + to_base64(bytes_of(blob));
}

std::string SshPublicKey::fingerprint() const {
  std::string text = to_base64(sha256(blob).span());
  text.resize(text.find('='));  // 32 bytes always end in one `=`
  return "SHA256:" + text;
}

SshPublicKey ssh_key_of(Ed25519PublicKey const& key) {
  SshPublicKey ssh_key;
  append_ssh_string(ssh_key.blob, kEd25519);
  append_ssh_string(ssh_key.blob, {reinterpret_cast<char const*>(key.data()), key.size()});
  return ssh_key;
}

std::optional<SshPublicKey> parse_ssh_key_blob(std::string_view blob) {
  SshReader reader(blob);
  auto const type = reader.string();
  SshPublicKey key{.blob = std::string(blob)};
  if (type == kEd25519) {
    auto const raw = reader.string();
    if (!raw || raw->size() != sizeof(Ed25519PublicKey) || !reader.at_end()) return std::nullopt;
    return key;
  }
  if (type != kP256 || reader.string() != kP256Curve) return std::nullopt;
  auto const point = reader.string();
  if (!point || !reader.at_end() || !is_p256_point(*point)) return std::nullopt;
  key.type = SshPublicKey::Type::ecdsa_p256;
  return key;
}

std::optional<SshPublicKey> parse_ssh_key_line(std::string_view line) {
  auto const space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  auto const blob = from_base64(line.substr(space + 1));
  auto key = blob ? parse_ssh_key_blob(*blob) : std::nullopt;
  if (!key || line.substr(0, space) != type_name(key->type)) return std::nullopt;
  return key;
}

std::optional<Ed25519PublicKey> ed25519_of(SshPublicKey const& key) {
  if (key.type != SshPublicKey::Type::ed25519) return std::nullopt;
  Ed25519PublicKey raw;
  if (key.blob.size() < raw.size()) return std::nullopt;
  std::copy(key.blob.end() - static_cast<std::ptrdiff_t>(raw.size()), key.blob.end(), raw.begin());
  return raw;
}

}  // namespace govseal
