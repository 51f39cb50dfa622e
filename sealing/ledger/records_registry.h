#pragma once

#include "sealing/ledger/records_common.h"

namespace govseal::record {

struct RegistryBuilt {
  std::string repo{};
  std::string kind{};
  std::string run{};
  Digest root{};
};
[[nodiscard]] RecordDraft make_record(RegistryBuilt const& record);

struct RegistryBuildFailed {
  std::string repo{};
  std::string kind{};
  std::int64_t exit = 0;
  std::string reason{};
};
[[nodiscard]] RecordDraft make_record(RegistryBuildFailed const& record);

struct RegistryHealth {
  std::string repo{};
  std::optional<std::string> from{};  // H0 H1 H2 H3 H9
  std::string to{};
  std::vector<std::string> conditions{};  // in the order given, at most 32
  std::vector<std::string> unknown{};     // the same
};
[[nodiscard]] RecordDraft make_record(RegistryHealth const& record);

struct PointerChange {
  std::string registry{};
  std::optional<std::string> from{};
  std::string to{};
  Digest root{};
};

struct PointerProposed {
  std::string repo{};
  std::string id{};
  std::string pointer_file{};
  Digest file_sha256{};
  std::vector<PointerChange> changes{};  // at most 32
};
[[nodiscard]] RecordDraft make_record(PointerProposed const& record);

struct PointerIntent {
  std::string repo{};
  std::string id{};
  std::string reason{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(PointerIntent const& record);

struct PointerApplied {
  std::string repo{};
  std::string id{};
  std::vector<PointerChange> changes{};  // at most 32
  std::string reason{};
  Digest before{};
  Digest after{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(PointerApplied const& record);

struct PointerFailed {
  std::string repo{};
  std::string id{};
  std::string code{};
  std::optional<std::string> detail{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(PointerFailed const& record);

}  // namespace govseal::record
