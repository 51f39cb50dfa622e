// Private key bytes live only in OpenSSL's secure heap: pages that are locked where the limits
// allow it, excluded from core dumps, between guard pages, and cleared when freed.
#include "base/ed25519.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <cstring>
#include <mutex>

#include "base/error.h"

namespace govseal {
namespace {

constexpr std::size_t kSecureHeapBytes = 64 * 1024;
constexpr std::size_t kSecureHeapMinimumBytes = 16;
constexpr std::size_t kSeedBytes = 32;
constexpr std::string_view kBegin = "-----BEGIN PRIVATE KEY-----\n";
constexpr std::string_view kBeginCrLf = "-----BEGIN PRIVATE KEY-----\r\n";
constexpr std::string_view kEnd = "-----END PRIVATE KEY-----";

template <auto function>
struct Free {
  template <typename T>
  void operator()(T* pointer) const noexcept {
    function(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

template <typename T>
T const& require(T const& value) {
  if (!value) throw Error("ed25519", "", "OpenSSL refused the operation");
  return value;
}

/// Without it (no memory to map) keys live in the ordinary heap, still cleared when freed.
void prepare_secure_heap() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (CRYPTO_secure_malloc_initialized() == 0) {
      CRYPTO_secure_malloc_init(kSecureHeapBytes, kSecureHeapMinimumBytes);
    }
  });
}

Key key_from_seed(unsigned char const* seed) {
  prepare_secure_heap();
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, kSeedBytes));
  require(key);
  return key;
}

std::string text_of_bio(BIO* bio) {
  char* data = nullptr;
  long const size = BIO_get_mem_data(bio, &data);
  require(size > 0);
  return {data, static_cast<std::size_t>(size)};
}

/// PEM readers skip what surrounds the block; a key file holds nothing else.
bool is_bare_block(std::string_view pem) {
  if (!pem.starts_with(kBegin) && !pem.starts_with(kBeginCrLf)) return false;
  auto const end = pem.find(kEnd);
  if (end == std::string_view::npos) return false;
  return pem.find_first_not_of(" \t\r\n", end + kEnd.size()) == std::string_view::npos;
}

/// The DER inside a PEM block, kept in and cleared from the secure heap.
struct SecretBlock {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  explicit SecretBlock(BIO* bio) {
    if (PEM_read_bio_ex(bio, &name, &header, &data, &size, PEM_FLAG_SECURE) != 1) size = 0;
  }
  SecretBlock(SecretBlock const&) = delete;
  SecretBlock& operator=(SecretBlock const&) = delete;
  ~SecretBlock() {
    OPENSSL_secure_free(name);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(data, static_cast<std::size_t>(size));
  }
};

/// PKCS#8 of an Ed25519 key (RFC 8410 section 7) is these 16 bytes and the seed. Comparing them
/// takes no parser that would leave copies of the seed on the ordinary heap.
Key key_from_der(SecretBlock const& block) {
  static constexpr unsigned char kPrefix[] = {0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                              0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
  if (static_cast<std::size_t>(block.size) != sizeof kPrefix + kSeedBytes) return nullptr;
  if (std::memcmp(block.data, kPrefix, sizeof kPrefix) != 0) return nullptr;
  return key_from_seed(block.data + sizeof kPrefix);
}

}  // namespace

struct Ed25519PrivateKey::State {
  Key key;
};

Ed25519PrivateKey::Ed25519PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ed25519PrivateKey::Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey& Ed25519PrivateKey::operator=(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey::~Ed25519PrivateKey() = default;

Ed25519PrivateKey Ed25519PrivateKey::generate() {
  std::array<unsigned char, 32> seed{};
  require(RAND_priv_bytes(seed.data(), static_cast<int>(seed.size())) == 1);
  Key key = key_from_seed(seed.data());
  OPENSSL_cleanse(seed.data(), seed.size());
  return Ed25519PrivateKey(std::make_unique<State>(State{std::move(key)}));
}

Ed25519PrivateKey Ed25519PrivateKey::from_seed(std::array<std::uint8_t, 32> const& seed) {
  return Ed25519PrivateKey(std::make_unique<State>(State{key_from_seed(seed.data())}));
}

std::optional<Ed25519PrivateKey> Ed25519PrivateKey::from_pem(std::string_view pem) {
  if (!is_bare_block(pem)) return std::nullopt;
  prepare_secure_heap();
  Bio const bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  SecretBlock const block(require(bio).get());
  Key key = block.size > 0 ? key_from_der(block) : nullptr;
  if (!key) return std::nullopt;
  return Ed25519PrivateKey(std::make_unique<State>(State{std::move(key)}));
}

std::string Ed25519PrivateKey::to_pem() const {
  Bio const bio(BIO_new(BIO_s_secmem()));
  require(PEM_write_bio_PKCS8PrivateKey(require(bio).get(), state_->key.get(), nullptr, nullptr, 0,
                                        nullptr, nullptr) == 1);
  return text_of_bio(bio.get());
}

Ed25519PublicKey Ed25519PrivateKey::public_key() const {
  Ed25519PublicKey key{};
  std::size_t size = key.size();
  require(EVP_PKEY_get_raw_public_key(state_->key.get(), key.data(), &size) == 1);
  return key;
}

Ed25519Signature Ed25519PrivateKey::sign(ByteSpan message) const {
  Context const context(EVP_MD_CTX_new());
  EVP_PKEY* const key = state_->key.get();
  require(EVP_DigestSignInit(require(context).get(), nullptr, nullptr, nullptr, key) == 1);
  Ed25519Signature signature{};
  std::size_t size = signature.size();
  auto const* const data = reinterpret_cast<unsigned char const*>(message.data());
  require(EVP_DigestSign(context.get(), signature.data(), &size, data, message.size()) == 1);
  return signature;
}

bool ed25519_verify(Ed25519PublicKey const& key, ByteSpan message,
                    Ed25519Signature const& signature) {
  Key const handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  Context const context(EVP_MD_CTX_new());
  EVP_PKEY* const pkey = require(handle).get();
  require(EVP_DigestVerifyInit(require(context).get(), nullptr, nullptr, nullptr, pkey) == 1);
  auto const* const data = reinterpret_cast<unsigned char const*>(message.data());
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), data,
                          message.size()) == 1;
}

std::string ed25519_public_pem(Ed25519PublicKey const& key) {
  Key const handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  Bio const bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PUBKEY(require(bio).get(), require(handle).get()) == 1);
  return text_of_bio(bio.get());
}

}  // namespace govseal
