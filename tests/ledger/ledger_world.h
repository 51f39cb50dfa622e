#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sealing/ledger/ledger.h"
#include "sealing/ledger/ledger_reader.h"
#include "sealing/ledger/ssh_signature.h"
#include "tests/ledger/ledger_fixture.h"
#include "tests/support/memory_file_system.h"

namespace govseal {

/// A state directory `/state` in memory with the keys K1 and K3, and what the agent does with it.
class LedgerWorld {
 public:
  enum class Keys { given, none };
  explicit LedgerWorld(Keys keys = Keys::given);
  /// Continues with what a clone of another world's files holds.
  explicit LedgerWorld(MemoryFileSystem copy);

  [[nodiscard]] LedgerOpening try_open();
  /// Requires that it opens; appends the records that recovery asks for.
  LedgerOpened& open();
  /// The same without appending anything.
  LedgerOpened& open_only();
  void close();
  [[nodiscard]] Ledger& ledger() { return *opened_.ledger; }

  /// Appends drafts as one batch and requires success.
  Appended append(std::vector<RecordDraft> const& drafts);
  Appended append_heartbeats(std::size_t count);
  /// As append, whatever the answer.
  AppendResult try_append(std::vector<RecordDraft> const& drafts);

  /// All lines of /state/ledger's log, also unsigned ones.
  [[nodiscard]] std::vector<std::string> log_lines() const;
  /// Types of the records of a log, in order.
  [[nodiscard]] std::vector<std::string> types() const;
  [[nodiscard]] Record record(std::uint64_t seq) const;
  /// Sizes in checkpoints.log, which must all parse.
  [[nodiscard]] std::vector<CheckpointLine> checkpoint_lines() const;
  [[nodiscard]] std::unique_ptr<LedgerReader> reader() const;
  /// Everything a reviewer checks of /state/ledger: fails the test when something is wrong.
  void check_sound() const;

  MemoryFileSystem files;
  LedgerOptions options;
  Instant now;

 private:
  std::unique_ptr<Directory> state_;
  LedgerOpened opened_;
};

[[nodiscard]] RecordDraft heartbeat(std::int64_t number = 0);
[[nodiscard]] RecordDraft agent_stop();

}  // namespace govseal
