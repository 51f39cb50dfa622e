#pragma once

#include "sealing/ledger/checkpoint.h"
#include "sealing/ledger/records_common.h"

namespace govseal::record {

/// Record 0; written by the ledger itself.
struct Genesis {
  std::string origin{};
  std::int64_t epoch = 1;
  std::string host{};
  std::string version{};
  std::string log_vkey{};
  std::string seal_key{};
  std::optional<std::string> root_key{};
  std::optional<Checkpoint> previous{};
};
[[nodiscard]] RecordDraft make_record(Genesis const& record);

struct AgentStart {
  std::string version{};
  std::int64_t pid = 0;
  std::int64_t uid = 0;
  Digest config{};
  std::vector<std::string> repos{};
  bool clean = false;
};
[[nodiscard]] RecordDraft make_record(AgentStart const& record);

struct AgentStop {
  std::string reason{};  // signal request error
  std::optional<std::string> detail{};
  std::int64_t uptime_s = 0;
};
[[nodiscard]] RecordDraft make_record(AgentStop const& record);

struct Heartbeat {
  std::int64_t interval_s = 0;
  std::int64_t uptime_s = 0;
  std::int64_t boottime_ms = 0;
  std::int64_t repos = 0;
  std::int64_t runs = 0;
  std::int64_t sealed = 0;
  std::int64_t failed = 0;
  std::int64_t missing = 0;
  std::int64_t verified = 0;  // since the heartbeat before, like the next two
  std::int64_t hashed_bytes = 0;
  std::int64_t gaps = 0;
};
[[nodiscard]] RecordDraft make_record(Heartbeat const& record);

struct ConfigReloaded {
  Digest config{};
  Digest previous{};
  bool applied = false;
  std::int64_t problems = 0;
  std::vector<std::string> changed{};
  std::optional<By> by{};
};
[[nodiscard]] RecordDraft make_record(ConfigReloaded const& record);

struct RepositoryAdded {
  std::string repo{};
  std::string path{};  // absolute
};
[[nodiscard]] RecordDraft make_record(RepositoryAdded const& record);

struct ConfigChangedOnDisk {
  std::optional<Digest> config{};  // unset: the main file is gone
};
[[nodiscard]] RecordDraft make_record(ConfigChangedOnDisk const& record);

struct PolicyChanged {
  std::string file{};  // policy waiver_signers
  std::optional<Digest> sha256{};
  std::optional<Digest> previous{};
};
[[nodiscard]] RecordDraft make_record(PolicyChanged const& record);

struct ClockJump {
  nanoseconds from{};  // wall clock expected
  nanoseconds to{};    // observed
  std::int64_t delta_ms = 0;
  std::int64_t boottime_ms = 0;
};
[[nodiscard]] RecordDraft make_record(ClockJump const& record);

struct IndexRebuilt {
  std::string reason{};  // absent corrupt version request
  std::int64_t runs = 0;
};
[[nodiscard]] RecordDraft make_record(IndexRebuilt const& record);

}  // namespace govseal::record
