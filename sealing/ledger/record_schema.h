#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace govseal {

/// The forms a field of a record can have (LEDGER_FORMAT.md, "Field types").
enum class FieldForm {
  integer,         // 0..2^53-1
  signed_integer,  // |n| <= 2^53-1
  boolean,
  timestamp,
  hex64,
  object_id,     // 40 or 64 hex digits
  name,          // [A-Za-z0-9][A-Za-z0-9._-]{0,63}
  text,          // encoded, at most `limit` bytes
  path,          // text(4096), relative
  item_list,     // {"n","sha256","first"}
  codes,         // at most 32 ascending tokens
  word,          // one of `words`
  origin,        // of a ledger
  vkey,          // verifier key of a note
  ssh_key,       // `TYPE B64`
  any_key,       // vkey or ssh_key
  fingerprint,   // SHA256:...
  h1,            // h1:b64 of 32 bytes
  ssh_sig,       // b64 of an SSHSIG blob
  any_sig,       // ssh_sig, or b64(u32 keyID || 64 bytes)
  base64,        // of at most `limit` bytes
  object,        // an object with the keys `members`
  object_array,  // at most `limit` of those
  word_array,    // distinct `words`; `ascending`: in their order
  name_array,    // at most `limit` names
  text_array,    // at most `limit` of text(`item_limit`)
  sig_array,     // 1..`limit` ssh_sig
};

struct FieldRule {
  std::string_view key;
  FieldForm form{};
  bool nullable = false;
  std::size_t limit = 0;
  std::size_t item_limit = 0;
  std::span<std::string_view const> words{};
  std::span<FieldRule const> members{};
  bool ascending = false;  // arrays of texts: sorted by bytes, distinct
  std::size_t items_min = 0;
};

struct RecordSchema {
  std::string_view type;
  /// Urgent records go first; `finding` is urgent by its severity only.
  bool urgent = false;
  std::span<FieldRule const> fields;
};

/// Every record type of version 1, in the order of the format document.
[[nodiscard]] std::span<RecordSchema const> record_schemas() noexcept;
/// nullptr: an unknown type.
[[nodiscard]] RecordSchema const* find_record_schema(std::string_view type) noexcept;

}  // namespace govseal
