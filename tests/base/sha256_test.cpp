#include "base/sha256.h"

#include <doctest/doctest.h>
#include <openssl/sha.h>

#include <array>
#include <cctype>
#include <random>
#include <thread>
#include <unordered_set>
#include <vector>

namespace govseal {
namespace {

TEST_CASE("SHA-256 has the vectors of FIPS 180-4") {
  CHECK(sha256("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1'000'000, 'a')).hex() ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("every length gives the same in one step, in pieces and from another implementation") {
  std::mt19937_64 random(6);
  Sha256 reused;
  for (std::size_t size = 0; size <= 300; ++size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    Digest const expected = sha256(text);
    std::array<unsigned char, 32> other{};
    ::SHA256(reinterpret_cast<unsigned char const*>(text.data()), size, other.data());
    REQUIRE(expected.bytes == other);
    for (std::size_t const piece : {std::size_t{1}, std::size_t{63}, std::size_t{64}, size + 1}) {
      for (std::size_t at = 0; at < size; at += piece) {
        reused.update(std::string_view(text).substr(at, piece));
      }
      REQUIRE(reused.finish() == expected);
    }
  }
}

TEST_CASE("a hasher starts anew after finish and goes on after a move") {
  Sha256 one;
  one.update("abc");
  Sha256 two = std::move(one);
  CHECK(two.finish() == sha256("abc"));
  CHECK(two.finish() == sha256(""));
  two.update("a").update("b");
  one = std::move(two);
  CHECK(one.update("c").finish() == sha256("abc"));
}

TEST_CASE("threads do not disturb each other") {
  std::vector<std::thread> threads;
  std::array<bool, 4> right{};
  for (std::size_t i = 0; i < right.size(); ++i) {
    threads.emplace_back([&right, i] {
      std::string const text(1000 + i, static_cast<char>('a' + i));
      Digest const expected = Sha256().update(text).finish();
      bool same = true;
      for (int round = 0; round < 2'000; ++round) same = same && sha256(text) == expected;
      right[i] = same;
    });
  }
  for (auto& thread : threads) thread.join();
  for (bool const same : right) CHECK(same);
}

TEST_CASE("a digest is read from its lower-case hex and from its bytes, and from nothing else") {
  Digest const digest = sha256("abc");
  CHECK(Digest::from_hex(digest.hex()) == digest);
  std::string upper = digest.hex();
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  CHECK(Digest::from_hex(upper) == std::nullopt);
  CHECK(Digest::from_hex(digest.hex() + "00") == std::nullopt);
  CHECK(Digest::from_hex(digest.hex().substr(2)) == std::nullopt);
  CHECK(Digest::from_hex("") == std::nullopt);
  CHECK(Digest::from_hex(std::string(64, 'g')) == std::nullopt);
  CHECK(Digest::from_raw(text_of(digest.span())) == digest);
  CHECK(Digest::from_raw(std::string(31, 'x')) == std::nullopt);
  CHECK(Digest::from_raw(std::string(33, 'x')) == std::nullopt);
}

TEST_CASE("digests are ordered by their bytes and hash alike when equal") {
  CHECK(Digest() < sha256(""));
  CHECK((sha256("a") < sha256("b")) == (sha256("a").hex() < sha256("b").hex()));
  std::unordered_set<Digest> const set = {sha256("a"), sha256("a"), sha256("b")};
  CHECK(set.size() == 2);
}

}  // namespace
}  // namespace govseal
