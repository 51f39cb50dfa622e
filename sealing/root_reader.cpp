#include "sealing/root_reader.h"

#include <variant>

#include "base/error.h"
#include "sealing/compat/python_text.h"
#include "sealing/manifest.h"
#include "sealing/manifest_reader.h"

namespace govseal {
namespace {

constexpr std::string_view kRootWord = "ROOT_SHA256";

}  // namespace

std::optional<std::string> registry_root_of(std::string_view hashfile) {
  auto const text = read_text(hashfile);
  if (!text) return std::nullopt;
  for (std::string_view const line : kept_lines(*text)) {
    if (!strip(line).starts_with(kRootWord)) continue;
    auto const words = tokens(line);
    if (words.size() >= 2) return std::string(words.back());
  }
  return std::nullopt;
}

std::optional<std::string> pointer_root_of(std::string_view hashfile) {
  auto const text = read_text(hashfile);
  if (!text) return std::nullopt;
  for (std::string_view const line : kept_lines(*text)) {
    auto const pair = line.find("  ");
    if (!line.starts_with(kRootWord) || pair == std::string_view::npos) continue;
    return std::string(strip(line.substr(pair + 2)));
  }
  return std::nullopt;
}

std::optional<std::string> read_hashfile(Directory const& folder) {
  auto const opened = folder.open_file(RelativePath::of(kHashFileName));
  auto const* const file = std::get_if<std::unique_ptr<File>>(&opened);
  return file == nullptr ? std::nullopt : read_all(**file, kSealFileBytesMax);
}

}  // namespace govseal
