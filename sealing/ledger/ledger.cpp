#include "sealing/ledger/ledger.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "sealing/ledger/closed_epochs.h"
#include "sealing/ledger/io_attempt.h"
#include "sealing/ledger/ledger_state.h"
#include "sealing/ledger/tile_store.h"
#include "sealing/ledger/tlog_proof.h"

namespace govseal {
namespace {

constexpr std::size_t kBatchRecordsMax = 256;
constexpr std::uint32_t kFileMode = 0600;
constexpr char const* kPoisonedMarker = "poisoned";

/// Best effort: the next start looks at the disk whether the marker is there or not.
void write_poisoned_marker(Directory& state, LedgerPoisoned const& poisoned, nanoseconds wall) {
  JsonWriter json;
  json.begin_object()
      .member("ts", format_utc_ns(wall))
      .member("op", poisoned.operation)
      .member("file", poisoned.file)
      .member("errno", poisoned.error_number)
      .end_object();
  std::string const text = json.take() + '\n';
  static_cast<void>(attempt([&] {
    auto created = state.create_exclusive(kPoisonedMarker, kFileMode);
    auto* const file = std::get_if<std::unique_ptr<File>>(&created);
    if (file == nullptr) return;
    (*file)->append(bytes_of(text));
    (*file)->sync();
    state.sync();
  }));
}

bool contains_recovery(std::vector<RecordDraft> const& drafts) {
  return std::any_of(drafts.begin(), drafts.end(),
                     [](RecordDraft const& draft) { return draft.type == "log.recovered"; });
}

/// Lines for the next drafts, as many as fit into the segment.
PreparedBatch prepare(WaitingBatch const& batch, LogWriter const& writer,
                      std::string const& boot_id) {
  PreparedBatch prepared;
  std::size_t const rest = batch.drafts.size() - batch.committed;
  std::size_t const count = std::min<std::size_t>(rest, writer.room());
  Digest prev = writer.last_leaf();
  for (std::size_t i = 0; i < count; ++i) {
    auto const& draft = batch.drafts[batch.committed + i];
    auto const wall = draft.wall == nanoseconds{} ? batch.now.wall : draft.wall;
    auto line = write_record_line(
        draft, {.seq = writer.next_seq() + i, .wall = wall, .boot_id = boot_id, .prev = prev});
    prev = leaf_hash(line);
    prepared.leaves.push_back(prev);
    prepared.lines.push_back(std::move(line));
  }
  return prepared;
}

}  // namespace

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::~Ledger() = default;

AppendResult Ledger::append(std::span<RecordDraft const> batch, Instant now) {
  if (state_->poisoned) return *state_->poisoned;
  GOVSEAL_ASSERT(!state_->waiting);
  GOVSEAL_ASSERT(!batch.empty() && batch.size() <= kBatchRecordsMax);
  state_->waiting = WaitingBatch{.drafts = {batch.begin(), batch.end()},
                                 .now = now,
                                 .result = {.first_seq = state_->writer->next_seq()}};
  return retry();
}

AppendResult Ledger::retry() {
  if (state_->poisoned) return *state_->poisoned;
  GOVSEAL_ASSERT(state_->waiting.has_value());
  auto& batch = *state_->waiting;
  auto& writer = *state_->writer;
  while (batch.committed < batch.drafts.size()) {
    LogWriter::Result result;
    if (batch.in_writer > 0) {
      result = writer.resume();
    } else {
      auto prepared = prepare(batch, writer, state_->boot_id);
      batch.in_writer = prepared.lines.size();
      auto& lines = batch.result.lines;
      lines.insert(lines.end(), prepared.lines.begin(), prepared.lines.end());
      result = writer.commit(std::move(prepared));
    }
    if (auto const* const full = std::get_if<LedgerFull>(&result)) return *full;
    if (auto* const poisoned = std::get_if<LedgerPoisoned>(&result)) {
      state_->poisoned = std::move(*poisoned);
      write_poisoned_marker(state_->place, *state_->poisoned, batch.now.wall);
      return *state_->poisoned;
    }
    batch.committed += std::exchange(batch.in_writer, 0);
  }
  return finish_batch();
}

Appended Ledger::finish_batch() {
  auto batch = *std::exchange(state_->waiting, std::nullopt);
  auto const last_wall = batch.drafts.back().wall;
  state_->last_wall = last_wall == nanoseconds{} ? batch.now.wall : last_wall;
  if (state_->has_poisoned_marker && contains_recovery(batch.drafts)) {
    auto const failed = attempt([&] {
      state_->place.unlink(kPoisonedMarker);
      state_->place.sync();
    });
    // Left behind it only makes the next start look at the disk once more.
    state_->has_poisoned_marker = failed.has_value();
  }
  batch.result.checkpoint = checkpoint();
  return std::move(batch.result);
}

bool Ledger::waits_for_space() const noexcept {
  return state_->waiting.has_value();
}

std::optional<LedgerPoisoned> const& Ledger::poisoned() const noexcept {
  return state_->poisoned;
}

std::uint64_t Ledger::size() const noexcept {
  return state_->writer->signed_line().tree.size;
}
std::uint64_t Ledger::next_seq() const noexcept {
  return state_->writer->next_seq();
}
Digest Ledger::root() const {
  return state_->writer->signed_line().tree.root;
}
std::string const& Ledger::origin() const noexcept {
  return state_->identity.origin;
}
std::uint64_t Ledger::epoch() const noexcept {
  return state_->identity.epoch;
}

std::string const& Ledger::checkpoint() const noexcept {
  return state_->writer->signed_line().note;
}

VerifierKey Ledger::log_key() const {
  return {.name = state_->identity.origin, .key = state_->keys.log.public_key()};
}

Ed25519PrivateKey const& Ledger::seal_key() const noexcept {
  return state_->keys.seal;
}
nanoseconds Ledger::last_wall() const noexcept {
  return state_->last_wall;
}

void Ledger::for_each_record(std::uint64_t from, std::uint64_t to,
                             std::function<void(Record const&)> const& visit) const {
  GOVSEAL_ASSERT(to <= state_->writer->next_seq());
  state_->writer->index().for_each_line(
      *state_->log, from, to, [&](std::uint64_t seq, std::string_view line) {
        auto const parsed = parse_record(line);
        auto const* const record = std::get_if<Record>(&parsed);
        if (record == nullptr || record->seq != seq) {
          throw Error("read record", std::to_string(seq), std::string("it has changed on disk"));
        }
        visit(*record);
      });
}

std::vector<std::string> Ledger::read_lines(std::uint64_t from, std::uint64_t to) const {
  GOVSEAL_ASSERT(to <= size());
  std::vector<std::string> lines;
  state_->writer->index().for_each_line(
      *state_->log, from, to,
      [&](std::uint64_t, std::string_view line) { lines.emplace_back(line); });
  return lines;
}

void Ledger::for_each_earlier_record(
    std::function<void(std::uint64_t, Record const&)> const& visit) const {
  for (auto const closed : list_closed_epochs(state_->place)) {
    for_each_verified_record(state_->place, closed, state_->keys.log.public_key(),
                             [&](Record const& record) { visit(closed, record); });
  }
}

Proof Ledger::inclusion_proof(std::uint64_t index, std::uint64_t tree_size) const {
  GOVSEAL_ASSERT(index < tree_size && tree_size <= size());
  auto const hashes = read_hashes(state_->writer->tree(), *state_->tiles);
  auto proof = make_inclusion_proof(index, tree_size, hashes);
  // Tiles are not trusted: what they give must lead to the signed root.
  TreeHead const tree = tree_size == size() ? state_->writer->signed_line().tree
                                            : TreeHead{tree_size, tree_root(tree_size, hashes)};
  if (!verify_inclusion(hashes(0, index), index, tree, proof)) {
    throw Error("prove record", std::to_string(index), std::string("a tile is damaged"));
  }
  return proof;
}

Proof Ledger::consistency_proof(std::uint64_t from, std::uint64_t to) const {
  GOVSEAL_ASSERT(from <= to && to <= size());
  auto const hashes = read_hashes(state_->writer->tree(), *state_->tiles);
  auto proof = make_consistency_proof(from, to, hashes);
  TreeHead const old_tree{from, tree_root(from, hashes)};
  TreeHead const new_tree =
      to == size() ? state_->writer->signed_line().tree : TreeHead{to, tree_root(to, hashes)};
  if (!verify_consistency(old_tree, new_tree, proof)) {
    throw Error("prove consistency", "", std::string("a tile is damaged"));
  }
  return proof;
}

std::string Ledger::tlog_proof(std::uint64_t index) const {
  return write_tlog_proof(
      {.index = index, .path = inclusion_proof(index, size()), .checkpoint = checkpoint()});
}

}  // namespace govseal
