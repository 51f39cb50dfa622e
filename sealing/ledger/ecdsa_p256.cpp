// Verification only: waivers and key statements may be signed by people's P-256 keys.
#include "sealing/ledger/ecdsa_p256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <string>

namespace govseal {
namespace {

constexpr std::size_t kPointBytes = 65;

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* object) const noexcept {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

unsigned char const* octets(std::string_view bytes) {
  return reinterpret_cast<unsigned char const*>(bytes.data());
}

/// nullptr when the point is not on the curve.
Key make_key(std::string_view point) {
  if (point.size() != kPointBytes || point.front() != 0x04) return nullptr;
  KeyContext const context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  std::string group = "prime256v1";
  std::string bytes(point);
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_end(),
  };
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return nullptr;
  }
  return Key(key);
}

/// DER of the two numbers; empty on failure.
std::string der_signature(std::string_view r, std::string_view s) {
  Number first(BN_bin2bn(octets(r), static_cast<int>(r.size()), nullptr));
  Number second(BN_bin2bn(octets(s), static_cast<int>(s.size()), nullptr));
  Signature const signature(ECDSA_SIG_new());
  if (!first || !second || !signature) return {};
  if (ECDSA_SIG_set0(signature.get(), first.get(), second.get()) != 1) return {};
  static_cast<void>(first.release());  // owned by the signature now
  static_cast<void>(second.release());
  unsigned char* bytes = nullptr;
  int const size = i2d_ECDSA_SIG(signature.get(), &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

bool is_p256_point(std::string_view point) {
  return make_key(point) != nullptr;
}

bool p256_verify(std::string_view point, std::string_view message, std::string_view r,
                 std::string_view s) {
  auto const key = make_key(point);
  auto const der = der_signature(r, s);
  DigestContext const context(EVP_MD_CTX_new());
  if (!key || der.empty() || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), octets(der), der.size(), octets(message),
                          message.size()) == 1;
}

}  // namespace govseal
