// The formats against programs that know nothing of govseal: what a reviewer has at hand.
#include <doctest/doctest.h>

#include <filesystem>

#include "sealing/ledger/ssh_signature.h"
#include "sealing/ledger/text_field.h"
#include "tests/ledger/ledger_fixture.h"
#include "tests/ledger/ledger_world.h"
#include "tests/ledger/record_sample.h"
#include "tests/ledger/tool.h"

using namespace govseal;

namespace {

std::string allowed_signers(std::string const& options = "") {
  return "signer " + options + ssh_key_of(test_key(3).public_key()).line() + "\n";
}

/// The OpenSSH form of a key, made by ssh-keygen from its PKCS#8 form.
std::string write_openssh_key(TempDirectory const& scratch, Ed25519PrivateKey const& key) {
  auto const seed = *from_base64(key.to_pem().substr(28, 64));
  auto const public_key = key.public_key();
  std::string const raw_public(reinterpret_cast<char const*>(public_key.data()), public_key.size());
  auto const string = [](std::string const& bytes) {
    std::string out(4, '\0');
    out[2] = static_cast<char>(bytes.size() >> 8);
    out[3] = static_cast<char>(bytes.size() & 0xff);
    return out + bytes;
  };
  std::string const check = "1234";
  std::string secret = check + check + string("ssh-ed25519") + string(raw_public) +
                       string(seed.substr(16) + raw_public) + string("");
  for (char pad = 1; secret.size() % 8 != 0; ++pad) secret += pad;
  std::string blob("openssh-key-v1\0", 15);
  blob += string("none") + string("none") + string("") + std::string("\0\0\0\1", 4) +
          string(ssh_key_of(public_key).blob) + string(secret);
  auto const path =
      scratch.write("key", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + to_base64(bytes_of(blob)) +
                               "\n-----END OPENSSH PRIVATE KEY-----\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path;
}

ToolResult ssh_verify(TempDirectory const& scratch, std::string const& signature,
                      std::string const& message, std::vector<std::string> const& more = {}) {
  auto const file = scratch.write("message.sig", signature);
  std::vector<std::string> arguments = {"ssh-keygen",        "-Y", "verify", "-f",
                                        scratch / "allowed", "-I", "signer", "-n",
                                        "govseal-seal.v1",   "-s", file};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_tool(scratch, arguments, message);
}

}  // namespace

TEST_CASE("ssh-keygen accepts our signatures and makes the same bytes") {
  if (!has_tool("ssh-keygen")) return;
  TempDirectory const scratch;
  scratch.write("allowed", allowed_signers());
  for (std::string const& message :
       std::vector<std::string>{"hello\n", "", std::string(100000, 'x')}) {
    auto const ours = armor_ssh_signature(make_ssh_signature(test_key(3), kSealNamespace, message));
    CHECK(ssh_verify(scratch, ours, message).exit_code == 0);
    auto const key = write_openssh_key(scratch, test_key(3));
    auto const theirs = run_tool(
        scratch, {"ssh-keygen", "-Y", "sign", "-f", key, "-n", "govseal-seal.v1"}, message);
    CHECK(theirs.exit_code == 0);
    CHECK(theirs.output == ours);
    std::filesystem::remove(key);
  }
}

TEST_CASE("ssh-keygen refuses another namespace, message, time or a revoked key") {
  if (!has_tool("ssh-keygen")) return;
  TempDirectory const scratch;
  scratch.write("allowed", allowed_signers(
                               "namespaces=\"govseal-seal.v1,git\",valid-after=\"20260105090000Z\","
                               "valid-before=\"20270105090000Z\" "));
  auto const good = armor_ssh_signature(make_ssh_signature(test_key(3), kSealNamespace, "hello\n"));
  auto const other = armor_ssh_signature(make_ssh_signature(test_key(3), "other", "hello\n"));
  auto const at_time = [](char const* time) {
    return std::vector<std::string>{"-O", std::string("verify-time=") + time};
  };
  auto const now = at_time("20260601000000Z");
  CHECK(ssh_verify(scratch, good, "hello\n", now).exit_code == 0);
  CHECK(ssh_verify(scratch, good, "hello\n", at_time("20260105090000Z")).exit_code == 0);
  CHECK(ssh_verify(scratch, other, "hello\n", now).exit_code == 255);
  CHECK(ssh_verify(scratch, good, "hello", now).exit_code == 255);
  CHECK(ssh_verify(scratch, good, "hello\n", at_time("20260105085959Z")).exit_code == 255);
  CHECK(ssh_verify(scratch, good, "hello\n", at_time("20270105090001Z")).exit_code == 255);
  auto revoked = now;
  revoked.push_back("-r");
  revoked.push_back(scratch.write("revoked", ssh_key_of(test_key(3).public_key()).line() + "\n"));
  CHECK(ssh_verify(scratch, good, "hello\n", revoked).exit_code == 255);
}

TEST_CASE("P-256 signatures of ssh-keygen are accepted, with sha256 and sha512") {
  if (!has_tool("ssh-keygen")) return;
  TempDirectory const scratch;
  std::string const key = scratch / "p256";
  REQUIRE(run_tool(scratch,
                   {"ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-C", "c", "-f", key})
              .exit_code == 0);
  auto const public_line = scratch.read("p256.pub");
  auto const public_key = parse_ssh_key_line(public_line.substr(0, public_line.rfind(' ')));
  REQUIRE(public_key.has_value());
  CHECK(public_key->type == SshPublicKey::Type::ecdsa_p256);
  for (int i = 0; i < 24; ++i) {  // numbers of all lengths come up
    std::string const hash = i % 2 == 0 ? "sha512" : "sha256";
    auto const made = run_tool(
        scratch,
        {"ssh-keygen", "-Y", "sign", "-f", key, "-n", "govseal-waiver.v1", "-O", "hashalg=" + hash},
        "waiver\n");
    REQUIRE(made.exit_code == 0);
    auto const blob = dearmor_ssh_signature(made.output);
    REQUIRE(blob.has_value());
    auto signature = parse_ssh_signature(*blob);
    REQUIRE(signature.has_value());
    CHECK(signature->key == *public_key);
    CHECK(signature->hash == hash);
    CHECK(verify_ssh_signature(*signature, kWaiverNamespace, "waiver\n"));
    CHECK_FALSE(verify_ssh_signature(*signature, kWaiverNamespace, "waiver"));
    CHECK_FALSE(verify_ssh_signature(*signature, kSealNamespace, "waiver\n"));
  }
}

TEST_CASE("openssl verifies a checkpoint with log.pem") {
  if (!has_tool("openssl")) return;
  TempDirectory const scratch;
  LedgerWorld world;
  world.open();
  world.append_heartbeats(5);
  auto const note = world.ledger().checkpoint();
  auto const split = note.find("\n\n");
  auto const body = scratch.write("body", note.substr(0, split + 1));
  auto const line = note.substr(split + 2);
  auto const raw =
      *from_base64(line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 2));
  auto const signature = scratch.write("signature", raw.substr(4));
  auto const key = scratch.write("log.pem", *world.files.read("/state/keys/log.pem"));
  std::vector<std::string> const verify = {"openssl", "pkeyutl",  "-verify", "-pubin",
                                           "-inkey",  key,        "-rawin",  "-in",
                                           body,      "-sigfile", signature};
  CHECK(run_tool(scratch, verify).exit_code == 0);
  scratch.write("body", note.substr(0, split + 1) + "x");
  CHECK(run_tool(scratch, verify).exit_code != 0);
}

TEST_CASE("openssl reads our keys and we read those of openssl") {
  if (!has_tool("openssl")) return;
  TempDirectory const scratch;
  auto const key = scratch.write("key.pem", test_key(1).to_pem());
  CHECK(run_tool(scratch, {"openssl", "pkey", "-in", key, "-pubout"}).output ==
        ed25519_public_pem(test_key(1).public_key()));
  auto const made = run_tool(scratch, {"openssl", "genpkey", "-algorithm", "ED25519"});
  CHECK(Ed25519PrivateKey::from_pem(made.output).has_value());
}

TEST_CASE("jq reproduces the log byte for byte, sha256sum the chain") {
  if (!has_tool("jq") || !has_tool("sha256sum")) return;
  TempDirectory const scratch;
  LedgerWorld world;
  world.open();
  auto drafts = golden_drafts();
  drafts.erase(drafts.begin());
  world.append(drafts);
  world.append({make_record(record::SealUnlocked{.repo = "a",
                                                 .run = "caf\xC3\xA9/\xF0\x9F\x98\x80",
                                                 .level = "chmod",
                                                 .reason = "a \"word\" \\ 100%\n\x7f\xff"})});
  auto const log = *world.files.read("/state/ledger/log/000000000000.jsonl");
  CHECK(run_tool(scratch, {"jq", "-c", "."}, log).output == log);
  std::string prev(64, '0');
  for (auto const& line : world.log_lines()) {
    CHECK(run_tool(scratch, {"jq", "-r", ".prev"}, line).output == prev + "\n");
    prev = run_tool(scratch, {"sha256sum"}, std::string(1, '\0') + line).output.substr(0, 64);
  }
}

TEST_CASE("jq reproduces every record type with fields at their limits") {
  if (!has_tool("jq")) return;
  TempDirectory const scratch;
  std::string lines;
  for (auto const& schema : record_schemas()) {
    lines += sample_line(schema, SampleSize::smallest) + "\n";
    lines += sample_line(schema, SampleSize::largest) + "\n";
  }
  CHECK((run_tool(scratch, {"jq", "-c", "."}, lines).output == lines));
}

TEST_CASE("the digest of a list can be checked again with sort and sha256sum") {
  if (!has_tool("sort") || !has_tool("sha256sum")) return;
  TempDirectory const scratch;
  auto const sorted =
      run_tool(scratch, {"env", "LC_ALL=C", "sort", "-zu"}, std::string("b\0a/\xC3\xBC\0b\0", 9));
  CHECK(run_tool(scratch, {"sha256sum"}, sorted.output).output.substr(0, 64) ==
        make_list({"b", "a/\xC3\xBC", "b"}).sha256.hex());
}
