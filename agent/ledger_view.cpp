#include "agent/ledger_view.h"

#include <algorithm>

#include "base/error.h"
#include "sealing/ledger/merkle.h"
#include "sealing/ledger/seal_side_files.h"

namespace govseal {
namespace {

constexpr std::uint64_t kPieceRecords = 256;

}  // namespace

std::uint64_t WriterLedgerView::size() const {
  return writer_.with_ledger([](Ledger& ledger) { return ledger.size(); });
}

std::string WriterLedgerView::checkpoint() const {
  return writer_.with_ledger([](Ledger& ledger) { return ledger.checkpoint(); });
}

std::optional<std::string> WriterLedgerView::checkpoint_of(std::uint64_t size) const {
  return writer_.with_ledger([size](Ledger& ledger) -> std::optional<std::string> {
    if (size == ledger.size()) return ledger.checkpoint();
    return std::nullopt;
  });
}

std::vector<std::string> WriterLedgerView::lines(std::uint64_t from, std::uint64_t to,
                                                 std::uint64_t bytes_max) const {
  std::vector<std::string> lines;
  std::uint64_t bytes = 0;
  // In pieces, so that a long range does not hold up commits.
  while (from < to && bytes < bytes_max) {
    std::uint64_t const end = std::min(to, from + kPieceRecords);
    auto piece = writer_.with_ledger([&](Ledger& ledger) { return ledger.read_lines(from, end); });
    if (piece.empty()) break;
    for (std::string& line : piece) {
      bytes += line.size() + 1;
      if (bytes > bytes_max && !lines.empty()) return lines;
      lines.push_back(std::move(line));
    }
    from = end;
  }
  return lines;
}

std::vector<Digest> WriterLedgerView::inclusion_proof(std::uint64_t index,
                                                      std::uint64_t size) const {
  return writer_.with_ledger([&](Ledger& ledger) { return ledger.inclusion_proof(index, size); });
}

std::vector<Digest> WriterLedgerView::consistency_proof(std::uint64_t first,
                                                        std::uint64_t second) const {
  return writer_.with_ledger(
      [&](Ledger& ledger) { return ledger.consistency_proof(first, second); });
}

void StateSealKeeper::write_copy(RunKey const& key, std::string const& hashfile) {
  write_seal_copy(state_, {key.repository, key.run}, hashfile, seal_key_);
}

void StateSealKeeper::write_proof(RunKey const& key, std::uint64_t log_index) {
  SealPlace const place{key.repository, key.run};
  if (read_side_files(state_, place).proof) return;
  std::string const proof =
      writer_->with_ledger([&](Ledger& ledger) { return ledger.tlog_proof(log_index); });
  write_seal_proof(state_, place, proof);
}

}  // namespace govseal
