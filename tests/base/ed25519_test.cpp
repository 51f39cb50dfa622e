#include "base/ed25519.h"

#include <doctest/doctest.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace govseal {
namespace {

std::array<std::uint8_t, 32> bytes32(std::string_view hex) {
  std::array<std::uint8_t, 32> out{};
  auto const raw = from_hex(hex).value();
  std::copy(raw.begin(), raw.end(), out.begin());
  return out;
}

/// The test keys of ledger.md 2: 31 zero bytes and the number.
Ed25519PrivateKey test_key(std::uint8_t number) {
  std::array<std::uint8_t, 32> seed{};
  seed.back() = number;
  return Ed25519PrivateKey::from_seed(seed);
}

template <typename Bytes>
std::string hex(Bytes const& bytes) {
  return to_hex(std::as_bytes(std::span(bytes)));
}

constexpr std::string_view kK1Pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n"
    "-----END PRIVATE KEY-----\n";

TEST_CASE("signatures are those of RFC 8032 section 7.1") {
  struct Vector {
    char const* seed;
    char const* key;
    char const* message;
    char const* signature;
  };
  for (auto const& [seed, key, message, signature] :
       {Vector{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
               "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
               "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
               "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        Vector{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
               "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
               "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
               "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}}) {
    auto const private_key = Ed25519PrivateKey::from_seed(bytes32(seed));
    auto const text = from_hex(message).value();
    CHECK(hex(private_key.public_key()) == key);
    CHECK(hex(private_key.sign(bytes_of(text))) == signature);
    CHECK(ed25519_verify(bytes32(key), bytes_of(text), private_key.sign(bytes_of(text))));
  }
}

TEST_CASE("the test keys of the ledger have their public keys") {
  CHECK(hex(test_key(1).public_key()) ==
        "4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29");
  CHECK(hex(test_key(5).public_key()) ==
        "fde4fba030ad002f7c2f7d4c331f49d13fb0ec747eceebec634f1ff4cbca9def");
}

TEST_CASE("keys are written in the forms that openssl reads") {
  CHECK(test_key(1).to_pem() == kK1Pem);
  CHECK(ed25519_public_pem(test_key(1).public_key()) ==
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEATLWr9q15+/WrvMr8wmnYXNJlHtS4hbWGnyQa7fCluik=\n"
        "-----END PUBLIC KEY-----\n");
}

TEST_CASE("a key comes back from its PEM") {
  auto const key = Ed25519PrivateKey::generate();
  auto const again = Ed25519PrivateKey::from_pem(key.to_pem());
  REQUIRE(again.has_value());
  CHECK(again->public_key() == key.public_key());
  CHECK(Ed25519PrivateKey::from_pem(kK1Pem)->public_key() == test_key(1).public_key());
  CHECK(Ed25519PrivateKey::generate().public_key() != key.public_key());
}

TEST_CASE("any other key form is refused") {
  std::string const pem(kK1Pem);
  auto const refused = [](std::string const& text) {
    return !Ed25519PrivateKey::from_pem(text).has_value();
  };
  CHECK(refused(""));
  CHECK(refused("nonsense"));
  CHECK(refused("x\n" + pem));
  CHECK(refused(pem + "x"));
  CHECK(refused(pem + pem));
  CHECK(refused(pem.substr(0, pem.size() / 2)));
  CHECK(refused(ed25519_public_pem(test_key(1).public_key())));
  // The same with one byte of seed less, with X25519's object id, and with an encryption header.
  CHECK(
      refused("-----BEGIN PRIVATE KEY-----\n"
              "MC0CAQAwBQYDK2VwBCEEHwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\n"
              "-----END PRIVATE KEY-----\n"));
  CHECK(
      refused("-----BEGIN PRIVATE KEY-----\n"
              "MC4CAQAwBQYDK2VuBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n"
              "-----END PRIVATE KEY-----\n"));
  CHECK(refused("-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + pem.substr(28)));
  CHECK(refused("-----BEGIN EC PRIVATE KEY-----\n" + pem.substr(28)));
}

TEST_CASE("a signature holds for its message and key only") {
  auto const key = test_key(3);
  auto const signature = key.sign(bytes_of("message"));
  CHECK(ed25519_verify(key.public_key(), bytes_of("message"), signature));
  CHECK_FALSE(ed25519_verify(key.public_key(), bytes_of("messagf"), signature));
  CHECK_FALSE(ed25519_verify(key.public_key(), {}, signature));
  CHECK_FALSE(ed25519_verify(test_key(4).public_key(), bytes_of("message"), signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto broken = signature;
    broken[i] ^= 1;
    CHECK_FALSE(ed25519_verify(key.public_key(), bytes_of("message"), broken));
  }
}

TEST_CASE("a key that is no point of the curve verifies nothing") {
  Ed25519PublicKey no_point{};
  no_point.fill(0xFF);
  CHECK_FALSE(ed25519_verify(no_point, bytes_of("x"), test_key(1).sign(bytes_of("x"))));
}

TEST_CASE("private keys lie in the secure heap and leave it again") {
  auto const first = Ed25519PrivateKey::generate();  // Makes the heap.
  auto const before = CRYPTO_secure_used();
  CHECK(CRYPTO_secure_malloc_initialized() == 1);
  {
    auto const second = Ed25519PrivateKey::from_pem(first.to_pem());
    CHECK(CRYPTO_secure_used() > before);
  }
  CHECK(CRYPTO_secure_used() == before);
}

TEST_CASE("a key can be moved") {
  auto one = test_key(1);
  auto two = std::move(one);
  one = test_key(2);
  CHECK(two.public_key() == test_key(1).public_key());
  CHECK(one.public_key() == test_key(2).public_key());
}

}  // namespace
}  // namespace govseal
