#pragma once

#include <string>
#include <string_view>

#include "sealing/folder_reader.h"
#include "sealing/verdict.h"

namespace govseal {

/// Judges a folder of the style contract by sealing.md 3.3 to 3.9. Where `reader` is no longer ok()
/// afterwards, the verdict is of no worth. Throws Error on read failures.
[[nodiscard]] FolderVerdict judge_contract(FolderReader& reader, std::string_view folder_name);

/// VALID or `clean` without a code, EOL_NORMALIZED when `content.eol` is the only one, else
/// INVALID.
[[nodiscard]] Verdict outcome_of(std::set<std::string> const& codes, Verdict clean);

/// Fills `files`, `bytes` and `sealed_files` from the regular files that were read, in this order.
void set_sealed_files(FolderVerdict& verdict, std::vector<ScanEntry const*> const& listed,
                      std::vector<ScanEntry const*> const& seal_files, FolderReader const& reader);

}  // namespace govseal
