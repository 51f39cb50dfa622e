#include "sealing/ledger/epoch.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/host_label.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/merkle.h"
#include "sealing/ledger/records_agent.h"
#include "sealing/ledger/ssh_signature.h"

namespace govseal {
namespace {

constexpr std::uint32_t kFileMode = 0600;
constexpr std::uint32_t kDirectoryMode = 0700;
constexpr char const* kNew = "ledger.new";
constexpr char const* kCurrent = "ledger";
constexpr char const* kEpoch = "epoch";
constexpr std::string_view kClosedPrefix = "ledger.e";

std::optional<std::uint64_t> parse_epoch(std::string_view text) {
  std::uint64_t epoch = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch);
  bool const good =
      error == std::errc() && end == text.data() + text.size() && epoch >= 1 && text.front() != '0';
  return good ? std::optional(epoch) : std::nullopt;
}

/// Creates a file that is not there yet, with these bytes, synced.
void create_synced(Directory& directory, std::string_view name, std::string_view bytes) {
  auto created = directory.create_exclusive(name, kFileMode);
  auto* const file = std::get_if<std::unique_ptr<File>>(&created);
  if (file == nullptr) throw Error("create", std::string(name), std::string("the name is taken"));
  (*file)->append(bytes_of(bytes));
  (*file)->sync();
}

std::unique_ptr<Directory> make_fresh(Directory& parent, std::string_view name) {
  parent.make_directory(name, kDirectoryMode);
  auto made = open_if_there(parent, name);
  if (!made) throw Error("make directory", std::string(name), std::string("it is gone again"));
  return made;
}

RecordDraft make_genesis(EpochMaker const& maker, EpochPlan const& plan) {
  VerifierKey const vkey{.name = plan.identity.origin, .key = maker.agent_keys.log.public_key()};
  return make_record(
      record::Genesis{.origin = plan.identity.origin,
                      .epoch = static_cast<std::int64_t>(plan.identity.epoch),
                      .host = host_label(maker.options.host_name),
                      .version = maker.options.version,
                      .log_vkey = vkey.text(),
                      .seal_key = ssh_key_of(maker.agent_keys.seal.public_key()).line(),
                      .root_key = plan.identity.root_key,
                      .previous = plan.previous});
}

struct FirstLines {
  std::string bytes;
  TreeHead tree;
};

FirstLines make_first_lines(EpochMaker const& maker, EpochPlan const& plan) {
  std::vector<RecordDraft> drafts = {make_genesis(maker, plan)};
  if (plan.reason) drafts.push_back(*plan.reason);
  FirstLines first;
  MerkleTree tree;
  Digest prev{};
  for (auto const& draft : drafts) {
    auto const line = write_record_line(draft, {.seq = tree.size(),
                                                .wall = maker.now.wall,
                                                .boot_id = maker.options.boot_id,
                                                .prev = prev});
    prev = leaf_hash(line);
    tree.append(prev);
    first.bytes += line + '\n';
  }
  first.tree = tree.head();
  return first;
}

}  // namespace

std::string closed_ledger_name(std::uint64_t epoch) {
  return std::string(kClosedPrefix) + std::to_string(epoch);
}

std::optional<std::uint64_t> parse_closed_ledger_name(std::string_view name) {
  if (!name.starts_with(kClosedPrefix)) return std::nullopt;
  return parse_epoch(name.substr(kClosedPrefix.size()));
}

std::optional<std::uint64_t> read_largest_epoch(Directory const& state, Directory const& keys) {
  std::uint64_t largest = 0;
  for (auto const& entry : state.list()) {
    largest = std::max(largest, parse_closed_ledger_name(entry.name).value_or(0));
  }
  if (keys.find(kEpoch)) {
    auto text = read_small(keys, kEpoch, 32);
    if (text && text->ends_with('\n')) text->pop_back();
    auto const epoch = text ? parse_epoch(*text) : std::nullopt;
    if (!epoch) throw Error("read", "keys/epoch", std::string("it is not a decimal number"));
    largest = std::max(largest, *epoch);
  }
  return largest == 0 ? std::nullopt : std::optional(largest);
}

void build_ledger(EpochMaker const& maker, EpochPlan const& plan) {
  remove_tree(maker.state, kNew);
  auto const ledger = make_fresh(maker.state, kNew);
  maker.state.sync();
  // Before the first signature: without it a removed ledger would leave no trace, and the same key
  // could sign a second history under the same origin.
  auto const epoch =
      std::max(read_largest_epoch(maker.state, maker.keys).value_or(0), plan.identity.epoch);
  write_durably(maker.keys, kEpoch, bytes_of(std::to_string(epoch) + '\n'), kFileMode);

  auto const first = make_first_lines(maker, plan);
  Ed25519PrivateKey const* const signers[] = {&maker.agent_keys.log};
  CheckpointLine const line{
      .tree = first.tree,
      .note = sign_checkpoint({.origin = plan.identity.origin, .tree = first.tree}, signers)};
  auto const log = make_fresh(*ledger, "log");
  create_synced(*log, segment_name(0), first.bytes);
  log->sync();
  create_synced(*ledger, "checkpoints.log", write_checkpoint_line(line) + '\n');
  create_synced(*ledger, "checkpoint", line.note);
  ledger->sync();
}

bool is_new_ledger_complete(Directory const& state, AgentKeys const& agent_keys) {
  auto const ledger = open_if_there(state, kNew);
  if (!ledger) return false;
  auto const verdict = verify_log(*ledger, {.log_key = agent_keys.log.public_key(),
                                            .seal_key = agent_keys.seal.public_key(),
                                            .fallback = {},
                                            .seen = {}});
  auto const* const sound = std::get_if<LogSound>(&verdict);
  return sound != nullptr && sound->is_published && !sound->lost &&
         sound->checkpoints.torn_bytes == 0 &&
         sound->scan.size() == sound->checkpoints.last->tree.size;
}

void install_ledger(Directory& state) {
  if (!state.rename_no_replace(kNew, kCurrent)) {
    throw Error("rename", kNew, std::string("there is a ledger already"));
  }
  state.sync();
}

void close_ledger(Directory& state, std::uint64_t epoch) {
  auto const name = closed_ledger_name(epoch);
  if (!state.rename_no_replace(kCurrent, name)) {
    throw Error("rename", kCurrent, "there is a " + name + " already");
  }
  state.sync();
}

}  // namespace govseal
