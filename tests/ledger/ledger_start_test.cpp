#include <doctest/doctest.h>

#include "tests/ledger/ledger_world.h"

using namespace govseal;

namespace {

std::string refusal(LedgerWorld& world) {
  auto const opening = world.try_open();
  auto const* const refused = std::get_if<LedgerRefused>(&opening);
  REQUIRE(refused != nullptr);
  return refused->reason;
}

/// The refusal, and that nothing but the lock file was touched.
std::string refusal_without_a_trace(LedgerWorld& world) {
  auto const before = world.files.dump();
  auto const reason = refusal(world);
  world.close();
  if (before.find("/state/lock") == std::string::npos) world.files.remove("/state/lock");
  CHECK(world.files.dump() == before);
  return reason;
}

LedgerWorld started_world() {
  LedgerWorld world;
  world.open();
  world.append_heartbeats(2);
  world.close();
  return world;
}

std::string sign_tree(std::string const& origin, TreeHead const& tree, std::uint8_t key = 1) {
  auto const signer = test_key(key);
  Ed25519PrivateKey const* const keys[] = {&signer};
  return sign_checkpoint({.origin = origin, .tree = tree}, keys);
}

}  // namespace

TEST_CASE("the first start prints the five lines, later ones nothing") {
  LedgerWorld world;
  auto const& opened = world.open();
  CHECK(opened.first_start_lines ==
        std::vector<std::string>{
            "govseald: created ledger govseal.example/host1",
            "govseald: log key "
            "govseal.example/host1+4dffa8e6+AUy1q/atefv1q7zK/MJp2FzSZR7UuIW1hp8kGu3wpbop",
            "govseald: log key fingerprint SHA256:mXhe4VT8IZgX1fUCWPH5SZ3xupG1AvwouipH1zOKCA0",
            "govseald: seal key ssh-ed25519 "
            "AAAAC3NzaC1lZDI1NTE5AAAAIPOBYm5B5wJ+pDG/4wCelL3SWnRr7sRolI1sPHxdyaVL",
            "govseald: seal key fingerprint SHA256:BEX3O+cF6MFz2KetzzzRxhZbIipFFWUMrV7D1iY6l14"});
  CHECK(opened.clean);
  CHECK_FALSE(opened.new_epoch);
  CHECK(opened.first_records.empty());
  CHECK(world.types() == std::vector<std::string>{"genesis"});
  CHECK(world.files.read("/state/keys/epoch") == "1\n");
  CHECK(world.open().first_start_lines.empty());
}

TEST_CASE("an empty state directory gets keys and a ledger with the default origin") {
  LedgerWorld world(LedgerWorld::Keys::none);
  world.options.origin.reset();
  world.options.host_name = "Host_1";
  world.open();
  CHECK(world.ledger().origin() == "govseal/host-1");
  CHECK((world.files.stat("/state/keys")->mode & 0777) == 0700);
  for (char const* const key : {"/state/keys/log.key", "/state/keys/seal.key"}) {
    CHECK((world.files.stat(key)->mode & 0777) == 0600);
  }
  auto const genesis = world.record(0).body;
  CHECK(*genesis.find_string("host") == "host-1");
  CHECK(*genesis.find_string("log_vkey") == world.ledger().log_key().text());
  auto const log_key = *world.files.read("/state/keys/log.key");
  CHECK(log_key != *world.files.read("/state/keys/seal.key"));
  world.open();
  CHECK(world.files.read("/state/keys/log.key") == log_key);
}

TEST_CASE("a first start that was interrupted begins again") {
  LedgerWorld world;
  world.files.write("/state/keys/epoch", "1\n");
  world.files.write("/state/ledger.new/log/000000000000.jsonl", "torn");
  auto const& opened = world.open();
  CHECK(opened.first_start_lines.size() == 5);
  CHECK_FALSE(opened.new_epoch);
  CHECK(world.ledger().epoch() == 1);
  CHECK_FALSE(world.files.exists("/state/ledger.new"));
}

TEST_CASE("a first start that had everything but the last name is finished") {
  auto world = started_world();
  world.files.rename("/state/ledger", "/state/ledger.new");
  auto const& opened = world.open();
  CHECK(opened.first_start_lines.size() == 5);
  CHECK(world.ledger().epoch() == 1);
  CHECK(world.ledger().size() == 3);
}

TEST_CASE("a ledger.new beside a ledger is removed") {
  auto world = started_world();
  world.files.write("/state/ledger.new/log/x", "rest of a crash");
  world.open();
  CHECK_FALSE(world.files.exists("/state/ledger.new"));
  CHECK(world.ledger().size() == 3);
}

TEST_CASE("a removed ledger is noticed by keys/epoch and a new epoch says so") {
  auto world = started_world();
  world.files.remove("/state/ledger");
  auto const& opened = world.open();
  CHECK(opened.new_epoch);
  CHECK(opened.first_start_lines.empty());
  CHECK(world.ledger().origin() == "govseal.example/host1/e2");
  CHECK(world.types() == std::vector<std::string>{"genesis", "log.rolled_back"});
  CHECK(world.record(0).body.find_int("epoch") == 2);
  CHECK(world.record(0).body.find("previous")->is_null());
  auto const reason = world.record(1).body;
  CHECK(*reason.find_string("origin") == kTestOrigin);
  CHECK(*reason.find_string("source") == "keys/epoch");
  CHECK(reason.find_int("local_size") == 0);
  CHECK(*reason.find_string("local_root") == empty_root().hex());
  CHECK(reason.find_int("seen_size") == 0);
  CHECK(*reason.find_string("seen_root") == empty_root().hex());
  CHECK(reason.find("kept_as")->is_null());
  CHECK(world.files.read("/state/keys/epoch") == "2\n");
  CHECK(world.checkpoint_lines().size() == 1);
  CHECK(world.checkpoint_lines()[0].tree.size == 2);
  world.check_sound();
  // Removed once more: the third epoch.
  world.close();
  world.files.remove("/state/ledger");
  world.open();
  CHECK(world.ledger().origin() == "govseal.example/host1/e3");
}

TEST_CASE("a removed ledger whose closed epochs are still there keeps its first origin") {
  auto world = started_world();
  world.options.origin.reset();
  world.files.rename("/state/ledger", "/state/ledger.e1");
  world.files.remove("/state/keys/epoch");
  world.open();
  CHECK(world.ledger().origin() == "govseal.example/host1/e2");
}

TEST_CASE("keys are never made anew beside a ledger or after one") {
  for (char const* const key : {"log.key", "seal.key"}) {
    auto world = started_world();
    world.files.remove("/state/keys/" + std::string(key));
    CHECK(refusal_without_a_trace(world) ==
          "keys/" + std::string(key) +
              ": it is missing, and keys are never made anew beside a ledger");
    world.files.remove("/state/ledger");
    CHECK(refusal_without_a_trace(world).find("never made anew") != std::string::npos);
    world.files.remove("/state/keys/epoch");
    world.files.make_directory("/state/ledger.e1");
    CHECK(refusal_without_a_trace(world).find("never made anew") != std::string::npos);
  }
}

TEST_CASE("a key that is not the ledger's is refused and nothing is written") {
  auto world = started_world();
  world.files.write("/state/keys/log.key", test_key(2).to_pem(), 0600);
  CHECK(refusal_without_a_trace(world) ==
        "keys/log.key is not the log key of the ledger govseal.example/host1");
  world.files.write("/state/keys/log.key", test_key(1).to_pem(), 0600);
  world.files.write("/state/keys/seal.key", test_key(2).to_pem(), 0600);
  CHECK(refusal_without_a_trace(world) ==
        "keys/seal.key is not the seal key of the ledger govseal.example/host1");
  world.files.write("/state/keys/seal.key", test_key(1).to_pem(), 0600);
  CHECK(refusal_without_a_trace(world) == "keys/log.key and keys/seal.key are the same key");
}

TEST_CASE("key files that others can read or reach are refused and nothing is written") {
  auto world = started_world();
  world.files.set_mode("/state/keys/log.key", 0640);
  CHECK(refusal_without_a_trace(world) == "keys/log.key: group or others have rights on it");
  world.files.rename("/state/keys/log.key", "/state/elsewhere");
  world.files.make_symlink("/state/keys/log.key", "/state/elsewhere");
  CHECK(refusal_without_a_trace(world) == "keys/log.key: it is a symbolic link");
}

TEST_CASE("a state or keys directory that others may write to is refused") {
  auto world = started_world();
  world.files.set_mode("/state", 0770);
  CHECK(refusal_without_a_trace(world) == "the state directory is writable by group or others");
  world.files.set_mode("/state", 0700);
  world.files.set_owner("/state", 1000, 1000);
  CHECK(refusal_without_a_trace(world) == "the state directory is owned by another user");
  world.files.set_owner("/state", 0, 0);
  world.files.set_mode("/state/keys", 0702);
  CHECK(refusal_without_a_trace(world) == "keys is writable by group or others");
  world.files.set_mode("/state/keys", 0700);
  world.files.set_owner("/state/keys", 1000, 1000);
  CHECK(refusal_without_a_trace(world) == "keys is owned by another user");
  world.files.set_owner("/state/keys", 0, 0);
  world.files.rename("/state/keys", "/state/real");
  world.files.make_symlink("/state/keys", "real");
  CHECK(refusal_without_a_trace(world) == "keys is not a plain directory");
}

TEST_CASE("an origin is refused when it is none, and never changes") {
  LedgerWorld world;
  for (char const* const origin : {"", "a b", "SSHSIG/x", "govseal-key-x"}) {
    world.options.origin = origin;
    CHECK(refusal_without_a_trace(world).starts_with("ledger.origin is not an origin"));
  }
  world.options.origin = kTestOrigin;
  world.open();
  world.close();
  world.options.origin = "another/origin";
  CHECK(refusal_without_a_trace(world) ==
        "ledger.origin is another/origin, but the ledger is govseal.example/host1; the origin "
        "never changes");
  world.options.origin.reset();
  world.options.host_name = "renamed";
  world.open();
  CHECK(world.ledger().origin() == kTestOrigin);
}

TEST_CASE("a root key is recorded without its comment, a malformed one is refused") {
  LedgerWorld world;
  auto const line = ssh_key_of(test_key(4).public_key()).line();
  for (char const* const text : {"", "ssh-rsa AAAA", "garbage"}) {
    world.options.root_key = text;
    CHECK(refusal_without_a_trace(world) == "ledger.root_key is not an SSH public key line");
  }
  world.options.root_key = line + " holder@example.com\n";
  world.open();
  CHECK(*world.record(0).body.find_string("root_key") == line);
  LedgerWorld without;
  without.options.root_key.reset();
  without.open();
  CHECK(without.record(0).body.find("root_key")->is_null());
}

TEST_CASE("a malformed keys/epoch ends the start") {
  auto world = started_world();
  for (char const* const text : {"", "x", "0", "01", "-1", "1 2"}) {
    world.files.write("/state/keys/epoch", text);
    CHECK_THROWS_AS(static_cast<void>(world.try_open()), Error);
  }
}

TEST_CASE("an anchor that knows this ledger keeps a first start from beginning again") {
  LedgerWorld world;
  TreeHead const seen{17, sha256(std::string_view("seen"))};
  world.options.seen = {{.note = sign_tree(kTestOrigin, seen), .source = "anchor1"}};
  auto const& opened = world.open();
  CHECK(opened.new_epoch);
  CHECK(world.ledger().origin() == "govseal.example/host1/e2");
  CHECK(world.types() == std::vector<std::string>{"genesis", "log.rolled_back"});
  CHECK(world.record(0).body.find("previous")->find_int("size") == 17);
  CHECK(*world.record(1).body.find_string("source") == "anchor1");
  CHECK(world.record(1).body.find_int("seen_size") == 17);
}

TEST_CASE("anchors of other logs and keys mean nothing") {
  TreeHead const seen{17, sha256(std::string_view("seen"))};
  for (auto const& note : std::vector<std::string>{sign_tree("another/origin", seen),
                                                   sign_tree(kTestOrigin, seen, 5), "garbage"}) {
    LedgerWorld world;
    world.options.seen = {{.note = note, .source = "anchor1"}};
    world.open();
    CHECK(world.ledger().epoch() == 1);
    CHECK(world.types() == std::vector<std::string>{"genesis"});
  }
}

TEST_CASE("whatever the power cut leaves of a first start, the next one succeeds") {
  std::size_t operations = 0;
  for (std::size_t n = 0; n < 1000; ++n) {
    LedgerWorld world(LedgerWorld::Keys::none);
    world.files.set_fault_hook(fault_at(n, Fault::crash_now()));
    bool crashed = false;
    try {
      world.open();
    } catch (SimulatedCrash const&) {
      crashed = true;
    }
    if (!crashed) break;
    ++operations;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      LedgerWorld after(world.files.clone());
      if (seed == 0) {
        after.files.crash();
      } else {
        after.files.crash(seed);
      }
      CAPTURE(n);
      CAPTURE(seed);
      after.open();
      CHECK(after.ledger().epoch() == 1);
      CHECK(after.ledger().size() == 1);
      CHECK_FALSE(after.files.exists("/state/ledger.new"));
    }
  }
  CHECK(operations > 30);
}
