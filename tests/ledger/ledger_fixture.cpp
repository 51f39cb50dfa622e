#include "tests/ledger/ledger_fixture.h"

#include <map>
#include <memory>

namespace govseal {
namespace {

constexpr char const* kRun = ".codex/RUNS/2026-01-05__090000__demo";

Digest digest(char const* hex) {
  auto const parsed = Digest::from_hex(hex);
  GOVSEAL_ASSERT(parsed.has_value());
  return *parsed;
}

RecordDraft with_time(RecordDraft draft, char const* utc) {
  draft.wall = at(utc);
  return draft;
}

record::Actor golden_actor() {
  return {.pid = 4242,
          .exe = "/usr/bin/vim.basic",
          .uid = 1000,
          .comm = "vim",
          .gid = 1000,
          .loginuid = 1000,
          .start_ticks = 7654321,
          .cgroup = "/user.slice",
          .confidence = "live",
          .operation = "write",
          .observed_at = at("2026-01-05T09:10:00.490000000Z")};
}

}  // namespace

std::vector<RecordDraft> golden_drafts() {
  auto const root = digest("e8398d2080a857d96f196141bcacace4a0ecdbbd83a06bda9e150181d2bd6664");
  auto const hashfile = digest("b5dbdedf44cbc9656cc5bd6ebec6c9c100023f46cdb3dbf94d949a819af35580");
  auto const manifest = digest("4e78a9906d4c14fb556388e550e8d4840de50d27c729b84ca7183d0c8b91f92e");
  std::string const a_txt = std::string(kRun) + "/a.txt";
  std::vector<RecordDraft> drafts;
  drafts.push_back(with_time(
      make_record(record::Genesis{
          .origin = kTestOrigin,
          .epoch = 1,
          .host = "host1",
          .version = "1.0.0",
          .log_vkey = "govseal.example/host1+4dffa8e6+AUy1q/atefv1q7zK/MJp2FzSZR7UuIW1hp8kGu3wpbop",
          .seal_key = "ssh-ed25519 "
                      "AAAAC3NzaC1lZDI1NTE5AAAAIPOBYm5B5wJ+pDG/4wCelL3SWnRr7sRolI1sPHxdyaVL",
          .root_key = "ssh-ed25519 "
                      "AAAAC3NzaC1lZDI1NTE5AAAAIP1QuOOxROokT793N/VQvI3QwmULvBqtqDPKF/+NvzKb"}),
      "2026-01-05T09:00:00.000000001Z"));
  drafts.push_back(with_time(
      make_record(record::AgentStart{
          .version = "1.0.0",
          .pid = 812,
          .uid = 990,
          .config = digest("c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"),
          .repos = {"alpha"},
          .clean = true}),
      "2026-01-05T09:00:00.000000002Z"));
  drafts.push_back(with_time(make_record(record::SealIntent{.repo = "alpha",
                                                            .run = kRun,
                                                            .root = root,
                                                            .hashfile = hashfile,
                                                            .manifest = manifest,
                                                            .files = 2,
                                                            .bytes = 84}),
                             "2026-01-05T09:00:04.900000000Z"));
  drafts.push_back(with_time(
      make_record(record::SealCreated{
          .repo = "alpha",
          .run = kRun,
          .root = root,
          .hashfile = hashfile,
          .manifest = manifest,
          .h1 = "h1:VVKhpBFmiaq230plUIC3tZzVK/5rK7DLu+PdwC/pc6Y=",
          .files = 2,
          .bytes = 84,
          .head = "5555555555555555555555555555555555555555",
          .key = "SHA256:BEX3O+cF6MFz2KetzzzRxhZbIipFFWUMrV7D1iY6l14",
          .settle =
              record::Settle{.dialect = "envelope", .quiet_ms = 2000, .probe = "clear", .epoch = 1},
          .intent = 2}),
      "2026-01-05T09:00:05.120000000Z"));
  drafts.push_back(with_time(
      make_record(record::Violation{
          .repo = "alpha",
          .effect = "content",
          .kind = "write",
          .run = kRun,
          .seal = 3,
          .paths = {a_txt},
          .was = digest("b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdaf714e33c0a100b51060"),
          .now = digest("1921b918b15842c7fdb115078e610263fac85f159c1d8e0ecec3d89a0faa4005"),
          .basis = "event",
          .actor = golden_actor()}),
      "2026-01-05T09:10:00.500000000Z"));
  drafts.push_back(with_time(make_record(record::SealFailed{.repo = "alpha",
                                                            .run = kRun,
                                                            .root = root,
                                                            .seal = 3,
                                                            .verdict = "INVALID",
                                                            .source = "worktree",
                                                            .codes = {"content.hash"},
                                                            .paths = {a_txt}}),
                             "2026-01-05T09:10:00.700000000Z"));
  drafts.push_back(with_time(make_record(record::Heartbeat{.interval_s = 900,
                                                           .uptime_s = 900,
                                                           .boottime_ms = 1234567,
                                                           .repos = 1,
                                                           .runs = 1,
                                                           .sealed = 1,
                                                           .failed = 1,
                                                           .missing = 0,
                                                           .verified = 1,
                                                           .hashed_bytes = 84,
                                                           .gaps = 0}),
                             "2026-01-05T09:15:00.000000000Z"));
  drafts.push_back(with_time(
      make_record(record::AgentStop{.reason = "signal", .detail = "SIGTERM", .uptime_s = 1200}),
      "2026-01-05T09:20:00.000000000Z"));
  return drafts;
}

std::vector<std::string> const& golden_lines() {
  static std::vector<std::string> const lines = {
      R"({"v":1,"seq":0,"ts":"2026-01-05T09:00:00.000000001Z","boot":"11111111-2222-4333-8444-555555555555","type":"genesis","prev":"0000000000000000000000000000000000000000000000000000000000000000","origin":"govseal.example/host1","epoch":1,"host":"host1","version":"1.0.0","log_vkey":"govseal.example/host1+4dffa8e6+AUy1q/atefv1q7zK/MJp2FzSZR7UuIW1hp8kGu3wpbop","seal_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPOBYm5B5wJ+pDG/4wCelL3SWnRr7sRolI1sPHxdyaVL","root_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP1QuOOxROokT793N/VQvI3QwmULvBqtqDPKF/+NvzKb","previous":null})",
      R"({"v":1,"seq":1,"ts":"2026-01-05T09:00:00.000000002Z","boot":"11111111-2222-4333-8444-555555555555","type":"agent.start","prev":"0142d9847a6b1ecfdaaf9015c1a9a54a968b9c45a63411aec2426fcae0294e3f","version":"1.0.0","pid":812,"uid":990,"config":"c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0","repos":{"n":1,"sha256":"57a5554aaeb4e35baa3096a45ee527793bed865fa43993c4f8b673fdf3d56f38","first":["alpha"]},"clean":true})",
      R"({"v":1,"seq":2,"ts":"2026-01-05T09:00:04.900000000Z","boot":"11111111-2222-4333-8444-555555555555","type":"seal.intent","prev":"5ad4073b8013467a84332c2d123e631a4f8cb7b9bc0acd1eb23e607c714ff9a6","repo":"alpha","run":".codex/RUNS/2026-01-05__090000__demo","root":"e8398d2080a857d96f196141bcacace4a0ecdbbd83a06bda9e150181d2bd6664","hashfile":"b5dbdedf44cbc9656cc5bd6ebec6c9c100023f46cdb3dbf94d949a819af35580","manifest":"4e78a9906d4c14fb556388e550e8d4840de50d27c729b84ca7183d0c8b91f92e","files":2,"bytes":84,"by":null})",
      R"({"v":1,"seq":3,"ts":"2026-01-05T09:00:05.120000000Z","boot":"11111111-2222-4333-8444-555555555555","type":"seal.created","prev":"268980faad8abb878c949dbb6dcda5fc35e401a46664e6e1c16664561c2a26d6","repo":"alpha","run":".codex/RUNS/2026-01-05__090000__demo","root":"e8398d2080a857d96f196141bcacace4a0ecdbbd83a06bda9e150181d2bd6664","hashfile":"b5dbdedf44cbc9656cc5bd6ebec6c9c100023f46cdb3dbf94d949a819af35580","manifest":"4e78a9906d4c14fb556388e550e8d4840de50d27c729b84ca7183d0c8b91f92e","h1":"h1:VVKhpBFmiaq230plUIC3tZzVK/5rK7DLu+PdwC/pc6Y=","files":2,"bytes":84,"tree":null,"head":"5555555555555555555555555555555555555555","key":"SHA256:BEX3O+cF6MFz2KetzzzRxhZbIipFFWUMrV7D1iY6l14","warnings":[],"settle":{"dialect":"envelope","quiet_ms":2000,"probe":"clear","epoch":1},"intent":2,"recovered":false})",
      R"({"v":1,"seq":4,"ts":"2026-01-05T09:10:00.500000000Z","boot":"11111111-2222-4333-8444-555555555555","type":"violation","prev":"2b9799c14005e456101a5e8239e771dd7cca7d5aa9e401d43df53acfff6ba2d5","repo":"alpha","name":"sealed_write","effect":"content","kind":"write","run":".codex/RUNS/2026-01-05__090000__demo","seal":3,"unlock":null,"paths":{"n":1,"sha256":"9eeb1286b1cc43efed239b23e3664f545b7634e5cb8183bec3b8169f54ba4445","first":[".codex/RUNS/2026-01-05__090000__demo/a.txt"]},"to":null,"was":"b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdaf714e33c0a100b51060","now":"1921b918b15842c7fdb115078e610263fac85f159c1d8e0ecec3d89a0faa4005","basis":"event","late":false,"actor":{"pid":4242,"exe":"/usr/bin/vim.basic","uid":1000,"comm":"vim","gid":1000,"loginuid":1000,"start_ticks":7654321,"cgroup":"/user.slice","confidence":"live","operation":"write","observed_at":"2026-01-05T09:10:00.490000000Z","unreadable":[]},"candidates":[]})",
      R"({"v":1,"seq":5,"ts":"2026-01-05T09:10:00.700000000Z","boot":"11111111-2222-4333-8444-555555555555","type":"seal.failed","prev":"c95b010a00d5b1fe9f483bb70727411e1ee24417360872ca8973c3ecc6312f7b","repo":"alpha","run":".codex/RUNS/2026-01-05__090000__demo","root":"e8398d2080a857d96f196141bcacace4a0ecdbbd83a06bda9e150181d2bd6664","seal":3,"verdict":"INVALID","source":"worktree","codes":["content.hash"],"paths":{"n":1,"sha256":"9eeb1286b1cc43efed239b23e3664f545b7634e5cb8183bec3b8169f54ba4445","first":[".codex/RUNS/2026-01-05__090000__demo/a.txt"]},"waiver":null})",
      R"({"v":1,"seq":6,"ts":"2026-01-05T09:15:00.000000000Z","boot":"11111111-2222-4333-8444-555555555555","type":"heartbeat","prev":"4e3ce57d027d0f5ffab3c97162174c4be47b1200422ca6140c5e51515b1cde0b","interval_s":900,"uptime_s":900,"boottime_ms":1234567,"repos":1,"runs":1,"sealed":1,"failed":1,"missing":0,"verified":1,"hashed_bytes":84,"gaps":0})",
      R"({"v":1,"seq":7,"ts":"2026-01-05T09:20:00.000000000Z","boot":"11111111-2222-4333-8444-555555555555","type":"agent.stop","prev":"dc4878597bc1f9ce94bd9520594bf7d1fc731b3953562a8f8269b600e5a04906","reason":"signal","detail":"SIGTERM","uptime_s":1200})",
  };
  return lines;
}

std::vector<std::string> const& golden_roots() {
  static std::vector<std::string> const roots = {
      "0142d9847a6b1ecfdaaf9015c1a9a54a968b9c45a63411aec2426fcae0294e3f",
      "4513d72ec67010e15175919b165bd94e1f296570a3ed924571c8028a97cbddcc",
      "ca58d18bba5cb5c02e87d58b7bc77a0b94c3238d887a7bf2ee5b07f5413b3c0d",
      "c0522640164e395bd93fb6344db213ee7e2806b20b078e327d85f408d66f8887",
      "20ca2e111fd925d4975274bfa96c7758f9c4a708f11dbc0e1593c441a6d25b69",
      "3f5a9dcf47c7381e06095caf910a9f0ae0ac93db169a279e22bbc4c049516a29",
      "6d39bd785a909f0dea794d75e1b571e46c2d0c365501a3a9f49fde54dc639b56",
      "60b1a83f6556b45ec339dfc3ab88834d3c57bbff1146a8e232c7ebe09af9e5e2",
  };
  return roots;
}

std::vector<Digest> large_tree_leaves(std::uint64_t size) {
  std::vector<Digest> leaves;
  leaves.reserve(size);
  for (std::uint64_t i = 0; i < size; ++i) {
    leaves.push_back(leaf_hash("{\"seq\":" + std::to_string(i) + "}"));
  }
  return leaves;
}

HashReader cached_hashes_of(std::span<Digest const> leaves) {
  auto const known = std::make_shared<std::map<std::pair<unsigned, std::uint64_t>, Digest>>();
  return [known, hashes = hashes_of(leaves)](unsigned level, std::uint64_t index) {
    auto const found = known->find({level, index});
    if (found != known->end()) return found->second;
    return known->emplace(std::pair(level, index), hashes(level, index)).first->second;
  };
}

}  // namespace govseal
