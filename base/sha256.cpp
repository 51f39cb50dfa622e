// OpenSSL 3 looks an algorithm up by name on every EVP_sha256() use, which costs more than hashing
// a small file. Fetching it once and keeping the context makes a short message several times
// cheaper.
#include "base/sha256.h"

#include <openssl/evp.h>

#include <new>

#include "base/error.h"

namespace govseal {
namespace {

/// The implementation of the default provider; lives as long as the process.
EVP_MD const* sha256_algorithm() {
  static EVP_MD const* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (kAlgorithm == nullptr) throw Error("hash", "", "OpenSSL offers no SHA-256");
  return kAlgorithm;
}

/// A manifest has one for each file, so digits are looked up instead of compared; 0xFF: none.
constexpr std::array<std::uint8_t, 256> make_hex_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = 0xFF;
  for (std::uint8_t digit = 0; digit < 10; ++digit) values['0' + digit] = digit;
  for (std::uint8_t digit = 10; digit < 16; ++digit) values['a' + digit - 10] = digit;
  return values;
}
constexpr std::array<std::uint8_t, 256> kHexValues = make_hex_values();

void require(int ok) {
  if (ok != 1) throw Error("hash", "", "OpenSSL failed to compute SHA-256");
}

}  // namespace

std::string Digest::hex() const {
  return to_hex(span());
}

std::optional<Digest> Digest::from_hex(std::string_view hex) {
  if (hex.size() != 64) return std::nullopt;
  Digest digest;
  unsigned all = 0;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    unsigned const high = kHexValues[static_cast<unsigned char>(hex[2 * i])];
    unsigned const low = kHexValues[static_cast<unsigned char>(hex[2 * i + 1])];
    all |= high | low;
    digest.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return all < 16 ? std::optional(digest) : std::nullopt;
}

std::optional<Digest> Digest::from_raw(std::string_view raw) {
  Digest digest;
  if (raw.size() != digest.bytes.size()) return std::nullopt;
  std::memcpy(digest.bytes.data(), raw.data(), raw.size());
  return digest;
}

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};

  void start() { require(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr)); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
  state_->start();
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(ByteSpan bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
  return *this;
}

Digest Sha256::finish() {
  Digest digest;
  require(EVP_DigestFinal_ex(state_->context.get(), digest.bytes.data(), nullptr));
  state_->start();
  return digest;
}

Digest sha256(ByteSpan bytes) {
  thread_local Sha256 hasher;
  return hasher.update(bytes).finish();
}

}  // namespace govseal
