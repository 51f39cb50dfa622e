#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sealing/ledger/ledger.h"
#include "sealing/ledger/log_keys.h"
#include "sealing/ledger/log_verify.h"
#include "sealing/ledger/log_writer.h"
#include "sealing/ledger/tile_store.h"

namespace govseal {

/// A batch between append() and its acknowledgement.
struct WaitingBatch {
  std::vector<RecordDraft> drafts;
  Instant now;
  std::size_t committed = 0;  // drafts of parts that are done
  std::size_t in_writer = 0;  // drafts of the part the writer works on
  Appended result;
};

/// Inside of Ledger. Built by the opening, in the order of the members.
struct Ledger::State {
  Directory& place;  // $S
  std::unique_ptr<File> lock;
  AgentKeys keys;
  std::string boot_id;
  LedgerIdentity identity;
  std::unique_ptr<Directory> ledger;
  std::unique_ptr<Directory> log;
  std::unique_ptr<LogWriter> writer;
  std::unique_ptr<TileStore> tiles;
  bool has_poisoned_marker = false;
  nanoseconds last_wall{};
  std::optional<WaitingBatch> waiting;
  std::optional<LedgerPoisoned> poisoned;
};

}  // namespace govseal
