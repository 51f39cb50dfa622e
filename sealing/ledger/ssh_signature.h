#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ed25519.h"

namespace govseal {

/// SSH keys and signatures as `ssh-keygen -Y` makes and checks them (OpenSSH PROTOCOL.sshsig).

inline constexpr std::string_view kSealNamespace = "govseal-seal.v1";
inline constexpr std::string_view kWaiverNamespace = "govseal-waiver.v1";
inline constexpr std::string_view kKeyNamespace = "govseal-key.v1";
inline constexpr std::string_view kGitNamespace = "git";

struct SshPublicKey {
  enum class Type { ed25519, ecdsa_p256 };
  Type type = Type::ed25519;
  std::string blob;  // the wire form

  /// `TYPE B64`, no comment.
  [[nodiscard]] std::string line() const;
  /// `SHA256:` and unpadded base64 of the SHA-256 of the blob.
  [[nodiscard]] std::string fingerprint() const;
  friend bool operator==(SshPublicKey const&, SshPublicKey const&) = default;
};

[[nodiscard]] SshPublicKey ssh_key_of(Ed25519PublicKey const& key);
[[nodiscard]] std::optional<SshPublicKey> parse_ssh_key_blob(std::string_view blob);
/// `TYPE B64` without a comment; a point of P-256 must be uncompressed and on the curve.
[[nodiscard]] std::optional<SshPublicKey> parse_ssh_key_line(std::string_view line);
/// The raw key; nullopt for other types.
[[nodiscard]] std::optional<Ed25519PublicKey> ed25519_of(SshPublicKey const& key);

struct SshSignature {
  SshPublicKey key;
  std::string name_space;
  std::string hash;       // `sha256` or `sha512`
  std::string signature;  // 64 bytes, or mpint(r) || mpint(s)
};

/// nullopt for everything malformed: another version, an empty namespace, other key types,
/// reserved bytes, trailing bytes.
[[nodiscard]] std::optional<SshSignature> parse_ssh_signature(std::string_view blob);
/// The SSHSIG blob over `message` with sha512; byte for byte what ssh-keygen makes.
[[nodiscard]] std::string make_ssh_signature(Ed25519PrivateKey const& key,
                                             std::string_view name_space, std::string_view message);
/// True when the signature holds for this namespace and message under the key inside it; whether
/// that key may speak is the caller's question.
[[nodiscard]] bool verify_ssh_signature(SshSignature const& signature, std::string_view name_space,
                                        std::string_view message);

/// `-----BEGIN SSH SIGNATURE-----`, base64 in lines of 70.
[[nodiscard]] std::string armor_ssh_signature(std::string_view blob);
/// The blob of an armored signature of any line width; nullopt when malformed.
[[nodiscard]] std::optional<std::string> dearmor_ssh_signature(std::string_view text);

}  // namespace govseal
