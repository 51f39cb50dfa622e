// SSHSIG: what is signed is a hash of the message under a namespace, so that a signature made for
// one purpose says nothing for another.
#include "sealing/ledger/ssh_signature.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/error.h"
#include "base/sha256.h"
#include "sealing/ledger/ecdsa_p256.h"
#include "sealing/ledger/ssh_wire.h"

namespace govseal {
namespace {

constexpr std::string_view kMagic = "SSHSIG";
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kSha256 = "sha256";
constexpr std::string_view kSha512 = "sha512";
constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kP256 = "ecdsa-sha2-nistp256";
constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view kEnd = "-----END SSH SIGNATURE-----\n";
constexpr std::size_t kArmorWidth = 70;
constexpr std::size_t kP256NumberBytes = 32;

std::string hash_of(std::string_view hash_name, std::string_view message) {
  if (hash_name == kSha256) return std::string(text_of(sha256(message).span()));
  std::string digest(64, '\0');
  int const done =
      EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(digest.data()),
                 nullptr, EVP_sha512(), nullptr);
  if (done != 1) throw Error("hash", "", std::string("SHA-512 is not available"));
  return digest;
}

std::string signed_data(std::string_view name_space, std::string_view hash_name,
                        std::string_view message) {
  std::string data(kMagic);
  append_ssh_string(data, name_space);
  append_ssh_string(data, "");
  append_ssh_string(data, hash_name);
  append_ssh_string(data, hash_of(hash_name, message));
  return data;
}

/// A positive number of at most 256 bits in minimal two's complement, without its sign byte.
std::optional<std::string_view> unsigned_mpint(std::optional<std::string_view> bytes) {
  if (!bytes || bytes->empty()) return std::nullopt;
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>((*bytes)[i]); };
  if (byte(0) >= 0x80) return std::nullopt;
  if (byte(0) == 0) {
    if (bytes->size() == 1 || byte(1) < 0x80) return std::nullopt;
    bytes->remove_prefix(1);
  }
  if (bytes->size() > kP256NumberBytes) return std::nullopt;
  return bytes;
}

struct P256Numbers {
  std::string_view r;
  std::string_view s;
};

std::optional<P256Numbers> parse_p256_numbers(std::string_view signature) {
  SshReader reader(signature);
  auto const r = unsigned_mpint(reader.string());
  auto const s = unsigned_mpint(reader.string());
  if (!r || !s || !reader.at_end()) return std::nullopt;
  return P256Numbers{*r, *s};
}

/// The inner signature of the right type for the key, in its right form.
std::optional<std::string> parse_inner_signature(std::string_view bytes, SshPublicKey const& key) {
  SshReader reader(bytes);
  auto const type = reader.string();
  auto const signature = reader.string();
  if (!type || !signature || !reader.at_end()) return std::nullopt;
  bool const good = key.type == SshPublicKey::Type::ed25519
                        ? type == kEd25519 && signature->size() == sizeof(Ed25519Signature)
                        : type == kP256 && parse_p256_numbers(*signature).has_value();
  if (!good) return std::nullopt;
  return std::string(*signature);
}

bool verify_ed25519(SshSignature const& signature, std::string_view data) {
  auto const key = ed25519_of(signature.key);
  Ed25519Signature raw;
  if (!key || signature.signature.size() != raw.size()) return false;
  std::copy(signature.signature.begin(), signature.signature.end(), raw.begin());
  return ed25519_verify(*key, bytes_of(data), raw);
}

bool verify_p256(SshSignature const& signature, std::string_view data) {
  auto const numbers = parse_p256_numbers(signature.signature);
  SshReader reader(signature.key.blob);
  auto const type = reader.string();
  auto const curve = reader.string();
  auto const point = reader.string();
  return numbers && type && curve && point && p256_verify(*point, data, numbers->r, numbers->s);
}

}  // namespace

std::optional<SshSignature> parse_ssh_signature(std::string_view blob) {
  SshReader reader(blob);
  if (!reader.literal(kMagic) || reader.u32() != kVersion) return std::nullopt;
  auto const key_blob = reader.string();
  auto const name_space = reader.string();
  auto const reserved = reader.string();
  auto const hash = reader.string();
  auto const inner = reader.string();
  if (!key_blob || !name_space || !reserved || !hash || !inner || !reader.at_end()) {
    return std::nullopt;
  }
  if (name_space->empty() || !reserved->empty() || (hash != kSha256 && hash != kSha512)) {
    return std::nullopt;
  }
  auto key = parse_ssh_key_blob(*key_blob);
  if (!key) return std::nullopt;
  auto signature = parse_inner_signature(*inner, *key);
  if (!signature) return std::nullopt;
  return SshSignature{.key = *std::move(key),
                      .name_space = std::string(*name_space),
                      .hash = std::string(*hash),
                      .signature = *std::move(signature)};
}

std::string make_ssh_signature(Ed25519PrivateKey const& key, std::string_view name_space,
                               std::string_view message) {
  auto const raw = key.sign(bytes_of(signed_data(name_space, kSha512, message)));
  std::string inner;
  append_ssh_string(inner, kEd25519);
  append_ssh_string(inner, {reinterpret_cast<char const*>(raw.data()), raw.size()});
  std::string blob(kMagic);
  blob += {'\0', '\0', '\0', static_cast<char>(kVersion)};
  append_ssh_string(blob, ssh_key_of(key.public_key()).blob);
  append_ssh_string(blob, name_space);
  append_ssh_string(blob, "");
  append_ssh_string(blob, kSha512);
  append_ssh_string(blob, inner);
  return blob;
}

bool verify_ssh_signature(SshSignature const& signature, std::string_view name_space,
                          std::string_view message) {
  if (signature.name_space != name_space) return false;
  auto const data = signed_data(name_space, signature.hash, message);
  switch (signature.key.type) {
    case SshPublicKey::Type::ed25519:
      return verify_ed25519(signature, data);
    case SshPublicKey::Type::ecdsa_p256:
      return verify_p256(signature, data);
  }
  return false;
}

std::string armor_ssh_signature(std::string_view blob) {
  std::string const text = to_base64(bytes_of(blob));
  std::string armor(kBegin);
  for (std::size_t at = 0; at < text.size(); at += kArmorWidth) {
    armor += text.substr(at, kArmorWidth);
    armor += '\n';
  }
  armor += kEnd;
  return armor;
}

std::optional<std::string> dearmor_ssh_signature(std::string_view text) {
  if (!text.starts_with(kBegin)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  std::string_view const end = kEnd.substr(0, kEnd.size() - 1);
  auto const at = text.find(end);
  if (at == std::string_view::npos || at == 0 || text[at - 1] != '\n') return std::nullopt;
  auto const after = text.substr(at + end.size());
  if (!after.empty() && after != "\n") return std::nullopt;
  std::string joined(text.substr(0, at));
  joined.erase(std::remove(joined.begin(), joined.end(), '\n'), joined.end());
  return from_base64(joined);
}

}  // namespace govseal
