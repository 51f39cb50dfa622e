#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/file_system.h"
#include "sealing/ledger/checkpoint.h"
#include "sealing/ledger/record.h"

namespace govseal {

struct NoLedger {};
/// The checkpoint or genesis cannot be read as what it must be.
struct LedgerUnreadable {
  std::string reason;
};

/// Reads a ledger directory (`$S/ledger`, a closed epoch or a bundle) without any lock, beside a
/// running agent too: the checkpoint first, then only the lines it covers.
///
/// Trust: none. Lines are those of a log that may have been tampered with; whoever needs more
/// checks the signature and the root against a key from elsewhere. One object is used by one thread
/// at a time.
class LedgerReader {
 public:
  [[nodiscard]] static std::variant<std::unique_ptr<LedgerReader>, NoLedger, LedgerUnreadable> open(
      std::unique_ptr<Directory> ledger);
  ~LedgerReader();

  [[nodiscard]] Checkpoint const& checkpoint() const noexcept;
  [[nodiscard]] std::string const& checkpoint_note() const noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept { return checkpoint().tree.size; }
  [[nodiscard]] VerifierKey const& log_key() const noexcept;

  /// True when the key that genesis names has signed the checkpoint under its origin.
  [[nodiscard]] bool is_signed_by_genesis_key() const;

  using LineVisitor = std::function<void(std::uint64_t seq, std::string_view line)>;
  /// Raw lines [from, to), to <= size(). Throws Error when the log is shorter.
  void for_each_line(std::uint64_t from, std::uint64_t to, LineVisitor const& visit) const;
  /// Parsed ones; throws Error for a line that is no record.
  void for_each_record(std::uint64_t from, std::uint64_t to,
                       std::function<void(Record const&)> const& visit) const;
  [[nodiscard]] std::vector<std::string> read_lines(std::uint64_t from, std::uint64_t to) const;
  /// Leaf hashes of all lines; computed when first asked for.
  [[nodiscard]] std::vector<Digest> const& leaves() const;
  /// The proof of a record against the checkpoint, from the lines alone. Throws Error when their
  /// root is another one.
  [[nodiscard]] std::string tlog_proof(std::uint64_t index) const;

 private:
  struct State;
  explicit LedgerReader(std::unique_ptr<State> state);
  /// False: there are fewer lines.
  [[nodiscard]] bool visit_lines(std::uint64_t from, std::uint64_t to,
                                 LineVisitor const& visit) const;
  std::unique_ptr<State> state_;
};

}  // namespace govseal
