#include "sealing/ledger/ssh_signature.h"

#include <doctest/doctest.h>

#include "sealing/ledger/ssh_wire.h"
#include "tests/ledger/ledger_fixture.h"

using namespace govseal;

namespace {

constexpr char const* kSealSignature =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg84FibkHnAn6kMb/jAJ6UvdJadG\n"
    "vuxGiUjWw8fF3JpUsAAAAPZ292c2VhbC1zZWFsLnYxAAAAAAAAAAZzaGE1MTIAAABTAAAA\n"
    "C3NzaC1lZDI1NTE5AAAAQP9Y9cgOQfzkxq3YrNnLdC575sekozTh8fTK9soy/JdPWDvwAG\n"
    "L+iVwL1s+g+ijCcoO6Po23pD0nj17IqSWOIwc=\n"
    "-----END SSH SIGNATURE-----\n";
constexpr char const* kWaiverSignature =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg/VC447FE6iRPv3c39VC8jdDCZQ\n"
    "u8Gq2oM8oX/42/MpsAAAARZ292c2VhbC13YWl2ZXIudjEAAAAAAAAABnNoYTUxMgAAAFMA\n"
    "AAALc3NoLWVkMjU1MTkAAABAe8bvRMFRbh4xP6baX+K0oXIxE19oE25Fog07wjRmEiPMNU\n"
    "m3+9Pn6qiHgap7i7X5AWRLMtDhITgRfHFhh/ijDw==\n"
    "-----END SSH SIGNATURE-----\n";

/// The parts of an SSHSIG blob, to break one at a time.
struct Parts {
  std::string magic = "SSHSIG";
  std::string version = std::string("\0\0\0\1", 4);
  std::string key = ssh_key_of(test_key(3).public_key()).blob;
  std::string name_space = "ns";
  std::string reserved = "";
  std::string hash = "sha512";
  std::string type = "ssh-ed25519";
  std::string signature = std::string(64, 's');
  std::string after_inner = "";
  std::string after = "";

  [[nodiscard]] std::string blob() const {
    std::string out = magic + version;
    for (auto const* const part : {&key, &name_space, &reserved, &hash}) {
      append_ssh_string(out, *part);
    }
    std::string inner;
    append_ssh_string(inner, type);
    append_ssh_string(inner, signature);
    append_ssh_string(out, inner + after_inner);
    return out + after;
  }
};

bool parses(Parts const& parts) {
  return parse_ssh_signature(parts.blob()).has_value();
}

}  // namespace

TEST_CASE("key lines and fingerprints of the test keys are those of the format document") {
  struct Row {
    std::uint8_t key;
    char const* fingerprint;
  };
  for (auto const& row : std::vector<Row>{
           {1, "SHA256:mXhe4VT8IZgX1fUCWPH5SZ3xupG1AvwouipH1zOKCA0"},
           {2, "SHA256:r3iiNRXIdlSVBezAaA0zSYWm4nb/0n7xonM1qm6qiOQ"},
           {3, "SHA256:BEX3O+cF6MFz2KetzzzRxhZbIipFFWUMrV7D1iY6l14"},
           {4, "SHA256:OfYDO31n91ZPDW/v/WYjD0L0Y0vy70W+k07Q1qhLOfQ"},
           {5, "SHA256:Dx3307m9+EwTwHQvYaVEv0jdEWowOn7rJgmbUeKRpHw"},
       }) {
    auto const key = ssh_key_of(test_key(row.key).public_key());
    CHECK(key.fingerprint() == row.fingerprint);
    CHECK(parse_ssh_key_line(key.line()) == key);
    CHECK(ed25519_of(key) == test_key(row.key).public_key());
  }
  CHECK(ssh_key_of(test_key(3).public_key()).line() ==
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPOBYm5B5wJ+pDG/4wCelL3SWnRr7sRolI1sPHxdyaVL");
}

TEST_CASE("signatures are byte for byte those of the format document") {
  auto const seal = make_ssh_signature(test_key(3), kSealNamespace, "hello\n");
  CHECK(armor_ssh_signature(seal) == kSealSignature);
  auto const waiver = make_ssh_signature(test_key(4), kWaiverNamespace, "hello\n");
  CHECK(armor_ssh_signature(waiver) == kWaiverSignature);
}

TEST_CASE("the signature of the golden seal is that of the format document") {
  std::string const manifest =
      "b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdaf714e33c0a100b51060  a.txt\n"
      "1ad1065c9b642a3cd26e7e4d30ec5c85c8aaa9c8c65d2c4fe4d54d619eec862f  run.json\n"
      "4e78a9906d4c14fb556388e550e8d4840de50d27c729b84ca7183d0c8b91f92e  manifest.json\n"
      "ROOT_SHA256  e8398d2080a857d96f196141bcacace4a0ecdbbd83a06bda9e150181d2bd6664\n";
  CHECK(manifest.size() == 305);
  CHECK(armor_ssh_signature(make_ssh_signature(test_key(3), kSealNamespace, manifest)) ==
        "-----BEGIN SSH SIGNATURE-----\n"
        "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg84FibkHnAn6kMb/jAJ6UvdJadG\n"
        "vuxGiUjWw8fF3JpUsAAAAPZ292c2VhbC1zZWFsLnYxAAAAAAAAAAZzaGE1MTIAAABTAAAA\n"
        "C3NzaC1lZDI1NTE5AAAAQJgCGZ36ncW7FrUbHaull+pOOKf9/BV9zO7in1B0RsUQO3fvfU\n"
        "wG/Kc2sUTWg7JGAruXA7Fz+BErHBvaCl8IagE=\n"
        "-----END SSH SIGNATURE-----\n");
}

TEST_CASE("a signature holds for its message, namespace and key only") {
  auto const blob = dearmor_ssh_signature(kSealSignature);
  REQUIRE(blob.has_value());
  auto signature = parse_ssh_signature(*blob);
  REQUIRE(signature.has_value());
  CHECK(signature->key == ssh_key_of(test_key(3).public_key()));
  CHECK(signature->hash == "sha512");
  CHECK(verify_ssh_signature(*signature, kSealNamespace, "hello\n"));
  CHECK_FALSE(verify_ssh_signature(*signature, kWaiverNamespace, "hello\n"));
  CHECK_FALSE(verify_ssh_signature(*signature, kSealNamespace, "hello"));
  auto other_key = *signature;
  other_key.key = ssh_key_of(test_key(4).public_key());
  CHECK_FALSE(verify_ssh_signature(other_key, kSealNamespace, "hello\n"));
  auto other_hash = *signature;
  other_hash.hash = "sha256";
  CHECK_FALSE(verify_ssh_signature(other_hash, kSealNamespace, "hello\n"));
  signature->signature[10] = static_cast<char>(signature->signature[10] ^ 1);
  CHECK_FALSE(verify_ssh_signature(*signature, kSealNamespace, "hello\n"));
}

TEST_CASE("everything but the written form of a signature is malformed") {
  CHECK(parses({}));
  CHECK(parses({.hash = "sha256"}));
  CHECK_FALSE(parses({.magic = "SSHSIX"}));
  CHECK_FALSE(parses({.version = std::string("\0\0\0\2", 4)}));
  CHECK_FALSE(parses({.name_space = ""}));
  CHECK_FALSE(parses({.reserved = "x"}));
  CHECK_FALSE(parses({.hash = "sha1"}));
  CHECK_FALSE(parses({.type = "ssh-rsa"}));
  CHECK_FALSE(parses({.type = "ecdsa-sha2-nistp256"}));
  CHECK_FALSE(parses({.signature = std::string(63, 's')}));
  CHECK_FALSE(parses({.signature = std::string(65, 's')}));
  CHECK_FALSE(parses({.after_inner = "x"}));
  CHECK_FALSE(parses({.after = "x"}));
  CHECK_FALSE(parses({.key = ""}));
  std::string const good = Parts{}.blob();
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(parse_ssh_signature(good.substr(0, size)).has_value());
  }
}

TEST_CASE("keys of other types, with comments or trailing bytes are refused") {
  auto const good = ssh_key_of(test_key(3).public_key());
  CHECK(parse_ssh_key_blob(good.blob).has_value());
  CHECK_FALSE(parse_ssh_key_blob(good.blob + "x").has_value());
  CHECK_FALSE(parse_ssh_key_blob(good.blob.substr(1)).has_value());
  CHECK_FALSE(parse_ssh_key_line(good.line() + " comment").has_value());
  CHECK_FALSE(parse_ssh_key_line(good.line() + "\n").has_value());
  CHECK_FALSE(parse_ssh_key_line("ssh-rsa " + good.line().substr(12)).has_value());
  CHECK_FALSE(parse_ssh_key_line("").has_value());
  std::string off_curve;
  append_ssh_string(off_curve, "ecdsa-sha2-nistp256");
  append_ssh_string(off_curve, "nistp256");
  append_ssh_string(off_curve, "\x04" + std::string(64, 'x'));
  CHECK_FALSE(parse_ssh_key_blob(off_curve).has_value());
}

TEST_CASE("armor of any line width is read, other text is refused") {
  auto const blob = *dearmor_ssh_signature(kSealSignature);
  std::string const text = to_base64(bytes_of(blob));
  std::string const begin = "-----BEGIN SSH SIGNATURE-----\n";
  std::string const end = "-----END SSH SIGNATURE-----\n";
  CHECK(dearmor_ssh_signature(begin + text + "\n" + end) == blob);
  CHECK(dearmor_ssh_signature(begin + text + "\n" + end.substr(0, end.size() - 1)) == blob);
  std::string narrow;
  for (char const c : text) narrow += std::string(1, c) + "\n";
  CHECK(dearmor_ssh_signature(begin + narrow + end) == blob);
  CHECK_FALSE(dearmor_ssh_signature(text).has_value());
  CHECK_FALSE(dearmor_ssh_signature(begin + text + "\n").has_value());
  CHECK_FALSE(dearmor_ssh_signature(begin + text + end).has_value());
  CHECK_FALSE(dearmor_ssh_signature(begin + text + "!\n" + end).has_value());
  CHECK_FALSE(dearmor_ssh_signature(begin + text + "\n" + end + "more").has_value());
  CHECK_FALSE(dearmor_ssh_signature(" " + begin + text + "\n" + end).has_value());
}
