#pragma once

#include <optional>
#include <string>

#include "sealing/ledger/record.h"

namespace govseal {

/// What the journal says of a record, in one line for people: what, where, why, and the number of
/// the record that has the rest. The ledger is the record; this is only where an operator looks
/// first.
struct JournalLine {
  int priority = 0;  // of syslog(3)
  std::string text;  // may hold any bytes of a path
};

/// nullopt for the records of everyday life.
[[nodiscard]] std::optional<JournalLine> journal_line(Record const& record);

}  // namespace govseal
