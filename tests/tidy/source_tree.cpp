#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace govseal {
namespace {

/// Blanks comments and literals of one file; `state_` goes on over line ends.
class Blanker {
 public:
  std::string line(std::string const& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (state_ == State::comment) {
        if (text.compare(i, 2, "*/") == 0) {
          state_ = State::code;
          ++i;
        }
      } else if (state_ == State::raw) {
        if (text.compare(i, end_.size(), end_) == 0) {
          state_ = State::code;
          i += end_.size() - 1;
          out += "\"\"";
        }
      } else if (text.compare(i, 2, "//") == 0) {
        return out;
      } else if (text.compare(i, 2, "/*") == 0) {
        state_ = State::comment;
        ++i;
      } else if (text.compare(i, 2, "R\"") == 0) {
        auto const open = text.find('(', i);
        end_ = ")" + text.substr(i + 2, open - i - 2) + "\"";
        state_ = State::raw;
        i = open;
      } else if (text[i] == '"' || is_character(text, i)) {
        i = literal_end(text, i);
        out += "\"\"";
      } else {
        out += text[i];
      }
    }
    return out;
  }

 private:
  enum class State { code, comment, raw };

  /// An apostrophe between digits separates them.
  static bool is_character(std::string const& text, std::size_t at) {
    return text[at] == '\'' &&
           (at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0);
  }

  static std::size_t literal_end(std::string const& text, std::size_t at) {
    char const quote = text[at];
    for (++at; at < text.size() && text[at] != quote; ++at) {
      if (text[at] == '\\') ++at;
    }
    return at;
  }

  State state_ = State::code;
  std::string end_;
};

SourceFile read_source(std::filesystem::path const& root, std::filesystem::path const& path) {
  SourceFile file;
  file.path = std::filesystem::relative(path, root).generic_string();
  std::ifstream in(path);
  Blanker blanker;
  for (std::string line; std::getline(in, line);) {
    // The name in an #include is no literal.
    file.code.push_back(line.starts_with("#include") ? line : blanker.line(line));
    file.lines.push_back(std::move(line));
  }
  return file;
}

std::vector<SourceFile> read_all() {
  std::filesystem::path const root(GOVSEAL_SOURCE_DIR);
  std::vector<SourceFile> files;
  for (char const* layer : {"base", "config", "watchers", "sealing", "reporting", "agent"}) {
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root / layer)) {
      auto const extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      files.push_back(read_source(root, entry.path()));
    }
  }
  std::sort(files.begin(), files.end(),
            [](SourceFile const& a, SourceFile const& b) { return a.path < b.path; });
  return files;
}

}  // namespace

std::vector<SourceFile> const& product_sources() {
  static std::vector<SourceFile> const files = read_all();
  return files;
}

}  // namespace govseal
