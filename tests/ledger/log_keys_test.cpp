#include "sealing/ledger/log_keys.h"

#include <doctest/doctest.h>

#include "tests/ledger/ledger_fixture.h"
#include "tests/support/memory_file_system.h"

using namespace govseal;

namespace {

constexpr char const* kPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n"
    "-----END PRIVATE KEY-----\n";

struct World {
  MemoryFileSystem files;
  std::unique_ptr<Directory> keys;
  std::unique_ptr<Directory> credentials;

  World() {
    files.make_directory("/keys", 0700);
    files.make_directory("/credentials", 0700);
    keys = files.open("/keys");
    credentials = files.open("/credentials");
  }
  auto load(KeyRole role = KeyRole::log, std::uint32_t own_uid = 0) const {
    return load_key({.keys = *keys, .credentials = credentials.get(), .own_uid = own_uid}, role);
  }
  std::string refusal(KeyRole role = KeyRole::log, std::uint32_t own_uid = 0) const {
    auto const loaded = load(role, own_uid);
    auto const* const refused = std::get_if<KeyRefused>(&loaded);
    REQUIRE(refused != nullptr);
    return refused->file + ": " + refused->reason;
  }
  void check_loads(Ed25519PublicKey const& expected, KeyRole role = KeyRole::log) const {
    auto const loaded = load(role);
    auto const* const key = std::get_if<Ed25519PrivateKey>(&loaded);
    REQUIRE(key != nullptr);
    CHECK(key->public_key() == expected);
  }
};

}  // namespace

TEST_CASE("a key file is the PKCS#8 PEM of the format document") {
  CHECK(test_key(1).to_pem() == kPem);
  World world;
  world.files.write("/keys/log.key", kPem, 0600);
  world.check_loads(test_key(1).public_key());
  world.files.set_mode("/keys/log.key", 0400);
  world.check_loads(test_key(1).public_key());
}

TEST_CASE("a missing key is told apart from a refused one") {
  World const world;
  CHECK(std::holds_alternative<KeyMissing>(world.load(KeyRole::log)));
  CHECK(std::holds_alternative<KeyMissing>(world.load(KeyRole::seal)));
}

TEST_CASE("a key file is refused by what it is") {
  World world;
  world.files.write("/keys/log.key", kPem, 0600);
  for (std::uint32_t const mode : {0640U, 0604U, 0610U, 0601U, 0660U, 0700U | 0004U}) {
    world.files.set_mode("/keys/log.key", mode);
    CHECK(world.refusal() == "keys/log.key: group or others have rights on it");
  }
  world.files.set_mode("/keys/log.key", 0600);
  world.files.make_hard_link("/keys/log.key", "/keys/second");
  CHECK(world.refusal() == "keys/log.key: it has more than one link");
  world.files.remove("/keys/second");
  world.files.set_owner("/keys/log.key", 1001, 1001);
  CHECK(world.refusal(KeyRole::log, 1000) == "keys/log.key: it is owned by another user");
  world.files.set_owner("/keys/log.key", 0, 0);
  CHECK(std::holds_alternative<Ed25519PrivateKey>(world.load(KeyRole::log, 1000)));
  world.files.remove("/keys/log.key");
  world.files.write("/keys/real", kPem, 0600);
  world.files.make_symlink("/keys/log.key", "real");
  CHECK(world.refusal() == "keys/log.key: it is a symbolic link");
  world.files.remove("/keys/log.key");
  world.files.make_directory("/keys/log.key", 0700);
  CHECK(world.refusal() == "keys/log.key: it is not a regular file");
  world.files.remove("/keys/log.key");
  world.files.make_fifo("/keys/log.key");
  CHECK(world.refusal() == "keys/log.key: it is not a regular file");
}

TEST_CASE("a key file is refused when it is no unencrypted Ed25519 PEM") {
  World world;
  for (std::string const& content : std::vector<std::string>{
           "", "garbage", std::string(kPem).substr(30), std::string(8192, 'x'),
           "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"}) {
    world.files.write("/keys/seal.key", content, 0600);
    CHECK(world.refusal(KeyRole::seal) ==
          "keys/seal.key: it is not an unencrypted PKCS#8 PEM file of an Ed25519 key");
  }
}

TEST_CASE("a credential is used whatever its owner and mode are") {
  World world;
  world.files.write("/credentials/govseal-log", kPem, 0644);
  world.files.set_owner("/credentials/govseal-log", 77, 77);
  world.check_loads(test_key(1).public_key());
  world.files.write("/keys/log.key", kPem, 0600);
  world.check_loads(test_key(1).public_key());
}

TEST_CASE("a credential and a key file with different content are refused") {
  World world;
  world.files.write("/credentials/govseal-log", kPem, 0600);
  world.files.write("/keys/log.key", test_key(2).to_pem(), 0600);
  CHECK(world.refusal() == "keys/log.key: it and credential govseal-log are different keys");
}

TEST_CASE("a generated key is durable, private and never replaces another") {
  World world;
  auto const key = generate_key(*world.keys, KeyRole::seal);
  world.files.sync_all();
  world.check_loads(key.public_key(), KeyRole::seal);
  CHECK((world.files.stat("/keys/seal.key")->mode & 0777) == 0600);
  CHECK(world.files.list("/keys") == std::vector<std::string>{"seal.key"});
  CHECK_THROWS_AS(static_cast<void>(generate_key(*world.keys, KeyRole::seal)), Error);
  world.check_loads(key.public_key(), KeyRole::seal);
}

TEST_CASE("a generated key survives a power cut right after it was made") {
  MemoryFileSystem files;
  files.make_directory("/keys", 0700);
  files.sync_all();
  Ed25519PublicKey made;
  {
    auto const keys = files.open("/keys");
    made = generate_key(*keys, KeyRole::log).public_key();
  }
  files.crash();
  auto const keys = files.open("/keys");
  auto const loaded = load_key({.keys = *keys}, KeyRole::log);
  REQUIRE(std::holds_alternative<Ed25519PrivateKey>(loaded));
  CHECK(std::get<Ed25519PrivateKey>(loaded).public_key() == made);
}

TEST_CASE("public files are written beside the keys") {
  World world;
  AgentKeys const keys{test_key(1), test_key(3)};
  write_public_keys(*world.keys, keys, kTestOrigin);
  CHECK(world.files.read("/keys/log.vkey") ==
        "govseal.example/host1+4dffa8e6+AUy1q/atefv1q7zK/MJp2FzSZR7UuIW1hp8kGu3wpbop\n");
  CHECK(world.files.read("/keys/log.pem") ==
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEATLWr9q15+/WrvMr8wmnYXNJlHtS4hbWGnyQa7fCluik=\n"
        "-----END PUBLIC KEY-----\n");
  CHECK(world.files.read("/keys/seal.pub") ==
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPOBYm5B5wJ+pDG/4wCelL3SWnRr7sRolI1sPHxdyaVL\n");
  auto const count = world.files.operation_count();
  write_public_keys(*world.keys, keys, kTestOrigin);
  CHECK(world.files.operation_count() > count);  // it looked, and
  CHECK(world.files.list("/keys").size() == 3);  // wrote nothing new
}
