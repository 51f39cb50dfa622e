#include "sealing/ledger/ledger_opener.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/host_label.h"
#include "sealing/ledger/line_reader.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/records_log.h"
#include "sealing/ledger/ssh_signature.h"
#include "sealing/ledger/tile_store.h"

namespace govseal {
namespace {

constexpr std::uint32_t kFileMode = 0600;
constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::uint32_t kOthersMayWrite = 022;

/// Why a directory that holds keys or the ledger may not be used.
std::optional<std::string> directory_refusal(std::string const& name, FileStat const& stat,
                                             std::uint32_t own_uid) {
  if (stat.kind != FileKind::directory) return name + " is not a plain directory";
  if (stat.uid != own_uid) return name + " is owned by another user";
  if ((stat.mode & kOthersMayWrite) != 0) return name + " is writable by group or others";
  return std::nullopt;
}

/// `TYPE B64` of a public key file's line, with or without a comment.
std::optional<std::string> key_line_of(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  auto const first = text.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  auto const key = parse_ssh_key_line(text.substr(0, text.find(' ', first + 1)));
  return key ? std::optional(key->line()) : std::nullopt;
}

std::string read_first_line(File const& file) {
  LineReader reader(file, kRecordBytesMax);
  auto const line = reader.next();
  return line && line->complete ? std::string(line->text) : std::string();
}

std::int64_t as_int(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

std::vector<std::string> first_start_lines(AgentKeys const& keys, std::string const& origin) {
  VerifierKey const vkey{.name = origin, .key = keys.log.public_key()};
  auto const seal_key = ssh_key_of(keys.seal.public_key());
  return {
      "govseald: created ledger " + origin,
      "govseald: log key " + vkey.text(),
      "govseald: log key fingerprint " + ssh_key_of(vkey.key).fingerprint(),
      "govseald: seal key " + seal_key.line(),
      "govseald: seal key fingerprint " + seal_key.fingerprint(),
  };
}

}  // namespace

LedgerOpening Ledger::open(LedgerPlace place, LedgerOptions options, Instant now) {
  return LedgerOpener(place, std::move(options), now).open();
}

LedgerOpening LedgerOpener::open() {
  if (auto ending = check_options()) return *std::move(ending);
  if (auto ending = take_lock()) return *std::move(ending);
  if (auto ending = open_keys()) return *std::move(ending);
  is_poisoned_ = place_.state.find("poisoned").has_value();
  if (auto ending = provide_ledger()) return *std::move(ending);
  for (;;) {
    auto ledger = open_if_there(place_.state, "ledger");
    GOVSEAL_ASSERT(ledger != nullptr);
    auto verdict = verify(*ledger);
    if (auto* const refused = std::get_if<LedgerRefused>(&verdict)) return std::move(*refused);
    if (auto* const sound = std::get_if<LogSound>(&verdict)) {
      return finish(std::move(ledger), std::move(*sound));
    }
    // What was just made for this reason cannot be damaged or rolled back again.
    if (is_new_epoch_) throw Error("open ledger", "ledger", std::string("the new epoch is bad"));
    ledger.reset();
    if (auto const* const damage = std::get_if<LogDamage>(&verdict)) begin_epoch(*damage);
    if (auto const* const rollback = std::get_if<LogRollback>(&verdict)) begin_epoch(*rollback);
    is_new_epoch_ = true;
  }
}

LedgerOpener::Ending LedgerOpener::check_options() {
  if (options_.origin && !is_origin(*options_.origin)) {
    return LedgerRefused{"ledger.origin is not an origin: " + *options_.origin};
  }
  if (!is_origin(default_identity().origin)) {
    return LedgerRefused{"the host name makes no origin; set ledger.origin"};
  }
  if (options_.root_key) {
    auto line = key_line_of(*options_.root_key);
    if (!line) return LedgerRefused{"ledger.root_key is not an SSH public key line"};
    options_.root_key = std::move(line);
  }
  auto reason = directory_refusal("the state directory", place_.state.status(), options_.own_uid);
  if (reason) return LedgerRefused{*std::move(reason)};
  return std::nullopt;
}

LedgerOpener::Ending LedgerOpener::take_lock() {
  auto opened = place_.state.open_append("lock");
  auto const* const failure = std::get_if<OpenFailure>(&opened);
  if (failure != nullptr && *failure == OpenFailure::not_found) {
    opened = place_.state.create_exclusive("lock", kFileMode);
  }
  auto* const file = std::get_if<std::unique_ptr<File>>(&opened);
  if (file == nullptr) return LedgerRefused{"lock is not a regular file"};
  lock_ = std::move(*file);
  int const fd = lock_->native_handle();
  if (fd < 0) return std::nullopt;
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return std::nullopt;
  if (errno == EWOULDBLOCK) return LedgerBusy{};
  throw_errno("lock", "lock");
}

LedgerOpener::Ending LedgerOpener::open_keys() {
  if (!place_.state.find("keys")) {
    place_.state.make_directory("keys", kDirectoryMode);
    place_.state.sync();
  }
  auto const stat = place_.state.find("keys");
  if (!stat) throw Error("make directory", "keys", std::string("it is gone again"));
  if (auto reason = directory_refusal("keys", *stat, options_.own_uid)) {
    return LedgerRefused{*std::move(reason)};
  }
  keys_directory_ = open_if_there(place_.state, "keys");
  return load_keys();
}

LedgerOpener::Ending LedgerOpener::load_keys() {
  KeyPlaces const places{
      .keys = *keys_directory_, .credentials = place_.credentials, .own_uid = options_.own_uid};
  auto log = load_key(places, KeyRole::log);
  auto seal = load_key(places, KeyRole::seal);
  for (auto const* const loaded : {&log, &seal}) {
    if (auto const* const refused = std::get_if<KeyRefused>(loaded)) {
      return LedgerRefused{refused->file + ": " + refused->reason};
    }
  }
  if (auto* const key = std::get_if<Ed25519PrivateKey>(&log)) log_key_ = std::move(*key);
  if (auto* const key = std::get_if<Ed25519PrivateKey>(&seal)) seal_key_ = std::move(*key);
  if (!log_key_ || !seal_key_) return make_missing_keys(!log_key_, !seal_key_);
  if (log_key_->public_key() == seal_key_->public_key()) {
    return LedgerRefused{"keys/log.key and keys/seal.key are the same key"};
  }
  keys_ = AgentKeys{*std::move(log_key_), *std::move(seal_key_)};
  return std::nullopt;
}

LedgerOpener::Ending LedgerOpener::make_missing_keys(bool log_is_missing, bool seal_is_missing) {
  bool const has_ledger = place_.state.find("ledger").has_value();
  if (has_ledger || read_largest_epoch(place_.state, *keys_directory_)) {
    std::string const file = log_is_missing ? "keys/log.key" : "keys/seal.key";
    return LedgerRefused{file + ": it is missing, and keys are never made anew beside a ledger"};
  }
  if (log_is_missing) log_key_ = generate_key(*keys_directory_, KeyRole::log);
  if (seal_is_missing) seal_key_ = generate_key(*keys_directory_, KeyRole::seal);
  keys_ = AgentKeys{*std::move(log_key_), *std::move(seal_key_)};
  return std::nullopt;
}

LedgerOpener::Ending LedgerOpener::provide_ledger() {
  auto const found = place_.state.find("ledger");
  if (found && found->kind != FileKind::directory) {
    return LedgerRefused{"ledger is not a plain directory"};
  }
  if (found) {
    remove_tree(place_.state, "ledger.new");
    return std::nullopt;
  }
  auto const largest = read_largest_epoch(place_.state, *keys_directory_);
  if (largest && is_new_ledger_complete(place_.state, *keys_)) {
    install_ledger(place_.state);
    is_first_ = *largest == 1;
    is_new_epoch_ = *largest > 1;
    return std::nullopt;
  }
  bool const was_interrupted = largest == std::uint64_t{1} && place_.state.find("ledger.new");
  if (!largest || was_interrupted) {
    create_first();
  } else {
    create_after_removal(*largest);
  }
  return std::nullopt;
}

void LedgerOpener::create_first() {
  auto identity = default_identity();
  auto const seen = find_contradiction(identity, keys_->log.public_key(), {}, options_.seen);
  EpochPlan plan{.identity = identity, .previous = {}, .reason = {}};
  if (seen) {
    plan.identity = next_identity(identity, identity.epoch);
    bool const is_this = seen->seen.origin == identity.origin;
    if (is_this) plan.previous = seen->seen;
    plan.reason = make_record(record::LogRolledBack{.origin = identity.origin,
                                                    .local_size = 0,
                                                    .local_root = empty_root(),
                                                    .seen_size = as_int(seen->seen.tree.size),
                                                    .seen_root = seen->seen.tree.root,
                                                    .source = seen->source});
  }
  build_ledger(maker(), plan);
  install_ledger(place_.state);
  is_first_ = !seen.has_value();
  is_new_epoch_ = seen.has_value();
}

void LedgerOpener::create_after_removal(std::uint64_t largest_epoch) {
  auto old = last_closed_identity();
  if (old.epoch < largest_epoch) {
    old.epoch = largest_epoch;
    old.origin = epoch_origin(old.first_origin, largest_epoch);
  }
  auto const seen = find_contradiction(old, keys_->log.public_key(), {}, options_.seen);
  bool const is_this = seen && seen->seen.origin == old.origin;
  TreeHead const known = seen ? seen->seen.tree : TreeHead{};
  EpochPlan plan{.identity = next_identity(old, old.epoch), .previous = {}, .reason = {}};
  if (is_this) plan.previous = seen->seen;
  plan.reason = make_record(record::LogRolledBack{.origin = old.origin,
                                                  .local_size = 0,
                                                  .local_root = empty_root(),
                                                  .seen_size = as_int(known.size),
                                                  .seen_root = known.root,
                                                  .source = "keys/epoch"});
  build_ledger(maker(), plan);
  install_ledger(place_.state);
  is_new_epoch_ = true;
}

void LedgerOpener::begin_epoch(LogDamage const& damage) {
  std::optional<std::int64_t> at;
  if (damage.at) at = as_int(*damage.at);
  std::uint64_t const closing = closing_epoch(damage.identity);
  EpochPlan plan{.identity = next_identity(damage.identity, closing),
                 .previous = damage.best_known,
                 .reason = {}};
  plan.reason = make_record(record::LogDamaged{.origin = damage.identity.origin,
                                               .signed_size = as_int(damage.signed_tree.size),
                                               .root = damage.signed_tree.root,
                                               .code = damage.code,
                                               .at = at,
                                               .kept_as = closed_ledger_name(closing)});
  replace_ledger(std::move(plan), closing);
}

void LedgerOpener::begin_epoch(LogRollback const& rollback) {
  std::uint64_t const closing = closing_epoch(rollback.identity);
  EpochPlan plan{.identity = next_identity(rollback.identity, closing),
                 .previous = rollback.best_known,
                 .reason = {}};
  plan.reason = make_record(record::LogRolledBack{.origin = rollback.identity.origin,
                                                  .local_size = as_int(rollback.local.size),
                                                  .local_root = rollback.local.root,
                                                  .seen_size = as_int(rollback.seen.tree.size),
                                                  .seen_root = rollback.seen.tree.root,
                                                  .source = rollback.source,
                                                  .kept_as = closed_ledger_name(closing)});
  replace_ledger(std::move(plan), closing);
}

void LedgerOpener::replace_ledger(EpochPlan plan, std::uint64_t old_epoch) {
  build_ledger(maker(), plan);
  close_ledger(place_.state, old_epoch);
  install_ledger(place_.state);
}

EpochMaker LedgerOpener::maker() {
  return {.state = place_.state,
          .keys = *keys_directory_,
          .agent_keys = *keys_,
          .options = options_,
          .now = now_};
}

LedgerIdentity LedgerOpener::default_identity() const {
  auto const origin = options_.origin.value_or("govseal/" + host_label(options_.host_name));
  return {.origin = origin, .first_origin = origin, .epoch = 1, .root_key = options_.root_key};
}

/// Of the newest closed epoch whose genesis can be read, else the default.
LedgerIdentity LedgerOpener::last_closed_identity() const {
  auto const largest = read_largest_epoch(place_.state, *keys_directory_).value_or(0);
  for (std::uint64_t epoch = largest; epoch >= 1; --epoch) {
    auto const log = place_.state.open_file(
        RelativePath::of(closed_ledger_name(epoch) + "/log/" + segment_name(0)));
    auto const* const file = std::get_if<std::unique_ptr<File>>(&log);
    if (file == nullptr) continue;
    if (auto identity = read_identity(read_first_line(**file))) return *std::move(identity);
  }
  return default_identity();
}

LedgerIdentity LedgerOpener::next_identity(LedgerIdentity const& old, std::uint64_t closing) const {
  auto const in_files = read_largest_epoch(place_.state, *keys_directory_).value_or(0);
  auto const in_anchors = largest_epoch(old, keys_->log.public_key(), options_.seen);
  auto next = old;
  next.epoch = 1 + std::max({closing, in_files, in_anchors});
  next.origin = epoch_origin(old.first_origin, next.epoch);
  return next;
}

/// The number under which `ledger` is kept: its own, or a free one when the disk has that already.
std::uint64_t LedgerOpener::closing_epoch(LedgerIdentity const& old) const {
  if (!place_.state.find(closed_ledger_name(old.epoch))) return old.epoch;
  return 1 + read_largest_epoch(place_.state, *keys_directory_).value_or(old.epoch);
}

LogVerdict LedgerOpener::verify(Directory const& ledger) {
  auto fallback = default_identity();
  auto const largest = read_largest_epoch(place_.state, *keys_directory_);
  if (largest) {
    fallback.epoch = *largest;
    fallback.origin = epoch_origin(fallback.first_origin, *largest);
  }
  auto verdict = verify_log(ledger, {.log_key = keys_->log.public_key(),
                                     .seal_key = keys_->seal.public_key(),
                                     .fallback = fallback,
                                     .seen = options_.seen,
                                     .pool = options_.pool,
                                     .is_poisoned = is_poisoned_});
  auto const* const sound = std::get_if<LogSound>(&verdict);
  bool const is_other =
      sound != nullptr && options_.origin && *options_.origin != sound->identity.first_origin;
  if (is_other) {
    return LedgerRefused{"ledger.origin is " + *options_.origin + ", but the ledger is " +
                         sound->identity.first_origin + "; the origin never changes"};
  }
  return verdict;
}

LedgerOpening LedgerOpener::finish(std::unique_ptr<Directory> ledger, LogSound sound) {
  std::uint64_t const signed_size = sound.signed_line().tree.size;
  auto const kept = as_int(sound.scan.size() - signed_size);
  bool const was_torn = sound.checkpoints.torn_bytes > 0;
  auto log = open_if_there(*ledger, "log");
  auto const rest = read_rest(*log, sound.scan);
  auto const last = parse_record(sound.scan.last_line);
  auto const& last_record = std::get<Record>(last);

  LedgerOpened opened;
  if (kept > 0 || rest.bytes > 0 || was_torn || is_poisoned_) {
    opened.first_records.push_back(
        make_record(record::LogRecovered{.cause = is_poisoned_ ? "poisoned" : "crash",
                                         .signed_size = as_int(signed_size),
                                         .kept = kept,
                                         .cut_bytes = as_int(rest.bytes),
                                         .cut_sha256 = rest.sha256}));
  }
  opened.clean = opened.first_records.empty() &&
                 (last_record.type == "agent.stop" || last_record.type == "genesis");
  opened.new_epoch = is_new_epoch_;
  if (is_first_) opened.first_start_lines = first_start_lines(*keys_, sound.identity.origin);

  auto end = repair_log(*ledger, sound);
  write_public_keys(*keys_directory_, *keys_, sound.identity.origin);
  std::unique_ptr<Ledger::State> state(new Ledger::State{.place = place_.state,
                                                         .lock = std::move(lock_),
                                                         .keys = *std::move(keys_),
                                                         .boot_id = options_.boot_id,
                                                         .identity = sound.identity,
                                                         .ledger = std::move(ledger),
                                                         .log = std::move(log),
                                                         .writer = {},
                                                         .tiles = {},
                                                         .has_poisoned_marker = is_poisoned_,
                                                         .last_wall = last_record.wall(),
                                                         .waiting = {},
                                                         .poisoned = {}});
  state->tiles = std::make_unique<TileStore>(*state->ledger);
  state->writer = std::make_unique<LogWriter>(LogWriter::Place{.ledger = *state->ledger,
                                                               .log = *state->log,
                                                               .origin = state->identity.origin,
                                                               .key = state->keys.log},
                                              std::move(end));
  opened.ledger.reset(new Ledger(std::move(state)));
  return opened;
}

}  // namespace govseal
