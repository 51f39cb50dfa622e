#pragma once

#include <optional>
#include <string>
#include <variant>

#include "reporting/actor.h"

/// What a client can ask the agent to do. A command becomes an event of the engine; its effects are
/// records, its progress a job.
namespace govseal {

/// Looks at everything now, or at one repository or one watch root.
struct ScanCommand {
  std::optional<std::string> repository;
  std::optional<std::string> root;  // watch root id
};

enum class VerifyBasis { full_hash, stat };

struct VerifyCommand {
  std::optional<std::string> repository;
  std::optional<std::string> run;  // run path; only with a repository
  VerifyBasis basis = VerifyBasis::full_hash;
};

struct SealCommand {
  std::string repository;
  std::string run;  // run path
  bool write_envelope = false;
};

/// Writes the drift report now.
struct ReportCommand {};

struct ReloadCommand {};

struct AcknowledgeCommand {
  std::string finding;
  std::string reason;  // 1 to 500 bytes
};

using Command = std::variant<ScanCommand, VerifyCommand, SealCommand, ReportCommand, ReloadCommand,
                             AcknowledgeCommand>;

}  // namespace govseal
