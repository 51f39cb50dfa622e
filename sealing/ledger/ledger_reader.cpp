#include "sealing/ledger/ledger_reader.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "sealing/ledger/ledger.h"
#include "sealing/ledger/line_reader.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/tlog_proof.h"

namespace govseal {
namespace {

constexpr std::string_view kSegmentEnd = ".jsonl";

/// Names of `log/`, whatever the length of the segments: in name order they are one stream.
std::vector<std::string> list_segments(Directory const& log) {
  std::vector<std::string> names;
  for (auto const& entry : log.list()) {
    if (entry.name.ends_with(kSegmentEnd)) names.push_back(entry.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<Checkpoint> parse_unverified(std::string_view note) {
  auto const parsed = parse_note(note);
  auto const* const signed_note = std::get_if<SignedNote>(&parsed);
  return signed_note == nullptr ? std::nullopt : parse_checkpoint_body(signed_note->text);
}

}  // namespace

struct LedgerReader::State {
  std::unique_ptr<Directory> ledger;
  std::unique_ptr<Directory> log;
  std::string note;
  Checkpoint checkpoint;
  VerifierKey log_key;
  mutable std::vector<Digest> leaves;  // read when first asked for
};

LedgerReader::LedgerReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LedgerReader::~LedgerReader() = default;

std::variant<std::unique_ptr<LedgerReader>, NoLedger, LedgerUnreadable> LedgerReader::open(
    std::unique_ptr<Directory> ledger) {
  auto note = read_small(*ledger, "checkpoint", SignedNote::kBytesMax);
  if (!note) return NoLedger{};
  auto checkpoint = parse_unverified(*note);
  if (!checkpoint || checkpoint->tree.size == 0) {
    return LedgerUnreadable{"the checkpoint is malformed"};
  }
  auto log = open_if_there(*ledger, "log");
  if (!log) return LedgerUnreadable{"there is no log"};
  std::unique_ptr<LedgerReader> reader(
      new LedgerReader(std::make_unique<State>(State{.ledger = std::move(ledger),
                                                     .log = std::move(log),
                                                     .note = *std::move(note),
                                                     .checkpoint = *std::move(checkpoint),
                                                     .log_key = {},
                                                     .leaves = {}})));
  std::string first_line;
  bool const is_long_enough =
      reader->visit_lines(0, 1, [&](std::uint64_t, std::string_view line) { first_line = line; });
  auto const parsed = parse_record(first_line);
  auto const* const genesis = std::get_if<Record>(&parsed);
  if (!is_long_enough || genesis == nullptr || genesis->type != "genesis") {
    return LedgerUnreadable{"the log does not begin with genesis"};
  }
  auto const vkey = genesis->body.find_string("log_vkey");
  reader->state_->log_key = *parse_vkey(*vkey);
  return reader;
}

Checkpoint const& LedgerReader::checkpoint() const noexcept {
  return state_->checkpoint;
}
std::string const& LedgerReader::checkpoint_note() const noexcept {
  return state_->note;
}
VerifierKey const& LedgerReader::log_key() const noexcept {
  return state_->log_key;
}

bool LedgerReader::is_signed_by_genesis_key() const {
  std::array const keys = {state_->log_key};
  return std::holds_alternative<Checkpoint>(open_checkpoint(state_->note, keys));
}

bool LedgerReader::visit_lines(std::uint64_t from, std::uint64_t to,
                               LineVisitor const& visit) const {
  auto const names = list_segments(*state_->log);
  // Segments of the agent are long; a bundle may have short ones, which are read from the first on.
  bool const is_agents = names.size() <= size() / kSegmentRecords + 1;
  std::size_t const first = is_agents ? static_cast<std::size_t>(from / kSegmentRecords) : 0;
  std::uint64_t seq = first * kSegmentRecords;
  for (std::size_t i = first; i < names.size() && seq < to; ++i) {
    auto const file = open_existing(*state_->log, names[i]);
    LineReader reader(*file, kRecordBytesMax);
    while (seq < to) {
      auto const line = reader.next();
      if (!line) break;
      if (!line->complete) return false;
      if (seq >= from) visit(seq, line->text);
      ++seq;
    }
  }
  return seq >= to;
}

void LedgerReader::for_each_line(std::uint64_t from, std::uint64_t to,
                                 LineVisitor const& visit) const {
  GOVSEAL_ASSERT(from <= to && to <= size());
  if (!visit_lines(from, to, visit)) {
    throw Error("read", "log", std::string("the log is shorter than its checkpoint says"));
  }
}

void LedgerReader::for_each_record(std::uint64_t from, std::uint64_t to,
                                   std::function<void(Record const&)> const& visit) const {
  for_each_line(from, to, [&](std::uint64_t seq, std::string_view line) {
    auto const parsed = parse_record(line);
    auto const* const record = std::get_if<Record>(&parsed);
    if (record == nullptr) {
      throw Error("read record", std::to_string(seq), std::get<RecordError>(parsed).detail);
    }
    visit(*record);
  });
}

std::vector<std::string> LedgerReader::read_lines(std::uint64_t from, std::uint64_t to) const {
  std::vector<std::string> lines;
  for_each_line(from, to, [&](std::uint64_t, std::string_view line) { lines.emplace_back(line); });
  return lines;
}

std::vector<Digest> const& LedgerReader::leaves() const {
  auto& leaves = state_->leaves;
  if (!leaves.empty()) return leaves;
  std::vector<Digest> read;
  for_each_line(0, size(),
                [&](std::uint64_t, std::string_view line) { read.push_back(leaf_hash(line)); });
  leaves = std::move(read);
  return leaves;
}

std::string LedgerReader::tlog_proof(std::uint64_t index) const {
  GOVSEAL_ASSERT(index < size());
  auto path = make_inclusion_proof(index, size(), hashes_of(leaves()));
  if (!verify_inclusion(leaves()[index], index, checkpoint().tree, path)) {
    throw Error("prove record", std::to_string(index),
                std::string("the log does not have the root its checkpoint says"));
  }
  return write_tlog_proof({.index = index, .path = std::move(path), .checkpoint = state_->note});
}

}  // namespace govseal
