#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "sealing/finding_set.h"

namespace govseal {

/// A well-formed line `<sha256>  <path>`.
struct HashLine {
  std::string_view whole;
  std::string_view path;
  Digest sha256;
};

/// What MANIFEST.sha256 says (sealing.md 3.5), line by line.
struct HashFile {
  std::unique_ptr<std::string const> text;  // line ends are LF; the views below point into it
  bool stopped = false;                     // a stop code: nothing else was read
  std::vector<std::string_view> others;     // non-empty lines without the ROOT lines, as they stand
  std::vector<HashLine> lines;              // the well-formed ones of them
  std::vector<std::string_view> root_lines;
  bool root_is_last = false;
  std::optional<Digest> root;           // the last well-formed claimed one
  std::optional<Digest> root_computed;  // over `others`; nullopt when stopped
  FindingSet findings;                  // stop codes and `hashfile.bad_line`
  std::set<std::string> warnings;

  [[nodiscard]] bool has_bad_line() const noexcept { return lines.size() != others.size(); }
};

/// Reads a hash file. `hashfile.too_large` and the `root.*` codes are the caller's. `name` is the
/// file's, for the findings. Pure; never fails.
[[nodiscard]] HashFile read_hash_file(std::string bytes, std::string_view name);

/// Adds the codes `root.*` that the contract style asks for.
void check_root_lines(HashFile const& file, FindingSet& findings);

}  // namespace govseal
