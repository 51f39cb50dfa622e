#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace govseal {

/// How a run says that it is complete (sealing.md 3.3 and 4).
enum class Dialect { envelope, runwriter, path1 };

/// `envelope`, `runwriter`, `path1`.
[[nodiscard]] std::string_view dialect_name(Dialect dialect) noexcept;

/// Files over this size get `run_json.too_large`.
inline constexpr std::uint64_t kEnvelopeBytesMax = 16ull << 20;

/// What run.json says. The three strings are present only when they are non-empty strings.
struct Envelope {
  std::optional<std::string> run_id;
  std::optional<std::string> created_utc;
  std::optional<std::string> finished_utc;
  bool has_created_utc = false;  // the key is there, with any value
  /// Codes that need run.json alone: `run_json.*` except `missing`, `too_large`, `id_mismatch` and
  /// `created_utc`.
  std::set<std::string> codes;
  bool readable = false;  // an object: the rows about its members count
};

/// Reads the bytes of run.json. Pure; never fails: what is wrong is in `codes`.
[[nodiscard]] Envelope parse_envelope(std::string_view bytes);

/// Envelope or runwriter, or none. `has_checks`: checks.json is listed in manifest.json (a sealed
/// folder), or is a JSON file at top level (a folder without a seal).
[[nodiscard]] std::optional<Dialect> find_dialect(Envelope const& envelope, bool has_checks);

/// True for `YYYY-MM-DDTHH:MM:SSZ` with digits at the letters.
[[nodiscard]] bool is_utc_second(std::string_view text) noexcept;

/// All `run_json.*` codes and warnings of a folder that has a readable-sized run.json.
struct EnvelopeJudgement {
  std::set<std::string> codes;
  std::set<std::string> warnings;
  std::optional<Dialect> dialect;
};
[[nodiscard]] EnvelopeJudgement judge_envelope(Envelope const& envelope,
                                               std::string_view folder_name, bool has_checks);

}  // namespace govseal
