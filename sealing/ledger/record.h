#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/json.h"
#include "base/sha256.h"

namespace govseal {

/// Longest record in bytes, without its LF.
inline constexpr std::size_t kRecordBytesMax = 65535;

/// A record before the ledger gives it its place: made by the functions of records.h.
struct RecordDraft {
  std::string type;
  bool urgent = false;  // goes before others and is never delayed by batching
  std::string fields;   // the JSON members after the envelope, `"repo":"alpha",...`
  /// Wall clock when it was handed over, its `ts`; zero: the time given to Ledger::append.
  nanoseconds wall{};
};

/// A place in the ledger.
struct RecordPlace {
  std::uint64_t seq = 0;
  nanoseconds wall{};
  std::string_view boot_id;
  Digest prev;  // leaf hash of record seq-1, zero for seq 0
};

/// The line of a record, without LF: its Merkle leaf. Aborts the process when the draft breaks the
/// schema of its type or the line would be longer than kRecordBytesMax: a programming error.
[[nodiscard]] std::string write_record_line(RecordDraft const& draft, RecordPlace const& place);
[[nodiscard]] std::string write_record_line(RecordDraft const& draft, std::uint64_t seq,
                                            nanoseconds wall, std::string_view boot_id,
                                            Digest const& prev);

/// The envelope of a line: what the chain is made of.
struct RecordHead {
  std::uint64_t seq = 0;
  std::string_view ts;    // into the line
  std::string_view boot;  // into the line
  std::string_view type;  // into the line
  Digest prev;
  bool known_type = true;  // false: reported as a note, the line is a leaf all the same
};

struct RecordError {
  enum class Kind {
    too_long,
    not_utf8,
    control_byte,
    unknown_version,  // `v` is not 1: hashing goes on, interpretation stops
    envelope,         // key order, written form or a value of the six envelope keys
    fields,           // an unknown type whose rest is not one JSON object without duplicates
    schema,           // a known type with other keys, order or types
  };
  Kind kind{};
  std::size_t offset = 0;  // bytes from the start of the line, best effort
  std::string detail;      // one sentence
};

/// Checks one line (without LF) against everything a reader checks that needs no neighbour: length,
/// UTF-8, control bytes, envelope in written form, one JSON object, for a known type exactly its
/// keys, order and types. Pure, thread-safe.
[[nodiscard]] std::variant<RecordHead, RecordError> check_record(std::string_view line);

/// A record as it is read back.
struct Record {
  std::uint64_t seq = 0;
  std::string ts;
  std::string boot;
  std::string type;
  Digest prev;
  bool known_type = true;
  JsonValue body;    // the whole object, envelope included
  std::string line;  // without LF

  /// `ts` as nanoseconds; check_record has made sure that it is one.
  [[nodiscard]] nanoseconds wall() const;
};

/// check_record and the values.
[[nodiscard]] std::variant<Record, RecordError> parse_record(std::string_view line);

}  // namespace govseal
