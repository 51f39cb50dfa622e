#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"

namespace govseal {

/// Reading a ROOT without verifying anything (sealing.md 6), for parity of registries and pointers.

/// First line that, stripped, starts with `ROOT_SHA256` and has two white-space separated tokens;
/// the last token. nullopt when the text is not UTF-8 or nothing fits.
[[nodiscard]] std::optional<std::string> registry_root_of(std::string_view hashfile);
/// First line starting with `ROOT_SHA256` that has a two-space pair; the text after it, stripped.
[[nodiscard]] std::optional<std::string> pointer_root_of(std::string_view hashfile);

/// The bytes of the folder's MANIFEST.sha256 for the two readers; nullopt on any failure, which
/// both readers answer with none.
[[nodiscard]] std::optional<std::string> read_hashfile(Directory const& folder);

}  // namespace govseal
