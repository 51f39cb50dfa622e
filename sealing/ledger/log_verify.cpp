// All looking comes before all writing: a ledger that turns out damaged or rolled back stays as it
// was found, as evidence.
#include "sealing/ledger/log_verify.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "sealing/ledger/line_reader.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/ssh_signature.h"
#include "sealing/ledger/tile_store.h"

namespace govseal {
namespace {

constexpr std::uint32_t kFileMode = 0600;
constexpr char const* kCheckpoints = "checkpoints.log";
constexpr char const* kCheckpoint = "checkpoint";

/// True when the last line of the log is the last signed one and says that the agent stopped:
/// then what the page cache holds is what was written.
bool has_stopped(Directory const& ledger, std::uint64_t signed_size) {
  if (signed_size == 0) return false;
  std::uint64_t const number = (signed_size - 1) / kSegmentRecords;
  auto opened = ledger.open_file(RelativePath::of("log/" + segment_name(number)));
  auto* const file = std::get_if<std::unique_ptr<File>>(&opened);
  if (file == nullptr) return false;
  std::uint64_t const size = (*file)->status().size;
  std::uint64_t const offset = size - std::min<std::uint64_t>(size, kRecordBytesMax + 2);
  std::string tail(static_cast<std::size_t>(size - offset), '\0');
  auto const got = (*file)->read_at(reinterpret_cast<std::byte*>(tail.data()), tail.size(), offset);
  if (got != tail.size() || tail.empty() || tail.back() != '\n') return false;
  tail.pop_back();
  auto const before = tail.rfind('\n');
  auto const checked =
      check_record(std::string_view(tail).substr(before == std::string::npos ? 0 : before + 1));
  auto const* const head = std::get_if<RecordHead>(&checked);
  return head != nullptr && head->seq + 1 == signed_size && head->type == "agent.stop";
}

/// The keys that are in force after the last key record: `new` of the last rotation of a kind, else
/// those of genesis.
struct KeysInForce {
  std::string log_vkey;
  std::string seal_key;
  std::optional<std::string> root_key;
};

KeysInForce keys_in_force(Record const& genesis, std::vector<std::string> const& key_records) {
  KeysInForce keys{.log_vkey = *genesis.body.find_string("log_vkey"),
                   .seal_key = *genesis.body.find_string("seal_key"),
                   .root_key = {}};
  auto const* const root_key = genesis.body.find_string("root_key");
  if (root_key != nullptr) keys.root_key = *root_key;
  for (auto const& line : key_records) {
    auto const parsed = parse_record(line);
    auto const* const record = std::get_if<Record>(&parsed);
    if (record == nullptr || record->type != "key.rotate") continue;
    auto const& kind = *record->body.find_string("kind");
    if (kind == "log") keys.log_vkey = *record->body.find_string("new");
    if (kind == "seal") keys.seal_key = *record->body.find_string("new");
    if (kind == "root") keys.root_key = *record->body.find_string("new");
  }
  return keys;
}

std::optional<LedgerRefused> check_keys(KeysInForce const& keys, std::string const& origin,
                                        LogVerifyOptions const& options) {
  VerifierKey const own{.name = origin, .key = options.log_key};
  if (keys.log_vkey != own.text()) {
    return LedgerRefused{"keys/log.key is not the log key of the ledger " + origin};
  }
  if (keys.seal_key != ssh_key_of(options.seal_key).line()) {
    return LedgerRefused{"keys/seal.key is not the seal key of the ledger " + origin};
  }
  return std::nullopt;
}

/// Damage below the signed size, if there is any.
std::optional<LogDamage> find_damage(LogScan const& scan, CheckpointLine const& last) {
  LogDamage damage{
      .identity = {}, .code = {}, .at = {}, .signed_tree = last.tree, .best_known = {}};
  if (scan.size() < last.tree.size) {
    bool const is_record = scan.end == LogScan::End::bad_line;
    damage.code = is_record ? "RECORD" : "SHORT";
    if (is_record) damage.at = scan.size();
    return damage;
  }
  if (scan.root_at(last.tree.size) == last.tree.root) return std::nullopt;
  damage.code = "ROOT";
  return damage;
}

bool contradicts(LogScan const& local, TreeHead const& seen) {
  return seen.size > local.size() || local.root_at(seen.size) != seen.root;
}

std::optional<std::string> read_published(Directory const& ledger, bool drop_cache) {
  auto opened = ledger.open_file(RelativePath::of(kCheckpoint));
  auto* const file = std::get_if<std::unique_ptr<File>>(&opened);
  if (file == nullptr) return std::nullopt;
  if (drop_cache) (*file)->drop_cache();
  return read_all(**file, SignedNote::kBytesMax);
}

/// Compares a sound log with its published checkpoint and with what others have seen.
LogVerdict compare_outside(LogSound sound, std::optional<std::string> const& note,
                           LogVerifyOptions const& options) {
  auto const& local_best = sound.checkpoints.best_known;
  TreeHead const signed_tree = sound.checkpoints.last->tree;
  auto const rollback = [&](Checkpoint const& seen, std::string const& source) {
    bool const is_this = seen.origin == sound.identity.origin;
    return LogRollback{.identity = sound.identity,
                       .local = {sound.scan.size(), sound.scan.root_at(sound.scan.size())},
                       .seen = seen,
                       .source = source,
                       .best_known = is_this ? larger_checkpoint(seen, local_best) : local_best};
  };
  auto const published = note ? open_own_checkpoint(*note, options.log_key) : std::nullopt;
  if (published && published->origin == sound.identity.origin) {
    bool const is_last = published->tree == signed_tree;
    if (!is_last && contradicts(sound.scan, published->tree)) return rollback(*published, "local");
    bool const is_ahead = published->tree.size > signed_tree.size;
    if (is_ahead) sound.lost = CheckpointLine{.tree = published->tree, .note = *note};
    sound.is_published = is_last || is_ahead;
  }
  auto const found = find_contradiction(sound.identity, options.log_key, sound.scan, options.seen);
  if (found) return rollback(found->seen, found->source);
  return sound;
}

/// Damage of checkpoints.log or below the signed size; the log is known not to be newer than this
/// program.
std::optional<LogDamage> find_any_damage(LogScan const& scan, CheckpointsScan const& checkpoints,
                                         LedgerIdentity const& identity, bool has_genesis) {
  auto const& best = checkpoints.best_known;
  bool const is_other_origin = best && best->origin != identity.origin;
  if (checkpoints.is_damaged || is_other_origin) {
    TreeHead const known = best ? best->tree : TreeHead{};
    return LogDamage{identity, "CHECKPOINTS", std::nullopt, known, best};
  }
  auto damage = find_damage(scan, *checkpoints.last);
  if (!damage && !has_genesis) {  // a chain of good records that begins with something else
    damage = LogDamage{{}, "RECORD", 0, checkpoints.last->tree, {}};
  }
  if (!damage) return std::nullopt;
  damage->identity = identity;
  damage->best_known = best;
  return damage;
}

}  // namespace

LedgerIdentity split_origin(std::string_view origin) {
  LedgerIdentity identity{.origin = std::string(origin), .first_origin = std::string(origin)};
  auto const slash = origin.rfind("/e");
  if (slash == std::string_view::npos || slash == 0) return identity;
  auto const digits = origin.substr(slash + 2);
  if (digits.empty() || digits.size() > 15 || digits.front() == '0') return identity;
  std::uint64_t epoch = 0;
  for (char const c : digits) {
    if (c < '0' || c > '9') return identity;
    epoch = epoch * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (epoch < 2) return identity;
  identity.first_origin = origin.substr(0, slash);
  identity.epoch = epoch;
  return identity;
}

std::optional<LedgerIdentity> read_identity(std::string_view genesis_line) {
  auto const parsed = parse_record(genesis_line);
  auto const* const record = std::get_if<Record>(&parsed);
  if (record == nullptr || record->type != "genesis" || record->seq != 0) return std::nullopt;
  auto const epoch = static_cast<std::uint64_t>(*record->body.find_int("epoch"));
  LedgerIdentity identity{.origin = *record->body.find_string("origin"), .epoch = epoch};
  identity.first_origin = identity.origin;
  if (epoch >= 2) {
    auto const split = split_origin(identity.origin);
    if (split.epoch != epoch) return std::nullopt;
    identity.first_origin = split.first_origin;
  }
  return identity;
}

std::optional<Contradiction> find_contradiction(LedgerIdentity const& identity,
                                                Ed25519PublicKey const& log_key,
                                                LogScan const& local,
                                                std::span<SeenCheckpoint const> seen) {
  std::optional<Contradiction> worst;
  for (auto const& candidate : seen) {
    auto const checkpoint = open_own_checkpoint(candidate.note, log_key);
    if (!checkpoint) continue;
    auto const split = split_origin(checkpoint->origin);
    bool const is_this = checkpoint->origin == identity.origin;
    bool const is_later =
        split.first_origin == identity.first_origin && split.epoch > identity.epoch;
    if (!is_later && !(is_this && contradicts(local, checkpoint->tree))) continue;
    std::uint64_t const epoch = is_this ? identity.epoch : split.epoch;
    bool const is_worse = !worst || epoch > worst->epoch ||
                          (epoch == worst->epoch && checkpoint->tree.size > worst->seen.tree.size);
    if (is_worse) worst = Contradiction{*checkpoint, candidate.source, epoch};
  }
  return worst;
}

std::uint64_t largest_epoch(LedgerIdentity const& identity, Ed25519PublicKey const& log_key,
                            std::span<SeenCheckpoint const> seen) {
  std::uint64_t largest = 0;
  for (auto const& candidate : seen) {
    auto const checkpoint = open_own_checkpoint(candidate.note, log_key);
    if (!checkpoint) continue;
    auto const split = split_origin(checkpoint->origin);
    if (split.first_origin == identity.first_origin) largest = std::max(largest, split.epoch);
  }
  return largest;
}

LogVerdict verify_log(Directory const& ledger, LogVerifyOptions const& options) {
  auto checkpoints = scan_checkpoints(ledger, options.log_key, options.is_poisoned);
  std::uint64_t signed_size = checkpoints.last ? checkpoints.last->tree.size : 0;
  bool const drop_cache = options.is_poisoned || !has_stopped(ledger, signed_size);
  if (drop_cache) checkpoints = scan_checkpoints(ledger, options.log_key, true);
  signed_size = checkpoints.last ? checkpoints.last->tree.size : 0;
  auto const log = open_if_there(ledger, "log");
  LogScan scan;
  if (log) scan = scan_log(*log, {.pool = options.pool, .drop_cache = drop_cache});

  LedgerIdentity identity = options.fallback;
  if (checkpoints.best_known) identity = split_origin(checkpoints.best_known->origin);
  auto const from_genesis = read_identity(scan.first_line);
  if (from_genesis) {
    auto const genesis = parse_record(scan.first_line);
    auto const keys = keys_in_force(std::get<Record>(genesis), scan.key_records);
    if (auto refused = check_keys(keys, from_genesis->origin, options)) return *std::move(refused);
    identity = *from_genesis;
    identity.root_key = keys.root_key;
  }
  bool const is_newer = scan.end == LogScan::End::unknown_version && scan.size() < signed_size;
  if (is_newer) {
    return LedgerRefused{"record " + std::to_string(scan.size()) + " of the ledger " +
                         identity.origin + " was written by a newer version of govseal"};
  }
  auto const note = read_published(ledger, drop_cache);
  auto damage = find_any_damage(scan, checkpoints, identity, from_genesis.has_value());
  if (damage) {
    auto const published = note ? open_own_checkpoint(*note, options.log_key) : std::nullopt;
    damage->best_known = larger_checkpoint(damage->best_known, published);
    return *std::move(damage);
  }
  LogSound sound{.identity = identity,
                 .scan = std::move(scan),
                 .checkpoints = std::move(checkpoints),
                 .lost = {},
                 .is_published = false,
                 .drop_cache = drop_cache};
  return compare_outside(std::move(sound), note, options);
}

LogEnd repair_log(Directory& ledger, LogSound& sound) {
  auto& checkpoints = sound.checkpoints;
  LogEnd end;
  end.checkpoints_bytes = checkpoints.good_bytes;
  if (checkpoints.torn_bytes > 0 || sound.lost) {
    auto const file = open_existing_append(ledger, kCheckpoints);
    file->truncate(checkpoints.good_bytes);
    if (sound.lost) {
      std::string const line = write_checkpoint_line(*sound.lost) + '\n';
      file->append(bytes_of(line));
      end.checkpoints_bytes += line.size();
    }
    file->sync_data();
  }
  auto const log = open_if_there(ledger, "log");
  cut_rest(*log, sound.scan);
  TileStore(ledger).repair(sound.scan.leaves, sound.drop_cache);
  end.signed_line = sound.signed_line();
  if (!sound.is_published) {
    write_durably(ledger, kCheckpoint, bytes_of(end.signed_line.note), kFileMode);
  }
  std::uint64_t const signed_size = end.signed_line.tree.size;
  auto const& leaves = sound.scan.leaves;
  for (std::uint64_t i = 0; i < signed_size; ++i) end.tree.append(leaves[i]);
  end.unsigned_leaves.assign(leaves.begin() + static_cast<std::ptrdiff_t>(signed_size),
                             leaves.end());
  end.last_leaf = leaves.back();
  end.index = std::move(sound.scan.index);
  return end;
}

}  // namespace govseal
