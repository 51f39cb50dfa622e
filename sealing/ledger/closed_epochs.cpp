#include "sealing/ledger/closed_epochs.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/error.h"
#include "sealing/ledger/checkpoint.h"
#include "sealing/ledger/epoch.h"
#include "sealing/ledger/line_reader.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/log_scan.h"
#include "sealing/ledger/log_verify.h"

namespace govseal {
namespace {

/// Notes by the size they state; several when somebody forged one.
using Notes = std::multimap<std::uint64_t, CheckpointLine>;

Notes read_notes(Directory const& ledger) {
  Notes notes;
  auto opened = ledger.open_file(RelativePath::of("checkpoints.log"));
  if (auto* const file = std::get_if<std::unique_ptr<File>>(&opened)) {
    LineReader reader(**file, kCheckpointLineBytesMax);
    while (auto const line = reader.next()) {
      auto parsed = parse_checkpoint_line(line->text);
      if (parsed) notes.emplace(parsed->tree.size, *std::move(parsed));
    }
  }
  return notes;
}

/// The largest size at which a signed checkpoint has the root of these leaves.
std::uint64_t find_verified_size(Notes const& notes, std::vector<Digest> const& leaves,
                                 Ed25519PublicKey const& log_key) {
  std::vector<CheckpointLine const*> matching;
  MerkleTree tree;
  for (auto const& leaf : leaves) {
    tree.append(leaf);
    auto const [begin, end] = notes.equal_range(tree.size());
    if (begin == end) continue;
    auto const root = tree.root();
    for (auto at = begin; at != end; ++at) {
      if (at->second.tree.root == root) matching.push_back(&at->second);
    }
  }
  auto const is_signed = [&](CheckpointLine const* line) {
    return open_own_checkpoint(line->note, log_key).has_value();
  };
  auto const best = std::find_if(matching.rbegin(), matching.rend(), is_signed);
  return best == matching.rend() ? 0 : (*best)->tree.size;
}

}  // namespace

std::vector<std::uint64_t> list_closed_epochs(Directory const& state) {
  std::vector<std::uint64_t> epochs;
  for (auto const& entry : state.list()) {
    if (auto const epoch = parse_closed_ledger_name(entry.name)) epochs.push_back(*epoch);
  }
  std::sort(epochs.begin(), epochs.end());
  return epochs;
}

void for_each_verified_record(Directory const& state, std::uint64_t epoch,
                              Ed25519PublicKey const& log_key,
                              std::function<void(Record const&)> const& visit) {
  auto const ledger = open_if_there(state, closed_ledger_name(epoch));
  auto const log = ledger ? open_if_there(*ledger, "log") : nullptr;
  if (!log) return;
  auto const scan = scan_log(*log, {});
  auto const size = find_verified_size(read_notes(*ledger), scan.leaves, log_key);
  scan.index.for_each_line(*log, 0, size, [&](std::uint64_t, std::string_view line) {
    auto const parsed = parse_record(line);
    if (auto const* const record = std::get_if<Record>(&parsed)) visit(*record);
  });
}

}  // namespace govseal
