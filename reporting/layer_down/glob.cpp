#include "reporting/layer_down/glob.h"

#include <algorithm>

// The set of text positions that the pattern so far can end at is carried from token to token, so
// no pattern can make matching slower than pattern times text.

namespace govseal {
namespace {

enum class Token { literal, star, any, any_directory };

/// The token at the start of `pattern`, which loses it.
Token take_token(std::string_view& pattern) {
  if (!pattern.starts_with('*')) {
    pattern.remove_prefix(1);
    return Token::literal;
  }
  if (pattern.starts_with("**/")) {
    pattern.remove_prefix(3);
    return Token::any_directory;
  }
  if (pattern.starts_with("**")) {
    pattern.remove_prefix(2);
    return Token::any;
  }
  pattern.remove_prefix(1);
  return Token::star;
}

using Ends = std::vector<char>;  // Ends[i]: the pattern so far matches the first i bytes

void step_literal(Ends& ends, char byte, std::string_view text) {
  for (auto i = text.size(); i > 0; --i) ends[i] = ends[i - 1] != 0 && text[i - 1] == byte ? 1 : 0;
  ends[0] = 0;
}

void step_run(Ends& ends, std::string_view text, bool crosses_slash) {
  for (std::size_t i = 1; i <= text.size(); ++i) {
    if (ends[i - 1] != 0 && (crosses_slash || text[i - 1] != '/')) ends[i] = 1;
  }
}

void step_any_directory(Ends& ends, std::string_view text) {
  bool reached = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    bool ended_here = ends[i] != 0;
    if (reached && i > 0 && text[i - 1] == '/') ends[i] = 1;
    reached = reached || ended_here;
  }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  auto fixed = std::min(pattern.find('*'), pattern.size());
  if (path.substr(0, fixed) != pattern.substr(0, fixed)) return false;
  pattern.remove_prefix(fixed);
  path.remove_prefix(fixed);
  if (pattern.empty()) return path.empty();
  Ends ends(path.size() + 1, 0);
  ends[0] = 1;
  while (!pattern.empty()) {
    char byte = pattern.front();
    switch (take_token(pattern)) {
      case Token::literal:
        step_literal(ends, byte, path);
        break;
      case Token::star:
        step_run(ends, path, false);
        break;
      case Token::any:
        step_run(ends, path, true);
        break;
      case Token::any_directory:
        step_any_directory(ends, path);
        break;
    }
  }
  return ends.back() != 0;
}

bool any_glob_matches(std::vector<std::string> const& patterns, std::string_view path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](std::string const& pattern) { return glob_matches(pattern, path); });
}

std::string_view glob_fixed_directory(std::string_view pattern) noexcept {
  auto slash = pattern.substr(0, pattern.find('*')).rfind('/');
  return slash == std::string_view::npos ? std::string_view() : pattern.substr(0, slash + 1);
}

}  // namespace govseal
