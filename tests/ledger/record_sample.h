#pragma once

#include <string>

#include "sealing/ledger/record_schema.h"

namespace govseal {

/// How full the fields of a sample record are.
enum class SampleSize {
  smallest,  // null where it may be, empty lists
  largest,   // every field at its limit, text of characters that JSON escapes
};

/// JSON members of all rules, `"repo":"...",...`.
[[nodiscard]] std::string sample_members(std::span<FieldRule const> rules, SampleSize size);
/// A line of this type in its written form; `seq` 0.
[[nodiscard]] std::string sample_line(RecordSchema const& schema, SampleSize size);

}  // namespace govseal
