#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace govseal {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

/// An Ed25519 private key (RFC 8032) in memory that is not dumped and is cleared on destruction.
class Ed25519PrivateKey {
 public:
  /// From the system's random source.
  [[nodiscard]] static Ed25519PrivateKey generate();
  [[nodiscard]] static Ed25519PrivateKey from_seed(std::array<std::uint8_t, 32> const& seed);
  /// Unencrypted PKCS#8 PEM, the only accepted form (ledger.md 13.1); nullopt when it is none.
  [[nodiscard]] static std::optional<Ed25519PrivateKey> from_pem(std::string_view pem);

  Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept;
  Ed25519PrivateKey& operator=(Ed25519PrivateKey&&) noexcept;
  ~Ed25519PrivateKey();

  [[nodiscard]] std::string to_pem() const;
  [[nodiscard]] Ed25519PublicKey public_key() const;
  [[nodiscard]] Ed25519Signature sign(ByteSpan message) const;

 private:
  struct State;
  explicit Ed25519PrivateKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

[[nodiscard]] bool ed25519_verify(Ed25519PublicKey const& key, ByteSpan message,
                                  Ed25519Signature const& signature);
/// SubjectPublicKeyInfo PEM.
[[nodiscard]] std::string ed25519_public_pem(Ed25519PublicKey const& key);

}  // namespace govseal
