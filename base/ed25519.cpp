// A seed lives in OpenSSL's secure heap: pages that are locked where the limits allow it, excluded
// from core dumps, between guard pages, and cleared when freed. An EVP_PKEY holds its copy on the
// ordinary heap, so it exists only while it signs; making it costs about as much as a signature.
#include "base/ed25519.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <cstring>
#include <mutex>
#include <new>
#include <utility>

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

/// Without it (no memory to map) seeds live in the ordinary heap, still cleared when freed.
void prepare_secure_heap() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (CRYPTO_secure_malloc_initialized() == 0) {
      CRYPTO_secure_malloc_init(kSecureHeapBytes, kSecureHeapMinimumBytes);
    }
  });
}

/// 32 bytes of the secure heap.
class Seed {
 public:
  Seed() {
    prepare_secure_heap();
    bytes_ = static_cast<unsigned char*>(OPENSSL_secure_zalloc(kSeedBytes));
    if (bytes_ == nullptr) throw std::bad_alloc();
  }
  explicit Seed(unsigned char const* from) : Seed() { std::memcpy(bytes_, from, kSeedBytes); }
  Seed(Seed&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
  Seed& operator=(Seed&&) = delete;
  ~Seed() { OPENSSL_secure_clear_free(bytes_, kSeedBytes); }

  [[nodiscard]] unsigned char* data() noexcept { return bytes_; }

  /// For the moment of its use. OpenSSL clears its copy when it is freed.
  [[nodiscard]] Key key() const {
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_, kSeedBytes));
    require(key);
    return key;
  }

 private:
  unsigned char* bytes_ = nullptr;
};

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
    if (PEM_read_bio_ex(bio, &name, &header, &data, &size, PEM_FLAG_SECURE) == 1) return;
    size = 0;
    ERR_clear_error();  // The answer is in the return type; others read the queue of this thread.
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
std::optional<Seed> seed_from_der(SecretBlock const& block) {
  static constexpr unsigned char kPrefix[] = {0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                              0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
  if (static_cast<std::size_t>(block.size) != sizeof kPrefix + kSeedBytes) return std::nullopt;
  if (std::memcmp(block.data, kPrefix, sizeof kPrefix) != 0) return std::nullopt;
  return Seed(block.data + sizeof kPrefix);
}

}  // namespace

struct Ed25519PrivateKey::State {
  Seed seed;
};

Ed25519PrivateKey::Ed25519PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ed25519PrivateKey::Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey& Ed25519PrivateKey::operator=(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey::~Ed25519PrivateKey() = default;

Ed25519PrivateKey Ed25519PrivateKey::generate() {
  Seed seed;
  require(RAND_priv_bytes(seed.data(), static_cast<int>(kSeedBytes)) == 1);
  return Ed25519PrivateKey(std::make_unique<State>(State{std::move(seed)}));
}

Ed25519PrivateKey Ed25519PrivateKey::from_seed(std::array<std::uint8_t, 32> const& seed) {
  return Ed25519PrivateKey(std::make_unique<State>(State{Seed(seed.data())}));
}

std::optional<Ed25519PrivateKey> Ed25519PrivateKey::from_pem(std::string_view pem) {
  if (!is_bare_block(pem)) return std::nullopt;
  prepare_secure_heap();
  Bio const bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  SecretBlock const block(require(bio).get());
  auto seed = block.size > 0 ? seed_from_der(block) : std::nullopt;
  if (!seed) return std::nullopt;
  return Ed25519PrivateKey(std::make_unique<State>(State{std::move(*seed)}));
}

std::string Ed25519PrivateKey::to_pem() const {
  Bio const bio(BIO_new(BIO_s_secmem()));
  Key const key = state_->seed.key();
  require(PEM_write_bio_PKCS8PrivateKey(require(bio).get(), key.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1);
  return text_of_bio(bio.get());
}

Ed25519PublicKey Ed25519PrivateKey::public_key() const {
  Ed25519PublicKey public_key{};
  std::size_t size = public_key.size();
  Key const key = state_->seed.key();
  require(EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) == 1);
  return public_key;
}

Ed25519Signature Ed25519PrivateKey::sign(ByteSpan message) const {
  Context const context(EVP_MD_CTX_new());
  Key const key = state_->seed.key();
  require(EVP_DigestSignInit(require(context).get(), nullptr, nullptr, nullptr, key.get()) == 1);
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
  int const verified =
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), data, message.size());
  if (verified != 1) ERR_clear_error();
  return verified == 1;
}

std::string ed25519_public_pem(Ed25519PublicKey const& key) {
  Key const handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  Bio const bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PUBKEY(require(bio).get(), require(handle).get()) == 1);
  return text_of_bio(bio.get());
}

}  // namespace govseal
