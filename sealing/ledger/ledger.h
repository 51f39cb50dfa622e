#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/task_pool.h"
#include "sealing/ledger/checkpoint.h"
#include "sealing/ledger/log_keys.h"
#include "sealing/ledger/merkle.h"
#include "sealing/ledger/record.h"

namespace govseal {

/// Records of one segment file, the leaves of one full tile of level 1.
inline constexpr std::uint64_t kSegmentRecords = 65536;

/// Where the ledger lives. The directories outlive it.
struct LedgerPlace {
  Directory& state;                        // $S
  Directory const* credentials = nullptr;  // $CREDENTIALS_DIRECTORY
};

/// A checkpoint somebody else kept, for example an anchor: evidence against a rollback.
struct SeenCheckpoint {
  std::string note;
  std::string source;  // name of the anchor, as `log.rolled_back` records it
};

struct LedgerOptions {
  std::optional<std::string> origin;    // configured; unset: govseal/<host>
  std::string host_name;                // agent.host_name
  std::string version;                  // of this program
  std::optional<std::string> root_key;  // public line; read at genesis only
  std::string boot_id;                  // Clock::boot_id()
  std::uint32_t own_uid = 0;
  std::vector<SeenCheckpoint> seen{};
  TaskPool* pool = nullptr;  // checks segments in parallel; unset: one after the other
};

/// The batch is durable, checkpointed and published.
struct Appended {
  std::uint64_t first_seq = 0;       // record i of the batch has first_seq + i
  std::vector<std::string> lines{};  // exactly as stored, without LF
  std::string checkpoint{};          // the first note that covers them
};
/// No space. The ledger keeps the batch; call retry() after a second. Nothing was acknowledged.
struct LedgerFull {
  std::string detail;
};
/// An I/O error after which nothing can be known. No write and no signature follows: every later
/// append gives the same answer. The agent ends with 74 and the next start looks at the disk.
struct LedgerPoisoned {
  std::string operation;
  std::string file;
  int error_number = 0;
};
using AppendResult = std::variant<Appended, LedgerFull, LedgerPoisoned>;

class Ledger;

/// Another process holds the ledger (exit 75).
struct LedgerBusy {};
/// A key, a directory or a configured value is not acceptable (exit 78).
struct LedgerRefused {
  std::string reason;
};
struct LedgerOpened {
  std::unique_ptr<Ledger> ledger;
  /// Lines for standard error, only when a first ledger was created.
  std::vector<std::string> first_start_lines;
  /// To append before anything else: `log.recovered` when anything was kept, cut or poisoned.
  std::vector<RecordDraft> first_records;
  /// `clean` of agent.start, when it is the next record: the last one is agent.stop or genesis.
  bool clean = false;
  /// The ledger began a new epoch at this start because of damage or rollback.
  bool new_epoch = false;
};
using LedgerOpening = std::variant<LedgerOpened, LedgerBusy, LedgerRefused>;

/// The append-only log of one agent: the one writer (LEDGER_FORMAT.md).
///
/// Everything is called from one thread and blocks. Opening throws Error for I/O failures; append
/// does not throw.
class Ledger {
 public:
  /// Takes the lock, loads or makes the keys, creates, verifies or recovers the ledger, and begins
  /// the next epoch when it was damaged or rolled back.
  [[nodiscard]] static LedgerOpening open(LedgerPlace place, LedgerOptions options, Instant now);
  ~Ledger();
  Ledger(Ledger const&) = delete;
  Ledger& operator=(Ledger const&) = delete;

  /// Commits one batch of at most 256 records. A batch that would cross a segment end is committed
  /// in two parts. Must not be called while a batch waits for retry().
  [[nodiscard]] AppendResult append(std::span<RecordDraft const> batch, Instant now);
  /// Tries the waiting batch again, after LedgerFull.
  [[nodiscard]] AppendResult retry();
  [[nodiscard]] bool waits_for_space() const noexcept;
  [[nodiscard]] std::optional<LedgerPoisoned> const& poisoned() const noexcept;

  /// Of the published state.
  [[nodiscard]] std::uint64_t size() const noexcept;
  [[nodiscard]] Digest root() const;
  /// The seq of the next record.
  [[nodiscard]] std::uint64_t next_seq() const noexcept;
  [[nodiscard]] std::string const& origin() const noexcept;
  [[nodiscard]] std::uint64_t epoch() const noexcept;
  [[nodiscard]] std::string const& checkpoint() const noexcept;
  [[nodiscard]] VerifierKey log_key() const;
  /// May be used from any thread as long as the ledger lives.
  [[nodiscard]] Ed25519PrivateKey const& seal_key() const noexcept;
  /// `ts` of the newest record, for staleness.
  [[nodiscard]] nanoseconds last_wall() const noexcept;

  /// Calls `visit` for the records [from, to) in order, to <= size() or, before the first append,
  /// to <= next_seq(): complete lines that a crash left are replayed too and signed with the next
  /// batch. Throws Error when one cannot be read.
  void for_each_record(std::uint64_t from, std::uint64_t to,
                       std::function<void(Record const&)> const& visit) const;
  [[nodiscard]] std::vector<std::string> read_lines(std::uint64_t from, std::uint64_t to) const;
  /// Calls `visit` for the records of closed epochs that verify, oldest first: bindings, waivers
  /// and keys are carried over from them. Their seq count anew in each epoch. Throws Error.
  void for_each_earlier_record(
      std::function<void(std::uint64_t epoch, Record const&)> const& visit) const;
  /// Proofs for sizes up to size(); hashes come from tiles and memory. Throws Error.
  [[nodiscard]] Proof inclusion_proof(std::uint64_t index, std::uint64_t size) const;
  [[nodiscard]] Proof consistency_proof(std::uint64_t from, std::uint64_t to) const;
  /// The tlog-proof of a record against the newest checkpoint.
  [[nodiscard]] std::string tlog_proof(std::uint64_t index) const;

 private:
  struct State;
  friend class LedgerOpener;
  explicit Ledger(std::unique_ptr<State> state);
  [[nodiscard]] Appended finish_batch();
  std::unique_ptr<State> state_;
};

}  // namespace govseal
