#pragma once

#include "sealing/ledger/records_common.h"

namespace govseal::record {

/// Keys are in their text form; signatures are the raw bytes: an SSHSIG blob, for the two log key
/// signatures u32 keyID || 64 bytes.
struct KeyRotate {
  std::string kind{};  // log seal root
  std::optional<std::string> old_key{};
  std::string new_key{};
  nanoseconds not_before{};
  nanoseconds overlap_until{};
  std::optional<std::string> sig_old{};
  std::string sig_new{};
  std::optional<std::string> sig_root{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(KeyRotate const& record);

struct KeyRevoke {
  std::string kind{};  // log seal
  std::string key{};
  nanoseconds compromised_since{};
  std::string reason{};
  std::string sig_root{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(KeyRevoke const& record);

struct WaiverGranted {
  std::string id{};
  std::string rule{};
  std::string repo{};
  std::string run{};
  Digest root{};
  nanoseconds expires{};
  std::vector<std::string> approvers{};  // ascending, 1..8
  std::string waiver{};                  // the file's bytes, at most 4096
  std::vector<std::string> sigs{};       // SSHSIG blobs in the order of `approvers`
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(WaiverGranted const& record);

struct WaiverUsed {
  std::string id{};
  std::string repo{};
  std::string run{};
  Digest root{};
  std::int64_t finding = 0;
};
[[nodiscard]] RecordDraft make_record(WaiverUsed const& record);

struct WaiverExpired {
  std::string id{};
  std::string repo{};
  std::string run{};
};
[[nodiscard]] RecordDraft make_record(WaiverExpired const& record);

struct WaiverRevoked {
  std::string id{};
  std::string repo{};
  std::string run{};
  std::string reason{};
  std::string approver{};
  std::string sig{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(WaiverRevoked const& record);

}  // namespace govseal::record
