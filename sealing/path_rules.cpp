#include "sealing/path_rules.h"

#include <algorithm>

#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::size_t kPathBytesMax = 4096;
constexpr std::size_t kElementBytesMax = 255;

template <typename Visit>
void for_each_element(std::string_view path, Visit visit) {
  while (true) {
    auto const slash = path.find('/');
    visit(path.substr(0, slash));
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

bool is_control(char c) {
  auto const byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// con, prn, aux, nul, com1-9, lpt1-9 in any case, alone or followed by `.` and anything.
bool is_windows_reserved(std::string_view element) {
  std::string const stem =
      ascii_lower(element.substr(0, std::min<std::size_t>(element.find('.'), 5)));
  if (stem.size() == 3) {
    return stem == "con" || stem == "prn" || stem == "aux" || stem == "nul";
  }
  if (stem.size() != 4 || stem[3] < '1' || stem[3] > '9') return false;
  return stem.starts_with("com") || stem.starts_with("lpt");
}

/// U+0300..U+036F are CC 80..CC BF and CD 80..CD AF.
bool has_combining_mark(std::string_view path) {
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    auto const first = static_cast<unsigned char>(path[i]);
    auto const second = static_cast<unsigned char>(path[i + 1]);
    if (first == 0xCC && second >= 0x80) return true;
    if (first == 0xCD && second >= 0x80 && second <= 0xAF) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string_view> path_codes(std::string_view path) {
  if (path.empty()) return {"path.empty"};
  bool dotdot = false;
  bool segment = false;
  bool too_long = path.size() > kPathBytesMax;
  std::string_view relative = path;
  relative.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  for_each_element(relative, [&](std::string_view element) {
    dotdot = dotdot || element == "..";
    segment = segment || element.empty() || element == ".";
    too_long = too_long || element.size() > kElementBytesMax;
  });
  std::vector<std::string_view> codes;
  if (path.front() == '/') codes.emplace_back("path.absolute");
  if (dotdot) codes.emplace_back("path.dotdot");
  if (segment) codes.emplace_back("path.segment");
  if (path.find('\\') != std::string_view::npos) codes.emplace_back("path.backslash");
  if (std::any_of(path.begin(), path.end(), is_control)) codes.emplace_back("path.control");
  if (path == "-") codes.emplace_back("path.dash");
  if (too_long) codes.emplace_back("path.too_long");
  return codes;
}

bool is_sealable_path(std::string_view path) {
  return path_codes(path).empty() && is_utf8(path);
}

std::vector<std::string_view> name_warnings(std::string_view path) {
  bool reserved = false;
  bool trailing = false;
  bool leading = false;
  for_each_element(path, [&](std::string_view element) {
    if (element.empty()) return;
    reserved = reserved || is_windows_reserved(element);
    trailing = trailing || element.back() == '.' || element.back() == ' ';
    leading = leading || element.front() == ' ';
  });
  std::vector<std::string_view> warnings;
  if (has_combining_mark(path)) warnings.emplace_back("name.combining_mark");
  if (reserved) warnings.emplace_back("name.windows_reserved");
  if (trailing) warnings.emplace_back("name.trailing_dot_or_space");
  if (leading) warnings.emplace_back("name.leading_space");
  if (path.find(':') != std::string_view::npos) warnings.emplace_back("name.colon");
  return warnings;
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool is_seal_file(std::string_view path) noexcept {
  return path == "manifest.json" || path == "MANIFEST.sha256";
}

// In byte order `a-b` stands between `a` and `a/c`, so neighbours alone do not show a conflict. The
// stack holds the paths that are string prefixes of the present one; its depth is bounded by the
// length of the present path, so that the work is linear in the bytes of all paths.
std::vector<std::pair<std::string_view, std::string_view>> prefix_conflicts(
    std::vector<std::string_view> const& sorted_paths) {
  std::vector<std::pair<std::string_view, std::string_view>> conflicts;
  std::vector<std::string_view> prefixes;
  for (std::string_view const path : sorted_paths) {
    while (!prefixes.empty() && !path.starts_with(prefixes.back())) prefixes.pop_back();
    auto const above =
        std::find_if(prefixes.begin(), prefixes.end(), [path](std::string_view prefix) {
          return path.size() > prefix.size() && path[prefix.size()] == '/';
        });
    if (above != prefixes.end()) conflicts.emplace_back(*above, path);
    if (prefixes.empty() || prefixes.back() != path) prefixes.push_back(path);
  }
  return conflicts;
}

}  // namespace govseal
